#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <vector>

#include "tests/pipelines/call_fixture.h"
#include "tests/pipelines/played_file.h"
#include "tests/support/temporary_dir.h"

namespace mullion::test {

/// A flash of one frame and a click of 20 ms at the beginning of each second.
inline std::shared_ptr<const participant::Clip> flashAndClick() {
    participant::Footage footage;
    footage.frames = footage.fps;
    footage.frame = [](int index) {
        constexpr gsize kLuma = gsize{640} * 360;
        constexpr gsize kSize = kLuma * 3 / 2;
        auto buffer = GRef<GstBuffer>::adopt(gst_buffer_new_allocate(nullptr, kSize, nullptr));
        gst_buffer_memset(buffer.get(), 0, index == 0 ? 235 : 16, kLuma);
        gst_buffer_memset(buffer.get(), kLuma, 128, kSize - kLuma);
        return buffer;
    };
    footage.sound.resize(48'000);
    for (int i = 0; i < 960; ++i)
        footage.sound[i] =
            static_cast<std::int16_t>(20'000 * std::sin(i * 2 * M_PI * 1000 / 48'000));
    const auto clip = participant::encodeClip(footage, 1'000'000);
    ck_assert(clip.ok());
    return *clip;
}

/// When what a track shows or sounds becomes bright or loud, ns.
class Onsets : public SampleReceiver {
public:
    /// `level` of a frame: its mean luma, or the peak of its sound.
    explicit Onsets(bool isPicture)
        : isPicture_(isPicture) {}

    void onSample(GstSample* sample) override {
        GstBuffer* buffer = gst_sample_get_buffer(sample);
        GstMapInfo map;
        ck_assert(gst_buffer_map(buffer, &map, GST_MAP_READ));
        if (isPicture_) {
            // One row through the middle of the canvas is in the tile.
            GstVideoInfo info;
            ck_assert(gst_video_info_from_caps(&info, gst_sample_get_caps(sample)));
            const auto* pixel =
                map.data + std::ptrdiff_t{info.height / 2} * info.stride[0] + info.width / 2;
            note(*pixel > 120, GST_BUFFER_PTS(buffer));
        } else {
            const auto* samples = reinterpret_cast<const std::int16_t*>(map.data);
            for (gsize i = 0; i < map.size / 2; ++i)
                note(std::abs(samples[i]) > 3000, GST_BUFFER_PTS(buffer) + i * GST_SECOND / 48'000);
        }
        gst_buffer_unmap(buffer, &map);
    }

    std::vector<GstClockTime> at = {};

private:
    void note(bool on, GstClockTime time) {
        // Waves cross zero: it is over after a tenth of a second.
        if (on && (at.empty() || time > last_ + 100 * GST_MSECOND)) at.push_back(time);
        if (on) last_ = time;
    }

    bool isPicture_;
    GstClockTime last_ = 0;
};

/// Records somebody who flashes and clicks for so many seconds, and whose microphone's clock runs
/// so fast. @return by how much each click is behind its flash in the file, ms, in their order.
inline std::vector<double> soundBehindPicture(wire::RecordingFormat format, int seconds,
                                              double soundClock = 1) {
    Fixture world;
    TemporaryDir folder;
    world.clips["ada"] = flashAndClick();
    world.soundClock = soundClock;
    world.join(kPeople[0], "leg-ada");
    world.until("the leg carries media",
                [&] { return world.states["leg-ada"] == wire::LegState::Connected; });
    world.call->startRecording({.id = "r", .format = format, .path = folder.path() + "/r"});
    int passed = 0;
    const auto clock = every(std::chrono::seconds(1), [&] { return ++passed > 0; });
    world.until(
        "so much of it", [&] { return passed >= seconds; }, seconds + 60);
    world.call->outputs().stop(wire::StopRecording{"r"});
    world.until("the end of the recording", [&] { return world.recordingsEnded.contains("r"); });
    const auto flashes = std::make_shared<Onsets>(true);
    const auto clicks = std::make_shared<Onsets>(false);
    const PlayedFile file(world.parts.back().path, flashes, clicks);
    std::vector<double> behind;
    for (const GstClockTime flash : flashes->at)
        for (const GstClockTime click : clicks->at) {
            const double ms = (static_cast<double>(click) - static_cast<double>(flash)) / 1e6;
            if (std::abs(ms) < 500) behind.push_back(ms);
        }
    ck_assert_uint_ge(behind.size(), static_cast<std::size_t>(seconds) / 2);
    return behind;
}

inline double middleOf(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const double middle = values[values.size() / 2];
    std::printf("# sound is %.1f ms behind the picture (%.1f to %.1f)\n", middle, values.front(),
                values.back());
    return middle;
}

} // namespace mullion::test
