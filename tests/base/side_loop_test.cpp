#include "src/base/side_loop.h"

#include <array>
#include <optional>
#include <unistd.h>

#include "tests/support/suite.h"

using namespace mullion;

namespace {

constexpr std::chrono::milliseconds kLong{10'000};

/// A pipe whose reading end may be given a number.
struct Pipe {
    explicit Pipe(std::optional<int> number = {}) {
        int ends[2];
        ck_assert_int_eq(::pipe(ends), 0);
        reading = ends[0];
        writing = ends[1];
        if (!number || *number == reading) return;
        ck_assert_int_eq(dup2(reading, *number), *number);
        close(reading);
        reading = *number;
    }

    void say() const { ck_assert_int_eq(write(writing, "x", 1), 1); }

    void hear() const {
        char byte = 0;
        ck_assert_int_eq(read(reading, &byte, 1), 1);
    }

    void shut() const {
        close(reading);
        close(writing);
    }

    int reading = -1;
    int writing = -1;
};

/// Turns the main loop until `isDone`.
template <typename Condition>
void turnUntil(Condition isDone) {
    bool late = false;
    const Source limit = after(kLong, [&] { late = true; });
    while (!isDone() && !late)
        g_main_context_iteration(nullptr, TRUE);
    ck_assert_msg(!late, "waited in vain");
}

Source countBytes(const SideLoop& loop, const Pipe& from, int& count) {
    return watchFd(
        from.reading, G_IO_IN,
        [&from, &count](GIOCondition) {
            from.hear();
            ++count;
            return true;
        },
        G_PRIORITY_DEFAULT, loop.context());
}

} // namespace

START_TEST(sources_run_in_the_main_loop) {
    const SideLoop loop;
    const Pipe pipe;
    int heard = 0;
    int late = 0;
    int never = 0;
    const Source watch = countBytes(loop, pipe, heard);
    const Source timer = after(
        std::chrono::milliseconds(20), [&] { ++late; }, loop.context());
    Source cancelled = after(
        std::chrono::milliseconds(10), [&] { ++never; }, loop.context());
    cancelled.cancel();
    pipe.say();
    turnUntil([&] { return heard == 1 && late == 1; });
    // Also what is attached by another source here, and while the main loop waits.
    Source second;
    const Source first = after(
        std::chrono::milliseconds(0),
        [&] {
            second = after(
                std::chrono::milliseconds(0), [&] { ++late; }, loop.context());
        },
        loop.context());
    turnUntil([&] { return late == 2; });
    pipe.say();
    turnUntil([&] { return heard == 2; });
    ck_assert_int_eq(never, 0);
    pipe.shut();
}

END_TEST

START_TEST(what_libraries_attach_in_the_scope_runs_too) {
    SideLoop loop;
    int ran = 0;
    {
        const SideLoop::Scope scope(loop);
        GSource* source = g_idle_source_new();
        const GSourceFunc count = [](void* counter) -> int {
            ++*static_cast<int*>(counter);
            return G_SOURCE_REMOVE;
        };
        g_source_set_callback(source, count, &ran, nullptr);
        g_source_attach(source, g_main_context_get_thread_default());
        g_source_unref(source);
    }
    ck_assert(!g_main_context_get_thread_default());
    turnUntil([&] { return ran == 1; });
}

END_TEST

START_TEST(a_number_given_to_another_descriptor_is_heard) {
    SideLoop loop;
    const Pipe before;
    const int number = before.reading;
    int heard = 0;
    Source watch = countBytes(loop, before, heard);
    before.say();
    turnUntil([&] { return heard == 1; });
    // All between two turns.
    watch.cancel();
    before.shut();
    const Pipe behind(number);
    loop.onNewDescriptor(number);
    watch = countBytes(loop, behind, heard);
    behind.say();
    turnUntil([&] { return heard == 2; });
    behind.shut();
}

END_TEST

START_TEST(many_sources_cost_the_main_loop_nothing) {
    SideLoop loop;
    std::vector<Source> timers;
    for (int i = 0; i < 10'000; ++i)
        timers.push_back(after(
            std::chrono::hours(1), [] {}, loop.context()));
    // One descriptor and the wake-up of the context itself.
    GMainContext* main = g_main_context_default();
    ck_assert(g_main_context_acquire(main));
    int priority = 0;
    g_main_context_prepare(main, &priority);
    int timeout = 0;
    std::array<GPollFD, 16> fds;
    const int count =
        g_main_context_query(main, G_MAXINT, &timeout, fds.data(), static_cast<int>(fds.size()));
    g_main_context_release(main);
    ck_assert_int_le(count, 2);
}

END_TEST

int main() {
    return test::runSuite("side_loop", {sources_run_in_the_main_loop,
                                        what_libraries_attach_in_the_scope_runs_too,
                                        a_number_given_to_another_descriptor_is_heard,
                                        many_sources_cost_the_main_loop_nothing});
}
