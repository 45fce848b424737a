#include <algorithm>
#include <string>
#include <vector>

#include "tests/plugins/mixminus_rig.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

namespace {

std::string srcName(unsigned n) {
    return "src_" + std::to_string(n);
}

template <typename T>
std::vector<T> silence() {
    return std::vector<T>(kBlock, T{});
}

bool isGap(GstBuffer* buffer) {
    return GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_GAP);
}

/// Three inputs with outputs and the full mix.
template <typename T>
void linkThree(MixRig<T>& rig) {
    rig.output("src");
    for (unsigned n = 0; n < 3; ++n) {
        rig.output(srcName(n));
        rig.input(n);
    }
    rig.start();
}

template <typename T>
void checkAllButOwn(double tolerance) {
    MixRig<T> rig;
    linkThree(rig);
    for (unsigned block = 0; block < 10; ++block) {
        std::vector<std::vector<T>> in;
        for (unsigned n = 0; n < 3; ++n) {
            in.push_back(sine<T>(300 + 170 * n, 0.3, kBlock, size_t{block} * kBlock));
            ck_assert_int_eq(rig.push(n, in[n], block * kBlockTime), GST_FLOW_OK);
        }
        ck_assert(largestDifference(rig.pull("src"), sumOf<T>(in)) <= tolerance);
        const std::vector<std::vector<T>> others[] = {
            {in[1], in[2]}, {in[0], in[2]}, {in[0], in[1]}};
        for (unsigned n = 0; n < 3; ++n)
            ck_assert(largestDifference(rig.pull(srcName(n)), sumOf<T>(others[n])) <= tolerance);
    }
}

} // namespace

START_TEST(output_holds_all_but_its_own) {
    checkAllButOwn<int16_t>(0);
    checkAllButOwn<float>(1e-7);
}

END_TEST

START_TEST(outputs_of_a_block_have_the_same_times) {
    MixRig<int16_t> rig;
    linkThree(rig);
    for (unsigned block = 0; block < 3; ++block) {
        for (unsigned n = 0; n < 3; ++n)
            rig.push(n, sine<int16_t>(440, 0.1), block * kBlockTime);
        for (const char* name : {"src", "src_0", "src_1", "src_2"}) {
            GstBuffer* buffer = rig.pullBuffer(name);
            ck_assert_uint_eq(GST_BUFFER_PTS(buffer), block * kBlockTime);
            ck_assert_uint_eq(GST_BUFFER_DURATION(buffer), kBlockTime);
            ck_assert_uint_eq(GST_BUFFER_OFFSET(buffer), block * kBlock);
            ck_assert_uint_eq(GST_BUFFER_OFFSET_END(buffer), (block + 1) * kBlock);
            gst_buffer_unref(buffer);
        }
    }
}

END_TEST

START_TEST(stereo_keeps_its_channels_apart) {
    MixRig<int16_t> rig(false, 2);
    for (unsigned n = 0; n < 2; ++n) {
        rig.output(srcName(n));
        rig.input(n);
    }
    rig.start();
    std::vector<int16_t> left(2 * kBlock);
    std::vector<int16_t> right(2 * kBlock);
    for (size_t i = 0; i < kBlock; ++i) {
        left[2 * i] = 1000;
        right[2 * i + 1] = -2000;
    }
    rig.push(0, left, 0);
    rig.push(1, right, 0);
    ck_assert(rig.pull("src_0") == right);
    ck_assert(rig.pull("src_1") == left);
}

END_TEST

START_TEST(input_that_joins_late_is_heard_from_there) {
    MixRig<int16_t> rig;
    rig.output("src_0");
    rig.input(0);
    rig.output("src_1");
    rig.input(1);
    rig.start();
    const auto a = sine<int16_t>(440, 0.2);
    const auto b = sine<int16_t>(880, 0.2);
    rig.push(0, a, 0);
    rig.push(1, b, 0);
    ck_assert(rig.pull("src_0") == b);
    ck_assert(rig.pull("src_1") == a);

    rig.output("src_7");
    rig.input(7);
    const auto c = sine<int16_t>(1200, 0.2);
    rig.push(0, a, kBlockTime);
    rig.push(1, b, kBlockTime);
    rig.push(7, c, kBlockTime);
    ck_assert(rig.pull("src_0") == sumOf<int16_t>({b, c}));
    ck_assert(rig.pull("src_1") == sumOf<int16_t>({a, c}));
    ck_assert(rig.pull("src_7") == sumOf<int16_t>({a, b}));
}

