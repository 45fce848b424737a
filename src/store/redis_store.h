#pragma once

#include <memory>

#include "src/store/redis_session.h"
#include "src/store/remote_store.h"

namespace mullion {

/// The store in a Redis 6.2 or later, for one mulliond a prefix. It connects by itself, again and
/// again; loadActive() is where one that cannot be reached is an error.
///
/// The answer to eraseUser() may come after those to later requests.
std::unique_ptr<RemoteStore> openRedisStore(const RedisOptions& options);

} // namespace mullion
