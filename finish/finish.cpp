#include "finish/finish.h"

#include <filesystem>

#include "finish/digest.h"
#include "finish/preview.h"
#include "finish/remux.h"
#include "finish/waveform.h"
#include "src/base/json_values.h"
#include "src/base/new_file.h"

namespace mullion::finish {

namespace {

/// Where each stage ends, of the whole time.
constexpr double kCopied = 0.4;
constexpr double kHeard = 0.8;

bool isSame(const std::string& one, const std::string& other) {
    std::error_code none;
    return one == other || std::filesystem::equivalent(one, other, none);
}

/// A name by mistake must not cost the recording.
Result<void> checkNames(const Arguments& arguments) {
    const auto& [input, output, preview, waveform] = arguments;
    const auto refuse = [](const std::string& path) {
        return Error{ErrorCode::BadRequest, path + ": this would be written over another file"};
    };
    for (const std::string& path : {output, preview, waveform})
        if (isSame(path + NewFile::kSuffix, input)) return refuse(path);
    for (const std::string& path : {preview, waveform})
        if (!path.empty() && (isSame(path, input) || isSame(path, output))) return refuse(path);
    if (!preview.empty() && isSame(preview, waveform)) return refuse(preview);
    return {};
}

Result<void> checkEnding(Container container, const std::string& output) {
    const bool isMp4 = container == Container::Mp4;
    if (output.ends_with(isMp4 ? ".mp4" : ".webm") || (!isMp4 && output.ends_with(".mkv")))
        return {};
    return Error{ErrorCode::BadRequest,
                 output + ": INPUT is a file for a name in " + (isMp4 ? ".mp4" : ".webm or .mkv")};
}

Json codecName(const AVStream* stream) {
    return stream ? Json(avcodec_get_name(stream->codecpar->codec_id)) : Json();
}

/// @return whether there is one.
Result<bool> writeWhole(const std::string& path, const std::optional<std::string>& bytes) {
    if (!bytes) return false;
    NewFile file = TRY(NewFile::create(path));
    TRY(file.write(*bytes));
    TRY(file.commit());
    return true;
}

} // namespace

Result<std::string> finish(const Arguments& arguments) {
    TRY(checkNames(arguments));
    Progress progress;
    const auto input = TRY(Input::open(arguments.input));
    TRY(checkEnding(input->container(), arguments.output));
    NewFile output = TRY(NewFile::create(arguments.output));
    progress.stage(0, kCopied);
    const Copied copied = TRY(remux(*input, output.temporaryPath(), arguments.output, progress));

    // Of what was made, so that broken packets count nowhere.
    const auto made = TRY(Input::open(output.temporaryPath()));
    Json line = {{"duration_ms", copied.duration.count()},
                 {"mended", input->isTorn() || copied.hasGaps},
                 {"video", codecName(made->picture())},
                 {"audio", codecName(made->sound())},
                 {"width", nullptr},
                 {"height", nullptr},
                 {"preview", false},
                 {"waveform", false}};
    if (const AVStream* picture = made->picture()) {
        line["width"] = picture->codecpar->width;
        line["height"] = picture->codecpar->height;
    }
    if (!arguments.preview.empty())
        line["preview"] = TRY(writeWhole(arguments.preview, previewOf(*made, copied.duration)));
    progress.stage(kCopied, kHeard);
    if (!arguments.waveform.empty())
        line["waveform"] =
            TRY(writeWhole(arguments.waveform, waveformOf(*made, copied.duration, progress)));
    progress.stage(kHeard, 1);
    const Digest digest = TRY(digestOf(output.temporaryPath(), progress));
    line["bytes"] = digest.bytes;
    line["sha256"] = digest.sha256;
    TRY(output.commit());
    return toText(line);
}

} // namespace mullion::finish
