#pragma once

#include <memory>
#include <string>

#include "pipelines/gst/bridge.h"
#include "src/wire/messages.h"

namespace mullion {

/// Somebody whose sound and pictures come in, and can be had as they come. Main-bound.
class MediaSender {
public:
    virtual ~MediaSender() = default;

    /// Unique in the call.
    virtual const std::string& id() const = 0;
    virtual const std::string& userId() const = 0;

    /// Encoded frames of one source go to `tap` from now on, on a streaming thread and for as long
    /// as it lives. Of a picture a key frame is asked for, for it to begin with.
    virtual void tap(wire::TrackSource source, const std::shared_ptr<SampleReceiver>& tap) = 0;
    virtual void untap(wire::TrackSource source, const SampleReceiver* tap) = 0;
};

} // namespace mullion
