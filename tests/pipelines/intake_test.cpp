#include "pipelines/leg/intake.h"

#include <algorithm>
#include <condition_variable>
#include <string>
#include <vector>

#include <gst/rtp/gstrtcpbuffer.h>
#include <gst/rtp/gstrtpbuffer.h>
#include <gst/video/video.h>

#include "pipelines/gst/feedback.h"
#include "tests/support/suite.h"

using namespace mullion;

namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kMs = GST_MSECOND;
constexpr int kOpus = 111;
constexpr int kVp8 = 96;
constexpr int kRtx = 97;
constexpr int kMidExtension = 4;

/// What a receiver would get of one line.
struct Entry {
    GRef<GstPad> pad = GRef<GstPad>::sink(gst_pad_new("sink", GST_PAD_SINK));
    std::mutex mutex;
    /// "7 lost8 9 ": numbers of packets, and of those that were told to be lost.
    std::string text;
    std::vector<std::int64_t> times;
    std::string payload;
    int payloadType = -1;

    Entry() {
        gst_pad_set_element_private(pad.get(), this);
        gst_pad_set_chain_function(pad.get(), [](GstPad* from, GstObject*, GstBuffer* packet) {
            static_cast<Entry*>(gst_pad_get_element_private(from))->onPacket(packet);
            gst_buffer_unref(packet);
            return GST_FLOW_OK;
        });
        gst_pad_set_event_function(
            pad.get(), [](GstPad* from, GstObject*, GstEvent* event) -> gboolean {
                auto* entry = static_cast<Entry*>(gst_pad_get_element_private(from));
                const GstStructure* what = gst_event_get_structure(event);
                guint number = 0;
                if (what && gst_structure_has_name(what, "GstRTPPacketLost") &&
                    gst_structure_get_uint(what, "seqnum", &number))
                    entry->text += "lost" + std::to_string(number) + ' ';
                gst_event_unref(event);
                return TRUE;
            });
        gst_pad_set_active(pad.get(), TRUE);
    }

    void onPacket(GstBuffer* packet) {
        const std::lock_guard lock(mutex);
        GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
        ck_assert(gst_rtp_buffer_map(packet, GST_MAP_READ, &rtp));
        text += std::to_string(gst_rtp_buffer_get_seq(&rtp)) + ' ';
        payloadType = gst_rtp_buffer_get_payload_type(&rtp);
        payload.assign(static_cast<const char*>(gst_rtp_buffer_get_payload(&rtp)),
                       gst_rtp_buffer_get_payload_len(&rtp));
        gst_rtp_buffer_unmap(&rtp);
        times.push_back(static_cast<std::int64_t>(GST_BUFFER_PTS(packet)));
    }

    std::string read() {
        const std::lock_guard lock(mutex);
        return std::exchange(text, {});
    }
};

struct Packet {
    std::uint32_t ssrc = 0;
    int type = 0;
    std::uint16_t number = 0;
    std::uint32_t timestamp = 0;
    std::string payload = "....";
    std::string mid = {};
};

/// A pad that pushes packets of one kind into an element.
GRef<GstPad> feeder(GstElement* element, const char* name, const char* caps) {
    auto source = GRef<GstPad>::sink(gst_pad_new("feed", GST_PAD_SRC));
    const auto sink = GRef<GstPad>::adopt(gst_element_request_pad_simple(element, name));
    gst_pad_set_active(source.get(), TRUE);
    ck_assert_int_eq(gst_pad_link(source.get(), sink.get()), GST_PAD_LINK_OK);
    gst_pad_push_event(source.get(), gst_event_new_stream_start(name));
    const auto parsed = GRef<GstCaps>::adopt(gst_caps_from_string(caps));
    gst_pad_push_event(source.get(), gst_event_new_caps(parsed.get()));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_pad_push_event(source.get(), gst_event_new_segment(&segment));
    return source;
}

