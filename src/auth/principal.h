#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "src/base/timestamp.h"

namespace mullion {

/// user: his own calls. service: an application's backend, every call. admin: service, and nodes.
enum class Scope { User, Service, Admin };

/// Who asks, as his access token says.
struct Principal {
    std::string userId;
    std::string name;
    Scope scope = Scope::User;
    /// The only calls that the token is good for; nothing means all of its user's.
    std::optional<std::vector<std::string>> calls = {};
    Timestamp expiresAt = {};
    /// By call: the role (`host`, `participant` or `viewer`) in which the token lets its bearer in,
    /// also where the call is not open.
    std::map<std::string, std::string> roles = {};

    /// Whether the token may be used for a call of this id at all.
    bool mayUse(const std::string& callId) const {
        return !calls || std::find(calls->begin(), calls->end(), callId) != calls->end();
    }

    /// Whether the token stands above roles in a call.
    bool isPrivileged() const { return scope != Scope::User; }
};

} // namespace mullion
