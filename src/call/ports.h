#pragma once

#include <string>
#include <vector>

#include "src/base/json.h"
#include "src/call/call.h"

/// What the registry of calls needs of the world, so that it can be tested without it.
namespace mullion {

/// The way to the clients. Main-bound.
class EventSink {
public:
    virtual ~EventSink() = default;

    /// Sends one event to every device of each of these users. It is what there is to tell of the
    /// call, to webhooks too, also where no device needs it.
    virtual void publish(const std::vector<std::string>& users, const Json& event) = 0;

    /// Sends a user's devices an event that is theirs alone: of what others have been told already,
    /// or as only he sees it.
    virtual void tell(const std::string& userId, const Json& event) = 0;

    /// Sends one event to the device with this session; to all of the user's where that has gone.
    virtual void sendTo(const std::string& session, const std::string& userId,
                        const Json& event) = 0;

    /// Answers a client's message that carried `ref`: an `ack`, or an `error` with its code.
    virtual void answer(const std::string& session, const std::string& ref,
                        const Result<void>& result) = 0;

    /// Whether any device of the user is connected.
    virtual bool isOnline(const std::string& userId) const = 0;
};

/// Somebody who is being asked to come, and until when.
struct Asked {
    std::string userId;
    Timestamp until = {};
};

/// Who has to know whom calls ring, beyond the devices that are connected. Main-bound.
class RingWatch {
public:
    virtual ~RingWatch() = default;

    /// The call as it is after each change, also the last, and who is asked into it now. Those who
    /// were and are no more have answered or not: the call tells.
    virtual void follow(const Call& call, const std::vector<Asked>& asked) = 0;
};

/// The way to the processes that mix. Main-bound; no call waits.
class CallMedia {
public:
    virtual ~CallMedia() = default;

    /// Gives the call a process.
    virtual void start(const Call& call) = 0;
    /// Seats a participant, or changes mute, name, volume or role.
    virtual void put(const Call& call, const Participant& participant) = 0;
    /// Lays the picture out anew, by the call's layout.
    virtual void setLayout(const Call& call) = 0;
    /// Draws on the call's canvas from now on.
    virtual void setCanvas(const Call& call) = 0;
    /// Dresses what outputs show, by the call's programme.
    virtual void setProgramme(const Call& call) = 0;
    /// Gives a participant the encoding that he wants.
    virtual void setRung(const Call& call, const Participant& participant) = 0;
    /// Takes a participant out and closes his legs.
    virtual void remove(const std::string& callId, const std::string& userId,
                        const std::string& reason) = 0;
    /// Ends the call's process, if it has one.
    virtual void stop(const std::string& callId) = 0;
};

} // namespace mullion