/// An rtpsession as webrtcbin has it, with an intake behind it.
class Session {
public:
    Session() {
        pipeline_ = GRef<GstElement>::sink(gst_pipeline_new(nullptr));
        session_ = *addElement(GST_BIN(pipeline_.get()), "rtpsession", {{"rtp-profile", "avpf"}});
        signals_.push_back(connect(session_, "request-pt-map", std::weak_ptr<int>(),
                                   [](GstElement*, unsigned type, void*) {
                                       return gst_caps_new_simple(
                                           "application/x-rtp", "payload", G_TYPE_INT,
                                           static_cast<int>(type), "clock-rate", G_TYPE_INT,
                                           type == kOpus ? 48000 : 90000, "rtcp-fb-nack-pli",
                                           G_TYPE_BOOLEAN, TRUE, nullptr);
                                   }));
        limitFeedback(session_);
        intake_->attach(session_, "rtpsession");
        gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
        rtp_ = feeder(session_, "recv_rtp_sink", "application/x-rtp");
        rtcp_ = feeder(session_, "recv_rtcp_sink", "application/x-rtcp");
        const auto sent =
            GRef<GstPad>::adopt(gst_element_request_pad_simple(session_, "send_rtcp_src"));
        gst_pad_set_element_private(feedback_.get(), this);
        gst_pad_set_chain_function(feedback_.get(), [](GstPad* pad, GstObject*, GstBuffer* packet) {
            static_cast<Session*>(gst_pad_get_element_private(pad))->onFeedback(packet);
            gst_buffer_unref(packet);
            return GST_FLOW_OK;
        });
        gst_pad_set_active(feedback_.get(), TRUE);
        gst_pad_link(sent.get(), feedback_.get());
    }

    ~Session() {
        intake_->close();
        gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
    }

    std::shared_ptr<Entry> addLine(sdp::Media media) {
        auto entry = std::make_shared<Entry>();
        media.sends = true;
        media.midExtension = kMidExtension;
        intake_->addLine(media, GRef<GstPad>::share(entry->pad.get()));
        return entry;
    }

    std::shared_ptr<Entry> addSound() {
        return addLine({.role = sdp::Role::Audio, .mid = "0", .payload = kOpus});
    }

    std::shared_ptr<Entry> addPicture(sdp::Role role = sdp::Role::Camera, const char* mid = "1",
                                      std::vector<std::string> ssrcs = {}) {
        return addLine({.role = role,
                        .mid = mid,
                        .payload = kVp8,
                        .rtxPayload = kRtx,
                        .ssrcs = std::move(ssrcs)});
    }

    /// The packet arrives at `ms`.
    void send(const Packet& packet, std::int64_t ms) {
        GstBuffer* buffer =
            gst_rtp_buffer_new_allocate(static_cast<guint>(packet.payload.size()), 0, 0);
        GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
        gst_rtp_buffer_map(buffer, GST_MAP_READWRITE, &rtp);
        gst_rtp_buffer_set_ssrc(&rtp, packet.ssrc);
        gst_rtp_buffer_set_payload_type(&rtp, static_cast<guint8>(packet.type));
        gst_rtp_buffer_set_seq(&rtp, packet.number);
        gst_rtp_buffer_set_timestamp(&rtp, packet.timestamp);
        std::copy(packet.payload.begin(), packet.payload.end(),
                  static_cast<char*>(gst_rtp_buffer_get_payload(&rtp)));
        if (!packet.mid.empty())
            gst_rtp_buffer_add_extension_onebyte_header(&rtp, kMidExtension, packet.mid.data(),
                                                        static_cast<guint>(packet.mid.size()));
        gst_rtp_buffer_unmap(&rtp);
        GST_BUFFER_PTS(buffer) = GST_BUFFER_DTS(buffer) = static_cast<GstClockTime>(ms * kMs);
        gst_pad_push(rtp_.get(), buffer);
    }

