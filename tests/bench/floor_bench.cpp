// What a call of N people costs at least: each piece of the work alone, at the settings of the
// server, as fast as it goes.
//
//   bench_floor [--people N] [--bitrate BPS] [--seconds S] [--json PATH]
//
// In CPU seconds of the whole process a second of media: N decoders of the camera-like clip, the
// canvas of 1280×720 with N tiles, one encoder of it, sound in and out, and SRTP of what is sent.
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "src/base/json_values.h"
#include "tests/bench/media.h"

using namespace mullion;
using namespace mullion::bench;

namespace {

/// Protecting a stream's packets, less what it costs to make and drop them. Unprotecting is the
/// same work, so that both directions are counted as this one.
double srtpCost(int lines, GstCaps* caps, const Buffers& frames, const char* payloader) {
    return std::max(0.0, costOf(lines, caps, frames, securePayloader(payloader)) -
                             costOf(lines, caps, frames, one(payloader)));
}

struct Piece {
    const char* name;
    double cpu;
};

std::vector<Piece> measure(int people, int bitrateBps, int length) {
    const participant::Clip clip = cameraClip(length);
    const double seconds = static_cast<double>(clip.picture.size()) / kFps;
    GstCaps* pictureCaps = clip.pictureCaps.get();
    GstCaps* soundCaps = clip.soundCaps.get();

    std::vector<Piece> pieces;
    const auto note = [&](const char* name, double cpu) {
        pieces.push_back({name, cpu / seconds});
    };
    note("decoding pictures", costOf(people, pictureCaps, clip.picture, vp8Decoder()));
    const auto canvases = paintCanvases(people, outputOf(pictureCaps, clip.picture, vp8Decoder()));
    note("painting", canvases.cpu);
    const auto encoded =
        outputOf(canvases.caps.get(), canvases.buffers, canvasEncoder("vp8enc", bitrateBps));
    note("encoding the picture", encoded.cpu);
    note("decoding sound", costOf(people, soundCaps, clip.sound, one("opusdec")));
    const auto heard = outputOf(soundCaps, clip.sound, one("opusdec"));
    note("encoding sound", costOf(people, heard.caps.get(), heard.buffers, opusEncoder()));
    note("SRTP", srtpCost(people, encoded.caps.get(), encoded.buffers, "rtpvp8pay") +
                     srtpCost(people, pictureCaps, clip.picture, "rtpvp8pay") +
                     2 * srtpCost(people, soundCaps, clip.sound, "rtpopuspay"));
    return pieces;
}

} // namespace

int main(int argc, char** argv) {
    gst_init(nullptr, nullptr);
    // Raw frames of all that is worked on are kept in memory.
    const CallOptions options = readCallOptions(
        argc, argv, "bench_floor: what a call costs at least, in CPU seconds a second", "4");
    const auto pieces = measure(options.people, options.bitrateBps, options.seconds);
    double sum = 0;
    // Ordered as they were measured.
    nlohmann::ordered_json json = {{"people", options.people},
                                   {"pieces", nlohmann::ordered_json::object()}};
    std::printf("CPU seconds a second of media, %d people\n", options.people);
    for (const Piece& piece : pieces) {
        std::printf("  %-22s %.4f\n", piece.name, piece.cpu);
        json["pieces"][piece.name] = piece.cpu;
        sum += piece.cpu;
    }
    std::printf("  %-22s %.4f\n", "all", sum);
    json["sum"] = sum;
    if (!options.json.empty()) writeFile(options.json, json.dump(2) + '\n');
    return 0;
}
