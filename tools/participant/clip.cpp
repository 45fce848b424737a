#include "tools/participant/clip.h"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>

#include "pipelines/gst/element.h"
#include "tools/participant/camera.h"

namespace mullion::participant {

namespace {

using Make = std::function<GRef<GstBuffer>(int index)>;

/// Runs `description`, which begins with appsrc `in` and ends with appsink `out`, on `count`
/// buffers that `make` gives and returns all that comes out.
Result<std::vector<GRef<GstBuffer>>> encode(const std::string& description, const std::string& caps,
                                            int count, const Make& make,
                                            GRef<GstCaps>* outputCaps) {
    GError* raw = nullptr;
    const auto pipeline = GRef<GstElement>::sink(gst_parse_launch(description.c_str(), &raw));
    const GErrorPtr error(raw);
    if (error) return Error{ErrorCode::Unavailable, error->message};
    const auto in = GRef<GstElement>::adopt(gst_bin_get_by_name(GST_BIN(pipeline.get()), "in"));
    const auto out = GRef<GstElement>::adopt(gst_bin_get_by_name(GST_BIN(pipeline.get()), "out"));
    // Raw frames of seconds would fill the memory, so that drawing waits for the encoder.
    setProperties(in.get(), {{"caps", caps},
                             {"format", "time"},
                             {"max-bytes", "0"},
                             {"max-buffers", "8"},
                             {"block", "true"}});
    setProperties(out.get(), {{"sync", "false"}});
    gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
    for (int i = 0; i < count; ++i)
        gst_app_src_push_buffer(GST_APP_SRC(in.get()), make(i).release());
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

GRef<GstBuffer> paint(const Scene& scene, double phase) {
    cairo_surface_t* surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, scene.width, scene.height);
    cairo_t* cairo = cairo_create(surface);
    paintFrame(cairo, scene, phase);
    cairo_destroy(cairo);
    cairo_surface_flush(surface);
    auto frame = GRef<GstBuffer>::adopt(gst_buffer_new_memdup(
        cairo_image_surface_get_data(surface),
        static_cast<gsize>(cairo_image_surface_get_stride(surface)) * scene.height));
    cairo_surface_destroy(surface);
    return frame;
}

GRef<GstBuffer> timed(GRef<GstBuffer> buffer, int index, int perSecond) {
    GST_BUFFER_PTS(buffer.get()) =
        gst_util_uint64_scale(static_cast<guint64>(index), GST_SECOND, perSecond);
    GST_BUFFER_DURATION(buffer.get()) = GST_SECOND / perSecond;
    return buffer;
}

} // namespace

Footage footageOf(const Scene& scene) {
    Footage footage;
    footage.width = scene.width;
    footage.height = scene.height;
    footage.fps = scene.fps;
    footage.frames = static_cast<int>(scene.seconds * scene.fps);
    footage.sound = makeSound(scene);
    if (scene.kind == Scene::Kind::Camera) {
        footage.frame = [camera =
                             std::make_shared<Camera>(scene.width, scene.height, footage.frames)](
                            int index) { return camera->frame(index); };
    } else {
        footage.format = "BGRx";
        footage.frame = [scene, count = footage.frames](int index) {
            return paint(scene, static_cast<double>(index) / count);
        };
    }
    return footage;
}

Result<std::shared_ptr<const Clip>> encodeClip(const Footage& footage, int bitrateBps) {
    constexpr std::size_t kPacket = 960;
    constexpr int kPacketsPerSecond = 50;
    auto clip = std::make_shared<Clip>();
    clip->fps = footage.fps;
    clip->picture = TRY(encode(
        "appsrc name=in ! videoconvert ! video/x-raw,format=I420 ! vp8enc deadline=1 cpu-used=16 "
        "threads=1 keyframe-max-dist=10000 end-usage=cbr target-bitrate=" +
            std::to_string(bitrateBps) + " ! appsink name=out",
        "video/x-raw,format=" + footage.format + ",width=" + std::to_string(footage.width) +
            ",height=" + std::to_string(footage.height) +
            ",framerate=" + std::to_string(footage.fps) + "/1",
        footage.frames, [&](int index) { return timed(footage.frame(index), index, footage.fps); },
        &clip->pictureCaps));
    clip->sound = TRY(encode(
        "appsrc name=in ! opusenc bitrate=40000 ! appsink name=out",
        "audio/x-raw,format=S16LE,rate=48000,channels=1,layout=interleaved",
        static_cast<int>(footage.sound.size() / kPacket),
        [&](int index) {
            return timed(GRef<GstBuffer>::adopt(gst_buffer_new_memdup(
                             &footage.sound[index * kPacket], kPacket * sizeof footage.sound[0])),
                         index, kPacketsPerSecond);
        },
        &clip->soundCaps));
    return std::shared_ptr<const Clip>(clip);
}

Result<std::shared_ptr<const Clip>> encodeClip(const Scene& scene, int bitrateBps) {
    return encodeClip(footageOf(scene), bitrateBps);
}

} // namespace mullion::participant
