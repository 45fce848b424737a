#include "pipelines/mix/rung.h"

#include <gst/video/video.h>

#include "src/base/log.h"

namespace mullion {

using namespace std::chrono_literals;

namespace {

constexpr Log kLog("rung");

/// Key frames are large: those for lost pictures come at most this often for all takers together.
constexpr auto kLossInterval = 500ms;
/// Several who join at once share one; a single one waits for nothing.
constexpr auto kJoinInterval = 100ms;
/// A late encoder does not hold the composer; frames wait here until it has caught up. With room
/// for two a busy machine lost 7 % of them, with a second of them none.
constexpr unsigned kMaxWaiting = 25;
/// From the answer to the client's first packet; ICE and DTLS take 0.1 s, a second on bad networks.
constexpr auto kPreparedFor = 2s;

} // namespace

class Rung::Feed : public SampleReceiver {
public:
    Feed(std::shared_ptr<Inlet> inlet, int shortSide)
        : inlet_(std::move(inlet))
        , shortSide_(shortSide) {}

    void onSample(GstSample* sample) override {
        GstBuffer* buffer = gst_sample_get_buffer(sample);
        GstCaps* caps = gst_sample_get_caps(sample);
        if (canvas_.get() != caps) adopt(caps);
        if (!pool_) {
            inlet_->push(GRef<GstBuffer>::share(buffer), caps);
            return;
        }
        if (auto scaled = scaledCopy(buffer)) inlet_->push(std::move(scaled), caps_.get());
    }

    std::uint64_t dropped() const { return inlet_->dropped(); }

private:
    void adopt(GstCaps* caps) {
        canvas_ = GRef<GstCaps>::share(caps);
        gst_video_info_from_caps(&from_, caps);
        if (pool_) gst_buffer_pool_set_active(pool_.get(), FALSE);
        pool_ = {};
        const int side = std::min(from_.width, from_.height);
        if (side <= shortSide_) return;
        caps_ = GRef<GstCaps>::adopt(gst_caps_copy(caps));
        const auto scaled = [&](int length) { return (length * shortSide_ / side + 1) & ~1; };
        gst_caps_set_simple(caps_.get(), "width", G_TYPE_INT, scaled(from_.width), "height",
                            G_TYPE_INT, scaled(from_.height), nullptr);
        gst_video_info_from_caps(&to_, caps_.get());
        pool_ = GRef<GstBufferPool>::adopt(gst_video_buffer_pool_new());
        GstStructure* config = gst_buffer_pool_get_config(pool_.get());
        gst_buffer_pool_config_set_params(config, caps_.get(), static_cast<guint>(to_.size), 2, 0);
        gst_buffer_pool_set_config(pool_.get(), config);
        gst_buffer_pool_set_active(pool_.get(), TRUE);
    }

    GRef<GstBuffer> scaledCopy(GstBuffer* buffer) {
        GstBuffer* raw = nullptr;
        if (gst_buffer_pool_acquire_buffer(pool_.get(), &raw, nullptr) != GST_FLOW_OK) return {};
        auto copy = GRef<GstBuffer>::adopt(raw);
        const auto source = MappedFrame::map(buffer, from_);
        const auto target = MappedFrame::map(raw, to_, GST_MAP_WRITE);
        if (!source || !target) return {};
        scale(source->planes(), target->mutablePlanes());
        GST_BUFFER_PTS(raw) = GST_BUFFER_PTS(buffer);
        GST_BUFFER_DURATION(raw) = GST_BUFFER_DURATION(buffer);
        return copy;
    }

