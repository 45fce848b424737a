#pragma once

#include <string>
#include <vector>

#include "src/base/result.h"

namespace mullion {

/// Where pushes may be sent: a subscriber names the address that we then call, which must lead
/// neither into our own network nor wherever he likes. Immutable.
class PushEndpoints {
public:
    /// An address that may be called.
    struct Place {
        /// Such as `https://push.example`.
        std::string origin;
        /// Whether the host is one that nobody has named: its address has to be a public one.
        bool publicOnly = false;
    };

    /// Each entry is a host, `push.example` or `push.example:8443`; all below a domain,
    /// `*.push.example`; `*`, any host of a public address; or a service on this machine for
    /// development, `http://127.0.0.1:9000`, where `allowsLoopback`.
    /// @return BadRequest naming the entry.
    static Result<PushEndpoints> create(std::vector<std::string> entries, bool allowsLoopback);

    /// @return BadRequest for what is no https address of a push service, NotAllowed for one that
    /// may not be called; both of the field `endpoint`.
    Result<Place> check(const std::string& url) const;

private:
    explicit PushEndpoints(std::vector<std::string> entries)
        : entries_(std::move(entries)) {}

    std::vector<std::string> entries_;
};

} // namespace mullion
