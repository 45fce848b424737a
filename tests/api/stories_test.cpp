// The lives of calls: what people do, how the call ends, where that leaves them and what each of
// their devices is told. Course says how to read the rows.
#include <cstdlib>
#include <cstring>

#include "tests/api/course.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

namespace {

/// Settings in which time runs out.
constexpr const char* kRing = "MULLION_CALLS_RING_TIMEOUT=1";
constexpr const char* kEmpty = "MULLION_CALLS_EMPTY_TIMEOUT=1";
constexpr const char* kGrace = "MULLION_CALLS_RECONNECT_GRACE=1";
constexpr const char* kThree = "MULLION_CALLS_MAX_PARTICIPANTS=3";

struct Story {
    const char* name;
    /// Whose devices are there from the beginning.
    const char* devices;
    const char* course;
    const char* outcome;
    const char* people;
    const char* heard;
    const char* setting = "";
};

constexpr Story kStories[] = {
    {"call_is_answered_and_the_callee_hangs_up", "ada bob",
     "ada calls bob; bob answers; bob leaves", "ended hangup", "ada left, bob left",
     "ada: updated answered +bob -bob ended; bob: incoming answered +bob -bob ended"},
    {"call_is_answered_and_the_caller_hangs_up", "ada bob",
     "ada calls bob; bob answers; ada leaves", "ended hangup", "ada left, bob left",
     "ada: updated answered +bob -ada ended; bob: incoming answered +bob -ada ended"},
    {"call_is_declined", "ada bob bob", "ada calls bob; bob rejects", "rejected all_rejected",
     "ada left, bob rejected",
     "ada: updated ~bob:rejected rejected; bob: incoming ~bob:rejected rejected; bob2: incoming "
     "~bob:rejected rejected"},
    {"caller_hangs_up_while_it_rings", "ada bob bob",
     "ada calls bob; ada leaves; bob answers !wrong_state", "cancelled cancelled",
     "ada left, bob missed",
     "ada: updated -ada cancelled; bob: incoming -ada cancelled; bob2: incoming -ada cancelled"},
    {"caller_ends_it_while_it_rings", "ada bob", "ada calls bob; ada ends", "cancelled cancelled",
     "ada left, bob missed", "ada: updated cancelled; bob: incoming cancelled"},
    {"caller_of_a_group_hangs_up_while_it_rings", "bob cem",
     "ada calls bob cem; bob rejects; ada leaves", "cancelled cancelled",
     "ada left, bob rejected, cem missed",
     "bob: incoming ~bob:rejected rejected cancelled; cem: incoming ~bob:rejected -ada cancelled"},
    {"ring_times_out", "ada bob", "ada calls bob; bob hears call:missed; bob answers !wrong_state",
     "missed timeout", "ada left, bob missed",
     "ada: updated ~bob:missed missed; bob: incoming ~bob:missed missed", kRing},
    {"who_has_no_device_missed_it_too", "ada", "ada calls bob; ada hears call:missed",
     "missed timeout", "ada left, bob missed", "ada: updated ~bob:missed missed", kRing},
    {"who_talks_is_busy", "ada bob", "ada calls bob; bob answers; cem calls bob", "missed all_busy",
     "cem left*, bob busy", "ada: updated answered +bob; bob: incoming answered +bob missed"},
    {"who_talks_is_asked_into_a_group", "bob", "ada calls bob; bob answers; cem calls bob dan",
     "ringing", "cem joined*, bob ringing, dan invited", "bob: incoming answered +bob incoming"},
    {"who_left_his_call_is_not_busy", "bob",
     R"(ada opens {"open":true}; bob joins; bob leaves; cem calls bob)", "ringing",
     "cem joined*, bob ringing", "bob: answered +bob -bob incoming"},
    {"device_that_comes_late_rings", "ada", "ada calls bob; bob connects; bob answers", "active",
     "ada joined, bob joined", "ada: updated ~bob:ringing answered +bob; bob: answered +bob"},
    {"one_answer_stops_the_other_devices", "ada bob bob",
     "ada calls bob; bob answers; bob answers !wrong_state; bob rejects !wrong_state", "active",
     "ada joined, bob joined",
     "ada: updated answered +bob; bob: incoming answered +bob; bob2: incoming answered +bob"},
    {"stranger_does_not_answer", "ada cem",
     "ada calls bob; cem answers !not_member; cem rejects !not_member; cem joins !not_member",
     "ringing", "ada joined, bob invited", "ada: updated; cem: "},
    {"caller_does_not_answer", "ada bob",
     "ada calls bob; ada answers !wrong_state; ada rejects !wrong_state", "ringing",
     "ada joined, bob ringing", "ada: updated; bob: incoming"},
    {"group_goes_on_without_who_declines", "ada bob cem",
     "ada calls bob cem; bob rejects; cem answers", "active",
     "ada joined, bob rejected, cem joined",
     "ada: updated ~bob:rejected answered +cem; bob: incoming ~bob:rejected rejected; cem: "
     "incoming ~bob:rejected answered +cem"},
    {"group_declines", "ada bob cem", "ada calls bob cem; bob rejects; cem rejects",
     "rejected all_rejected", "ada left, bob rejected, cem rejected",
     "ada: updated ~bob:rejected ~cem:rejected rejected; bob: incoming ~bob:rejected rejected "
     "rejected; cem: incoming ~bob:rejected ~cem:rejected rejected"},
    {"one_declines_and_one_misses", "ada bob cem",
     "ada calls bob cem; bob rejects; cem hears call:missed", "missed timeout",
     "ada left, bob rejected, cem missed",
     "ada: updated ~bob:rejected ~cem:missed missed; bob: incoming ~bob:rejected rejected missed; "
     "cem: incoming ~bob:rejected ~cem:missed missed",
     kRing},
    {"others_ring_on_after_the_first_answer", "ada bob cem", "ada calls bob cem; bob answers",
     "active", "ada joined, bob joined, cem ringing",
     "ada: updated answered +bob; bob: incoming answered +bob; cem: incoming updated +bob"},
    {"second_answer_comes_into_the_call", "ada bob cem",
     "ada calls bob cem; bob answers; cem answers", "active", "ada joined, bob joined, cem joined",
     "ada: updated answered +bob +cem; bob: incoming answered +bob +cem; cem: incoming updated "
     "+bob answered +cem"},
    {"who_does_not_answer_a_group_missed_it", "ada bob cem",
     "ada calls bob cem; bob answers; cem hears call:missed", "active",
     "ada joined, bob joined, cem missed",
     "ada: updated answered +bob ~cem:missed; bob: incoming answered +bob ~cem:missed; cem: "
     "incoming updated +bob ~cem:missed missed",
     kRing},
    {"who_missed_it_comes_later", "cem",
     "ada calls bob cem; bob answers; cem hears call:missed; cem joins", "active",
     "ada joined, bob joined, cem joined",
     "cem: incoming updated +bob ~cem:missed missed answered +cem", kRing},
    {"who_declined_comes_later", "cem",
     "ada calls bob cem; cem rejects; bob answers; cem answers !wrong_state; cem joins", "active",
     "ada joined, bob joined, cem joined", "cem: incoming ~cem:rejected rejected answered +cem"},
    {"last_one_leaves", "ada cem",
     "ada calls bob cem; bob answers; cem answers; ada leaves; bob leaves; cem leaves",
     "ended all_left", "ada left, bob left*, cem left*",
     "ada: updated answered +bob +cem -ada ended; cem: incoming updated +bob answered +cem -ada "
     "~bob:joined* -bob ~cem:joined* -cem ended"},
    {"host_ends_it_for_all", "ada bob cem",
     "ada calls bob cem; bob answers; cem answers; bob ends !not_allowed; ada ends; bob joins "
     "!wrong_state",
     "ended host_ended", "ada left, bob left, cem left",
     "ada: updated answered +bob +cem ended; bob: incoming answered +bob +cem ended; cem: incoming "
     "updated +bob answered +cem ended"},
    {"admin_ends_it", "ada bob", "ada calls bob; bob answers; root ends", "ended admin",
     "ada left, bob left", "ada: updated answered +bob ended; bob: incoming answered +bob ended"},
    {"admin_ends_it_while_it_rings", "ada bob", "ada calls bob; root ends", "cancelled admin",
     "ada left, bob missed", "ada: updated cancelled; bob: incoming cancelled"},
    {"longest_participant_becomes_host", "bob cem",
     "ada calls bob cem; bob answers; cem answers; ada leaves; cem ends !not_allowed; bob ends",
     "ended host_ended", "ada left, bob left*, cem left",
     "bob: incoming answered +bob +cem -ada ~bob:joined* ended; cem: incoming updated +bob "
     "answered +cem -ada ~bob:joined* ended"},
    {"viewer_becomes_host_last", "bob cem",
     R"(ada calls bob cem; bob answers; cem answers; ada sets bob {"role":"viewer"}; ada leaves; cem leaves)",
     "active", "ada left, bob joined*, cem left*",
     "bob: incoming answered +bob +cem ~bob:joined= -ada ~cem:joined* -cem ~bob:joined*; cem: "
     "incoming updated +bob answered +cem ~bob:joined= -ada ~cem:joined* -cem"},
    {"host_who_comes_back_leads_no_more_alone", "ada bob cem",
     "ada calls bob cem; bob answers; cem answers; ada leaves; ada joins", "active",
     "ada joined, bob joined*, cem joined",
     "ada: updated answered +bob +cem -ada answered +ada; bob: incoming answered +bob +cem -ada "
     "~bob:joined* +ada; cem: incoming updated +bob answered +cem -ada ~bob:joined* +ada"},
    {"eight_is_the_most_by_default", "",
     "ada calls b c d e f g h i !call_full; ada calls b c d e f g h; ada invites i !call_full",
     "ringing",
     "ada joined, b invited, c invited, d invited, e invited, f invited, g invited, h invited", ""},
    {"deployment_limits_them", "",
     R"(ada calls b c d !call_full; ada opens {"max_participants":4} !bad_request; ada opens; ada changes {"max_participants":4} !bad_request; ada invites b c; ada invites d !call_full)",
     "active", "ada joined, b invited, c invited", "", kThree},
    {"fifty_is_the_most", "",
     R"(ada opens {"max_participants":51} !bad_request; ada opens {"max_participants":0} !bad_request; ada opens {"max_participants":50}; ada changes {"max_participants":51} !bad_request)",
     "active", "ada joined", ""},
    {"limit_is_not_below_those_who_are_there", "bob",
     R"(ada calls bob; bob answers; ada changes {"max_participants":1} !conflict; ada changes {"max_participants":2})",
     "active", "ada joined, bob joined", "bob: incoming answered +bob updated"},
    {"removed_one_comes_back_by_invitation", "bob",
     R"(ada opens {"open":true}; bob joins; ada removes bob; bob joins !not_allowed; ada changes {"title":"Tea"}; ada invites bob; bob answers)",
     "active", "ada joined, bob joined",
     "bob: answered +bob -bob incoming ~bob:ringing answered +bob"},
    {"only_one_who_is_asked_is_removed", "bob", "ada calls bob; ada removes bob",
     "cancelled cancelled", "ada left, bob removed", "bob: incoming -bob cancelled°"},
    {"one_of_two_is_removed", "ada bob", "ada calls bob; bob answers; ada removes bob",
     "ended hangup", "ada left, bob removed",
     "ada: updated answered +bob -bob ended; bob: incoming answered +bob -bob"},
    {"participant_removes_nobody", "ada bob",
     "ada calls bob cem; bob answers; bob removes cem !not_allowed; bob removes ada !not_allowed",
     "active", "ada joined, bob joined, cem invited",
     "ada: updated answered +bob; bob: incoming answered +bob"},
    {"second_device_takes_the_seat_over", "ada bob bob",
     "ada calls bob; bob answers; bob offers; bob2 offers; bob hears leg:closed", "active",
     "ada joined, bob connected",
     "ada: updated answered +bob ~bob:connected; bob: incoming answered +bob ~bob:connected; bob2: "
     "incoming answered +bob ~bob:connected"},
    {"who_comes_back_within_the_grace_has_his_place", "ada bob",
     "ada calls bob; bob answers; ada offers; bob offers; bob crashes; ada hears "
     "webrtc:renegotiate; bob hears webrtc:renegotiate; bob offers; ada offers",
     "active", "ada connected, bob connected",
     "ada: updated answered +bob ~ada:connected ~bob:connected ~ada:reconnecting ~bob:reconnecting "
     "renegotiate ~bob:connected ~ada:connected; bob: incoming answered +bob ~ada:connected "
     "~bob:connected ~ada:reconnecting ~bob:reconnecting renegotiate ~bob:connected "
     "~ada:connected"},
    {"who_stays_away_has_left", "ada cem",
     "bob connects; ada calls bob cem; bob answers; cem answers; ada offers; bob offers; cem "
     "offers; ada crashes; ada hears webrtc:renegotiate; ada offers; cem offers; ada hears "
     "participant:left",
     "active", "ada connected, bob left, cem connected",
     "ada: updated answered +bob +cem ~ada:connected ~bob:connected ~cem:connected "
     "~ada:reconnecting ~bob:reconnecting ~cem:reconnecting renegotiate ~ada:connected "
     "~cem:connected -bob; cem: incoming updated +bob answered +cem ~ada:connected ~bob:connected "
     "~cem:connected ~ada:reconnecting ~bob:reconnecting ~cem:reconnecting renegotiate "
     "~ada:connected ~cem:connected -bob; bob: incoming answered +bob +cem ~ada:connected "
     "~bob:connected ~cem:connected ~ada:reconnecting ~bob:reconnecting ~cem:reconnecting "
     "renegotiate ~ada:connected ~cem:connected -bob",
     kGrace},
    {"who_left_comes_back", "ada bob cem",
     "ada calls bob cem; bob answers; bob leaves; bob leaves !wrong_state; bob joins", "active",
     "ada joined, bob joined, cem ringing",
     "ada: updated answered +bob -bob +bob; bob: incoming answered +bob -bob answered +bob; cem: "
     "incoming updated +bob -bob +bob"},
    {"media_process_keeps_dying", "ada bob",
     "ada calls bob; bob answers; bob crashes; bob crashes; bob crashes; ada hears call:ended; bob "
     "hears call:ended",
     "failed media_failed", "ada left, bob left",
     "ada: updated answered +bob ended; bob: incoming answered +bob renegotiate renegotiate ended"},
    {"room_is_active_at_once", "ada", "ada opens", "active", "ada joined", "ada: updated"},
    {"open_room_is_joined_by_id", "ada bob", R"(ada opens {"open":true}; bob joins; bob joins)",
     "active", "ada joined, bob joined", "ada: updated +bob; bob: answered +bob"},
    {"closed_room_is_not", "ada bob", "ada opens; bob joins !not_member", "active", "ada joined",
     "ada: updated; bob: "},
    {"locked_room_is_for_whom_a_host_asks", "ada bob",
     R"(ada opens {"open":true}; ada changes {"locked":true}; bob joins !locked; ada invites bob; bob answers)",
     "active", "ada joined, bob joined",
     "ada: updated updated ~bob:ringing +bob; bob: incoming ~bob:ringing answered +bob"},
    {"room_is_full", "",
     R"(ada opens {"open":true,"max_participants":2}; bob joins; cem joins !call_full; bob leaves; cem joins)",
     "active", "ada joined, bob left, cem joined", ""},
    {"empty_room_ends", "ada bob",
     R"(ada opens {"open":true}; bob joins; bob leaves; ada leaves; ada hears call:ended; bob hears call:ended)",
     "ended all_left", "ada left, bob left",
     "ada: updated +bob -bob -ada ended; bob: answered +bob -bob ended", kEmpty},
    {"empty_room_waits", "ada bob", R"(ada opens {"open":true}; ada leaves; bob joins)", "active",
     "ada left, bob joined*", "ada: updated -ada; bob: answered +bob ~bob:joined*"},
    {"permanent_room_gathers_again", "ada bob",
     R"(ada opens {"open":true,"permanent":true}; bob joins; ada ends; bob joins)", "active",
     "ada left, bob joined*",
     "ada: updated +bob ended; bob: answered +bob ended answered +bob ~bob:joined*"},
    {"permanent_room_is_given_up", "ada", R"(ada opens {"permanent":true}; ada ends; ada ends)",
     "ended host_ended", "ada left", "ada: updated ended ended"},
    {"host_admits", "ada bob",
     R"(ada opens {"open":true,"lobby":true}; bob joins; bob admits bob !not_allowed; ada admits bob; ada admits bob !wrong_state)",
     "active", "ada joined, bob joined", "ada: updated ?bob +bob; bob: ?bob answered +bob"},
    {"host_denies", "ada bob",
     R"(ada opens {"open":true,"lobby":true}; bob joins; ada denies bob; bob joins !not_allowed)",
     "active", "ada joined, bob removed", "ada: updated ?bob -bob; bob: ?bob -bob"},
    {"who_waits_hears_nothing_of_the_others", "ada bob",
     R"(ada opens {"open":true,"lobby":true,"title":"Tea"}; bob joins; ada invites cem; cem answers; ada sets cem {"audio_muted":true}; ada says secret; ada changes {"title":"Coffee"}; cem leaves; ada ends)",
     "ended host_ended", "ada left, bob left, cem leftm",
     R"(ada: updated ?bob ~cem:invited +cem ~cem:joinedm "secret" updated -cem ended; bob: ?bob updated° ended°)"},
    {"who_waits_gives_up", "ada bob",
     R"(ada opens {"open":true,"lobby":true}; bob joins; bob leaves; bob leaves !wrong_state)",
     "active", "ada joined, bob left", "ada: updated ?bob -bob; bob: ?bob -bob"},
    {"lobby_is_switched_off", "bob cem",
     R"(ada opens {"open":true,"lobby":true}; bob joins; cem joins; ada changes {"lobby":false})",
     "active", "ada joined, bob joined, cem joined",
     "bob: ?bob updated° answered +bob +cem; cem: ?cem updated° answered +cem"},
    {"whom_a_host_asks_does_not_wait", "bob",
     R"(ada opens {"lobby":true}; ada invites bob; bob answers)", "active",
     "ada joined, bob joined", "bob: incoming ~bob:ringing answered +bob"},
    {"guest_comes_by_a_link", "ada",
     R"(ada opens; ada links {"role":"viewer"}; zoe enters; zoe connects; zoe says hello !not_allowed; zoe leaves)",
     "active", "ada joined, zoe left=", "ada: updated +zoe -zoe; zoe: -zoe"},
    {"guest_waits_in_the_lobby", "ada",
     R"(ada opens {"lobby":true}; ada links {"role":"participant"}; zoe enters; zoe connects; ada admits zoe; zoe says hello)",
     "active", "ada joined, zoe joined",
     R"(ada: updated ?zoe +zoe "hello"; zoe: answered +zoe "hello")"},
    {"guest_needs_the_pin", "",
     R"(ada opens; ada links {"pin":"4711"}; zoe enters {"pin":"4712"} !not_allowed; zoe enters !not_allowed; zoe enters {"pin":"4711"})",
     "active", "ada joined, zoe joined", ""},
    {"link_expires", "", R"(ada opens; ada links {"expires_at":"SOON"}; zoe comes late)", "active",
     "ada joined", ""},
    {"link_is_taken_back", "",
     "ada opens; ada links; zoe enters; ada unlinks; yan enters !not_found", "active",
     "ada joined, zoe joined", ""},
    {"link_ends_with_its_call", "", "ada opens; ada links; ada ends; zoe enters !not_found",
     "ended host_ended", "ada left", ""},
    {"only_hosts_make_links", "",
     "ada calls bob; bob answers; bob links !not_allowed; cem links !not_member", "active",
     "ada joined, bob joined", ""},
    {"roles_are_given", "ada bob",
     R"(ada calls bob; bob answers; ada sets bob {"role":"host"}; ada sets ada {"role":"participant"}; ada ends !not_allowed; bob ends)",
     "ended host_ended", "ada left-, bob left*",
     "ada: updated answered +bob ~bob:joined* ~ada:joined- ended; bob: incoming answered +bob "
     "~bob:joined* ~ada:joined- ended"},
    {"last_host_stays_one", "ada bob",
     R"(ada calls bob; ada sets ada {"role":"participant"}; bob answers)", "active",
     "ada joined, bob joined",
     "ada: updated ~ada:joined- ~ada:joined answered +bob; bob: incoming ~ada:joined- ~ada:joined "
     "answered +bob"},
    {"viewer_does_not_chat", "ada bob",
     R"(ada calls bob; bob answers; ada sets bob {"role":"viewer"}; bob says hello !not_allowed; ada says hi)",
     "active", "ada joined, bob joined=",
     R"(ada: updated answered +bob ~bob:joined= "hi"; bob: incoming answered +bob ~bob:joined= "hi")"},
    {"nobody_is_unmuted_by_others", "ada bob",
     R"(ada calls bob; bob answers; ada sets bob {"audio_muted":true}; ada sets bob {"audio_muted":false} !not_allowed; ada asks bob; bob asks ada !not_allowed; bob sets bob {"audio_muted":false})",
     "active", "ada joined, bob joined",
     "ada: updated answered +bob ~bob:joinedm ~bob:joined; bob: incoming answered +bob "
     "~bob:joinedm unmute? ~bob:joined"},
    {"volume_is_the_hosts", "ada bob",
     R"(ada calls bob; bob answers; bob sets bob {"volume":2} !not_allowed; ada sets bob {"volume":3} !bad_request; ada sets bob {"volume":0.5})",
     "active", "ada joined, bob joinedv",
     "ada: updated answered +bob ~bob:joinedv; bob: incoming answered +bob ~bob:joinedv"},
    {"spotlight_is_the_hosts", "ada bob",
     R"(ada calls bob cem; bob answers; bob sets bob {"spotlight":true} !not_allowed; ada sets cem {"spotlight":true}; ada sets bob {"spotlight":true}; ada sets cem {"spotlight":false})",
     "active", "ada joined, bob joined^, cem invited",
     "ada: updated answered +bob ~cem:invited updated ~bob:joined updated ~cem:invited updated; "
     "bob: incoming answered +bob ~cem:invited updated ~bob:joined updated ~cem:invited updated"},
    {"chat_is_kept_with_the_call", "ada bob cem",
     "ada calls bob cem; bob answers; bob says hello; cem reads hello !not_member; cem says hi "
     "!wrong_state; bob leaves; ada ends; bob reads hello; ada reads hello; ada says more "
     "!wrong_state",
     "ended host_ended", "ada left, bob left, cem missed",
     R"(ada: updated answered +bob "hello" -bob ended; bob: incoming answered +bob "hello" -bob ended; cem: incoming updated +bob -bob ended)"},
    {"open_call_of_two_goes_on", "ada",
     R"(ada calls bob with {"open":true}; bob answers; bob leaves)", "active",
     "ada joined, bob left", "ada: updated answered +bob -bob"},
    {"invitation_into_a_room_times_out", "ada bob",
     "ada opens; ada invites bob; bob hears call:missed", "active", "ada joined, bob missed",
     "ada: updated ~bob:ringing ~bob:missed; bob: incoming ~bob:ringing ~bob:missed missed", kRing},
    {"invitation_into_a_room_is_declined", "ada bob", "ada opens; ada invites bob; bob rejects",
     "active", "ada joined, bob rejected",
     "ada: updated ~bob:ringing ~bob:rejected; bob: incoming ~bob:ringing ~bob:rejected rejected"},
    {"invitation_is_taken_back", "ada bob",
     "ada opens; ada invites bob; ada removes bob; bob answers !wrong_state; bob joins "
     "!not_allowed",
     "active", "ada joined, bob removed",
     "ada: updated ~bob:ringing -bob; bob: incoming ~bob:ringing -bob cancelled°"},
    {"who_rings_has_nothing_to_leave", "bob",
     "ada calls bob; bob leaves !wrong_state; bob says hello !wrong_state", "ringing",
     "ada joined, bob ringing", "bob: incoming"},
    {"admin_comes_in_unasked", "ada", "ada opens; root joins", "active", "ada joined, root joined",
     "ada: updated +root"},
    {"who_waits_fills_a_place", "",
     R"(ada opens {"open":true,"lobby":true,"max_participants":2}; bob joins; cem joins !call_full; ada denies bob; cem joins)",
     "active", "ada joined, bob removed, cem waiting", ""},
    {"room_where_somebody_waits_is_empty", "bob",
     R"(ada opens {"open":true,"lobby":true}; bob joins; ada leaves; bob hears call:ended)",
     "ended all_left", "ada left, bob left", "bob: ?bob ended°", kEmpty},
    {"who_left_hears_no_more_but_the_end", "ada bob",
     R"(ada calls bob cem; bob answers; bob leaves; ada says secret; ada changes {"title":"Tea"}; cem answers; cem leaves; ada ends)",
     "ended host_ended", "ada left, bob left, cem left",
     R"(ada: updated answered +bob -bob "secret" updated +cem -cem ended; bob: incoming answered +bob -bob ended)"},
    {"who_was_removed_hears_no_more", "ada bob",
     R"(ada calls bob cem; bob answers; ada removes bob; ada says secret; ada changes {"title":"Tea"}; cem answers; ada ends)",
     "ended host_ended", "ada left, bob removed, cem left",
     R"(ada: updated answered +bob -bob "secret" updated +cem ended; bob: incoming answered +bob -bob)"},
};

} // namespace

