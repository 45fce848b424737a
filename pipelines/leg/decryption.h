#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "pipelines/gst/element.h"
#include "pipelines/leg/receive.h"
#include "pipelines/leg/srtp_cipher.h"
#include "src/base/main_loop.h"

namespace mullion {

/// Decrypts a leg's RTP in place of webrtcbin's srtpdec, and gives it to rtpsession, behind which
/// Intake takes it. What comes before DTLS has agreed on a key and the client has proved who he is
/// waits for that, and is lost where another profile was agreed on. Streaming-only, but for
/// attach(), which is thread-safe.
class Decryption : public std::enable_shared_from_this<Decryption> {
public:
    /// `gate` opens once the client is proved genuine.
    static std::shared_ptr<Decryption> create(Gate gate);

    /// What becomes part of the webrtcbin: what is of use on the way is kept.
    void attach(GstElement* element, const std::string& factory);

    /// Takes a packet as it came, with running time.
    /// @return it where it has to go the usual way: it is no RTP, or another profile of SRTP was
    /// agreed on; else null.
    GRef<GstBuffer> take(GRef<GstBuffer> packet);

private:
    explicit Decryption(Gate gate)
        : gate_(std::move(gate)) {}

    void onKey(GstElement* dtls);
    bool choose();
    void open(GRef<GstBuffer> packet);

    Gate gate_;
    std::mutex mutex_;
    // GUARDED_BY(mutex_)
    std::vector<SignalConnection> signals_ = {};
    GRef<GstPad> session_ = {};
    /// Whether DTLS has agreed, and what on; null: on another profile.
    bool isAgreed_ = false;
    std::unique_ptr<SrtpCipher> agreed_ = {};

    // Of the thread that reads: null and chosen means that srtpdec does it.
    bool isChosen_ = false;
    bool hasRefused_ = false;
    GRef<GstPad> entry_ = {};
    std::unique_ptr<SrtpCipher> cipher_ = {};
    std::vector<GRef<GstBuffer>> waiting_ = {};
};

} // namespace mullion
