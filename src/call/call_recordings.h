#pragma once

#include <string>

#include "src/call/registry.h"
#include "src/recordings/recordings.h"
#include "src/worker/supervisor.h"

namespace mullion {

/// The calls as recordings see them. Main-bound.
class CallRecordings : public Recordings::Calls {
public:
    /// Both outlive it.
    CallRecordings(CallRegistry& registry, Supervisor& supervisor)
        : registry_(registry)
        , supervisor_(supervisor) {}

    void send(const std::string& callId, const wire::ToCall& message) override;
    void tell(const char* type, const Recording& recording) override;
    bool hasProcess(const std::string& callId) const override;
    Json describe(const std::string& callId) const override;

private:
    CallRegistry& registry_;
    Supervisor& supervisor_;
};

} // namespace mullion
