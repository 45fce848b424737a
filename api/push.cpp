// Web Push: the browsers in which somebody wants to be rung while no page of his is open.
#include "api/routes.h"

namespace mullion::api {

namespace {

/// A guest is rung by nobody, and a token for given calls gives no lasting right.
Result<void> requireWholeToken(const Request& request) {
    if (!request.who.calls) return {};
    return Error{ErrorCode::NotAllowed, "the token is for given calls only"};
}

/// As the browser's `PushSubscription.toJSON()` has it.
Result<PushSubscription> subscriptionFrom(const Request& request) {
    constexpr std::int64_t kFarAway = 32'503'680'000'000;
    JsonReader reader(request.body);
    PushSubscription subscription;
    subscription.endpoint = reader.string("endpoint", 1, 2048);
    const auto expiry = reader.optionalNumber("expirationTime", 0, kFarAway);
    const Json& keys = reader.any("keys");
    if (!keys.is_object()) reader.refuse("keys", "`keys` must be an object");
    TRY(reader.finish());
    JsonReader keyReader(keys);
    subscription.p256dh = keyReader.string("p256dh", 1, 128);
    subscription.auth = keyReader.string("auth", 1, 64);
    if (const auto read = keyReader.finish(); !read) {
        Error error = read.error();
        error.field = error.field.empty() ? "keys" : "keys." + error.field;
        return error;
    }
    if (expiry) {
        subscription.expiresAt =
            Timestamp(std::chrono::milliseconds(static_cast<std::int64_t>(*expiry)));
        if (*subscription.expiresAt <= now())
            return Error{ErrorCode::BadRequest, "the subscription has expired", "expirationTime"};
    }
    return subscription;
}

/// Without the keys, which nobody needs to see again.
Json shown(const PushRecord& record) {
    Json json = {{"id", record.id},
                 {"endpoint", nullptr},
                 {"expirationTime", nullptr},
                 {"created_at", formatTimestamp(record.at)}};
    const auto subscription = pushSubscriptionIn(record.document);
    if (!subscription) return json;
    json["endpoint"] = subscription->endpoint;
    if (subscription->expiresAt)
        json["expirationTime"] = subscription->expiresAt->time_since_epoch().count();
    return json;
}

void subscribe(Context& context, const Request& request, const Respond& respond) {
    if (const auto may = requireWholeToken(request); !may) return respond(problem(may.error()));
    const auto subscription = subscriptionFrom(request);
    if (!subscription) return respond(problem(subscription.error()));
    const auto record = context.push.record(request.who.userId, *subscription);
    if (!record) return respond(problem(record.error()));
    context.store.put({.pushes = {*record}}, [record = *record, respond](const auto& written) {
        if (!written) return respond(problem(written.error()));
        respond(Response::json(201, shown(record)));
    });
}

void list(Context& context, const Request& request, const Respond& respond) {
    if (const auto may = requireWholeToken(request); !may) return respond(problem(may.error()));
    context.store.pushesOf(request.who.userId, [respond](const auto& records) {
        if (!records) return respond(problem(records.error()));
        Json all = Json::array();
        for (const PushRecord& record : *records)
            all.push_back(shown(record));
        respond(Response::json(200, {{"subscriptions", std::move(all)}}));
    });
}

/// Removes the asker's subscription of that id.
void unsubscribe(Context& context, const Request& request, const std::string& id,
                 const Respond& respond) {
    if (const auto may = requireWholeToken(request); !may) return respond(problem(may.error()));
    if (const auto read = requireNoFields(request); !read) return respond(problem(read.error()));
    const std::string& user = request.who.userId;
    context.store.pushesOf(user, [&context, id, user, respond](const auto& records) {
        if (!records) return respond(problem(records.error()));
        for (const PushRecord& record : *records)
            if (record.id == id)
                return context.store.put({.removedPushes = {{id, user}}},
                                         [respond](const auto& written) {
                                             if (!written) return respond(problem(written.error()));
                                             respond(Response::json(200, Json::object()));
                                         });
        respond(problem({ErrorCode::NotFound, "you have no such subscription"}));
    });
}

} // namespace

void addPushRoutes(Router& router, Context& context) {
    const std::string all = "/api/webrtc/push/subscriptions";
    router.add("GET", "/api/webrtc/push/key", Access::Token,
               [&context](const Request&, const Respond& respond) {
                   respond(Response::json(200, {{"key", context.push.key()}}));
               });
    router.add("POST", all, Access::Token,
               [&context](const Request& request, const Respond& respond) {
                   subscribe(context, request, respond);
               });
    router.add("GET", all, Access::Token,
               [&context](const Request& request, const Respond& respond) {
                   list(context, request, respond);
               });
    // A page knows its subscription by the endpoint.
    router.add(
        "DELETE", all, Access::Token, [&context](const Request& request, const Respond& respond) {
            const std::string& endpoint = request.queryValue("endpoint");
            if (endpoint.empty())
                return respond(problem(
                    {ErrorCode::BadRequest, "`endpoint` must say which subscription", "endpoint"}));
            unsubscribe(context, request, Push::idOf(endpoint), respond);
        });
    router.add("DELETE", all + "/{subscription_id}", Access::Token,
               [&context](const Request& request, const Respond& respond) {
                   unsubscribe(context, request, request.parameter("subscription_id"), respond);
               });
}

} // namespace mullion::api
