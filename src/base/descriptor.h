#pragma once

#include <unistd.h>
#include <utility>

namespace mullion {

/// A file descriptor that is closed when this object goes. Move-only.
class Descriptor {
public:
    Descriptor() = default;

    /// Takes it over; -1 is none.
    explicit Descriptor(int fd)
        : fd_(fd) {}

    Descriptor(Descriptor&& other) noexcept
        : fd_(std::exchange(other.fd_, -1)) {}

    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }

    ~Descriptor() {
        if (fd_ >= 0) close(fd_);
    }

    int number() const { return fd_; }

    explicit operator bool() const { return fd_ >= 0; }

private:
    int fd_ = -1;
};

} // namespace mullion
