#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>

#include <nice/agent.h>

#include "pipelines/gst/element.h"
#include "src/base/loop_thread.h"

namespace mullion {

/// Reads what a client sends, in place of webrtcbin's nicesrc, which turns a loop of its own once
/// for each packet. It does nothing else, so that a packet's time is that of its arrival, which is
/// told to the client; what it reads goes on where nicesrc would push it, into webrtcbin's queue.
///
/// nicesrc has the first packet, by which the elements behind it are known to be there.
/// Thread-safe.
class IceReader : public std::enable_shared_from_this<IceReader> {
public:
    static std::shared_ptr<IceReader> create();

    ~IceReader() { stop(); }

    /// What becomes part of the webrtcbin: a nicesrc is watched for its first packet.
    void attach(GstElement* element, const std::string& factory);

    /// When the client was last heard (RTP, RTCP or DTLS), in monotonic µs.
    std::int64_t lastHeard() const { return lastHeard_; }

    /// Nothing is read any more, once it returns: it waits for one packet at most. Not for the
    /// thread that reads.
    void stop();

private:
    IceReader();
    void start(GstElement* nicesrc, GstPad* pad);
    bool receive(NiceAgentRecvFunc receiver);
    void onBytes(const char* bytes, unsigned size);

    std::atomic<std::int64_t> lastHeard_;
    std::atomic<bool> isStopped_ = false;
    std::mutex mutex_;
    /// GUARDED_BY(mutex_)
    std::optional<LoopThread> thread_ = {};

    // Set before the thread reads.
    GRef<NiceAgent> agent_ = {};
    unsigned stream_ = 0;
    unsigned component_ = 0;
    GRef<GstElement> nicesrc_ = {};
    GRef<GstPad> next_ = {};
};

} // namespace mullion
