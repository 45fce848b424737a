#pragma once

// What has to be looked at before it is written, or read in one step so that answers keep their
// order. KEYS stays empty: keys are derived from the prefix, which rules out a Redis Cluster.

namespace mullion::redis {

/// ARGV: prefix, id, document, status, active, member of the histories, when it expires (s) and
/// whether its links stay, then its users.
constexpr const char* kPutCall = R"lua(
local prefix, id, active, member = ARGV[1], ARGV[2], ARGV[5] == '1', ARGV[6]
local expires, permanent = tonumber(ARGV[7]), ARGV[8] == '1'
local key, chat, links = prefix..'call:'..id, prefix..'chat:'..id, prefix..'links:'..id
redis.call('HSET', key, 'document', ARGV[3], 'status', ARGV[4], 'active', ARGV[5])

-- Drops from the oldest members of a history those whose calls have expired.
local function trim(history)
  for _, old in ipairs(redis.call('ZRANGE', history, 0, 9)) do
    if redis.call('EXISTS', prefix..'call:'..string.sub(old, 21)) == 0 then
      redis.call('ZREM', history, old)
    end
  end
end

local kept = tonumber(ARGV[9])
for i = 10, #ARGV do
  local history = prefix..'user:'..ARGV[i]
  redis.call('ZADD', history, 0, member)
  redis.call('EXPIRE', history, kept)
  if not active then trim(history) end
end
if active then
  redis.call('SADD', prefix..'active', id)
  redis.call('PERSIST', key)
  redis.call('PERSIST', chat)
else
  redis.call('SREM', prefix..'active', id)
  redis.call('ZADD', prefix..'history', 0, member)
  trim(prefix..'history')
  redis.call('EXPIREAT', key, expires)
  redis.call('EXPIREAT', chat, expires)
end
for _, code in ipairs(redis.call('SMEMBERS', links)) do
  local link = prefix..'link:'..code
  local own = redis.call('HGET', link, 'expires_ms')
  if not active and not permanent then
    redis.call('DEL', link)
  elseif active and own == '' then
    redis.call('PERSIST', link)
  elseif active and own then
    redis.call('PEXPIREAT', link, own)
  elseif own == '' or (own and tonumber(own) > expires * 1000) then
    redis.call('EXPIREAT', link, expires)
  end
end
if active then redis.call('PERSIST', links)
elseif permanent then redis.call('EXPIREAT', links, expires)
else redis.call('DEL', links) end
)lua";

/// ARGV: prefix, code.
constexpr const char* kRemoveLink = R"lua(
local link = ARGV[1]..'link:'..ARGV[2]
local call = redis.call('HGET', link, 'call_id')
if call then redis.call('SREM', ARGV[1]..'links:'..call, ARGV[2]) end
redis.call('DEL', link)
)lua";

/// ARGV: prefix, id, user, time in ms, document, how many a user may have.
constexpr const char* kPutPush = R"lua(
local prefix, id, user = ARGV[1], ARGV[2], ARGV[3]
local key, all = prefix..'push:'..id, prefix..'pushes:'..user
local before = redis.call('HGET', key, 'user_id')
if before and before ~= user then redis.call('ZREM', prefix..'pushes:'..before, id) end
redis.call('HSET', key, 'user_id', user, 'at_ms', ARGV[4], 'document', ARGV[5])
redis.call('ZADD', all, ARGV[4], id)
for _, old in ipairs(redis.call('ZRANGE', all, 0, -1 - tonumber(ARGV[6]))) do
  redis.call('DEL', prefix..'push:'..old)
  redis.call('ZREM', all, old)
end
)lua";

/// ARGV: prefix, id, user.
constexpr const char* kRemovePush = R"lua(
local key = ARGV[1]..'push:'..ARGV[2]
if redis.call('HGET', key, 'user_id') ~= ARGV[3] then return end
redis.call('DEL', key)
redis.call('ZREM', ARGV[1]..'pushes:'..ARGV[3], ARGV[2])
)lua";

