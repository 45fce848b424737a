#include "tests/bench/media.h"

#include <algorithm>

#include "pipelines/mix/encoder.h"
#include "pipelines/mix/layout.h"
#include "pipelines/mix/painter.h"

namespace mullion::bench {

CallOptions readCallOptions(int argc, char** argv, const char* about, const char* seconds) {
    const Config config = readOptions(argc, argv, about,
                                      {{"people", "8", "people", "how many are in the call"},
                                       {"bitrate", "3000000", "bitrate", "bit/s of the canvas"},
                                       {"seconds", seconds, "seconds", "how much is worked on"},
                                       {"json", "", "json", "a file that gets the figures"}});
    return {integerOf(config, "people", 1, kMaxGridTiles),
            integerOf(config, "bitrate", 50'000, 20'000'000),
            integerOf(config, "seconds", 1, kClipSeconds), config.text("json")};
}

participant::Clip cameraClip(int seconds) {
    participant::Clip clip = *must(participant::encodeClip(participant::cameraScene()));
    clip.picture.resize(std::min<std::size_t>(clip.picture.size(), seconds * kFps));
    clip.sound.resize(std::min<std::size_t>(clip.sound.size(), seconds * 50));
    return clip;
}

Add vp8Decoder() {
    return one("vp8dec", {{"threads", "1"}, {"qos", "false"}});
}

Add opusEncoder() {
    return one(
        "opusenc",
        {{"bitrate", "40000"}, {"bitrate-type", "vbr"}, {"complexity", "5"}, {"frame-size", "20"}});
}

Add canvasEncoder(const std::string& factory, int bitrateBps, const Properties& changed) {
    return [=](GstBin* bin) {
        const Encoder encoder = must(addEncoder(bin, factory, {bitrateBps, kFps}));
        setProperties(encoder.first, changed);
        return Ends(encoder.first, encoder.last);
    };
}

namespace {

constexpr const char* kSrtpKey = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ab";

} // namespace

Add securePayloader(const char* payloader) {
    return [=](GstBin* bin) {
        // Known to whoever decrypts.
        GstElement* pay =
            must(addElement(bin, payloader, {{"ssrc", "4711"}, {"seqnum-offset", "0"}}));
        GstElement* srtp = must(addElement(bin, "srtpenc", {{"key", kSrtpKey}}));
        must(linkPads(pay, "src", srtp, "rtp_sink_0"));
        return Ends(pay, srtp);
    };
}

Output securePackets(GstCaps* caps, const Buffers& frames, const char* payloader) {
    Output packets = outputOf(caps, frames, securePayloader(payloader));
    // By which srtpdec learns of it.
    const GCharPtr text(gst_caps_to_string(packets.caps.get()));
    const std::string secret = std::string(text.get()) + ", srtp-key=(buffer)" + kSrtpKey;
    packets.caps = GRef<GstCaps>::adopt(gst_caps_from_string(secret.c_str()));
    return packets;
}

Canvases paintCanvases(int people, const Output& decoded) {
    const auto rects = gridLayout(people, {});
    std::vector<TileFace> faces;
    for (int i = 0; i < people; ++i) {
        TileFace face;
        face.placed.userId = std::to_string(i);
        face.placed.rect = rects[static_cast<std::size_t>(i)];
        face.name = "Person " + std::to_string(i + 1);
        face.speaking = i == 0;
        face.frames = std::make_shared<FrameSlot>();
        faces.push_back(face);
    }
    const Scene scene(faces, {});
    Painter painter;
    Canvases canvases;
    canvases.caps = GRef<GstCaps>::adopt(gst_caps_from_string(kCanvasCaps));
    GstVideoInfo info;
    gst_video_info_from_caps(&info, canvases.caps.get());
    for (std::size_t n = 0; n < decoded.buffers.size(); ++n) {
        const GstClockTime now = n * GST_SECOND / kFps;
        auto buffer = GRef<GstBuffer>::adopt(gst_buffer_new_allocate(nullptr, info.size, nullptr));
        // Touched once, as a pool's memory is: the kernel's part is not ours.
        gst_buffer_memset(buffer.get(), 0, 0, info.size);
        const double before = cpuSeconds();
        for (std::size_t i = 0; i < faces.size(); ++i)
            faces[i].frames->take(decoded.buffers[(n + i * 11) % decoded.buffers.size()].get(), now,
                                  decoded.caps.get());
        {
            const auto frame = MappedFrame::map(buffer.get(), info, GST_MAP_WRITE);
            painter.paint(scene, nullptr, frame->mutablePlanes(), now);
        }
        canvases.cpu += cpuSeconds() - before;
        GST_BUFFER_PTS(buffer.get()) = now;
        GST_BUFFER_DURATION(buffer.get()) = GST_SECOND / kFps;
        canvases.buffers.push_back(std::move(buffer));
    }
    return canvases;
}

} // namespace mullion::bench
