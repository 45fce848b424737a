#include "pipelines/output/pusher.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>

#include "src/base/log.h"
#include "src/base/main_loop.h"

namespace mullion {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr Log kLog("push");

constexpr auto kFirstRetry = 1s;
constexpr auto kLastRetry = 30s;
/// How long a server may take to answer, or to take what is sent.
constexpr auto kPatience = 10s;
/// Three seconds of picture and sound wait for the network; then it begins anew at a key frame.
constexpr std::size_t kMaxWaiting = 220;

} // namespace

/// What the pusher and its thread share.
class Pusher::Connection {
public:
    Connection(Settings settings, ReportChanged onChanged)
        : settings_(std::move(settings))
        , onChanged_(std::move(onChanged))
        , probe_(settings_.hasPicture) {}

    void push(const ProgrammeFrame& frame, ProgrammeTake& take) {
        const std::lock_guard lock(mutex_);
        // Whoever connects needs the programme's parameters: they come with any key frame.
        if (!probed_) {
            probed_ = probe_.take(frame);
            if (!probed_) return;
            wake_.notify_one();
        }
        if (!open_ || ended_) return;
        const bool leads = frame.isPicture() == settings_.hasPicture;
        if (waiting_.size() >= kMaxWaiting) {
            waiting_.clear();
            complete_ = false;
        }
        if (!complete_ && !(leads && frame.isKeyFrame)) {
            if (leads) take.requestKeyFrame();
            return;
        }
        complete_ = true;
        waiting_.push_back(HeldFrame::of(frame));
        wake_.notify_one();
    }

    void end() {
        const std::lock_guard lock(mutex_);
        ended_ = true;
        wake_.notify_one();
    }

    Report report() const {
        const std::lock_guard lock(mutex_);
        return report_;
    }

    /// The thread: connects and sends until the end.
    void run() {
        auto pause = std::chrono::milliseconds(kFirstRetry);
        while (const auto tracks = awaitTracks()) {
            const auto began = Clock::now();
            const auto sent = send(*tracks);
            if (isEnded()) return;
            // Who was served for a while is served again at once.
            if (Clock::now() - began > kLastRetry) pause = kFirstRetry;
            kLog.warning("", sent.error().message);
            change(wire::BroadcastState::Retrying, sent.error());
            if (!sleep(pause)) return;
            pause = std::min<std::chrono::milliseconds>(pause * 2, kLastRetry);
        }
    }

private:
    bool isEnded() const {
        const std::lock_guard lock(mutex_);
        return ended_;
    }

    std::optional<Muxer::Tracks> awaitTracks() {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return ended_ || probed_; });
        if (ended_) return {};
        return probe_.tracks();
    }

    /// @return false at the end.
    bool sleep(std::chrono::milliseconds pause) {
        std::unique_lock lock(mutex_);
        return !wake_.wait_for(lock, pause, [this] { return ended_; });
    }

    /// Sends until that fails, or the end.
    Result<void> send(const Muxer::Tracks& tracks) {
        deadline_ = Clock::now() + kPatience;
        auto muxer = TRY(Muxer::connect(settings_.container, tracks,
                                        {settings_.url, settings_.options, [this] {
                                             return isEnded() || Clock::now() > deadline_;
                                         }}));
        setOpen(true);
        const auto result = sendFrames(*muxer);
        setOpen(false);
        return result;
    }

    Result<void> sendFrames(Muxer& muxer) {
        std::uint64_t before = 0;
        while (const auto frame = next()) {
            deadline_ = Clock::now() + kPatience;
            TRY(muxer.push(frame->frame()));
            if (before == 0) change(wire::BroadcastState::Live, {});
            const std::lock_guard lock(mutex_);
            report_.bytes += muxer.bytes() - before;
            before = muxer.bytes();
        }
        return {};
    }

    std::optional<HeldFrame> next() {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return ended_ || !waiting_.empty(); });
        if (ended_) return {};
        HeldFrame frame = std::move(waiting_.front());
        waiting_.pop_front();
        return frame;
    }

    void setOpen(bool open) {
        const std::lock_guard lock(mutex_);
        open_ = open;
        complete_ = false;
        waiting_.clear();
        report_.viewers = open ? 1 : 0;
    }

    void change(wire::BroadcastState state, std::optional<Error> error) {
        {
            const std::lock_guard lock(mutex_);
            report_.state = state;
            report_.error = std::move(error);
        }
        onChanged_();
    }

    const Settings settings_;
    const ReportChanged onChanged_;
    /// The thread's own: until when the network may keep it waiting.
    Clock::time_point deadline_ = {};

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    /// GUARDED_BY(mutex_) from here on.
    Muxer::Probe probe_;
    bool probed_ = false;
    bool open_ = false;
    bool ended_ = false;
    /// Whether what waits begins with a key frame and has no gap.
    bool complete_ = false;
    std::deque<HeldFrame> waiting_ = {};
    Report report_ = {};
};

Pusher::Pusher(Settings settings, ReportChanged onChanged)
    : connection_(std::make_shared<Connection>(std::move(settings), std::move(onChanged))) {
    // Detached: looking up a name cannot be broken off, and main waits for nothing.
    g_thread_unref(g_thread_new(
        "push",
        [](void* data) -> void* {
            const std::unique_ptr<std::shared_ptr<Connection>> connection(
                static_cast<std::shared_ptr<Connection>*>(data));
            (*connection)->run();
            return nullptr;
        },
        new std::shared_ptr<Connection>(connection_)));
}

Pusher::~Pusher() {
    connection_->end();
}

void Pusher::onFrame(const ProgrammeFrame& frame, ProgrammeTake& take) {
    connection_->push(frame, take);
}

Broadcast::Report Pusher::report() const {
    return connection_->report();
}

void Pusher::stop(std::function<void()> done) {
    connection_->end();
    postToMain(std::move(done));
}

} // namespace mullion
