#include "pipelines/leg/sound_care.h"

#include <cmath>
#include <cstdlib>
#include <mutex>

#include <gst/gst.h>

#include "pipelines/gst/bridge.h"
#include "pipelines/mix/audio_mix.h"
#include "src/base/main_loop.h"
#include "tests/support/suite.h"

using namespace mullion;

namespace {

/// The mean power of what came of late.
class Loudness : public SampleReceiver {
public:
    void onSample(GstSample* sample) override {
        GstMapInfo map;
        gst_buffer_map(gst_sample_get_buffer(sample), &map, GST_MAP_READ);
        const auto* samples = reinterpret_cast<const std::int16_t*>(map.data);
        double sum = 0;
        for (std::size_t i = 0; i < map.size / 2; ++i)
            sum += double{1} * samples[i] * samples[i];
        const double power = sum / (static_cast<double>(map.size) / 2) / (32768.0 * 32768.0);
        gst_buffer_unmap(gst_sample_get_buffer(sample), &map);
        const std::lock_guard lock(mutex_);
        power_ += (power - power_) * 0.05;
        ++blocks_;
    }

    double db() const {
        const std::lock_guard lock(mutex_);
        return 10 * std::log10(power_ + 1e-12);
    }

    int blocks() const {
        const std::lock_guard lock(mutex_);
        return blocks_;
    }

private:
    mutable std::mutex mutex_;
    double power_ = 0;
    int blocks_ = 0;
};

/// A source, the care and what comes of it.
class Fixture {
public:
    explicit Fixture(const char* wave, const char* volume) {
        claimMainThread();
        gst_init(nullptr, nullptr);
        pipeline = GRef<GstElement>::sink(gst_pipeline_new("care"));
        auto* bin = GST_BIN(pipeline.get());
        auto source = addElement(bin, "audiotestsrc",
                                 {{"is-live", "true"}, {"wave", wave}, {"volume", volume}});
        auto format = addElement(bin, "capsfilter", {{"caps", kMixAudioCaps}});
        auto made = Outlet::create(bin);
        ck_assert(source.ok() && format.ok() && made.ok());
        outlet = *made;
        ck_assert(linkElements({*source, *format, outlet->element()}).ok());
        outlet->connect(loudness);
        care = std::make_unique<SoundCare>(bin, *format, outlet->element());
        gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
    }

    ~Fixture() { gst_element_set_state(pipeline.get(), GST_STATE_NULL); }

    void until(const char* what, const std::function<bool()>& done) {
        bool expired = false;
        const auto deadline = after(std::chrono::seconds(60), [&] { expired = true; });
        const auto tick = every(std::chrono::milliseconds(20), [] { return true; });
        while (!done()) {
            ck_assert_msg(!expired, "not in time: %s, at %.1f dB", what, loudness->db());
            g_main_context_iteration(nullptr, TRUE);
        }
    }

    /// Until the mean is of what came from now on.
    void settle() {
        const int from = loudness->blocks();
        until("sound", [&] { return loudness->blocks() > from + 100; });
    }

    GRef<GstElement> pipeline;
    std::shared_ptr<Outlet> outlet;
    std::shared_ptr<Loudness> loudness = std::make_shared<Loudness>();
    std::unique_ptr<SoundCare> care;
};

} // namespace

START_TEST(noise_is_suppressed_while_asked_for) {
    Fixture fixture("white-noise", "0.02");
    fixture.settle();
    const double before = fixture.loudness->db();
    fixture.care->set(true, false);
    fixture.until("less noise", [&] { return fixture.loudness->db() < before - 10; });
    fixture.care->set(false, false);
    fixture.until("as it was", [&] { return std::abs(fixture.loudness->db() - before) < 1; });
}

END_TEST

START_TEST(quiet_sound_gets_gain_while_asked_for) {
    Fixture fixture("sine", "0.01");
    fixture.settle();
    const double before = fixture.loudness->db();
    fixture.care->set(false, true);
    fixture.until("more", [&] { return fixture.loudness->db() > before + 5; });
    fixture.care->set(false, false);
    fixture.until("as it was", [&] { return std::abs(fixture.loudness->db() - before) < 1; });
}

END_TEST

int main() {
    return test::runSuite("pipelines.sound_care", {noise_is_suppressed_while_asked_for,
                                                   quiet_sound_gets_gain_while_asked_for});
}
