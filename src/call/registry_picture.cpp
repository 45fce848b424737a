// What people see: how the call is laid out, on which canvas, and which encoding each gets.
#include <algorithm>

#include "src/call/registry.h"
#include "src/call/registry_live.h"
#include "src/call/rights.h"

namespace mullion {

namespace {

bool fits(const wire::Region& region, const wire::Canvas& canvas) {
    return region.x + region.width <= canvas.width && region.y + region.height <= canvas.height;
}

bool fits(const wire::Layout& layout, const wire::Canvas& canvas) {
    // Other modes have none.
    return layout.mode != wire::LayoutMode::Custom ||
           std::all_of(layout.regions.begin(), layout.regions.end(),
                       [&](const wire::Region& region) { return fits(region, canvas); });
}

} // namespace

void CallRegistry::showLayout(const Principal& who, const std::string& id, const Done& done) {
    const LivePtr live = findLive(id);
    if (!live) return refuseAbsent(who, id, done);
    lookInside(who, id, [live, done](const Result<Call>& call) {
        if (!call) return done(call.error());
        // `mode` is the one on the canvas: without a screen a presentation is a grid.
        Json shown = wire::toJson(live->call.layout);
        shown["asked_mode"] = shown["mode"];
        shown.update(live->layout);
        done(std::move(shown));
    });
}

void CallRegistry::checkWatcher(const Principal& who, const std::string& id, const Done& done) {
    const LivePtr live = findLive(id);
    if (!live) return refuseAbsent(who, id, done);
    if (!who.mayUse(id))
        return done(Error{ErrorCode::NotAllowed, "the token is not for this call"});
    const Participant* participant = live->call.find(who.userId);
    if (!who.isPrivileged() && (!participant || !isPresent(participant->state)))
        return done(Error{ErrorCode::NotMember, "you are not in this call now"});
    if (live->call.status != CallStatus::Active)
        return done(Error{ErrorCode::WrongState, "nobody has answered the call yet"});
    done(Json::object());
}

void CallRegistry::setLayout(const Principal& who, const std::string& id,
                             const wire::Layout& layout, const Done& done) {
    act(who, id, done, [&](const LivePtr& live) -> Result<void> {
        Call& call = live->call;
        TRY(requireHost(who, call));
        if (!fits(layout, call.canvas))
            return Error{ErrorCode::BadRequest, "a region is not on the canvas", "regions"};
        call.layout = layout;
        media_->setLayout(call);
        publish(call, "call:updated");
        return {};
    });
}

void CallRegistry::setProgramme(const Principal& who, const std::string& id,
                                const wire::Programme& programme, const Done& done) {
    act(who, id, done, [&](const LivePtr& live) -> Result<void> {
        Call& call = live->call;
        TRY(requireHost(who, call));
        if (programme.layout && !fits(*programme.layout, call.canvas))
            return Error{ErrorCode::BadRequest, "a region is not on the canvas", "layout"};
        call.programme = programme;
        media_->setProgramme(call);
        publish(call, "call:updated");
        return {};
    });
}

Result<wire::Canvas> CallRegistry::changedCanvas(const Call& call, const CanvasChange& change) {
    const wire::Canvas canvas = change.appliedTo(call.canvas);
    TRY(checkCanvas(canvas));
    if (!fits(call.layout, canvas))
        return Error{ErrorCode::Conflict, "a region of the layout is not on this canvas", "canvas"};
    if (const auto& layout = call.programme.layout; layout && !fits(*layout, canvas))
        return Error{ErrorCode::Conflict,
                     "a region of the programme's layout is not on this canvas", "canvas"};
    return canvas;
}

void CallRegistry::setRung(const Principal& who, const std::string& id, const std::string& userId,
                           wire::RungChoice rung, const Done& done) {
    act(who, id, done, [&](const LivePtr& live) -> Result<void> {
        Call& call = live->call;
        Participant* participant = TRY(changeable(call, who, userId));
        participant->rung = rung;
        // Who is only asked to come gets it with his seat.
        if (isPresent(participant->state)) media_->setRung(call, *participant);
        publish(call, "participant:updated", *participant);
        return {};
    });
}

void CallRegistry::spotlight(const LivePtr& live, const std::string& userId, bool on) {
    auto& pinned = live->call.layout.pinned;
    std::erase(pinned, userId);
    if (on) pinned.insert(pinned.begin(), userId);
    if (pinned.size() > wire::kMaxPinned) pinned.resize(wire::kMaxPinned);
    media_->setLayout(live->call);
    publish(live->call, "call:updated");
}

} // namespace mullion
