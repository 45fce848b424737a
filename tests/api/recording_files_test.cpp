// Files of recordings as the server sends them.
#include <fstream>

#include "src/recordings/archive.h"
#include "tests/support/raw_client.h"
#include "tests/support/run_until.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

namespace {

using Headers = std::map<std::string, std::string>;

/// A server that finds one recording of ada's, of so many bytes.
class Films {
public:
    explicit Films(std::size_t bytes, bool video = true,
                   wire::RecordingFormat format = wire::RecordingFormat::Mp4) {
        for (std::size_t i = 0; content_.size() < bytes; ++i)
            content_ += std::to_string(i) + ' ';
        content_.resize(bytes);
        Recording recording;
        recording.id = "r1";
        recording.callId = "c1";
        recording.status = RecordingStatus::Ready;
        recording.format = format;
        recording.video = video;
        recording.startedAt = now();
        recording.parts = {{.index = 1, .bytes = 1, .durationMs = 1, .sha256 = "abcd"},
                           {.index = 2}};
        recording.hosts = {"ada"};
        recording.layouts = recording.chat = Json::array();
        const Archive archive(dir_.path());
        const std::string stem = archive.stemOf(recording);
        std::filesystem::create_directories(std::filesystem::path(stem).parent_path());
        std::ofstream(stem + ".json") << toDocument(recording);
        std::ofstream(archive.fileOf(recording, 1)) << content_;
        std::ofstream(stem + ".jpg") << "a picture";
        std::ofstream(dir_.path() + "/secret.mp4") << "secret";
        server_ =
            std::make_unique<Server>(Server::Variables{{"MULLION_RECORDINGS_DIR", dir_.path()}});
        token_ = User(*server_, "ada").token();
    }

    Answer ask(const std::string& path, Headers headers = {}, const char* method = "GET") const {
        headers["Authorization"] = "Bearer " + token_;
        return request(*server_, method, "/api/webrtc/recordings" + path, headers);
    }

    Answer range(const char* range, const char* condition = "", const char* method = "GET") const {
        Headers headers = {{"Range", range}};
        if (*condition) headers["If-Range"] = condition;
        return ask("/r1/file", headers, method);
    }

    /// The request in bytes, for clients that do not behave.
    std::string raw() const {
        return "GET /api/webrtc/recordings/r1/file HTTP/1.1\r\nHost: localhost\r\nConnection: "
               "close\r\n"
               "Authorization: Bearer " +
               token_ + "\r\n\r\n";
    }

    const Server& server() const { return *server_; }

    const std::string& content() const { return content_; }

private:
    TemporaryDir dir_ = {};
    std::string content_ = {};
    std::unique_ptr<Server> server_ = {};
    std::string token_ = {};
};

/// KiB that the process has in memory.
long memoryOf(int pid) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:")) return std::atol(line.c_str() + 6);
    return 0;
}

/// Checks a whole answer, as bytes.
void checkWhole(const std::string& answer, const Films& films) {
    const auto end = answer.find("\r\n\r\n");
    ck_assert_msg(end != std::string::npos && answer.size() - end - 4 == films.content().size(),
                  "%zu bytes: %s", answer.size(), answer.substr(0, 1000).c_str());
    ck_assert(answer.compare(end + 4, std::string::npos, films.content()) == 0);
}

} // namespace

START_TEST(file_comes_whole) {
    const Films films(1000);
    const Answer answer = films.ask("/r1/file");
    ck_assert_int_eq(answer.status, 200);
    ck_assert_str_eq(answer.body.get<std::string>(), films.content());
    ck_assert_str_eq(answer.headers.at("Content-Type"), "video/mp4");
    ck_assert_str_eq(answer.headers.at("Content-Length"), "1000");
    ck_assert_str_eq(answer.headers.at("Accept-Ranges"), "bytes");
    ck_assert_str_eq(answer.headers.at("ETag"), "\"abcd\"");
    ck_assert_str_eq(answer.headers.at("Cache-Control"), "private, no-cache");
    ck_assert_str_eq(films.ask("/r1/preview.jpg").headers.at("Content-Type"), "image/jpeg");
    ck_assert_int_eq(films.ask("/r1/waveform.json").status, 404);
}

END_TEST

START_TEST(type_is_of_the_format) {
    using wire::RecordingFormat;
    const std::tuple<bool, RecordingFormat, const char*> rows[] = {
        {false, RecordingFormat::Mp4, "audio/mp4"},
        {true, RecordingFormat::Webm, "video/webm"},
        {false, RecordingFormat::Webm, "audio/webm"}};
    for (const auto& [video, format, type] : rows)
        ck_assert_str_eq(Films(10, video, format).ask("/r1/file").headers.at("Content-Type"), type);
}

END_TEST