    /// A sender report: at `ntpMs` of the client's clock it was at this timestamp.
    void report(std::uint32_t ssrc, std::int64_t ntpMs, std::uint32_t timestamp) {
        constexpr std::uint64_t kMsInSecond = 1000;
        const auto ms = static_cast<std::uint64_t>(ntpMs);
        const std::uint64_t ntp =
            ((ms / kMsInSecond) << 32) + ((ms % kMsInSecond) << 32) / kMsInSecond;
        GstBuffer* buffer = gst_rtcp_buffer_new(1400);
        GstRTCPBuffer rtcp = GST_RTCP_BUFFER_INIT;
        gst_rtcp_buffer_map(buffer, GST_MAP_READWRITE, &rtcp);
        GstRTCPPacket packet;
        ck_assert(gst_rtcp_buffer_add_packet(&rtcp, GST_RTCP_TYPE_SR, &packet));
        gst_rtcp_packet_sr_set_sender_info(&packet, ssrc, ntp, timestamp, 1, 1);
        gst_rtcp_buffer_unmap(&rtcp);
        gst_pad_push(rtcp_.get(), buffer);
    }

    /// Waits for the first RTCP: nothing is asked for before.
    void awaitReport() {
        std::unique_lock lock(mutex_);
        ck_assert(heard_.wait_for(lock, 30s, [&] { return hasReported_; }));
    }

    /// Waits until the client was asked for these packets of the source.
    void awaitAsked(std::uint32_t ssrc, const std::vector<int>& numbers) {
        std::unique_lock lock(mutex_);
        ck_assert(heard_.wait_for(lock, 30s, [&] {
            return std::all_of(numbers.begin(), numbers.end(), [&](int number) {
                return std::find(asked_.begin(), asked_.end(), std::pair{ssrc, number}) !=
                       asked_.end();
            });
        }));
    }

    void awaitKeyFrameAsked(std::uint32_t ssrc) {
        std::unique_lock lock(mutex_);
        ck_assert(heard_.wait_for(lock, 30s, [&] { return keyFrameOf_ == ssrc; }));
    }

    /// How often so far.
    int keyFramesAsked() {
        const std::lock_guard lock(mutex_);
        return keyFramesAsked_;
    }

private:
    /// RFC 4585 section 6.
    void onFeedback(GstBuffer* buffer) {
        const std::lock_guard lock(mutex_);
        hasReported_ = true;
        GstRTCPBuffer rtcp = GST_RTCP_BUFFER_INIT;
        ck_assert(gst_rtcp_buffer_map(buffer, GST_MAP_READ, &rtcp));
        GstRTCPPacket packet;
        for (gboolean more = gst_rtcp_buffer_get_first_packet(&rtcp, &packet); more;
             more = gst_rtcp_packet_move_to_next(&packet)) {
            const auto type = gst_rtcp_packet_get_type(&packet);
            if (type != GST_RTCP_TYPE_RTPFB && type != GST_RTCP_TYPE_PSFB) continue;
            const std::uint32_t ssrc = gst_rtcp_packet_fb_get_media_ssrc(&packet);
            const auto what = gst_rtcp_packet_fb_get_type(&packet);
            if (what == GST_RTCP_PSFB_TYPE_PLI && type == GST_RTCP_TYPE_PSFB) {
                keyFrameOf_ = ssrc;
                ++keyFramesAsked_;
            }
            if (what != GST_RTCP_RTPFB_TYPE_NACK || type != GST_RTCP_TYPE_RTPFB) continue;
            const guint8* words = gst_rtcp_packet_fb_get_fci(&packet);
            for (int i = 0; i < gst_rtcp_packet_fb_get_fci_length(&packet); ++i) {
                const int number = GST_READ_UINT16_BE(words + 4 * i);
                const unsigned following = GST_READ_UINT16_BE(words + 4 * i + 2);
                asked_.emplace_back(ssrc, number);
                for (int bit = 0; bit < 16; ++bit)
                    if (following & (1u << bit)) asked_.emplace_back(ssrc, number + bit + 1);
            }
        }
        gst_rtcp_buffer_unmap(&rtcp);
        heard_.notify_all();
    }

    GRef<GstElement> pipeline_;
    GstElement* session_ = nullptr;
    std::shared_ptr<Intake> intake_ = Intake::create();
    std::vector<SignalConnection> signals_;
    GRef<GstPad> rtp_;
    GRef<GstPad> rtcp_;
    GRef<GstPad> feedback_ = GRef<GstPad>::sink(gst_pad_new("feedback", GST_PAD_SINK));
    std::mutex mutex_;
    std::condition_variable heard_;
    std::vector<std::pair<std::uint32_t, int>> asked_;
    std::uint32_t keyFrameOf_ = 0;
    int keyFramesAsked_ = 0;
    bool hasReported_ = false;
};

