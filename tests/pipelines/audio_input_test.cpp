#include "pipelines/mix/audio_input.h"

#include <chrono>
#include <condition_variable>
#include <thread>
#include <vector>

#include "pipelines/mix/audio_mix.h"
#include "plugins/mixminus/gst_mix_minus.h"
#include "tests/support/suite.h"

using namespace mullion;

namespace {

using namespace std::chrono_literals;

constexpr auto kLong = 30s;
constexpr std::size_t kRate = 48000;

/// What another participant hears, without the silence before and after.
class Listener : public SampleReceiver {
public:
    void onSample(GstSample* sample) override {
        GstBuffer* buffer = gst_sample_get_buffer(sample);
        std::vector<std::int16_t> samples(gst_buffer_get_size(buffer) / sizeof(std::int16_t));
        gst_buffer_extract(buffer, 0, samples.data(), gst_buffer_get_size(buffer));
        const std::lock_guard lock(mutex_);
        ++blocks_;
        for (const std::int16_t one : samples)
            if (one != 0) heard_.push_back(one);
        changed_.notify_all();
    }

    std::vector<std::int16_t> await(std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, kLong, [&] { return heard_.size() >= count; });
        return heard_;
    }

    void awaitBlocks(int count) {
        std::unique_lock lock(mutex_);
        ck_assert(changed_.wait_for(lock, kLong, [&] { return blocks_ >= count; }));
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int blocks_ = 0;
    std::vector<std::int16_t> heard_;
};

/// A mix with two participants, of whom one speaks and the other listens.
class Bench {
public:
    Bench()
        : pipeline_(GRef<GstElement>::sink(gst_pipeline_new(nullptr)))
        , made_(AudioMix::create(GST_BIN(pipeline_.get()))) {
        ck_assert(static_cast<bool>(made_));
        AudioMix& mix = **made_;
        input = mix.input(*mix.lend());
        mix.outlet(*mix.lend())->connect(listener);
        gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
        // Volumes have risen by then.
        listener->awaitBlocks(5);
    }

    ~Bench() { gst_element_set_state(pipeline_.get(), GST_STATE_NULL); }

    /// Brings the next samples of a saw that is never 0, in a packet of so many.
    bool speak(std::size_t samples) {
        // Later than a busy machine may be.
        if (said.empty())
            begins_ = gst_element_get_current_running_time(pipeline_.get()) + 200 * GST_MSECOND;
        const GstClockTime at = begins_ + said.size() * GST_SECOND / kRate;
        std::vector<std::int16_t> packet;
        for (std::size_t i = 0; i < samples; ++i)
            packet.push_back(static_cast<std::int16_t>((said.size() + i) % 30'000 + 1));
        const auto buffer = GRef<GstBuffer>::adopt(
            gst_buffer_new_memdup(packet.data(), packet.size() * sizeof packet[0]));
        if (!input->take(buffer.get(), at, nullptr)) return false;
        said.insert(said.end(), packet.begin(), packet.end());
        return true;
    }

    std::shared_ptr<MediaTarget> input;
    std::shared_ptr<Listener> listener = std::make_shared<Listener>();
    std::vector<std::int16_t> said;

private:
    GRef<GstElement> pipeline_;
    Result<std::unique_ptr<AudioMix>> made_;
    GstClockTime begins_ = 0;
};

} // namespace

/// 2.5 to 60 ms, as Opus has them, none of which ends where a block does.
START_TEST(packets_of_any_length_are_heard_whole) {
    Bench bench;
    for (const std::size_t samples :
         {120, 120, 240, 480, 960, 1920, 2880, 120, 960, 120, 480, 480, 2880, 120})
        ck_assert(bench.speak(samples));
    ck_assert(bench.listener->await(bench.said.size()) == bench.said);
}

END_TEST

START_TEST(what_comes_all_at_once_waits_for_its_time_and_holds_up_nobody) {
    Bench bench;
    for (int i = 0; i < 25; ++i)
        ck_assert(bench.speak(960));
    ck_assert(!bench.speak(960));
    ck_assert(bench.listener->await(bench.said.size()) == bench.said);
    ck_assert(bench.speak(960));
}

END_TEST

int main() {
    gst_init(nullptr, nullptr);
    gst_mix_minus_register(nullptr);
    return test::runSuite("pipelines audio_input",
                          {packets_of_any_length_are_heard_whole,
                           what_comes_all_at_once_waits_for_its_time_and_holds_up_nobody});
}