START_TEST(ranges_are_parts_of_the_file) {
    const Films films(1000);
    const std::tuple<const char*, std::size_t, std::size_t, const char*> rows[] = {
        {"bytes=0-9", 0, 10, "bytes 0-9/1000"},
        {"bytes=990-", 990, 10, "bytes 990-999/1000"},
        {"bytes=-10", 990, 10, "bytes 990-999/1000"},
        {"bytes=500-5000", 500, 500, "bytes 500-999/1000"}};
    for (const auto& [range, offset, length, shown] : rows) {
        const Answer answer = films.range(range);
        ck_assert_int_eq(answer.status, 206);
        ck_assert_str_eq(answer.headers.at("Content-Range"), shown);
        ck_assert_str_eq(answer.headers.at("Content-Length"), std::to_string(length));
        ck_assert_str_eq(answer.body.get<std::string>(), films.content().substr(offset, length));
    }
    const Answer behind = films.range("bytes=1000-");
    ck_assert_int_eq(behind.status, 416);
    ck_assert_str_eq(behind.headers.at("Content-Range"), "bytes */1000");
    const Answer several = films.range("bytes=0-1,5-6");
    ck_assert_int_eq(several.status, 200);
    ck_assert_str_eq(several.body.get<std::string>(), films.content());
}

END_TEST

START_TEST(range_of_another_file_is_not_sent) {
    const Films films(1000);
    ck_assert_int_eq(films.range("bytes=0-9", "\"abcd\"").status, 206);
    for (const char* condition :
         {"\"other\"", "W/\"abcd\"", "abcd", "Fri, 27 Nov 2026 00:00:00 GMT"}) {
        const Answer answer = films.range("bytes=0-9", condition);
        ck_assert_int_eq(answer.status, 200);
        ck_assert_str_eq(answer.body.get<std::string>(), films.content());
    }
    // The preview has no tag that could be the same.
    ck_assert_int_eq(
        films.ask("/r1/preview.jpg", {{"Range", "bytes=0-1"}, {"If-Range", "\"\""}}).status, 200);
}

END_TEST

START_TEST(head_has_no_body_and_no_ranges) {
    const Films films(1000);
    for (const char* range : {"bytes=0-9", "bytes=2000-"}) {
        const Answer answer = films.range(range, "", "HEAD");
        ck_assert_int_eq(answer.status, 200);
        ck_assert_str_eq(answer.headers.at("Content-Length"), "1000");
        ck_assert_uint_eq(answer.headers.count("Content-Range"), 0);
    }
}

END_TEST

START_TEST(no_path_leads_elsewhere) {
    const Films films(10);
    for (const char* path :
         {"/r1/file?part=2", "/r1/file?part=0", "/r1/file?part=-1", "/r1/file?part=../../secret",
          "/r1/file?part=1/../../secret", "/r1/file?part=99999999999", "/..%2fsecret/file",
          "/../secret.mp4", "/r1/..%2f..%2fsecret.mp4", "/%2e%2e/file", "/r1/file/../../secret.mp4",
          "/r1/r1.json", "/r1/preview.jpg/..", "/r1%00/file"}) {
        const Answer answer = films.ask(path);
        ck_assert_msg(answer.status == 400 || answer.status == 404, "%s: %d", path, answer.status);
        ck_assert_msg(toText(answer.body).find("secret\"") == std::string::npos, "%s", path);
    }
}

END_TEST

START_TEST(large_file_comes_unbroken_without_memory) {
    constexpr std::size_t kSize = std::size_t{64} << 20;
    const Films films(kSize);
    films.range("bytes=0-1048575");
    const long before = memoryOf(films.server().pid());
    // Some read slowly or not at all, others go in the middle.
    std::vector<std::unique_ptr<RawClient>> idle;
    for (int i = 0; i < 3; ++i) {
        idle.push_back(std::make_unique<RawClient>(films.server(), 4096));
        idle.back()->send(films.raw());
    }
    std::vector<std::unique_ptr<RawClient>> readers;
    for (int i = 0; i < 2; ++i) {
        readers.push_back(std::make_unique<RawClient>(films.server()));
        readers.back()->send(films.raw());
    }
    idle.pop_back();
    for (const auto& reader : readers)
        checkWhole(reader->readAll(), films);
    idle.pop_back();
    const long after = memoryOf(films.server().pid());
    ck_assert_msg(after - before < static_cast<long>(kSize / 1024 / 4), "%ld KiB, and then %ld",
                  before, after);
    // The one that has not read until now gets it all.
    checkWhole(idle.front()->readAll(), films);
    ck_assert_int_eq(films.ask("/r1/file").status, 200);
}

END_TEST

int main() {
    return runSuite("recording files",
                    {file_comes_whole, type_is_of_the_format, ranges_are_parts_of_the_file,
                     range_of_another_file_is_not_sent, head_has_no_body_and_no_ranges,
                     no_path_leads_elsewhere, large_file_comes_unbroken_without_memory});
}