END_TEST

START_TEST(input_that_leaves_is_heard_no_more) {
    MixRig<int16_t> rig;
    linkThree(rig);
    const auto tone = sine<int16_t>(440, 0.2);
    for (unsigned n = 0; n < 3; ++n)
        rig.push(n, tone, 0);
    rig.pull("src_0");
    rig.remove("sink_2");
    rig.push(0, tone, kBlockTime);
    rig.push(1, tone, kBlockTime);
    ck_assert(rig.pull("src_0") == tone);
    rig.pull("src_2");
    // The output whose input has gone is the full mix.
    ck_assert(rig.pull("src_2") == sumOf<int16_t>({tone, tone}));
}

END_TEST

START_TEST(stalled_input_does_not_hold_up_the_others) {
    MixRig<int16_t> rig(true);
    for (unsigned n = 0; n < 2; ++n) {
        rig.output(srcName(n));
        rig.input(n);
    }
    rig.start();
    const auto tone = sine<int16_t>(440, 0.2);
    const auto other = sine<int16_t>(880, 0.2);
    rig.push(0, tone, 0);
    rig.push(1, other, 0);
    ck_assert(rig.pull("src_1") == tone);
    ck_assert(rig.pull("src_0") == other);
    for (unsigned block = 1; block < 20; ++block) {
        rig.push(0, tone, block * kBlockTime);
        rig.tick();
        ck_assert(rig.pull("src_1") == tone);
        ck_assert(rig.pull("src_0") == silence<int16_t>());
    }
    // It comes back in time.
    rig.push(0, tone, 20 * kBlockTime);
    rig.push(1, other, 20 * kBlockTime);
    ck_assert(rig.pull("src_0") == other);
}

END_TEST

START_TEST(live_mix_goes_on_with_no_input_at_all) {
    MixRig<int16_t> rig(true);
    rig.output("src_0");
    rig.start();
    for (unsigned block = 0; block < 5; ++block) {
        rig.tick();
        GstBuffer* buffer = rig.pullBuffer("src_0");
        ck_assert(isGap(buffer));
        ck_assert(rig.samplesOf(buffer) == silence<int16_t>());
        gst_buffer_unref(buffer);
    }
}

END_TEST

START_TEST(times_go_on_when_the_first_input_comes) {
    MixRig<int16_t> rig(true);
    rig.output("src_0");
    rig.start();
    const auto tone = sine<int16_t>(440, 0.2);
    for (unsigned block = 0; block < 8; ++block) {
        if (block == 4) rig.input(1);
        if (block >= 4) rig.push(1, tone, block * kBlockTime);
        if (block < 4) rig.tick();
        GstBuffer* buffer = rig.pullBuffer("src_0");
        ck_assert_uint_eq(GST_BUFFER_PTS(buffer), block * kBlockTime);
        ck_assert_uint_eq(GST_BUFFER_DURATION(buffer), kBlockTime);
        ck_assert(rig.samplesOf(buffer) == (block < 4 ? silence<int16_t>() : tone));
        gst_buffer_unref(buffer);
    }
}

END_TEST

