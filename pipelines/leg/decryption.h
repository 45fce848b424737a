#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "pipelines/gst/element.h"
#include "pipelines/leg/srtp_cipher.h"
#include "src/base/main_loop.h"

namespace mullion {

/// Decrypts a leg's RTP in place of webrtcbin's srtpdec: taken where it is told from DTLS, and
/// given to rtpsession. RTCP and DTLS go the usual way, and so does RTP where the client has agreed
/// on another profile of SRTP. Thread-safe.
///
///     nicesrc ▸ queue ▸ demultiplexer ▸ srtpdec ▸ rtpsession ▸ Intake
///                            └────────────────────────▲
class Decryption : public std::enable_shared_from_this<Decryption> {
public:
    static std::shared_ptr<Decryption> create();

    /// What becomes part of the webrtcbin: what is of use on the way is kept.
    void attach(GstElement* element, const std::string& factory);

    /// Takes a packet as it came, with running time.
    /// @return it where it has to go the usual way: it is no RTP, or DTLS has not agreed on a key
    /// yet or on another profile of SRTP; else null.
    GRef<GstBuffer> take(GRef<GstBuffer> packet);

private:
    Decryption() = default;
    bool choose();
    bool open(GstBuffer* packet);

    std::mutex mutex_;
    // GUARDED_BY(mutex_)
    std::vector<SignalConnection> signals_ = {};
    GRef<GstElement> dtls_ = {};
    GRef<GstPad> session_ = {};

    // Of the streaming thread: null and chosen means that srtpdec does it.
    bool isChosen_ = false;
    GRef<GstPad> entry_ = {};
    std::unique_ptr<SrtpCipher> cipher_ = {};
};

} // namespace mullion
