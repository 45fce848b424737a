#include "tools/participant/seen.h"

#include <algorithm>
#include <cmath>

#include <gst/video/video.h>

namespace mullion::participant {

void Seen::onSample(GstSample* sample) {
    const std::int64_t now = g_get_monotonic_time();
    GstVideoInfo info;
    if (!gst_video_info_from_caps(&info, gst_sample_get_caps(sample))) return;
    const std::lock_guard lock(mutex_);
    newest_ = GRef<GstSample>::share(sample);
    figures_.width = info.width;
    figures_.height = info.height;
    if (figures_.frames++ == 0)
        figures_.firstAt = now;
    else
        figures_.longestGapMs =
            std::max(figures_.longestGapMs, static_cast<double>(now - figures_.lastAt) / 1000);
    figures_.lastAt = now;
}

Seen::Figures Seen::figures() const {
    const std::lock_guard lock(mutex_);
    return figures_;
}

void Seen::resetGap() {
    const std::lock_guard lock(mutex_);
    figures_.longestGapMs = 0;
}

std::optional<Colour> Seen::colourAt(int x, int y) const {
    GRef<GstSample> sample;
    {
        const std::lock_guard lock(mutex_);
        sample = newest_;
    }
    if (!sample) return {};
    GstVideoInfo info;
    GstVideoFrame frame;
    gst_video_info_from_caps(&info, gst_sample_get_caps(sample.get()));
    if (!gst_video_frame_map(&frame, &info, gst_sample_get_buffer(sample.get()), GST_MAP_READ))
        return {};
    const int centreX = std::clamp(x * info.width / 1280, 8, info.width - 8);
    const int centreY = std::clamp(y * info.height / 720, 8, info.height - 8);
    double sums[3] = {};
    for (int component = 0; component < 3; ++component) {
        const int shift = component == 0 ? 0 : 1;
        const int side = 16 >> shift;
        const auto* data = static_cast<const guint8*>(GST_VIDEO_FRAME_COMP_DATA(&frame, component));
        const int stride = GST_VIDEO_FRAME_COMP_STRIDE(&frame, component);
        for (int row = 0; row < side; ++row)
            for (int column = 0; column < side; ++column)
                sums[component] += data[((centreY - 8) / (1 << shift) + row) * stride +
                                        (centreX - 8) / (1 << shift) + column];
        sums[component] /= side * side;
    }
    gst_video_frame_unmap(&frame);
    // BT.601, limited range: what VP8 means (RFC 6386 section 9.2).
    const double luma = 1.164 * (sums[0] - 16);
    const double blue = sums[1] - 128;
    const double red = sums[2] - 128;
    const auto clip = [](double value) {
        return static_cast<int>(std::clamp(std::lround(value), 0L, 255L));
    };
    return Colour{clip(luma + 1.596 * red), clip(luma - 0.392 * blue - 0.813 * red),
                  clip(luma + 2.017 * blue)};
}

Result<void> Seen::savePng(const std::string& path) const {
    GRef<GstSample> sample;
    {
        const std::lock_guard lock(mutex_);
        sample = newest_;
    }
    if (!sample) return Error{ErrorCode::NotFound, "no frame has come yet"};
    const auto caps = GRef<GstCaps>::adopt(gst_caps_from_string("image/png"));
    GError* raw = nullptr;
    const auto png = GRef<GstSample>::adopt(
        gst_video_convert_sample(sample.get(), caps.get(), 5 * GST_SECOND, &raw));
    const GErrorPtr error(raw);
    if (!png) return Error{ErrorCode::Internal, error ? error->message : "no PNG encoder"};
    GstMapInfo map;
    gst_buffer_map(gst_sample_get_buffer(png.get()), &map, GST_MAP_READ);
    const bool written = g_file_set_contents(path.c_str(), reinterpret_cast<char*>(map.data),
                                             static_cast<gssize>(map.size), nullptr);
    gst_buffer_unmap(gst_sample_get_buffer(png.get()), &map);
    if (!written) return Error{ErrorCode::Internal, "cannot write " + path};
    return {};
}

} // namespace mullion::participant
