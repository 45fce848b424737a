#include "tools/load/load.h"

#include <algorithm>
#include <ctime>

#include "src/base/ids.h"
#include "tools/load/processes.h"

namespace mullion::load {

using namespace std::chrono_literals;
using participant::Arrivals;
using participant::Member;

namespace {

constexpr auto kLook = 100ms;
/// Who sees nothing after this long has failed to join.
constexpr std::int64_t kPatienceUs = 20'000'000;
/// Until key frames for the last who came, and rate control after them, are over.
constexpr auto kSettle = 2s;

/// CPU of a process without a call, seconds a second.
constexpr double kIdle = 0.02;

constexpr int kFps = 25;
constexpr int kRtpVideoClock = 90000;
constexpr int kPacketsPerSecond = 50;
constexpr int kSamplesPerPacket = 960;

double ownCpuSeconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

int portOf(const std::string& server) {
    const GPtr<GUri, g_uri_unref> uri(
        g_uri_parse(server.c_str(), G_URI_FLAGS_SCHEME_NORMALIZE, nullptr));
    return uri ? g_uri_get_port(uri.get()) : -1;
}

void add(Report::Stream& stream, const Arrivals::Figures& figures, double seconds, int perSecond) {
    const auto expected = static_cast<std::uint64_t>(seconds * perSecond);
    stream.expected += expected;
    stream.frames += figures.frames;
    // One may be on its way at either end of the interval.
    if (figures.frames + 1 < expected) stream.missing += expected - figures.frames;
    stream.skipped += figures.framesSkipped;
    stream.packets += figures.packets;
    stream.packetsLost += figures.packetsLost;
    stream.uneven += figures.uneven;
    stream.freezes += figures.freezes;
    stream.longestGapMs = std::max(stream.longestGapMs, figures.longestGapMs);
}

} // namespace

Load::Load(Options options, std::shared_ptr<const participant::Clip> clip, Callbacks callbacks)
    : options_(std::move(options))
    , clip_(std::move(clip))
    , callbacks_(std::move(callbacks))
    , callIds_(static_cast<std::size_t>(options_.calls)) {
    if (options_.serverPid == 0)
        options_.serverPid = listenerOf(portOf(options_.server)).value_or(0);
}

std::shared_ptr<Load> Load::create(Options options, std::shared_ptr<const participant::Clip> clip,
                                   Callbacks callbacks) {
    std::shared_ptr<Load> load(new Load(std::move(options), std::move(clip), std::move(callbacks)));
    load->adding_ = every(load->options_.stagger, [self = load.get()] {
        self->addNext();
        return self->people_.size() <
               static_cast<std::size_t>(self->options_.calls) * self->options_.people;
    });
    load->fill();
    return load;
}

Load::Person Load::makePerson(int index) {
    Person person;
    person.picture = std::make_shared<Arrivals>(kRtpVideoClock / kFps);
    person.sound = std::make_shared<Arrivals>(kSamplesPerPacket);
    participant::ClientPeer::Options media;
    // Browsers wait longer still for a packet that is late: a moment in which this process is not
    // given the machine is no loss.
    media.patienceMs = 200;
    media.clip = clip_;
    media.decode = index < options_.decoding;
    media.pictureArrivals = person.picture;
    media.soundArrivals = person.sound;
    person.member = Member::create(
        {options_.server, "load-" + newId(), "Person " + std::to_string(index + 1), media},
        [weak = weak_from_this(), index](const std::string& problem) {
            const auto self = weak.lock();
            if (!self) return;
            ++self->problems_;
            self->callbacks_.onProgress("person " + std::to_string(index + 1) + ": " + problem);
        });
    return person;
}

/// All calls fill alike: first the first person of each, who starts it, then the second ones.
void Load::addNext() {
    const int index = static_cast<int>(people_.size());
    const auto call = static_cast<std::size_t>(index % options_.calls);
    // The first are quicker than the stagger or this round is left out.
    if (index >= options_.calls && callIds_[call].empty()) return;
    people_.push_back(makePerson(index));
    const auto& member = people_.back().member;
    if (index >= options_.calls) return member->join(callIds_[call]);
    member->start("Load", [weak = weak_from_this(), call](const std::string& id) {
        if (const auto self = weak.lock()) self->callIds_[call] = id;
    });
}

bool Load::everybodySees() const {
    return people_.size() == static_cast<std::size_t>(options_.calls) * options_.people &&
           std::all_of(people_.begin(), people_.end(), [](const Person& person) {
               return person.picture->firstAt() && person.sound->firstAt();
           });
}

void Load::fill() {
    const auto all = static_cast<std::int64_t>(options_.calls) * options_.people;
    const std::int64_t deadline =
        g_get_monotonic_time() + all * options_.stagger.count() * 1000 + kPatienceUs;
    step_ = every(kLook, [this, deadline, all] {
        const bool complete = everybodySees();
        if (!complete && g_get_monotonic_time() < deadline) return true;
        callbacks_.onProgress(complete ? "everybody of " + std::to_string(all) + " is there"
                                       : "not everybody of " + std::to_string(all) +
                                             " is there; measuring those who are");
        // From a source of its own, as this one is about to be replaced.
        postToMain([weak = weak_from_this()] {
            const auto self = weak.lock();
            if (!self) return;
            self->step_ = after(kSettle, [load = self.get()] { load->measure(); });
        });
        return false;
    });
}

std::map<int, double> Load::cpuOfServer() const {
    std::map<int, double> cpu;
    if (options_.serverPid == 0) return cpu;
    auto pids = callProcesses(options_.serverPid, options_.dataDir);
    pids.push_back(options_.serverPid);
    for (const int pid : pids)
        if (const auto seconds = cpuSecondsOf(pid)) cpu[pid] = *seconds;
    return cpu;
}

void Load::measure() {
    adding_.cancel();
    callbacks_.onProgress("measuring for " + std::to_string(options_.length.count()) + " s");
    for (const Person& person : people_) {
        person.picture->reset();
        person.sound->reset();
    }
    measuringSince_ = g_get_monotonic_time();
    cpuBefore_ = cpuOfServer();
    cpuBefore_[0] = ownCpuSeconds();
    postToMain([weak = weak_from_this()] {
        const auto self = weak.lock();
        if (!self) return;
        self->step_ = after(self->options_.length, [load = self.get()] { load->finish(); });
    });
}

void Load::finish() {
    Report report;
    report.calls = options_.calls;
    report.people = options_.people;
    report.problems = problems_;
    report.seconds = static_cast<double>(g_get_monotonic_time() - measuringSince_) / 1e6;
    const auto cpu = cpuOfServer();
    report.ownCpuSeconds = ownCpuSeconds() - cpuBefore_[0];
    for (const Person& person : people_) {
        add(report.picture, person.picture->figures(), report.seconds, kFps);
        add(report.sound, person.sound->figures(), report.seconds, kPacketsPerSecond);
        const Member::Times& times = person.member->times();
        if (!times.connectedAt || !person.picture->firstAt()) {
            ++report.joinsFailed;
            continue;
        }
        report.joinMs.push_back(static_cast<double>(times.connectedAt - times.askedAt) / 1000);
        report.firstFrameMs.push_back(
            static_cast<double>(person.picture->firstAt() - times.offeredAt) / 1000);
    }
    report.joinsFailed += options_.calls * options_.people - static_cast<int>(people_.size());
    for (const auto& [pid, seconds] : cpu) {
        const double spent = seconds - cpuBefore_[pid];
        if (pid == options_.serverPid)
            report.server = {pid, spent};
        else
            report.callProcesses.push_back({pid, spent});
    }
    std::sort(report.callProcesses.begin(), report.callProcesses.end(),
              [](const auto& a, const auto& b) { return a.cpuSeconds > b.cpuSeconds; });
    const auto busy = std::count_if(
        report.callProcesses.begin(), report.callProcesses.end(),
        [&](const auto& process) { return process.cpuSeconds > kIdle * report.seconds; });
    if (busy > report.calls)
        callbacks_.onProgress(std::to_string(busy) + " calls are busy on this server, and only " +
                              std::to_string(report.calls) +
                              " of them are ours: what the others take is in the figures");
    callbacks_.onDone(report);
}

void Load::leave(std::function<void()> onLeft) {
    adding_.cancel();
    step_.cancel();
    // Who has started a call ends it; the others need not leave it before.
    const auto hosts = std::min(people_.size(), static_cast<std::size_t>(options_.calls));
    if (hosts == 0) return onLeft();
    auto left = std::make_shared<std::size_t>(0);
    for (std::size_t i = 0; i < hosts; ++i)
        people_[i].member->endCall([left, hosts, onLeft] {
            if (++*left == hosts) onLeft();
        });
}

} // namespace mullion::load
