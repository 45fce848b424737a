#pragma once

#include "pipelines/gst/ref.h"

namespace mullion {

/// Stops a pipeline on a thread of its own and drops the last reference on the main one.
///
/// Bringing a webrtcbin to NULL can take long and in bad cases for ever (gstreamer before 1.24.11),
/// and its last reference must not go on one of its own threads (before 1.28.2). A pipeline that
/// has not stopped within 10 s is logged and left. Main-bound; the caller has already disconnected
/// whatever it had connected to the pipeline.
void reap(GRef<GstElement> pipeline);

/// Pipelines that are being stopped at the moment.
int pipelinesBeingReaped();

} // namespace mullion