/// The nth packet of 20 ms of sound, or the nth picture of 25 a second.
Packet sound(int n, std::uint32_t ssrc = 1) {
    return {.ssrc = ssrc,
            .type = kOpus,
            .number = static_cast<std::uint16_t>(n),
            .timestamp = static_cast<std::uint32_t>(n) * 960};
}

Packet picture(int n, std::uint32_t ssrc = 2) {
    return {.ssrc = ssrc,
            .type = kVp8,
            .number = static_cast<std::uint16_t>(n),
            .timestamp = static_cast<std::uint32_t>(n) * 3600};
}

/// Packet `n` again, as RFC 4588 sends it.
Packet again(int n, std::uint32_t ssrc) {
    Packet packet = picture(n, ssrc);
    packet.type = kRtx;
    packet.number = static_cast<std::uint16_t>(n + 1000);
    packet.payload = std::string{static_cast<char>(n >> 8), static_cast<char>(n)} + "again";
    return packet;
}

} // namespace

START_TEST(sound_has_even_times_and_is_told_of_its_losses) {
    Session session;
    const auto entry = session.addSound();
    for (int n = 1; n <= 10; ++n)
        session.send(sound(n), 1000 + n * 20 + (n % 3) * 7);
    ck_assert_str_eq(entry->read().c_str(), "1 2 3 4 5 6 7 8 9 10 ");
    for (std::size_t i = 4; i < entry->times.size(); ++i)
        ck_assert_int_eq(entry->times[i] - entry->times[i - 1], 20 * kMs);
    session.send(sound(13), 1260);
    session.send(sound(14), 1280);
    ck_assert_str_eq(entry->read().c_str(), "");
    session.send(sound(15), 1310);
    ck_assert_str_eq(entry->read().c_str(), "lost11 lost12 13 14 15 ");
}

END_TEST

START_TEST(a_picture_that_is_missing_is_asked_for_and_put_where_it_belongs) {
    Session session;
    const auto entry = session.addPicture();
    for (const int n : {1, 2, 3})
        session.send(picture(n), 1000 + n * 40);
    session.awaitReport();
    session.send(picture(6), 1240);
    ck_assert_str_eq(entry->read().c_str(), "1 2 3 ");
    session.awaitAsked(2, {4, 5});
    // Two of a source that is not known, as of each.
    session.send(again(5, 77), 1260);
    session.send(again(4, 77), 1261);
    ck_assert_str_eq(entry->read().c_str(), "4 5 6 ");
    session.send(again(4, 77), 1262);
    session.send(picture(7), 1280);
    ck_assert_str_eq(entry->read().c_str(), "7 ");
    ck_assert_int_eq(entry->payloadType, kVp8);
}

END_TEST

START_TEST(what_comes_again_is_what_was_lost) {
    Session session;
    const auto entry = session.addPicture();
    session.send(picture(1), 1000);
    session.send(picture(2), 1040);
    session.awaitReport();
    session.send(picture(4), 1120);
    session.awaitAsked(2, {3});
    session.send(again(3, 77), 1130);
    session.send(again(3, 77), 1131);
    ck_assert_str_eq(entry->read().c_str(), "1 2 3 4 ");
    const std::lock_guard lock(entry->mutex);
    ck_assert_int_eq(static_cast<int>(entry->times.size()), 4);
    ck_assert_int_eq(entry->times[2] - entry->times[1], 40 * kMs);
}

END_TEST

START_TEST(lines_of_one_payload_type_are_told_apart) {
    Session session;
    const auto camera = session.addPicture(sdp::Role::Camera, "1");
    const auto screen = session.addPicture(sdp::Role::Screen, "2", {"30 cname:x"});
    // The screen first, by its source.
    for (int n = 1; n <= 2; ++n) {
        session.send(picture(n, 30), 1000 + n * 40);
        session.send(picture(n + 10, 20), 1001 + n * 40);
    }
    // Its next source by what it says.
    for (int n = 21; n <= 22; ++n) {
        Packet packet = picture(n, 31);
        packet.mid = "2";
        session.send(packet, 1000 + n * 40);
    }
    ck_assert_str_eq(camera->read().c_str(), "11 12 ");
    ck_assert_str_eq(screen->read().c_str(), "1 2 21 22 ");
}

