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

    void awaitMoreBlocks(int count) {
        std::unique_lock lock(mutex_);
        const int enough = blocks_ + count;
        ck_assert(changed_.wait_for(lock, kLong, [&] { return blocks_ >= enough; }));
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
        lend();
        mix().outlet(*mix().lend())->connect(listener);
        gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
        // Volumes have risen by then.
        listener->awaitMoreBlocks(5);
    }

    ~Bench() { gst_element_set_state(pipeline_.get(), GST_STATE_NULL); }

    /// Somebody else speaks, or somebody from the beginning: first samples are heard so much later.
    void begin(GstClockTime later = 200 * GST_MSECOND) {
        begins_ = gst_element_get_current_running_time(pipeline_.get()) + later;
        said.clear();
        first_ += 7000;
    }

    /// The input is somebody else's.
    void handOn() {
        mix().giveBack(index_);
        lend();
    }

    /// Brings the next samples of a saw that is never 0, in a packet of so many.
    bool speak(std::size_t samples) {
        // Later than a busy machine may be.
        if (begins_ == 0) begin();
        const GstClockTime at = begins_ + said.size() * GST_SECOND / kRate;
        std::vector<std::int16_t> packet;
        for (std::size_t i = 0; i < samples; ++i)
            packet.push_back(static_cast<std::int16_t>((first_ + said.size() + i) % 30'000 + 1));
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
    AudioMix& mix() { return **made_; }

    void lend() {
        index_ = *mix().lend();
        input = mix().input(index_);
    }

    GRef<GstElement> pipeline_;
    Result<std::unique_ptr<AudioMix>> made_;
    int index_ = 0;
    GstClockTime begins_ = 0;
    std::size_t first_ = 0;
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
    int packets = 0;
    while (bench.speak(960))
        ++packets;
    // A second, but for the beginning's 200 ms.
    ck_assert_int_ge(packets, 38);
    ck_assert_int_lt(packets, 100);
    ck_assert(bench.listener->await(bench.said.size()) == bench.said);
    ck_assert(bench.speak(960));
}

END_TEST

/// As webrtcdsp and short packets of Opus make it.
START_TEST(short_pieces_wait_as_long) {
    Bench bench;
    bench.begin(500 * GST_MSECOND);
    for (int i = 0; i < 100; ++i)
        ck_assert(bench.speak(120));
    ck_assert(bench.listener->await(bench.said.size()) == bench.said);
}

END_TEST

START_TEST(what_waits_gives_way_to_who_comes_for_an_earlier_time) {
    Bench bench;
    bench.begin(600 * GST_MSECOND);
    for (int i = 0; i < 10; ++i)
        ck_assert(bench.speak(960));
    bench.begin(400 * GST_MSECOND);
    for (int i = 0; i < 10; ++i)
        ck_assert(bench.speak(960));
    const std::size_t fresh = bench.said.size();
    ck_assert(bench.listener->await(fresh) == bench.said);
    bench.listener->awaitMoreBlocks(30);
    ck_assert(bench.listener->await(fresh) == bench.said);
}

END_TEST

START_TEST(who_gets_the_input_is_not_heard_with_the_sound_of_before) {
    Bench bench;
    bench.begin(400 * GST_MSECOND);
    for (int i = 0; i < 5; ++i)
        ck_assert(bench.speak(960));
    bench.handOn();
    // Its volume rises.
    bench.listener->awaitMoreBlocks(5);
    bench.begin(500 * GST_MSECOND);
    for (int i = 0; i < 5; ++i)
        ck_assert(bench.speak(960));
    ck_assert(bench.listener->await(bench.said.size()) == bench.said);
}

END_TEST

int main() {
    gst_init(nullptr, nullptr);
    gst_mix_minus_register(nullptr);
    return test::runSuite("pipelines audio_input",
                          {packets_of_any_length_are_heard_whole,
                           what_comes_all_at_once_waits_for_its_time_and_holds_up_nobody,
                           short_pieces_wait_as_long,
                           what_waits_gives_way_to_who_comes_for_an_earlier_time,
                           who_gets_the_input_is_not_heard_with_the_sound_of_before});
}
