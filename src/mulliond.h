#pragma once

#include <memory>

#include "src/settings.h"

namespace mullion {

/// The program, put together: the parts of the control plane in the order in which they need each
/// other. Main-bound.
class Mulliond {
public:
    /// Loads the calls, adopts their processes and opens the door. @return what is wrong, for the
    /// person at the terminal.
    static Result<std::unique_ptr<Mulliond>> start(Settings settings);
    ~Mulliond();

    int port() const { return port_; }

    /// Whether the door speaks TLS.
    bool isSecure() const;

    /// Ends the spare process, and with `stopCalls` those of calls, whose clients then find a new
    /// one when mulliond is back.
    void shutdown(bool stopCalls);

private:
    struct Parts;
    Mulliond(std::unique_ptr<Parts> parts, int port);

    std::unique_ptr<Parts> parts_;
    int port_ = 0;
};

} // namespace mullion
