#include "src/base/loop_thread.h"

#include <future>
#include <memory>
#include <thread>

#include "src/base/main_loop.h"
#include "tests/support/suite.h"

using namespace mullion;

namespace {

/// Dispatches `call` once on the loop's thread.
void post(LoopThread& loop, std::function<void()> call) {
    GSource* source = g_idle_source_new();
    g_source_set_callback(
        source,
        [](void* data) -> gboolean {
            (*static_cast<std::function<void()>*>(data))();
            return G_SOURCE_REMOVE;
        },
        new std::function<void()>(std::move(call)),
        [](void* data) { delete static_cast<std::function<void()>*>(data); });
    g_source_attach(source, loop.context());
    g_source_unref(source);
}

} // namespace

START_TEST(sources_are_dispatched_on_one_other_thread) {
    LoopThread loop("test");
    std::promise<std::thread::id> first;
    std::promise<std::thread::id> second;
    post(loop, [&] { first.set_value(std::this_thread::get_id()); });
    const auto id = first.get_future().get();
    ck_assert(id != std::this_thread::get_id());
    post(loop, [&] { second.set_value(std::this_thread::get_id()); });
    ck_assert(second.get_future().get() == id);
}

END_TEST

START_TEST(stop_waits_for_what_is_dispatched_and_nothing_is_after_it) {
    LoopThread loop("test");
    std::promise<void> begun;
    std::promise<void> mayEnd;
    bool ended = false;
    bool late = false;
    post(loop, [&] {
        begun.set_value();
        mayEnd.get_future().wait();
        ended = true;
    });
    begun.get_future().wait();
    std::thread stopper([&] { loop.stop(); });
    mayEnd.set_value();
    stopper.join();
    ck_assert(ended);
    post(loop, [&] { late = true; });
    loop.stop();
    ck_assert(!late);
}

END_TEST

/// As often as it takes for one to be stopped before it has begun.
START_TEST(loop_that_is_stopped_at_once_ends) {
    for (int i = 0; i < 500; ++i) {
        LoopThread loop("test");
        loop.stop();
    }
}

END_TEST

int main() {
    return test::runSuite("base loop_thread",
                          {sources_are_dispatched_on_one_other_thread,
                           stop_waits_for_what_is_dispatched_and_nothing_is_after_it,
                           loop_that_is_stopped_at_once_ends});
}
