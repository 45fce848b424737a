// How the encoders of a call do on its own picture: the canvas of eight people who all send the
// camera-like clip, encoded at some rates by the server's settings and by libvpx's cpu-used=8 with
// otherwise the same settings, and by what there is for H.264.
//
//   bench_quality --out FOLDER [--rates 1000000,…] [--rounds N] [--seconds S] [--vp8
//   "cpu-used=-6;…"]
//
// Writes `canvas.yuv` (raw I420) and each stream to the folder for somebody else to judge
// (quality.mjs asks ffmpeg for the SSIM), and to `figures.json` the rate reached and CPU seconds a
// frame. Each is encoded as fast as it goes, `rounds` times in turn; the cheapest counts, since
// what else runs on a machine makes the same work dearer and never cheaper.
//
// libvpx takes a positive cpu-used as the part of a frame's time that it may use and adapts to what
// the clock tells it: on a slow or busy machine its picture is worse.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "pipelines/mix/encoder.h"
#include "src/base/json_values.h"
#include "tests/bench/media.h"

using namespace mullion;
using namespace mullion::bench;

namespace {

constexpr int kPeople = 8;

struct Contestant {
    std::string name;
    std::string factory;
    Properties changed;
};

/// "a=1,b=2;c=3" is two variants of the server's settings.
std::vector<Contestant> variantsOf(const std::string& text) {
    std::vector<Contestant> variants;
    const GPtr<char*, g_strfreev> all(g_strsplit(text.c_str(), ";", -1));
    for (char** one = all.get(); *one && **one; ++one) {
        Contestant variant{*one, "vp8enc", {}};
        const GPtr<char*, g_strfreev> settings(g_strsplit(*one, ",", -1));
        for (char** setting = settings.get(); *setting; ++setting) {
            const char* equals = std::strchr(*setting, '=');
            if (!equals) fail("--vp8 takes NAME=VALUE,…;NAME=VALUE,…");
            const GCharPtr name(g_strndup(*setting, equals - *setting));
            variant.changed.emplace_back(g_intern_string(name.get()), equals + 1);
        }
        variants.push_back(std::move(variant));
    }
    return variants;
}

std::vector<Contestant> contestants(const std::string& variants) {
    std::vector<Contestant> all = {{"mullion", "vp8enc", {}},
                                   {"cpu-used=8", "vp8enc", {{"cpu-used", "8"}}}};
    for (const char* factory : {"openh264enc", "x264enc"})
        if (GRef<GstElementFactory>::adopt(gst_element_factory_find(factory)))
            all.push_back({factory, factory, {}});
    for (auto& variant : variantsOf(variants))
        all.push_back(std::move(variant));
    return all;
}

std::string bytesOf(const Buffers& buffers) {
    std::string bytes;
    for (const auto& buffer : buffers) {
        GstMapInfo map;
        if (!gst_buffer_map(buffer.get(), &map, GST_MAP_READ)) fail("a buffer cannot be read");
        bytes.append(reinterpret_cast<const char*>(map.data), map.size);
        gst_buffer_unmap(buffer.get(), &map);
    }
    return bytes;
}

struct Encoding {
    std::string file;
    double bitrate = 0;
    /// CPU seconds a frame.
    double cpu = 0;
};

/// Encodes the canvases and keeps the stream in the file `path`, to which its ending is added.
Encoding encode(const Contestant& contestant, int bitrate, const Canvases& canvases,
                const std::string& path) {
    const Output stream = outputOf(canvases.caps.get(), canvases.buffers,
                                   canvasEncoder(contestant.factory, bitrate, contestant.changed));
    if (stream.buffers.size() != canvases.buffers.size())
        fail(contestant.name + " gave " + std::to_string(stream.buffers.size()) + " of " +
             std::to_string(canvases.buffers.size()) + " frames");
    std::size_t bytes = 0;
    for (const auto& buffer : stream.buffers)
        bytes += gst_buffer_get_size(buffer.get());
    const auto frames = static_cast<double>(stream.buffers.size());
    Encoding encoding{path, static_cast<double>(bytes) * 8 * kFps / frames, stream.cpu / frames};
    if (contestant.factory == "vp8enc") {
        encoding.file += ".mkv";
        const auto muxer = one("matroskamux", {{"streamable", "true"}});
        writeFile(encoding.file,
                  bytesOf(outputOf(stream.caps.get(), stream.buffers, muxer).buffers));
    } else {
        encoding.file += ".h264";
        writeFile(encoding.file, bytesOf(stream.buffers));
    }
    return encoding;
}

} // namespace

int main(int argc, char** argv) {
    gst_init(nullptr, nullptr);
    const Config config = readOptions(
        argc, argv, "bench_quality: encodes the canvas of a call by the encoders that there are",
        {{"out", "", "out", "the folder for canvas.yuv, the streams and figures.json"},
         {"rates", "1000000,1500000,3000000", "rates", "bit/s, with commas between"},
         {"rounds", "3", "rounds", "how often each is encoded"},
         {"seconds", "10", "seconds", "how much of the clip is worked on"},
         {"vp8", "", "vp8", "other settings to try: NAME=VALUE,…;NAME=VALUE,…"}});
    const std::string& folder = config.text("out");
    if (folder.empty()) fail("--out needs a folder");
    const int rounds = integerOf(config, "rounds", 1, 100);
    const participant::Clip clip = cameraClip(integerOf(config, "seconds", 1, kClipSeconds));
    const Canvases canvases =
        paintCanvases(kPeople, outputOf(clip.pictureCaps.get(), clip.picture, vp8Decoder()));
    writeFile(folder + "/canvas.yuv", bytesOf(canvases.buffers));

    Json rows = Json::array();
    for (const std::string& rate : config.list("rates")) {
        const int bitrate = std::atoi(rate.c_str());
        if (bitrate < 50'000 || bitrate > 20'000'000) fail("--rates takes 50000 to 20000000");
        const auto all = contestants(config.text("vp8"));
        std::vector<Encoding> last(all.size());
        std::vector<double> cheapest(all.size(), 1e9);
        for (int round = 0; round < rounds; ++round)
            for (std::size_t i = 0; i < all.size(); ++i) {
                last[i] = encode(all[i], bitrate, canvases,
                                 folder + '/' + rate + '-' + std::to_string(i));
                cheapest[i] = std::min(cheapest[i], last[i].cpu);
            }
        for (std::size_t i = 0; i < all.size(); ++i)
            rows.push_back({{"name", all[i].name},
                            {"asked", bitrate},
                            {"bitrate", last[i].bitrate},
                            {"cpu_per_frame", cheapest[i]},
                            {"file", last[i].file}});
    }
    writeFile(folder + "/figures.json", Json{{"fps", kFps}, {"rows", rows}}.dump(2) + '\n');
    return 0;
}
