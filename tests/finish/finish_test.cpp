// mullion-finish on recordings: what ffmpeg, ffprobe and mkvinfo find in what it makes.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "tests/finish/program.h"
#include "tests/finish/recorded.h"
#include "tests/finish/shared_folder.h"
#include "tests/support/suite.h"
#include "tests/support/temporary_dir.h"

using namespace mullion;
using namespace mullion::test;
namespace fs = std::filesystem;

namespace {

/// Each test has a process of its own; what one has recorded the others read.
std::string recordings;

std::string recordingOf(const std::string& kind) {
    using wire::RecordingFormat;
    static const std::map<std::string, Script> kScripts = {
        {"both.mp4", {}},
        {"both.webm", {.format = RecordingFormat::Webm}},
        {"sound.mp4", {.width = 0}},
        {"sound.webm", {.format = RecordingFormat::Webm, .width = 0}},
        {"black.mp4", {.seconds = 3, .width = 160, .height = 90, .isBlack = true}}};
    const std::string path = recordings + "/" + kind;
    if (!fs::exists(path)) record(kScripts.at(kind), path);
    return path;
}

/// One in each container.
const std::vector<const char*> kKinds = {"both.mp4", "both.webm"};

std::string outputOf(const std::vector<std::string>& words) {
    const Ran ran = run(words);
    ck_assert_msg(ran.exitCode == 0, "%s: %s", words.front().c_str(), ran.errors.c_str());
    return ran.out;
}

struct Packet {
    double at = 0;
    int size = 0;

