#include "pipelines/output/hls_writer.h"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <utility>

#include "src/base/json_values.h"
#include "src/base/log.h"
#include "src/base/main_loop.h"
#include "src/base/system_error.h"

namespace mullion {

namespace {

constexpr Log kLog("hls");

/// Ten seconds of picture and sound.
constexpr int kMaxWaiting = 750;

/// How long the last frame of all is shown, as none comes after it.
constexpr std::int64_t kLastFrame = 40'000'000;

std::int64_t millisecondsOf(std::int64_t nanoseconds) {
    return (nanoseconds + 500'000) / 1'000'000;
}

Result<Descriptor> openFile(const std::string& path, int flags) {
    Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0640));
    if (!file) return writeError(errno, path);
    return file;
}

Result<void> writeWhole(const std::string& path, std::string_view bytes) {
    const Descriptor file = TRY(openFile(path, O_TRUNC));
    return writeAll(file.number(), bytes.data(), bytes.size(), path);
}

/// What two encodings that one init file serves have in common.
std::string keyOf(const Muxer::Tracks& tracks) {
    return std::to_string(tracks.width) + 'x' + std::to_string(tracks.height) + ' ' +
           std::string(tracks.h264.begin(), tracks.h264.end());
}

} // namespace

HlsWriter::HlsWriter(const Settings& settings, Callbacks callbacks)
    : settings_(settings)
    , callbacks_(std::move(callbacks))
    , probe_(settings.hasPicture)
    , segment_(settings.firstSegment)
    , init_(settings.firstInit)
    , thread_(std::make_unique<BatchThread<Job>>([this](const auto& jobs) { work(jobs); })) {}

Result<std::shared_ptr<HlsWriter>> HlsWriter::create(const Settings& settings,
                                                     Callbacks callbacks) {
    std::error_code error;
    std::filesystem::create_directories(settings.path, error);
    if (error) return writeError(error.value(), settings.path);
    auto parts = TRY(openFile(settings.path + '/' + wire::kHlsPartsFile, O_APPEND));
    // Its last reference may go on a streaming thread, and it waits for its own.
    std::shared_ptr<HlsWriter> writer(new HlsWriter(settings, std::move(callbacks)),
                                      [](HlsWriter* last) { postToMain([last] { delete last; }); });
    writer->partsFile_ = std::move(parts);
    return writer;
}

void HlsWriter::onFrame(const ProgrammeFrame& frame, ProgrammeTake& take) {
    if (waiting_ > kMaxWaiting && !std::exchange(lost_, true))
        kLog.warning("", "the disk is too slow; frames are dropped");
    if (lost_ && (waiting_ > 0 || !frame.isKeyFrame || frame.isPicture() != settings_.hasPicture)) {
        if (waiting_ == 0) take.requestKeyFrame();
        return;
    }
    lost_ = false;
    ++waiting_;
    thread_->post({HeldFrame::of(frame), take.shared_from_this()});
}

Broadcast::Report HlsWriter::report() const {
    const std::lock_guard lock(mutex_);
    return report_;
}

void HlsWriter::stop(std::function<void()> done) {
    done_ = std::move(done);
    thread_->post({});
}

void HlsWriter::work(const std::vector<Job>& jobs) {
    for (const auto& [held, takeOf] : jobs) {
        if (!takeOf) {
            if (const auto ended = end(); !ended) fail(ended.error());
            postToMain(std::exchange(done_, {}));
            continue;
        }
        --waiting_;
        if (report().state == wire::BroadcastState::Failed) continue;
        if (const auto taken = take(held, *takeOf); !taken) fail(taken.error());
    }
}

/// Where segments and parts begin is in this track.
bool HlsWriter::leads(const ProgrammeFrame& frame) const {
    return frame.isPicture() == settings_.hasPicture;
}

Result<void> HlsWriter::take(const HeldFrame& held, ProgrammeTake& take) {
    if (!settings_.hasPicture) return place(held.frame());
    // What the sound is like has to be known before the picture that waits for it is written.
    if (!held.frame().isPicture()) probe_.take(held.frame());
    // Asked for now and not when the frame has waited for its sound, which is late.
    if (held.frame().isPicture() &&
        cutter_.wantsKeyFrame(HlsCutter::Time(held.at), held.isKeyFrame))
        take.requestKeyFrame();
    // A part's sound lasts as long as its picture: players take one that ends before for one that
    // they have to load again.
    interleaver_.push(held);
    while (const auto next = interleaver_.next()) {
        TRY(place(next->frame()));
        const bool isSoundKnown = !probe_.tracks().aac.empty();
        if (!muxer_ && isSoundKnown && next->frame().isPicture()) take.requestKeyFrame();
    }
    return {};
}

