#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/result.h"

struct redisReply;

namespace mullion {

/// One command and its arguments, which may hold any bytes.
using RedisCommand = std::vector<std::string>;

/// What Redis answered.
struct RedisValue {
    enum class Kind { Nothing, Integer, Text, List, Refusal };

    Kind kind = Kind::Nothing;
    std::int64_t integer = 0;
    /// Of a Refusal: its code and words, such as `OOM command not allowed …`.
    std::string text = {};
    std::vector<RedisValue> items = {};

    static RedisValue copyOf(const redisReply& reply);

    bool isNothing() const { return kind == Kind::Nothing; }

    /// Whether Redis refused with this code.
    bool isRefusal(std::string_view code) const;
    /// The value, or a Refusal as StorageFull, Unavailable (it can pass) or Internal (it cannot).
    Result<RedisValue> checked() const;
    /// The texts of a List.
    std::vector<std::string> texts() const;
};

} // namespace mullion
