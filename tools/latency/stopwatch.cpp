#include "tools/latency/stopwatch.h"

#include <utility>

#include <gst/video/video.h>

namespace mullion::latency {

namespace {

constexpr double kSamplesPerMs = 48;

double msBetween(std::int64_t from, std::int64_t until) {
    return static_cast<double>(until - from) / 1000;
}

} // namespace

void Stopwatch::onFrameSent(std::size_t frame) {
    const std::lock_guard lock(mutex_);
    frameSentAt_[frame % kFrames] = g_get_monotonic_time();
}

void Stopwatch::onPacketSent(std::size_t packet) {
    if (packet % kPacketsPerClick != 0) return;
    const std::lock_guard lock(mutex_);
    clickSentAt_ = g_get_monotonic_time();
}

void Stopwatch::setTile(const wire::Tile& tile, const wire::Canvas& canvas) {
    const std::lock_guard lock(mutex_);
    tile_ = tile;
    canvas_ = canvas;
}

void Stopwatch::onPicture(GstSample* sample) {
    const std::int64_t now = g_get_monotonic_time();
    GstVideoInfo info;
    GstVideoFrame frame;
    if (!gst_video_info_from_caps(&info, gst_sample_get_caps(sample))) return;
    const std::lock_guard lock(mutex_);
    if (!tile_ || !gst_video_frame_map(&frame, &info, gst_sample_get_buffer(sample), GST_MAP_READ))
        return;
    const auto scaled = [](int value, int size, int whole) { return value * size / whole; };
    const int stride = GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0);
    const auto* luma = static_cast<const std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, 0));
    const int x = scaled(tile_->x, info.width, canvas_.width);
    const int y = scaled(tile_->y, info.height, canvas_.height);
    const auto number =
        readNumber({luma + y * stride + x, stride, scaled(tile_->width, info.width, canvas_.width),
                    scaled(tile_->height, info.height, canvas_.height)});
    gst_video_frame_unmap(&frame);
    if (!number) {
        ++figures_.unread;
        return;
    }
    // Shown again, a picture is not new.
    const std::int64_t sentAt = std::exchange(frameSentAt_[*number], 0);
    if (sentAt) figures_.pictureMs.push_back(msBetween(sentAt, now));
}

void Stopwatch::onSound(GstSample* sample) {
    const std::int64_t now = g_get_monotonic_time();
    GstMapInfo map;
    GstBuffer* buffer = gst_sample_get_buffer(sample);
    if (!buffer || !gst_buffer_map(buffer, &map, GST_MAP_READ)) return;
    const auto* data = reinterpret_cast<const std::int16_t*>(map.data);
    const std::vector<std::int16_t> samples(data, data + map.size / sizeof *data);
    gst_buffer_unmap(buffer, &map);
    const std::lock_guard lock(mutex_);
    const auto click = findClick(samples, wasSilent_);
    if (!click) return;
    // Its block may be played from now on, itself when what is before it has been.
    if (const std::int64_t sentAt = std::exchange(clickSentAt_, 0))
        figures_.soundMs.push_back(msBetween(sentAt, now) +
                                   static_cast<double>(*click) / kSamplesPerMs);
}

Stopwatch::Figures Stopwatch::figures() const {
    const std::lock_guard lock(mutex_);
    return figures_;
}

void Stopwatch::reset() {
    const std::lock_guard lock(mutex_);
    figures_ = {};
}

} // namespace mullion::latency
