// What mixing costs: mixminus against one audiomixer a listener, in one run on one machine.
//
// Both get the same stereo blocks of 10 ms, which is also what they mix, as fast as they take
// them. The figure is CPU time of the whole process a second of sound, pushing included.
//
//   bench_mixminus [--seconds N] [--json PATH]
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include <gst/gst.h>

#include "plugins/mixminus/gst_mix_minus.h"

namespace {

constexpr unsigned kRate = 48000;
constexpr unsigned kChannels = 2;
constexpr unsigned kFrames = 480;
constexpr GstClockTime kBlockTime = 10 * GST_MSECOND;
constexpr unsigned kWarmUp = 20; // blocks, in which threads start and formats are agreed
constexpr const char* kCaps =
    "audio/x-raw,format=S16LE,layout=interleaved,rate=48000,channels=2,channel-mask=(bitmask)3";

double cpuSeconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

GstBuffer* toneBlock(double hertz) {
    std::vector<int16_t> samples(kFrames * kChannels);
    for (size_t i = 0; i < samples.size(); ++i)
        samples[i] = static_cast<int16_t>(
            1500 * std::sin(2 * M_PI * hertz * static_cast<double>(i / kChannels) / kRate));
    GstBuffer* buffer = gst_buffer_new_allocate(nullptr, samples.size() * 2, nullptr);
    gst_buffer_fill(buffer, 0, samples.data(), samples.size() * 2);
    return buffer;
}

/// One mixer with pads that feed it and pads that throw its output away.
class Mixer {
public:
    Mixer(const char* factory, unsigned inputs, unsigned outputs)
        : element_(gst_element_factory_make(factory, nullptr)) {
        gst_object_ref_sink(element_);
        listen("src");
        for (unsigned n = 0; n < outputs; ++n)
            listen("src_" + std::to_string(n));
        gst_element_set_state(element_, GST_STATE_PLAYING);
        for (unsigned n = 0; n < inputs; ++n)
            feed("sink_" + std::to_string(n));
    }

    ~Mixer() {
        gst_element_set_state(element_, GST_STATE_NULL);
        for (GstPad* pad : pads_)
            gst_object_unref(pad);
        gst_object_unref(element_);
    }

    Mixer(const Mixer&) = delete;
    Mixer& operator=(const Mixer&) = delete;

    void push(unsigned input, GstBuffer* block) { gst_pad_push(feeds_[input], block); }

private:
    GstPad* elementPad(const std::string& name) {
        GstPad* pad = gst_element_get_static_pad(element_, name.c_str());
        return pad ? pad : gst_element_request_pad_simple(element_, name.c_str());
    }

    void listen(const std::string& name) {
        GstPad* pad = gst_pad_new(nullptr, GST_PAD_SINK);
        gst_object_ref_sink(pad);
        gst_pad_set_chain_function(pad, [](GstPad*, GstObject*, GstBuffer* buffer) {
            gst_buffer_unref(buffer);
            return GST_FLOW_OK;
        });
        gst_pad_set_event_function(pad, [](GstPad*, GstObject*, GstEvent* event) -> gboolean {
            gst_event_unref(event);
            return TRUE;
        });
        gst_pad_set_active(pad, TRUE);
        GstPad* src = elementPad(name);
        gst_pad_link(src, pad);
        gst_object_unref(src);
        pads_.push_back(pad);
    }

    void feed(const std::string& name) {
        GstPad* pad = gst_pad_new(nullptr, GST_PAD_SRC);
        gst_object_ref_sink(pad);
        gst_pad_set_active(pad, TRUE);
        GstPad* sink = elementPad(name);
        gst_pad_link(pad, sink);
        gst_object_unref(sink);
        gst_pad_push_event(pad, gst_event_new_stream_start(name.c_str()));
        GstCaps* caps = gst_caps_from_string(kCaps);
        gst_pad_push_event(pad, gst_event_new_caps(caps));
        gst_caps_unref(caps);
        GstSegment segment;
        gst_segment_init(&segment, GST_FORMAT_TIME);
        gst_pad_push_event(pad, gst_event_new_segment(&segment));
        feeds_.push_back(pad);
        pads_.push_back(pad);
    }

