#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "src/auth/principal.h"
#include "src/base/main_loop.h"
#include "src/broadcasts/broadcasts.h"
#include "src/call/call.h"
#include "src/call/ports.h"
#include "src/call/quality_log.h"
#include "src/images/image_store.h"
#include "src/recordings/recordings.h"

namespace mullion {

/// What a request for a new call asks for.
struct NewCall {
    std::vector<std::string> participants = {};
    bool video = true;
    std::optional<std::string> title = {};
    bool open = false;
    bool permanent = false;
    bool lobby = false;
    int maxParticipants = 8;
    wire::Canvas canvas = {};
    bool record = false;
    /// A request with the same key from the same user gets the call of the first; empty for none.
    std::string idempotencyKey = {};
    /// Tells a repeated request from another one under the same key.
    std::size_t fingerprint = 0;
};

/// The sides of a canvas that change; nothing means as it is.
struct CanvasChange {
    std::optional<int> width = {};
    std::optional<int> height = {};
    std::optional<int> fps = {};

    wire::Canvas appliedTo(const wire::Canvas& canvas) const {
        return {width.value_or(canvas.width), height.value_or(canvas.height),
                fps.value_or(canvas.fps)};
    }
};

/// What a host may change; nothing means as it is.
struct CallChange {
    std::optional<std::string> title = {};
    std::optional<bool> locked = {};
    std::optional<bool> lobby = {};
    std::optional<int> maxParticipants = {};
    std::optional<CanvasChange> canvas = {};
};

struct ParticipantChange {
    std::optional<bool> audioMuted = {};
    std::optional<bool> videoMuted = {};
    std::optional<bool> screen = {};
    std::optional<Role> role = {};
    std::optional<double> volume = {};
    /// Shown first, or not any more.
    std::optional<bool> spotlight = {};
    std::optional<bool> noiseSuppression = {};
    std::optional<bool> autoGain = {};
};

/// What a host asks somebody to switch on.
struct UnmuteWish {
    bool audio = true;
    bool video = false;
};

/// What somebody says in a call.
struct Utterance {
    enum class Kind { Message, Reaction };
    Kind kind = Kind::Message;
    /// The sender's name for it, by which it is known when it is sent again; empty: one of ours.
    std::string id = {};
    /// The message, or the emoji.
    std::string text = {};
};

/// A part of what was said.
struct ChatPage {
    Utterance::Kind kind = Utterance::Kind::Message;
    std::string cursor = {};
    int limit = 50;
};

/// What all calls' processes do together.
struct MediaTotals {
    int encoders = 0;
    /// From the clients and to them, bit/s.
    std::int64_t bitrateUp = 0;
    std::int64_t bitrateDown = 0;
    /// Of the leg and direction that sound worst; nothing while none is known.
    std::optional<double> worstMos = {};
    /// Since the start of this program.
    std::int64_t keyFramesAsked = 0;
};

/// Every call that rings or runs, and the rules by which they change. Main-bound.
///
/// A change happens in memory first and at once, so that of two requests only one can win; its
/// events go out; then it is written to the store, and `Done` follows the commit with the call as
/// it was after the change. A refused request changes nothing.
///
/// Errors of all actions: NotFound, NotMember (somebody else's call), NotAllowed (not this role, or
/// a token for other calls), WrongState, and those of the Store.
class CallRegistry {
public:
    struct Options {
        std::chrono::milliseconds ringTimeout = std::chrono::seconds(30);
        /// How long a room waits for the next one after the last has left.
        std::chrono::milliseconds emptyTimeout = std::chrono::seconds(300);
        /// How long a seat is kept whose media has gone.
        std::chrono::milliseconds reconnectGrace = std::chrono::seconds(30);
        /// How long a seat is kept that never had media nor, meanwhile, a device.
        std::chrono::milliseconds joinGrace = std::chrono::seconds(120);
        std::size_t maxCalls = 1000;
        /// Of the calls that one user has started; services and admins start as many as they like.
        std::size_t maxCallsPerUser = 20;
    };

