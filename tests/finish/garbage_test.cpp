// mullion-finish on what is no recording, or no longer one: an exit code and a line, never a crash.
#include <algorithm>
#include <filesystem>
#include <random>

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

/// Three seconds, "small" as they were recorded or "finished".
std::string recordingOf(const std::string& kind, const std::string& extension) {
    std::string path = recordings + "/" + kind + extension;
    if (fs::exists(path)) return path;
    const auto format =
        extension == ".mp4" ? wire::RecordingFormat::Mp4 : wire::RecordingFormat::Webm;
    if (kind == "small")
        record({.format = format, .seconds = 3, .width = 160, .height = 90}, path);
    else
        finished({recordingOf("small", extension), path});
    return path;
}

constexpr int kRounds = 200;
constexpr int kFinishedRounds = 40;
constexpr unsigned kSeed = 20261127;

/// Runs it with all that it can make. A file that is done is whole; one that is not leaves nothing.
int finishAnything(const std::string& folder, const std::string& input,
                   const std::string& extension, const std::string& what) {
    const std::string output = folder + "/out" + extension;
    fs::remove(output);
    const Ran ran =
        finish({input, output, "--preview", folder + "/p.jpg", "--waveform", folder + "/w.json"});
    ck_assert_msg(ran.exitCode == 0 || ran.exitCode == 2, "%s: %d, %s", what.c_str(), ran.exitCode,
                  ran.errors.c_str());
    ck_assert_msg(fs::exists(output) == (ran.exitCode == 0), "%s", what.c_str());
    for (const char* name : {"/p.jpg.tmp", "/w.json.tmp"})
        ck_assert(!fs::exists(folder + name));
    ck_assert(!fs::exists(output + ".tmp"));
    const auto lines = complaintsIn(ran.errors);
    ck_assert_msg(lines == (ran.exitCode == 0 ? 0 : 1), "%s: %s", what.c_str(), ran.errors.c_str());
    if (ran.exitCode == 0) ck_assert(parseJson(ran.out, 10'000).ok());
    return ran.exitCode;
}

/// Cuts the recording at random places.
void cutAnywhere(const std::string& extension) {
    const TemporaryDir folder;
    const std::string bytes = contentOf(recordingOf("small", extension));
    std::mt19937 random(kSeed);
    int done = 0;
    for (int i = 0; i < kRounds; ++i) {
        const std::size_t size = random() % bytes.size();
        const std::string input = folder.path() + "/in";
        writeFile(input, bytes.substr(0, size));
        const std::string what = extension + " cut to " + std::to_string(size);
        if (finishAnything(folder.path(), input, extension, what) != 0) continue;
        ++done;
        // To decode each of them would take minutes.
        if (i % 10 != 0) continue;
        const Ran ran = run(
            {"ffmpeg", "-v", "error", "-i", folder.path() + "/out" + extension, "-f", "null", "-"});
        ck_assert_msg(ran.exitCode == 0 && ran.errors.empty(), "%s: %s", what.c_str(),
                      ran.errors.c_str());
    }
    ck_assert_int_gt(done, kRounds / 2);
}

/// Writes random bytes over random places: a few bytes, or a whole block of the disk.
void spoilAnywhere(const std::string& kind, const std::string& extension, int rounds) {
    const TemporaryDir folder;
    const std::string bytes = contentOf(recordingOf(kind, extension));
    std::mt19937 random(kSeed);
    for (int i = 0; i < rounds; ++i) {
        std::string spoilt = bytes;
        // Every other one where the headers are.
        const std::size_t range = i % 2 == 0 ? bytes.size() : std::size_t{2048};
        const std::size_t places = 1 + random() % 8;
        for (std::size_t place = 0; place < places; ++place) {
            const std::size_t at = random() % range;
            const std::size_t size = i % 5 == 0 ? 512 : 1 + random() % 4;
            for (std::size_t k = at; k < std::min(at + size, spoilt.size()); ++k)
                spoilt[k] = static_cast<char>(random());
        }
        const std::string input = folder.path() + "/in";
        writeFile(input, spoilt);
        finishAnything(folder.path(), input, extension,
                       kind + extension + " spoilt, " + std::to_string(i));
    }
}

} // namespace

START_TEST(mp4_cut_anywhere_is_mended_or_refused) {
    cutAnywhere(".mp4");
}

END_TEST

START_TEST(webm_cut_anywhere_is_mended_or_refused) {
    cutAnywhere(".webm");
}

END_TEST

START_TEST(mp4_spoilt_anywhere_is_mended_or_refused) {
    spoilAnywhere("small", ".mp4", kRounds);
}

END_TEST

START_TEST(webm_spoilt_anywhere_is_mended_or_refused) {
    spoilAnywhere("small", ".webm", kRounds);
}

END_TEST

START_TEST(finished_files_spoilt_anywhere_are_mended_or_refused) {
    for (const char* extension : {".mp4", ".webm"})
        spoilAnywhere("finished", extension, kFinishedRounds);
}

END_TEST

START_TEST(what_is_no_recording_is_refused) {
    const TemporaryDir folder;
    const std::string in = folder.path() + "/in";
    const std::string mp4 = folder.path() + "/out.mp4";
    const std::string webm = folder.path() + "/out.webm";
    const std::string good = recordingOf("small", ".mp4");
    std::mt19937 random(kSeed);
    std::string garbage(100'000, '\0');
    std::generate(garbage.begin(), garbage.end(), [&] { return static_cast<char>(random()); });
    writeFile(in, garbage);
    writeFile(in + ".empty", "");
    writeFile(in + ".zeros", std::string(100'000, '\0'));
    writeFile(in + ".head", contentOf(good).substr(0, 1000));
    fs::copy_file(good, mp4 + ".tmp");
    const Ran foreign = run({"ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=d=1", "-c:v",
                             "mpeg4", in + ".foreign.mp4"});
    ck_assert_msg(foreign.exitCode == 0, "%s", foreign.errors.c_str());

    struct Row {
        std::vector<std::string> arguments;
        int exitCode;
        const char* words;
    };

    const std::vector<Row> rows = {
        {{}, 1, "--help"},
        {{good}, 1, "--help"},
        {{good, mp4, "more"}, 1, "too many"},
        {{good, mp4, "--quickly"}, 1, "unknown option --quickly"},
        {{good, mp4, "--preview"}, 1, "no file"},
        {{good, webm}, 1, ".mp4"},
        {{recordingOf("small", ".webm"), mp4}, 1, ".webm"},
        {{mp4 + ".tmp", mp4}, 1, "written over"},
        {{good, mp4, "--preview", good}, 1, "written over"},
        {{good, mp4, "--waveform", mp4}, 1, "written over"},
        {{in, mp4}, 2, "nothing in it plays"},
        {{in + ".empty", mp4}, 2, "nothing in it plays"},
        {{in + ".zeros", mp4}, 2, "nothing in it plays"},
        {{in + ".head", mp4}, 2, "nothing in it plays"},
        {{in + ".foreign.mp4", mp4}, 2, "nothing in it plays"},
        {{in + ".none", mp4}, 4, "No such file"},
        {{folder.path(), mp4}, 4, "Is a directory"},
        {{"/dev/zero", mp4}, 4, "not a file"},
        // What the disk cannot read.
        {{"/proc/self/mem", mp4}, 4, "Input/output error"},
        {{good, folder.path() + "/none/out.mp4"}, 5, "No such file"},
        {{good, folder.path() + "/none.mp4", "--preview", folder.path() + "/none/p.jpg"},
         5,
         "No such file"},
    };
    for (const Row& row : rows) {
        const Ran ran = finish(row.arguments);
        const std::string name = row.arguments.empty() ? "nothing" : row.arguments.front();
        ck_assert_msg(ran.exitCode == row.exitCode && ran.errors.find(row.words) != ran.errors.npos,
                      "%s: %d, %s", name.c_str(), ran.exitCode, ran.errors.c_str());
        ck_assert_int_eq(complaintsIn(ran.errors), 1);
        ck_assert(!fs::exists(folder.path() + "/none.mp4"));
        ck_assert(!fs::exists(mp4) && !fs::exists(webm));
    }
}

END_TEST

START_TEST(help_tells_the_exit_codes) {
    const Ran ran = finish({"--help"});
    ck_assert_int_eq(ran.exitCode, 0);
    for (const char* words : {"nothing in INPUT plays", "no room", "--preview", "--waveform"})
        ck_assert_msg(ran.out.find(words) != std::string::npos, "%s", words);
}

END_TEST

int main() {
    const SharedFolder folder;
    recordings = folder.path();
    return runSuite("garbage",
                    {mp4_cut_anywhere_is_mended_or_refused, webm_cut_anywhere_is_mended_or_refused,
                     mp4_spoilt_anywhere_is_mended_or_refused,
                     webm_spoilt_anywhere_is_mended_or_refused,
                     finished_files_spoilt_anywhere_are_mended_or_refused,
                     what_is_no_recording_is_refused, help_tells_the_exit_codes},
                    600);
}
