// The plain way to make an MCU of GStreamer's own elements, as the peer of mullion's: one pipeline
// that mixes the sound N times and encodes the picture once for each of N people.
//
//   bench_plain [--people N] [--bitrate BPS] [--seconds S] [--json PATH]
//
//     in    N × udpsrc ▸ srtpdec ▸ rtpjitterbuffer ▸ rtpvp8depay ▸ vp8dec, and the same for Opus
//     mix   compositor, N × audiomixer of the N − 1 others
//     out   N × (vp8enc ▸ rtpvp8pay ▸ srtpenc ▸ udpsink), and the same for Opus
//
// It is measured twice, in CPU seconds of the process a second of media: live, with N people whom
// another process plays, and from packets in memory as fast as it goes, without udpsrc and
// rtpjitterbuffer. Where it does not fit into the machine live, frames are missing, and what it
// costs is less than it would. The encoders have the server's settings. It has no RTCP, no ICE and
// no DTLS, which mullion's figure beside it does have.
#include <atomic>
#include <cstdio>
#include <string>
#include <vector>

#include <gio/gio.h>
#include <gst/app/gstappsrc.h>

#include "pipelines/gst/bridge.h"
#include "pipelines/mix/layout.h"
#include "src/base/json_values.h"
#include "tests/bench/media.h"

using namespace mullion;
using namespace mullion::bench;

namespace {

/// As mullion waits for what comes out of order.
constexpr const char* kJitterLatencyMs = "50";
constexpr GstClockTime kWarmUp = 4 * GST_SECOND;

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

/// A UDP socket on loopback.
GRef<GSocket> newSocket() {
    const auto any = GRef<GInetAddress>::adopt(g_inet_address_new_loopback(G_SOCKET_FAMILY_IPV4));
    const auto address =
        GRef<GSocketAddress>::adopt(g_inet_socket_address_new(any.get(), /*port=*/0));
    auto socket = GRef<GSocket>::adopt(
        g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, nullptr));
    if (!socket || !g_socket_bind(socket.get(), address.get(), FALSE, nullptr))
        fail("no UDP socket on loopback");
    return socket;
}

std::string portOf(GSocket* socket) {
    const auto address = GRef<GSocketAddress>::adopt(g_socket_get_local_address(socket, nullptr));
    return std::to_string(g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(address.get())));
}

Add sender(const std::string& port, bool inTime) {
    return one("udpsink", {{"host", "127.0.0.1"},
                           {"port", port},
                           {"sync", inTime ? "true" : "false"},
                           {"async", "false"}});
}

/// What one of the people sends, as SRTP.
struct Packets {
    Output picture;
    Output sound;
};

Packets packetsOf(const participant::Clip& clip) {
    return {securePackets(clip.pictureCaps.get(), clip.picture, "rtpvp8pay"),
            securePackets(clip.soundCaps.get(), clip.sound, "rtpopuspay")};
}

/// Where packets come from: all of the clip at once, or sockets.
class Source {
public:
    virtual ~Source() = default;
    /// Ends in packets without SRTP in the order of their sending.
    virtual GstElement* add(GstBin* bin, const Output& packets) = 0;
};

class FromMemory : public Source {
public:
    GstElement* add(GstBin* bin, const Output& packets) override {
        GstElement* source = addSource(bin, packets.caps.get());
        sources_.emplace_back(source, &packets.buffers);
        return chain(bin, source, {one("srtpdec")});
    }

    void pushAll() const {
        for (const auto& [source, buffers] : sources_)
            bench::pushAll(source, *buffers);
    }

private:
    std::vector<std::pair<GstElement*, const Buffers*>> sources_;
};

class FromSockets : public Source {
public:
    GstElement* add(GstBin* bin, const Output& packets) override {
        const GCharPtr caps(gst_caps_to_string(packets.caps.get()));
        GstElement* source =
            must(addElement(bin, "udpsrc", {{"caps", caps.get()}, {"close-socket", "false"}}));
        sockets_.push_back(newSocket());
        g_object_set(source, "socket", sockets_.back().get(), nullptr);
        return chain(bin, source,
                     {one("srtpdec"), one("rtpjitterbuffer", {{"latency", kJitterLatencyMs}})});
    }

