#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "pipelines/gst/bridge.h"
#include "tests/pipelines/call_fixture.h"
#include "tests/support/check_framework.h"
#include "tools/participant/heard.h"
#include "tools/participant/seen.h"

namespace mullion::test {

/// The times of a track's decoded frames, ns.
class Times : public SampleReceiver {
public:
    void onSample(GstSample* sample) override {
        GstBuffer* buffer = gst_sample_get_buffer(sample);
        at.push_back(GST_BUFFER_PTS(buffer));
        end = GST_BUFFER_PTS(buffer) +
              (GST_BUFFER_DURATION_IS_VALID(buffer) ? GST_BUFFER_DURATION(buffer) : 0);
    }

    /// The longest time from one frame to the next.
    GstClockTime longestGap() const {
        GstClockTime longest = 0;
        for (std::size_t i = 1; i < at.size(); ++i)
            longest = std::max(longest, at[i] - at[i - 1]);
        return longest;
    }

    std::vector<GstClockTime> at = {};
    GstClockTime end = 0;
};

/// A file of sound and picture, decoded from its beginning to its end.
class PlayedFile {
public:
    /// Fails the test where any of it does not decode. The taps get each decoded sample.
    explicit PlayedFile(const std::string& path, std::shared_ptr<SampleReceiver> pictureTap = {},
                        std::shared_ptr<SampleReceiver> soundTap = {})
        : pictureTap_(std::move(pictureTap))
        , soundTap_(std::move(soundTap)) {
        auto pipeline = GRef<GstElement>::sink(gst_pipeline_new("played"));
        auto* bin = GST_BIN(pipeline.get());
        const auto add = [bin](const char* name, const Properties& properties = {}) {
            const auto element = addElement(bin, name, properties);
            ck_assert_msg(element.ok(), "%s", element.error().message.c_str());
            return *element;
        };
        GstElement* source = add("filesrc", {{"location", path}});
        GstElement* decode = add("decodebin");
        ck_assert(linkElements({source, decode}).ok());
        const auto self = std::make_shared<PlayedFile*>(this);
        const auto added = mullion::connect(decode, "pad-added", std::weak_ptr(self),
                                            [](GstElement* element, GstPad* pad, void* data) {
                                                const auto* weak =
                                                    static_cast<std::weak_ptr<PlayedFile*>*>(data);
                                                if (const auto file = weak->lock())
                                                    (*file)->onPad(element, pad);
                                            });
        gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
        const auto bus = GRef<GstBus>::adopt(gst_element_get_bus(pipeline.get()));
        const auto message = GRef<GstMessage>::adopt(gst_bus_timed_pop_filtered(
            bus.get(), 60 * GST_SECOND,
            static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR)));
        ck_assert_msg(static_cast<bool>(message), "%s does not end", path.c_str());
        ck_assert_msg(GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_EOS, "%s: %s", path.c_str(),
                      GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR
                          ? describeError(message.get()).c_str()
                          : "");
        gst_element_set_state(pipeline.get(), GST_STATE_NULL);
    }

    std::shared_ptr<participant::Seen> seen = std::make_shared<participant::Seen>();
    std::shared_ptr<participant::Heard> heard = std::make_shared<participant::Heard>();
    std::shared_ptr<Times> picture = std::make_shared<Times>();
    std::shared_ptr<Times> sound = std::make_shared<Times>();

private:
    void onPad(GstElement* decode, GstPad* pad) {
        const auto parent = GRef<GstObject>::adopt(gst_element_get_parent(decode));
        auto* bin = GST_BIN(parent.get());
        const auto caps = GRef<GstCaps>::adopt(gst_pad_get_current_caps(pad));
        const bool isPicture = g_str_has_prefix(
            gst_structure_get_name(gst_caps_get_structure(caps.get(), 0)), "video/");
        GstElement* convert = *addElement(bin, isPicture ? "videoconvert" : "audioconvert");
        const auto outlet = *Outlet::create(
            bin, isPicture ? "video/x-raw,format=I420"
                           : "audio/x-raw,format=S16LE,channels=1,layout=interleaved");
        setProperties(outlet->element(), {{"drop", "false"}});
        outlets_.push_back(outlet);
        if (isPicture) {
            outlet->connect(seen);
            outlet->connect(picture);
            outlet->connect(pictureTap_);
        } else {
            outlet->connect(heard);
            outlet->connect(sound);
            outlet->connect(soundTap_);
        }
        ck_assert(linkElements({convert, outlet->element()}).ok());
        const auto sink = GRef<GstPad>::adopt(gst_element_get_static_pad(convert, "sink"));
        ck_assert(gst_pad_link(pad, sink.get()) == GST_PAD_LINK_OK);
        syncStates({outlet->element(), convert});
    }

    /// May be null.
    std::shared_ptr<SampleReceiver> pictureTap_;
    std::shared_ptr<SampleReceiver> soundTap_;
    std::vector<std::shared_ptr<Outlet>> outlets_ = {};
};

/// Whether each of `people` is in the file: his colour in his tile at its end, his tone among the
/// last half second.
inline void expectPeople(const Fixture& fixture, const PlayedFile& file,
                         const std::vector<Person>& people) {
    for (const Person& person : people) {
        const auto tile =
            std::find_if(fixture.tiles.begin(), fixture.tiles.end(),
                         [&](const wire::Tile& t) { return t.userId == person.userId; });
        ck_assert(tile != fixture.tiles.end());
        const auto colour =
            file.seen->colourAt(tile->x + tile->width / 2, tile->y + tile->height / 2);
        ck_assert(colour.has_value());
        for (int i = 0; i < 3; ++i)
            ck_assert_msg(std::abs((*colour)[i] - person.colour[i]) <= 40, "%s's tile is %d %d %d",
                          person.userId.c_str(), (*colour)[0], (*colour)[1], (*colour)[2]);
        const double level = file.heard->levelAt(person.toneHz);
        ck_assert_msg(level > -40, "%s's tone is at %f dB", person.userId.c_str(), level);
    }
}

} // namespace mullion::test
