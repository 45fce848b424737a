#include "src/call/sounds.h"

#include <algorithm>
#include <filesystem>

#include "src/base/error_names.h"
#include "src/base/ids.h"
#include "src/base/log.h"
#include "src/base/new_file.h"
#include "src/base/system_error.h"

namespace mullion {

namespace fs = std::filesystem;

namespace {

constexpr Log kLog("sounds");

/// On the thread.
Result<void> write(const std::string& folder, const std::string& path, const std::string& bytes) {
    std::error_code failed;
    fs::create_directories(folder, failed);
    if (failed) return writeError(failed.value(), folder);
    NewFile file = TRY(NewFile::create(path));
    TRY(file.write(bytes));
    return file.commit();
}

} // namespace

Sounds::Sounds(Options options, Callbacks callbacks)
    : options_(std::move(options))
    , callbacks_(std::move(callbacks)) {
    std::error_code ignored;
    fs::remove_all(options_.folder, ignored);
}

Sounds::~Sounds() = default;

void Sounds::play(const std::string& callId, std::string sound, double volume, const Done& done) {
    const auto count = std::count_if(sounds_.begin(), sounds_.end(), [&](const auto& entry) {
        return entry.second.callId == callId;
    });
    if (static_cast<std::size_t>(count) >= options_.maxAtOnce)
        return done(Error{ErrorCode::AtCapacity,
                          "so many sounds play in the call already; wait for one to end"});
    const std::string id = newId();
    sounds_[id] = {callId, done};
    thread_.post([weak = std::weak_ptr(self_), folder = options_.folder, path = pathOf(id), id,
                  volume, bytes = std::move(sound)] {
        const auto written = write(folder, path, bytes);
        postToMain([weak, id, volume, written] {
            if (const auto self = weak.lock()) (*self)->onWritten(id, volume, written);
        });
    });
}

void Sounds::onWritten(const std::string& id, double volume, const Result<void>& written) {
    const auto found = sounds_.find(id);
    if (found == sounds_.end()) return;
    if (!written) return end(id, written);
    const auto asked =
        callbacks_.ask(found->second.callId, wire::PlaySound{id, pathOf(id), volume});
    if (!asked) return end(id, asked);
    found->second.deadline = after(options_.deadline, [this, id] {
        // It would play later, and nobody could stop it.
        if (const auto late = sounds_.find(id); late != sounds_.end())
            (void)callbacks_.ask(late->second.callId, wire::StopSound{id});
        // The timer goes with the sound.
        end(std::string(id),
            Error{ErrorCode::Unavailable, "the call's media process does not answer"});
    });
}

Result<void> Sounds::stop(const std::string& callId, const std::string& id) {
    const auto found = sounds_.find(id);
    if (found == sounds_.end() || found->second.callId != callId)
        return Error{ErrorCode::NotFound, "no such sound plays in the call"};
    (void)callbacks_.ask(callId, wire::StopSound{id});
    end(id, {});
    return {};
}

void Sounds::onStatus(const std::string& callId, const wire::SoundStatus& status) {
    const auto found = sounds_.find(status.id);
    if (found == sounds_.end() || found->second.callId != callId) return;
    if (status.state == wire::SoundState::Playing) {
        found->second.deadline.cancel();
        if (const Done begins = std::exchange(found->second.begins, {}))
            begins(Playing{status.id, std::chrono::milliseconds(status.durationMs)});
        return;
    }
    if (status.state == wire::SoundState::Ended) return end(status.id, {});
    end(status.id, Error{errorCodeFromName(status.code), status.message});
}

void Sounds::onLost(const std::string& callId) {
    std::vector<std::string> lost;
    for (const auto& [id, sound] : sounds_)
        if (sound.callId == callId) lost.push_back(id);
    for (const std::string& id : lost)
        end(id, Error{ErrorCode::Unavailable, "the call's media process has gone"});
}

void Sounds::end(const std::string& id, const Result<void>& result) {
    const auto found = sounds_.find(id);
    if (found == sounds_.end()) return;
    const Sound sound = std::move(found->second);
    sounds_.erase(found);
    thread_.post([path = pathOf(id)] {
        std::error_code ignored;
        fs::remove(path, ignored);
    });
    if (!result) kLog.warning("call=" + sound.callId + " sound=" + id, result.error().message);
    if (sound.begins)
        return sound.begins(result ? Error{ErrorCode::WrongState, "it was stopped"}
                                   : result.error());
    callbacks_.onEnded(sound.callId, id, result ? "" : result.error().message);
}

} // namespace mullion