    std::shared_ptr<Inlet> inlet_;
    int shortSide_ = 0;
    /// What the composer gives now, and what becomes of it; no pool: nothing to scale.
    GRef<GstCaps> canvas_;
    GstVideoInfo from_ = {};
    GRef<GstCaps> caps_;
    GstVideoInfo to_ = {};
    GRef<GstBufferPool> pool_;
};

Rung::Rung(const Settings& settings, Composer& composer, ShareTime shareTime,
           std::function<void(const std::string&)> onFailed)
    : settings_(settings)
    , composer_(composer)
    , shareTime_(std::move(shareTime))
    , onFailed_(std::move(onFailed))
    , encoders_(encodersFor(settings.codec)) {}

Result<std::shared_ptr<Rung>> Rung::create(const Settings& settings, Composer& composer,
                                           ShareTime shareTime,
                                           std::function<void(const std::string&)> onFailed) {
    std::shared_ptr<Rung> rung(
        new Rung(settings, composer, std::move(shareTime), std::move(onFailed)));
    TRY(rung->start());
    return rung;
}

Rung::~Rung() {
    stop();
}

/// Builds the pipeline with the first encoder that starts.
Result<void> Rung::start() {
    while (!encoders_.empty()) {
        const std::string factory = encoders_.front();
        encoders_.erase(encoders_.begin());
        pipeline_ = GRef<GstElement>::sink(gst_pipeline_new("rung"));
        shareTime_(pipeline_.get());
        auto* bin = GST_BIN(pipeline_.get());
        const auto inlet = TRY(Inlet::create(bin, nullptr, kMaxWaiting));
        const auto encoder = addEncoder(bin, factory, settings_.encoder);
        if (!encoder) {
            kLog.warning("", encoder.error().message);
            continue;
        }
        encoder_ = encoder->first;
        outlet_ = TRY(Outlet::create(bin));
        TRY(linkElements({inlet->element(), encoder->first}));
        TRY(linkElements({encoder->last, outlet_->element()}));
        if (gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) {
            kLog.warning("", factory + " does not start here");
            stop();
            continue;
        }
        bus_ = BusWatch(pipeline_.get(), [this](GstMessage* message) {
            if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR)
                onEncoderFailed(describeError(message));
        });
        feed_ = std::make_shared<Feed>(inlet, settings_.shortSide);
        outlet_->connect(frames_);
        if (users_) composer_.frames().connect(feed_);
        kLog.info("", std::string(name(settings_.codec)) + ' ' +
                          std::to_string(settings_.shortSide) + "p at " +
                          std::to_string(settings_.encoder.bitrateBps) + " bit/s by " + factory);
        return {};
    }
    return Error{ErrorCode::Unavailable, std::string("no encoder for ") + name(settings_.codec)};
}

void Rung::stop() {
    if (feed_) composer_.frames().disconnect(feed_.get());
    bus_ = BusWatch();
    if (pipeline_) gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
    feed_.reset();
    frames_->clear();
    encoder_ = nullptr;
    pipeline_ = {};
}

void Rung::onEncoderFailed(const std::string& why) {
    kLog.error("", why);
    // Not from inside of its own bus watch. One failure is told more than once, by the encoder and
    // by what feeds it.
    postToMain([weak = weak_from_this(), failed = pipeline_, why] {
        const auto self = weak.lock();
        if (!self || self->pipeline_.get() != failed.get()) return;
        self->stop();
        if (const auto restarted = self->start(); !restarted) self->onFailed_(why);
    });
}

std::uint64_t Rung::dropped() const {
    return feed_ ? feed_->dropped() : 0;
}

void Rung::use() {
    if (users_++ == 0 && feed_) composer_.frames().connect(feed_);
}

void Rung::release() {
    if (--users_ > 0) return;
    if (feed_) composer_.frames().disconnect(feed_.get());
    frames_->clear();
}

void Rung::prepare() {
    if (!prepared_) use();
    prepared_.cancel();
    prepared_ = after(kPreparedFor, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) {
            self->prepared_.cancel();
            self->release();
        }
    });
    requestKeyFrame(KeyFrameReason::Joined);
}

void Rung::addTaker(const std::shared_ptr<SampleReceiver>& receiver) {
    use();
    if (!frames_->connect(receiver)) requestKeyFrame(KeyFrameReason::Joined);
}

void Rung::removeTaker(const SampleReceiver* receiver) {
    frames_->disconnect(receiver);
    release();
}

void Rung::requestKeyFrame(KeyFrameReason reason) {
    auto& pending = reason == KeyFrameReason::Joined ? joinPending_ : lossPending_;
    if (pending.exchange(true)) return;
    postToMain([weak = weak_from_this(), reason] {
        if (const auto self = weak.lock()) self->scheduleKeyFrame(reason);
    });
}

void Rung::scheduleKeyFrame(KeyFrameReason reason) {
    // The other reason's key frame may have come meanwhile.
    if (!(reason == KeyFrameReason::Joined ? joinPending_ : lossPending_)) return;
    const auto now = std::chrono::steady_clock::now();
    const auto due =
        lastKeyFrame_ + (reason == KeyFrameReason::Joined ? kJoinInterval : kLossInterval);
    if (due <= now) return forceKeyFrame();
    if (keyFrameTimer_ && keyFrameDue_ <= due) return;
    keyFrameDue_ = due;
    keyFrameTimer_ = after(std::chrono::duration_cast<std::chrono::milliseconds>(due - now) + 1ms,
                           [weak = weak_from_this()] {
                               if (const auto self = weak.lock()) self->forceKeyFrame();
                           });
}

void Rung::forceKeyFrame() {
    keyFrameTimer_.cancel();
    lastKeyFrame_ = std::chrono::steady_clock::now();
    joinPending_ = lossPending_ = false;
    if (!encoder_) return;
    const auto pad = GRef<GstPad>::adopt(gst_element_get_static_pad(encoder_, "src"));
    gst_pad_send_event(pad.get(), gst_video_event_new_upstream_force_key_unit(
                                      GST_CLOCK_TIME_NONE, /*all_headers=*/TRUE, /*count=*/0));
}

} // namespace mullion
