#include "src/wire/layout.h"

#include "src/base/json_values.h"
#include "src/wire/names.h"

namespace mullion::wire {

namespace {

constexpr std::size_t kMaxUserId = 128;

constexpr Names<PictureSource, 2> kSources = {
    {{PictureSource::Camera, "camera"}, {PictureSource::Screen, "screen"}}};
constexpr Names<Fit, 2> kFits = {{{Fit::Crop, "crop"}, {Fit::Pad, "pad"}}};
constexpr Names<LayoutMode, 5> kModes = {{{LayoutMode::Grid, "grid"},
                                          {LayoutMode::Speaker, "speaker"},
                                          {LayoutMode::Presentation, "presentation"},
                                          {LayoutMode::Solo, "solo"},
                                          {LayoutMode::Custom, "custom"}}};
} // namespace

const char* name(PictureSource source) {
    return nameIn(kSources, source);
}

const char* name(Fit fit) {
    return nameIn(kFits, fit);
}

const char* name(LayoutMode mode) {
    return nameIn(kModes, mode);
}

Json toJson(const Canvas& canvas) {
    return {{"width", canvas.width}, {"height", canvas.height}, {"fps", canvas.fps}};
}

Json toJson(const Tile& tile) {
    return {{"user_id", tile.userId},
            {"source", name(tile.source)},
            {"x", tile.x},
            {"y", tile.y},
            {"width", tile.width},
            {"height", tile.height},
            {"visible", tile.visible}};
}

Json toJson(const Layout& layout) {
    Json regions = Json::array();
    for (const Region& region : layout.regions) {
        Json entry = {
            {"x", region.x}, {"y", region.y}, {"width", region.width}, {"height", region.height}};
        if (!region.userId.empty()) entry["user_id"] = region.userId;
        regions.push_back(std::move(entry));
    }
    Json json = {{"mode", name(layout.mode)}, {"pinned", layout.pinned}, {"fit", name(layout.fit)}};
    if (!regions.empty()) json["regions"] = std::move(regions);
    return json;
}

LayoutMode readMode(JsonReader& reader) {
    return oneOf(reader, "mode", kModes, LayoutMode::Grid);
}

PictureSource readSource(JsonReader& reader) {
    return oneOf(reader, "source", kSources, PictureSource::Camera);
}

Canvas readCanvas(JsonReader& reader) {
    Canvas canvas;
    canvas.width = static_cast<int>(reader.optionalInteger("width", 16, 7680).value_or(0));
    canvas.height = static_cast<int>(reader.optionalInteger("height", 16, 4320).value_or(0));
    canvas.fps = static_cast<int>(reader.optionalInteger("fps", 1, 120).value_or(0));
    if (!canvas.width || !canvas.height || !canvas.fps)
        reader.refuse("width", "a canvas needs width, height and fps");
    return canvas;
}

std::vector<Tile> readTiles(JsonReader& parent, const char* field) {
    std::vector<Tile> tiles;
    for (const Json& entry : parent.any(field)) {
        JsonReader reader(entry);
        const auto pixels = [&](const char* name) {
            return static_cast<int>(reader.optionalInteger(name, -8192, 8192).value_or(0));
        };
        Tile tile;
        tile.userId = reader.string("user_id", 1, kMaxUserId);
        tile.source = readSource(reader);
        tile.x = pixels("x");
        tile.y = pixels("y");
        tile.width = pixels("width");
        tile.height = pixels("height");
        tile.visible = reader.optionalBool("visible").value_or(true);
        if (const auto result = reader.finish(); !result)
            parent.refuse(field, result.error().message);
        tiles.push_back(std::move(tile));
    }
    return tiles;
}

Layout readLayout(JsonReader& reader) {
    constexpr std::size_t kMaxRegions = 25;
    Layout layout;
    layout.mode = readMode(reader);
    layout.fit = oneOf(reader, "fit", kFits, Fit::Crop);
    const Json& pinned = reader.any("pinned");
    if (!pinned.is_null() && (!pinned.is_array() || pinned.size() > kMaxPinned))
        reader.refuse("pinned", "`pinned` must be a list of at most 64 users");
    else
        for (const Json& user : pinned) {
            if (user.is_string() && user.get_ref<const std::string&>().size() <= kMaxUserId)
                layout.pinned.push_back(user.get<std::string>());
            else
                reader.refuse("pinned", "`pinned` must hold ids of users");
        }
    const Json& regions = reader.any("regions");
    if (!regions.is_null() && (!regions.is_array() || regions.size() > kMaxRegions)) {
        reader.refuse("regions", "`regions` must be a list of at most 25 rectangles");
        return layout;
    }
    for (const Json& entry : regions) {
        JsonReader fields(entry);
        const auto pixels = [&fields](const char* name, int min) {
            const auto value = fields.optionalInteger(name, min, 8192);
            if (!value) fields.refuse(name, std::string("`") + name + "` is missing");
            return static_cast<int>(value.value_or(min));
        };
        Region region{pixels("x", 0), pixels("y", 0), pixels("width", 2), pixels("height", 2)};
        region.userId = fields.optionalString("user_id", 1, kMaxUserId).value_or("");
        if (const auto read = fields.finish(); !read)
            reader.refuse("regions", "in `regions`: " + read.error().message);
        layout.regions.push_back(std::move(region));
    }
    if (layout.mode == LayoutMode::Custom && layout.regions.empty())
        reader.refuse("regions", "the custom layout needs `regions`");
    return layout;
}

} // namespace mullion::wire
