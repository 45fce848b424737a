#pragma once

#include <string>
#include <vector>

namespace mullion::api {

/// Which names this server goes by, and which web pages may use it.
///
/// A page of any host name can make that name mean 127.0.0.1 while it is shown (DNS rebinding); to
/// the browser our answers are then of the page's own origin. What such a page cannot change is the
/// name, which comes in `Host`: a name that is not ours is refused.
class Origins {
public:
    struct Options {
        /// The address that we listen on; an unspecified one stands for any address.
        std::string listen = "127.0.0.1";
        /// What we are called in public, each like `calls.example.org` or `calls.example.org:8443`.
        std::vector<std::string> names = {};
        /// Origins of other pages, each like `https://example.org`; `*` allows all.
        std::vector<std::string> allowed = {};
    };

    explicit Origins(Options options)
        : options_(std::move(options)) {}

    /// Whether a Host header names us; an empty one does: only programs that are no browsers send
    /// none.
    bool isOurs(const std::string& host) const;

    /// Whether a page of `origin` may ask us, whom it reached as `host` (the Host header).
    bool allow(const std::string& origin, const std::string& host) const;

private:
    Options options_;
};

} // namespace mullion::api
