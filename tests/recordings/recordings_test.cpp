// Recordings from their beginning to the archive, whatever dies meanwhile.
#include "tests/recordings/desk.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

START_TEST(recording_becomes_ready) {
    Desk desk;
    const std::string id = desk.start();
    ck_assert_str_eq(desk.act([](Recordings& recordings, const auto& done) {
        recordings.start("c1", {}, "bob", {}, done);
    }),
                     "conflict");
    desk.begin(id, 1);
    ck_assert_str_eq(desk.stop(), "ok");
    ck_assert_str_eq(desk.stop(), "wrong_state");
    ck_assert(!desk.recordings().runningIn("c1"));
    desk.close(id, 1);
    desk.recordings().onEnded("c1", {id, "", ""});
    const Recording& recording = desk.settled(id);
    ck_assert_str_eq(name(recording.status), "ready");
    ck_assert_int_eq(recording.durationMs(), 1000);
    ck_assert(recording.hasPreview && recording.hasWaveform && recording.reason.empty());
    ck_assert_str_eq(desk.filesOf(id), ".1.mp4 .jpg .json .waveform.json ");
    ck_assert_str_eq(desk.calls.sent, "c1 start_recording 1\nc1 stop_recording\n");
    ck_assert_str_eq(desk.calls.told, "recording:started recording\nrecording:stopped mending\n"
                                      "recording:ready ready\n");
    const std::string document = toDocument(recording);
    ck_assert_str_eq(toDocument(desk.shelf.reload().all().at(id)), document);
}

END_TEST

START_TEST(pause_and_resume_take_turns) {
    Desk desk;
    const auto pause = [](Recordings& recordings, const auto& done) {
        recordings.pause("c1", done);
    };
    const auto resume = [](Recordings& recordings, const auto& done) {
        recordings.resume("c1", done);
    };
    ck_assert_str_eq(desk.act(pause), "wrong_state");
    ck_assert_str_eq(desk.act(resume), "wrong_state");
    const std::string id = desk.start();
    ck_assert_str_eq(desk.act(resume), "wrong_state");
    ck_assert_str_eq(desk.act(pause), "ok");
    ck_assert_str_eq(desk.act(pause), "wrong_state");
    ck_assert_str_eq(name(desk.recording(id).status), "paused");
    ck_assert_str_eq(desk.act(resume), "ok");
    ck_assert_str_eq(desk.act(pause), "ok");
    ck_assert_str_eq(desk.stop(), "ok");
    ck_assert_str_eq(desk.act(resume), "wrong_state");
}

END_TEST

START_TEST(full_disk_ends_it) {
    Desk desk;
    const std::string id = desk.start();
    desk.begin(id, 1);
    desk.close(id, 1);
    desk.recordings().onEnded("c1", {id, "storage_full", "the disk is full"});
    ck_assert(!desk.recordings().runningIn("c1"));
    const Recording& recording = desk.settled(id);
    ck_assert_str_eq(name(recording.status), "ready");
    ck_assert_str_eq(recording.reason, "the disk is full");
    ck_assert_str_eq(desk.calls.told, "recording:started recording\nrecording:stopped mending\n"
                                      "recording:ready ready\n");
}

END_TEST

START_TEST(call_that_is_over_ends_it) {
    Desk desk;
    const std::string id = desk.start();
    desk.begin(id, 1);
    desk.recordings().onCallOver("c1",
                                 {{"id", "c1"},
                                  {"recording", {{"id", id}}},
                                  {"participants", {{{"user_id", "bob"}, {"role", "host"}}}}});
    // Its process may write still.
    ck_assert_str_eq(name(desk.recording(id).status), "mending");
    desk.flush();
    ck_assert_str_eq(desk.filesOf(id), ".growing.1.mp4 .json ");
    ck_assert_str_eq(desk.erase(id), "wrong_state");
    desk.recordings().onCallStopped("c1");
    const Recording& recording = desk.settled(id);
    ck_assert_str_eq(name(recording.status), "ready");
    ck_assert(recording.hosts == std::vector<std::string>({"ada", "bob"}));
    ck_assert(!recording.call.contains("recording"));
}

END_TEST

