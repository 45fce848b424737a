// Two requests at once on one call: they are taken one after the other, in either order, and never
// both as if the other were not there.
#include "tests/api/course.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

namespace {

constexpr int kRounds = 10;

struct Race {
    const char* name;
    const char* course;
    const char* one;
    const char* two;
    /// What may come of it: the code of each, how the call stands then and its people.
    std::vector<std::string> ends;
    const char* setting = "";
};

const std::vector<Race> kRaces = {
    {"two_devices_answer",
     "ada calls bob",
     "bob answers",
     "bob answers",
     {"ok, wrong_state: active, ada joined, bob joined",
      "wrong_state, ok: active, ada joined, bob joined"}},
    {"one_device_answers_and_one_declines",
     "ada calls bob",
     "bob answers",
     "bob rejects",
     {"ok, wrong_state: active, ada joined, bob joined",
      "wrong_state, ok: rejected all_rejected, ada left, bob rejected"}},
    {"two_devices_decline",
     "ada calls bob cem",
     "bob rejects",
     "bob rejects",
     {"ok, wrong_state: ringing, ada joined, bob rejected, cem invited",
      "wrong_state, ok: ringing, ada joined, bob rejected, cem invited"}},
    {"answer_and_hang_up",
     "ada calls bob",
     "bob answers",
     "ada leaves",
     {"ok, ok: ended hangup, ada left, bob left",
      "wrong_state, ok: cancelled cancelled, ada left, bob missed"}},
    {"answer_and_end",
     "ada calls bob",
     "bob answers",
     "ada ends",
     {"ok, ok: ended host_ended, ada left, bob left",
      "wrong_state, ok: cancelled cancelled, ada left, bob missed"}},
    {"decline_and_hang_up",
     "ada calls bob",
     "bob rejects",
     "ada leaves",
     {"ok, wrong_state: rejected all_rejected, ada left, bob rejected",
      "wrong_state, ok: cancelled cancelled, ada left, bob missed"}},
    {"last_two_decline",
     "ada calls bob cem",
     "bob rejects",
     "cem rejects",
     {"ok, ok: rejected all_rejected, ada left, bob rejected, cem rejected"}},
    {"first_two_answer",
     "ada calls bob cem",
     "bob answers",
     "cem answers",
     {"ok, ok: active, ada joined, bob joined, cem joined"}},
    {"both_hang_up",
     "ada calls bob; bob answers",
     "ada leaves",
     "bob leaves",
     {"ok, wrong_state: ended hangup, ada left, bob left",
      "wrong_state, ok: ended hangup, ada left, bob left"}},
    {"end_and_leave",
     "ada calls bob; bob answers",
     "ada ends",
     "bob leaves",
     {"ok, wrong_state: ended host_ended, ada left, bob left",
      "wrong_state, ok: ended hangup, ada left, bob left"}},
    {"two_end",
     "ada calls bob; bob answers",
     "ada ends",
     "root ends",
     {"ok, wrong_state: ended host_ended, ada left, bob left",
      "wrong_state, ok: ended admin, ada left, bob left"}},
    {"last_two_leave",
     "ada calls bob cem; bob answers; cem answers; ada leaves",
     "bob leaves",
     "cem leaves",
     {"ok, ok: ended all_left, ada left, bob left*, cem left*",
      "ok, ok: ended all_left, ada left, bob left*, cem left"}},
    {"two_devices_leave",
     "ada calls bob cem; bob answers; cem answers",
     "bob leaves",
     "bob leaves",
     {"ok, wrong_state: active, ada joined, bob left, cem joined",
      "wrong_state, ok: active, ada joined, bob left, cem joined"}},
    {"two_join_the_last_place",
     R"(ada opens {"open":true,"max_participants":2})",
     "bob joins",
     "cem joins",
     {"ok, call_full: active, ada joined, bob joined",
      "call_full, ok: active, ada joined, cem joined"}},
    {"two_devices_join",
     R"(ada opens {"open":true,"max_participants":2})",
     "bob joins",
     "bob joins",
     {"ok, ok: active, ada joined, bob joined"}},
    {"two_are_asked_to_the_last_place",
     R"(ada opens {"max_participants":2})",
     "ada invites bob",
     "root invites cem",
     {"ok, call_full: active, ada joined, bob invited",
      "call_full, ok: active, ada joined, cem invited"}},
    {"limit_and_join",
     R"(ada opens {"open":true})",
     R"(ada changes {"max_participants":1})",
     "bob joins",
     {"ok, call_full: active, ada joined", "conflict, ok: active, ada joined, bob joined"}},
    {"lock_and_join",
     R"(ada opens {"open":true})",
     R"(ada changes {"locked":true})",
     "bob joins",
     {"ok, locked: active, ada joined", "ok, ok: active, ada joined, bob joined"}},
    {"end_and_join",
     R"(ada opens {"open":true})",
     "ada ends",
     "bob joins",
     {"ok, not_member: ended host_ended, ada left",
      "ok, ok: ended host_ended, ada left, bob left"}},
    {"two_admit",
     R"(ada opens {"open":true,"lobby":true}; bob joins)",
     "ada admits bob",
     "root admits bob",
     {"ok, wrong_state: active, ada joined, bob joined",
      "wrong_state, ok: active, ada joined, bob joined"}},
    {"admit_and_deny",
     R"(ada opens {"open":true,"lobby":true}; bob joins)",
     "ada admits bob",
     "root denies bob",
     {"ok, wrong_state: active, ada joined, bob joined",
      "wrong_state, ok: active, ada joined, bob removed"}},
    {"admit_and_give_up",
     R"(ada opens {"open":true,"lobby":true}; bob joins)",
     "ada admits bob",
     "bob leaves",
     {"ok, ok: active, ada joined, bob left", "wrong_state, ok: active, ada joined, bob left"}},
    {"admit_and_lobby_off",
     R"(ada opens {"open":true,"lobby":true}; bob joins)",
     "root admits bob",
     R"(ada changes {"lobby":false})",
     {"ok, ok: active, ada joined, bob joined", "wrong_state, ok: active, ada joined, bob joined"}},
    {"two_remove",
     "ada calls bob cem; bob answers",
     "ada removes bob",
     "root removes bob",
     {"ok, wrong_state: active, ada joined, bob removed, cem invited",
      "wrong_state, ok: active, ada joined, bob removed, cem invited"}},
    {"remove_and_leave",
     "ada calls bob cem; bob answers",
     "ada removes bob",
     "bob leaves",
     {"ok, wrong_state: active, ada joined, bob removed, cem invited",
      "wrong_state, ok: active, ada joined, bob left, cem invited"}},
    {"remove_and_answer",
     "ada calls bob cem; cem answers",
     "ada removes bob",
     "bob answers",
     {"ok, wrong_state: active, ada joined, bob removed, cem joined",
      "ok, ok: active, ada joined, bob removed, cem joined"}},
    {"two_hosts_depose_each_other",
     R"(ada calls bob; bob answers; ada sets bob {"role":"host"})",
     R"(ada sets bob {"role":"participant"})",
     R"(bob sets ada {"role":"participant"})",
     {"ok, not_allowed: active, ada joined, bob joined",
      "not_allowed, ok: active, ada joined-, bob joined*"}},
    {"last_host_leaves_and_is_deposed",
     R"(ada calls bob cem; bob answers; ada sets bob {"role":"host"})",
     R"(ada sets bob {"role":"participant"})",
     "ada leaves",
     {"ok, ok: active, ada left, bob joined*, cem invited",
      "not_allowed, ok: active, ada left, bob joined*, cem invited"}},
    {"one_starts_his_last_call_twice",
     "",
     "ada opens",
     "ada opens",
     {"ok, too_many_requests: none, ", "too_many_requests, ok: none, "},
     "MULLION_CALLS_MAX_PER_USER=1"},
    {"two_start_the_last_call",
     "",
     "ada opens",
     "bob opens",
     {"ok, at_capacity: none, ", "at_capacity, ok: none, "},
     "MULLION_CALLS_MAX_CALLS=1"},
};

std::string codeOf(const Json& body) {
    return body.value("code", "ok");
}

/// Both at once on a call of its own. @return what came of it.
std::string endOf(Course& course, const Race& race, bool swapped) {
    course.act(race.course);
    auto [one, two] = swapped ? course.race(race.two, race.one) : course.race(race.one, race.two);
    if (swapped) std::swap(one, two);
    const std::string end =
        codeOf(one) + ", " + codeOf(two) + ": " + course.outcome() + ", " + course.people();
    for (const Json* body : {&one, &two})
        if (body->contains("id")) course.end((*body)["id"].get<std::string>());
    return end;
}

} // namespace