    using Done = std::function<void(Result<Json>)>;

    CallRegistry(Options options, Store& store, EventSink& events);
    ~CallRegistry();
    CallRegistry(const CallRegistry&) = delete;
    CallRegistry& operator=(const CallRegistry&) = delete;

    /// The media plane, which needs the registry and is made after it; once, before anything else.
    void attachMedia(CallMedia& media) { media_ = &media; }

    /// Where figures outlive the call; without it there is no history of them.
    void attachQualityLog(QualityLog& log) { qualityLog_ = &log; }

    /// Who records calls; without it nobody does.
    void attachRecordings(Recordings& recordings) { recordings_ = &recordings; }

    void attachBroadcasts(Broadcasts& broadcasts) { broadcasts_ = &broadcasts; }

    /// Where images of calls are, which go with them.
    void attachImages(ImageStore& images) { images_ = &images; }

    /// Who rings people that have no device connected; without it nobody does.
    void attachRings(RingWatch& rings) { rings_ = &rings; }

    /// Takes over what the store holds of active calls. Call resume() when their processes are
    /// known.
    Result<void> load();
    /// Gives calls without a process a new one, and starts the timers.
    void resume(const std::unordered_set<std::string>& withProcess);

    /// Also: AtCapacity, TooManyRequests (too many calls of this user's go on), CallFull (more
    /// people than max_participants), Conflict (the key was used for another request).
    void initiate(const Principal& who, const NewCall& request, const Done& done);
    void answer(const Principal& who, const std::string& id, const Done& done);
    void reject(const Principal& who, const std::string& id, const Done& done);
    /// Also: Locked, CallFull.
    void join(const Principal& who, const std::string& id, const Done& done);
    void leave(const Principal& who, const std::string& id, const Done& done);
    void end(const Principal& who, const std::string& id, const Done& done);
    /// Also: Conflict for fewer people than are there, and see changedCanvas().
    void change(const Principal& who, const std::string& id, const CallChange& change,
                const Done& done);
    void changeParticipant(const Principal& who, const std::string& id, const std::string& userId,
                           const ParticipantChange& change, const Done& done);
    void removeParticipant(const Principal& who, const std::string& id, const std::string& userId,
                           const Done& done);
    /// Asks people to come, also those who were removed. Those who are there are passed over.
    /// Also: CallFull.
    void invite(const Principal& who, const std::string& id, const std::vector<std::string>& users,
                const Done& done);
    /// Lets somebody in who waits in the lobby, or not: then he may come back only when invited.
    void admit(const Principal& who, const std::string& id, const std::string& userId,
               const Done& done);
    void deny(const Principal& who, const std::string& id, const std::string& userId,
              const Done& done);
    /// Asks somebody to unmute himself, which nobody can do for him.
    void askToUnmute(const Principal& who, const std::string& id, const std::string& userId,
                     const UnmuteWish& wish, const Done& done);
    /// Who waits, `{participants}`; a host's.
    void showLobby(const Principal& who, const std::string& id, const Done& done);

    /// A message or reaction: sent to all who are there and kept with the call. `done` follows the
    /// commit with an empty object.
    void say(const Principal& who, const std::string& id, const Utterance& utterance,
             const Done& done);
    /// What was said, `{messages, next_cursor}` or `{reactions, next_cursor}`, the oldest first;
    /// of calls that are over too. For those who were in the call. A page may hold less than
    /// `limit` and not be the last. Also: BadRequest for a foreign cursor.
    void showChat(const Principal& who, const std::string& id, const ChatPage& page,
                  const Done& done);

    /// Answers for a call that is not live: it has ended, or never was.
    void refuseAbsent(const Principal& who, const std::string& id, const Done& done);
    /// A call that runs or has ended, as `who` may see it.
    void show(const Principal& who, const std::string& id, const Done& done);
    /// Also: BadRequest for a region that is not on the canvas.
    void setLayout(const Principal& who, const std::string& id, const wire::Layout& layout,
                   const Done& done);
    /// What outputs show. Also: BadRequest for a region that is not on the canvas.
    void setProgramme(const Principal& who, const std::string& id, const wire::Programme& programme,
                      const Done& done);
    /// Which encoding a participant gets.
    void setRung(const Principal& who, const std::string& id, const std::string& userId,
                 wire::RungChoice rung, const Done& done);

