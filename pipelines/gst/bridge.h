#pragma once

#include <cstdint>

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>

#include "pipelines/gst/element.h"

/// How media crosses from one pipeline to another: an Outlet (appsink) gives each sample to the
/// receivers that are connected to it, and an Inlet (appsrc) is where a receiver puts it. All
/// pipelines of a call share one clock and base time, so that running time means the same in each.
namespace mullion {

/// Takes samples on the streaming thread of the pipeline that made them. Must not block.
class SampleReceiver {
public:
    virtual ~SampleReceiver() = default;
    virtual void onSample(GstSample* sample) = 0;
};

/// Takes media from a leg. Thread-safe, must not block.
class MediaTarget {
public:
    virtual ~MediaTarget() = default;
    /// `at` is when the buffer is due in the mix's running time, `caps` are the buffer's own.
    /// @return false where a buffer had to be dropped.
    virtual bool take(GstBuffer* buffer, GstClockTime at, GstCaps* caps) = 0;
};

/// Gives each sample to whoever is connected. Thread-safe.
class Fanout {
public:
    /// Samples go to `receiver` from now on, for as long as it lives.
    void connect(std::weak_ptr<SampleReceiver> receiver);
    void disconnect(const SampleReceiver* receiver);
    void deliver(GstSample* sample);
    bool empty() const;

private:
    mutable std::mutex mutex_;
    /// GUARDED_BY(mutex_)
    std::vector<std::weak_ptr<SampleReceiver>> receivers_;
};

/// The end of a pipeline from which samples go on. Thread-safe.
///
/// The appsink neither waits for the clock nor holds anything back: with nobody connected, samples
/// are dropped.
class Outlet {
public:
    /// Adds the appsink to `bin`; `caps` is the format that it asks for, null for any.
    static Result<std::shared_ptr<Outlet>> create(GstBin* bin, const char* caps = nullptr);

    GstElement* element() const { return sink_; }

    void connect(std::weak_ptr<SampleReceiver> receiver) { fanout_.connect(std::move(receiver)); }

    void disconnect(const SampleReceiver* receiver) { fanout_.disconnect(receiver); }

private:
    GstElement* sink_ = nullptr;
    Fanout fanout_;
};

/// The beginning of a pipeline to which samples come. Thread-safe.
class Inlet : public MediaTarget {
public:
    /// Adds a live appsrc in running time to `bin`. `caps` may be null where samples bring theirs.
    /// Holds at most `maxBuffers`; what comes above that is dropped and counted.
    static Result<std::shared_ptr<Inlet>> create(GstBin* bin, const char* caps,
                                                 unsigned maxBuffers);

    GstElement* element() const { return source_.get(); }

    /// Queues a buffer; `caps` is null where the inlet has fixed ones.
    /// @return false where the queue is full and the buffer was dropped.
    bool push(GRef<GstBuffer> buffer, GstCaps* caps = nullptr);

    bool take(GstBuffer* buffer, GstClockTime at, GstCaps* caps) override;

    std::uint64_t dropped() const { return dropped_; }

private:
    void setCapsLocked(GstCaps* caps);

    GRef<GstElement> source_;
    unsigned maxBuffers_ = 0;
    std::atomic<std::uint64_t> dropped_ = 0;
    /// Held over caps and buffer together: while a seat changes hands two legs may push.
    std::mutex mutex_;
    /// GUARDED_BY(mutex_)
    GRef<GstCaps> caps_;
};

/// A copy of `buffer`'s metadata with its memory shared, so that its times may be set. Not for
/// pictures out of a pool: a pool does not take back a buffer whose memory was shared.
GRef<GstBuffer> retimed(GstBuffer* buffer, GstClockTime timestamp);

} // namespace mullion