END_TEST

START_TEST(a_line_is_taken_by_another_source_once_its_own_is_silent) {
    Session session;
    const auto entry = session.addSound();
    for (int n = 1; n <= 4; ++n)
        session.send(sound(n), 1000 + n * 20);
    for (int n = 50; n <= 52; ++n)
        session.send(sound(n, 9), 1080 + n);
    ck_assert_str_eq(entry->read().c_str(), "1 2 3 4 ");
    for (int n = 53; n <= 55; ++n)
        session.send(sound(n, 9), 2200 + n * 20);
    ck_assert_str_eq(entry->read().c_str(), "53 54 55 ");
}

END_TEST

START_TEST(lips_are_in_step_by_what_the_client_says_of_its_clocks) {
    Session session;
    const auto heard = session.addSound();
    const auto seen = session.addPicture();
    // Pictures take 60 ms longer through the network. Their clocks have nothing in common.
    const auto send = [&](int n) {
        Packet packet = sound(n);
        packet.timestamp *= 2;
        session.send(packet, 1000 + n * 40);
        session.send(picture(n + 500), 1060 + n * 40);
    };
    for (int n = 1; n <= 5; ++n)
        send(n);
    constexpr std::int64_t kWall = 5'000'000;
    session.report(1, kWall + 200, 5 * 2 * 960);
    session.report(2, kWall + 200, 505 * 3600);
    for (int n = 6; n <= 10; ++n)
        send(n);
    ck_assert_int_eq(heard->times.back(), seen->times.back());
    ck_assert_int_eq(seen->times.back(), (1060 + 10 * 40) * kMs);
}

END_TEST

START_TEST(a_key_frame_is_asked_for_of_the_lines_source) {
    Session session;
    const auto entry = session.addPicture();
    for (int n = 1; n <= 3; ++n)
        session.send(picture(n), 1000 + n * 40);
    gst_pad_push_event(entry->pad.get(),
                       gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 0));
    session.awaitKeyFrameAsked(2);
}

END_TEST

/// rtpsession would send one in a quarter of a second at best, and the next after others.
START_TEST(key_frames_are_asked_for_at_once_but_not_for_each_frame) {
    Session session;
    const auto entry = session.addPicture();
    session.send(picture(1), 1000);
    session.awaitReport();
    const int before = session.keyFramesAsked();
    const auto ask = [&] {
        gst_pad_push_event(entry->pad.get(), gst_video_event_new_upstream_force_key_unit(
                                                 GST_CLOCK_TIME_NONE, TRUE, 0));
    };
    const auto begin = std::chrono::steady_clock::now();
    const auto passed = [&] { return std::chrono::steady_clock::now() - begin; };
    ask();
    ck_assert_int_eq(session.keyFramesAsked(), before + 1);
    // What others are for may have come up after that key frame: they become one more, later.
    for (int i = 0; i < 100; ++i)
        ask();
    for (int n = 2; session.keyFramesAsked() < before + 2; ++n) {
        ck_assert(passed() < 30s);
        session.send(picture(n), 1000 + n);
    }
    ck_assert_int_le(session.keyFramesAsked() - before, 1 + passed() / 100ms);
}

END_TEST

int main() {
    gst_init(nullptr, nullptr);
    return test::runSuite("pipelines intake",
                          {sound_has_even_times_and_is_told_of_its_losses,
                           a_picture_that_is_missing_is_asked_for_and_put_where_it_belongs,
                           what_comes_again_is_what_was_lost,
                           lines_of_one_payload_type_are_told_apart,
                           a_line_is_taken_by_another_source_once_its_own_is_silent,
                           lips_are_in_step_by_what_the_client_says_of_its_clocks,
                           a_key_frame_is_asked_for_of_the_lines_source,
                           key_frames_are_asked_for_at_once_but_not_for_each_frame});
}