START_TEST(process_that_dies_is_followed_by_the_next) {
    for (const bool paused : {false, true}) {
        Desk desk;
        const std::string id = desk.start();
        desk.begin(id, 1);
        if (paused)
            desk.act(
                [](Recordings& recordings, const auto& done) { recordings.pause("c1", done); });
        desk.calls.sent.clear();
        desk.recordings().onRestarted("c1");
        ck_assert_str_eq(desk.calls.sent, std::string("c1 start_recording 2\n") +
                                              (paused ? "c1 pause_recording\n" : ""));
        desk.begin(id, 2);
        runUntil([&] { return desk.recording(id).isFinished(1); }, "the first part");
        ck_assert_str_eq(name(desk.recording(id).status), paused ? "paused" : "recording");
        desk.stop();
        desk.close(id, 2);
        desk.recordings().onEnded("c1", {id, "", ""});
        ck_assert_str_eq(name(desk.settled(id).status), "ready");
        ck_assert_str_eq(desk.filesOf(id), ".1.mp4 .2.mp4 .jpg .json .waveform.json ");
    }
}

END_TEST

START_TEST(process_that_dies_while_mending_ends_it) {
    Desk desk;
    const std::string id = desk.start();
    desk.begin(id, 1);
    desk.stop();
    desk.recordings().onRestarted("c1");
    ck_assert_str_eq(name(desk.settled(id).status), "ready");
    ck_assert_str_eq(desk.calls.sent, "c1 start_recording 1\nc1 stop_recording\n");
}

END_TEST

START_TEST(part_in_which_nothing_plays_is_left_out) {
    Desk desk;
    const std::string id = desk.start();
    desk.begin(id, 1);
    desk.close(id, 1);
    desk.begin(id, 2, "exit 2\n");
    desk.stop();
    desk.close(id, 2);
    desk.recordings().onEnded("c1", {id, "", ""});
    ck_assert_str_eq(name(desk.settled(id).status), "ready");
    ck_assert_uint_eq(desk.recording(id).parts.size(), 1);
    ck_assert_str_eq(desk.filesOf(id), ".1.mp4 .jpg .json .waveform.json ");
    const std::string empty = desk.start();
    desk.begin(empty, 1, "exit 2\n");
    desk.stop();
    desk.recordings().onEnded("c1", {empty, "", ""});
    ck_assert_str_eq(name(desk.settled(empty).status), "failed");
    ck_assert_str_eq(desk.recording(empty).reason, "nothing was recorded");
    ck_assert_str_eq(desk.filesOf(empty), ".json ");
}

END_TEST

START_TEST(part_that_never_came_to_the_disk_is_left_out) {
    Desk desk;
    const std::string id = desk.start();
    desk.begin(id, 1);
    desk.recordings().onPart("c1", {.id = id, .index = 2});
    desk.stop();
    desk.recordings().onEnded("c1", {id, "", ""});
    ck_assert_str_eq(name(desk.settled(id).status), "ready");
    ck_assert_uint_eq(desk.recording(id).parts.size(), 1);
}

END_TEST

START_TEST(failed_finish_keeps_the_file_for_the_next_start) {
    for (const int code : {1, 3, 4, 5, 127}) {
        Desk desk;
        const std::string id = desk.start();
        desk.begin(id, 1, "exit " + std::to_string(code) + '\n');
        desk.stop();
        desk.recordings().onEnded("c1", {id, "", ""});
        ck_assert_str_eq(name(desk.settled(id).status), "failed");
        ck_assert_str_eq(desk.recording(id).reason, "fake_finish: told to");
        ck_assert_str_eq(desk.filesOf(id), ".growing.1.mp4 .json ");
        desk.restart();
        ck_assert_str_eq(name(desk.settled(id).status), "failed");
        Shelf::write(desk.shelf.archive().growingFileOf(desk.recording(id), 1), "media");
        desk.restart();
        ck_assert_str_eq(name(desk.settled(id).status), "ready");
        ck_assert_str_eq(desk.recording(id).reason, "");
        ck_assert_str_eq(desk.filesOf(id), ".1.mp4 .jpg .json .waveform.json ");
    }
}

END_TEST