    /// `{canvas, mode, tiles}` as last reported by the mix, with what was asked for.
    void showLayout(const Principal& who, const std::string& id, const Done& done);
    /// Whether `who` may see the canvas as it is now: of an active call, whoever has a seat in it,
    /// services and admins. An empty object, or NotMember also for who waits or has left.
    void checkWatcher(const Principal& who, const std::string& id, const Done& done);
    /// How the legs do, `{legs, encoders, …}`; with `history` also how they did (see QualityLog),
    /// and of calls that are over too.
    void showStats(const Principal& who, const std::string& id, bool history, const Done& done);
    /// Ended calls, `{calls, next_cursor}`, as `who` sees them; those that his token is not for are
    /// left out, so that a page may hold less than `limit` and not be the last.
    void history(const Principal& who, const HistoryQuery& query, const Done& done);
    /// The user's ringing and active calls that the token may be used for, as a list.
    Json activeCallsOf(const Principal& who) const;
    /// The active calls in which the user's media has gone and may come back.
    std::vector<std::string> callsWithoutMedia(const std::string& userId) const;
    /// Everybody's.
    Json allActiveCalls() const;

    std::size_t activeCount() const { return calls_.size(); }

    /// Of all that ring or run, and of permanent rooms.
    std::unordered_set<std::string> ids() const;

    /// Forgets a user: his messages and his history go, and other people's show that somebody was
    /// there. For himself and services. Also: WrongState while he is in a call or asked into one,
    /// or wishes it himself while a call goes on that he was removed from.
    void eraseUser(const Principal& who, const std::string& userId, const Done& done);

    /// All calls' together, as of the last second, for the metrics.
    MediaTotals mediaTotals() const;

    /// A running call, or null; valid until the main loop runs again.
    const Call* find(const std::string& id) const;
    /// The call if `who` has a seat in it. @return NotFound, NotMember, NotAllowed, WrongState.
    Result<const Call*> seatedIn(const Principal& who, const std::string& id) const;

    /// A device of the user has come: calls that wait for it ring.
    void onDevice(const std::string& userId);

    /// Media of a user flows, or the last of his legs has gone.
    void onMediaUp(const std::string& id, const std::string& userId);
    void onMediaDown(const std::string& id, const std::string& userId);
    /// All media of the call has gone, with its process.
    void onMediaLost(const std::string& id);
    void onMediaFailed(const std::string& id);
    void onLayout(const std::string& id, const Json& layout);
    /// Who speaks now; empty: nobody.
    void onSpeaker(const std::string& id, const std::string& userId);
    /// How the legs do, once a second.
    void onFigures(const std::string& id, const wire::Figures& figures);

    /// A sound that played in the call is over; `reason` is why it failed, or empty.
    void onSoundEnded(const std::string& id, const std::string& sound, const std::string& reason);

    /// A recording of the call has changed; `type` is the event that tells of it, or null.
    void onRecording(const char* type, const Recording& recording);
    /// The same of a broadcast; `ofCall` are those of the call that go on.
    void onBroadcast(const char* type, const BroadcastRecord& record, const Json& ofCall);

private:
    struct Live;
    using LivePtr = std::shared_ptr<Live>;

    /// Runs `action` on a live call that `who` may use, then commits; see refuseAbsent().
    void act(const Principal& who, const std::string& id, const Done& done,
             const std::function<Result<void>(const LivePtr&)>& action);
    LivePtr findLive(const std::string& id) const;
    /// The call, running or ended, if it is one of this user's.
    void look(const Principal& who, const std::string& id,
              const std::function<void(const Result<Call>&)>& done);
    /// As look(), for those who see inside it. Also: NotMember for the others.
    void lookInside(const Principal& who, const std::string& id,
                    const std::function<void(const Result<Call>&)>& done);
    /// Writes the call to the store; `answer` follows the commit.
    void commit(const Call& call, Json answer, const Done& done);
    void persist(const Call& call);
    void retryLater(const Call& call);

