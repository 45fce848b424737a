#pragma once

#include "src/base/json.h"
#include "src/wire/channel.h"
#include "src/wire/messages.h"

/// What mullion-call says on its channel, with the file that a message may have.
namespace mullion::wire {

/// Sends a message, and a snapshot's JPEG as a file. Where there is no memory for that, the
/// receiver is told so.
void send(Channel& channel, const FromCall& message);

/// The message in a line that came on `channel`, with its file read. @return BadRequest as
/// decodeFromCall(), and where the file is missing or not what it should be.
Result<FromCall> receive(Channel& channel, const Json& line);

} // namespace mullion::wire
