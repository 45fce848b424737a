#include "tests/bench/line.h"

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>

#include "pipelines/gst/bridge.h"

namespace mullion::bench {

double cpuSeconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

void fail(const std::string& why) {
    std::fprintf(stderr, "%s\n", why.c_str());
    std::exit(2);
}

Config readOptions(int argc, char** argv, const char* about, std::vector<Config::Key> keys) {
    keys.push_back({"help", "false", "help", "this text"});
    Config config(std::move(keys));
    must(config.readFlags(argc, argv));
    if (config.flag("help")) {
        std::printf("%s\n\n%s", about, config.usage().c_str());
        std::exit(0);
    }
    return config;
}

int integerOf(const Config& config, const char* name, int min, int max) {
    return static_cast<int>(must(config.integer(name, min, max)));
}

void writeFile(const std::string& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary);
    file << text;
    if (!file.flush()) fail("cannot write " + path);
}

Add one(const char* factory, const Properties& properties) {
    return [=](GstBin* bin) {
        GstElement* element = must(addElement(bin, factory, properties));
        return Ends(element, element);
    };
}

GstElement* addSource(GstBin* bin, GstCaps* caps) {
    const GCharPtr text(gst_caps_to_string(caps));
    return must(addElement(
        bin, "appsrc",
        {{"caps", text.get()}, {"format", "time"}, {"max-bytes", "0"}, {"max-buffers", "0"}}));
}

void pushAll(GstElement* source, const Buffers& buffers) {
    for (const auto& buffer : buffers)
        gst_app_src_push_buffer(GST_APP_SRC(source),
                                retimed(buffer.get(), GST_BUFFER_PTS(buffer.get())).release());
    gst_app_src_end_of_stream(GST_APP_SRC(source));
}

Line::Line(GstCaps* caps, const Add& add)
    : pipeline_(GRef<GstElement>::sink(gst_pipeline_new(nullptr))) {
    auto* bin = GST_BIN(pipeline_.get());
    in_ = addSource(bin, caps);
    out_ = must(addElement(bin, "appsink", {{"sync", "false"}}));
    const auto [first, last] = add(bin);
    must(linkElements({in_, first}));
    must(linkElements({last, out_}));
    gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
}

Line::~Line() {
    gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
}

void Line::drain(const std::function<void(GstSample*)>& take) {
    while (const auto sample = GRef<GstSample>::adopt(gst_app_sink_pull_sample(GST_APP_SINK(out_))))
        take(sample.get());
}

double costOf(int lines, GstCaps* caps, const Buffers& buffers, const Add& add) {
    std::vector<std::unique_ptr<Line>> all;
    for (int i = 0; i < lines; ++i)
        all.push_back(std::make_unique<Line>(caps, add));
    const double before = cpuSeconds();
    for (const auto& line : all)
        line->push(buffers);
    for (const auto& line : all)
        line->drain();
    return cpuSeconds() - before;
}

Output outputOf(GstCaps* caps, const Buffers& buffers, const Add& add) {
    Line line(caps, add);
    Output output;
    const double before = cpuSeconds();
    line.push(buffers);
    line.drain([&](GstSample* sample) {
        output.buffers.push_back(GRef<GstBuffer>::share(gst_sample_get_buffer(sample)));
        output.caps = GRef<GstCaps>::share(gst_sample_get_caps(sample));
    });
    output.cpu = cpuSeconds() - before;
    return output;
}

} // namespace mullion::bench
