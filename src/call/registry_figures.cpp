// How the calls' media does: told, shown, summed up and kept.
#include <algorithm>

#include "src/call/registry.h"
#include "src/call/registry_live.h"

namespace mullion {

namespace {

int keyFramesIn(const wire::Figures& figures, const std::string& leg) {
    const auto found =
        std::find_if(figures.legs.begin(), figures.legs.end(),
                     [&](const wire::LegFigures& candidate) { return candidate.leg == leg; });
    return found == figures.legs.end() ? 0 : found->keyFramesAsked;
}

Json statsOf(const wire::Figures& figures) {
    Json legs = Json::array();
    for (const wire::LegFigures& leg : figures.legs)
        legs.push_back(wire::toJson(leg));
    return {{"legs", std::move(legs)},
            {"encoders", figures.encoders},
            {"frames_painted", figures.framesPainted},
            {"frames_encoded", figures.framesEncoded},
            {"cpu_seconds", figures.cpuSeconds}};
}

} // namespace

void CallRegistry::onFigures(const std::string& id, const wire::Figures& figures) {
    const LivePtr live = findLive(id);
    if (!live) return;
    // A leg's count is since it began; the total outlives the legs.
    for (const wire::LegFigures& leg : figures.legs)
        keyFramesAsked_ += std::max(0, leg.keyFramesAsked - keyFramesIn(live->figures, leg.leg));
    live->figures = figures;
    if (qualityLog_) qualityLog_->add(id, figures, now());
    std::vector<std::string> hosts;
    for (const Participant& participant : live->call.participants)
        if (participant.role == Role::Host && isConcerned(participant.state))
            hosts.push_back(participant.userId);
    for (const wire::LegFigures& leg : figures.legs) {
        // Everybody hearing of everybody, each second, would grow with the square of the call.
        auto users = hosts;
        if (std::find(users.begin(), users.end(), leg.userId) == users.end())
            users.push_back(leg.userId);
        events_.publish(users, {{"type", "call:quality"},
                                {"call_id", id},
                                {"user_id", leg.userId},
                                {"up", wire::toJson(leg.up)},
                                {"down", wire::toJson(leg.down)},
                                {"rung", leg.rung}});
    }
}

void CallRegistry::showStats(const Principal& who, const std::string& id, bool history,
                             const Done& done) {
    const LivePtr live = findLive(id);
    if (!live && !history) return refuseAbsent(who, id, done);
    lookInside(who, id, [this, live, id, history, done](const Result<Call>& call) {
        if (!call) return done(call.error());
        Json stats = statsOf(live ? live->figures : wire::Figures{});
        if (!history) return done(std::move(stats));
        if (!qualityLog_)
            return done(Error{ErrorCode::Unavailable, "this server keeps no figures", "history"});
        qualityLog_->read(id, [stats, done](Json lines) mutable {
            stats["history"] = std::move(lines);
            done(std::move(stats));
        });
    });
}

MediaTotals CallRegistry::mediaTotals() const {
    MediaTotals totals;
    totals.keyFramesAsked = keyFramesAsked_;
    for (const auto& [id, live] : calls_) {
        totals.encoders += live->figures.encoders;
        for (const wire::LegFigures& leg : live->figures.legs) {
            totals.bitrateUp += leg.up.bitrate;
            totals.bitrateDown += leg.down.bitrate;
            for (const double mos : {leg.up.mos, leg.down.mos})
                if (mos > 0) totals.worstMos = std::min(totals.worstMos.value_or(mos), mos);
        }
    }
    return totals;
}

} // namespace mullion