START_TEST(what_is_not_finished_is_not_erased) {
    const FinishGate gate;
    Desk desk;
    const std::string id = desk.start();
    ck_assert_str_eq(desk.erase("nobody's"), "not_found");
    ck_assert_str_eq(desk.erase(id), "wrong_state");
    desk.begin(id, 1);
    desk.stop();
    ck_assert_str_eq(desk.erase(id), "wrong_state");
    desk.recordings().onEnded("c1", {id, "", ""});
    ck_assert_str_eq(desk.erase(id), "wrong_state");
    gate.open();
    desk.settled(id);
    ck_assert_str_eq(desk.erase(id), "ok");
    ck_assert_str_eq(desk.shelf.tree(), "");
    // What comes late of it changes nothing.
    desk.close(desk.start(), 7);
    desk.recordings().onEnded("c1", {id, "", ""});
    desk.recordings().onPart("c1", {.id = id, .index = 1});
}

END_TEST

START_TEST(second_recording_of_a_call_is_another) {
    Desk desk;
    const std::string first = desk.start();
    desk.begin(first, 1);
    desk.stop();
    // The first is not closed yet.
    const std::string second = desk.start();
    ck_assert_str_ne(first.c_str(), second.c_str());
    desk.begin(second, 1);
    desk.recordings().onEnded("c1", {first, "", ""});
    ck_assert_str_eq(name(desk.settled(first).status), "ready");
    ck_assert_str_eq(name(desk.recording(second).status), "recording");
    desk.stop();
    desk.recordings().onEnded("c1", {second, "", ""});
    ck_assert_str_eq(name(desk.settled(second).status), "ready");
}

END_TEST

START_TEST(start_that_cannot_be_written_down_is_refused) {
    Desk desk;
    // A file is where the folders would be.
    std::filesystem::remove_all(desk.shelf.path());
    Shelf::write(desk.shelf.path(), "mine");
    ck_assert_str_eq(desk.act([](Recordings& recordings, const auto& done) {
        recordings.start("c1", {}, "ada", {"ada"}, done);
    }),
                     "unavailable");
    ck_assert(!desk.recordings().runningIn("c1"));
    ck_assert_str_eq(desk.calls.sent, "c1 start_recording 1\nc1 stop_recording\n");
}

END_TEST

START_TEST(next_program_goes_on_with_a_living_process) {
    Desk desk;
    const std::string id = desk.start();
    desk.begin(id, 1);
    desk.restart({id}, {"c1"});
    ck_assert_str_eq(desk.calls.sent, "");
    ck_assert(desk.recordings().runningIn("c1"));
    // Closed while nobody heard it; the second is the one that is written now.
    desk.begin(id, 2);
    desk.stop();
    desk.recordings().onEnded("c1", {id, "", ""});
    ck_assert_str_eq(name(desk.settled(id).status), "ready");
    ck_assert_uint_eq(desk.recording(id).parts.size(), 2);
}

END_TEST

START_TEST(next_program_goes_on_in_another_process) {
    Desk desk;
    const std::string id = desk.start();
    desk.begin(id, 1);
    desk.act([](Recordings& recordings, const auto& done) { recordings.pause("c1", done); });
    desk.restart();
    ck_assert_str_eq(desk.calls.sent, "c1 start_recording 2\nc1 pause_recording\n");
    runUntil([&] { return desk.recording(id).isFinished(1); }, "the first part");
    ck_assert_str_eq(name(desk.recording(id).status), "paused");
}

END_TEST

START_TEST(next_program_ends_what_nobody_records) {
    for (const bool isOver : {true, false}) {
        Desk desk;
        const std::string id = desk.start();
        desk.begin(id, 1);
        if (isOver) desk.calls.going.clear();
        desk.restart({}, {"c1"});
        const Recording& recording = desk.settled(id);
        ck_assert_str_eq(name(recording.status), "ready");
        ck_assert_str_eq(recording.reason, "the server was stopped meanwhile");
        ck_assert(recording.endedAt.has_value());
    }
}

END_TEST

START_TEST(next_program_stops_what_was_to_be_stopped) {
    Desk desk;
    const std::string id = desk.start();
    desk.begin(id, 1);
    desk.stop();
    desk.restart({id}, {"c1"});
    ck_assert_str_eq(desk.calls.sent, "c1 stop_recording\n");
    ck_assert_str_eq(name(desk.recording(id).status), "mending");
    ck_assert_str_eq(desk.filesOf(id), ".growing.1.mp4 .json ");
    desk.recordings().onEnded("c1", {id, "", ""});
    ck_assert_str_eq(name(desk.settled(id).status), "ready");
}

END_TEST

