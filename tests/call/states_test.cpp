#include "src/base/json_values.h"
#include "src/call/call.h"
#include "tests/support/suite.h"

using namespace mullion;

namespace {

const Timestamp kTime{std::chrono::milliseconds(1700000000000)};

constexpr int kStatuses = static_cast<int>(CallStatus::Failed) + 1;
constexpr int kCallEvents = static_cast<int>(CallEvent::MediaFailed) + 1;
constexpr int kStates = static_cast<int>(ParticipantState::Removed) + 1;
constexpr int kParticipantEvents = static_cast<int>(ParticipantEvent::Remove) + 1;

} // namespace

START_TEST(call_takes_every_row) {
    const CallTransition& row = kCallTransitions[static_cast<std::size_t>(_i)];
    Call call;
    call.status = row.from;
    ck_assert(call.apply(row.event, kTime));
    ck_assert_int_eq(static_cast<int>(call.status), static_cast<int>(row.to));
    ck_assert_int_eq(static_cast<int>(call.endReason), static_cast<int>(row.reason));
    ck_assert_int_eq(call.endedAt.has_value(), isOver(row.to));
    ck_assert_int_eq(call.answeredAt.has_value(), row.to == CallStatus::Active);
    // A call that is over has a reason to tell.
    ck_assert_int_eq(isOver(row.to), row.reason != EndReason::None);
}

END_TEST

START_TEST(call_takes_nothing_else) {
    for (int status = 0; status < kStatuses; ++status) {
        for (int event = 0; event < kCallEvents; ++event) {
            Call call;
            call.status = static_cast<CallStatus>(status);
            const bool isRow = findTransition(call.status, static_cast<CallEvent>(event));
            ck_assert_int_eq(call.apply(static_cast<CallEvent>(event), kTime), isRow);
            if (!isRow) ck_assert_int_eq(static_cast<int>(call.status), status);
            // What is over stays as it is.
            if (isOver(static_cast<CallStatus>(status))) ck_assert(!isRow);
        }
    }
}

END_TEST

START_TEST(participant_takes_every_row) {
    const ParticipantTransition& row = kParticipantTransitions[static_cast<std::size_t>(_i)];
    Participant participant;
    participant.state = row.from;
    ck_assert(participant.apply(row.event, kTime));
    ck_assert_int_eq(static_cast<int>(participant.state), static_cast<int>(row.to));
    ck_assert_int_eq(participant.joinedAt.has_value(), isPresent(row.to) && !isPresent(row.from));
    ck_assert_int_eq(participant.leftAt.has_value(), isPresent(row.from) && !isPresent(row.to));
}

END_TEST

START_TEST(participant_takes_nothing_else) {
    std::size_t rows = 0;
    for (int state = 0; state < kStates; ++state) {
        for (int event = 0; event < kParticipantEvents; ++event) {
            Participant participant;
            participant.state = static_cast<ParticipantState>(state);
            const bool taken = participant.apply(static_cast<ParticipantEvent>(event), kTime);
            rows += taken ? 1 : 0;
            if (!taken) ck_assert_int_eq(static_cast<int>(participant.state), state);
        }
    }
    // No row stands there twice.
    ck_assert_uint_eq(rows, kParticipantTransitions.size());
    ck_assert(!findTransition(ParticipantState::Removed, ParticipantEvent::Join));
}

END_TEST

START_TEST(names_survive_the_way_back) {
    for (int status = 0; status < kStatuses; ++status)
        ck_assert(callStatusFromName(name(static_cast<CallStatus>(status))) ==
                  static_cast<CallStatus>(status));
    for (int state = 0; state < kStates; ++state)
        ck_assert(participantStateFromName(name(static_cast<ParticipantState>(state))) ==
                  static_cast<ParticipantState>(state));
    for (const auto role : {Role::Host, Role::Participant, Role::Viewer})
        ck_assert(roleFromName(name(role)) == role);
    ck_assert(!callStatusFromName("nonsense"));
    ck_assert_ptr_null(name(EndReason::None));
}

END_TEST

START_TEST(host_passes_to_the_longest_present) {
    Call call;
    call.participants = {{"gone", "", Role::Host, ParticipantState::Left},
                         {"viewer", "", Role::Viewer, ParticipantState::Joined, kTime},
                         {"late", "", Role::Participant, ParticipantState::Connected,
                          kTime + std::chrono::seconds(2)},
                         {"early", "", Role::Participant, ParticipantState::Reconnecting,
                          kTime + std::chrono::seconds(1)}};
    const Participant* host = call.passHostOn();
    ck_assert_ptr_nonnull(host);
    ck_assert_str_eq(host->userId.c_str(), "early");
    ck_assert_ptr_null(call.passHostOn());
}

END_TEST

START_TEST(document_survives_the_store) {
    Call call;
    call.id = "c1";
    call.createdBy = "u1";
    call.createdAt = kTime;
    call.room = true;
    call.title = "Tea \"at\" five";
    call.canvas = {640, 360, 15};
    call.participants = {{"u1", "Ada", Role::Host, ParticipantState::Joined, kTime}};
    call.participants[0].audioMuted = true;
    call.apply(CallEvent::Answered, kTime);
    call.apply(CallEvent::EndedByHost, kTime + std::chrono::seconds(90));
    const CallRecord record = toRecord(call);
    ck_assert(!record.active);
    const auto back = callFromDocument(record.document);
    ck_assert(back.ok());
    ck_assert(toJson(*back, kTime) == toJson(call, kTime));
    ck_assert(back->room);
    ck_assert_int_eq(toJson(*back, kTime)["duration"].get<int>(), 90);
}

END_TEST

START_TEST(damaged_document_is_refused) {
    for (
        const char* document :
        {"", "[]", "{}", "{\"id\":1}",
         R"({"id":"c","title":null,"end_reason":null,"canvas":{},"participants":[]})",
         R"({"id":"c","status":7,"title":null,"end_reason":null,"canvas":{},"participants":[]})",
         R"({"id":"c","status":"active","title":null,"end_reason":null,"canvas":{},"participants":[1]})",
         R"({"id":"c","status":"active","title":null,"end_reason":null,"canvas":[],"participants":[]})"})
        ck_assert_msg(!callFromDocument(document).ok(), "%s was taken", document);
}

END_TEST

int main() {
    Suite* suite = suite_create("states");
    TCase* rows = tcase_create("rows");
    tcase_add_loop_test(rows, call_takes_every_row, 0, static_cast<int>(kCallTransitions.size()));
    tcase_add_loop_test(rows, participant_takes_every_row, 0,
                        static_cast<int>(kParticipantTransitions.size()));
    for (const TTest* test : {call_takes_nothing_else, participant_takes_nothing_else,
                              names_survive_the_way_back, host_passes_to_the_longest_present,
                              document_survives_the_store, damaged_document_is_refused})
        tcase_add_test(rows, test);
    suite_add_tcase(suite, rows);
    return test::run(suite);
}