    /// In the order in which they were added.
    std::string ports() const {
        std::string all;
        for (const auto& socket : sockets_)
            all += (all.empty() ? "" : ",") + portOf(socket.get());
        return all;
    }

private:
    std::vector<GRef<GSocket>> sockets_;
};

class PlainMcu {
public:
    PlainMcu(int people, int bitrateBps, const Packets& packets, Source& source)
        : pipeline_(GRef<GstElement>::sink(gst_pipeline_new(nullptr)))
        , packets_(packets)
        , source_(source) {
        addPicture(people, bitrateBps);
        addSound(people);
    }

    ~PlainMcu() { gst_element_set_state(pipeline_.get(), GST_STATE_NULL); }

    void start() const { gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING); }

    /// Until the streams have ended or so much time is over.
    void wait(GstClockTime longest = GST_CLOCK_TIME_NONE) const {
        const auto bus = GRef<GstBus>::adopt(gst_element_get_bus(pipeline_.get()));
        const auto message = GRef<GstMessage>::adopt(gst_bus_timed_pop_filtered(
            bus.get(), longest, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR)));
        if (message && GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR)
            fail(describeError(message.get()));
    }

    /// Frames that were encoded, for all people together.
    int frames() const { return frames_; }

private:
    GstBin* bin() const { return GST_BIN(pipeline_.get()); }

    void addPicture(int people, int bitrateBps) {
        GstElement* compositor = must(addElement(bin(), "compositor", {{"background", "black"}}));
        for (const Rect& tile : gridLayout(people, {})) {
            GstElement* decoder = chain(bin(), source_.add(bin(), packets_.picture),
                                        {one("rtpvp8depay"), vp8Decoder(), branch()});
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
        for (int i = 0; i < people; ++i) {
            GstElement* encoder =
                chain(bin(), tee, {branch(), canvasEncoder("vp8enc", bitrateBps)});
            const auto pad = GRef<GstPad>::adopt(gst_element_get_static_pad(encoder, "src"));
            encoded_.emplace_back(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, [this](GstPadProbeInfo*) {
                ++frames_;
                return GST_PAD_PROBE_OK;
            });
            chain(bin(), encoder,
                  {securePayloader("rtpvp8pay"), sender(portOf(hole_.get()), /*inTime=*/false)});
        }
    }

    void addSound(int people) {
        std::vector<GstElement*> heard;
        for (int i = 0; i < people; ++i)
            heard.push_back(chain(bin(), source_.add(bin(), packets_.sound),
                                  {one("rtpopusdepay"), one("opusdec"), one("tee")}));
        for (int listener = 0; listener < people; ++listener) {
            GstElement* mixer = must(addElement(bin(), "audiomixer"));
            for (int i = 0; i < people; ++i)
                // Who is alone hears himself: a mixer needs an input.
                if (i != listener || people == 1)
                    must(linkElements({chain(bin(), heard[i], {branch()}), mixer}));
            chain(bin(), mixer,
                  {opusEncoder(), securePayloader("rtpopuspay"),
                   sender(portOf(hole_.get()), /*inTime=*/false)});
        }
    }

    /// Nobody reads it.
    GRef<GSocket> hole_ = newSocket();
    GRef<GstElement> pipeline_;
    const Packets& packets_;
    Source& source_;
    std::atomic<int> frames_ = 0;
    std::vector<PadProbe> encoded_;
};

