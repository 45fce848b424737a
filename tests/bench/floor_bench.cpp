// What a call of N people costs at least: each piece of the work alone, at the settings of the
// server, as fast as it goes.
//
//   bench_floor [--people N] [--bitrate BPS] [--seconds S] [--json PATH]
//
// In CPU seconds of the whole process a second of media: N decoders of the camera-like clip, the
// canvas of 1280×720 with N tiles, one encoder of it, sound in and out, and SRTP both ways.
#include <array>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pipelines/leg/srtp_cipher.h"
#include "src/base/json_values.h"
#include "tests/bench/media.h"

using namespace mullion;
using namespace mullion::bench;

namespace {

/// A packet of RTP, with room for the tag of SRTP behind it.
using Packet = std::vector<std::uint8_t>;

std::vector<Packet> packetsOf(GstCaps* caps, const Buffers& frames, const char* payloader) {
    std::vector<Packet> packets;
    for (const auto& buffer : outputOf(caps, frames, one(payloader)).buffers) {
        Packet packet(gst_buffer_get_size(buffer.get()));
        gst_buffer_extract(buffer.get(), 0, packet.data(), packet.size());
        packet.resize(packet.size() + SrtpCipher::kTag);
        packets.push_back(std::move(packet));
    }
    return packets;
}

/// By a cipher of its own, as each direction of a leg has.
std::unique_ptr<SrtpCipher> cipher() {
    constexpr std::array<std::uint8_t, SrtpCipher::kMasterKey + SrtpCipher::kMasterSalt> kMaster{};
    return must(SrtpCipher::create(kMaster));
}

void encrypt(SrtpCipher& cipher, std::vector<Packet>& packets) {
    for (Packet& packet : packets)
        if (!cipher.protect(std::span(packet).first(packet.size() - SrtpCipher::kTag)))
            fail("a packet is not encrypted");
}

/// CPU seconds of encrypting a stream for each of `legs`.
double encryptionCost(int legs, const std::vector<Packet>& packets) {
    double cpu = 0;
    for (int i = 0; i < legs; ++i) {
        auto own = packets;
        const auto out = cipher();
        const double before = cpuSeconds();
        encrypt(*out, own);
        cpu += cpuSeconds() - before;
    }
    return cpu;
}

/// CPU seconds of checking and decrypting a stream from each of `legs`.
double decryptionCost(int legs, std::vector<Packet> packets) {
    encrypt(*cipher(), packets);
    double cpu = 0;
    for (int i = 0; i < legs; ++i) {
        auto own = packets;
        const auto in = cipher();
        const double before = cpuSeconds();
        for (Packet& packet : own)
            if (in->unprotect(packet) == 0) fail("a packet is not decrypted");
        cpu += cpuSeconds() - before;
    }
    return cpu;
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
    const auto sound = packetsOf(soundCaps, clip.sound, "rtpopuspay");
    note("SRTP",
         encryptionCost(people, packetsOf(encoded.caps.get(), encoded.buffers, "rtpvp8pay")) +
             decryptionCost(people, packetsOf(pictureCaps, clip.picture, "rtpvp8pay")) +
             encryptionCost(people, sound) + decryptionCost(people, sound));
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
