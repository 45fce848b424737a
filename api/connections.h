#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

namespace mullion::api {

/// How many connections are open, in all and from each address: HTTP's, and the WebSockets that
/// they become. Main-bound.
class Connections {
public:
    struct Options {
        std::size_t max = 10'000;
        std::size_t perAddress = 1'000;
    };

    /// A connection's place; it is free again when this goes.
    using Place = std::shared_ptr<void>;

    /// `isProxy` tells the addresses behind which many clients are: those have no limit of their
    /// own.
    Connections(Options options, std::function<bool(const std::string& address)> isProxy)
        : options_(options)
        , isProxy_(std::move(isProxy)) {}

    /// A place for a connection from `address`, the one at its other end; null where there is none
    /// left. It may outlive this.
    Place take(const std::string& address);

    std::size_t open() const { return state_->open; }

    /// How many got no place.
    std::size_t refused() const { return refused_; }

private:
    struct State {
        std::size_t open = 0;
        std::unordered_map<std::string, std::size_t> byAddress = {};
    };

    Options options_;
    std::function<bool(const std::string&)> isProxy_;
    std::shared_ptr<State> state_ = std::make_shared<State>();
    std::size_t refused_ = 0;
};

} // namespace mullion::api
