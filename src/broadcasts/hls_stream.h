#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "src/base/main_loop.h"
#include "src/broadcasts/hls_playlist.h"

namespace mullion {

/// A broadcast by HLS as those see it who watch: its playlist, for which a player may wait, and how
/// many there are. Main-bound.
class HlsStream {
public:
    /// `folder` is where the call's process writes.
    HlsStream(std::string folder, bool keepsAll);
    ~HlsStream();

    /// Takes up what lies in the folder, after a start of this program.
    void load();

    void add(const wire::HlsPart& part);
    void breakOff();
    void end();

    const std::string& folder() const { return folder_; }

    std::string codecs() const { return playlist_.codecs(); }

    std::int64_t nextSegment() const { return playlist_.nextSegment(); }

    std::int64_t nextInit() const { return playlist_.nextInit(); }

    /// Which part a player waits for; -1: none.
    struct Wish {
        std::int64_t segment = -1;
        std::int64_t part = -1;
    };

    using Told = std::function<void(Result<std::string>)>;

    /// Tells the playlist as soon as it has what is wished for, or a player can begin.
    /// @return there: BadRequest for what is too far ahead; Unavailable after some seconds.
    void ask(const Wish& wish, const std::string& query, Told told);

    using Found = std::function<void(Result<wire::HlsPart>)>;

    /// Finds a part as soon as it is there. @return there: NotFound for one that has gone or never
    /// was; else as ask().
    void askPart(const Wish& wish, Found found);

    /// Somebody asks; `who` tells him from others for some seconds.
    void onViewer(const std::string& who);
    int viewers();

private:
    struct Waiting {
        Wish wish;
        /// Told when it is there, or will not be.
        std::function<void(Result<void>)> done;
        std::chrono::steady_clock::time_point until;
    };

    void await(const Wish& wish, std::function<void(Result<void>)> done);
    bool isThere(const Wish& wish) const;
    void serve();
    void removeExpired();

    std::string folder_;
    HlsPlaylist playlist_;
    std::vector<Waiting> waiting_ = {};
    Source clock_ = {};
    std::map<std::string, std::chrono::steady_clock::time_point> seen_ = {};
};

} // namespace mullion