START_TEST(call_goes_as_the_story) {
    const Story& story = kStories[_i];
    Course course(settingFrom(story.setting));
    course.connect(story.devices);
    course.act(story.course);
    const std::string outcome = course.outcome();
    const std::string people = course.people();
    const std::string heard = course.heard();
    const bool same = outcome == story.outcome && people == story.people && heard == story.heard;
    ck_assert_msg(same, "%s\n  %s\n  %s\n  %s", story.name, outcome.c_str(), people.c_str(),
                  heard.c_str());
}

END_TEST

START_TEST(deployment_allows_1_to_50_people) {
    for (const char* most : {"0", "51"}) {
        setenv("MULLION_CALLS_MAX_PARTICIPANTS", most, 1);
        const std::string said = refusalOf({"--call-binary", std::getenv("FAKE_CALL")});
        ck_assert_msg(said.find("calls.max_participants") != std::string::npos, "%s", said.c_str());
    }
}

END_TEST

int main() {
    Suite* suite = suite_create("stories");
    addTests(suite, {deployment_allows_1_to_50_people});
    TCase* group = tcase_create("call_goes_as_the_story");
    tcase_set_timeout(group, 120);
    tcase_add_loop_test(group, call_goes_as_the_story, 0, static_cast<int>(std::size(kStories)));
    suite_add_tcase(suite, group);
    return run(suite);
}
