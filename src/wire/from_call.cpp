#include "src/wire/from_call.h"

#include "src/base/json_values.h"
#include "src/wire/sealed_file.h"

namespace mullion::wire {

void send(Channel& channel, const FromCall& message) {
    const auto* snapshot = std::get_if<Snapshot>(&message);
    if (!snapshot || !snapshot->jpeg) return channel.send(encode(message));
    auto file = makeSealedFile(*snapshot->jpeg);
    if (!file)
        return channel.send(encode(FromCall(Snapshot{snapshot->request, file.error().message})));
    channel.send(encode(message), std::move(file).value());
}

Result<FromCall> receive(Channel& channel, const Json& line) {
    FromCall message = TRY(decodeFromCall(line));
    auto* snapshot = std::get_if<Snapshot>(&message);
    if (!snapshot || !snapshot->failure.empty()) return message;
    snapshot->jpeg = std::make_shared<const std::string>(
        TRY(readSealedFile(channel.takeDescriptor(), kMaxSnapshot)));
    return message;
}

} // namespace mullion::wire
