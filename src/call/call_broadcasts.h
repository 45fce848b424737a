#pragma once

#include <string>

#include "src/broadcasts/broadcasts.h"
#include "src/call/registry.h"
#include "src/worker/supervisor.h"

namespace mullion {

/// The calls as broadcasts see them. Main-bound.
class CallBroadcasts : public Broadcasts::Calls {
public:
    /// Both outlive it.
    CallBroadcasts(CallRegistry& registry, Supervisor& supervisor)
        : registry_(registry)
        , supervisor_(supervisor) {}

    void send(const std::string& callId, const wire::ToCall& message) override;
    bool hasProcess(const std::string& callId) const override;
    void tell(const char* type, const BroadcastRecord& record, const Json& ofCall) override;

private:
    CallRegistry& registry_;
    Supervisor& supervisor_;
};

} // namespace mullion
