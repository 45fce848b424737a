#include "src/wire/channel.h"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "src/base/json_values.h"
#include "src/wire/messages.h"

namespace mullion::wire {

namespace {

/// A peer that reads nothing for this long a queue is dead or stopped.
constexpr std::size_t kMaxUnsent = std::size_t{16} << 20;

std::string errnoText(const std::string& what) {
    return what + ": " + std::strerror(errno);
}

Result<sockaddr_un> addressOf(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return Error{ErrorCode::BadRequest, "the socket's path is too long (108 bytes): " + path};
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return address;
}

/// Room for a control message with `count` descriptors (cmsg(3)).
constexpr std::size_t controlSize(std::size_t count) {
    return CMSG_SPACE(count * sizeof(int));
}

/// Writes what the socket takes, with a descriptor if there is one. As ::send().
ssize_t sendWith(int fd, const char* data, std::size_t size, const Descriptor* descriptor) {
    iovec part{const_cast<char*>(data), size};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    alignas(cmsghdr) char control[controlSize(1)] = {};
    if (descriptor) {
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        const int number = descriptor->number();
        std::memcpy(CMSG_DATA(header), &number, sizeof number);
    }
    return sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/// The descriptors that came with a message.
std::deque<Descriptor> descriptorsIn(msghdr& message) {
    std::deque<Descriptor> descriptors;
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header;
         header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int number = -1;
            std::memcpy(&number, CMSG_DATA(header) + i * sizeof number, sizeof number);
            descriptors.emplace_back(number);
        }
    }
    return descriptors;
}

} // namespace

Channel::Channel(int fd, std::function<void(const Json&)> onMessage,
                 std::function<void(const std::string&)> onClosed)
    : fd_(fd)
    , onMessage_(std::move(onMessage))
    , onClosed_(std::move(onClosed)) {
    reading_ = watchFd(fd_, static_cast<GIOCondition>(G_IO_IN | G_IO_HUP | G_IO_ERR),
                       [this](GIOCondition) { return onReadable(); });
}

Channel::~Channel() {
    *alive_ = false;
    reading_.cancel();
    writing_.cancel();
    if (fd_ >= 0) ::close(fd_);
}

bool Channel::onReadable() {
    char block[65536];
    iovec part{block, sizeof block};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    alignas(cmsghdr) char control[controlSize(kMaxDescriptors)];
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t size = recvmsg(fd_, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (size <= 0) {
        close(size == 0 ? "the peer closed the socket" : errnoText("reading failed"));
        return false;
    }
    for (Descriptor& descriptor : descriptorsIn(message))
        descriptors_.push_back(std::move(descriptor));
    if ((message.msg_flags & MSG_CTRUNC) != 0 || descriptors_.size() > kMaxDescriptors) {
        close("descriptors came that no message has");
        return false;
    }
    received_.append(block, static_cast<std::size_t>(size));
    // The callback may destroy this channel, and itself with it.
    const auto alive = alive_;
    const auto onMessage = onMessage_;
    std::size_t start = 0;
    for (std::size_t end; (end = received_.find('\n', start)) != std::string::npos;
         start = end + 1) {
        const auto json =
            parseJson(std::string_view(received_).substr(start, end - start), kMaxLine);
        if (!json) {
            close(json.error().message);
            return false;
        }
        onMessage(*json);
        if (!*alive || fd_ < 0) return false;
    }
    received_.erase(0, start);
    if (received_.size() > kMaxLine) {
        close("a line is longer than " + std::to_string(kMaxLine) + " bytes");
        return false;
    }
    return true;
}

Descriptor Channel::takeDescriptor() {
    if (descriptors_.empty()) return {};
    Descriptor oldest = std::move(descriptors_.front());
    descriptors_.pop_front();
    return oldest;
}

void Channel::send(const Json& message, Descriptor descriptor) {
    if (fd_ < 0) return;
    if (descriptor) attached_.push_back({unsent_.size(), std::move(descriptor)});
    unsent_.append(toText(message)).append("\n");
    if (writing_) return;
    if (!flush())
        writing_ = watchFd(fd_, G_IO_OUT, [this](GIOCondition) {
            if (!flush()) return true;
            // The source ends with this return; forget its id first.
            writing_ = Source();
            return false;
        });
}

/// Writes what the socket takes. @return whether nothing is left to write.
bool Channel::flush() {
    std::size_t sent = 0;
    while (sent < unsent_.size()) {
        const bool carries = !attached_.empty() && attached_.front().at == sent;
        const std::size_t next = carries ? 1 : 0;
        const std::size_t end = attached_.size() > next ? attached_[next].at : unsent_.size();
        const ssize_t size = sendWith(fd_, unsent_.data() + sent, end - sent,
                                      carries ? &attached_.front().descriptor : nullptr);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0 && errno != EAGAIN) {
            // The reading side sees the same end and what came before it.
            forgetUnsent();
            return true;
        }
        if (size < 0) break;
        sent += static_cast<std::size_t>(size);
        // With the first byte; whoever has it may go on without ours.
        if (carries) attached_.pop_front();
    }
    unsent_.erase(0, sent);
    for (Attached& attached : attached_)
        attached.at -= sent;
    if (unsent_.size() > kMaxUnsent) {
        // Not from inside send(): its caller may not expect to be destroyed.
        closing_ = after(std::chrono::milliseconds(0), [this] { close("the peer reads nothing"); });
        forgetUnsent();
        return true;
    }
    return unsent_.empty();
}

void Channel::forgetUnsent() {
    unsent_.clear();
    attached_.clear();
}

void Channel::close(const std::string& why) {
    if (fd_ < 0) return;
    reading_.cancel();
    writing_.cancel();
    ::close(fd_);
    fd_ = -1;
    // The callback may destroy this object; call a copy.
    const auto onClosed = onClosed_;
    onClosed(why);
}

bool Channel::peerGone() const {
    char byte;
    return fd_ < 0 || recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

Result<int> Channel::connectTo(const std::string& path) {
    const sockaddr_un address = TRY(addressOf(path));
    // Non-blocking: the backlog of a process that is stopped may be full.
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return Error{ErrorCode::Unavailable, errnoText("no socket")};
    if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        const Error error{ErrorCode::Unavailable, errnoText("cannot connect to " + path)};
        ::close(fd);
        return error;
    }
    return fd;
}

Result<std::unique_ptr<Listener>> Listener::create(const std::string& path,
                                                   std::function<void(int fd)> onConnection) {
    const sockaddr_un address = TRY(addressOf(path));
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return Error{ErrorCode::Unavailable, errnoText("no socket")};
    unlink(path.c_str());
    const mode_t before = umask(0177);
    const bool bound = bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                       listen(fd, 4) == 0;
    umask(before);
    if (!bound) {
        const Error error{ErrorCode::Unavailable, errnoText("cannot listen on " + path)};
        ::close(fd);
        return error;
    }
    return std::unique_ptr<Listener>(new Listener(fd, path, std::move(onConnection)));
}

Listener::Listener(int fd, std::string path, std::function<void(int fd)> onConnection)
    : fd_(fd)
    , path_(std::move(path))
    , onConnection_(std::move(onConnection)) {
    accepting_ = watchFd(fd_, G_IO_IN, [this](GIOCondition) {
        const int connection = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection >= 0) onConnection_(connection);
        return true;
    });
}

Listener::~Listener() {
    accepting_.cancel();
    ::close(fd_);
    unlink(path_.c_str());
}

} // namespace mullion::wire