START_TEST(input_may_jump_forward_and_back) {
    MixRig<int16_t> rig(true);
    for (unsigned n = 0; n < 2; ++n) {
        rig.output(srcName(n));
        rig.input(n);
    }
    rig.start();
    const auto tone = sine<int16_t>(440, 0.2);
    const auto other = sine<int16_t>(880, 0.2);
    rig.push(0, tone, 0);
    rig.push(1, other, 0);
    ck_assert(rig.pull("src_0") == other);
    rig.pull("src_1");

    // Forward by five blocks: silent until its time comes.
    GstBuffer* ahead = rig.buffer(other, 6 * kBlockTime);
    GST_BUFFER_FLAG_SET(ahead, GST_BUFFER_FLAG_DISCONT);
    rig.push(1, ahead);
    for (unsigned block = 1; block <= 6; ++block) {
        rig.push(0, tone, block * kBlockTime);
        ck_assert(rig.pull("src_1") == tone);
        ck_assert(rig.pull("src_0") == (block == 6 ? other : silence<int16_t>()));
    }
    // Back: too late to be heard, and nobody waits for it.
    GstBuffer* late = rig.buffer(other, 2 * kBlockTime);
    GST_BUFFER_FLAG_SET(late, GST_BUFFER_FLAG_DISCONT);
    rig.push(1, late);
    rig.push(0, tone, 7 * kBlockTime);
    rig.tick();
    ck_assert(rig.pull("src_1") == tone);
    ck_assert(rig.pull("src_0") == silence<int16_t>());
    // Back in step.
    GstBuffer* again = rig.buffer(other, 8 * kBlockTime);
    GST_BUFFER_FLAG_SET(again, GST_BUFFER_FLAG_DISCONT);
    rig.push(0, tone, 8 * kBlockTime);
    rig.push(1, again);
    ck_assert(rig.pull("src_0") == other);
}

END_TEST

START_TEST(block_in_pieces_is_one_block) {
    MixRig<int16_t> rig;
    linkThree(rig);
    const auto tone = sine<int16_t>(440, 0.2);
    const std::vector<int16_t> head(tone.begin(), tone.begin() + 100);
    const std::vector<int16_t> tail(tone.begin() + 100, tone.end());
    rig.push(1, tone, 0);
    rig.push(2, silence<int16_t>(), 0);
    rig.push(0, head, 0);
    rig.push(0, tail, gst_util_uint64_scale(100, GST_SECOND, kRate));
    // The base class looks at a pad again only when all have data.
    rig.push(1, tone, kBlockTime);
    rig.push(2, tone, kBlockTime);
    ck_assert(rig.pull("src") == sumOf<int16_t>({tone, tone}));
    ck_assert(rig.pull("src_0") == tone);
    ck_assert(rig.pull("src_1") == tone);
    ck_assert(rig.pull("src_2") == sumOf<int16_t>({tone, tone}));
}

END_TEST

START_TEST(gap_buffers_are_silence) {
    MixRig<int16_t> rig;
    linkThree(rig);
    const auto tone = sine<int16_t>(440, 0.2);
    GstBuffer* gap = rig.buffer(tone, 0);
    GST_BUFFER_FLAG_SET(gap, GST_BUFFER_FLAG_GAP);
    rig.push(0, tone, 0);
    rig.push(1, gap);
    gst_harness_push_event(rig.harness("sink_2"), gst_event_new_gap(0, kBlockTime));
    ck_assert(rig.pull("src") == tone);
    ck_assert(rig.pull("src_1") == tone);
    GstBuffer* own = rig.pullBuffer("src_0");
    ck_assert(isGap(own));
    ck_assert(rig.samplesOf(own) == silence<int16_t>());
    gst_buffer_unref(own);
}

END_TEST

START_TEST(silent_listeners_share_one_buffer) {
    MixRig<int16_t> rig;
    linkThree(rig);
    rig.push(0, sine<int16_t>(440, 0.2), 0);
    rig.push(1, silence<int16_t>(), 0);
    rig.push(2, silence<int16_t>(), 0);
    GstBuffer* full = rig.pullBuffer("src");
    GstBuffer* speaker = rig.pullBuffer("src_0");
    GstBuffer* first = rig.pullBuffer("src_1");
    GstBuffer* second = rig.pullBuffer("src_2");
    ck_assert_ptr_eq(first, full);
    ck_assert_ptr_eq(second, full);
    ck_assert_ptr_ne(speaker, full);
    ck_assert(!isGap(full));
    ck_assert(isGap(speaker));
    for (GstBuffer* buffer : {full, speaker, first, second})
        gst_buffer_unref(buffer);

    // Nobody speaks: one silent buffer for all.
    for (unsigned n = 0; n < 3; ++n)
        rig.push(n, silence<int16_t>(), kBlockTime);
    full = rig.pullBuffer("src");
    ck_assert(isGap(full));
    for (unsigned n = 0; n < 3; ++n) {
        GstBuffer* buffer = rig.pullBuffer(srcName(n));
        ck_assert_ptr_eq(buffer, full);
        gst_buffer_unref(buffer);
    }
    gst_buffer_unref(full);
}

