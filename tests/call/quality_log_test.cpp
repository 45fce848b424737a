// The history of figures: means of ten seconds, bounded files, old ones gone.
#include <filesystem>
#include <fstream>

#include <glib/gstdio.h>

#include "src/base/json_values.h"
#include "src/call/quality_log.h"
#include "tests/support/run_until.h"
#include "tests/support/suite.h"

using namespace mullion;
namespace fs = std::filesystem;

namespace {

struct Folder {
    Folder() {
        char pattern[] = "/tmp/mullion-test-XXXXXX";
        path = g_mkdtemp(pattern);
    }

    ~Folder() { fs::remove_all(path); }

    std::string path;
};

wire::Figures figures(double mos, double jitter) {
    wire::LegFigures leg;
    leg.leg = "l";
    leg.userId = "u";
    leg.up = {0.02, jitter, 0.1, 1000, mos};
    leg.rung = "360p";
    return {{leg}, 1, 0};
}

Timestamp second(int n) {
    return Timestamp(std::chrono::seconds(n));
}

Json linesOf(QualityLog& log, const std::string& call) {
    std::optional<Json> lines;
    log.read(call, [&](Json read) { lines = std::move(read); });
    test::runUntil([&] { return lines.has_value(); }, "the lines");
    return *lines;
}

} // namespace

START_TEST(quality_log_keeps_means_of_ten_seconds) {
    const Folder folder;
    QualityLog log(folder.path, {});
    // Where nothing was heard the score is unknown, not bad.
    log.add("c", figures(0, 0.5), second(1));
    for (int n = 2; n <= 9; ++n)
        log.add("c", figures(4, 0.1), second(n));
    ck_assert(linesOf(log, "c").empty());
    log.add("c", figures(4, 0.1), second(10));
    Json lines = linesOf(log, "c");
    ck_assert_uint_eq(lines.size(), 1);
    const Json& line = lines[0];
    ck_assert_msg(line["seconds"] == 10 && line["up"]["mos"] == 4.0 &&
                      line["up"]["jitter"] == 0.5 && line["up"]["bitrate"] == 1000 &&
                      line["rung"] == "360p" && line["user_id"] == "u",
                  "%s", toText(line).c_str());
    // The rest of a call that ends before its ten seconds are full.
    log.add("c", figures(3, 0.1), second(11));
    log.end("c");
    lines = linesOf(log, "c");
    ck_assert(lines.size() == 2 && lines[1]["seconds"] == 1);
}

END_TEST

START_TEST(quality_log_bounds_its_files) {
    const Folder folder;
    QualityLog log(folder.path, {.interval = std::chrono::seconds(1), .maxBytes = 2000});
    for (int n = 1; n <= 100; ++n)
        log.add("c", figures(4, 0.1), second(n));
    const Json lines = linesOf(log, "c");
    ck_assert_uint_le(fs::file_size(folder.path + "/c.jsonl"), 2000);
    // The newest stay, and whole.
    ck_assert(lines.size() > 1 && lines.back()["at"] == formatTimestamp(second(100)));
}

END_TEST

START_TEST(quality_log_forgets_old_calls) {
    const Folder folder;
    for (const char* name : {"old", "new"})
        std::ofstream(folder.path + '/' + name + ".jsonl") << "{\"seconds\":10}\n{\"torn";
    fs::last_write_time(folder.path + "/old.jsonl",
                        fs::file_time_type::clock::now() - std::chrono::days(31));
    QualityLog log(folder.path, {});
    ck_assert(linesOf(log, "old").empty());
    ck_assert_uint_eq(linesOf(log, "new").size(), 1);
    ck_assert(!fs::exists(folder.path + "/old.jsonl"));
}

END_TEST

int main() {
    return test::runSuite("quality log",
                          {quality_log_keeps_means_of_ten_seconds, quality_log_bounds_its_files,
                           quality_log_forgets_old_calls});
}
