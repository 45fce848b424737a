#include "pipelines/mix/video_mix.h"

#include <string>

#include <gst/video/video.h>

namespace mullion {

namespace {

/// A tile that is read gets one frame a tick; more than that waiting is a burst.
constexpr unsigned kMaxQueued = 8;

/// The stage, #0e1116, as limited-range BT.601.
constexpr guint8 kStageLuma = 30;
constexpr guint8 kStageBlue = 131;
constexpr guint8 kStageRed = 126;

/// VP8 means BT.601 (RFC 6386 section 9.2): with another colorimetry every tile would be converted
/// on its way in, and the picture would be wrong on its way out.
std::string canvasCaps(const wire::Canvas& canvas) {
    return "video/x-raw,format=I420,width=" + std::to_string(canvas.width) +
           ",height=" + std::to_string(canvas.height) + ",framerate=" + std::to_string(canvas.fps) +
           "/1,pixel-aspect-ratio=1/"
           "1,colorimetry=bt601,chroma-site=jpeg,interlace-mode=progressive";
}

GRef<GstBuffer> stageFrame(const wire::Canvas& canvas) {
    GstVideoInfo info;
    gst_video_info_set_format(&info, GST_VIDEO_FORMAT_I420, canvas.width, canvas.height);
    auto buffer = GRef<GstBuffer>::adopt(gst_buffer_new_allocate(nullptr, info.size, nullptr));
    const auto fill = [&](int component, guint8 value) {
        gst_buffer_memset(buffer.get(), GST_VIDEO_INFO_COMP_OFFSET(&info, component), value,
                          static_cast<gsize>(GST_VIDEO_INFO_COMP_STRIDE(&info, component)) *
                              GST_VIDEO_INFO_COMP_HEIGHT(&info, component));
    };
    fill(0, kStageLuma);
    fill(1, kStageBlue);
    fill(2, kStageRed);
    GST_BUFFER_PTS(buffer.get()) = 0;
    return buffer;
}

} // namespace

Result<std::unique_ptr<VideoMix>> VideoMix::create(GstBin* pipeline, const wire::Canvas& canvas) {
    std::unique_ptr<VideoMix> mix(new VideoMix);
    mix->compositor_ = TRY(addElement(pipeline, "compositor",
                                      {{"force-live", "true"},
                                       {"ignore-inactive-pads", "true"},
                                       {"background", "black"},
                                       {"start-time-selection", "zero"},
                                       // Two cores blend what they have; more threads only wait.
                                       {"max-threads", "2"}}));
    // All of the caps at once: a compositor whose output may change renegotiates when somebody
    // joins, and the picture stands still for a second.
    mix->output_ = TRY(addElement(pipeline, "capsfilter", {{"caps", canvasCaps(canvas)}}));
    TRY(linkElements({mix->compositor_, mix->output_}));
    TRY(mix->addBackground(pipeline, canvas));
    for (int i = 0; i < kMaxGridTiles; ++i)
        TRY(mix->addTile(pipeline));
    return mix;
}

/// One frame in the colour of the stage, shown for ever below the tiles.
Result<void> VideoMix::addBackground(GstBin* pipeline, const wire::Canvas& canvas) {
    const auto inlet = TRY(Inlet::create(pipeline, canvasCaps(canvas).c_str(), 1));
    TRY(linkPads(inlet->element(), "src", compositor_, "sink_0"));
    inlet->push(stageFrame(canvas));
    return {};
}

Result<void> VideoMix::addTile(GstBin* pipeline) {
    const std::string name = "sink_" + std::to_string(tiles_.size() + 1);
    Tile tile;
    tile.inlet = TRY(Inlet::create(pipeline, nullptr, kMaxQueued));
    TRY(linkPads(tile.inlet->element(), "src", compositor_, name.c_str()));
    tile.pad = GRef<GstPad>::adopt(gst_element_get_static_pad(compositor_, name.c_str()));
    setProperties(tile.pad.get(), {{"sizing-policy", "keep-aspect-ratio"},
                                   {"alpha", "0"},
                                   {"zorder", std::to_string(tiles_.size() + 1)}});
    tiles_.push_back(std::move(tile));
    return {};
}

Result<int> VideoMix::lend() {
    for (std::size_t i = 0; i < tiles_.size(); ++i) {
        if (tiles_[i].lent) continue;
        tiles_[i].lent = true;
        return static_cast<int>(i);
    }
    return Error{ErrorCode::AtCapacity, "every tile is taken"};
}

void VideoMix::giveBack(int tile) {
    hide(tile);
    tiles_[tile].lent = false;
}

void VideoMix::place(int tile, const Rect& rect) {
    g_object_set(tiles_[tile].pad.get(), "xpos", rect.x, "ypos", rect.y, "width", rect.width,
                 "height", rect.height, "alpha", 1.0, nullptr);
}

void VideoMix::hide(int tile) {
    g_object_set(tiles_[tile].pad.get(), "alpha", 0.0, nullptr);
}

} // namespace mullion