/// Plays the people: sends the clip round and round to each of the ports, its picture to the first
/// half of them and its sound to the others, for a minute at most.
int feed(const std::string& ports, const participant::Clip& clip) {
    constexpr int kRounds = 6;
    const auto pipeline = GRef<GstElement>::sink(gst_pipeline_new(nullptr));
    auto* bin = GST_BIN(pipeline.get());
    const GPtr<char*, g_strfreev> all(g_strsplit(ports.c_str(), ",", -1));
    const unsigned count = g_strv_length(all.get());
    for (unsigned i = 0; i < count; ++i) {
        const bool isPicture = i < count / 2;
        GstElement* source = addSource(bin, (isPicture ? clip.pictureCaps : clip.soundCaps).get());
        chain(bin, source,
              {securePayloader(isPicture ? "rtpvp8pay" : "rtpopuspay"),
               sender(all.get()[i], /*inTime=*/true)});
        for (int round = 0; round < kRounds; ++round)
            for (const auto& buffer : isPicture ? clip.picture : clip.sound)
                gst_app_src_push_buffer(GST_APP_SRC(source),
                                        retimed(buffer.get(), GST_BUFFER_PTS(buffer.get()) +
                                                                  round * kClipSeconds * GST_SECOND)
                                            .release());
        gst_app_src_end_of_stream(GST_APP_SRC(source));
    }
    gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
    const auto bus = GRef<GstBus>::adopt(gst_element_get_bus(pipeline.get()));
    const auto end = GRef<GstMessage>::adopt(gst_bus_timed_pop_filtered(
        bus.get(), GST_CLOCK_TIME_NONE,
        static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR)));
    gst_element_set_state(pipeline.get(), GST_STATE_NULL);
    return 0;
}

/// Another process, which plays the people until this object goes.
class Feeder {
public:
    explicit Feeder(const std::string& ports)
        : process_(GRef<GSubprocess>::adopt(g_subprocess_new(G_SUBPROCESS_FLAGS_NONE, nullptr,
                                                             "/proc/self/exe", "--feed",
                                                             ports.c_str(), nullptr))) {
        if (!process_) fail("cannot start the process that plays the people");
    }

    ~Feeder() {
        g_subprocess_force_exit(process_.get());
        g_subprocess_wait(process_.get(), nullptr, nullptr);
    }

private:
    GRef<GSubprocess> process_;
};

/// CPU seconds that all of the clip takes, a second of it.
double costFromMemory(const CallOptions& options, const Packets& packets) {
    FromMemory source;
    PlainMcu mcu(options.people, options.bitrateBps, packets, source);
    const double before = cpuSeconds();
    mcu.start();
    source.pushAll();
    mcu.wait();
    return (cpuSeconds() - before) / options.seconds;
}

struct Live {
    /// CPU seconds a second.
    double cost = 0;
    /// Encoded, and how many there should have been.
    int frames = 0;
    int expected = 0;
};

Live costLive(const CallOptions& options, const Packets& packets) {
    FromSockets source;
    PlainMcu mcu(options.people, options.bitrateBps, packets, source);
    mcu.start();
    const Feeder feeder(source.ports());
    mcu.wait(kWarmUp);
    const gint64 begin = g_get_monotonic_time();
    const double before = cpuSeconds();
    const int framesBefore = mcu.frames();
    mcu.wait(options.seconds * GST_SECOND);
    const double seconds = static_cast<double>(g_get_monotonic_time() - begin) / G_USEC_PER_SEC;
    return {(cpuSeconds() - before) / seconds, mcu.frames() - framesBefore,
            static_cast<int>(seconds * kFps * options.people)};
}

} // namespace

int main(int argc, char** argv) {
    gst_init(nullptr, nullptr);
    if (argc == 3 && std::string(argv[1]) == "--feed")
        return feed(argv[2], cameraClip(kClipSeconds));
    const CallOptions options = readCallOptions(
        argc, argv, "bench_plain: what a call costs where everybody has an encode", "10");
    const Packets packets = packetsOf(cameraClip(options.seconds));
    const Live live = costLive(options, packets);
    const double fromMemory = costFromMemory(options, packets);
    std::printf("%d people, each with an encode: %.3f CPU seconds a second, %d of %d frames; %.3f "
                "from memory\n",
                options.people, live.cost, live.frames, live.expected, fromMemory);
    if (!options.json.empty())
        writeFile(options.json, Json{{"people", options.people},
                                     {"cpu_per_second", live.cost},
                                     {"frames", live.frames},
                                     {"expected", live.expected},
                                     {"cpu_per_second_from_memory", fromMemory}}
                                        .dump(2) +
                                    '\n');
    return 0;
}
