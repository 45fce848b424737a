#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "src/call/registry.h"

namespace mullion {

/// What a link is to be.
struct NewLink {
    Role role = Role::Participant;
    /// Nothing: as long as its call.
    std::optional<Timestamp> expiresAt = {};
    /// Nothing: the link alone lets in.
    std::optional<std::string> pin = {};
};

/// Links that let people in who have no account: hosts make them, guests exchange one for a token
/// that is good for its call alone. Main-bound; answers come later, as the Store's.
///
/// A PIN is kept as an HMAC, and five wrong ones close the link to everybody for a minute, so that
/// its few digits cannot be tried out.
class Links {
public:
    using Done = CallRegistry::Done;

    /// How long a guest's token is good for at most.
    static constexpr std::chrono::hours kGuestLifetime{12};

    /// `secret` is what PINs are hashed with; it has to be the same after a restart.
    Links(CallRegistry& registry, Store& store, std::string secret);

    /// `{code, role, expires_at, pin}`, the last telling whether there is one. A host's.
    void create(const Principal& who, const std::string& callId, const NewLink& wish,
                const Done& done);
    /// `{links:[…]}`. A host's.
    void list(const Principal& who, const std::string& callId, const Done& done);
    /// Takes a link back; tokens that guests have stay good. `{}`. A host's. Also: NotFound.
    void revoke(const Principal& who, const std::string& callId, const std::string& code,
                const Done& done);

    /// Who a guest is from now on: a user id of his own, the link's role in its call.
    /// @return NotFound for a link that is unknown, over or of another call than `callId` (empty:
    /// any), NotAllowed for a wrong PIN, TooManyRequests after too many of them.
    void redeem(const std::string& code, const std::string& callId, const std::string& name,
                const std::string& pin, std::function<void(Result<Principal>)> done);

private:
    struct Failures {
        int count = 0;
        Timestamp last = {};
    };

    void asHost(const Principal& who, const std::string& callId, const Done& done,
                const std::function<void()>& action);
    Result<Principal> guestOf(const LinkRecord& link, const std::string& callId,
                              const std::string& name, const std::string& pin);
    std::string hashOf(const std::string& code, const std::string& pin) const;
    Result<void> checkPin(const LinkRecord& link, const std::string& hash, const std::string& pin);

    CallRegistry& registry_;
    Store& store_;
    std::string secret_;
    std::map<std::string, Failures> failures_ = {};
};

} // namespace mullion
