#include "pipelines/gst/element.h"

namespace mullion {

void setProperties(void* object, const Properties& properties) {
    for (const auto& [name, value] : properties)
        gst_util_set_object_arg(G_OBJECT(object), name, value.c_str());
}

Result<GstElement*> addElement(GstBin* bin, const char* name, const Properties& properties) {
    const auto found = GRef<GstElementFactory>::adopt(gst_element_factory_find(name));
    const auto factory = GRef<GstElementFactory>::adopt(
        found ? GST_ELEMENT_FACTORY(gst_plugin_feature_load(GST_PLUGIN_FEATURE(found.get())))
              : nullptr);
    if (!factory)
        return Error{ErrorCode::Unavailable,
                     std::string("the GStreamer element ") + name + " is not installed"};

    // Some properties can be set at construction only, so all of them are.
    const GPtr<GTypeClass, g_type_class_unref> type(static_cast<GTypeClass*>(
        g_type_class_ref(gst_element_factory_get_element_type(factory.get()))));
    std::vector<const char*> names;
    std::vector<GValue> values;
    for (const auto& [property, text] : properties) {
        GParamSpec* spec = g_object_class_find_property(G_OBJECT_CLASS(type.get()), property);
        GValue value = G_VALUE_INIT;
        if (spec) g_value_init(&value, spec->value_type);
        if (!spec || !gst_value_deserialize_with_pspec(&value, text.c_str(), spec))
            return Error{ErrorCode::Internal,
                         std::string(name) + " does not take " + property + '=' + text};
        names.push_back(property);
        values.push_back(value);
    }
    GstElement* element = gst_element_factory_create_with_properties(
        factory.get(), static_cast<guint>(names.size()), names.data(), values.data());
    for (GValue& value : values)
        g_value_unset(&value);
    if (!element) return Error{ErrorCode::Internal, std::string("cannot make a ") + name};
    gst_bin_add(bin, element);
    return element;
}

Result<void> linkElements(std::initializer_list<GstElement*> elements) {
    GstElement* previous = nullptr;
    for (GstElement* element : elements) {
        if (previous && !gst_element_link(previous, element))
            return Error{ErrorCode::Internal, std::string("cannot link ") +
                                                  GST_OBJECT_NAME(previous) + " to " +
                                                  GST_OBJECT_NAME(element)};
        previous = element;
    }
    return {};
}

Result<void> linkPads(GstElement* source, const char* sourcePad, GstElement* sink,
                      const char* sinkPad) {
    if (gst_element_link_pads(source, sourcePad, sink, sinkPad)) return {};
    return Error{ErrorCode::Internal, std::string("cannot link ") + GST_OBJECT_NAME(source) + '.' +
                                          sourcePad + " to " + GST_OBJECT_NAME(sink) + '.' +
                                          sinkPad};
}

void syncStates(std::initializer_list<GstElement*> elements) {
    for (GstElement* element : elements)
        gst_element_sync_state_with_parent(element);
}

void removeElement(GstBin* bin, GstElement* element) {
    const auto kept = GRef<GstElement>::share(element);
    // Else the bin would start it again when its own state changes.
    gst_element_set_locked_state(element, TRUE);
    gst_element_set_state(element, GST_STATE_NULL);
    gst_bin_remove(bin, element);
}

PadProbe::PadProbe(GstPad* pad, GstPadProbeType type, Call call)
    : pad_(GRef<GstPad>::share(pad)) {
    id_ = gst_pad_add_probe(
        pad, type,
        [](GstPad*, GstPadProbeInfo* info, void* data) {
            return (*static_cast<Call*>(data))(info);
        },
        new Call(std::move(call)), [](void* data) { delete static_cast<Call*>(data); });
}

PadProbe::PadProbe(PadProbe&& other) noexcept
    : pad_(std::move(other.pad_))
    , id_(std::exchange(other.id_, 0)) {}

PadProbe& PadProbe::operator=(PadProbe&& other) noexcept {
    std::swap(pad_, other.pad_);
    std::swap(id_, other.id_);
    return *this;
}

PadProbe::~PadProbe() {
    if (pad_ && id_) gst_pad_remove_probe(pad_.get(), id_);
}

void forEachBuffer(const GstPadProbeInfo* info, const std::function<void(GstBuffer*)>& take) {
    if (!(GST_PAD_PROBE_INFO_TYPE(info) & GST_PAD_PROBE_TYPE_BUFFER_LIST))
        return take(GST_PAD_PROBE_INFO_BUFFER(info));
    GstBufferList* buffers = GST_PAD_PROBE_INFO_BUFFER_LIST(info);
    for (unsigned i = 0; i < gst_buffer_list_length(buffers); ++i)
        take(gst_buffer_list_get(buffers, i));
}

GstPadProbeReturn taken(GstPadProbeInfo* info, GstFlowReturn flow) {
    const auto media =
        GRef<GstMiniObject>::adopt(static_cast<GstMiniObject*>(std::exchange(info->data, nullptr)));
    GST_PAD_PROBE_INFO_FLOW_RETURN(info) = flow;
    return GST_PAD_PROBE_HANDLED;
}

BusWatch::BusWatch(GstElement* pipeline, std::function<void(GstMessage*)> call)
    : bus_(GRef<GstBus>::adopt(gst_element_get_bus(pipeline))) {
    using Call = std::function<void(GstMessage*)>;
    gst_bus_add_watch_full(
        bus_.get(), G_PRIORITY_DEFAULT,
        [](GstBus*, GstMessage* message, void* data) -> gboolean {
            (*static_cast<Call*>(data))(message);
            return G_SOURCE_CONTINUE;
        },
        new Call(std::move(call)), [](void* data) { delete static_cast<Call*>(data); });
}

BusWatch::BusWatch(BusWatch&& other) noexcept
    : bus_(std::move(other.bus_)) {}

BusWatch& BusWatch::operator=(BusWatch&& other) noexcept {
    std::swap(bus_, other.bus_);
    return *this;
}

BusWatch::~BusWatch() {
    if (bus_) gst_bus_remove_watch(bus_.get());
}

std::string describeError(GstMessage* message) {
    GError* raw = nullptr;
    char* debug = nullptr;
    gst_message_parse_error(message, &raw, &debug);
    const GErrorPtr error(raw);
    const GCharPtr details(debug);
    return std::string(GST_MESSAGE_SRC_NAME(message)) + ": " + error->message +
           (details ? std::string(" (") + details.get() + ")" : "");
}

} // namespace mullion
