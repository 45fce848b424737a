#include "src/store/redis_commands.h"

#include <cstdlib>

#include "src/store/redis_scripts.h"

namespace mullion::redis {

namespace {

constexpr std::size_t kDigits = 19;

std::string seconds(std::chrono::hours time) {
    return std::to_string(std::chrono::seconds(time).count());
}

std::int64_t ms(Timestamp time) {
    return time.time_since_epoch().count();
}

RedisCommand putCall(const RedisOptions& options, const CallRecord& record) {
    const Timestamp expires = record.endedAt.value_or(record.createdAt) + options.history;
    std::vector<std::string> arguments = {record.id,
                                          record.document,
                                          record.status,
                                          record.active ? "1" : "0",
                                          memberFor({ms(record.createdAt), record.id}),
                                          std::to_string(ms(expires) / 1000),
                                          record.permanent ? "1" : "0",
                                          seconds(options.history)};
    arguments.insert(arguments.end(), record.users.begin(), record.users.end());
    return scriptCommand(options, kPutCall, std::move(arguments));
}

void putLink(std::vector<RedisCommand>& commands, const RedisOptions& options,
             const LinkRecord& link) {
    const std::string key = options.prefix + "link:" + link.code;
    const std::string expires = link.expiresAt ? std::to_string(ms(*link.expiresAt)) : "";
    commands.push_back(
        {"HSET", key, "call_id", link.callId, "expires_ms", expires, "document", link.document});
    if (link.expiresAt)
        commands.push_back({"PEXPIREAT", key, expires});
    else
        commands.push_back({"PERSIST", key});
    commands.push_back({"SADD", options.prefix + "links:" + link.callId, link.code});
}

void putMessage(std::vector<RedisCommand>& commands, const RedisOptions& options,
                const ChatRecord& message) {
    const std::string key = options.prefix + "chat:" + message.callId;
    const std::string place = memberFor({ms(message.at), message.id});
    // Takes the place of an earlier one; `!` follows the blank and precedes all that ids have.
    commands.push_back({"ZREMRANGEBYLEX", key, '[' + place + ' ', '(' + place + '!'});
    commands.push_back({"ZADD", key, "0", place + ' ' + message.userId + ' ' + message.document});
}

} // namespace

std::string writesKey(const RedisOptions& options) {
    return options.prefix + "writes";
}

std::vector<RedisCommand> commandsFor(const RedisOptions& options, const Changes& changes) {
    std::vector<RedisCommand> commands;
    for (const CallRecord& record : changes.calls)
        commands.push_back(putCall(options, record));
    for (const LinkRecord& link : changes.links)
        putLink(commands, options, link);
    for (const std::string& code : changes.removedLinks)
        commands.push_back(scriptCommand(options, kRemoveLink, {code}));
    for (const ChatRecord& message : changes.messages)
        putMessage(commands, options, message);
    for (const PushRecord& push : changes.pushes)
        commands.push_back(scriptCommand(options, kPutPush,
                                         {push.id, push.userId, std::to_string(ms(push.at)),
                                          push.document, std::to_string(kMaxPushes)}));
    for (const PushRemoval& push : changes.removedPushes)
        commands.push_back(scriptCommand(options, kRemovePush, {push.id, push.userId}));
    return commands;
}

RedisCommand commandFor(const RedisOptions& options, const Presence& presence) {
    return {"SET", options.prefix + "presence:" + presence.userId,
            std::string(presence.online ? "1 " : "0 ") + std::to_string(ms(presence.at)), "EX",
            seconds(options.history)};
}

RedisCommand scriptCommand(const RedisOptions& options, const char* script,
                           std::vector<std::string> arguments) {
    RedisCommand command = {"EVAL", script, "0", options.prefix};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return command;
}

std::string memberFor(const Cursor& place) {
    const std::string digits = std::to_string(place.createdMs);
    return std::string(kDigits - std::min(kDigits, digits.size()), '0') + digits + '-' + place.id;
}

Cursor placeOf(const std::string& member) {
    return {std::strtoll(member.c_str(), nullptr, 10),
            member.substr(kDigits + 1, member.find(' ') - kDigits - 1)};
}

} // namespace mullion::redis
