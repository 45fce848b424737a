#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tools/participant/member.h"

namespace mullion::participant {

/// People with names, pictures and voices of their own who come into one call, each as soon as his
/// clip is encoded. Main-bound; the encoding runs on threads beside it.
class Crowd : public std::enable_shared_from_this<Crowd> {
public:
    struct Options {
        std::string server;
        /// The open call to join; empty: the first of them starts a room with this title.
        std::string callId;
        std::string title;
        int count = 3;
        Scene::Kind kind = Scene::Kind::Person;
        /// A PNG that gets the composite as the first of them sees it, every 2 s; empty: none.
        std::string snapshot;
    };

    /// `onCall` gets the call's id as soon as somebody is in it, `onEnded` comes when everybody's
    /// call has ended or nobody has got in, and `onProblem` is told who met what.
    struct Callbacks {
        std::function<void(const std::string&)> onCall;
        std::function<void()> onEnded;
        std::function<void(const std::string& name, const std::string& problem)> onProblem;
    };

    static std::shared_ptr<Crowd> create(Options options, Callbacks callbacks);

    /// Everybody leaves; `onLeft` comes when the server knows.
    void leave(std::function<void()> onLeft);

    /// Whether somebody has got in.
    bool hasBeenIn() const { return hasBeenIn_; }

private:
    Crowd(Options options, Callbacks callbacks);
    void encodeAll();
    void add(int index, const Result<std::shared_ptr<const Clip>>& clip);
    void onCall(const std::string& callId);
    void onIn();
    bool isOver() const;
    void watch();

    Options options_;
    Callbacks callbacks_;
    std::vector<std::shared_ptr<Member>> members_ = {};
    bool starting_ = false;
    bool hasBeenIn_ = false;
    /// Of how many the clip has been encoded, or could not be.
    int ready_ = 0;
    Source watching_;
    Source snapshots_;
};

} // namespace mullion::participant
