// What lies beside a recording's files, and what the interface shows.
#include "tests/recordings/shelf.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

START_TEST(document_round_trips) {
    for (const RecordingStatus status :
         {RecordingStatus::Recording, RecordingStatus::Paused, RecordingStatus::Mending,
          RecordingStatus::Ready, RecordingStatus::Uploading, RecordingStatus::Stored,
          RecordingStatus::Failed}) {
        Recording recording = readyRecording("r1");
        recording.status = status;
        recording.format = wire::RecordingFormat::Webm;
        recording.video = false;
        recording.reason = "the disk ist völlig full";
        recording.parts.push_back({.index = 3, .bytes = 7, .durationMs = 1234});
        recording.hosts = {"ada", "bob"};
        recording.layouts.push_back({{"at", "then"}, {"layout", {{"mode", "grid"}}}});
        recording.chat.push_back({{"text", "hello"}});
        recording.hasPreview = true;
        recording.hasWaveform = true;
        if (recording.isRunning()) recording.endedAt.reset();
        recording.storage = {"films", "all/2026/r1", {{"1.webm", 25, true}, {"3.webm", 12}}};
        recording.storage.files[1].parts = {"an id", 5, {{1, "a1"}, {2, "b2"}}};
        const auto read = recordingFromDocument(toDocument(recording));
        ck_assert_msg(read.ok(), "%s", read ? "" : read.error().message.c_str());
        ck_assert_str_eq(toDocument(*read), toDocument(recording));
        ck_assert(read->status == status && read->endedAt == recording.endedAt);
        ck_assert_int_eq(read->parts[1].index, 3);
        ck_assert_int_eq(read->durationMs(), 11'234);
        ck_assert_str_eq(read->storage.files[1].parts.etags.at(2), "b2");
        ck_assert_int_eq(read->uploadedBytes(), 35);
    }
}

END_TEST

START_TEST(addresses_are_of_finished_files) {
    Recording recording = readyRecording("r1");
    recording.parts.push_back({.index = 2});
    const Json shown = toJson(recording, [](const std::string& path) { return path + "?sig=s"; });
    ck_assert_str_eq(shown["parts"][0]["url"].get<std::string>(),
                     "/api/webrtc/recordings/r1/file?sig=s&part=1");
    ck_assert(shown["parts"][1]["url"].is_null());
    ck_assert(shown["preview_url"].is_null());
    ck_assert(toJson(recording)["parts"][0]["url"].is_null());
}

END_TEST

int main() {
    return runSuite("recording", {document_round_trips, addresses_are_of_finished_files});
}
