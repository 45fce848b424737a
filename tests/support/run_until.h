#pragma once

#include <functional>

#include <glib.h>

#include "src/base/main_loop.h"
#include "tests/support/check_framework.h"

namespace mullion::test {

/// Runs the main context until `done`, with a generous deadline.
inline void runUntil(const std::function<bool()>& done, const char* what, int seconds = 30) {
    const gint64 deadline = g_get_monotonic_time() + seconds * G_USEC_PER_SEC;
    // Wakes the loop, so that the deadline is seen.
    const Source tick = every(std::chrono::milliseconds(20), [] { return true; });
    while (!done()) {
        if (g_get_monotonic_time() > deadline) ck_abort_msg("waited in vain for: %s", what);
        g_main_context_iteration(nullptr, TRUE);
    }
}

} // namespace mullion::test
