#pragma once

#include <functional>
#include <memory>
#include <string>

#include "pipelines/call.h"
#include "src/wire/channel.h"

namespace mullion {

/// The process's side of the socket to its owner, mulliond: first a spare, then the process of one
/// call. Main-bound.
///
/// It outlives its owner: another one may connect and claim it, and media goes on meanwhile.
/// Without an owner for a minute it ends.
class CallProcess {
public:
    /// Listens at `socketPath`. `onEnd` comes once, with the exit status of the process.
    static Result<std::unique_ptr<CallProcess>> create(const std::string& socketPath,
                                                       std::function<void(int)> onEnd);

private:
    explicit CallProcess(std::function<void(int)> onEnd);

    void onConnection(int fd);
    void onMessage(const Json& json);
    void onOwnerGone(const std::string& why);
    void handle(const wire::ToCall& message);
    void stop();
    void startCall(const wire::StartCall& start);
    void tell(const wire::FromCall& message);
    wire::State state() const;
    void refuseOwner(const std::string& why);

    std::function<void(int)> onEnd_;
    std::unique_ptr<wire::Listener> listener_;
    std::unique_ptr<wire::Channel> owner_;
    bool claimed_ = false;
    /// What still comes from an owner that was refused is not read.
    bool refused_ = false;
    std::unique_ptr<Call> call_;
    Source orphaned_;
    Source dropping_;
    Source stopping_;
};

} // namespace mullion
