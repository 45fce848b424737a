#pragma once

#include <string>

#include "src/store/redis_session.h"
#include "src/store/store.h"

namespace mullion::redis {

/// Store::eraseUser(): reads the calls that name him, writes what is left of them, and walks over
/// all chats, as no index says where somebody wrote.
void eraseUser(RedisSession& session, const RedisOptions& options, const std::string& userId,
               Store::Rewrite rewrite, Store::Done done);

} // namespace mullion::redis