    bool operator==(const Packet&) const = default;
};

/// `stream` is "v" or "a".
std::vector<Packet> packetsOf(const std::string& path, const std::string& stream) {
    const auto probed =
        parseJson(outputOf({"ffprobe", "-v", "error", "-select_streams", stream, "-show_entries",
                            "packet=pts_time,size", "-of", "json", path}),
                  10'000'000);
    ck_assert(probed.ok());
    std::vector<Packet> packets;
    for (const Json& packet : probed.value()["packets"])
        packets.push_back({std::stod(packet["pts_time"].get<std::string>()),
                           std::stoi(packet["size"].get<std::string>())});
    return packets;
}

/// A WebM's counts Opus' codec delay too, 6.5 ms.
constexpr double kDurationTolerance = 0.008;

double durationOf(const std::string& path) {
    return std::stod(outputOf(
        {"ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", path}));
}

/// Whether all of it decodes, without a word of complaint.
void expectDecodes(const std::string& path) {
    const Ran ran = run({"ffmpeg", "-v", "error", "-i", path, "-f", "null", "-"});
    ck_assert_msg(ran.exitCode == 0 && ran.errors.empty(), "%s: %s", path.c_str(),
                  ran.errors.c_str());
}

void expectColour(const std::string& path, const std::string& at, const int (&rgb)[3]) {
    std::vector<std::string> words = {"ffmpeg", "-v", "error"};
    // A JPEG has no other place than its beginning.
    if (!at.empty()) words.insert(words.end(), {"-ss", at});
    words.insert(words.end(), {"-i", path, "-frames:v", "1", "-vf", "crop=iw:ih/4:0:0,scale=1:1",
                               "-f", "rawvideo", "-pix_fmt", "rgb24", "-"});
    const std::string bytes = outputOf(words);
    ck_assert_uint_eq(bytes.size(), 3);
    for (std::size_t i = 0; i < 3; ++i)
        ck_assert_msg(std::abs(static_cast<std::uint8_t>(bytes[i]) - rgb[i]) <= 12,
                      "colour %zu at %s of %s is %d, not %d", i, at.c_str(), path.c_str(),
                      static_cast<std::uint8_t>(bytes[i]), rgb[i]);
}

void expectTone(const std::string& path, const std::string& at, double toneHz) {
    const std::string bytes = outputOf({"ffmpeg", "-v", "error", "-ss", at, "-i", path, "-t", "0.5",
                                        "-ac", "1", "-ar", "48000", "-f", "s16le", "-"});
    ck_assert_uint_ge(bytes.size(), 40'000);
    const auto* samples = reinterpret_cast<const std::int16_t*>(bytes.data());
    const std::size_t count = bytes.size() / 2;
    int crossings = 0;
    for (std::size_t i = 1; i < count; ++i)
        crossings += samples[i - 1] < 0 && samples[i] >= 0;
    const double heard = crossings * 48'000.0 / static_cast<double>(count);
    ck_assert_msg(std::abs(heard - toneHz) < 8, "%f Hz at %s of %s, not %f", heard, at.c_str(),
                  path.c_str(), toneHz);
}

/// Seconds of the moments that a filter of ffmpeg tells as `name`.
std::vector<double> momentsOf(const std::string& log, const std::string& name) {
    std::vector<double> moments;
    for (auto at = log.find(name); at != std::string::npos; at = log.find(name, at + 1))
        moments.push_back(std::stod(log.substr(at + name.size())));
    return moments;
}

/// How much later each tone begins than its picture, in s.
std::vector<double> lipSyncOf(const std::string& path) {
    const Ran ran =
        run({"ffmpeg", "-v", "info", "-copyts", "-i", path, "-vf", "blackdetect=d=0.3:pix_th=0.1",
             "-af", "silencedetect=n=-30dB:d=0.3", "-f", "null", "-"});
    const auto pictures = momentsOf(ran.errors, "black_end:");
    const auto sounds = momentsOf(ran.errors, "silence_end: ");
    ck_assert_msg(pictures.size() >= 3 && sounds.size() >= pictures.size() - 1, "%s",
                  ran.errors.c_str());
    std::vector<double> later;
    for (std::size_t i = 0; i < std::min(pictures.size(), sounds.size()); ++i)
        later.push_back(sounds[i] - pictures[i]);
    return later;
}

void expectIndexInFront(const std::string& path) {
    const std::string bytes = contentOf(path);
    const bool isMp4 = path.ends_with(".mp4");
    const auto index = bytes.find(isMp4 ? "moov" : "\x1C\x53\xBB\x6B");
    // The entry of the seek head is the first.
    const auto media = bytes.find(isMp4 ? "mdat" : "\x1F\x43\xB6\x75");
    ck_assert(index != std::string::npos && media != std::string::npos && index < media);
    if (isMp4) return;
    const std::string info = outputOf({"mkvinfo", path});
    ck_assert_msg(info.find("|+ Cues") < info.find("|+ Cluster"), "%s", info.c_str());
    ck_assert_msg(info.find("Error") == std::string::npos, "%s", info.c_str());
}

/// Cuts a copy of a recording to this part of it.
std::string cutOf(const std::string& recording, double part, const std::string& folder) {
    const std::string bytes = contentOf(recording);
    const std::string path = folder + "/cut" + fs::path(recording).extension().string();
    writeFile(path,
              bytes.substr(0, static_cast<std::size_t>(static_cast<double>(bytes.size()) * part)));
    return path;
}

} // namespace

START_TEST(finished_file_plays_and_seeks) {
    for (const std::string kind : kKinds) {
        const TemporaryDir folder;
        const std::string input = recordingOf(kind);
        const std::string output = folder.path() + "/" + kind;
        const std::string before = contentOf(input);
        const Json line = finished({input, output});
        ck_assert(contentOf(input) == before);
        ck_assert(!line["mended"].get<bool>());
        ck_assert_int_eq(line["width"].get<int>(), 1280);
        ck_assert_int_eq(line["height"].get<int>(), 720);
        ck_assert_str_eq(line["video"].get<std::string>(), kind == "both.mp4" ? "h264" : "vp8");
        ck_assert_str_eq(line["audio"].get<std::string>(), kind == "both.mp4" ? "aac" : "opus");
        ck_assert_uint_eq(line["bytes"].get<std::uintmax_t>(), fs::file_size(output));
        ck_assert_str_eq(outputOf({"sha256sum", output}).substr(0, 64),
                         line["sha256"].get<std::string>());
        const double seconds = line["duration_ms"].get<double>() / 1000;
        ck_assert_double_eq_tol(seconds, 12, 0.05);
        ck_assert_double_eq_tol(durationOf(output), seconds, kDurationTolerance);
        expectIndexInFront(output);
        expectDecodes(output);
        ck_assert(packetsOf(output, "v") == packetsOf(input, "v"));
        ck_assert(packetsOf(output, "a") == packetsOf(input, "a"));
        for (const int second : {1, 5, 9}) {
            expectColour(output, std::to_string(second) + ".52", momentAt(second).rgb);
            expectTone(output, std::to_string(second) + ".2", momentAt(second).toneHz);
        }
    }
}

END_TEST

START_TEST(lip_sync_stays) {
    for (const char* kind : kKinds) {
        const TemporaryDir folder;
        const std::string once = folder.path() + "/1" + kind;
        const std::string twice = folder.path() + "/2" + kind;
        finished({recordingOf(kind), once});
        finished({once, twice});
        const auto before = lipSyncOf(recordingOf(kind));
        for (const std::string& path : {once, twice}) {
            const auto after = lipSyncOf(path);
            ck_assert_uint_eq(after.size(), before.size());
            for (std::size_t i = 0; i < before.size(); ++i)
                ck_assert_msg(std::abs(after[i] - before[i]) < 0.001, "%s: %f s, before %f s",
                              path.c_str(), after[i], before[i]);
        }
    }
}

END_TEST

START_TEST(cut_file_keeps_what_is_before) {
    for (const char* kind : kKinds) {
        const TemporaryDir folder;
        const std::string input = cutOf(recordingOf(kind), 0.7, folder.path());
        const std::string output = folder.path() + "/" + kind;
        const Json line = finished({input, output});
        ck_assert(line["mended"].get<bool>());
        ck_assert_double_eq_tol(durationOf(output), line["duration_ms"].get<double>() / 1000,
                                kDurationTolerance);
        expectIndexInFront(output);
        expectDecodes(output);
        for (const char* stream : {"v", "a"}) {
            const auto all = packetsOf(recordingOf(kind), stream);
            const auto kept = packetsOf(output, stream);
            ck_assert_uint_ge(kept.size(), all.size() / 5);
            ck_assert_uint_lt(kept.size(), all.size());
            ck_assert(std::equal(kept.begin(), kept.end(), all.begin()));
        }
        expectColour(output, "1.52", momentAt(1).rgb);
        expectTone(output, "1.2", momentAt(1).toneHz);
    }
}

END_TEST

START_TEST(finished_file_that_is_cut_keeps_what_is_before) {
    for (const char* kind : kKinds) {
        const TemporaryDir folder;
        const std::string whole = folder.path() + "/whole-" + kind;
        finished({recordingOf(kind), whole});
        const std::string output = folder.path() + "/" + kind;
        const Json line = finished({cutOf(whole, 0.6, folder.path()), output});
        ck_assert(line["mended"].get<bool>());
        ck_assert_int_ge(line["duration_ms"].get<int>(), 2000);
        expectDecodes(output);
    }
}

END_TEST

START_TEST(second_run_changes_nothing) {
    for (const char* kind : kKinds) {
        const TemporaryDir folder;
        const std::string path = folder.path() + "/" + kind;
        fs::copy_file(recordingOf(kind), path);
        // What a run that was killed leaves.
        writeFile(path + ".tmp", "half of it");
        finished({path, path});
        const auto picture = packetsOf(path, "v");
        const auto sound = packetsOf(path, "a");
        const Json line = finished({path, path});
        ck_assert(!line["mended"].get<bool>());
        ck_assert(packetsOf(path, "v") == picture);
        ck_assert(packetsOf(path, "a") == sound);
        ck_assert(!fs::exists(path + ".tmp"));
        expectIndexInFront(path);
    }
}

END_TEST

START_TEST(preview_shows_what_is_to_be_seen) {
    for (const char* kind : kKinds) {
        const TemporaryDir folder;
        const std::string jpeg = folder.path() + "/p.jpg";
        const Json line =
            finished({recordingOf(kind), folder.path() + "/" + kind, "--preview", jpeg});
        ck_assert(line["preview"].get<bool>());
        ck_assert_str_eq(outputOf({"ffprobe", "-v", "error", "-show_entries",
                                   "stream=codec_name,width,height", "-of", "csv=p=0", jpeg}),
                         "mjpeg,640,360\n");
        // Not of the fourth second, which is black.
        expectColour(jpeg, "", momentAt(3).rgb);
    }
}

END_TEST

START_TEST(black_recording_has_a_black_preview) {
    const TemporaryDir folder;
    const std::string jpeg = folder.path() + "/p.jpg";
    ck_assert(
        finished({recordingOf("black.mp4"), folder.path() + "/b.mp4", "--preview", jpeg})["preview"]
            .get<bool>());
    expectColour(jpeg, "", {0, 0, 0});
    ck_assert_str_eq(outputOf({"ffprobe", "-v", "error", "-show_entries", "stream=width,height",
                               "-of", "csv=p=0", jpeg}),
                     "160,90\n");
}

END_TEST

START_TEST(waveform_is_as_loud_as_the_sound) {
    for (const char* kind : kKinds) {
        const TemporaryDir folder;
        const std::string path = folder.path() + "/w.json";
        const Json line =
            finished({recordingOf(kind), folder.path() + "/" + kind, "--waveform", path});
        ck_assert(line["waveform"].get<bool>());
        const auto waveform = parseJson(contentOf(path), 10'000);
        ck_assert(waveform.ok());
        ck_assert_int_eq(waveform.value()["version"].get<int>(), 1);
        ck_assert(waveform.value()["duration_ms"] == line["duration_ms"]);
        const auto peaks = waveform.value()["peaks"].get<std::vector<int>>();
        ck_assert_uint_eq(peaks.size(), 500);
        for (std::size_t i = 0; i < peaks.size(); ++i) {
            const double second = static_cast<double>(i) * 12 / 500;
            // Codecs smear where it changes.
            if (std::abs(second - std::round(second)) < 0.1) continue;
            const int expected = momentAt(static_cast<int>(second)).toneHz > 0 ? 49 : 0;
            ck_assert_msg(std::abs(peaks[i] - expected) <= 8, "%d at %f s, not %d", peaks[i],
                          second, expected);
        }
    }
}

END_TEST

START_TEST(sound_alone_has_no_preview) {
    for (const char* kind : {"sound.mp4", "sound.webm"}) {
        const TemporaryDir folder;
        const std::string output = folder.path() + "/" + kind;
        const std::string jpeg = folder.path() + "/p.jpg";
        const Json line = finished({recordingOf(kind), output, "--preview", jpeg, "--waveform",
                                    folder.path() + "/w.json"});
        ck_assert(!line["preview"].get<bool>() && !fs::exists(jpeg));
        ck_assert(line["waveform"].get<bool>());
        ck_assert(line["video"].is_null() && line["width"].is_null() && line["height"].is_null());
        expectIndexInFront(output);
        expectDecodes(output);
        expectTone(output, "3.2", momentAt(3).toneHz);
        ck_assert(packetsOf(output, "a") == packetsOf(recordingOf(kind), "a"));
    }
}

END_TEST

START_TEST(full_disk_leaves_the_input) {
    for (const char* kind : kKinds) {
        const TemporaryDir folder;
        const std::string path = folder.path() + "/" + kind;
        fs::copy_file(recordingOf(kind), path);
        const std::string before = contentOf(path);
        // A file that may not grow further: the kernel refuses it as it does on a full disk.
        const Ran ran = run({"bash", "-c", "ulimit -f 64; exec \"$0\" \"$@\"",
                             std::getenv("MULLION_FINISH"), path, path});
        ck_assert_msg(ran.exitCode == 3, "%d: %s", ran.exitCode, ran.errors.c_str());
        ck_assert_int_eq(complaintsIn(ran.errors), 1);
        ck_assert(contentOf(path) == before);
        ck_assert(!fs::exists(path + ".tmp"));
    }
}

END_TEST

int main() {
    const SharedFolder folder;
    recordings = folder.path();
    return runSuite("finish",
                    {finished_file_plays_and_seeks, lip_sync_stays, cut_file_keeps_what_is_before,
                     finished_file_that_is_cut_keeps_what_is_before, second_run_changes_nothing,
                     preview_shows_what_is_to_be_seen, black_recording_has_a_black_preview,
                     waveform_is_as_loud_as_the_sound, sound_alone_has_no_preview,
                     full_disk_leaves_the_input});
}
