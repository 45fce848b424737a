// What a call of N people costs at least: each piece of the work alone, at the settings of the
// server, as fast as it goes.
//
//   bench_floor [--people N] [--bitrate BPS] [--seconds S] [--json PATH]
//
// In CPU seconds of the whole process a second of media: N decoders of the camera-like clip, the
// canvas of 1280×720 with N tiles, one encoder of it, sound in and out, and SRTP of what is sent.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>

#include "pipelines/gst/bridge.h"
#include "pipelines/mix/audio_mix.h"
#include "pipelines/mix/encoder.h"
#include "pipelines/mix/painter.h"
#include "tools/participant/clip.h"

using namespace mullion;

namespace {

using Buffers = std::vector<GRef<GstBuffer>>;

constexpr const char* kCanvasCaps = "video/x-raw,format=I420,width=1280,height=720,framerate=25/1";
constexpr int kFps = 25;

struct Options {
    int people = 8;
    int bitrateBps = 3'000'000;
    /// Raw frames of them are kept in memory.
    int seconds = 4;
};

double cpuSeconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

template <typename T>
T must(Result<T> result) {
    if (result) return std::move(*result);
    std::fprintf(stderr, "%s\n", result.error().message.c_str());
    std::exit(1);
}

void must(Result<void> result) {
    if (result) return;
    std::fprintf(stderr, "%s\n", result.error().message.c_str());
    std::exit(1);
}

/// appsrc ▸ what `add` makes of a pipeline, first and last element ▸ appsink.
class Line {
public:
    using Ends = std::pair<GstElement*, GstElement*>;

    Line(GstCaps* caps, const std::function<Ends(GstBin*)>& add)
        : pipeline_(GRef<GstElement>::sink(gst_pipeline_new(nullptr))) {
        auto* bin = GST_BIN(pipeline_.get());
        const GCharPtr text(gst_caps_to_string(caps));
        in_ = must(addElement(
            bin, "appsrc",
            {{"caps", text.get()}, {"format", "time"}, {"max-bytes", "0"}, {"max-buffers", "0"}}));
        out_ = must(addElement(bin, "appsink", {{"sync", "false"}}));
        const auto [first, last] = add(bin);
        must(linkElements({in_, first}));
        must(linkElements({last, out_}));
        gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
    }

    ~Line() { gst_element_set_state(pipeline_.get(), GST_STATE_NULL); }

    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;

    void push(const Buffers& buffers) {
        for (const auto& buffer : buffers)
            gst_app_src_push_buffer(GST_APP_SRC(in_),
                                    retimed(buffer.get(), GST_BUFFER_PTS(buffer.get())).release());
        gst_app_src_end_of_stream(GST_APP_SRC(in_));
    }

