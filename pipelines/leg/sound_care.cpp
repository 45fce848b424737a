#include "pipelines/leg/sound_care.h"

#include "src/base/log.h"

namespace mullion {

namespace {

constexpr Log kLog("care");

const char* trueOrFalse(bool value) {
    return value ? "true" : "false";
}

} // namespace

struct SoundCare::Branch {
    GstBin* pipeline = nullptr;
    GRef<GstElement> before;
    GRef<GstElement> after;
    /// Null while nothing is asked for.
    GstElement* processor = nullptr;

    void change(bool noiseSuppression, bool autoGain) {
        if (processor) {
            gst_element_unlink_many(before.get(), processor, after.get(), nullptr);
            removeElement(pipeline, std::exchange(processor, nullptr));
        } else {
            gst_element_unlink(before.get(), after.get());
        }
        if (noiseSuppression || autoGain) {
            // Libwebrtc's own: the same that browsers use.
            const auto made = addElement(pipeline, "webrtcdsp",
                                         {{"echo-cancel", "false"},
                                          {"noise-suppression", trueOrFalse(noiseSuppression)},
                                          {"noise-suppression-level", "high"},
                                          {"gain-control", trueOrFalse(autoGain)},
                                          {"high-pass-filter", "true"}});
            if (made) {
                processor = *made;
                if (linkElements({before.get(), processor, after.get()})) {
                    syncStates({processor});
                    return;
                }
                removeElement(pipeline, std::exchange(processor, nullptr));
            }
            kLog.error("", made ? "webrtcdsp does not fit" : made.error().message);
        }
        gst_element_link(before.get(), after.get());
    }
};

SoundCare::SoundCare(GstBin* pipeline, GstElement* before, GstElement* after)
    : branch_(std::make_shared<Branch>(
          Branch{pipeline, GRef<GstElement>::share(before), GRef<GstElement>::share(after)})) {}

void SoundCare::set(bool noiseSuppression, bool autoGain) {
    if (noiseSuppression == noiseSuppression_ && autoGain == autoGain_) return;
    noiseSuppression_ = noiseSuppression;
    autoGain_ = autoGain;

    struct Change {
        std::shared_ptr<Branch> branch;
        bool noiseSuppression;
        bool autoGain;
    };

    const auto pad = GRef<GstPad>::adopt(gst_element_get_static_pad(branch_->before.get(), "src"));
    // Runs once, as soon as no buffer is on its way.
    gst_pad_add_probe(
        pad.get(), GST_PAD_PROBE_TYPE_IDLE,
        [](GstPad*, GstPadProbeInfo*, void* data) {
            auto* change = static_cast<Change*>(data);
            change->branch->change(change->noiseSuppression, change->autoGain);
            return GST_PAD_PROBE_REMOVE;
        },
        new Change{branch_, noiseSuppression, autoGain},
        [](void* data) { delete static_cast<Change*>(data); });
}

} // namespace mullion
