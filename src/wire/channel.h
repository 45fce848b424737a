#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "src/base/descriptor.h"
#include "src/base/json.h"
#include "src/base/main_loop.h"
#include "src/base/result.h"

namespace mullion::wire {

/// JSON lines both ways over a connected, non-blocking Unix stream socket; a line may bring a
/// descriptor along. Main-bound.
///
/// Either callback may destroy the channel.
class Channel {
public:
    /// Takes over the connected socket `fd`. `onMessage` gets each line's JSON; `onClosed` comes
    /// once, after the peer has closed, sent what is no JSON, a line above kMaxLine, more than
    /// kMaxDescriptors that no message asked for, or let more than 16 MiB pile up unread; its
    /// argument says which.
    Channel(int fd, std::function<void(const Json&)> onMessage,
            std::function<void(const std::string&)> onClosed);
    ~Channel();
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    /// Queues one line; what the socket does not take at once follows when it can. Its descriptor,
    /// if it has one, arrives before the line does.
    void send(const Json& message, Descriptor descriptor = {});

    /// The oldest descriptor that has come and was not taken yet, for the message that says it has
    /// one; none where there is none.
    Descriptor takeDescriptor();

    /// Whether the peer has closed, even if onClosed has not come yet.
    bool peerGone() const;

    /// Connects to the Unix socket at `path`. @return the descriptor, or Unavailable.
    static Result<int> connectTo(const std::string& path);

private:
    /// One that waits to be sent, with the first byte of its line.
    struct Attached {
        /// In `unsent_`.
        std::size_t at = 0;
        Descriptor descriptor;
    };

    static constexpr std::size_t kMaxDescriptors = 4;

    bool onReadable();
    bool flush();
    void forgetUnsent();
    void close(const std::string& why);

    int fd_ = -1;
    std::function<void(const Json&)> onMessage_;
    std::function<void(const std::string&)> onClosed_;
    std::string received_ = {};
    std::string unsent_ = {};
    std::deque<Attached> attached_ = {};
    /// What has come, the oldest first.
    std::deque<Descriptor> descriptors_ = {};
    Source reading_ = {};
    Source writing_ = {};
    Source closing_ = {};
    /// Dies with the channel, so that a loop over received lines sees that a callback ended it.
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

/// A Unix socket at a path, mode 0600, that hands out connections. Removes the path at its end.
/// Main-bound.
class Listener {
public:
    /// @return Unavailable where the path cannot be bound, BadRequest where it is too long.
    static Result<std::unique_ptr<Listener>> create(const std::string& path,
                                                    std::function<void(int fd)> onConnection);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

private:
    Listener(int fd, std::string path, std::function<void(int fd)> onConnection);

    int fd_ = -1;
    std::string path_;
    std::function<void(int fd)> onConnection_;
    Source accepting_ = {};
};

} // namespace mullion::wire