Result<void> HlsWriter::place(const ProgrammeFrame& frame) {
    if (!probe_.take(frame)) return {};
    if (leads(frame) && frame.isKeyFrame && keyOf(probe_.tracks()) != tracksKey_) {
        partEnd_ = frame.at;
        if (hasFrames_) TRY(endPart(/*endsSegment=*/true));
        if (started_) {
            cutter_.restart();
            ++init_;
        }
        TRY(startMuxer(probe_.tracks()));
    }
    if (!muxer_) return {};
    if (!leads(frame) && !started_) return {};
    if (leads(frame)) {
        const auto step = cutter_.frame(HlsCutter::Time(frame.at), frame.isKeyFrame);
        partEnd_ = frame.at;
        if (step.endsPart && hasFrames_) TRY(endPart(step.endsSegment));
        if (!hasFrames_) {
            partBegin_ = frame.at;
            independent_ = frame.isKeyFrame;
            const auto ago = static_cast<std::int64_t>(callbacks_.now()) - frame.at;
            partStartedAtMs_ = millisecondsOf(g_get_real_time() * 1000 - ago);
        }
        started_ = hasFrames_ = true;
    }
    return muxer_->push(frame);
}

Result<void> HlsWriter::end() {
    while (const auto last = interleaver_.last())
        TRY(place(last->frame()));
    partEnd_ += kLastFrame;
    return endPart(/*endsSegment=*/true);
}

Result<void> HlsWriter::startMuxer(const Muxer::Tracks& tracks) {
    muxer_.reset();
    made_.clear();
    muxer_ = TRY(Muxer::create(Container::FragmentedMp4, tracks,
                               [this](const std::uint8_t* data, std::size_t size) -> Result<void> {
                                   made_.append(reinterpret_cast<const char*>(data), size);
                                   return {};
                               }));
    TRY(writeWhole(settings_.path + '/' + wire::hlsInitFile(init_),
                   std::exchange(made_, std::string())));
    tracksKey_ = keyOf(tracks);
    return {};
}

/// Ends the part whose last frame has come.
Result<void> HlsWriter::endPart(bool endsSegment) {
    if (!muxer_ || !hasFrames_) return {};
    TRY(muxer_->cut());
    TRY(writePart(endsSegment));
    hasFrames_ = false;
    if (report().state == wire::BroadcastState::Starting) change(wire::BroadcastState::Live);
    return {};
}

Result<void> HlsWriter::writePart(bool endsSegment) {
    const std::string path = settings_.path + '/' + wire::hlsSegmentFile(segment_);
    if (!segmentFile_) segmentFile_ = TRY(openFile(path, O_TRUNC));
    TRY(writeAll(segmentFile_.number(), made_.data(), made_.size(), path));
    wire::HlsPart part;
    part.segment = segment_;
    part.init = init_;
    part.offset = offset_;
    part.bytes = static_cast<std::int64_t>(made_.size());
    part.durationMs = millisecondsOf(partEnd_ - partBegin_);
    part.independent = independent_;
    part.last = endsSegment;
    if (offset_ == 0) part.codecs = probe_.tracks().codecs();
    part.startedAtMs = partStartedAtMs_;
    const std::string line = toText(wire::toJson(part)) + '\n';
    TRY(writeAll(partsFile_.number(), line.data(), line.size(),
                 settings_.path + '/' + wire::kHlsPartsFile));
    offset_ += part.bytes;
    made_.clear();
    if (endsSegment) {
        segmentFile_ = Descriptor();
        offset_ = 0;
        ++segment_;
    }
    {
        const std::lock_guard lock(mutex_);
        report_.bytes += static_cast<std::uint64_t>(part.bytes);
    }
    postToMain([weak = weak_from_this(), part] {
        if (const auto self = weak.lock()) self->callbacks_.onPart(part);
    });
    return {};
}

void HlsWriter::fail(const Error& error) {
    {
        const std::lock_guard lock(mutex_);
        if (report_.state == wire::BroadcastState::Failed) return;
        report_.error = error;
    }
    change(wire::BroadcastState::Failed);
}

void HlsWriter::change(wire::BroadcastState state) {
    {
        const std::lock_guard lock(mutex_);
        report_.state = state;
    }
    callbacks_.onChanged();
}

} // namespace mullion
