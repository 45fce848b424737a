#include "pipelines/leg/leg.h"

#include "pipelines/gst/reaper.h"
#include "src/base/log.h"

namespace mullion {

using namespace std::chrono_literals;

namespace {

constexpr Log kLog("leg");

constexpr auto kWatchInterval = 500ms;
/// ICE, DTLS and their retries; a client that is slower begins anew.
constexpr std::int64_t kConnectDeadlineUs = 15'000'000;
/// A connected client sends at least RTCP every few seconds, whatever is muted (RFC 3550 section
/// 6.2). webrtcbin has no consent freshness, so this is how we notice that one has gone.
constexpr std::int64_t kSilenceUs = 8'000'000;
/// A client that is connected but sends nothing takes its seat after this.
constexpr std::int64_t kSeatWithoutMediaUs = 2'000'000;

/// How late it may be, and what decoding and thread changes take.
constexpr HandoverTiming kSoundTiming{
    static_cast<GstClockTimeDiff>((kJitterLatencyMs + 10) * GST_MSECOND)};
/// The composer shows a frame up to a tick after its time; it comes that much earlier in exchange.
constexpr HandoverTiming kPictureTiming{
    static_cast<GstClockTimeDiff>((kJitterLatencyMs - 30) * GST_MSECOND)};

} // namespace

Leg::Leg(std::string id, std::string userId, Mix& mix, Ears ears, LegObserver& observer)
    : id_(std::move(id))
    , userId_(std::move(userId))
    , mix_(mix)
    , ears_(ears)
    , observer_(observer)
    , createdAt_(g_get_monotonic_time()) {}

Leg::~Leg() {
    close();
}

Result<std::shared_ptr<Leg>> Leg::create(std::string id, std::string userId, sdp::Offer offer,
                                         const IceSettings& ice, Mix& mix, Ears ears,
                                         LegObserver& observer) {
    std::shared_ptr<Leg> leg(new Leg(std::move(id), std::move(userId), mix, ears, observer));
    TRY(leg->build(std::move(offer), ice));
    return leg;
}

Result<void> Leg::build(sdp::Offer offer, const IceSettings& ice) {
    pipeline_ = GRef<GstElement>::sink(gst_pipeline_new(("leg-" + id_).c_str()));
    mix_.share(pipeline_.get());
    peer_ = TRY(PeerConnection::create(GST_BIN(pipeline_.get()), ice, gate_, weak_from_this()));

    std::vector<PeerConnection::Line> lines;
    for (const sdp::Media* media : offer.accepted())
        lines.push_back(TRY(buildLine(*media)));

    bus_ = BusWatch(pipeline_.get(), [this](GstMessage* message) {
        switch (GST_MESSAGE_TYPE(message)) {
        case GST_MESSAGE_ERROR:
            onFailed(describeError(message));
            break;
        case GST_MESSAGE_LATENCY:
            gst_bin_recalculate_latency(GST_BIN(pipeline_.get()));
            break;
        default:
            break;
        }
    });
    if (gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE)
        return Error{ErrorCode::Internal, "the leg's pipeline does not start"};
    peer_->answer(std::move(offer), std::move(lines));
    watchdog_ = every(kWatchInterval, [this] {
        checkAlive();
        return true;
    });
    return {};
}

Result<PeerConnection::Line> Leg::buildLine(const sdp::Media& media) {
    auto* bin = GST_BIN(pipeline_.get());
    switch (media.role) {
    case sdp::Role::Audio: {
        PeerConnection::Line line;
        line.receiver = microphone_ = TRY(Receiver::createAudio(bin));
        sound_ = std::make_shared<Handover>(gate_, kSoundTiming, [weak = weak_from_this()] {
            const auto self = weak.lock();
            // Sound may come first; the tile must not blink, so a camera is waited for.
            if (self && !self->sends(wire::PictureSource::Camera)) self->takeSeat();
        });
        line.receiver->outlet()->connect(sound_);
        if (media.receives)
            line.sender = audioSender_ = TRY(AudioSender::create(
                bin, media, ears_.programme ? AudioSender::Input::Opus : AudioSender::Input::Raw));
        return line;
    }
    case sdp::Role::Camera:
        return buildPicture(media, wire::PictureSource::Camera);
    case sdp::Role::Screen:
        return buildPicture(media, wire::PictureSource::Screen);
    case sdp::Role::Refused:
        break;
    }
    return Error{ErrorCode::Internal, "a refused line is not built"};
}

Result<PeerConnection::Line> Leg::buildPicture(const sdp::Media& media,
                                               wire::PictureSource source) {
    auto* bin = GST_BIN(pipeline_.get());
    PeerConnection::Line line;
    line.receiver = TRY(Receiver::createVideo(bin, media.codec));
    if (media.sends) {
        Picture& to = picture(source);
        to.receiver = line.receiver;
        to.handover =
            std::make_shared<Handover>(gate_, kPictureTiming, [weak = weak_from_this(), source] {
                if (const auto self = weak.lock()) self->onFirstPicture(source);
            });
        line.receiver->outlet()->connect(to.handover);
    }
    if (media.receives) line.sender = videoSender_ = TRY(VideoSender::create(bin, media));
    return line;
}

void Leg::onFirstPicture(wire::PictureSource source) {
    if (phase_ == Phase::Closed) return;
    picture(source).here = true;
    if (source == wire::PictureSource::Camera) takeSeat();
    observer_.onLegPicture(*this, source);
}

bool Leg::advance(Phase next) {
    if (next <= phase_) return false;
    phase_ = next;
    return true;
}

wire::LegState Leg::state() const {
    switch (phase_) {
    case Phase::New:
    case Phase::Answered:
        return wire::LegState::New;
    case Phase::Connected:
    case Phase::Seated:
        return wire::LegState::Connected;
    case Phase::Closed:
        return wire::LegState::Failed;
    }
    return wire::LegState::Failed;
}

void Leg::feed(const Seat& seat) {
    if (sound_) sound_->setTarget(seat.sound);
    if (camera_.handover) camera_.handover->setTarget(seat.camera);
    if (screen_.handover) screen_.handover->setTarget(seat.screen);
}

std::shared_ptr<Receiver> Leg::receiverOf(wire::TrackSource source) const {
    switch (source) {
    case wire::TrackSource::Sound:
        return microphone_;
    case wire::TrackSource::Camera:
        return camera_.receiver;
    case wire::TrackSource::Screen:
        return screen_.receiver;
    }
    return {};
}

void Leg::tap(wire::TrackSource source, const std::shared_ptr<SampleReceiver>& tap) {
    // What comes before the peer has proved who he is is nobody's.
    const auto receiver = receiverOf(source);
    if (receiver && phase_ >= Phase::Connected) receiver->tap(tap);
}

void Leg::untap(wire::TrackSource source, const SampleReceiver* tap) {
    if (const auto receiver = receiverOf(source)) receiver->untap(tap);
}

void Leg::setCare(bool noiseSuppression, bool autoGain) {
    if (microphone_) microphone_->setCare(noiseSuppression, autoGain);
}

void Leg::setShown(wire::PictureSource source, bool shown) {
    if (const auto& receiver = picture(source).receiver) receiver->setWanted(shown);
}

void Leg::forget(wire::PictureSource source) {
    Picture& gone = picture(source);
    gone.here = false;
    if (gone.handover) gone.handover->rearm();
}

void Leg::setRung(wire::RungChoice choice) {
    rung_ = choice;
    if (!videoSender_ || (phase_ != Phase::Connected && phase_ != Phase::Seated)) return;
    const auto rung = ladder().rung(videoSender_->codec(), choice);
    const auto set = rung ? videoSender_->setRung(*rung) : Result<void>(rung.error());
    if (!set) kLog.error("leg=" + id_, set.error().message);
}

wire::LegFigures Leg::figures() {
    const auto now = g_get_monotonic_time();
    const auto since = std::exchange(measuredAt_, now);
    const auto reading =
        peer_->readMeter(static_cast<double>(now - (since ? since : connectedAt_)) / 1e6);
    wire::LegFigures figures{id_, userId_, reading.up, reading.down};
    figures.rung = rungName(0);
    if (videoSender_) {
        figures.codec = name(videoSender_->codec());
        figures.keyFramesAsked = videoSender_->keyFramesAsked();
        if (const auto rung = videoSender_->rung())
            figures.rung = rungName(rung->settings().shortSide);
    }
    for (const Picture* picture : {&camera_, &screen_})
        if (picture->handover) figures.framesDecoded += picture->handover->count();
    return figures;
}

void Leg::onAnswer(const std::string& sdp) {
    if (!advance(Phase::Answered)) return;
    observer_.onLegAnswer(*this, sdp);
    // While ICE and DTLS go on; then the picture is there when the client is.
    if (!videoSender_) return;
    if (const auto rung = ladder().rung(videoSender_->codec(), rung_); rung && *rung)
        (*rung)->prepare();
}

void Leg::onLocalCandidate(const wire::CandidateLine& line) {
    observer_.onLegCandidate(*this, line);
}

void Leg::onSecured() {
    if (!advance(Phase::Connected)) return;
    connectedAt_ = g_get_monotonic_time();
    kLog.info("leg=" + id_,
              "connected after " + std::to_string((connectedAt_ - createdAt_) / 1000) + " ms");
    if (audioSender_) listen();
    setRung(rung_);
    observer_.onLegConnected(*this);
}

void Leg::listen() {
    audioSender_->start();
    listens_ = true;
    if (!ears_.programme) return mix_.audio().outlet(ears_.audioInput)->connect(audioSender_);
    if (const auto taken = ears_.programme->opus().addTaker(audioSender_); !taken) {
        listens_ = false;
        kLog.error("leg=" + id_, taken.error().message);
    }
}

void Leg::takeSeat() {
    if (phase_ == Phase::Connected && advance(Phase::Seated)) observer_.onLegCarriesMedia(*this);
}

void Leg::onFailed(const std::string& reason) {
    if (phase_ == Phase::Closed) return;
    kLog.warning("leg=" + id_ + " user=" + userId_, reason);
    observer_.onLegFailed(*this, reason);
}

void Leg::checkAlive() {
    const auto now = g_get_monotonic_time();
    // The observer may let go of this leg.
    const auto self = shared_from_this();
    if (phase_ < Phase::Connected && now - createdAt_ > kConnectDeadlineUs)
        return onFailed("the client did not connect in time");
    if (phase_ >= Phase::Connected && now - peer_->lastHeard() > kSilenceUs)
        return onFailed("nothing was heard from the client any more");
    if (phase_ == Phase::Connected && now - connectedAt_ > kSeatWithoutMediaUs) takeSeat();
}

void Leg::close() {
    if (phase_ == Phase::Closed) return;
    // Nothing can go wrong where there is nothing to build.
    if (videoSender_) (void)videoSender_->setRung(nullptr);
    if (listens_ && ears_.programme)
        ears_.programme->opus().removeTaker(audioSender_.get());
    else if (listens_)
        mix_.audio().outlet(ears_.audioInput)->disconnect(audioSender_.get());
    phase_ = Phase::Closed;
    feed({});
    watchdog_.cancel();
    bus_ = BusWatch();
    if (peer_) peer_->disconnect();
    peer_.reset();
    audioSender_.reset();
    videoSender_.reset();
    microphone_.reset();
    sound_.reset();
    camera_ = {};
    screen_ = {};
    if (pipeline_) reap(std::move(pipeline_));
}

} // namespace mullion