START_TEST(one_of_two_at_once_is_first) {
    const Race& race = kRaces[static_cast<std::size_t>(_i)];
    Course course(settingFrom(race.setting));
    for (int round = 0; round < kRounds; ++round) {
        const std::string end = endOf(course, race, round % 2 == 1);
        ck_assert_msg(std::find(race.ends.begin(), race.ends.end(), end) != race.ends.end(),
                      "%s: %s", race.name, end.c_str());
    }
}

END_TEST

START_TEST(key_makes_one_call_of_two_at_once) {
    const Course course({});
    for (int round = 0; round < kRounds; ++round) {
        const auto [one, two] = course.race("ada calls bob", "ada calls bob",
                                            "Idempotency-Key: k" + std::to_string(round) + "\r\n");
        ck_assert_str_eq(one["id"].get<std::string>(), two["id"].get<std::string>());
    }
}

END_TEST

int main() {
    Suite* suite = suite_create("races");
    addTests(suite, {key_makes_one_call_of_two_at_once});
    TCase* group = tcase_create("one_of_two_at_once_is_first");
    tcase_set_timeout(group, 120);
    tcase_add_loop_test(group, one_of_two_at_once_is_first, 0, static_cast<int>(kRaces.size()));
    suite_add_tcase(suite, group);
    return run(suite);
}