    /// Answers a repeated initiate. @return whether it was one.
    bool repeated(const Principal& who, const NewCall& request, const Done& done);
    Call callFrom(const Principal& who, const NewCall& request) const;
    Result<void> joinLive(const Principal& who, const LivePtr& live);
    Result<void> mayEnter(const Principal& who, const Live& live) const;
    /// @return BadRequest for one that no call may have, Conflict for one on which the layout's
    /// regions are not.
    static Result<wire::Canvas> changedCanvas(const Call& call, const CanvasChange& change);
    /// Pins somebody in front of all others, or takes him from the pinned.
    void spotlight(const LivePtr& live, const std::string& userId, bool on);
    void forgetOldest(Live& live);
    void add(const LivePtr& live);
    void index(const Live& live);
    void unindex(const Call& call);
    bool isTalking(const std::string& userId) const;
    void ring(const LivePtr& live, Participant& participant);
    Timestamp ringsUntil(const Call& call, const Participant& participant) const;
    void tellRings(const Call& call) const;
    void startRingTimer(const LivePtr& live);
    void onRingTimeout(const LivePtr& live);
    bool settleRinging(const LivePtr& live);
    void seat(const LivePtr& live, Participant& participant);
    void unseat(const LivePtr& live, Participant& participant, ParticipantEvent event);
    void afterLeaving(const LivePtr& live);
    void passHostOn(const LivePtr& live);
    void recordIfAsked(const LivePtr& live);
    void startGrace(const LivePtr& live, const std::string& userId, bool hadMedia);
    void onGraceOver(const LivePtr& live, const std::string& userId, bool hadMedia);
    void startEmptyTimer(const LivePtr& live);
    void finish(const LivePtr& live, CallEvent event);
    void finishCall(const LivePtr& live, CallEvent event);
    void finishGathering(const LivePtr& live, CallEvent event);
    void quieten(const LivePtr& live);
    /// The participant if he waits. @return NotFound, WrongState, and those of requireHost().
    static Result<Participant*> waiting(Call& call, const Principal& who,
                                        const std::string& userId);

    /// Who hears what goes on in the call: not those who wait outside.
    std::vector<std::string> audience(const Call& call) const;
    /// To the audience and to those who wait.
    void publish(const Call& call, const char* type);
    /// Each is told as much of the call as he sees.
    void publish(const Call& call, const std::vector<std::string>& users, const char* type);
    /// To the audience and to the participant himself.
    void publish(const Call& call, const char* type, const Participant& participant);
    /// To his devices alone, as he sees the call.
    void tell(const Call& call, const std::string& userId, const char* type);

    Options options_;
    Store& store_;
    EventSink& events_;
    CallMedia* media_ = nullptr;
    QualityLog* qualityLog_ = nullptr;
    Recordings* recordings_ = nullptr;
    Broadcasts* broadcasts_ = nullptr;
    ImageStore* images_ = nullptr;
    RingWatch* rings_ = nullptr;
    std::int64_t keyFramesAsked_ = 0;
    std::unordered_map<std::string, LivePtr> calls_;
    /// Every user who is in a live call in any way, and its ids.
    std::unordered_map<std::string, std::unordered_set<std::string>> callsOfUser_;
    /// How many live calls each user has started.
    std::unordered_map<std::string, std::size_t> startedBy_;

    struct Idempotent {
        std::string callId;
        std::size_t fingerprint = 0;
    };

    using IdempotencyKey = std::pair<std::string, std::string>;
    /// By user and key; the oldest goes when there are too many.
    std::map<IdempotencyKey, Idempotent> idempotent_;
    std::deque<IdempotencyKey> idempotentOrder_;
    /// What the store has refused and is to be given again.
    std::unordered_map<std::string, CallRecord> unwritten_;
    Source retry_;
};

} // namespace mullion
