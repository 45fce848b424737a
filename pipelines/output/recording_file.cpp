#include "pipelines/output/recording_file.h"

#include "pipelines/gst/reaper.h"
#include "src/base/main_loop.h"

namespace mullion {

namespace {

/// A disk may stall for as long as this much media is kept; then the recording has failed.
constexpr guint64 kMaxQueuedBytes = guint64{32} << 20;

/// What of an MP4 may be lost: the fragment that is not written yet, and the one before, which is
/// synced with the next.
const Properties kMp4 = {{"fragment-duration", "500"}, {"streamable", "true"}};
const Properties kMatroska = {
    {"streamable", "true"}, {"max-cluster-duration", "1000000000"}, {"writing-app", "mullion"}};

Result<GstElement*> addMuxer(GstBin* bin, RecordingFile::Muxer muxer) {
    switch (muxer) {
    case RecordingFile::Muxer::Mp4:
        return addElement(bin, "mp4mux", kMp4);
    case RecordingFile::Muxer::Webm:
        return addElement(bin, "webmmux", kMatroska);
    case RecordingFile::Muxer::Matroska:
        return addElement(bin, "matroskamux", kMatroska);
    }
    return Error{ErrorCode::Internal, "no such muxer"};
}

/// Null where the encoder's caps say all that the muxer needs.
const char* parserOf(const RecordingFile::Settings& settings) {
    if (settings.sound == RecordingFile::Sound::Aac) return "aacparse";
    // What a client sends says nothing of itself.
    return settings.muxer == RecordingFile::Muxer::Matroska ? "opusparse" : nullptr;
}

Result<GstElement*> addSource(GstBin* bin) {
    return addElement(bin, "appsrc",
                      {{"format", "time"},
                       {"is-live", "false"},
                       {"block", "false"},
                       {"emit-signals", "false"},
                       {"max-bytes", "0"},
                       {"max-buffers", "0"}});
}

} // namespace

Result<std::shared_ptr<RecordingFile>> RecordingFile::create(const Settings& settings,
                                                             Ended onEnd) {
    auto file = TRY(GrowingFile::create(settings.path, settings.minFree));
    // Whoever pushes may be the last to let go of it.
    std::shared_ptr<RecordingFile> recording(
        new RecordingFile(settings, std::move(file), std::move(onEnd)),
        [](RecordingFile* last) { postToMain([last] { delete last; }); });
    TRY(recording->build());
    return recording;
}

RecordingFile::~RecordingFile() {
    bus_ = BusWatch();
    if (pipeline_) reap(std::move(pipeline_));
}

Result<void> RecordingFile::build() {
    pipeline_ = GRef<GstElement>::sink(gst_pipeline_new("recording"));
    auto* bin = GST_BIN(pipeline_.get());
    GstElement* muxer = TRY(addMuxer(bin, settings_.muxer));
    GstElement* sink = TRY(addElement(
        bin, "appsink", {{"sync", "false"}, {"async", "false"}, {"enable-last-sample", "false"}}));
    if (settings_.picture != Picture::None)
        picture_ = TRY(addInlet(muxer, settings_.picture == Picture::H264 ? "h264parse" : nullptr,
                                "video_%u"));
    if (settings_.sound != Sound::None)
        sound_ = TRY(addInlet(muxer, parserOf(settings_), "audio_%u"));
    TRY(linkElements({muxer, sink}));

    // The muxer's thread waits here for the disk; those that push do not.
    GstAppSinkCallbacks callbacks = {};
    callbacks.new_sample = [](GstAppSink* appsink, void* data) {
        const auto sample = GRef<GstSample>::adopt(gst_app_sink_pull_sample(appsink));
        if (const auto self = static_cast<std::weak_ptr<RecordingFile>*>(data)->lock();
            self && sample)
            self->write(sample.get());
        return GST_FLOW_OK;
    };
    gst_app_sink_set_callbacks(
        GST_APP_SINK(sink), &callbacks, new std::weak_ptr(weak_from_this()),
        [](void* data) { delete static_cast<std::weak_ptr<RecordingFile>*>(data); });
    bus_ = BusWatch(pipeline_.get(), [this](GstMessage* message) {
        if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR)
            fail({ErrorCode::Internal, describeError(message)});
        else if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS)
            endSoon(file_.close());
    });
    if (gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE)
        return Error{ErrorCode::Internal, "the muxer does not start"};
    return {};
}

Result<GstElement*> RecordingFile::addInlet(GstElement* muxer, const char* parser,
                                            const char* pad) {
    auto* bin = GST_BIN(pipeline_.get());
    GstElement* source = TRY(addSource(bin));
    GstElement* last = source;
    if (parser) {
        last = TRY(addElement(bin, parser));
        TRY(linkElements({source, last}));
    }
    if (settings_.muxer == Muxer::Matroska && settings_.picture == Picture::H264) {
        // Parameter sets stay in the frames: a client may send others, which the header of a file
        // cannot follow.
        GstElement* format = TRY(addElement(
            bin, "capsfilter", {{"caps", "video/x-h264,stream-format=avc3,alignment=au"}}));
        TRY(linkElements({last, format}));
        last = format;
    }
    TRY(linkPads(last, "src", muxer, pad));
    return source;
}

void RecordingFile::push(GstElement* source, GstSample* sample, GstClockTime at) {
    if (finished_ || failed_) return;
    auto* appsrc = GST_APP_SRC(source);
    if (gst_app_src_get_current_level_bytes(appsrc) > kMaxQueuedBytes)
        return fail({ErrorCode::Unavailable, "the disk is too slow for the recording"});
    GstCaps* caps = gst_sample_get_caps(sample);
    auto buffer = retimed(gst_sample_get_buffer(sample), at);
    gst_app_src_set_caps(appsrc, caps);
    gst_app_src_push_buffer(appsrc, buffer.release());
}

void RecordingFile::pushPicture(GstSample* sample, GstClockTime at) {
    push(picture_, sample, at);
    duration_ = at;
}

void RecordingFile::pushSound(GstSample* sample, GstClockTime at) {
    push(sound_, sample, at);
    if (!picture_) duration_ = at;
}

void RecordingFile::finish() {
    if (finished_.exchange(true)) return;
    for (GstElement* source : {picture_, sound_})
        if (source) gst_app_src_end_of_stream(GST_APP_SRC(source));
}

void RecordingFile::write(GstSample* sample) {
    if (failed_) return;
    GstBuffer* buffer = gst_sample_get_buffer(sample);
    GstMapInfo map;
    if (!buffer || !gst_buffer_map(buffer, &map, GST_MAP_READ)) return;
    const auto written = file_.write(map.data, map.size);
    gst_buffer_unmap(buffer, &map);
    bytes_ = file_.size();
    if (!written) fail(written.error());
}

void RecordingFile::fail(Error error) {
    if (!failed_.exchange(true)) endSoon(std::move(error));
}

/// Not from inside of a callback of what it ends.
void RecordingFile::endSoon(Result<void> result) {
    postToMain([weak = weak_from_this(), result = std::move(result)] {
        const auto self = weak.lock();
        if (!self || !self->onEnd_) return;
        self->bus_ = BusWatch();
        std::exchange(self->onEnd_, {})(result);
    });
}

} // namespace mullion
