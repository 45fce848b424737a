#pragma once

#include <gst/gst.h>

#include "src/base/gref.h"

namespace mullion {

/// How the reference-counted structures of GStreamer that are no GObjects are counted.
template <typename T>
struct MiniObjectTraits {
    static void ref(T* pointer) { gst_mini_object_ref(GST_MINI_OBJECT_CAST(pointer)); }

    static void unref(T* pointer) { gst_mini_object_unref(GST_MINI_OBJECT_CAST(pointer)); }

    static bool isFloating(T*) { return false; }
};

template <>
struct RefTraits<GstMiniObject> : MiniObjectTraits<GstMiniObject> {};

template <>
struct RefTraits<GstBuffer> : MiniObjectTraits<GstBuffer> {};

template <>
struct RefTraits<GstCaps> : MiniObjectTraits<GstCaps> {};

template <>
struct RefTraits<GstEvent> : MiniObjectTraits<GstEvent> {};

template <>
struct RefTraits<GstMessage> : MiniObjectTraits<GstMessage> {};

template <>
struct RefTraits<GstSample> : MiniObjectTraits<GstSample> {};

template <>
struct RefTraits<GstPromise> : MiniObjectTraits<GstPromise> {};

} // namespace mullion
