#pragma once

#include <string>
#include <vector>

#include "src/store/cursor.h"
#include "src/store/redis_session.h"
#include "src/store/store.h"

namespace mullion::redis {

/// How often we have written, by which a Redis that has forgotten something is known.
std::string writesKey(const RedisOptions& options);

/// The changes as commands of one transaction.
std::vector<RedisCommand> commandsFor(const RedisOptions& options, const Changes& changes);
RedisCommand commandFor(const RedisOptions& options, const Presence& presence);
/// `EVAL` of one of our scripts, which get the prefix first.
RedisCommand scriptCommand(const RedisOptions& options, const char* script,
                           std::vector<std::string> arguments);

/// The place of a call or message as the begin of a sorted set's member: its time with 19 digits,
/// a minus and its id, so that the order of the bytes is that of Cursor.
std::string memberFor(const Cursor& place);
/// The reverse; what follows the id is passed over.
Cursor placeOf(const std::string& member);

} // namespace mullion::redis
