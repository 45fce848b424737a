#include "src/store/changes_json.h"

#include "src/base/json.h"
#include "src/base/json_values.h"

namespace mullion {

namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 28;

Json timeOrNull(const std::optional<Timestamp>& time) {
    return time ? Json(time->time_since_epoch().count()) : Json();
}

Timestamp timeIn(const Json& json) {
    return Timestamp(std::chrono::milliseconds(json.get<std::int64_t>()));
}

std::optional<Timestamp> optionalTimeIn(const Json& json) {
    return json.is_null() ? std::nullopt : std::optional(timeIn(json));
}

Changes changesIn(const Json& json) {
    Changes changes;
    for (const Json& call : json.at("calls"))
        changes.calls.push_back({call.at("id"), call.at("active"), call.at("status"),
                                 timeIn(call.at("created")), call.at("users"), call.at("document"),
                                 optionalTimeIn(call.at("ended")), call.at("permanent")});
    for (const Json& link : json.at("links"))
        changes.links.push_back({link.at("code"), link.at("call"),
                                 optionalTimeIn(link.at("expires")), link.at("document")});
    json.at("removed_links").get_to(changes.removedLinks);
    for (const Json& message : json.at("messages"))
        changes.messages.push_back({message.at("id"), message.at("call"), message.at("user"),
                                    timeIn(message.at("at")), message.at("document")});
    // Lines of an earlier program have none.
    for (const Json& push : json.value("pushes", Json::array()))
        changes.pushes.push_back(
            {push.at("id"), push.at("user"), timeIn(push.at("at")), push.at("document")});
    for (const Json& push : json.value("removed_pushes", Json::array()))
        changes.removedPushes.push_back({push.at("id"), push.at("user")});
    return changes;
}

} // namespace

std::string toText(const Changes& changes) {
    Json json = {{"calls", Json::array()},
                 {"links", Json::array()},
                 {"removed_links", changes.removedLinks},
                 {"messages", Json::array()},
                 {"pushes", Json::array()},
                 {"removed_pushes", Json::array()}};
    for (const CallRecord& call : changes.calls)
        json["calls"].push_back({{"id", call.id},
                                 {"active", call.active},
                                 {"status", call.status},
                                 {"created", timeOrNull(call.createdAt)},
                                 {"users", call.users},
                                 {"document", call.document},
                                 {"ended", timeOrNull(call.endedAt)},
                                 {"permanent", call.permanent}});
    for (const LinkRecord& link : changes.links)
        json["links"].push_back({{"code", link.code},
                                 {"call", link.callId},
                                 {"expires", timeOrNull(link.expiresAt)},
                                 {"document", link.document}});
    for (const ChatRecord& message : changes.messages)
        json["messages"].push_back({{"id", message.id},
                                    {"call", message.callId},
                                    {"user", message.userId},
                                    {"at", timeOrNull(message.at)},
                                    {"document", message.document}});
    for (const PushRecord& push : changes.pushes)
        json["pushes"].push_back({{"id", push.id},
                                  {"user", push.userId},
                                  {"at", timeOrNull(push.at)},
                                  {"document", push.document}});
    for (const PushRemoval& push : changes.removedPushes)
        json["removed_pushes"].push_back({{"id", push.id}, {"user", push.userId}});
    return toText(json);
}

Result<Changes> changesFrom(const std::string& text) {
    const Json json = TRY(parseJson(text, kMaxBytes));
    // at() and get() throw on another shape, which only a foreign file has.
    try {
        return changesIn(json);
    } catch (const Json::exception& error) {
        return Error{ErrorCode::BadRequest, error.what()};
    }
}

} // namespace mullion
