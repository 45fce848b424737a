#pragma once

#include <cstdint>

#include <string>
#include <vector>

#include "src/base/json.h"

namespace mullion::load {

/// What a run has found; everything but the joins is of the steady interval alone.
struct Report {
    int calls = 0;
    int people = 0;
    double seconds = 0;

    int joinsFailed = 0;
    /// From the first request to a connected leg, and from the offer to the first whole frame.
    std::vector<double> joinMs = {};
    std::vector<double> firstFrameMs = {};

    /// Of one stream to everybody.
    struct Stream {
        std::uint64_t expected = 0;
        std::uint64_t frames = 0;
        /// What each lacked, added up; not cancelled by what another got too many.
        std::uint64_t missing = 0;
        std::uint64_t skipped = 0;
        std::uint64_t packets = 0;
        std::uint64_t packetsLost = 0;
        std::uint64_t uneven = 0;
        std::uint64_t freezes = 0;
        double longestGapMs = 0;

        /// The part of the frames that did not come, 0 to 1.
        double loss() const;
    };

    Stream picture = {};
    Stream sound = {};

    struct Process {
        int pid = 0;
        double cpuSeconds = 0;
    };

    /// mulliond; pid 0: it is not on this machine.
    Process server = {};
    /// The busiest first: those of the calls, then the spare.
    std::vector<Process> callProcesses = {};
    /// Of this program, for whether the machine was big enough for both.
    double ownCpuSeconds = 0;
    /// What people reported on the way: legs that closed, refused requests.
    int problems = 0;

    /// CPU seconds a second of all calls' processes.
    double callCpu() const;
    double loss() const;
};

/// For a terminal.
std::string toTable(const Report& report);
Json toJson(const Report& report);

} // namespace mullion::load
