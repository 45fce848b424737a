#include "tools/latency/direct.h"

#include <chrono>

#include "src/base/main_loop.h"

namespace mullion::latency {

using namespace std::chrono_literals;

namespace {

struct Branch {
    std::shared_ptr<Inlet> inlet;
    std::shared_ptr<Outlet> outlet;
    std::shared_ptr<Tap> tap;
};

Result<Branch> addBranch(GstBin* bin, GstCaps* caps, const char* payloader, const char* depayloader,
                         const char* decoder, const char* format, std::shared_ptr<Tap> tap) {
    const GCharPtr text(gst_caps_to_string(caps));
    Branch branch;
    branch.inlet = TRY(Inlet::create(bin, text.get(), 50));
    branch.outlet = TRY(Outlet::create(bin, format));
    branch.tap = std::move(tap);
    GstElement* pay = TRY(addElement(bin, payloader));
    GstElement* depay = TRY(addElement(bin, depayloader));
    GstElement* decode = TRY(addElement(bin, decoder));
    TRY(linkElements({branch.inlet->element(), pay, depay, decode, branch.outlet->element()}));
    branch.outlet->connect(branch.tap);
    return branch;
}

} // namespace

Result<Stopwatch::Figures> measureDirect(const std::shared_ptr<const participant::Clip>& clip,
                                         std::chrono::seconds length) {
    const auto stopwatch = std::make_shared<Stopwatch>();
    wire::Canvas canvas;
    wire::Tile whole;
    whole.width = canvas.width;
    whole.height = canvas.height;
    stopwatch->setTile(whole, canvas);

    const auto pipeline = GRef<GstElement>::sink(gst_pipeline_new(nullptr));
    auto* bin = GST_BIN(pipeline.get());
    const auto picture = TRY(addBranch(bin, clip->pictureCaps.get(), "rtpvp8pay", "rtpvp8depay",
                                       "vp8dec", "video/x-raw,format=I420",
                                       std::make_shared<Tap>(stopwatch, &Stopwatch::onPicture)));
    const auto sound = TRY(addBranch(bin, clip->soundCaps.get(), "rtpopuspay", "rtpopusdepay",
                                     "opusdec", "audio/x-raw,format=S16LE,rate=48000,channels=1",
                                     std::make_shared<Tap>(stopwatch, &Stopwatch::onSound)));
    gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);

    std::size_t packets = 0;
    bool done = false;
    const auto all = static_cast<std::size_t>(length / 20ms);
    // A packet every 20 ms, and with every other one a frame.
    const auto pacer = every(20ms, [&] {
        const GstClockTime at = packets * 20 * GST_MSECOND;
        stopwatch->onPacketSent(packets);
        sound.inlet->push(retimed(clip->sound[packets % clip->sound.size()].get(), at));
        if (packets % 2 == 0) {
            const std::size_t frame = packets / 2 % clip->picture.size();
            stopwatch->onFrameSent(frame);
            picture.inlet->push(retimed(clip->picture[frame].get(), at));
        }
        done = ++packets >= all;
        return !done;
    });
    while (!done)
        g_main_context_iteration(nullptr, TRUE);
    gst_element_set_state(pipeline.get(), GST_STATE_NULL);
    return stopwatch->figures();
}

} // namespace mullion::latency
