#pragma once

#include <cassert>
#include <cstddef>
#include <memory>
#include <utility>

#include <gio/gio.h>

namespace mullion {

/// How a GRef counts references of T. GObjects by default; mini objects specialise it.
template <typename T>
struct RefTraits {
    static void ref(T* pointer) { g_object_ref(pointer); }

    static void sink(T* pointer) { g_object_ref_sink(pointer); }

    static void unref(T* pointer) { g_object_unref(pointer); }

    static bool isFloating(T* pointer) { return g_object_is_floating(pointer); }
};

/// One counted reference to a GObject (or to what RefTraits knows). The word with which it is made
/// says what happens to the count: adopt(), sink() or share().
template <typename T>
class GRef {
public:
    GRef() = default;

    GRef(std::nullptr_t) {}

    GRef(const GRef& other)
        : pointer_(other.pointer_) {
        if (pointer_) RefTraits<T>::ref(pointer_);
    }

    GRef(GRef&& other) noexcept
        : pointer_(std::exchange(other.pointer_, nullptr)) {}

    GRef& operator=(GRef other) noexcept {
        std::swap(pointer_, other.pointer_);
        return *this;
    }

    ~GRef() { reset(); }

    /// Takes a full reference that a function transferred to us; null is allowed.
    [[nodiscard]] static GRef adopt(T* pointer) {
        assert(!pointer || !RefTraits<T>::isFloating(pointer));
        return GRef(pointer);
    }

    /// Owns a newly made object whose reference is floating; null is allowed.
    [[nodiscard]] static GRef sink(T* pointer) {
        if (pointer) RefTraits<T>::sink(pointer);
        return GRef(pointer);
    }

    /// Adds a reference to an object that somebody else keeps; null is allowed.
    [[nodiscard]] static GRef share(T* pointer) {
        if (pointer) RefTraits<T>::ref(pointer);
        return GRef(pointer);
    }

    T* get() const { return pointer_; }

    T* operator->() const { return pointer_; }

    explicit operator bool() const { return pointer_ != nullptr; }

    /// For out-parameters with full transfer; drops what was held.
    T** out() {
        reset();
        return &pointer_;
    }

    /// Gives the reference away.
    [[nodiscard]] T* release() { return std::exchange(pointer_, nullptr); }

    void reset() {
        if (pointer_) RefTraits<T>::unref(std::exchange(pointer_, nullptr));
    }

private:
    explicit GRef(T* pointer)
        : pointer_(pointer) {}

    T* pointer_ = nullptr;
};

/// The deleter of a GLib type that is freed rather than counted.
template <auto Free>
struct FreeWith {
    template <typename T>
    void operator()(T* pointer) const {
        Free(pointer);
    }
};

template <typename T, auto Free>
using GPtr = std::unique_ptr<T, FreeWith<Free>>;

using GErrorPtr = GPtr<GError, g_error_free>;
using GCharPtr = GPtr<char, g_free>;
using GBytesPtr = GPtr<GBytes, g_bytes_unref>;
using GKeyFilePtr = GPtr<GKeyFile, g_key_file_unref>;

} // namespace mullion
