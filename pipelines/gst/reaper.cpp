#include "pipelines/gst/reaper.h"

#include <malloc.h>
#include <memory>
#include <string>

#include "src/base/log.h"
#include "src/base/main_loop.h"

namespace mullion {

namespace {

using namespace std::chrono_literals;

constexpr Log kLog("reaper");
constexpr auto kDeadline = 10s;
/// One that hangs must not keep the others waiting.
constexpr int kThreads = 4;

int gBeingReaped = 0;

struct Job {
    GRef<GstElement> pipeline;
    Source deadline;
};

void stop(void* data, void*) {
    auto* job = static_cast<Job*>(data);
    gst_element_set_state(job->pipeline.get(), GST_STATE_NULL);
    postToMain([job] {
        delete job;
        // What a leg held lies scattered between what lives on; give it back once all is quiet.
        if (--gBeingReaped == 0) malloc_trim(0);
    });
}

GThreadPool* pool() {
    static GThreadPool* threads = g_thread_pool_new(stop, nullptr, kThreads, FALSE, nullptr);
    return threads;
}

} // namespace

void reap(GRef<GstElement> pipeline) {
    // Messages on the bus hold references to elements.
    const auto bus = GRef<GstBus>::adopt(gst_element_get_bus(pipeline.get()));
    gst_bus_set_flushing(bus.get(), TRUE);
    ++gBeingReaped;
    const std::string name = GST_OBJECT_NAME(pipeline.get());
    auto* job = new Job{std::move(pipeline), after(kDeadline, [name] {
                            kLog.error("", name + " does not stop; it is left behind");
                        })};
    g_thread_pool_push(pool(), job, nullptr);
}

int pipelinesBeingReaped() {
    return gBeingReaped;
}

} // namespace mullion
