#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/http.h"
#include "src/auth/api_keys.h"
#include "src/auth/signed_urls.h"
#include "src/auth/tokens.h"
#include "src/base/token_buckets.h"

namespace mullion::api {

/// Who may use a route at all. TokenOrSignature: also a browser that loads a URL with `?sig=` (see
/// SignedUrls) by GET or HEAD and sends no header; where there is one, the header counts.
/// TokenOrSignedDeed: the same for what is done by POST.
/// Anybody: also without either, and then nobody is known; the handler decides.
enum class Access { Everybody, Token, TokenOrSignature, TokenOrSignedDeed, Anybody };

/// Who comes in by REST, and how often. Main-bound.
///
/// A token or an API key is known by its prefix. A service may act for one of its users: it names
/// him in `X-User-Id` (and `X-User-Name`), and what it does is done as by him, above all roles.
class Gate {
public:
    struct Options {
        /// Requests a second, with bursts of three times as many; 0: as many as they like.
        double perUser = 100;
        double perAddress = 1000;
        /// Requests a second without a good token, with bursts of ten times as many.
        double refusedPerAddress = 5;
        /// Proxies, `10.0.0.0/8` or single addresses, whose `X-Forwarded-For` is believed.
        std::vector<std::string> trustedProxies = {};
    };

    /// `tokens`, `keys` and `urls` must outlive the gate.
    Gate(Options options, const Tokens& tokens, const ApiKeys& keys, const SignedUrls& urls);

    /// The client's address: the last one in `forwardedFor` that is not a proxy of ours.
    std::string addressOf(const std::string& peer, const std::string& forwardedFor) const;

    /// Whether `address` is one of the proxies.
    bool isProxy(const std::string& address) const;

    /// Counts a request. @return TooManyRequests.
    Result<void> admit(const std::string& address);

    /// Who asks, on a route of that access. @return Unauthenticated, TooManyRequests, BadRequest
    /// for a wrong `X-User-Id`.
    Result<Principal> identify(const Request& request, Access access = Access::Token);

    /// Whether whoever asks by a token or a key would be identified; counts nothing.
    bool knows(const Request& request) const { return holderOf(request).ok(); }

    /// Whose token a WebSocket brings. @return Unauthenticated, TooManyRequests.
    Result<Principal> identifyDevice(const std::string& address, const std::string& token);

private:
    Result<Principal> holderOf(const Request& request) const;

    Options options_;
    const Tokens& tokens_;
    const ApiKeys& keys_;
    const SignedUrls& urls_;
    TokenBuckets byUser_;
    TokenBuckets byAddress_;
    TokenBuckets refused_;
};

} // namespace mullion::api
