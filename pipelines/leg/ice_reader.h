#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>

#include <nice/agent.h>

#include "pipelines/gst/element.h"
#include "pipelines/leg/decryption.h"
#include "src/base/loop_thread.h"

namespace mullion {

/// Reads what a client sends, in place of webrtcbin's nicesrc, which turns a loop of its own once
/// for each packet and hands it to another thread: here one thread reads, decrypts and decodes. A
/// packet's time is that of its arrival all the same (packet_age), which is told to the client.
/// What is not RTP (RTCP, DTLS) goes on where nicesrc would push it.
///
/// nicesrc has the first packet, by which the elements behind it are known to be there.
/// Thread-safe.
class IceReader : public std::enable_shared_from_this<IceReader> {
public:
    static std::shared_ptr<IceReader> create(std::shared_ptr<Decryption> decryption);

    ~IceReader() { stop(); }

    /// What becomes part of the webrtcbin: a nicesrc is watched for its first packet.
    void attach(GstElement* element, const std::string& factory);

    /// When the client was last heard (RTP, RTCP or DTLS), in monotonic µs.
    std::int64_t lastHeard() const { return lastHeard_; }

    /// Nothing is read any more, once it returns: it waits for one packet at most. Not for the
    /// thread that reads.
    void stop();

private:
    explicit IceReader(std::shared_ptr<Decryption> decryption);
    void start(GstElement* nicesrc, GstPad* pad);
    bool receive(NiceAgentRecvFunc receiver);
    void onBytes(const char* bytes, unsigned size);
    GstClockTime arrivalTime();

    std::shared_ptr<Decryption> decryption_;
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

    /// Of the thread that reads.
    GstClockTime lastArrival_ = 0;
};

} // namespace mullion
