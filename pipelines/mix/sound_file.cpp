#include "pipelines/mix/sound_file.h"

#include <atomic>

#include "pipelines/gst/reaper.h"

namespace mullion {

namespace {

/// What the mixer gets comes so long before it is due.
constexpr GstClockTime kLead = 60 * GST_MSECOND;
/// Until the last of it has been mixed.
constexpr std::chrono::milliseconds kLastIsMixed{150};

} // namespace

/// Brings the file's blocks into the mix as they are due, and its decoder to the converter.
class SoundFile::Feed : public SampleReceiver {
public:
    Feed(std::shared_ptr<MediaTarget> input, const Mix& mix, GstElement* converter)
        : input_(std::move(input))
        , mix_(mix)
        , converter_(GRef<GstElement>::share(converter)) {}

    void onSample(GstSample* sample) override {
        GstBuffer* buffer = gst_sample_get_buffer(sample);
        const GstClockTime at = buffer ? GST_BUFFER_PTS(buffer) : GST_CLOCK_TIME_NONE;
        if (!GST_CLOCK_TIME_IS_VALID(at)) return;
        if (!GST_CLOCK_TIME_IS_VALID(first_)) {
            first_ = at;
            begins_ = mix_.runningTime() + kLead;
        }
        if (at >= first_) input_->take(buffer, begins_ + (at - first_), nullptr);
    }

    /// On the decoder's thread.
    void link(GstPad* decoded) {
        const auto sink = GRef<GstPad>::adopt(gst_element_get_static_pad(converter_.get(), "sink"));
        if (!gst_pad_is_linked(sink.get())) gst_pad_link(decoded, sink.get());
    }

    bool isLinked() const {
        const auto sink = GRef<GstPad>::adopt(gst_element_get_static_pad(converter_.get(), "sink"));
        return gst_pad_is_linked(sink.get());
    }

private:
    std::shared_ptr<MediaTarget> input_;
    const Mix& mix_;
    GRef<GstElement> converter_;
    GstClockTime first_ = GST_CLOCK_TIME_NONE;
    GstClockTime begins_ = 0;
};

int SoundFile::selectFactory(GstElement*, GstPad*, GstCaps*, GstElementFactory* factory,
                             std::weak_ptr<Feed>*) {
    // GstAutoplugSelectResult, which is in no header.
    constexpr int kTry = 0;
    constexpr int kSkip = 2;
    const std::string_view kind =
        gst_element_factory_get_metadata(factory, GST_ELEMENT_METADATA_KLASS);
    const bool leadsElsewhere = kind.find("Adaptive") != std::string_view::npos ||
                                kind.find("Network") != std::string_view::npos;
    return leadsElsewhere ? kSkip : kTry;
}

Result<std::unique_ptr<SoundFile>> SoundFile::play(const std::string& path, double volume, Mix& mix,
                                                   Callbacks callbacks) {
    std::unique_ptr<SoundFile> file(new SoundFile(mix, std::move(callbacks)));
    file->input_ = TRY(mix.audio().lend());
    mix.audio().setVolume(file->input_, volume);
    TRY(file->build(path));
    return file;
}

Result<void> SoundFile::build(const std::string& path) {
    pipeline_ = GRef<GstElement>::sink(gst_pipeline_new("sound-file"));
    auto* bin = GST_BIN(pipeline_.get());
    GstElement* source = TRY(addElement(bin, "filesrc"));
    // Not as text: a path is no property to be parsed.
    g_object_set(source, "location", path.c_str(), nullptr);
    GstElement* decoder = TRY(addElement(
        bin, "decodebin", {{"caps", "audio/x-raw(ANY)"}, {"expose-all-streams", "false"}}));
    GstElement* converter = TRY(addElement(bin, "audioconvert"));
    GstElement* resampler = TRY(addElement(bin, "audioresample"));
    GstElement* splitter =
        TRY(addElement(bin, "audiobuffersplit", {{"output-buffer-duration", "1/50"}}));
    outlet_ = TRY(Outlet::create(bin, kMixAudioCaps));
    // As it is due, and nothing left out.
    setProperties(outlet_->element(),
                  {{"sync", "true"}, {"async", "true"}, {"drop", "false"}, {"max-buffers", "4"}});
    TRY(linkElements({source, decoder}));
    TRY(linkElements({converter, resampler, splitter, outlet_->element()}));
    feed_ = std::make_shared<Feed>(mix_.audio().input(input_), mix_, converter);
    outlet_->connect(feed_);
    decoded_ = connect(decoder, "pad-added", std::weak_ptr(feed_),
                       [](GstElement*, GstPad* pad, std::weak_ptr<Feed>* weak) {
                           if (const auto feed = weak->lock()) feed->link(pad);
                       });
    allDecoded_ = connect(decoder, "no-more-pads", std::weak_ptr(feed_),
                          [](GstElement* element, std::weak_ptr<Feed>* weak) {
                              const auto feed = weak->lock();
                              if (!feed || feed->isLinked()) return;
                              GST_ELEMENT_ERROR(element, STREAM, WRONG_TYPE,
                                                ("there is no sound in it"), (nullptr));
                          });
    selected_ = connect(decoder, "autoplug-select", std::weak_ptr(feed_), selectFactory);
    bus_ = BusWatch(pipeline_.get(), [this](GstMessage* message) { onMessage(message); });
    // What goes wrong here comes by the bus.
    (void)gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
    return {};
}

void SoundFile::onMessage(GstMessage* message) {
    switch (GST_MESSAGE_TYPE(message)) {
    case GST_MESSAGE_ERROR: {
        GError* raw = nullptr;
        gst_message_parse_error(message, &raw, nullptr);
        const GPtr<GError, g_error_free> error(raw);
        const bool isGone = error->domain == GST_RESOURCE_ERROR;
        end(Error{isGone ? ErrorCode::Unavailable : ErrorCode::UnsupportedMedia, error->message});
        break;
    }
    case GST_MESSAGE_ASYNC_DONE: {
        if (std::exchange(isPlaying_, true)) break;
        gint64 duration = 0;
        if (!gst_element_query_duration(pipeline_.get(), GST_FORMAT_TIME, &duration)) duration = 0;
        callbacks_.onPlaying(
            std::chrono::milliseconds(std::max<gint64>(0, duration) / GST_MSECOND));
        break;
    }
    case GST_MESSAGE_EOS:
        end({});
        break;
    default:
        break;
    }
}

void SoundFile::end(const Result<void>& result) {
    if (ending_) return;
    ending_ = after(result ? kLastIsMixed : std::chrono::milliseconds(0),
                    [this, result] { callbacks_.onEnded(result); });
}

SoundFile::~SoundFile() {
    if (outlet_) outlet_->disconnect(feed_.get());
    bus_ = {};
    if (pipeline_) reap(std::move(pipeline_));
    if (input_ >= 0) mix_.audio().giveBack(input_);
}

} // namespace mullion