    /// All that comes until the end, each given to `take`.
    void drain(const std::function<void(GstSample*)>& take = [](GstSample*) {}) {
        while (const auto sample =
                   GRef<GstSample>::adopt(gst_app_sink_pull_sample(GST_APP_SINK(out_))))
            take(sample.get());
    }

private:
    GRef<GstElement> pipeline_;
    GstElement* in_ = nullptr;
    GstElement* out_ = nullptr;
};

std::function<Line::Ends(GstBin*)> one(const char* factory, const Properties& properties = {}) {
    return [=](GstBin* bin) {
        GstElement* element = must(addElement(bin, factory, properties));
        return Line::Ends(element, element);
    };
}

/// CPU seconds of `lines` lines at once that each get all of `buffers`.
double costOf(int lines, GstCaps* caps, const Buffers& buffers,
              const std::function<Line::Ends(GstBin*)>& add) {
    std::vector<std::unique_ptr<Line>> all;
    for (int i = 0; i < lines; ++i)
        all.push_back(std::make_unique<Line>(caps, add));
    const double before = cpuSeconds();
    for (const auto& line : all)
        line->push(buffers);
    for (const auto& line : all)
        line->drain();
    return cpuSeconds() - before;
}

/// What comes out of one such line, and its caps.
std::pair<Buffers, GRef<GstCaps>> outputOf(GstCaps* caps, const Buffers& buffers,
                                           const std::function<Line::Ends(GstBin*)>& add) {
    Line line(caps, add);
    line.push(buffers);
    std::pair<Buffers, GRef<GstCaps>> output;
    line.drain([&](GstSample* sample) {
        output.first.push_back(GRef<GstBuffer>::share(gst_sample_get_buffer(sample)));
        output.second = GRef<GstCaps>::share(gst_sample_get_caps(sample));
    });
    return output;
}

/// Paints the canvas with a tile each for `people`, whose pictures are `decoded` at other moments
/// of the loop; the canvases go to `canvases`. @return CPU seconds.
double compose(int people, const Buffers& decoded, GstCaps* caps, Buffers* canvases) {
    const wire::Canvas canvas;
    const auto rects = gridLayout(people, canvas);
    std::vector<TileFace> faces;
    for (int i = 0; i < people; ++i) {
        TileFace face;
        face.placed.userId = std::to_string(i);
        face.placed.rect = rects[static_cast<std::size_t>(i)];
        face.name = "Person " + std::to_string(i + 1);
        face.speaking = i == 0;
        face.frames = std::make_shared<FrameSlot>();
        faces.push_back(face);
    }
    const Scene scene(faces, {});
    Painter painter;
    GstVideoInfo info;
    const auto canvasCaps = GRef<GstCaps>::adopt(gst_caps_from_string(kCanvasCaps));
    gst_video_info_from_caps(&info, canvasCaps.get());
    double spent = 0;
    for (std::size_t n = 0; n < decoded.size(); ++n) {
        const GstClockTime now = n * GST_SECOND / kFps;
        auto buffer = GRef<GstBuffer>::adopt(gst_buffer_new_allocate(nullptr, info.size, nullptr));
        // Touched once, as a pool's memory is: the kernel's part is not ours.
        gst_buffer_memset(buffer.get(), 0, 0, info.size);
        const double before = cpuSeconds();
        for (std::size_t i = 0; i < faces.size(); ++i)
            faces[i].frames->take(decoded[(n + i * 11) % decoded.size()].get(), now, caps);
        {
            const auto frame = MappedFrame::map(buffer.get(), info, GST_MAP_WRITE);
            painter.paint(scene, frame->mutablePlanes(), now);
        }
        spent += cpuSeconds() - before;
        GST_BUFFER_PTS(buffer.get()) = now;
        GST_BUFFER_DURATION(buffer.get()) = GST_SECOND / kFps;
        canvases->push_back(std::move(buffer));
    }
    return spent;
}

/// Protecting a stream's packets, less what it costs to make and drop them. Unprotecting is the
/// same work, so that both directions are counted as this one.
double srtpCost(int lines, GstCaps* caps, const Buffers& frames, const char* payloader) {
    const auto plain = one(payloader);
    const auto secure = [=](GstBin* bin) {
        GstElement* pay = must(addElement(bin, payloader));
        GstElement* srtp = must(
            addElement(bin, "srtpenc",
                       {{"key", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ab"}}));
        must(linkPads(pay, "src", srtp, "rtp_sink_0"));
        return Line::Ends(pay, srtp);
    };
    return std::max(0.0, costOf(lines, caps, frames, secure) - costOf(lines, caps, frames, plain));
}

struct Piece {
    const char* name;
    double cpu;
};

std::vector<Piece> measure(const Options& options) {
    participant::Scene scene = participant::cameraScene();
    const auto clip = must(participant::encodeClip(scene));
    Buffers picture = clip->picture;
    Buffers sound = clip->sound;
    picture.resize(std::min<std::size_t>(picture.size(), options.seconds * kFps));
    sound.resize(std::min<std::size_t>(sound.size(), options.seconds * 50));
    const int people = options.people;
    const double seconds = static_cast<double>(picture.size()) / kFps;

    std::vector<Piece> pieces;
    const auto note = [&](const char* name, double cpu) {
        pieces.push_back({name, cpu / seconds});
    };
    // As pipelines/leg decodes and encodes.
    const auto vp8dec = one("vp8dec", {{"threads", "1"}, {"qos", "false"}});
    const auto opusenc = one(
        "opusenc",
        {{"bitrate", "40000"}, {"bitrate-type", "vbr"}, {"complexity", "5"}, {"frame-size", "20"}});
    note("decoding pictures", costOf(people, clip->pictureCaps.get(), picture, vp8dec));
    const auto [decoded, decodedCaps] = outputOf(clip->pictureCaps.get(), picture, vp8dec);
    Buffers canvases;
    note("painting", compose(people, decoded, decodedCaps.get(), &canvases));
    const auto vp8enc = [&](GstBin* bin) {
        const Encoder encoder = must(addEncoder(bin, "vp8enc", {options.bitrateBps, kFps}));
        return Line::Ends(encoder.first, encoder.last);
    };
    const auto canvasCaps = GRef<GstCaps>::adopt(gst_caps_from_string(kCanvasCaps));
    note("encoding the picture", costOf(1, canvasCaps.get(), canvases, vp8enc));
    const auto [encoded, encodedCaps] = outputOf(canvasCaps.get(), canvases, vp8enc);
    note("decoding sound", costOf(people, clip->soundCaps.get(), sound, one("opusdec")));
    const auto [heard, heardCaps] = outputOf(clip->soundCaps.get(), sound, one("opusdec"));
    note("encoding sound", costOf(people, heardCaps.get(), heard, opusenc));
    note("SRTP", srtpCost(people, encodedCaps.get(), encoded, "rtpvp8pay") +
                     srtpCost(people, clip->pictureCaps.get(), picture, "rtpvp8pay") +
                     2 * srtpCost(people, clip->soundCaps.get(), sound, "rtpopuspay"));
    return pieces;
}

} // namespace

int main(int argc, char** argv) {
    gst_init(&argc, &argv);
    Options options;
    const char* jsonPath = nullptr;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!std::strcmp(argv[i], "--people")) options.people = std::atoi(argv[i + 1]);
        if (!std::strcmp(argv[i], "--bitrate")) options.bitrateBps = std::atoi(argv[i + 1]);
        if (!std::strcmp(argv[i], "--seconds")) options.seconds = std::atoi(argv[i + 1]);
        if (!std::strcmp(argv[i], "--json")) jsonPath = argv[i + 1];
    }
    options.people = std::clamp(options.people, 1, kMaxGridTiles);
    options.seconds = std::clamp(options.seconds, 1, 10);

    const auto pieces = measure(options);
    double sum = 0;
    std::string json = "{\"people\": " + std::to_string(options.people) + ", \"pieces\": {";
    std::printf("CPU seconds a second of media, %d people\n", options.people);
    for (const Piece& piece : pieces) {
        std::printf("  %-22s %.4f\n", piece.name, piece.cpu);
        json += (sum > 0 ? ", \"" : "\"") + std::string(piece.name) +
                "\": " + std::to_string(piece.cpu);
        sum += piece.cpu;
    }
    std::printf("  %-22s %.4f\n", "all", sum);
    json += "}, \"sum\": " + std::to_string(sum) + "}\n";
    if (!jsonPath) return 0;
    FILE* file = std::fopen(jsonPath, "w");
    if (!file) {
        std::perror(jsonPath);
        return 1;
    }
    std::fputs(json.c_str(), file);
    return std::fclose(file) == 0 ? 0 : 1;
}