    GstElement* element_;
    std::vector<GstPad*> feeds_;
    std::vector<GstPad*> pads_;
};

/// CPU seconds a second of sound for `people`, of whom `speakers` speak and the rest send gaps.
double measure(bool minus, unsigned people, unsigned speakers, double seconds) {
    std::vector<std::unique_ptr<Mixer>> mixers;
    if (minus)
        mixers.push_back(std::make_unique<Mixer>("mixminus", people, people));
    else
        for (unsigned n = 0; n < people; ++n)
            mixers.push_back(std::make_unique<Mixer>("audiomixer", people - 1, 0));
    std::vector<GstBuffer*> tones;
    for (unsigned n = 0; n < people; ++n)
        tones.push_back(toneBlock(100 + 13 * n));

    const auto blocks = static_cast<unsigned>(seconds * GST_SECOND / kBlockTime);
    double begin = 0;
    for (unsigned block = 0; block < kWarmUp + blocks; ++block) {
        if (block == kWarmUp) begin = cpuSeconds();
        for (unsigned n = 0; n < people; ++n) {
            // A block of one person goes to each mixer but his own: shared memory, as in a call.
            for (unsigned listener = 0; listener < mixers.size(); ++listener) {
                if (!minus && listener == n) continue;
                GstBuffer* buffer = gst_buffer_copy(tones[n]);
                GST_BUFFER_PTS(buffer) = block * kBlockTime;
                GST_BUFFER_DURATION(buffer) = kBlockTime;
                if (n >= speakers) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_GAP);
                const unsigned input = !minus && n > listener ? n - 1 : n;
                mixers[listener]->push(input, buffer);
            }
        }
    }
    const double spent = cpuSeconds() - begin;
    for (GstBuffer* tone : tones)
        gst_buffer_unref(tone);
    return spent / seconds;
}

} // namespace

int main(int argc, char** argv) {
    gst_init(&argc, &argv);
    gst_mix_minus_register(nullptr);
    double seconds = 5;
    const char* jsonPath = nullptr;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!std::strcmp(argv[i], "--seconds")) seconds = std::atof(argv[i + 1]);
        if (!std::strcmp(argv[i], "--json")) jsonPath = argv[i + 1];
    }
    GstElementFactory* peer = gst_element_factory_find("audiomixer");
    if (peer) gst_object_unref(peer);

    std::string json = "{\"unit\": \"CPU seconds a second of sound\", \"rows\": [";
    std::printf("CPU seconds a second of sound, 48 kHz stereo S16\n");
    std::printf("%6s %14s %14s %14s %8s\n", "people", "mixminus", "3 of them", "N audiomixers",
                "ratio");
    for (const unsigned people : {2U, 4U, 8U, 16U, 32U, 64U}) {
        const double all = measure(true, people, people, seconds);
        const double three = measure(true, people, 3, seconds);
        const double mixers = peer ? measure(false, people, people, std::min(seconds, 1.0)) : 0;
        std::printf("%6u %14.5f %14.5f %14.5f %8.1f\n", people, all, three, mixers, mixers / all);
        std::fflush(stdout);
        char row[200];
        std::snprintf(row, sizeof(row),
                      "%s{\"people\": %u, \"mixminus\": %.6f, \"threeSpeak\": %.6f, "
                      "\"audiomixers\": %.6f}",
                      people > 2 ? ", " : "", people, all, three, mixers);
        json += row;
    }
    json += "]}\n";
    if (!jsonPath) return 0;
    FILE* file = std::fopen(jsonPath, "w");
    if (!file) {
        std::perror(jsonPath);
        return 1;
    }
    std::fputs(json.c_str(), file);
    return std::fclose(file) == 0 ? 0 : 1;
}
