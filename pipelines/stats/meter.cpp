#include "pipelines/stats/meter.h"

#include <algorithm>
#include <utility>

#include "pipelines/stats/emodel.h"

namespace mullion {

namespace {

/// What decoding, mixing and encoding add to the way of the sound, and the client's own buffer.
constexpr double kProcessingMs = 60;

template <typename Number>
Number numberIn(const GstStructure* structure, const char* field) {
    const GValue* value = gst_structure_get_value(structure, field);
    if (!value) return 0;
    if (G_VALUE_HOLDS_UINT64(value)) return static_cast<Number>(g_value_get_uint64(value));
    if (G_VALUE_HOLDS_UINT(value)) return static_cast<Number>(g_value_get_uint(value));
    if (G_VALUE_HOLDS_INT(value)) return static_cast<Number>(g_value_get_int(value));
    return 0;
}

bool flagIn(const GstStructure* structure, const char* field) {
    gboolean flag = FALSE;
    return gst_structure_get_boolean(structure, field, &flag) && flag;
}

} // namespace

Meter::Meter(GstElement* rtpbin, int bufferMs)
    : bufferMs_(bufferMs) {
    // Everything is bundled into one session.
    g_signal_emit_by_name(rtpbin, "get-internal-session", 0u, session_.out());
}

Meter::Reading Meter::read(double seconds, std::uint64_t sentOctets) {
    Reading reading;
    if (!session_ || seconds <= 0) return reading;
    reading.down.bitrate = static_cast<int>(
        static_cast<double>(sentOctets - std::exchange(sentOctets_, sentOctets)) * 8 / seconds);
    GstStructure* raw = nullptr;
    g_object_get(session_.get(), "stats", &raw, nullptr);
    const GPtr<GstStructure, gst_structure_free> stats(raw);
    const GValue* boxed = gst_structure_get_value(raw, "source-stats");
    if (!boxed) return reading;
    G_GNUC_BEGIN_IGNORE_DEPRECATIONS
    const auto* sources = static_cast<const GValueArray*>(g_value_get_boxed(boxed));
    Counts passed;
    for (unsigned i = 0; sources && i < sources->n_values; ++i) {
        const auto* source =
            static_cast<const GstStructure*>(g_value_get_boxed(sources->values + i));
        // Our own sources count tokens, which stand for frames (leg/egress).
        if (!flagIn(source, "internal")) readReceived(source, seconds, &reading, &passed);
    }
    G_GNUC_END_IGNORE_DEPRECATIONS
    if (const auto expected =
            static_cast<double>(passed.packets) + static_cast<double>(passed.lost);
        expected > 0)
        reading.up.loss = std::clamp(static_cast<double>(passed.lost) / expected, 0.0, 1.0);
    reading.up.rttSeconds = reading.down.rttSeconds;
    for (wire::Direction* direction : {&reading.up, &reading.down})
        direction->mos = meanOpinionScore(
            {direction->rttSeconds * 500 + bufferMs_ + kProcessingMs, direction->loss});
    return reading;
}

void Meter::readReceived(const GstStructure* source, double seconds, Reading* reading,
                         Counts* passed) {
    const auto now = Counts{numberIn<std::uint64_t>(source, "packets-received"),
                            numberIn<std::int64_t>(source, "packets-lost"),
                            numberIn<std::uint64_t>(source, "octets-received")};
    Counts& before = before_[numberIn<unsigned>(source, "ssrc")];
    passed->packets += now.packets - std::min(now.packets, before.packets);
    passed->lost += std::max<std::int64_t>(0, now.lost - before.lost);
    reading->up.bitrate += static_cast<int>(
        static_cast<double>(now.octets - std::min(now.octets, before.octets)) * 8 / seconds);
    // The jitter of a source that is silent stays as it was when its last packet came.
    const bool isHeard = now.packets > before.packets;
    before = now;
    if (const auto rate = numberIn<int>(source, "clock-rate"); rate > 0 && isHeard)
        reading->up.jitterSeconds =
            std::max(reading->up.jitterSeconds, numberIn<double>(source, "jitter") / rate);
    if (flagIn(source, "have-rb")) readReport(source, reading);
}

/// What the client reports of what it gets (RFC 3550 section 6.4.1).
void Meter::readReport(const GstStructure* source, Reading* reading) {
    wire::Direction& down = reading->down;
    down.rttSeconds = std::max(down.rttSeconds, numberIn<double>(source, "rb-round-trip") / 65536);
    down.loss = std::max(down.loss, numberIn<double>(source, "rb-fractionlost") / 256);
    // In units of the stream's clock; a picture's is 90 kHz, and its jitter is the larger one.
    down.jitterSeconds =
        std::max(down.jitterSeconds, numberIn<double>(source, "rb-jitter") / 90000);
}

} // namespace mullion
