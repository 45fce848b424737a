#include "pipelines/audience.h"

#include <algorithm>

namespace mullion {

namespace {

/// GStreamer's texts can be long.
constexpr std::size_t kMaxMessage = 500;

} // namespace

Audience::Audience(Mix& mix, Programme& programme, IceSettings ice, Callbacks callbacks)
    : mix_(mix)
    , programme_(programme)
    , ice_(std::move(ice))
    , callbacks_(std::move(callbacks)) {}

Audience::~Audience() {
    for (const auto& [id, leg] : legs_)
        leg->close();
}

Result<void> Audience::offer(const wire::Offer& request, sdp::Offer offer) {
    legs_[request.leg] = TRY(Leg::create(request.leg, request.userId, std::move(offer), ice_, mix_,
                                         {.programme = &programme_}, *this));
    callbacks_.onChanged();
    return {};
}

std::shared_ptr<Leg> Audience::find(const std::string& leg) const {
    const auto found = legs_.find(leg);
    return found == legs_.end() ? nullptr : found->second;
}

void Audience::close(const std::string& leg, const std::string& reason,
                     const std::string& message) {
    const auto found = legs_.find(leg);
    if (found == legs_.end()) return;
    const auto ended = found->second;
    legs_.erase(found);
    ended->close();
    callbacks_.tell(
        wire::LegClosed{ended->id(), ended->userId(), reason, "", message.substr(0, kMaxMessage)});
    callbacks_.onChanged();
}

void Audience::setRungs() {
    for (const auto& [id, leg] : legs_)
        leg->setRung(wire::RungChoice::Auto);
}

bool Audience::takesPicture() const {
    return std::any_of(legs_.begin(), legs_.end(),
                       [](const auto& entry) { return entry.second->takesPicture(); });
}

std::vector<wire::LegInfo> Audience::legs() const {
    std::vector<wire::LegInfo> all;
    for (const auto& [id, leg] : legs_)
        all.push_back({id, leg->userId(), leg->state()});
    return all;
}

void Audience::onLegAnswer(Leg& leg, const std::string& sdp) {
    callbacks_.tell(wire::Answer{leg.id(), sdp});
}

void Audience::onLegCandidate(Leg& leg, const wire::CandidateLine& line) {
    callbacks_.tell(wire::LocalCandidate{leg.id(), line});
}

void Audience::onLegConnected(Leg& leg) {
    callbacks_.tell(wire::LegStateChanged{leg.id(), leg.userId(), wire::LegState::Connected});
}

void Audience::onLegFailed(Leg& leg, const std::string& reason) {
    close(leg.id(), "failed", reason);
}

} // namespace mullion