END_TEST

START_TEST(mute_silences_and_volume_ramps_without_click) {
    MixRig<float> rig;
    linkThree(rig);
    g_object_set(rig.pad("sink_1"), "mute", TRUE, nullptr);
    float last = 0;
    for (unsigned block = 0; block < 6; ++block) {
        if (block == 2) g_object_set(rig.pad("sink_0"), "volume", 2.0, nullptr);
        if (block == 4) g_object_set(rig.pad("sink_0"), "mute", TRUE, nullptr);
        rig.push(0, std::vector<float>(kBlock, 0.25F), block * kBlockTime);
        rig.push(1, std::vector<float>(kBlock, 0.5F), block * kBlockTime);
        rig.push(2, silence<float>(), block * kBlockTime);
        const auto heard = rig.pull("src_2");
        for (const float sample : heard) {
            if (block) ck_assert_float_le(std::abs(sample - last), 0.5F / kBlock + 1e-6F);
            last = sample;
        }
        const float expected[] = {0.25F, 0.25F, 0.5F, 0.5F, 0.0F, 0.0F};
        ck_assert_float_eq_tol(last, expected[block], 0.0015F);
        if (block == 3 || block == 5)
            for (const float sample : heard)
                ck_assert_float_eq(sample, expected[block]);
    }
}

END_TEST

START_TEST(sum_beyond_full_scale_is_limited_not_clipped) {
    MixRig<int16_t> rig;
    linkThree(rig);
    double energy = 0;
    size_t atFullScale = 0;
    size_t frames = 0;
    for (unsigned block = 0; block < 100; ++block) {
        for (unsigned n = 0; n < 3; ++n)
            rig.push(n, sine<int16_t>(440, 0.9, kBlock, size_t{block} * kBlock),
                     block * kBlockTime);
        const auto one = rig.pull("src_0");
        const auto all = rig.pull("src");
        const auto in = sine<int16_t>(440, 0.9, kBlock, size_t{block} * kBlock);
        for (size_t i = 0; i < kBlock; ++i) {
            // A wrapped sample would have the other sign.
            ck_assert_int_ge(one[i] * in[i], 0);
            ck_assert_int_ge(all[i] * in[i], 0);
            atFullScale += std::abs(one[i]) >= 32767;
            energy += one[i] / 32768.0 * one[i] / 32768.0;
            ++frames;
        }
    }
    // A clipped sine of 1.8 sits at full scale for 60 % of the time and has an RMS of 0.88.
    ck_assert_uint_lt(atFullScale, frames / 50);
    ck_assert_double_eq_tol(std::sqrt(energy / static_cast<double>(frames)), 0.70, 0.03);
}

END_TEST

START_TEST(lowest_sample_passes_untouched) {
    MixRig<int16_t> rig;
    linkThree(rig);
    std::vector<int16_t> edge(kBlock);
    for (size_t i = 0; i < kBlock; ++i)
        edge[i] = i % 2 ? 32767 : -32768;
    rig.push(0, edge, 0);
    rig.push(1, sine<int16_t>(440, 0.5), 0);
    rig.push(2, silence<int16_t>(), 0);
    ck_assert(rig.pull("src_1") == edge);
}

END_TEST

START_TEST(spoilt_float_input_is_silence) {
    MixRig<float> rig;
    linkThree(rig);
    const auto tone = sine<float>(440, 0.3);
    auto spoilt = tone;
    spoilt[100] = std::nanf("");
    rig.push(0, tone, 0);
    rig.push(1, spoilt, 0);
    rig.push(2, std::vector<float>(kBlock, HUGE_VALF), 0);
    ck_assert(rig.pull("src_1") == tone);
    ck_assert(rig.pull("src_2") == tone);
    ck_assert(rig.pull("src_0") == silence<float>());
}

