#include "src/recordings/finisher.h"

#include <csignal>
#include <memory>
#include <sys/prctl.h>
#include <vector>

#include "src/base/json_values.h"
#include "src/base/log.h"
#include "src/base/main_loop.h"

namespace mullion {

namespace {

constexpr Log kLog("finisher");
/// The exit codes of mullion-finish.
constexpr int kNothingPlays = 2;
constexpr int kDiskFull = 3;
constexpr std::size_t kMaxReport = std::size_t{1} << 20;

/// A GError, or nothing.
struct Failure {
    GError* error = nullptr;

    ~Failure() { g_clear_error(&error); }

    std::string message() const { return error ? error->message : ""; }
};

Result<Finisher::Outcome> outcomeOf(GSubprocess* process, const std::string& output,
                                    const std::string& errors) {
    const int code =
        g_subprocess_get_if_exited(process) ? g_subprocess_get_exit_status(process) : -1;
    if (code != 0) {
        const ErrorCode reason = code == kNothingPlays ? ErrorCode::NotFound
                                 : code == kDiskFull   ? ErrorCode::StorageFull
                                                       : ErrorCode::Unavailable;
        // What failed is said last.
        const auto end = errors.find_last_not_of('\n');
        const auto begin = end == std::string::npos ? end : errors.rfind('\n', end);
        const auto line = errors.substr(begin == std::string::npos ? 0 : begin + 1);
        return Error{reason, line.empty() ? "mullion-finish ended with " + std::to_string(code)
                                          : line.substr(0, line.find('\n'))};
    }
    const Json report = TRY(parseJson(output, kMaxReport));
    const auto number = [&report](const char* name) { return report.value(name, std::int64_t{0}); };
    Finisher::Outcome outcome;
    outcome.part.bytes = number("bytes");
    outcome.part.durationMs = number("duration_ms");
    outcome.part.sha256 = report.value("sha256", "");
    outcome.hasPreview = report.value("preview", false);
    outcome.hasWaveform = report.value("waveform", false);
    if (!outcome.part.isFinished())
        return Error{ErrorCode::Internal, "mullion-finish reported no checksum"};
    return outcome;
}

} // namespace

Finisher::~Finisher() = default;

void Finisher::add(Job job, Done done) {
    jobs_.push_back({std::move(job), std::move(done)});
    if (jobs_.size() == 1) startNext();
}

void Finisher::startNext() {
    if (jobs_.empty()) return;
    const Job& job = jobs_.front().job;
    std::vector<const char*> words = {
        "nice", "-n", "10", program_.c_str(), job.input.c_str(), job.output.c_str()};
    for (const auto& [option, path] :
         {std::pair("--preview", &job.preview), std::pair("--waveform", &job.waveform)})
        if (!path->empty()) words.insert(words.end(), {option, path->c_str()});
    words.push_back(nullptr);
    Failure failure;
    const auto launcher =
        GRef<GSubprocessLauncher>::adopt(g_subprocess_launcher_new(static_cast<GSubprocessFlags>(
            G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE)));
    // Of two that finish the same file after the next start, one would rename what the other
    // writes.
    g_subprocess_launcher_set_child_setup(
        launcher.get(), [](void*) { prctl(PR_SET_PDEATHSIG, SIGKILL); }, nullptr, nullptr);
    const auto process = GRef<GSubprocess>::adopt(
        g_subprocess_launcher_spawnv(launcher.get(), words.data(), &failure.error));
    if (!process)
        return postToMain([weak = std::weak_ptr(self_), why = failure.message()] {
            if (const auto self = weak.lock()) (*self)->onEnded(Error{ErrorCode::Unavailable, why});
        });
    g_subprocess_communicate_utf8_async(
        process.get(), nullptr, nullptr,
        [](GObject* source, GAsyncResult* result, void* data) {
            const std::unique_ptr<std::weak_ptr<Finisher*>> weak(
                static_cast<std::weak_ptr<Finisher*>*>(data));
            auto* ended = G_SUBPROCESS(source);
            char* output = nullptr;
            char* errors = nullptr;
            Failure failed;
            const bool read = g_subprocess_communicate_utf8_finish(ended, result, &output, &errors,
                                                                   &failed.error);
            const GCharPtr out(output);
            const GCharPtr err(errors);
            const auto self = weak->lock();
            if (!self) return;
            if (!read) return (*self)->onEnded(Error{ErrorCode::Unavailable, failed.message()});
            (*self)->onEnded(outcomeOf(ended, out ? out.get() : "", err ? err.get() : ""));
        },
        new std::weak_ptr<Finisher*>(self_));
}

void Finisher::onEnded(const Result<Outcome>& outcome) {
    const Entry entry = std::move(jobs_.front());
    if (!outcome) kLog.error("", entry.job.input + ": " + outcome.error().message);
    jobs_.pop_front();
    startNext();
    entry.done(outcome);
}

} // namespace mullion
