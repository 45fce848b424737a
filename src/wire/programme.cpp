#include "src/wire/programme.h"

#include <functional>

#include "src/base/json_values.h"
#include "src/wire/names.h"

namespace mullion::wire {

namespace {

/// Bytes. Longer ones do not fit on a picture.
constexpr std::size_t kMaxTitle = 200;
constexpr std::size_t kMaxImageId = 64;

constexpr Names<Corner, 4> kCorners = {{{Corner::TopLeft, "top-left"},
                                        {Corner::TopRight, "top-right"},
                                        {Corner::BottomLeft, "bottom-left"},
                                        {Corner::BottomRight, "bottom-right"}}};

Json toJson(const Caption& caption) {
    return {{"title", caption.title}, {"subtitle", caption.subtitle}};
}

Caption readCaption(JsonReader& reader, std::size_t leastTitle) {
    Caption caption;
    caption.title = leastTitle ? reader.string("title", leastTitle, kMaxTitle)
                               : reader.optionalString("title", 0, kMaxTitle).value_or("");
    caption.subtitle = reader.optionalString("subtitle", 0, kMaxTitle).value_or("");
    return caption;
}

Logo readLogo(JsonReader& reader) {
    Logo logo;
    logo.image = reader.string("image", 1, kMaxImageId);
    logo.corner = oneOf(reader, "corner", kCorners, logo.corner);
    logo.height = reader.optionalNumber("height", 0.02, 0.5).value_or(logo.height);
    logo.opacity = reader.optionalNumber("opacity", 0, 1).value_or(logo.opacity);
    return logo;
}

Slate readSlate(JsonReader& reader) {
    Slate slate;
    slate.image = reader.optionalString("image", 1, kMaxImageId).value_or("");
    slate.caption = readCaption(reader, 0);
    if (slate == Slate{}) reader.refuse("image", "a slate needs an `image` or a `title`");
    return slate;
}

std::string readBackground(JsonReader& reader) {
    return reader.string("image", 1, kMaxImageId);
}

/// What `read` makes of the object in `field`; nothing where there is none.
template <typename Read>
auto within(JsonReader& parent, const char* field, Read read)
    -> std::optional<std::invoke_result_t<Read, JsonReader&>> {
    const Json& json = parent.any(field);
    if (json.is_null()) return {};
    JsonReader reader(json);
    auto value = read(reader);
    if (const auto result = reader.finish(); !result)
        parent.refuse(field, std::string("in `") + field + "`: " + result.error().message);
    return value;
}

} // namespace

Json toJson(const Programme& programme) {
    Json json = {{"layout", nullptr},
                 {"background", nullptr},
                 {"logo", nullptr},
                 {"lower_third", nullptr},
                 {"slate", nullptr}};
    if (programme.layout) json["layout"] = toJson(*programme.layout);
    if (!programme.background.empty()) json["background"] = {{"image", programme.background}};
    if (const auto& logo = programme.logo)
        json["logo"] = {{"image", logo->image},
                        {"corner", nameIn(kCorners, logo->corner)},
                        {"height", logo->height},
                        {"opacity", logo->opacity}};
    if (programme.lowerThird) json["lower_third"] = toJson(*programme.lowerThird);
    if (const auto& slate = programme.slate) {
        json["slate"] = toJson(slate->caption);
        json["slate"]["image"] = slate->image.empty() ? Json() : Json(slate->image);
    }
    return json;
}

Programme readProgramme(JsonReader& reader) {
    Programme programme;
    programme.layout = within(reader, "layout", readLayout);
    programme.background = within(reader, "background", readBackground).value_or("");
    programme.logo = within(reader, "logo", readLogo);
    programme.lowerThird =
        within(reader, "lower_third", [](JsonReader& inner) { return readCaption(inner, 1); });
    programme.slate = within(reader, "slate", readSlate);
    return programme;
}

} // namespace mullion::wire
