#include "src/call/http_legs.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include "src/base/error_names.h"

namespace mullion {

namespace {

using namespace std::chrono_literals;

/// Gathering on this host takes milliseconds; a call's process that starts takes a second.
constexpr auto kPatience = 10s;
/// As the WebSocket takes in one leg.
constexpr int kMaxCandidates = 64;

/// The lines of SDP, without their ends.
std::vector<std::string> linesOf(const std::string& sdp) {
    std::vector<std::string> lines;
    std::istringstream stream(sdp);
    for (std::string line; std::getline(stream, line);) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        lines.push_back(std::move(line));
    }
    return lines;
}

std::string ufragOf(const std::string& sdp) {
    constexpr std::string_view kUfrag = "a=ice-ufrag:";
    for (const std::string& line : linesOf(sdp))
        if (line.starts_with(kUfrag)) return line.substr(kUfrag.size());
    return "";
}

/// An answer with the candidates of each m-line at its end.
std::string withCandidates(const std::string& answer,
                           const std::map<int, std::vector<std::string>>& candidates) {
    std::string sdp;
    int mLine = -1;
    const auto endSection = [&] {
        const auto found = candidates.find(mLine);
        if (found == candidates.end()) return;
        for (const std::string& candidate : found->second)
            sdp += "a=" + candidate + "\r\n";
        sdp += "a=end-of-candidates\r\n";
    };
    for (const std::string& line : linesOf(answer)) {
        if (line.starts_with("m=")) {
            endSection();
            ++mLine;
        }
        sdp += line + "\r\n";
    }
    endSection();
    return sdp;
}

} // namespace

HttpLegs::Session* HttpLegs::sessionOf(const std::string& id) {
    const auto found = sessions_.find(id);
    return found == sessions_.end() ? nullptr : &found->second;
}

const HttpLegs::Leg* HttpLegs::find(const std::string& id) const {
    const auto found = sessions_.find(id);
    return found == sessions_.end() ? nullptr : &found->second.leg;
}

void HttpLegs::await(const std::string& id, Leg leg, const std::string& sdp, Answered answered) {
    Session& session = sessions_[id];
    session.leg = std::move(leg);
    session.answered = std::move(answered);
    session.ufrag = ufragOf(sdp);
    session.deadline = after(kPatience, [this, id] {
        close(id, "timeout");
        fail(id, {ErrorCode::Unavailable, "the call's media does not answer in time"});
    });
}

Result<void> HttpLegs::addCandidates(const std::string& id, const std::string& fragment) {
    const auto ufrag = ufragOf(fragment);
    Session* session = sessionOf(id);
    if (!session) return Error{ErrorCode::NotFound, "no such session"};
    if (!ufrag.empty() && ufrag != session->ufrag)
        return Error{ErrorCode::UnsupportedMedia,
                     "ICE is not restarted here: begin another session"};
    std::string mid;
    int mLine = -1;
    int count = 0;
    for (const std::string& line : linesOf(fragment)) {
        if (line.starts_with("m=")) ++mLine;
        if (line.starts_with("a=mid:")) mid = line.substr(6);
        if (!line.starts_with("a=candidate:")) continue;
        if (++count > kMaxCandidates)
            return Error{ErrorCode::BadRequest, "too many candidates at once"};
        TRY(send_(session->leg.callId,
                  wire::RemoteCandidate{id, {line.substr(2), mid, std::max(mLine, 0)}}));
    }
    return {};
}

void HttpLegs::close(const std::string& id, const std::string& reason) {
    if (const Session* session = sessionOf(id))
        (void)send_(session->leg.callId, wire::CloseLeg{id, reason});
}

void HttpLegs::closeWatchers(const std::string& broadcastId) {
    for (const auto& [id, session] : sessions_)
        if (session.leg.broadcastId == broadcastId) close(id, "ended");
}

void HttpLegs::onCallLost(const std::string& callId) {
    std::vector<std::string> gone;
    for (const auto& [id, session] : sessions_)
        if (session.leg.callId == callId) gone.push_back(id);
    for (const std::string& id : gone)
        fail(id, {ErrorCode::Unavailable, "the call's media has gone"});
}

void HttpLegs::adopt(const std::string& callId, const std::vector<wire::LegInfo>& watching) {
    for (const wire::LegInfo& info : watching) {
        Session& session = sessions_[info.leg];
        session.leg.callId = callId;
        session.leg.isConnected = info.state == wire::LegState::Connected;
    }
}

int HttpLegs::watchersOf(const std::string& broadcastId) const {
    return static_cast<int>(
        std::count_if(sessions_.begin(), sessions_.end(), [&](const auto& entry) {
            return entry.second.leg.broadcastId == broadcastId && entry.second.leg.isConnected;
        }));
}

int HttpLegs::watchersIn(const std::string& callId) const {
    return static_cast<int>(
        std::count_if(sessions_.begin(), sessions_.end(), [&](const auto& entry) {
            return entry.second.leg.callId == callId && entry.second.leg.watches();
        }));
}

bool HttpLegs::onAnswer(const wire::Answer& message) {
    Session* session = sessionOf(message.leg);
    if (!session) return false;
    session->sdp = message.sdp;
    return session->leg.watches();
}

bool HttpLegs::onCandidate(const wire::LocalCandidate& message) {
    Session* session = sessionOf(message.leg);
    if (!session) return false;
    const bool watches = session->leg.watches();
    if (message.line.candidate.empty())
        answerNow(*session);
    else
        session->candidates[message.line.mLineIndex].push_back(message.line.candidate);
    return watches;
}

void HttpLegs::answerNow(Session& session) {
    session.deadline.cancel();
    if (session.answered)
        std::exchange(session.answered, {})(withCandidates(session.sdp, session.candidates));
}

bool HttpLegs::onState(const wire::LegStateChanged& message) {
    Session* session = sessionOf(message.leg);
    if (!session) return false;
    session->leg.isConnected = message.state == wire::LegState::Connected;
    return session->leg.watches();
}

bool HttpLegs::onClosed(const wire::LegClosed& message) {
    const Session* session = sessionOf(message.leg);
    if (!session) return false;
    const bool watches = session->leg.watches();
    const std::string& text = message.message.empty() ? message.reason : message.message;
    fail(message.leg,
         {message.code.empty() ? ErrorCode::Unavailable : errorCodeFromName(message.code), text});
    return watches;
}

/// Forgets it; who waits for its answer gets the error.
void HttpLegs::fail(const std::string& id, const Error& error) {
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) return;
    const auto answered = std::exchange(found->second.answered, {});
    sessions_.erase(found);
    if (answered) answered(error);
}

} // namespace mullion
