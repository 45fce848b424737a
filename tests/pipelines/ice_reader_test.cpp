#include "pipelines/leg/ice_reader.h"

#include <pthread.h>

#include <chrono>
#include <condition_variable>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "src/base/main_loop.h"
#include "tests/support/suite.h"

using namespace mullion;

namespace {

using namespace std::chrono_literals;

constexpr auto kLong = 30s;

/// An agent of libnice with one stream, whose work a thread of its own does.
class Agent {
public:
    explicit Agent(bool controlling)
        : agent_(
              GRef<NiceAgent>::adopt(nice_agent_new(loop_.context(), NICE_COMPATIBILITY_RFC5245))) {
        g_object_set(agent_.get(), "controlling-mode", controlling, "upnp", FALSE, "ice-tcp", FALSE,
                     nullptr);
        NiceAddress loopback;
        nice_address_init(&loopback);
        nice_address_set_from_string(&loopback, "127.0.0.1");
        nice_agent_add_local_address(agent_.get(), &loopback);
        gathered_ = connect(agent_.get(), "candidate-gathering-done", std::weak_ptr(told_),
                            [](NiceAgent*, unsigned, void* data) { tell(data, "gathered"); });
        ready_ = connect(agent_.get(), "component-state-changed", std::weak_ptr(told_),
                         [](NiceAgent*, unsigned, unsigned, unsigned state, void* data) {
                             if (state == NICE_COMPONENT_STATE_READY) tell(data, "ready");
                         });
        stream = nice_agent_add_stream(agent_.get(), 1);
    }

    ~Agent() { loop_.stop(); }

    NiceAgent* get() const { return agent_.get(); }

    void gather() {
        ck_assert(nice_agent_gather_candidates(agent_.get(), stream));
        await("gathered");
    }

    /// Takes what the other has to say of himself.
    void meet(const Agent& other) {
        char* name = nullptr;
        char* password = nullptr;
        ck_assert(nice_agent_get_local_credentials(other.get(), other.stream, &name, &password));
        const GCharPtr ownedName(name);
        const GCharPtr ownedPassword(password);
        nice_agent_set_remote_credentials(agent_.get(), stream, name, password);
        GSList* candidates = nice_agent_get_local_candidates(other.get(), other.stream, 1);
        ck_assert_int_gt(nice_agent_set_remote_candidates(agent_.get(), stream, 1, candidates), 0);
        g_slist_free_full(candidates,
                          [](void* one) { nice_candidate_free(static_cast<NiceCandidate*>(one)); });
    }

    void await(const std::string& what) {
        std::unique_lock lock(told_->mutex);
        ck_assert_msg(told_->changed.wait_for(
                          lock, kLong, [&] { return told_->text.find(what) != std::string::npos; }),
                      "not %s", what.c_str());
    }

    void send(const std::string& packet) {
        ck_assert_int_eq(nice_agent_send(agent_.get(), stream, 1,
                                         static_cast<unsigned>(packet.size()), packet.data()),
                         static_cast<int>(packet.size()));
    }

    LoopThread& loop() { return loop_; }

    unsigned stream = 0;

private:
    struct Told {
        std::mutex mutex;
        std::condition_variable changed;
        std::string text;
    };

    static void tell(void* data, const char* what) {
        const auto told = static_cast<std::weak_ptr<Told>*>(data)->lock();
        if (!told) return;
        const std::lock_guard lock(told->mutex);
        told->text += what;
        told->changed.notify_all();
    }

    LoopThread loop_{"agent"};
    GRef<NiceAgent> agent_;
    std::shared_ptr<Told> told_ = std::make_shared<Told>();
    SignalConnection gathered_;
    SignalConnection ready_;
};

/// A nicesrc that a reader watches, connected to a client.
class Bench {
public:
    /// So many packets are taken behind nicesrc; the next ones stay until more are let through.
    explicit Bench(std::size_t let = SIZE_MAX)
        : let_(let) {
        pipeline_ = GRef<GstElement>::sink(gst_pipeline_new(nullptr));
        GstElement* nicesrc = *addElement(GST_BIN(pipeline_.get()), "nicesrc");
        g_object_set(nicesrc, "agent", server_.get(), "stream", server_.stream, "component", 1,
                     nullptr);
        reader->attach(nicesrc, "nicesrc");
        const auto source = GRef<GstPad>::adopt(gst_element_get_static_pad(nicesrc, "src"));
        gst_pad_set_element_private(sink_.get(), this);
        gst_pad_set_chain_function(sink_.get(), [](GstPad* pad, GstObject*, GstBuffer* packet) {
            static_cast<Bench*>(gst_pad_get_element_private(pad))->onPacket(packet);
            gst_buffer_unref(packet);
            return GST_FLOW_OK;
        });
        gst_pad_set_active(sink_.get(), TRUE);
        ck_assert_int_eq(gst_pad_link(source.get(), sink_.get()), GST_PAD_LINK_OK);
        gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
        nice_agent_attach_recv(
            client.get(), client.stream, 1, client.loop().context(),
            [](NiceAgent*, unsigned, unsigned, unsigned, char*, void*) {}, nullptr);
        server_.gather();
        client.gather();
        server_.meet(client);
        client.meet(server_);
        client.await("ready");
        server_.await("ready");
    }

    ~Bench() {
        reader->stop();
        gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
    }

    void await(std::size_t count) {
        std::unique_lock lock(mutex_);
        ck_assert(came_.wait_for(lock, kLong, [&] { return packets_.size() >= count; }));
    }

