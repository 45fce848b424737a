#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gst/video/video.h>

#include "pipelines/gst/element.h"
#include "pipelines/mix/layout.h"

namespace mullion {

template <>
struct RefTraits<GstVideoOverlayComposition> : MiniObjectTraits<GstVideoOverlayComposition> {};

template <>
struct RefTraits<GstVideoOverlayRectangle> : MiniObjectTraits<GstVideoOverlayRectangle> {};

/// What is drawn over one tile.
struct TileFace {
    Rect rect;
    std::string userId;
    std::string name;
    bool audioMuted = false;
    /// Whether the tile has a picture; without one it shows the initials.
    bool hasPicture = false;
    bool operator==(const TileFace&) const = default;
};

/// Names, muted signs, initials and round corners over the tiles. Each face is drawn once by Pango
/// when it changes and blended into every frame. Main-bound.
class Overlay {
public:
    /// Adds the blending element to `pipeline`.
    static Result<std::unique_ptr<Overlay>> create(GstBin* pipeline);

    GstElement* element() const { return element_; }

    void show(const std::vector<TileFace>& faces);

private:
    /// What the streaming thread reads: it outlives the overlay where a frame is in flight.
    struct Shared {
        std::mutex mutex;
        /// GUARDED_BY(mutex)
        GRef<GstVideoOverlayComposition> composition;
    };

    struct Drawn {
        TileFace face;
        std::vector<GRef<GstVideoOverlayRectangle>> rectangles;
    };

    GstElement* element_ = nullptr;
    std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
    std::vector<Drawn> drawn_ = {};
};

} // namespace mullion
