// A user in recordings that others began.
#include "src/recordings/forget.h"
#include "tests/recordings/shelf.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

START_TEST(user_becomes_erased) {
    Recording recording = readyRecording("r1");
    recording.hosts = {"ada", "bob"};
    recording.call = {{"created_by", "bob"},
                      {"layout", {{"pinned", {"bob", "ada"}}}},
                      {"participants",
                       {{{"user_id", "bob"}, {"name", "Bob"}, {"role", "host"}},
                        {{"user_id", "ada"}, {"name", "bob"}, {"role", "host"}}}}};
    recording.layouts = {{{"layout", {{"tiles", {{{"user_id", "bob"}, {"x", 0}}}}}}}};
    recording.chat = {{{"user_id", "bob"}, {"text", "secret"}},
                      {{"user_id", "ada"}, {"text", "bob"}}};
    recording.part(kFirstTrack).owner = TrackOwner{"bob", wire::TrackSource::Sound};
    ck_assert(forget(recording, "bob"));
    ck_assert_str_eq(recording.part(kFirstTrack).owner->userId, "erased");
    ck_assert(recording.hosts == std::vector<std::string>{"ada"});
    ck_assert_str_eq(recording.call.dump(),
                     R"({"created_by":"erased","layout":{"pinned":["erased","ada"]},)"
                     R"("participants":[{"name":"","role":"host","user_id":"erased"},)"
                     R"({"name":"bob","role":"host","user_id":"ada"}]})");
    ck_assert_str_eq(recording.layouts.dump(),
                     R"([{"layout":{"tiles":[{"user_id":"erased","x":0}]}}])");
    ck_assert_str_eq(recording.chat.dump(), R"([{"text":"bob","user_id":"ada"}])");
    ck_assert(!forget(recording, "bob"));
}

END_TEST

START_TEST(recording_without_him_stays) {
    Recording recording = readyRecording("r1");
    recording.call = Json();
    const std::string before = toDocument(recording);
    ck_assert(!forget(recording, "bob"));
    ck_assert_str_eq(toDocument(recording), before);
}

END_TEST

int main() {
    return runSuite("forget", {user_becomes_erased, recording_without_him_stays});
}