/// ARGV: prefix, user. {id, time in ms, document} of each, the oldest first.
constexpr const char* kPushes = R"lua(
local pushes = {}
for _, id in ipairs(redis.call('ZRANGE', ARGV[1]..'pushes:'..ARGV[2], 0, -1)) do
  local push = redis.call('HMGET', ARGV[1]..'push:'..id, 'at_ms', 'document')
  if push[2] then pushes[#pushes + 1] = {id, push[1], push[2]} end
end
return pushes
)lua";

/// ARGV: prefix, user.
constexpr const char* kErasePushes = R"lua(
local all = ARGV[1]..'pushes:'..ARGV[2]
for _, id in ipairs(redis.call('ZRANGE', all, 0, -1)) do
  redis.call('DEL', ARGV[1]..'push:'..id)
end
redis.call('DEL', all)
)lua";

/// ARGV: prefix. Documents.
constexpr const char* kActive = R"lua(
local documents = {}
for _, id in ipairs(redis.call('SMEMBERS', ARGV[1]..'active')) do
  local document = redis.call('HGET', ARGV[1]..'call:'..id, 'document')
  if document then documents[#documents + 1] = document end
end
return documents
)lua";

/// ARGV: prefix, history's key, bound, limit, status. {member of the last, documents}
constexpr const char* kHistory = R"lua(
local prefix, key, bound, limit, status = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]
local documents, last = {}, ''
while true do
  local members = redis.call('ZREVRANGEBYLEX', key, bound, '-', 'LIMIT', 0, 100)
  for _, member in ipairs(members) do
    local call = redis.call('HMGET', prefix..'call:'..string.sub(member, 21),
                            'document', 'status', 'active')
    if call[1] and call[3] == '0' and (status == '' or call[2] == status) then
      if #documents == limit then return {last, documents} end
      documents[#documents + 1] = call[1]
      last = member
    end
  end
  if #members < 100 then return {'', documents} end
  bound = '('..members[#members]
end
)lua";

/// ARGV: prefix, call. {code, expires_ms, document} of each, by code.
constexpr const char* kLinks = R"lua(
local key, links = ARGV[1]..'links:'..ARGV[2], {}
local codes = redis.call('SMEMBERS', key)
table.sort(codes)
for _, code in ipairs(codes) do
  local link = redis.call('HMGET', ARGV[1]..'link:'..code, 'expires_ms', 'document')
  if link[2] then
    links[#links + 1] = {code, link[1], link[2]}
  else
    redis.call('SREM', key, code)
  end
end
return links
)lua";

/// ARGV: prefix, user. {id, document} of each call that names him.
constexpr const char* kCallsOfUser = R"lua(
local calls = {}
for _, member in ipairs(redis.call('ZRANGE', ARGV[1]..'user:'..ARGV[2], 0, -1)) do
  local id = string.sub(member, 21)
  local document = redis.call('HGET', ARGV[1]..'call:'..id, 'document')
  if document then calls[#calls + 1] = {id, document} end
end
return calls
)lua";

/// ARGV: prefix, id, document as it was, as it shall be. Whether it still was so.
constexpr const char* kRewrite = R"lua(
local key = ARGV[1]..'call:'..ARGV[2]
if redis.call('HGET', key, 'document') ~= ARGV[3] then return 0 end
redis.call('HSET', key, 'document', ARGV[4])
return 1
)lua";

/// ARGV: user, keys of chats.
constexpr const char* kEraseMessages = R"lua(
for i = 2, #ARGV do
  for _, member in ipairs(redis.call('ZRANGE', ARGV[i], 0, -1)) do
    if string.match(member, '^%S+ (%S+) ') == ARGV[1] then
      redis.call('ZREM', ARGV[i], member)
    end
  end
end
)lua";

} // namespace mullion::redis
