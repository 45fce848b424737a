#pragma once

#include <memory>

#include <glib-object.h>

namespace mullion {

/// Lets a GObject keep `data` under `key` (a literal) for as long as it lives.
template <typename T>
void attachData(void* object, const char* key, std::shared_ptr<T> data) {
    g_object_set_data_full(G_OBJECT(object), key, new std::shared_ptr<T>(std::move(data)),
                           [](void* held) { delete static_cast<std::shared_ptr<T>*>(held); });
}

/// What attachData() left under `key`, or null. T must be the same.
template <typename T>
std::shared_ptr<T> attachedData(void* object, const char* key) {
    const auto* held = static_cast<std::shared_ptr<T>*>(g_object_get_data(G_OBJECT(object), key));
    return held ? *held : nullptr;
}

} // namespace mullion
