#include "api/connections.h"

#include "src/base/log.h"

namespace mullion::api {

namespace {

constexpr Log kLog("http");

} // namespace

Connections::Place Connections::take(const std::string& address) {
    const auto mine = state_->byAddress.find(address);
    const std::size_t count = mine == state_->byAddress.end() ? 0 : mine->second;
    const bool full = state_->open >= options_.max;
    if (full || (count >= options_.perAddress && !isProxy_(address))) {
        // Once for each thousand: whoever floods us does not flood the log.
        if (refused_++ % 1000 == 0)
            kLog.warning(full ? std::string() : "address=" + address,
                         full ? "connections refused: limits.connections are open"
                              : "connections refused: it has limits.connections_per_address");
        return nullptr;
    }
    ++state_->open;
    ++state_->byAddress[address];
    return Place(state_.get(), [state = state_, address](void*) {
        --state->open;
        if (--state->byAddress[address] == 0) state->byAddress.erase(address);
    });
}

} // namespace mullion::api
