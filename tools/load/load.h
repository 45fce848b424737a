#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tools/load/report.h"
#include "tools/participant/arrivals.h"
#include "tools/participant/member.h"

namespace mullion::load {

/// People in calls who all send one clip, and what comes back to them and costs the server over a
/// steady interval. Main-bound.
///
///     filling ──everybody has a picture, or the time is up──▸ settling ──▸ measuring ──▸ done
class Load : public std::enable_shared_from_this<Load> {
public:
    struct Options {
        std::string server;
        int calls = 1;
        int people = 4;
        /// Length of the steady interval.
        std::chrono::seconds length = std::chrono::seconds(20);
        /// Between one person's setting out and the next one's.
        std::chrono::milliseconds stagger = std::chrono::milliseconds(200);
        /// The first so many decode what they get.
        int decoding = 0;
        /// mulliond's process; 0: whoever listens on the server's port, if that is here.
        int serverPid = 0;
        std::string dataDir;
    };

    struct Callbacks {
        std::function<void(const std::string&)> onProgress;
        std::function<void(const Report&)> onDone;
    };

    static std::shared_ptr<Load>
    create(Options options, std::shared_ptr<const participant::Clip> clip, Callbacks callbacks);

    /// Ends its calls; `onLeft` comes when the server knows.
    void leave(std::function<void()> onLeft);

private:
    struct Person {
        std::shared_ptr<participant::Member> member;
        std::shared_ptr<participant::Arrivals> picture;
        std::shared_ptr<participant::Arrivals> sound;
    };

    Load(Options options, std::shared_ptr<const participant::Clip> clip, Callbacks callbacks);
    void addNext();
    Person makePerson(int index);
    bool everybodySees() const;
    void fill();
    void measure();
    void finish();
    std::map<int, double> cpuOfServer() const;

    Options options_;
    std::shared_ptr<const participant::Clip> clip_;
    Callbacks callbacks_;
    std::vector<Person> people_ = {};
    /// By number of the call; empty until its first person has started it.
    std::vector<std::string> callIds_ = {};
    std::int64_t measuringSince_ = 0;
    std::map<int, double> cpuBefore_ = {};
    int problems_ = 0;
    Source adding_;
    Source step_;
};

} // namespace mullion::load
