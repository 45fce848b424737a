#include "pipelines/mix/encoder.h"

#include <array>

namespace mullion {

namespace {

/// An hour: whoever needs one asks.
constexpr int kKeyFrameSeconds = 3600;

/// In hardware first. Of the software ones openh264 makes what browsers' hardware decoders like
/// best, constrained baseline, and is as fast as x264 (1.7 and 1.8 ms for 1280×720).
constexpr std::array kH264Encoders = {"vah264enc",   "vaapih264enc", "nvh264enc",
                                      "v4l2h264enc", "openh264enc",  "x264enc"};

std::vector<std::pair<const char*, std::string>> propertiesOf(const std::string& factory,
                                                              const EncoderSettings& settings) {
    const std::string bps = std::to_string(settings.bitrateBps);
    const std::string kbps = std::to_string(settings.bitrateBps / 1000);
    const std::string distance = std::to_string(kKeyFrameSeconds * settings.fps);
    if (factory == "vp8enc")
        return {
            {"deadline", "1"},
            // Negative: this speed and no other. A positive one is the part of a frame's time to
            // leave unused, and 16 means the fastest, whose picture is bad at low rates. From
            // 14 on the deblocking filter is the simple one. tests/bench/quality.mjs measures.
            {"cpu-used", "-13"},
            // Two threads wait for each other by spinning.
            {"threads", "1"},
            {"end-usage", "cbr"},
            {"target-bitrate", bps},
            {"lag-in-frames", "0"},
            {"error-resilient", "default"},
            {"keyframe-max-dist", distance},
            {"buffer-initial-size", "300"},
            {"buffer-optimal-size", "400"},
            {"buffer-size", "600"},
            {"min-quantizer", "2"},
            {"max-quantizer", "56"},
            {"max-intra-bitrate", "600"},
            // A macroblock that is this near to what is there already, 2.7 squared levels a
            // pixel or 44 dB, is not coded: a sensor's noise is not worth its price. With it
            // speed 13 costs about as much as 16 does without, and has 0.002 (3 Mbit/s) to 0.017
            // (1 Mbit/s) more SSIM of luma; at 2000 it has 0.014 less.
            {"static-threshold", "700"}};
    if (factory == "openh264enc")
        return {{"bitrate", bps},
                {"max-bitrate", std::to_string(settings.bitrateBps * 3 / 2)},
                {"rate-control", "bitrate"},
                {"complexity", "low"},
                {"gop-size", distance},
                {"multi-thread", "1"},
                {"usage-type", "camera"},
                {"enable-frame-skip", "false"},
                {"scene-change-detection", "false"}};
    if (factory == "x264enc")
        return {{"bitrate", kbps},
                {"tune", "zerolatency"},
                {"speed-preset", "superfast"},
                {"key-int-max", distance},
                {"threads", "1"},
                // Parameter sets would stand before the second slice too (1.24.0).
                {"sliced-threads", "false"},
                {"vbv-buf-capacity", "600"},
                {"byte-stream", "true"},
                {"aud", "false"}};
    if (factory == "v4l2h264enc")
        return {{"extra-controls", "controls,video_bitrate=" + bps + ",repeat_sequence_header=1"}};
    if (factory == "vaapih264enc")
        return {{"bitrate", kbps}, {"rate-control", "cbr"}, {"keyframe-period", "0"}};
    if (factory == "nvh264enc")
        return {{"bitrate", kbps}, {"rc-mode", "cbr"}, {"zerolatency", "true"}, {"gop-size", "-1"}};
    // vah264enc
    return {{"bitrate", kbps}, {"rate-control", "cbr"}, {"key-int-max", "1024"}};
}

} // namespace

std::vector<std::string> encodersFor(VideoCodec codec) {
    if (codec == VideoCodec::Vp8) return {"vp8enc"};
    std::vector<std::string> found;
    for (const char* name : kH264Encoders)
        if (GRef<GstElementFactory>::adopt(gst_element_factory_find(name)))
            found.emplace_back(name);
    return found;
}

Result<Encoder> addEncoder(GstBin* pipeline, const std::string& factory,
                           const EncoderSettings& settings) {
    Encoder encoder;
    encoder.first = encoder.last =
        TRY(addElement(pipeline, factory.c_str(), propertiesOf(factory, settings)));
    if (factory == "vp8enc") return encoder;
    // The profile that every WebRTC client has to decode (RFC 7742 section 6.2).
    encoder.last = TRY(addElement(pipeline, "capsfilter",
                                  {{"caps", "video/x-h264,profile=constrained-baseline,"
                                            "stream-format=byte-stream,alignment=au"}}));
    TRY(linkElements({encoder.first, encoder.last}));
    if (factory == "openh264enc" || factory == "x264enc") return encoder;
    // Chips take their own formats.
    GstElement* convert = TRY(addElement(pipeline, "videoconvert"));
    TRY(linkElements({convert, encoder.first}));
    encoder.first = convert;
    return encoder;
}

} // namespace mullion
