#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "src/base/json.h"
#include "src/base/timestamp.h"

namespace mullion {

/// The STUN and TURN servers that clients are told of.
struct IceServers {
    std::vector<std::string> stunUrls = {};
    std::vector<std::string> turnUrls = {};
    /// The secret shared with the TURN server (coturn's `static-auth-secret`).
    std::string turnSecret = {};
    std::chrono::seconds lifetime{std::chrono::hours(12)};

    /// `{ice_servers, expires_at}` with credentials of `userId`'s own, which the TURN server checks
    /// without asking us (draft-uberti-behave-turn-rest-00).
    Json describe(const std::string& userId, Timestamp at) const;
};

} // namespace mullion
