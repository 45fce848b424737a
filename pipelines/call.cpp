#include "pipelines/call.h"

#include <algorithm>
#include <sys/resource.h>

#include "pipelines/sdp/candidate.h"
#include "src/base/log.h"

namespace mullion {

namespace {

constexpr Log kLog("call");

const char* codeName(ErrorCode code) {
    switch (code) {
    case ErrorCode::BadRequest:
        return "bad_request";
    case ErrorCode::UnsupportedMedia:
        return "unsupported_media";
    case ErrorCode::TooLarge:
        return "too_large";
    case ErrorCode::AtCapacity:
        return "at_capacity";
    case ErrorCode::Unavailable:
        return "unavailable";
    case ErrorCode::NotMember:
        return "not_member";
    case ErrorCode::Conflict:
        return "conflict";
    default:
        return "internal";
    }
}

/// What VP8 needs for a camera's picture of this size, a rule of thumb: 0.07 bit a pixel.
int bitrateFor(const Rect& rect, int fps) {
    return static_cast<int>(rect.width * rect.height * fps * 0.07);
}

constexpr double kSilenceDb = -120;
constexpr auto kFiguresInterval = std::chrono::seconds(1);

/// What is asked of a camera that nobody sees: enough to be there at once when it is shown.
constexpr Rect kUnseen{0, 0, 320, 180};
constexpr int kUnseenFps = 5;

/// A screen may be larger than its tile, so that text is averaged and not drawn anew by the client;
/// it changes seldom, and every bit is for sharpness.
constexpr int kScreenFps = 15;
constexpr int kScreenBps = 2'500'000;

/// A key frame is asked for and has come; a camera that sends nothing is not waited for any longer.
constexpr GstClockTime kWakesFor = 1500 * GST_MSECOND;

} // namespace

Call::Call(const wire::StartCall& start, Tell tell)
    : start_(start)
    , ice_{start.minPort, start.maxPort, start.addresses}
    , tell_(std::move(tell)) {
    layout_.canvas = start.canvas;
}

Call::~Call() = default;

Result<std::unique_ptr<Call>> Call::create(const wire::StartCall& start, Tell tell,
                                           std::function<void(const std::string&)> onFailed) {
    std::unique_ptr<Call> call(new Call(start, std::move(tell)));
    call->mix_ = TRY(Mix::create(start.canvas, start.bitrate, onFailed));
    call->mix_->watchLevels([self = call.get()](const auto& levels) { self->onLevels(levels); });
    call->programme_ = std::make_unique<Programme>(
        *call->mix_, Programme::Settings{start.canvas, start.bitrate},
        Programme::Callbacks{[self = call.get()] { self->onProgramme(); }, onFailed});
    call->outputs_ = std::make_unique<Outputs>(
        *call->mix_, *call->programme_,
        [self = call.get()](const auto& message) { self->onOutput(message); });
    call->audience_ = std::make_unique<Audience>(
        *call->mix_, *call->programme_, call->ice_,
        Audience::Callbacks{[self = call.get()](const auto& message) { self->tell_(message); },
                            [self = call.get()] { self->updateConstraints(); }});
    call->photographer_ = std::make_unique<Photographer>(
        call->mix_->composer(),
        Photographer::Callbacks{[self = call.get()](const auto& message) { self->tell_(message); },
                                [self = call.get()] { self->updateConstraints(); },
                                [self = call.get()] { return self->isAwake(); }});
    call->figures_ = every(kFiguresInterval, [self = call.get()] {
        self->tellFigures();
        return true;
    });
    return call;
}

void Call::put(const wire::PutParticipant& info) {
    const auto [found, isNew] = participants_.try_emplace(info.userId);
    Participant& participant = found->second;
    if (isNew) participant.order = nextOrder_++;
    const bool shared = std::exchange(participant.info, info).screen;
    if (info.screen && !shared) participant.sharesSince = ++moment_;
    if (!info.screen && shared) {
        participant.sharesSince = 0;
        participant.screen->clear();
        if (participant.seated) participant.seated->forget(wire::PictureSource::Screen);
    }
    for (const auto& leg : {participant.seated, participant.coming})
        if (leg) leg->setCare(info.noiseSuppression, info.autoGain);
    setVolume(participant);
    feedSeat(participant);
    updateLayout();
}

void Call::setLayout(const wire::Layout& layout) {
    start_.layout = layout;
    updateLayout();
}

void Call::setCanvas(const wire::Canvas& canvas) {
    if (canvas == start_.canvas) return;
    start_.canvas = canvas;
    mix_->setCanvas(canvas);
    programme_->setCanvas(canvas);
    outputs_->onRungs();
    for (const auto& [userId, participant] : participants_)
        for (const auto& leg : {participant.seated, participant.coming})
            if (leg) leg->setRung(participant.rung);
    audience_->setRungs();
    updateLayout();
}

void Call::setRung(const wire::SetRung& request) {
    Participant* participant = find(request.userId);
    if (!participant) return;
    participant->rung = request.rung;
    for (const auto& leg : {participant->seated, participant->coming})
        if (leg) leg->setRung(request.rung);
    updateConstraints();
}

/// The programme has become another picture than the call's, or the same.
void Call::onProgramme() {
    outputs_->onRungs();
    audience_->setRungs();
    updateLayout();
}

void Call::play(const wire::PlaySound& request) {
    const std::string id = request.id;
    if (sounds_.contains(id)) return;
    auto file = SoundFile::play(
        request.path, request.volume, *mix_,
        {[this, id](std::chrono::milliseconds duration) {
             tell_(wire::SoundStatus{id, wire::SoundState::Playing, duration.count()});
         },
         [this, id](const Result<void>& result) { endSound(id, result); }});
    if (!file) return endSound(id, file.error());
    sounds_[id] = std::move(*file);
}

void Call::stop(const wire::StopSound& request) {
    if (sounds_.contains(request.id)) endSound(request.id, {});
}

void Call::endSound(const std::string& id, const Result<void>& result) {
    // Not from inside of what goes with it.
    if (const auto found = sounds_.find(id); found != sounds_.end()) {
        endedSounds_.push_back(std::move(found->second));
        sounds_.erase(found);
        sweeping_ = after(std::chrono::milliseconds(0), [this] { endedSounds_.clear(); });
    }
    if (!result) kLog.warning("sound=" + id, result.error().message);
    wire::SoundStatus status{id, result ? wire::SoundState::Ended : wire::SoundState::Failed};
    if (!result) {
        status.code = codeName(result.error().code);
        status.message = result.error().message.substr(0, 500);
    }
    tell_(status);
}

void Call::startRecording(const wire::StartRecording& request) {
    outputs_->start(request);
    updateConstraints();
}

void Call::startBroadcast(const wire::StartBroadcast& request) {
    outputs_->start(request);
    updateConstraints();
}

void Call::onOutput(const wire::FromCall& message) {
    tell_(message);
    const auto* status = std::get_if<wire::BroadcastStatus>(&message);
    if (std::get_if<wire::RecordingEnded>(&message) ||
        (status && status->state >= wire::BroadcastState::Failed))
        updateConstraints();
}

void Call::setVolume(const Participant& participant) {
    const auto& info = participant.info;
    if (participant.audioInput >= 0)
        mix_->audio().setVolume(participant.audioInput, info.audioMuted ? 0.0 : info.volume);
}

/// Gives the audio input back once no leg uses it.
void Call::releaseInput(Participant& participant) {
    if (participant.seated || participant.coming || participant.audioInput < 0) return;
    mix_->audio().giveBack(std::exchange(participant.audioInput, -1));
}

void Call::remove(const wire::RemoveParticipant& request) {
    Participant* participant = find(request.userId);
    if (!participant) return;
    endLeg(participant->coming, request.reason, "");
    endLeg(participant->seated, request.reason, "");
    releaseInput(*participant);
    participants_.erase(request.userId);
    updateLayout();
}

void Call::offer(const wire::Offer& request) {
    if (request.watches) return offerToWatch(request);
    Participant* participant = find(request.userId);
    if (!participant)
        return refuse(request, {ErrorCode::NotMember, "the user is not in this call"});
    if (findLeg(request.leg))
        return refuse(request, {ErrorCode::Conflict, "the leg has been offered already"});
    auto offer = sdp::Offer::parse(request.sdp);
    if (!offer) return refuse(request, offer.error());
    if (participant->audioInput < 0) {
        const auto input = mix_->audio().lend();
        if (!input) return refuse(request, input.error());
        participant->audioInput = *input;
        setVolume(*participant);
    }
    auto leg = Leg::create(request.leg, request.userId, std::move(*offer), ice_, *mix_,
                           {.audioInput = participant->audioInput}, *this);
    if (!leg) {
        releaseInput(*participant);
        return refuse(request, leg.error());
    }
    endLeg(participant->coming, "replaced", "");
    participant->coming = *leg;
    (*leg)->setRung(participant->rung);
    (*leg)->setCare(participant->info.noiseSuppression, participant->info.autoGain);
    updateConstraints();
}

/// Of somebody who is not in the call.
void Call::offerToWatch(const wire::Offer& request) {
    if (findLeg(request.leg))
        return refuse(request, {ErrorCode::Conflict, "the leg has been offered already"});
    auto offer = sdp::Offer::parse(request.sdp);
    if (!offer) return refuse(request, offer.error());
    if (const auto taken = audience_->offer(request, std::move(*offer)); !taken)
        refuse(request, taken.error());
}

void Call::addCandidate(const wire::RemoteCandidate& request) {
    const auto leg = findLeg(request.leg);
    if (!leg) return;
    wire::CandidateLine line = request.line;
    if (!line.candidate.empty()) {
        const auto candidate = sdp::checkCandidate(line.candidate);
        if (!candidate) {
            kLog.warning("leg=" + request.leg, candidate.error().message);
            return;
        }
        if (!*candidate) return;
        line.candidate = **candidate;
    }
    leg->addRemoteCandidate(line);
}

void Call::closeLeg(const std::string& id, const std::string& reason) {
    audience_->close(id, reason);
    if (const auto leg = findLeg(id))
        if (Participant* participant = holderOf(*leg)) {
            endLeg(participant->seated == leg ? participant->seated : participant->coming, reason,
                   "");
            releaseInput(*participant);
            updateLayout();
        }
}

void Call::refuse(const wire::Offer& offer, const Error& error) {
    kLog.warning("leg=" + offer.leg + " user=" + offer.userId, "offer refused: " + error.message);
    tell_(wire::LegClosed{offer.leg, offer.userId, "refused", codeName(error.code), error.message});
}

/// Closes the leg that `leg` holds, if any, and empties it.
void Call::endLeg(std::shared_ptr<Leg>& leg, const std::string& reason,
                  const std::string& message) {
    if (!leg) return;
    const auto ended = std::exchange(leg, nullptr);
    ended->close();
    for (const auto source : {wire::PictureSource::Camera, wire::PictureSource::Screen})
        constraints_.erase({ended->id(), source});
    // GStreamer's texts can be long.
    constexpr std::size_t kMaxMessage = 500;
    tell_(
        wire::LegClosed{ended->id(), ended->userId(), reason, "", message.substr(0, kMaxMessage)});
}

Call::Participant* Call::find(const std::string& userId) {
    const auto found = participants_.find(userId);
    return found == participants_.end() ? nullptr : &found->second;
}

const Call::Participant* Call::find(const std::string& userId) const {
    const auto found = participants_.find(userId);
    return found == participants_.end() ? nullptr : &found->second;
}

Call::Participant* Call::holderOf(const Leg& leg) {
    Participant* participant = find(leg.userId());
    if (!participant) return nullptr;
    return participant->seated.get() == &leg || participant->coming.get() == &leg ? participant
                                                                                  : nullptr;
}

std::shared_ptr<Leg> Call::findLeg(const std::string& id) {
    for (const auto& [userId, participant] : participants_)
        for (const auto& leg : {participant.seated, participant.coming})
            if (leg && leg->id() == id) return leg;
    return audience_->find(id);
}

wire::State Call::state() const {
    wire::State state;
    state.callId = start_.callId;
    state.generation = start_.generation;
    state.canvas = layout_.canvas;
    state.mode = layout_.mode;
    state.tiles = layout_.tiles;
    state.recordings = outputs_->recordings();
    state.broadcasts = outputs_->broadcasts();
    for (const auto& [userId, participant] : participants_) {
        state.participants.push_back(userId);
        for (const auto& leg : {participant.seated, participant.coming})
            if (leg) state.legs.push_back({leg->id(), userId, leg->state()});
    }
    state.watching = audience_->legs();
    return state;
}

void Call::onLegAnswer(Leg& leg, const std::string& sdp) {
    tell_(wire::Answer{leg.id(), sdp});
}

void Call::onLegCandidate(Leg& leg, const wire::CandidateLine& line) {
    tell_(wire::LocalCandidate{leg.id(), line});
}

void Call::onLegConnected(Leg& leg) {
    tell_(wire::LegStateChanged{leg.id(), leg.userId(), wire::LegState::Connected});
}

void Call::onLegCarriesMedia(Leg& leg) {
    Participant* participant = holderOf(leg);
    if (!participant || participant->coming.get() != &leg) return;
    const auto before = std::exchange(participant->seated, std::exchange(participant->coming, {}));
    if (before) before->feed({});
    feedSeat(*participant);
    auto replaced = before;
    endLeg(replaced, "replaced", "");
    updateLayout();
}

void Call::onLegPicture(Leg& leg, wire::PictureSource) {
    if (Participant* participant = holderOf(leg)) {
        feedSeat(*participant);
        updateLayout();
    }
}

void Call::onLegFailed(Leg& leg, const std::string& reason) {
    Participant* participant = holderOf(leg);
    if (!participant) return;
    tell_(wire::LegStateChanged{leg.id(), leg.userId(), wire::LegState::Failed});
    endLeg(participant->seated.get() == &leg ? participant->seated : participant->coming, "failed",
           reason);
    releaseInput(*participant);
    updateLayout();
}

/// Connects the seated leg with what its participant holds in the mix; a viewer's with nothing.
void Call::feedSeat(Participant& participant) {
    if (!participant.seated) return;
    if (participant.info.isViewer()) return participant.seated->feed({});
    participant.seated->feed(
        {mix_->audio().input(participant.audioInput), participant.camera, participant.screen});
}

bool Call::shares(const Participant& participant) const {
    return participant.info.screen && participant.seated &&
           participant.seated->has(wire::PictureSource::Screen);
}

/// Whether anybody gets the call's picture, or will once he is connected.
bool Call::isWatched() const {
    const auto takes = [](const std::shared_ptr<Leg>& leg) { return leg && leg->takesPicture(); };
    return photographer_->isWatching() || (!programme_->differs() && isProgrammeTaken()) ||
           std::any_of(participants_.begin(), participants_.end(), [&](const auto& entry) {
               return takes(entry.second.seated) || takes(entry.second.coming);
           });
}

bool Call::isProgrammeTaken() const {
    return outputs_->takePicture() || audience_->takesPicture();
}

/// Where this picture is largest of all places at which it is shown; null where it is not.
const Placed* Call::shownAs(const std::string& userId, wire::PictureSource source) const {
    const Placed* largest = nullptr;
    for (const Arrangement* arrangement : {&arrangement_, &onProgramme_})
        for (const Placed& tile : arrangement->tiles)
            if (tile.userId == userId && tile.source == source &&
                (!largest || tile.rect.width > largest->rect.width))
                largest = &tile;
    return largest;
}

/// Whether each shown picture has come anew since somebody watches, or has had the time to.
bool Call::isAwake() const {
    const GstClockTime now = mix_->runningTime();
    if (now > watchedSince_ + kWakesFor) return true;
    return std::all_of(
        arrangement_.tiles.begin(), arrangement_.tiles.end(), [&](const Placed& tile) {
            const Participant* participant = find(tile.userId);
            if (!participant || !participant->seated || !participant->seated->sends(tile.source))
                return true;
            const bool isCamera = tile.source == wire::PictureSource::Camera;
            if (isCamera && participant->info.videoMuted) return true;
            const auto frames = framesOf(*participant, tile.source);
            return frames && frames->hasSince(watchedSince_, now);
        });
}

/// Where the frames of a shown picture are; null where the avatar stands for it.
std::shared_ptr<FrameSlot> Call::framesOf(const Participant& participant,
                                          wire::PictureSource source) {
    const bool isCamera = source == wire::PictureSource::Camera;
    if (!participant.seated->has(source) || (isCamera && participant.info.videoMuted)) return {};
    return isCamera ? participant.camera : participant.screen;
}

void Call::onLevels(const std::vector<AudioMix::Level>& levels) {
    std::vector<SpeakerDetector::Level> voices;
    for (auto& [userId, participant] : participants_)
        for (const AudioMix::Level& level : levels)
            if (level.input == participant.audioInput) {
                // Whether somebody speaks whom nobody is to hear is not told either.
                const bool isHeard = !participant.info.audioMuted && participant.info.volume > 0;
                participant.levelDb = isHeard ? level.rmsDb : kSilenceDb;
                if (isHeard) voices.push_back({userId, level.rmsDb});
            }
    const std::string before = voices_.speaker();
    if (!voices_.update(SpeakerDetector::Clock::now(), voices)) return;
    if (voices_.speaker() == before) return updateScene();
    if (Participant* speaker = find(voices_.speaker())) speaker->lastSpoke = ++moment_;
    tell_(wire::SpeakerChanged{voices_.speaker()});
    updateLayout();
}

void Call::tellFigures() {
    wire::Figures figures;
    for (const auto& [userId, participant] : participants_) {
        if (!participant.seated) continue;
        auto leg = participant.seated->figures();
        leg.framesDropped =
            static_cast<int>(participant.camera->dropped() + participant.screen->dropped());
        leg.audioLevelDb = participant.levelDb;
        figures.legs.push_back(std::move(leg));
    }
    if (figures.legs.empty()) return;
    figures.encoders = mix_->ladder().running() + programme_->encoders();
    figures.framesPainted =
        static_cast<std::int64_t>(mix_->composer().painted() + programme_->painted());
    figures.framesEncoded =
        static_cast<std::int64_t>(mix_->ladder().encoded() + programme_->encoded());
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    figures.cpuSeconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    tell_(figures);
}

void Call::updateLayout() {
    std::vector<const Participant*> present;
    for (const auto& [userId, participant] : participants_)
        if (participant.seated && !participant.info.isViewer()) present.push_back(&participant);
    std::sort(present.begin(), present.end(),
              [](const Participant* a, const Participant* b) { return a->order < b->order; });
    std::vector<Attendee> attendees;
    for (const Participant* participant : present)
        attendees.push_back({participant->info.userId, participant->lastSpoke,
                             shares(*participant) ? participant->sharesSince : 0});
    arrangement_ = arrange(start_.layout, attendees, voices_.speaker(), start_.canvas);
    onProgramme_ = {};
    if (programme_->differs())
        onProgramme_ = (programme_->hasBackground() ? arrangeWithin : arrange)(
            programme_->layout().value_or(start_.layout), attendees, voices_.speaker(),
            start_.canvas);
    updateScene();
    std::vector<TrackRecorder::Sender> senders;
    for (const Participant* participant : present) {
        const auto& info = participant->info;
        TrackRecorder::Sender& sender = senders.emplace_back();
        sender.sender = participant->seated;
        // A client may go on sending what nobody is to hear and see.
        if (!info.audioMuted) sender.sources.insert(wire::TrackSource::Sound);
        if (!info.videoMuted) sender.sources.insert(wire::TrackSource::Camera);
        if (info.screen) sender.sources.insert(wire::TrackSource::Screen);
    }
    outputs_->follow(std::move(senders));

    wire::LayoutChanged layout{start_.canvas, arrangement_.mode, {}};
    for (const auto& [userId, source, rect, fit] : arrangement_.tiles)
        layout.tiles.push_back({userId, source, rect.x, rect.y, rect.width, rect.height, true});
    if (layout != layout_) {
        layout_ = std::move(layout);
        tell_(layout_);
    }
    updateConstraints();
}

void Call::updateScene() {
    mix_->composer().show(facesOf(arrangement_));
    // Who still takes rungs of its own goes on seeing what was there.
    if (programme_->differs()) programme_->show(facesOf(onProgramme_));
}

std::vector<TileFace> Call::facesOf(const Arrangement& arrangement) const {
    std::vector<TileFace> faces;
    for (const Placed& placed : arrangement.tiles) {
        const Participant* participant = find(placed.userId);
        if (!participant || !participant->seated) continue;
        const auto& info = participant->info;
        const bool isCamera = placed.source == wire::PictureSource::Camera;
        TileFace face{placed, info.name, info.audioMuted,
                      isCamera && !info.audioMuted && voices_.isSpeaking(info.userId)};
        face.frames = framesOf(*participant, placed.source);
        faces.push_back(std::move(face));
    }
    return faces;
}

/// Tells each client what is shown of it, and decodes no more than that; where nobody looks,
/// nothing. What clients are asked for stays, so that the picture is there at once for who does.
void Call::updateConstraints() {
    const bool watched = isWatched();
    if (watched && !watched_) watchedSince_ = mix_->runningTime();
    watched_ = watched;
    const bool taken = programme_->differs() && isProgrammeTaken();
    const auto has = [](const Arrangement& arrangement, const std::string& userId, auto source) {
        return std::any_of(
            arrangement.tiles.begin(), arrangement.tiles.end(),
            [&](const Placed& tile) { return tile.userId == userId && tile.source == source; });
    };
    for (const auto& [userId, participant] : participants_) {
        if (!participant.seated) continue;
        for (const auto source : {wire::PictureSource::Camera, wire::PictureSource::Screen}) {
            const bool seen = (watched && has(arrangement_, userId, source)) ||
                              (taken && has(onProgramme_, userId, source));
            // The first picture of a screen is what makes it shown.
            const bool awaited = source == wire::PictureSource::Screen && participant.info.screen &&
                                 !participant.seated->has(source);
            participant.seated->setShown(source, seen || awaited);
            constrain(*participant.seated, shownAs(userId, source), source);
        }
    }
}

void Call::constrain(const Leg& leg, const Placed* placed, wire::PictureSource source) {
    if (!leg.sends(source)) return;
    wire::Constraints wanted{leg.id(), leg.userId(), source};
    if (source == wire::PictureSource::Screen) {
        if (!placed) return;
        wanted.maxWidth = 1920;
        wanted.maxHeight = 1080;
        wanted.maxFps = std::min(kScreenFps, start_.canvas.fps);
        wanted.maxBitrate = kScreenBps;
    } else {
        const Rect& rect = placed ? placed->rect : kUnseen;
        wanted.maxWidth = rect.width;
        wanted.maxHeight = rect.height;
        wanted.maxFps = placed ? start_.canvas.fps : kUnseenFps;
        wanted.maxBitrate = bitrateFor(rect, wanted.maxFps);
    }
    auto& known = constraints_[{leg.id(), source}];
    if (known == wanted) return;
    known = wanted;
    tell_(wanted);
}

} // namespace mullion
