#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "src/base/json.h"

namespace mullion::wire {

/// Pixels and frames a second of the composite.
struct Canvas {
    int width = 1280;
    int height = 720;
    int fps = 25;
    bool operator==(const Canvas&) const = default;
};

/// Which of a participant's two pictures.
enum class PictureSource { Camera, Screen };

/// What becomes of a picture whose shape is not its tile's: it loses its edges, or gets bars.
enum class Fit { Crop, Pad };

enum class LayoutMode { Grid, Speaker, Presentation, Solo, Custom };

/// How many users a layout pins at most.
inline constexpr std::size_t kMaxPinned = 64;

/// A place of the custom layout, in pixels of the canvas; without a user it is for anybody.
struct Region {
    int x = 0;
    int y = 0;
    int width = 0;
    int height = 0;
    std::string userId = {};
    bool operator==(const Region&) const = default;
};

/// How people stand on the canvas, as a host asked for it.
struct Layout {
    LayoutMode mode = LayoutMode::Grid;
    /// The most important first.
    std::vector<std::string> pinned = {};
    Fit fit = Fit::Crop;
    /// Of the custom mode.
    std::vector<Region> regions = {};
    bool operator==(const Layout&) const = default;
};

/// One shown picture: where on the canvas (pixels from the top left corner) whose source is.
struct Tile {
    std::string userId;
    PictureSource source = PictureSource::Camera;
    int x = 0;
    int y = 0;
    int width = 0;
    int height = 0;
    bool visible = true;
    bool operator==(const Tile&) const = default;
};

Json toJson(const Canvas& canvas);
Json toJson(const Tile& tile);
Json toJson(const Layout& layout);

/// Reads the fields of a layout; mistakes are refused in `reader`. Shared with the API, which takes
/// the same object from hosts.
Layout readLayout(JsonReader& reader);
/// The same of a canvas and of a list of tiles.
Canvas readCanvas(JsonReader& reader);
std::vector<Tile> readTiles(JsonReader& reader, const char* field);

/// `mode` and `source` of an object; what is missing is a grid and a camera.
LayoutMode readMode(JsonReader& reader);
PictureSource readSource(JsonReader& reader);

/// The words of the interface for each.
const char* name(PictureSource source);
const char* name(Fit fit);
const char* name(LayoutMode mode);

} // namespace mullion::wire
