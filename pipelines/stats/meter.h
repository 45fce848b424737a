#pragma once

#include <cstdint>

#include <map>

#include <gst/gst.h>

#include "pipelines/gst/ref.h"
#include "src/wire/messages.h"

namespace mullion {

/// Reads how a leg's packets fare from its RTP session, once in a while, and tells what became of
/// them since the last time. Main-bound.
///
/// Not from webrtcbin's own statistics: those mix up the sources of a bundle (fixed in 1.26.0,
/// 7da5d03b29).
class Meter {
public:
    /// `rtpbin` is webrtcbin's, and lives as long as this; `bufferMs` is how long its jitter
    /// buffers may hold a packet back.
    Meter(GstElement* rtpbin, int bufferMs);

    struct Reading {
        wire::Direction up;
        wire::Direction down;
    };

    /// `seconds` is the time since the last reading, `sentOctets` all that the leg has sent.
    Reading read(double seconds, std::uint64_t sentOctets);

private:
    struct Counts {
        std::uint64_t packets = 0;
        std::int64_t lost = 0;
        std::uint64_t octets = 0;
    };

    void readReceived(const GstStructure* source, double seconds, Reading* reading, Counts* passed);
    static void readReport(const GstStructure* source, Reading* reading);

    GRef<GObject> session_;
    int bufferMs_ = 0;
    /// By synchronisation source, as of the last reading.
    std::map<unsigned, Counts> before_ = {};
    std::uint64_t sentOctets_ = 0;
};

} // namespace mullion