    void letOneThrough() {
        const std::lock_guard lock(mutex_);
        ++let_;
        mayPass_.notify_all();
    }

    std::vector<std::string> packets() {
        const std::lock_guard lock(mutex_);
        return packets_;
    }

    /// On the clock that packets' times are of.
    GstClockTime now() const { return gst_element_get_current_running_time(pipeline_.get()); }

    /// When the newest packet came.
    GstClockTime arrival() {
        const std::lock_guard lock(mutex_);
        return arrival_;
    }

    /// The thread that brought the newest packet.
    std::string thread() {
        const std::lock_guard lock(mutex_);
        return thread_;
    }

    Agent client{true};
    std::shared_ptr<IceReader> reader =
        IceReader::create(Decryption::create(std::make_shared<std::atomic<bool>>(false)));

private:
    void onPacket(GstBuffer* packet) {
        std::string bytes(gst_buffer_get_size(packet), '\0');
        gst_buffer_extract(packet, 0, bytes.data(), bytes.size());
        char name[16] = {};
        pthread_getname_np(pthread_self(), name, sizeof name);
        std::unique_lock lock(mutex_);
        ck_assert(mayPass_.wait_for(lock, kLong, [&] { return packets_.size() < let_; }));
        packets_.push_back(std::move(bytes));
        arrival_ = GST_BUFFER_DTS(packet);
        thread_ = name;
        came_.notify_all();
    }

    std::size_t let_;
    Agent server_{false};
    GRef<GstElement> pipeline_;
    GRef<GstPad> sink_ = GRef<GstPad>::sink(gst_pad_new("sink", GST_PAD_SINK));
    std::mutex mutex_;
    std::condition_variable came_;
    std::condition_variable mayPass_;
    std::vector<std::string> packets_;
    GstClockTime arrival_ = 0;
    std::string thread_;
};

/// As DTLS has them.
std::string record(int number) {
    return "\x16\xfe\xfd" + std::to_string(number);
}

} // namespace

START_TEST(packets_come_the_same_way_by_another_thread) {
    Bench bench;
    std::vector<std::string> sent;
    for (int i = 0; i < 20; ++i) {
        sent.push_back(record(i));
        bench.client.send(sent.back());
        // The first is nicesrc's.
        bench.await(sent.size());
        if (i > 0) ck_assert_str_eq(bench.thread().c_str(), "ice-in");
    }
    ck_assert(bench.packets() == sent);
}

END_TEST

START_TEST(rtp_does_not_go_that_way) {
    Bench bench;
    bench.client.send(record(0));
    bench.await(1);
    bench.client.send(std::string("\x80\x60\x00\x01", 4) + std::string(40, 'x'));
    bench.client.send(record(1));
    bench.await(2);
    ck_assert(bench.packets() == (std::vector<std::string>{record(0), record(1)}));
}

END_TEST

/// The system begins to stamp packets soon after it is first asked, not at once.
START_TEST(packet_has_the_time_of_its_arrival_though_the_reader_was_busy) {
    constexpr GstClockTime kBusy = 100 * GST_MSECOND;
    // The system stamps by another clock.
    constexpr GstClockTime kTolerance = kBusy / 2;
    Bench bench(2);
    std::size_t sent = 0;
    const auto send = [&] { bench.client.send(record(static_cast<int>(sent++))); };
    for (int i = 0; i < 2; ++i) {
        send();
        bench.await(sent);
    }
    const auto deadline = std::chrono::steady_clock::now() + kLong;
    for (bool isStamped = false; !isStamped;) {
        ck_assert(std::chrono::steady_clock::now() < deadline);
        // The reader is kept by this one,
        send();
        const GstClockTime before = bench.now();
        send();
        // and the next one is there by now: loopback has no delay.
        const GstClockTime after = bench.now();
        while (bench.now() < after + kBusy)
            std::this_thread::yield();
        bench.letOneThrough();
        bench.letOneThrough();
        bench.await(sent);
        ck_assert_uint_ge(bench.arrival() + kTolerance, before);
        isStamped = bench.arrival() < after + kTolerance;
    }
}

END_TEST

/// libnice reads a socket until it is empty: it is not to be waited for that.
START_TEST(stop_waits_for_one_packet_at_most) {
    constexpr std::size_t kSent = 100;
    Bench bench(1);
    for (std::size_t i = 0; i < kSent; ++i) {
        bench.client.send(record(static_cast<int>(i)));
        // The reader has taken over.
        if (i == 0) bench.await(1);
    }
    auto stopped = std::async(std::launch::async, [&] { bench.reader->stop(); });
    while (stopped.wait_for(50ms) != std::future_status::ready)
        bench.letOneThrough();
    ck_assert_uint_lt(bench.packets().size(), kSent / 2);
    bench.reader->stop();
}

END_TEST

START_TEST(reader_that_is_stopped_first_leaves_all_to_nicesrc) {
    Bench bench;
    bench.reader->stop();
    for (int i = 0; i < 5; ++i)
        bench.client.send(record(i));
    bench.await(5);
    ck_assert_str_ne(bench.thread().c_str(), "ice-in");
}

END_TEST

int main() {
    gst_init(nullptr, nullptr);
    return test::runSuite("pipelines ice_reader",
                          {packets_come_the_same_way_by_another_thread, rtp_does_not_go_that_way,
                           packet_has_the_time_of_its_arrival_though_the_reader_was_busy,
                           stop_waits_for_one_packet_at_most,
                           reader_that_is_stopped_first_leaves_all_to_nicesrc});
}
