#include "tools/participant/arrivals.h"

#include <algorithm>

namespace mullion::participant {

namespace {

constexpr double kFreezeMs = 500;
/// What rounding to the RTP clock may shift.
constexpr std::uint32_t kTolerance = 2;

} // namespace

void Arrivals::onPacket(GstBuffer* packet) {
    // RFC 3550 section 5.1.
    guint8 header[12];
    if (gst_buffer_extract(packet, 0, header, sizeof header) != sizeof header) return;
    const auto sequence = static_cast<std::uint16_t>(GST_READ_UINT16_BE(header + 2));
    const std::uint32_t timestamp = GST_READ_UINT32_BE(header + 4);
    const std::lock_guard lock(mutex_);
    ++figures_.packets;
    if (started_) {
        figures_.packetsLost += static_cast<std::uint16_t>(sequence - sequence_ - 1);
        if (const std::uint32_t passed = timestamp - timestamp_; passed != 0) {
            const std::uint32_t steps = (passed + step_ / 2) / step_;
            const std::uint32_t even = steps * step_;
            if (std::max(passed, even) - std::min(passed, even) > kTolerance) ++figures_.uneven;
            figures_.framesSkipped += steps > 0 ? steps - 1 : 0;
        }
    }
    started_ = true;
    sequence_ = sequence;
    timestamp_ = timestamp;
}

void Arrivals::onSample(GstSample*) {
    const std::int64_t now = g_get_monotonic_time();
    const std::lock_guard lock(mutex_);
    ++figures_.frames;
    if (firstAt_ == 0) {
        firstAt_ = now;
    } else {
        const double gapMs = static_cast<double>(now - lastAt_) / 1000;
        figures_.longestGapMs = std::max(figures_.longestGapMs, gapMs);
        if (gapMs > kFreezeMs) ++figures_.freezes;
    }
    lastAt_ = now;
}

Arrivals::Figures Arrivals::figures() const {
    const std::int64_t now = g_get_monotonic_time();
    const std::lock_guard lock(mutex_);
    Figures figures = figures_;
    // A gap counts while it lasts.
    if (const double gapMs = static_cast<double>(now - lastAt_) / 1000;
        firstAt_ != 0 && gapMs > kFreezeMs) {
        figures.longestGapMs = std::max(figures.longestGapMs, gapMs);
        ++figures.freezes;
    }
    return figures;
}

void Arrivals::reset() {
    const std::lock_guard lock(mutex_);
    figures_ = {};
}

std::int64_t Arrivals::firstAt() const {
    const std::lock_guard lock(mutex_);
    return firstAt_;
}

} // namespace mullion::participant
