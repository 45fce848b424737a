#include "finish/arguments.h"

#include <string_view>

namespace mullion::finish {

const char* const kHelp =
    R"(mullion-finish, the end of a recording's file: makes one that plays and seeks everywhere.

  mullion-finish INPUT OUTPUT [--preview FILE.jpg] [--waveform FILE.json]

INPUT is a recording, closed or cut off anywhere: MP4 of H.264 and AAC, or WebM of VP8 and Opus.
OUTPUT has the same pictures and sounds, with the index in front; it ends in .mp4 or .webm as INPUT
is one. It may be INPUT itself. Each file is written as NAME.tmp beside it and renamed when it is
whole and on the disk, OUTPUT last: whatever ends the program, running it again does the rest.

  --preview FILE.jpg     a picture of it, at most 640 wide; none of a recording without pictures
  --waveform FILE.json   {"version":1,"duration_ms":…,"peaks":[…]}: up to 500 numbers of 0 to 100,
                         how loud each part of it is; none of a recording without sound

stdout, one line when all is done:
  {"audio":"aac","bytes":…,"duration_ms":…,"height":720,"mended":false,"preview":true,
   "sha256":"…","video":"h264","waveform":true,"width":1280}
audio, and video with width and height, are null where there is none. mended: something of INPUT was
cut off or broken, and is not in OUTPUT.
stderr: {"progress":0.25} once a second, or one line that says what is wrong.

exit  0  done
      1  the arguments are wrong
      2  nothing in INPUT plays
      3  no room on the disk
      4  INPUT cannot be read
      5  a file cannot be written, or anything else
INPUT is as it was unless it is 0.
)";

Result<Arguments> argumentsFrom(std::span<char* const> words) {
    Arguments arguments;
    std::string* next = nullptr;
    for (const std::string_view word : words) {
        if (next) {
            *next = word;
            next = nullptr;
        } else if (word == "--preview") {
            next = &arguments.preview;
        } else if (word == "--waveform") {
            next = &arguments.waveform;
        } else if (word.starts_with("-")) {
            return Error{ErrorCode::BadRequest, "unknown option " + std::string(word)};
        } else if (arguments.input.empty()) {
            arguments.input = word;
        } else if (arguments.output.empty()) {
            arguments.output = word;
        } else {
            return Error{ErrorCode::BadRequest, "one file too many: " + std::string(word)};
        }
    }
    if (next) return Error{ErrorCode::BadRequest, "the last option has no file"};
    if (arguments.output.empty())
        return Error{ErrorCode::BadRequest, "INPUT and OUTPUT are needed; see --help"};
    return arguments;
}

} // namespace mullion::finish
