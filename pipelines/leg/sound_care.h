#pragma once

#include <memory>

#include "pipelines/gst/element.h"

namespace mullion {

/// Noise suppression and gain control for what one client sends, for a device that cannot afford
/// its own. The element is in the leg only while something is asked of it: else it costs nothing.
///
/// Main-bound; the change itself happens between two buffers on the streaming thread.
class SoundCare {
public:
    /// Stands between two elements of `pipeline` that are linked already, in kMixAudioCaps.
    SoundCare(GstBin* pipeline, GstElement* before, GstElement* after);

    void set(bool noiseSuppression, bool autoGain);

private:
    /// What the streaming thread changes. It may outlive this object by one buffer.
    struct Branch;

    std::shared_ptr<Branch> branch_;
    bool noiseSuppression_ = false;
    bool autoGain_ = false;
};

} // namespace mullion
