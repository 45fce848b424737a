#include "tools/participant/clip.h"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/video/video.h>

#include "pipelines/gst/element.h"

namespace mullion::participant {

namespace {

/// Runs `description`, which begins with appsrc `in` and ends with appsink `out`, on `input` and
/// returns all that comes out.
Result<std::vector<GRef<GstBuffer>>> encode(const std::string& description, const std::string& caps,
                                            std::vector<GRef<GstBuffer>> input,
                                            GRef<GstCaps>* outputCaps) {
    GError* raw = nullptr;
    const auto pipeline = GRef<GstElement>::sink(gst_parse_launch(description.c_str(), &raw));
    const GErrorPtr error(raw);
    if (error) return Error{ErrorCode::Unavailable, error->message};
    const auto in = GRef<GstElement>::adopt(gst_bin_get_by_name(GST_BIN(pipeline.get()), "in"));
    const auto out = GRef<GstElement>::adopt(gst_bin_get_by_name(GST_BIN(pipeline.get()), "out"));
    setProperties(in.get(), {{"caps", caps}, {"format", "time"}, {"max-bytes", "0"}});
    setProperties(out.get(), {{"sync", "false"}});
    gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
    for (auto& buffer : input)
        gst_app_src_push_buffer(GST_APP_SRC(in.get()), buffer.release());
    gst_app_src_end_of_stream(GST_APP_SRC(in.get()));

    std::vector<GRef<GstBuffer>> output;
    while (auto sample =
               GRef<GstSample>::adopt(gst_app_sink_pull_sample(GST_APP_SINK(out.get())))) {
        output.push_back(GRef<GstBuffer>::share(gst_sample_get_buffer(sample.get())));
        *outputCaps = GRef<GstCaps>::share(gst_sample_get_caps(sample.get()));
    }
    gst_element_set_state(pipeline.get(), GST_STATE_NULL);
    if (output.empty()) return Error{ErrorCode::Internal, "nothing came out of the encoder"};
    return output;
}

std::vector<GRef<GstBuffer>> paintFrames(const Scene& scene) {
    const int count = static_cast<int>(scene.seconds * scene.fps);
    std::vector<GRef<GstBuffer>> frames;
    for (int i = 0; i < count; ++i) {
        cairo_surface_t* surface =
            cairo_image_surface_create(CAIRO_FORMAT_RGB24, scene.width, scene.height);
        cairo_t* cairo = cairo_create(surface);
        paintFrame(cairo, scene, static_cast<double>(i) / count);
        cairo_destroy(cairo);
        cairo_surface_flush(surface);
        auto frame = GRef<GstBuffer>::adopt(gst_buffer_new_memdup(
            cairo_image_surface_get_data(surface),
            static_cast<gsize>(cairo_image_surface_get_stride(surface)) * scene.height));
        cairo_surface_destroy(surface);
        GST_BUFFER_PTS(frame.get()) = gst_util_uint64_scale(i, GST_SECOND, scene.fps);
        GST_BUFFER_DURATION(frame.get()) = GST_SECOND / scene.fps;
        frames.push_back(std::move(frame));
    }
    return frames;
}

std::vector<GRef<GstBuffer>> cutSound(const Scene& scene) {
    constexpr std::size_t kPacket = 960;
    const auto samples = makeSound(scene);
    std::vector<GRef<GstBuffer>> packets;
    for (std::size_t at = 0; at + kPacket <= samples.size(); at += kPacket) {
        auto packet = GRef<GstBuffer>::adopt(
            gst_buffer_new_memdup(&samples[at], kPacket * sizeof samples[0]));
        GST_BUFFER_PTS(packet.get()) = at / kPacket * 20 * GST_MSECOND;
        GST_BUFFER_DURATION(packet.get()) = 20 * GST_MSECOND;
        packets.push_back(std::move(packet));
    }
    return packets;
}

} // namespace

Result<std::shared_ptr<const Clip>> encodeClip(const Scene& scene, int bitrateBps) {
    auto clip = std::make_shared<Clip>();
    clip->fps = scene.fps;
    clip->picture = TRY(encode(
        "appsrc name=in ! videoconvert ! video/x-raw,format=I420 ! vp8enc deadline=1 cpu-used=16 "
        "threads=1 keyframe-max-dist=10000 end-usage=cbr target-bitrate=" +
            std::to_string(bitrateBps) + " ! appsink name=out",
        "video/x-raw,format=BGRx,width=" + std::to_string(scene.width) + ",height=" +
            std::to_string(scene.height) + ",framerate=" + std::to_string(scene.fps) + "/1",
        paintFrames(scene), &clip->pictureCaps));
    clip->sound = TRY(encode("appsrc name=in ! opusenc bitrate=40000 ! appsink name=out",
                             "audio/x-raw,format=S16LE,rate=48000,channels=1,layout=interleaved",
                             cutSound(scene), &clip->soundCaps));
    return std::shared_ptr<const Clip>(clip);
}

} // namespace mullion::participant
