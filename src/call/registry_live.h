#pragma once

#include "src/base/json_values.h"
#include "src/call/registry.h"

namespace mullion {

/// One live call with what only this process knows of it.
struct CallRegistry::Live {
    Call call = {};
    /// As the mix last reported it: `{canvas, mode, tiles}`.
    Json layout = {};
    /// As the mix last reported them.
    wire::Figures figures = {};
    /// Who speaks; empty: nobody.
    std::string speaker = {};
    /// Until when the ring goes, and until when an empty room waits.
    Source ringTimer = {};
    Source emptyTimer = {};
    /// What was said last, by user and the sender's id of it, so that what is sent again is kept
    /// once.
    std::deque<std::string> said = {};
    /// When, by which it is kept.
    Timestamp lastSaid = {};
    /// By user: until when his seat is kept for him.
    std::unordered_map<std::string, Source> graceTimers = {};
};

} // namespace mullion
