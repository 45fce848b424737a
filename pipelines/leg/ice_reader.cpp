#include "pipelines/leg/ice_reader.h"

#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "pipelines/leg/packet_age.h"
#include "src/base/log.h"

namespace mullion {

namespace {

constexpr Log kLog("ice");

/// webrtcbin starts nicesrc before the elements behind it ("this races with the pad exposure",
/// transportreceivebin.c up to 1.26): a packet that is early finds a flushing pad, and nicesrc
/// stops for good. So the first one waits for them, on nicesrc's own thread, which nothing else
/// waits for.
void awaitBin(GstElement* nicesrc, GstPad* pad) {
    constexpr auto kDeadline = std::chrono::seconds(2);
    const auto bin = GRef<GstObject>::adopt(gst_object_get_parent(GST_OBJECT(nicesrc)));
    if (!bin) return;
    const auto until = std::chrono::steady_clock::now() + kDeadline;
    while (GST_STATE(bin.get()) < GST_STATE_PAUSED && !GST_PAD_IS_FLUSHING(pad) &&
           std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

/// While a picture is decoded, packets wait in the socket. How many may is net.core.rmem_max's to
/// say, of which the default is twice what a socket has by itself.
void enlarge(NiceAgent* agent, unsigned stream, unsigned component) {
    constexpr int kBytes = 1 << 20;
    const GPtr<GPtrArray, g_ptr_array_unref> sockets(
        nice_agent_get_sockets(agent, stream, component));
    for (unsigned i = 0; sockets && i < sockets->len; ++i)
        g_socket_set_option(static_cast<GSocket*>(sockets->pdata[i]), SOL_SOCKET, SO_RCVBUF, kBytes,
                            nullptr);
}

} // namespace

IceReader::IceReader(std::shared_ptr<Decryption> decryption)
    : decryption_(std::move(decryption))
    , lastHeard_(g_get_monotonic_time()) {}

std::shared_ptr<IceReader> IceReader::create(std::shared_ptr<Decryption> decryption) {
    return std::shared_ptr<IceReader>(new IceReader(std::move(decryption)));
}

void IceReader::attach(GstElement* element, const std::string& factory) {
    if (factory != "nicesrc") return;
    const auto pad = GRef<GstPad>::adopt(gst_element_get_static_pad(element, "src"));
    gst_pad_add_probe(
        pad.get(), GST_PAD_PROBE_TYPE_BUFFER,
        [](GstPad* source, GstPadProbeInfo*, void* weak) {
            const auto nicesrc = GRef<GstElement>::adopt(gst_pad_get_parent_element(source));
            const auto self = static_cast<std::weak_ptr<IceReader>*>(weak)->lock();
            if (nicesrc) awaitBin(nicesrc.get(), source);
            if (nicesrc && self) self->start(nicesrc.get(), source);
            return GST_PAD_PROBE_REMOVE;
        },
        new std::weak_ptr(weak_from_this()),
        [](void* weak) { delete static_cast<std::weak_ptr<IceReader>*>(weak); });
}

void IceReader::start(GstElement* nicesrc, GstPad* pad) {
    lastHeard_ = g_get_monotonic_time();
    const std::lock_guard lock(mutex_);
    if (isStopped_ || thread_) return;
    g_object_get(nicesrc, "agent", agent_.out(), "stream", &stream_, "component", &component_,
                 nullptr);
    nicesrc_ = GRef<GstElement>::share(nicesrc);
    next_ = GRef<GstPad>::share(pad);
    try {
        thread_.emplace("ice-in");
    } catch (const std::system_error& error) {
        return kLog.error("",
                          std::string("no thread to read by, nicesrc does it: ") + error.what());
    }
    enlarge(agent_.get(), stream_, component_);
    if (!receive([](NiceAgent*, unsigned, unsigned, unsigned size, char* bytes, void* self) {
            static_cast<IceReader*>(self)->onBytes(bytes, size);
        }))
        kLog.error("", "the agent does not let go of its packets");
}

/// Null: by nobody.
bool IceReader::receive(NiceAgentRecvFunc receiver) {
    return nice_agent_attach_recv(agent_.get(), stream_, component_, thread_->context(), receiver,
                                  this);
}

void IceReader::onBytes(const char* bytes, unsigned size) {
    if (isStopped_) return;
    lastHeard_ = g_get_monotonic_time();
    auto packet = GRef<GstBuffer>::adopt(gst_buffer_new_memdup(bytes, size));
    GST_BUFFER_DTS(packet.get()) = GST_BUFFER_PTS(packet.get()) = arrivalTime();
    if (auto other = decryption_->take(std::move(packet)))
        gst_pad_push(next_.get(), other.release());
}

/// In running time, and never before that of another packet: one may have come by another socket
/// than the chosen one.
GstClockTime IceReader::arrivalTime() {
    const auto socket =
        GRef<GSocket>::adopt(nice_agent_get_selected_socket(agent_.get(), stream_, component_));
    const auto age = static_cast<GstClockTime>(socket ? ageOfLastPacket(socket.get()) : 0);
    const GstClockTime now = gst_element_get_current_running_time(nicesrc_.get());
    lastArrival_ = std::max(lastArrival_, now - std::min(now, age));
    return lastArrival_;
}

void IceReader::stop() {
    if (isStopped_.exchange(true)) return;
    {
        // Whoever starts has started, or sees that it is too late.
        const std::lock_guard lock(mutex_);
    }
    if (!thread_) return;
    // The agent goes on with a socket until it is empty, or nobody receives.
    receive(nullptr);
    thread_->stop();
}

} // namespace mullion
