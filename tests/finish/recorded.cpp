#include "tests/finish/recorded.h"

#include <cmath>
#include <numbers>
#include <vector>

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>

#include "pipelines/output/recording_file.h"
#include "src/base/main_loop.h"
#include "tests/support/run_until.h"

namespace mullion::test {

namespace {

constexpr int kRate = 48'000;
constexpr int kSamplesPerBlock = 960;

/// A call's sound does not begin with its picture.
constexpr GstClockTime kSoundOffset = 13 * GST_MSECOND;

std::vector<std::uint8_t> pictureOf(const Script& script, int frame) {
    const Moment moment = momentAt(frame / kFramesPerSecond);
    const double r = moment.rgb[0];
    const double g = moment.rgb[1];
    const double b = moment.rgb[2];
    const bool isBlack = script.isBlack || moment.toneHz == 0;
    // BT.601, limited range.
    const auto y = static_cast<std::uint8_t>(16 + 0.257 * r + 0.504 * g + 0.098 * b);
    const auto u = static_cast<std::uint8_t>(128 - 0.148 * r - 0.291 * g + 0.439 * b);
    const auto v = static_cast<std::uint8_t>(128 + 0.439 * r - 0.368 * g - 0.071 * b);
    std::vector<std::uint8_t> bytes;
    for (int row = 0; row < script.height; ++row)
        for (int column = 0; column < script.width; ++column) {
            const bool isChecker = row >= script.height / 2 && (row / 16 + column / 16) % 2 == 0;
            bytes.push_back(isBlack ? 16 : isChecker ? 60 : y);
        }
    const auto chroma = static_cast<std::size_t>(script.width / 2) * (script.height / 2);
    bytes.insert(bytes.end(), chroma, isBlack ? 128 : u);
    bytes.insert(bytes.end(), chroma, isBlack ? 128 : v);
    return bytes;
}

std::vector<std::uint8_t> soundOf(int block) {
    std::vector<std::int16_t> samples(kSamplesPerBlock);
    for (int i = 0; i < kSamplesPerBlock; ++i) {
        const int at = block * kSamplesPerBlock + i;
        const double tone = momentAt(at / kRate).toneHz;
        const double phase = 2 * std::numbers::pi * tone * at / kRate;
        samples[static_cast<std::size_t>(i)] = static_cast<std::int16_t>(16'000 * std::sin(phase));
    }
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(samples.data());
    return {bytes, bytes + samples.size() * 2};
}

/// Encodes what `make` gives for 0 to `count`, each of them `duration` long.
template <typename Make>
std::vector<GRef<GstSample>> encode(const std::string& caps, const std::string& encoder, int count,
                                    GstClockTime duration, Make make) {
    const std::string line = "appsrc name=in format=time max-bytes=0 caps=" + caps + " ! " +
                             encoder + " ! appsink name=out sync=false";
    GError* raw = nullptr;
    const auto pipeline = GRef<GstElement>::sink(gst_parse_launch(line.c_str(), &raw));
    const GErrorPtr error(raw);
    ck_assert_msg(!raw, "%s", raw ? raw->message : "");
    const auto in = GRef<GstElement>::adopt(gst_bin_get_by_name(GST_BIN(pipeline.get()), "in"));
    const auto out = GRef<GstElement>::adopt(gst_bin_get_by_name(GST_BIN(pipeline.get()), "out"));
    gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
    for (int i = 0; i < count; ++i) {
        const std::vector<std::uint8_t> bytes = make(i);
        GstBuffer* buffer = gst_buffer_new_allocate(nullptr, bytes.size(), nullptr);
        gst_buffer_fill(buffer, 0, bytes.data(), bytes.size());
        GST_BUFFER_PTS(buffer) = static_cast<GstClockTime>(i) * duration;
        GST_BUFFER_DURATION(buffer) = duration;
        gst_app_src_push_buffer(GST_APP_SRC(in.get()), buffer);
    }
    gst_app_src_end_of_stream(GST_APP_SRC(in.get()));
    std::vector<GRef<GstSample>> samples;
    while (GstSample* sample = gst_app_sink_pull_sample(GST_APP_SINK(out.get())))
        samples.push_back(GRef<GstSample>::adopt(sample));
    gst_element_set_state(pipeline.get(), GST_STATE_NULL);
    ck_assert_msg(!samples.empty(), "%s makes nothing", encoder.c_str());
    return samples;
}

std::vector<GRef<GstSample>> encodedPicture(const Script& script) {
    const std::string caps = "video/x-raw,format=I420,width=" + std::to_string(script.width) +
                             ",height=" + std::to_string(script.height) + ",framerate=25/1";
    const bool isMp4 = script.format == wire::RecordingFormat::Mp4;
    return encode(caps,
                  isMp4 ? "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=25"
                        : "vp8enc deadline=1 cpu-used=8 keyframe-max-dist=25",
                  script.seconds * kFramesPerSecond, GST_SECOND / kFramesPerSecond,
                  [&](int frame) { return pictureOf(script, frame); });
}

std::vector<GRef<GstSample>> encodedSound(const Script& script) {
    const bool isMp4 = script.format == wire::RecordingFormat::Mp4;
    return encode("audio/x-raw,format=S16LE,rate=48000,channels=1,layout=interleaved",
                  isMp4 ? "audioconvert ! avenc_aac bitrate=96000" : "opusenc bitrate=64000",
                  script.seconds * kRate / kSamplesPerBlock, GST_SECOND * kSamplesPerBlock / kRate,
                  soundOf);
}

/// Encoders may count from where they like.
GstClockTime timeOf(GstSample* sample) {
    return gst_segment_to_running_time(gst_sample_get_segment(sample), GST_FORMAT_TIME,
                                       GST_BUFFER_PTS(gst_sample_get_buffer(sample)));
}

} // namespace

Moment momentAt(int second) {
    constexpr Moment kMoments[] = {
        {{200, 40, 40}, 440}, {{40, 180, 60}, 660}, {{50, 70, 210}, 880}};
    if (second % 2 == 0) return {{0, 0, 0}, 0};
    return kMoments[second / 2 % 3];
}

void record(const Script& script, const std::string& path) {
    claimMainThread();
    gst_init(nullptr, nullptr);
    bool ended = false;
    using File = RecordingFile;
    const bool isMp4 = script.format == wire::RecordingFormat::Mp4;
    const auto picture = isMp4 ? File::Picture::H264 : File::Picture::Vp8;
    const auto file = File::create({.path = path,
                                    .muxer = isMp4 ? File::Muxer::Mp4 : File::Muxer::Webm,
                                    .picture = script.width > 0 ? picture : File::Picture::None,
                                    .sound = isMp4 ? File::Sound::Aac : File::Sound::Opus},
                                   [&ended](const Result<void>& result) {
                                       ck_assert(result.ok());
                                       ended = true;
                                   });
    ck_assert_msg(file.ok(), "%s", file.ok() ? "" : file.error().message.c_str());
    if (script.width > 0)
        for (const auto& sample : encodedPicture(script))
            (*file)->pushPicture(sample.get(), timeOf(sample.get()));
    for (const auto& sample : encodedSound(script))
        (*file)->pushSound(sample.get(), timeOf(sample.get()) + kSoundOffset);
    (*file)->finish();
    runUntil([&ended] { return ended; }, "the end of the recording");
}

} // namespace mullion::test
