#pragma once

#include <cstdint>

#include <map>
#include <optional>
#include <span>
#include <vector>

#include <gst/gst.h>

#include "pipelines/gst/ref.h"

namespace mullion {

/// Puts the packets of one source into order: those that are in order pass at once, others wait for
/// the ones that are missing, which are asked for again, up to a time. It keeps no clock: its owner
/// says what time it is. Times in ns. Not thread-safe.
class Reorderer {
public:
    /// `patience` is how long a packet is waited for.
    explicit Reorderer(std::int64_t patience)
        : patience_(patience) {}

    /// Takes a packet with its number (RFC 3550 section 5.1). One that has been there before or was
    /// given up is dropped; a leap in the numbers begins anew.
    void put(std::uint16_t sequence, GRef<GstBuffer> packet, std::int64_t now);

    struct Next {
        GRef<GstBuffer> packet;
        std::uint16_t sequence = 0;
        /// How many before it have been given up.
        unsigned lost = 0;
    };

    /// The packet that may go on now, if any.
    std::optional<Next> next(std::int64_t now);

    /// The numbers to be asked for now. Each is again, a few times, once it should have come: after
    /// as long as repairs take lately, and not within `interval`.
    std::vector<std::uint16_t> missing(std::int64_t now, std::int64_t interval) const;

    /// They have been asked for.
    void setAsked(std::span<const std::uint16_t> numbers, std::int64_t now);

    /// Whether the packet of this number is waited for.
    bool misses(std::uint16_t sequence) const;

    /// Whether packets wait for others.
    bool waits() const { return !waiting_.empty(); }

private:
    struct Missing {
        std::int64_t since = 0;
        std::int64_t firstAskedAt = 0;
        std::int64_t askedAt = 0;
        int asked = 0;
    };

    std::int64_t extended(std::uint16_t sequence) const;
    void fill(std::int64_t number, std::int64_t now);

    std::int64_t patience_;
    /// From first asking to what was asked for, smooth; 0 until something has come.
    std::int64_t repairTime_ = 0;
    bool started_ = false;
    // Numbers that do not wrap.
    std::int64_t next_ = 0;
    std::int64_t highest_ = 0;
    std::map<std::int64_t, GRef<GstBuffer>> waiting_ = {};
    std::map<std::int64_t, Missing> missing_ = {};
};

} // namespace mullion
