#pragma once

#include <optional>
#include <string>

#include "src/wire/layout.h"

namespace mullion::wire {

enum class Corner { TopLeft, TopRight, BottomLeft, BottomRight };

/// A picture in a corner. Images are named by their ids (src/images).
struct Logo {
    std::string image;
    Corner corner = Corner::TopRight;
    /// Of the canvas' height, 0.02 to 0.5.
    double height = 0.1;
    /// 0 to 1.
    double opacity = 1;
    bool operator==(const Logo&) const = default;
};

/// Two lines: who speaks, and what he is.
struct Caption {
    std::string title;
    std::string subtitle = {};
    bool operator==(const Caption&) const = default;
};

/// What stands in place of the call while nobody is in it: an image, words, or both.
struct Slate {
    std::string image = {};
    Caption caption = {};
    bool operator==(const Slate&) const = default;
};

/// How what outputs show (recordings, broadcasts, those who watch) differs from what the people in
/// the call see. As long as it does not, outputs take the call's own picture as it is encoded
/// already.
struct Programme {
    /// How people stand; nothing: as in the call.
    std::optional<Layout> layout = {};
    /// The image behind the tiles; empty: the stage.
    std::string background = {};
    std::optional<Logo> logo = {};
    std::optional<Caption> lowerThird = {};
    std::optional<Slate> slate = {};
    bool operator==(const Programme&) const = default;

    /// Whether it is anything else than the call's own picture.
    bool differs() const { return *this != Programme{}; }
};

/// `{layout, background, logo, lower_third, slate}` as the interface has it, null for what is not.
Json toJson(const Programme& programme);

/// Reads the fields of a programme; mistakes are refused in `reader`. Shared with the API.
Programme readProgramme(JsonReader& reader);

} // namespace mullion::wire
