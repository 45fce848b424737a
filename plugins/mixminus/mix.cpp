#include "plugins/mixminus/mix.h"

#include <utility>

namespace mullion::mixminus {

namespace {

/// A buffer with the times of `full` and samples yet to be written.
GstBuffer* sibling(GstBuffer* full) {
    GstBuffer* buffer = gst_buffer_new_allocate(nullptr, gst_buffer_get_size(full), nullptr);
    gst_buffer_copy_into(
        buffer, full,
        static_cast<GstBufferCopyFlags>(GST_BUFFER_COPY_FLAGS | GST_BUFFER_COPY_TIMESTAMPS), 0, -1);
    return buffer;
}

GstBuffer* silentSibling(GstBuffer* full) {
    GstBuffer* buffer = sibling(full);
    gst_buffer_memset(buffer, 0, 0, gst_buffer_get_size(buffer));
    GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_GAP);
    return buffer;
}

void appendUint(GValue* array, guint number) {
    GValue item = G_VALUE_INIT;
    g_value_init(&item, G_TYPE_UINT);
    g_value_set_uint(&item, number);
    gst_value_array_append_and_take_value(array, &item);
}

void appendDouble(GValue* array, double number) {
    GValue item = G_VALUE_INIT;
    g_value_init(&item, G_TYPE_DOUBLE);
    g_value_set_double(&item, number);
    gst_value_array_append_and_take_value(array, &item);
}

} // namespace

bool Mix::add(GstMixMinusSinkPad* pad, const void* samples, size_t firstFrame, size_t frames,
              size_t blockFrames) {
    double volume = 0;
    bool muted = false;
    gst_mix_minus_sink_pad_gain(pad, &volume, &muted);
    if (!blockBegun_) sum_.assign(blockFrames * layout.channels, 0.0);
    blockBegun_ = true;
    return pad->input->add(layout, samples, firstFrame, frames, blockFrames, volume, muted,
                           sum_.data());
}

void Mix::withdraw(GstMixMinusSinkPad* pad) {
    if (blockBegun_ && !pad->input->silent())
        subtract(sum_.data(), pad->input->own().data(), sum_.size());
}

/// Limits scratch_ and stores it in `buffer`.
void Mix::finishSamples(Limiter& limiter, GstBuffer* buffer) {
    limiter.process(scratch_.data(), scratch_.size() / layout.channels, layout.channels,
                    layout.rateHz, rangeOf(layout.format));
    GstMapInfo map;
    if (!gst_buffer_map(buffer, &map, GST_MAP_WRITE)) return;
    store(layout.format, scratch_.data(), map.data, scratch_.size());
    gst_buffer_unmap(buffer, &map);
}

/// Lets a limiter recover over a block of silence.
void Mix::rest(Limiter& limiter, size_t samples) {
    if (limiter.gain() == 1.0) return;
    scratch_.assign(samples, 0.0);
    limiter.process(scratch_.data(), samples / layout.channels, layout.channels, layout.rateHz,
                    rangeOf(layout.format));
}

/// An output that others are heard in. `gainBefore` is the full mix's before this block.
GstBuffer* Mix::renderOutput(GstMixMinusSrcPad* pad, const Input* own, double gainBefore,
                             GstBuffer* full) {
    if (!own && pad->limiter.gain() == gainBefore) {
        pad->limiter = limiter;
        return gst_buffer_ref(full);
    }
    GstBuffer* buffer = sibling(full);
    scratch_.assign(sum_.begin(), sum_.end());
    if (own) difference(sum_.data(), own->own().data(), scratch_.data(), sum_.size());
    finishSamples(pad->limiter, buffer);
    return buffer;
}

std::vector<Outgoing> Mix::render(GstBuffer* full) {
    const size_t samples = gst_buffer_get_size(full) / bytesPerSample(layout.format);
    size_t heard = 0;
    for (auto& [number, pad] : inputs)
        heard += pad->input->silent() ? 0 : 1;

    const double gainBefore = limiter.gain();
    if (heard) {
        // A stream's last block may have been cut short.
        sum_.resize(samples);
        scratch_.assign(sum_.begin(), sum_.end());
        finishSamples(limiter, full);
        GST_BUFFER_FLAG_UNSET(full, GST_BUFFER_FLAG_GAP);
    } else {
        rest(limiter, samples);
        GST_BUFFER_FLAG_SET(full, GST_BUFFER_FLAG_GAP);
    }

    GstBuffer* silence = nullptr;
    std::vector<Outgoing> outgoing;
    outgoing.reserve(outputs.size());
    for (auto& [number, pad] : outputs) {
        if (!gst_pad_is_linked(GST_PAD(pad))) {
            pad->dropped.fetch_add(1);
            pad->limiter = limiter;
            continue;
        }
        const auto paired = inputs.find(number);
        const bool speaks = paired != inputs.end() && !paired->second->input->silent();
        GstBuffer* buffer = nullptr;
        if (heard > (speaks ? 1U : 0U)) {
            buffer = renderOutput(pad, speaks ? paired->second->input : nullptr, gainBefore, full);
        } else {
            rest(pad->limiter, samples);
            if (speaks && !silence) silence = silentSibling(full);
            buffer = gst_buffer_ref(speaks ? silence : full);
        }
        outgoing.push_back({GST_MIX_MINUS_SRC_PAD(gst_object_ref(pad)), buffer});
    }
    gst_clear_buffer(&silence);
    return outgoing;
}

GstMessage* Mix::takeLevels(GstObject* source, size_t bytes, GstClockTime end) {
    const GstClockTime interval = levelInterval;
    levelFrames_ += bytes / frameBytes();
    const GstClockTime duration =
        gst_util_uint64_scale_int(levelFrames_, GST_SECOND, static_cast<gint>(layout.rateHz));
    if (interval && duration < interval) return nullptr;

    GValue pad = G_VALUE_INIT;
    GValue rms = G_VALUE_INIT;
    GValue peak = G_VALUE_INIT;
    for (GValue* array : {&pad, &rms, &peak})
        g_value_init(array, GST_TYPE_ARRAY);
    for (auto& [number, input] : inputs) {
        const Level level = input->input->takeLevel(levelFrames_ * layout.channels);
        appendUint(&pad, number);
        appendDouble(&rms, level.rmsDb);
        appendDouble(&peak, level.peakDb);
    }
    levelFrames_ = 0;

    GstStructure* levels = gst_structure_new("mixminus-level", "running-time", G_TYPE_UINT64, end,
                                             "duration", G_TYPE_UINT64, duration, nullptr);
    gst_structure_take_value(levels, "pad", &pad);
    gst_structure_take_value(levels, "rms", &rms);
    gst_structure_take_value(levels, "peak", &peak);
    if (interval) return gst_message_new_element(source, levels);
    gst_structure_free(levels);
    return nullptr;
}

void Mix::endBlock() {
    blockBegun_ = false;
    for (auto& [number, pad] : inputs) {
        double volume = 0;
        bool muted = false;
        gst_mix_minus_sink_pad_gain(pad, &volume, &muted);
        pad->input->endBlock(volume, muted);
    }
}

void Mix::reset() {
    endBlock();
    layout = {};
    rateHz = 0;
    reached = GST_CLOCK_TIME_NONE;
    limiter = {};
    levelFrames_ = 0;
}

} // namespace mullion::mixminus
