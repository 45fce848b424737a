#pragma once

#include "api/routes.h"

namespace mullion::api {

/// What devices say over the WebSocket: offers, candidates, mutes, chat. Main-bound.
class ClientMessages {
public:
    /// `context` must outlive this.
    explicit ClientMessages(Context& context)
        : context_(context) {}

    /// Does what the message asks and answers its `ref`.
    void handle(Session& session, const Json& message);

private:
    /// Takes the outcome, once, now or later.
    using Reply = std::function<void(Result<void>)>;
    using Handle = void (ClientMessages::*)(Session&, JsonReader&, const Reply&);

    void onOffer(Session& session, JsonReader& reader, const Reply& reply);
    void onCandidate(Session& session, JsonReader& reader, const Reply& reply);
    void onMuted(Session& session, JsonReader& reader, const Reply& reply);
    void onStats(Session& session, JsonReader& reader, const Reply& reply);
    void onChat(Session& session, JsonReader& reader, const Reply& reply);
    void onReaction(Session& session, JsonReader& reader, const Reply& reply);

    /// Finishes the reading and finds the call in which the sender sits.
    Result<const Call*> seat(const Session& session, JsonReader& reader);
    /// Answers who sits in no such call.
    void refuse(const Session& session, const Error& error, const Reply& reply);
    void say(const Session& session, JsonReader& reader, const Utterance& utterance,
             const Reply& reply);

    Context& context_;
    /// Of the message that is being handled.
    std::string callId_ = {};
    std::string ref_ = {};
};

} // namespace mullion::api
