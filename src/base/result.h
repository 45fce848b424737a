#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace mullion {

/// The reasons for which something can be refused or fail. They are the `code`s of the problem
/// documents of the REST API and of the WebSocket's `error`, and api/ maps each to a status.
enum class ErrorCode {
    BadRequest,
    Unauthenticated,
    NotAllowed,
    NotFound,
    NotMember,
    WrongState,
    Conflict,
    CallFull,
    Locked,
    Busy,
    TooLarge,
    TooManyRequests,
    UnsupportedMedia,
    AtCapacity,
    StorageFull,
    Unavailable,
    Internal,
};

/// Why something did not happen, in words for the person who reads it.
struct Error {
    ErrorCode code = ErrorCode::Internal;
    std::string message;
    /// The offending field of a request, empty where there is none.
    std::string field = {};
    /// After how many seconds it may go; 0: at any moment.
    int retryAfter = 0;
};

/// A value or the Error that stands in its place.
template <typename T>
class [[nodiscard]] Result {
public:
    Result(T value)
        : state_(std::in_place_index<0>, std::move(value)) {}

    Result(Error error)
        : state_(std::in_place_index<1>, std::move(error)) {}

    explicit operator bool() const { return state_.index() == 0; }

    bool ok() const { return state_.index() == 0; }

    T& value() & {
        assert(ok());
        return std::get<0>(state_);
    }

    const T& value() const& {
        assert(ok());
        return std::get<0>(state_);
    }

    T&& value() && {
        assert(ok());
        return std::get<0>(std::move(state_));
    }

    const Error& error() const {
        assert(!ok());
        return std::get<1>(state_);
    }

    T& operator*() & { return value(); }

    const T& operator*() const& { return value(); }

    T* operator->() { return &value(); }

    const T* operator->() const { return &value(); }

private:
    std::variant<T, Error> state_;
};

/// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;

    Result(Error error)
        : error_(std::move(error)) {}

    explicit operator bool() const { return !error_; }

    bool ok() const { return !error_; }

    void value() const { assert(ok()); }

    const Error& error() const {
        assert(error_);
        return *error_;
    }

private:
    std::optional<Error> error_;
};

} // namespace mullion

/// The value of a Result, or an early return of its Error from the enclosing function.
#define TRY(expression)                                                                            \
    __extension__({                                                                                \
        auto tryResult_ = (expression);                                                            \
        if (!tryResult_) return tryResult_.error();                                                \
        std::move(tryResult_).value();                                                             \
    })