END_TEST

START_TEST(levels_of_each_input_are_reported) {
    MixRig<int16_t> rig;
    linkThree(rig);
    g_object_set(rig.pad("sink_0"), "volume", 0.1, nullptr);
    g_object_set(rig.pad("sink_1"), "mute", TRUE, nullptr);
    for (unsigned block = 0; block < 10; ++block) {
        rig.push(0, sine<int16_t>(440, 0.1, kBlock, size_t{block} * kBlock), block * kBlockTime);
        rig.push(1, sine<int16_t>(440, 0.1, kBlock, size_t{block} * kBlock), block * kBlockTime);
        rig.push(2, silence<int16_t>(), block * kBlockTime);
    }
    GstMessage* message = rig.levels();
    const GstStructure* levels = gst_message_get_structure(message);
    guint64 end = 0;
    guint64 duration = 0;
    ck_assert(gst_structure_get(levels, "running-time", G_TYPE_UINT64, &end, "duration",
                                G_TYPE_UINT64, &duration, nullptr));
    ck_assert_uint_eq(end, 100 * GST_MSECOND);
    ck_assert_uint_eq(duration, 100 * GST_MSECOND);
    const GValue* pads = gst_structure_get_value(levels, "pad");
    ck_assert_uint_eq(gst_value_array_get_size(pads), 3);
    const double expectedRms[] = {-23.01, -120, -120};
    const double expectedPeak[] = {-20, -120, -120};
    for (unsigned n = 0; n < 3; ++n) {
        ck_assert_uint_eq(g_value_get_uint(gst_value_array_get_value(pads, n)), n);
        const GValue* rms = gst_structure_get_value(levels, "rms");
        const GValue* peak = gst_structure_get_value(levels, "peak");
        ck_assert_double_eq_tol(g_value_get_double(gst_value_array_get_value(rms, n)),
                                expectedRms[n], 0.05);
        ck_assert_double_eq_tol(g_value_get_double(gst_value_array_get_value(peak, n)),
                                expectedPeak[n], 0.05);
    }
    gst_message_unref(message);
}

END_TEST

START_TEST(sixty_four_inputs_are_exact) {
    MixRig<int16_t> rig;
    constexpr unsigned kInputs = 64;
    for (unsigned n = 0; n < kInputs; ++n) {
        rig.output(srcName(n));
        rig.input(n);
    }
    rig.start();
    std::vector<std::vector<int16_t>> in;
    for (unsigned n = 0; n < kInputs; ++n)
        in.push_back(sine<int16_t>(100 + 37 * n, 0.015));
    const auto all = sumOf<int16_t>(in);
    for (unsigned block = 0; block < 3; ++block) {
        for (unsigned n = 0; n < kInputs; ++n)
            rig.push(n, in[n], block * kBlockTime);
        for (unsigned n = 0; n < kInputs; ++n) {
            auto expected = all;
            for (size_t i = 0; i < kBlock; ++i)
                expected[i] = static_cast<int16_t>(all[i] - in[n][i]);
            ck_assert(rig.pull(srcName(n)) == expected);
        }
    }
}

END_TEST

int main() {
    return runSuite("plugins.mixminus",
                    {output_holds_all_but_its_own, outputs_of_a_block_have_the_same_times,
                     stereo_keeps_its_channels_apart, input_that_joins_late_is_heard_from_there,
                     input_that_leaves_is_heard_no_more, stalled_input_does_not_hold_up_the_others,
                     live_mix_goes_on_with_no_input_at_all, times_go_on_when_the_first_input_comes,
                     input_may_jump_forward_and_back, block_in_pieces_is_one_block,
                     gap_buffers_are_silence, silent_listeners_share_one_buffer,
                     mute_silences_and_volume_ramps_without_click,
                     sum_beyond_full_scale_is_limited_not_clipped, lowest_sample_passes_untouched,
                     spoilt_float_input_is_silence, levels_of_each_input_are_reported,
                     sixty_four_inputs_are_exact});
}
