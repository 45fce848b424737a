#include "src/store/redis_value.h"

#include <algorithm>

#include <hiredis/hiredis.h>

namespace mullion {

namespace {

/// What passes when somebody starts, frees, promotes or configures something; also wrong passwords,
/// which are as if Redis were not there.
constexpr std::string_view kPassing[] = {"LOADING",    "READONLY",  "MISCONF",  "MASTERDOWN",
                                         "NOREPLICAS", "BUSY",      "TRYAGAIN", "EXECABORT",
                                         "NOAUTH",     "WRONGPASS", "NOPERM",   "UNKILLABLE"};

} // namespace

RedisValue RedisValue::copyOf(const redisReply& reply) {
    RedisValue value;
    switch (reply.type) {
    case REDIS_REPLY_INTEGER:
        value.kind = Kind::Integer;
        value.integer = reply.integer;
        break;
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
        value.kind = Kind::Text;
        value.text.assign(reply.str, reply.len);
        break;
    case REDIS_REPLY_ERROR:
        value.kind = Kind::Refusal;
        value.text.assign(reply.str, reply.len);
        break;
    case REDIS_REPLY_ARRAY:
        value.kind = Kind::List;
        for (std::size_t i = 0; i < reply.elements; ++i)
            value.items.push_back(copyOf(*reply.element[i]));
        break;
    default:
        break;
    }
    return value;
}

bool RedisValue::isRefusal(std::string_view code) const {
    return kind == Kind::Refusal && text.starts_with(code);
}

Result<RedisValue> RedisValue::checked() const {
    if (kind != Kind::Refusal) return *this;
    const std::string message = "Redis refuses: " + text;
    if (isRefusal("OOM")) return Error{ErrorCode::StorageFull, message};
    const bool passing = std::any_of(std::begin(kPassing), std::end(kPassing),
                                     [this](std::string_view code) { return isRefusal(code); });
    return Error{passing ? ErrorCode::Unavailable : ErrorCode::Internal, message};
}

std::vector<std::string> RedisValue::texts() const {
    std::vector<std::string> all;
    for (const RedisValue& item : items)
        all.push_back(item.text);
    return all;
}

} // namespace mullion
