#pragma once

#include <cstdint>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipelines/output/programme_take.h"

struct AVFormatContext;
struct AVPacket;

namespace mullion {

/// What a broadcast's packets travel in.
enum class Container {
    /// Pieces of MP4 (ISO/IEC 14496-12), each of its own: what HLS is made of.
    FragmentedMp4,
    MpegTs,
    Flv,
};

/// Puts the frames of one encoding of the programme, H.264 and AAC, into a container. By libav, as
/// its pieces begin at the time that they are told to (GStreamer's begin at 0). Not thread-safe.
class Muxer {
public:
    /// What a muxer has to know before the first frame.
    struct Tracks {
        /// Sequence and picture parameter sets (ITU-T H.264, 7.3.2) with their start codes; empty:
        /// no picture.
        std::vector<std::uint8_t> h264 = {};
        int width = 0;
        int height = 0;
        /// AudioSpecificConfig (ISO/IEC 14496-3).
        std::vector<std::uint8_t> aac = {};
        int sampleRate = 0;
        int channels = 0;

        /// As RFC 6381 has them, e.g. `avc1.42c01f,mp4a.40.2`.
        std::string codecs() const;
    };

    /// What is known once a key frame of the picture and a frame of sound are there: the rest waits
    /// for both. `hasPicture` false: sound alone.
    class Probe {
    public:
        explicit Probe(bool hasPicture)
            : hasPicture_(hasPicture) {}

        /// @return true once tracks() is whole.
        bool take(const ProgrammeFrame& frame);

        const Tracks& tracks() const { return tracks_; }

    private:
        bool hasPicture_ = true;
        Tracks tracks_ = {};
    };

    /// Takes what is muxed, in order. An Error ends the muxer's work.
    using Write = std::function<Result<void>(const std::uint8_t* data, std::size_t size)>;

    /// Where a muxer that sends by itself does so.
    struct Target {
        std::string url;
        /// libav's options of the protocol.
        std::vector<std::pair<std::string, std::string>> options = {};
        /// Asked again and again while it waits: true ends what it waits for.
        std::function<bool()> isOver;
    };

    /// @return Internal for tracks that the container does not take.
    static Result<std::unique_ptr<Muxer>> create(Container container, const Tracks& tracks,
                                                 Write write);
    /// Connects first, and may wait for that. @return Unavailable with the reason.
    static Result<std::unique_ptr<Muxer>> connect(Container container, const Tracks& tracks,
                                                  Target target);
    ~Muxer();

    /// @return what the writer or the network says.
    Result<void> push(const ProgrammeFrame& frame);

    /// FragmentedMp4: all that was pushed becomes a piece, and is written.
    Result<void> cut();

    /// Bytes that came out so far.
    std::uint64_t bytes() const { return bytes_; }

private:
    struct Free {
        void operator()(AVFormatContext* context) const;
        void operator()(AVPacket* packet) const;
    };

    explicit Muxer(Container container);
    Result<void> addTracks(const Tracks& tracks);
    Result<void> begin();
    Result<void> checked(int result, const char* what);
    static int onWrite(void* self, std::uint8_t* data, int size);

    Container container_;
    Write write_ = {};
    Target target_ = {};
    std::optional<Error> writeError_ = {};
    bool isConnected_ = false;
    std::uint64_t bytes_ = 0;
    int pictureIndex_ = -1;
    int soundIndex_ = -1;
    std::int64_t frameNs_ = 0;
    std::int64_t firstAt_ = -1;
    /// The parameter sets that the other side knows.
    std::vector<std::uint8_t> h264_ = {};
    std::unique_ptr<AVPacket, Free> packet_;
    std::unique_ptr<AVFormatContext, Free> context_;
};

} // namespace mullion
