#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pipelines/gst/element.h"
#include "src/base/config.h"

/// What the benches share: work on media in memory, as fast as it goes, and what it costs.
namespace mullion::bench {

using Buffers = std::vector<GRef<GstBuffer>>;

/// Of the whole process, all threads.
double cpuSeconds();

/// A bench that cannot go on says why and ends.
[[noreturn]] void fail(const std::string& why);

template <typename T>
T must(Result<T> result) {
    if (!result) fail(result.error().message);
    return std::move(*result);
}

inline void must(Result<void> result) {
    if (!result) fail(result.error().message);
}

/// Reads the flags, with `--help` beside those of `keys`; mistakes end the program.
Config readOptions(int argc, char** argv, const char* about, std::vector<Config::Key> keys);
int integerOf(const Config& config, const char* name, int min, int max);

/// Writes a text to a file whole, or fails.
void writeFile(const std::string& path, const std::string& text);

/// The first and the last element of what was added to a pipeline.
using Ends = std::pair<GstElement*, GstElement*>;
using Add = std::function<Ends(GstBin*)>;

/// A single element.
Add one(const char* factory, const Properties& properties = {});

/// An appsrc that takes any number of buffers, with the times that they have.
GstElement* addSource(GstBin* bin, GstCaps* caps);

/// Queues copies of the buffers, which share their memory, and the end of the stream.
void pushAll(GstElement* source, const Buffers& buffers);

/// appsrc ▸ what `add` makes of a pipeline ▸ appsink.
class Line {
public:
    Line(GstCaps* caps, const Add& add);
    ~Line();
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;

    void push(const Buffers& buffers) { pushAll(in_, buffers); }

    /// All that comes until the end, each given to `take`.
    void drain(const std::function<void(GstSample*)>& take = [](GstSample*) {});

private:
    GRef<GstElement> pipeline_;
    GstElement* in_ = nullptr;
    GstElement* out_ = nullptr;
};

/// CPU seconds of `lines` lines at once that each get all of `buffers`.
double costOf(int lines, GstCaps* caps, const Buffers& buffers, const Add& add);

/// What one such line made of the buffers, and what that cost.
struct Output {
    Buffers buffers;
    GRef<GstCaps> caps;
    double cpu = 0;
};

Output outputOf(GstCaps* caps, const Buffers& buffers, const Add& add);

} // namespace mullion::bench