namespace {

/// What there is when something has died between two steps of finishing.
struct Left {
    const char* step;
    const char* status;
    /// Whether what is known has the part as finished.
    bool isKnown;
    /// Ends of names.
    std::vector<const char*> files;
};

const Left kLeft[] = {
    {"closed, not stopped", "recording", false, {".growing.1.mp4"}},
    {"stopped", "mending", false, {".growing.1.mp4"}},
    {"being finished", "mending", false, {".growing.1.mp4", ".1.mp4.tmp"}},
    {"preview made", "mending", false, {".growing.1.mp4", ".1.mp4.tmp", ".jpg"}},
    {"finished, not known", "mending", false, {".growing.1.mp4", ".1.mp4", ".jpg"}},
    {"finished and known", "mending", true, {".growing.1.mp4", ".1.mp4", ".jpg"}},
    {"taken away", "mending", true, {".1.mp4", ".jpg"}},
    {"ready, not taken away", "ready", true, {".growing.1.mp4", ".1.mp4", ".jpg"}},
    {"ready", "ready", true, {".1.mp4", ".jpg"}},
    {"another try failed", "failed", false, {".growing.1.mp4"}},
};

} // namespace

START_TEST(next_program_loses_nothing) {
    for (const Left& left : kLeft) {
        Desk desk;
        Recording recording = readyRecording("r1", "gone");
        recording.status = *recordingStatusFromName(left.status);
        recording.hasPreview = left.isKnown;
        if (!left.isKnown) recording.parts.clear();
        desk.shelf.keep(recording);
        for (const char* file : left.files)
            Shelf::write(desk.shelf.archive().stemOf(recording) + file, "media");
        desk.restart();
        const Recording& settled = desk.settled("r1");
        desk.flush();
        const std::string files = desk.filesOf("r1");
        ck_assert_msg(settled.status == RecordingStatus::Ready, "%s: %s", left.step,
                      name(settled.status));
        ck_assert_msg(settled.isFinished(1), "%s: not finished", left.step);
        ck_assert_msg(files.find(".1.mp4") != std::string::npos &&
                          files.find(".growing.") == std::string::npos,
                      "%s: %s", left.step, files.c_str());
    }
}

END_TEST

START_TEST(retention_is_by_age_and_bytes) {
    const auto kept = [](Recordings::Options options) {
        Desk desk(options);
        const auto age = [](Recording recording, std::chrono::hours old) {
            recording.startedAt = now() - old;
            return recording;
        };
        desk.shelf.keep(age(readyRecording("old"), std::chrono::hours(72)));
        desk.shelf.keep(age(readyRecording("new"), std::chrono::hours(1)));
        desk.shelf.keep(age(readyRecording("mid"), std::chrono::hours(24)));
        Recording mending = age(readyRecording("open"), std::chrono::hours(99));
        mending.status = RecordingStatus::Mending;
        desk.shelf.keep(mending);
        desk.restart({"open"}, {"c1"});
        std::string ids;
        for (const auto& [id, recording] : desk.shelf.archive().all())
            ids += id + ' ';
        return ids;
    };
    ck_assert_str_eq(kept({}), "mid new old open ");
    ck_assert_str_eq(kept({.keepFor = std::chrono::hours(48)}), "mid new open ");
    ck_assert_str_eq(kept({.keepBytes = 20}), "mid new open ");
    ck_assert_str_eq(kept({.keepBytes = 19}), "new open ");
    ck_assert_str_eq(kept({.keepBytes = 1}), "open ");
}

END_TEST

