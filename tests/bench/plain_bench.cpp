// The plain way to make an MCU of GStreamer's own elements, as the peer of mullion's: one pipeline
// that mixes the sound N times and encodes the picture once for each of N people.
//
//   bench_plain [--people N] [--bitrate BPS] [--seconds S] [--json PATH]
//
//     N × appsrc ▸ vp8dec ▸ compositor ▸ N × (vp8enc ▸ rtpvp8pay ▸ srtpenc)
//     N × appsrc ▸ opusdec ▸ N × (audiomixer of the N − 1 others ▸ opusenc ▸ rtpopuspay ▸ srtpenc)
//
// In CPU seconds of the whole process a second of media, as fast as it goes, since at 8 people it
// does not fit into two cores. The encoders have the server's settings. It has no transport, no
// jitter buffers and no DTLS, which mullion's figure beside it does have.
#include <cstdio>
#include <string>
#include <vector>

#include <gst/app/gstappsrc.h>

#include "pipelines/mix/layout.h"
#include "src/base/json_values.h"
#include "tests/bench/media.h"

using namespace mullion;
using namespace mullion::bench;

namespace {

/// Adds parts one after the other behind `from`.
GstElement* chain(GstBin* bin, GstElement* from, std::initializer_list<Add> parts) {
    for (const Add& add : parts) {
        const auto [first, last] = add(bin);
        must(linkElements({from, first}));
        from = last;
    }
    return from;
}

/// Behind a tee each branch needs a thread of its own.
Add branch() {
    return one("queue");
}

Add end() {
    return one("fakesink", {{"sync", "false"}, {"async", "false"}});
}

class PlainMcu {
public:
    PlainMcu(int people, int bitrateBps, const participant::Clip& clip)
        : pipeline_(GRef<GstElement>::sink(gst_pipeline_new(nullptr)))
        , clip_(clip) {
        addPicture(people, bitrateBps);
        addSound(people);
    }

    ~PlainMcu() { gst_element_set_state(pipeline_.get(), GST_STATE_NULL); }

    /// @return CPU seconds that all of the clip took.
    double run() {
        const double before = cpuSeconds();
        gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
        for (GstElement* source : pictures_)
            pushAll(source, clip_.picture);
        for (GstElement* source : sounds_)
            pushAll(source, clip_.sound);
        const auto bus = GRef<GstBus>::adopt(gst_element_get_bus(pipeline_.get()));
        const auto message = GRef<GstMessage>::adopt(gst_bus_timed_pop_filtered(
            bus.get(), GST_CLOCK_TIME_NONE,
            static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR)));
        if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR)
            fail(describeError(message.get()));
        return cpuSeconds() - before;
    }

private:
    GstBin* bin() const { return GST_BIN(pipeline_.get()); }

    void addPicture(int people, int bitrateBps) {
        GstElement* compositor = must(addElement(bin(), "compositor", {{"background", "black"}}));
        for (const Rect& tile : gridLayout(people, {})) {
            pictures_.push_back(addSource(bin(), clip_.pictureCaps.get()));
            GstElement* decoder = chain(bin(), pictures_.back(), {vp8Decoder(), branch()});
            const auto pad =
                GRef<GstPad>::adopt(gst_element_request_pad_simple(compositor, "sink_%u"));
            g_object_set(pad.get(), "xpos", tile.x, "ypos", tile.y, "width", tile.width, "height",
                         tile.height, nullptr);
            const auto source = GRef<GstPad>::adopt(gst_element_get_static_pad(decoder, "src"));
            if (gst_pad_link(source.get(), pad.get()) != GST_PAD_LINK_OK)
                fail("a decoder does not fit the compositor");
        }
        GstElement* tee =
            chain(bin(), compositor, {one("capsfilter", {{"caps", kCanvasCaps}}), one("tee")});
        for (int i = 0; i < people; ++i)
            chain(bin(), tee,
                  {branch(), canvasEncoder("vp8enc", bitrateBps), securePayloader("rtpvp8pay"),
                   end()});
    }

    void addSound(int people) {
        std::vector<GstElement*> heard;
        for (int i = 0; i < people; ++i) {
            sounds_.push_back(addSource(bin(), clip_.soundCaps.get()));
            heard.push_back(chain(bin(), sounds_.back(), {one("opusdec"), one("tee")}));
        }
        for (int listener = 0; listener < people; ++listener) {
            GstElement* mixer = must(addElement(bin(), "audiomixer"));
            for (int i = 0; i < people; ++i)
                // Who is alone hears himself: a mixer needs an input.
                if (i != listener || people == 1)
                    must(linkElements({chain(bin(), heard[i], {branch()}), mixer}));
            chain(bin(), mixer, {opusEncoder(), securePayloader("rtpopuspay"), end()});
        }
    }

    GRef<GstElement> pipeline_;
    const participant::Clip& clip_;
    std::vector<GstElement*> pictures_;
    std::vector<GstElement*> sounds_;
};

} // namespace

int main(int argc, char** argv) {
    gst_init(nullptr, nullptr);
    const CallOptions options = readCallOptions(
        argc, argv, "bench_plain: what a call costs where everybody has an encode", "10");
    const participant::Clip clip = cameraClip(options.seconds);
    const double seconds = static_cast<double>(clip.picture.size()) / kFps;
    const double cost = PlainMcu(options.people, options.bitrateBps, clip).run() / seconds;
    std::printf("%d people, each with an encode: %.3f CPU seconds a second of media\n",
                options.people, cost);
    if (!options.json.empty())
        writeFile(options.json,
                  Json{{"people", options.people}, {"cpu_per_second", cost}}.dump(2) + '\n');
    return 0;
}
