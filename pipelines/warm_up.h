#pragma once

#include "pipelines/gst/ref.h"
#include "src/base/result.h"

namespace mullion {

/// Does what the first leg of a process would otherwise wait for: loads the libraries of every
/// element that a call uses and makes the DTLS certificate (330 ms for its RSA key on 2 cores).
/// @return what has to be kept alive for the certificate to stay.
Result<GRef<GstElement>> warmUp();

} // namespace mullion