START_TEST(tracks_are_beside_the_parts) {
    Desk desk;
    std::string id;
    desk.act([&](Recordings& recordings, const auto& done) {
        recordings.start("c1", {.tracks = true}, "ada", {"ada"}, done);
        id = recordings.runningIn("c1")->id;
    });
    ck_assert(desk.calls.sent.find(" tracks 500001") != std::string::npos);
    desk.begin(id, 1);
    Shelf::write(desk.shelf.archive().growingFileOf(desk.recording(id), 500'001), "sound");
    wire::TrackPart track{id, 500'001, "bob", wire::TrackSource::Sound};
    track.startedAtMs = 1'790'000'000'000;
    desk.recordings().onTrack("c1", track);
    desk.recordings().onTrack("c2", {id, 500'002, "eve"});
    track.closed = true;
    desk.recordings().onTrack("c1", track);
    desk.stop();
    desk.close(id, 1);
    desk.recordings().onEnded("c1", {id, "", ""});
    ck_assert_str_eq(name(desk.settled(id).status), "ready");
    const Json shown = toJson(desk.recording(id), [](const std::string& path) { return path; });
    ck_assert_uint_eq(shown["parts"].size(), 1);
    ck_assert_uint_eq(shown["tracks"].size(), 1);
    const Json& own = shown["tracks"][0];
    ck_assert(own["user_id"] == "bob" && own["source"] == "sound");
    ck_assert(own["started_at"] == "2026-09-21T14:13:20.000Z");
    ck_assert(own["url"].get<std::string>().ends_with("&part=500001"));
    ck_assert(desk.filesOf(id).find(".500001.mkv ") != std::string::npos);
    // As the next program finds it.
    const Recording* found = desk.shelf.reload().find(id);
    ck_assert(toJson(*found) == toJson(desk.recording(id)));
    ck_assert_int_eq(found->nextIndex(true), 500'002);
    ck_assert_int_eq(found->nextIndex(false), 2);
}

END_TEST

START_TEST(user_is_erased) {
    Desk desk;
    desk.shelf.keep(readyRecording("his")).startedBy = "bob";
    Recording& other = desk.shelf.keep(readyRecording("hers"));
    other.hosts = {"ada", "bob"};
    const std::string running = desk.start("c1", "cem");
    ck_assert(desk.recordings().isNeededOf("cem") && !desk.recordings().isNeededOf("bob"));
    std::string outcome;
    desk.recordings().eraseUser(
        "bob", [&](const Result<void>& done) { outcome = done ? "ok" : name(done.error().code); });
    runUntil([&] { return !outcome.empty(); }, "the erasure");
    ck_assert_str_eq(outcome, "ok");
    Archive& archive = desk.shelf.reload();
    ck_assert(!archive.find("his"));
    ck_assert(archive.find("hers")->hosts == std::vector<std::string>{"ada"});
    ck_assert(archive.find(running));
}

END_TEST

START_TEST(nothing_is_recorded_without_a_process) {
    Desk desk;
    const auto start = [](Recordings& recordings, const auto& done) {
        recordings.start("idle", {}, "ada", {}, done);
    };
    ck_assert_str_eq(desk.act(start), "wrong_state");
    ck_assert(!desk.recordings().runningIn("idle"));
    ck_assert_str_eq(desk.calls.told, "");
}

END_TEST

START_TEST(process_speaks_of_its_own_recordings) {
    Desk desk;
    const std::string id = desk.start("c1");
    desk.recordings().onEnded("c2", {id, "", ""});
    desk.recordings().onPart("c2", {.id = id, .index = 7});
    ck_assert_str_eq(name(desk.recording(id).status), "recording");
    ck_assert(desk.recording(id).parts.empty());
}

END_TEST

START_TEST(chat_has_a_bound) {
    Desk desk;
    const std::string id = desk.start();
    const Json message = {{"text", std::string(4096, '\1')}};
    for (int i = 0; i < 2000; ++i)
        desk.recordings().onChat("c1", message);
    ck_assert_uint_lt(toDocument(desk.recording(id)).size(), kMaxRecordingDocument / 2);
    ck_assert_uint_gt(desk.recording(id).chat.size(), 100);
}

END_TEST

int main() {
    return runSuite("recordings", {recording_becomes_ready,
                                   pause_and_resume_take_turns,
                                   full_disk_ends_it,
                                   call_that_is_over_ends_it,
                                   process_that_dies_is_followed_by_the_next,
                                   process_that_dies_while_mending_ends_it,
                                   part_in_which_nothing_plays_is_left_out,
                                   part_that_never_came_to_the_disk_is_left_out,
                                   failed_finish_keeps_the_file_for_the_next_start,
                                   what_is_not_finished_is_not_erased,
                                   second_recording_of_a_call_is_another,
                                   start_that_cannot_be_written_down_is_refused,
                                   next_program_goes_on_with_a_living_process,
                                   next_program_goes_on_in_another_process,
                                   next_program_ends_what_nobody_records,
                                   next_program_stops_what_was_to_be_stopped,
                                   next_program_loses_nothing,
                                   retention_is_by_age_and_bytes,
                                   tracks_are_beside_the_parts,
                                   user_is_erased,
                                   nothing_is_recorded_without_a_process,
                                   process_speaks_of_its_own_recordings,
                                   chat_has_a_bound});
}
