#include "pipelines/call.h"

#include <algorithm>

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
    call->mix_ = TRY(Mix::create(start.canvas, std::move(onFailed)));
    return call;
}

void Call::put(const wire::PutParticipant& info) {
    const auto [found, isNew] = participants_.try_emplace(info.userId);
    Participant& participant = found->second;
    if (isNew) participant.order = nextOrder_++;
    participant.info = info;
    setVolume(participant);
    feedSeat(participant);
    updateLayout();
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
    if (participant->tile) mix_->video().giveBack(*participant->tile);
    releaseInput(*participant);
    participants_.erase(request.userId);
    updateLayout();
}

void Call::offer(const wire::Offer& request) {
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
                           participant->audioInput, *this);
    if (!leg) {
        releaseInput(*participant);
        return refuse(request, leg.error());
    }
    endLeg(participant->coming, "replaced", "");
    participant->coming = *leg;
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
    constraints_.erase(ended->id());
    // GStreamer's texts can be long.
    constexpr std::size_t kMaxMessage = 500;
    tell_(
        wire::LegClosed{ended->id(), ended->userId(), reason, "", message.substr(0, kMaxMessage)});
}

Call::Participant* Call::find(const std::string& userId) {
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
    return nullptr;
}

wire::State Call::state() const {
    wire::State state;
    state.callId = start_.callId;
    state.generation = start_.generation;
    state.canvas = layout_.canvas;
    state.mode = layout_.mode;
    state.tiles = layout_.tiles;
    for (const auto& [userId, participant] : participants_) {
        state.participants.push_back(userId);
        for (const auto& leg : {participant.seated, participant.coming})
            if (leg) state.legs.push_back({leg->id(), userId, leg->state()});
    }
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
    if (before) before->feed(nullptr, nullptr);
    feedSeat(*participant);
    auto replaced = before;
    endLeg(replaced, "replaced", "");
    updateLayout();
}

void Call::onLegPicture(Leg& leg) {
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

/// Connects the seated leg with the input and the tile of its participant; a viewer's with none.
void Call::feedSeat(Participant& participant) {
    if (!participant.seated) return;
    if (participant.info.isViewer()) return participant.seated->feed(nullptr, nullptr);
    if (participant.seated->hasPicture() && !participant.tile)
        if (const auto tile = mix_->video().lend()) participant.tile = *tile;
    participant.seated->feed(mix_->audio().inlet(participant.audioInput),
                             participant.tile ? mix_->video().inlet(*participant.tile) : nullptr);
}

void Call::updateLayout() {
    std::vector<Participant*> shown;
    for (auto& [userId, participant] : participants_) {
        const bool isShown = participant.seated && !participant.info.isViewer();
        if (participant.tile && !(isShown && participant.seated->hasPicture())) {
            mix_->video().giveBack(*participant.tile);
            participant.tile.reset();
        }
        if (isShown) shown.push_back(&participant);
    }
    std::sort(shown.begin(), shown.end(),
              [](const Participant* a, const Participant* b) { return a->order < b->order; });
    if (shown.size() > kMaxGridTiles) shown.resize(kMaxGridTiles);

    const auto rects = gridLayout(static_cast<int>(shown.size()), start_.canvas);
    std::vector<TileFace> faces;
    std::vector<wire::Tile> tiles;
    for (std::size_t i = 0; i < shown.size(); ++i) {
        const auto& [info, rect] = std::tie(shown[i]->info, rects[i]);
        const bool hasPicture = shown[i]->tile && !info.videoMuted;
        if (shown[i]->tile) {
            if (hasPicture)
                mix_->video().place(*shown[i]->tile, rect);
            else
                mix_->video().hide(*shown[i]->tile);
        }
        faces.push_back({rect, info.userId, info.name, info.audioMuted, hasPicture});
        tiles.push_back({info.userId, "camera", rect.x, rect.y, rect.width, rect.height, true});
    }
    mix_->overlay().show(faces);
    if (tiles != layout_.tiles) {
        layout_.tiles = std::move(tiles);
        tell_(layout_);
    }
    updateConstraints({shown.begin(), shown.end()}, rects);
}

void Call::updateConstraints(const std::vector<const Participant*>& shown,
                             const std::vector<Rect>& rects) {
    for (std::size_t i = 0; i < shown.size(); ++i) {
        const Leg& leg = *shown[i]->seated;
        if (!leg.sendsPicture()) continue;
        const int fps = start_.canvas.fps;
        const wire::Constraints wanted{leg.id(),
                                       leg.userId(),
                                       "camera",
                                       rects[i].width,
                                       rects[i].height,
                                       fps,
                                       bitrateFor(rects[i], fps)};
        auto& known = constraints_[leg.id()];
        if (known.maxWidth == wanted.maxWidth && known.maxHeight == wanted.maxHeight) continue;
        known = wanted;
        tell_(wanted);
    }
}

} // namespace mullion
