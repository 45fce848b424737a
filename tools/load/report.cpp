#include "tools/load/report.h"

#include <algorithm>

#include "src/base/gref.h"
#include "src/base/json_values.h"
#include "tools/load/quantile.h"

namespace mullion::load {

namespace {

template <typename... Values>
std::string line(const char* format, Values... values) {
    return GCharPtr(g_strdup_printf(format, values...)).get();
}

std::string row(const char* name, const Report::Stream& stream) {
    return line("%-8s %9llu %9llu %8llu %8llu %7llu %7llu %8llu %8.0f ms\n", name,
                static_cast<unsigned long long>(stream.expected),
                static_cast<unsigned long long>(stream.frames),
                static_cast<unsigned long long>(stream.missing),
                static_cast<unsigned long long>(stream.skipped),
                static_cast<unsigned long long>(stream.packetsLost),
                static_cast<unsigned long long>(stream.uneven),
                static_cast<unsigned long long>(stream.freezes), stream.longestGapMs);
}

Json toJson(const Report::Stream& stream) {
    return {{"expected", stream.expected},
            {"frames", stream.frames},
            {"missing", stream.missing},
            {"skipped", stream.skipped},
            {"packets", stream.packets},
            {"packets_lost", stream.packetsLost},
            {"uneven", stream.uneven},
            {"freezes", stream.freezes},
            {"longest_gap_ms", stream.longestGapMs},
            {"loss", stream.loss()}};
}

Json spread(const std::vector<double>& values) {
    return {{"median", quantile(values, 0.5)},
            {"p95", quantile(values, 0.95)},
            {"worst", quantile(values, 1)}};
}

} // namespace

double Report::Stream::loss() const {
    return expected ? static_cast<double>(missing) / static_cast<double>(expected) : 0;
}

double Report::callCpu() const {
    double sum = 0;
    for (const Process& process : callProcesses)
        sum += process.cpuSeconds;
    return seconds > 0 ? sum / seconds : 0;
}

double Report::loss() const {
    return std::max(picture.loss(), sound.loss());
}

std::string toTable(const Report& report) {
    std::string text =
        line("%d calls of %d, %.0f s\n\njoins    %zu ok, %d failed, %d problems\n"
             "  connected after    median %5.0f ms  p95 %5.0f ms   (from the first request)\n"
             "  first frame after  median %5.0f ms  p95 %5.0f ms   (from the offer)\n\n",
             report.calls, report.people, report.seconds, report.joinMs.size(), report.joinsFailed,
             report.problems, quantile(report.joinMs, 0.5), quantile(report.joinMs, 0.95),
             quantile(report.firstFrameMs, 0.5), quantile(report.firstFrameMs, 0.95));
    text += line("%-8s %9s %9s %8s %8s %7s %7s %8s %11s\n", "", "expected", "frames", "missing",
                 "skipped", "packets", "uneven", "freezes", "longest gap");
    text += row("picture", report.picture) + row("sound", report.sound) + '\n';
    if (report.server.pid == 0) return text + "the server is not on this machine: no CPU\n";
    const double people = report.calls * report.people;
    text += "CPU seconds a second\n";
    text += line("  mulliond      %6.3f  pid %d\n", report.server.cpuSeconds / report.seconds,
                 report.server.pid);
    for (const Report::Process& process : report.callProcesses)
        text += line("  mullion-call  %6.3f  pid %d\n", process.cpuSeconds / report.seconds,
                     process.pid);
    text += line("  a participant %6.4f\n", report.callCpu() / people);
    text += line("  this program  %6.3f\n", report.ownCpuSeconds / report.seconds);
    return text;
}

Json toJson(const Report& report) {
    Json processes = Json::array();
    for (const Report::Process& process : report.callProcesses)
        processes.push_back(
            {{"pid", process.pid}, {"cpu_per_second", process.cpuSeconds / report.seconds}});
    return {{"calls", report.calls},
            {"people", report.people},
            {"seconds", report.seconds},
            {"joins",
             {{"ok", report.joinMs.size()},
              {"failed", report.joinsFailed},
              {"problems", report.problems},
              {"connected_ms", spread(report.joinMs)},
              {"first_frame_ms", spread(report.firstFrameMs)}}},
            {"picture", toJson(report.picture)},
            {"sound", toJson(report.sound)},
            {"cpu_per_second",
             {{"mulliond", report.server.cpuSeconds / report.seconds},
              {"calls", report.callCpu()},
              {"participant", report.callCpu() / (report.calls * report.people)},
              {"load", report.ownCpuSeconds / report.seconds},
              {"processes", std::move(processes)}}}};
}

} // namespace mullion::load
