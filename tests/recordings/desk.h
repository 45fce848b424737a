#pragma once

#include <memory>
#include <sys/stat.h>

#include "src/base/error_names.h"
#include "src/recordings/recordings.h"
#include "tests/recordings/shelf.h"

namespace mullion::test {

/// Calls that do what a test says, and remember what they were told.
class FakeCalls : public Recordings::Calls {
public:
    void send(const std::string& callId, const wire::ToCall& message) override {
        const Json json = wire::encode(message);
        std::string word = callId + ' ' + json["type"].get<std::string>();
        if (json.contains("first_part"))
            word += ' ' + std::to_string(json["first_part"].get<int>());
        if (const int first = json.value("first_track", 0))
            word += " tracks " + std::to_string(first);
        sent += word + '\n';
    }

    void tell(const char* type, const Recording& recording) override {
        told += std::string(type ? type : "nothing") + ' ' + name(recording.status) + '\n';
    }

    bool hasProcess(const std::string& callId) const override { return going.contains(callId); }

    Json describe(const std::string& callId) const override {
        const auto found = going.find(callId);
        return found == going.end() ? Json() : found->second;
    }

    std::map<std::string, Json> going = {};
    std::string sent = {};
    std::string told = {};
};

/// Recordings in a folder of their own, with the test double of mullion-finish.
class Desk {
public:
    explicit Desk(Recordings::Options options = {})
        : options_(options) {
        for (const char* id : {"c1", "c2"})
            calls.going[id] = {
                {"id", id},
                {"participants", {{{"user_id", "ada"}, {"role", "host"}, {"name", "Ada"}}}}};
        open();
    }

    /// The program ends and is started again.
    void restart(const std::unordered_set<std::string>& goingOn = {},
                 const std::unordered_set<std::string>& adopted = {}) {
        recordings_.reset();
        finisher_.reset();
        shelf.reload();
        calls.sent.clear();
        calls.told.clear();
        open();
        recordings_->resumeAfterStart(goingOn, adopted);
    }

    Recordings& recordings() { return *recordings_; }

    Recording& recording(const std::string& id) {
        Recording* found = shelf.archive().find(id);
        ck_assert_msg(found, "no recording %s", id.c_str());
        return *found;
    }

    /// Does it and waits for the answer. @return the code, or `ok`.
    std::string act(const std::function<void(Recordings&, const Recordings::Done&)>& action) {
        std::string outcome;
        action(*recordings_, [&](const Result<const Recording*>& done) {
            outcome = done ? "ok" : name(done.error().code);
        });
        runUntil([&] { return !outcome.empty(); }, "an answer");
        return outcome;
    }

    std::string erase(const std::string& id) {
        std::string outcome;
        recordings_->erase(
            id, [&](const Result<void>& done) { outcome = done ? "ok" : name(done.error().code); });
        runUntil([&] { return !outcome.empty(); }, "an answer");
        return outcome;
    }

    /// @return the new one's id.
    std::string start(const std::string& callId = "c1", const std::string& by = "ada") {
        ck_assert_str_eq(act([&](Recordings& recordings, const auto& done) {
                             recordings.start(callId, {}, by, {"ada"}, done);
                         }),
                         "ok");
        return recordings_->runningIn(callId)->id;
    }

    std::string stop(const std::string& callId = "c1") {
        return act(
            [&](Recordings& recordings, const auto& done) { recordings.stop(callId, done); });
    }

    /// The call's process begins the file, and closes it.
    void begin(const std::string& id, int index, const std::string& text = "media") {
        Shelf::write(shelf.archive().growingFileOf(recording(id), index), text);
        recordings_->onPart(recording(id).callId, {.id = id, .index = index});
    }

    void close(const std::string& id, int index) {
        recordings_->onPart(recording(id).callId, {.id = id, .index = index, .closed = true});
    }

    /// Waits until it is over, and until the disk has all of it.
    const Recording& settled(const std::string& id) {
        runUntil([&] { return recording(id).isOver(); }, "its end");
        flush();
        return recording(id);
    }

    /// Waits until everything that was written before is on the disk.
    void flush() {
        bool done = false;
        shelf.archive().save(shelf.archive().all().begin()->second,
                             [&](const Result<void>&) { done = true; });
        runUntil([&] { return done; }, "the disk");
    }

    /// Names of the files of a recording without their common beginning.
    std::string filesOf(const std::string& id) {
        const std::string stem =
            std::filesystem::path(shelf.archive().stemOf(recording(id))).filename();
        std::string files;
        std::istringstream tree(shelf.tree());
        for (std::string path; std::getline(tree, path);)
            if (const auto at = path.find(stem); at != std::string::npos)
                files += path.substr(at + stem.size()) + ' ';
        return files;
    }

    Shelf shelf = {};
    FakeCalls calls = {};

private:
    void open() {
        finisher_ = std::make_unique<Finisher>(std::getenv("FAKE_FINISH"));
        recordings_ = std::make_unique<Recordings>(options_, shelf.archive(), *finisher_, calls);
    }

    Recordings::Options options_;
    std::unique_ptr<Finisher> finisher_ = {};
    std::unique_ptr<Recordings> recordings_ = {};
};

/// While it is there mullion-finish's double waits.
class FinishGate {
public:
    FinishGate() {
        ck_assert_int_eq(mkfifo(path().c_str(), 0600), 0);
        setenv("FAKE_FINISH_GATE", path().c_str(), 1);
    }

    /// Those who wait go on, and nobody waits any more.
    void open() const {
        const std::string aside = path() + ".open";
        // Whoever looks for it from now on finds none.
        std::filesystem::rename(path(), aside);
        std::fstream both(aside);
    }

    std::string path() const { return dir_.path() + "/gate"; }

private:
    TemporaryDir dir_ = {};
};

} // namespace mullion::test
