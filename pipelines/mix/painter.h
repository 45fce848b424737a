#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pipelines/mix/dressing.h"
#include "pipelines/mix/face.h"
#include "pipelines/mix/frame_slot.h"
#include "pipelines/mix/layout.h"

namespace mullion {

/// One tile and what is to be seen in it.
struct TileFace {
    Placed placed;
    std::string name;
    bool audioMuted = false;
    bool speaking = false;
    /// Null: no picture, the avatar stands for it.
    std::shared_ptr<FrameSlot> frames = {};
};

/// What a canvas shows: its tiles with all that is drawn for them. Immutable.
class Scene {
public:
    struct Tile {
        TileFace face;
        std::shared_ptr<const Sticker> name;
        std::shared_ptr<const Picture> avatar;
        std::shared_ptr<const Sticker> stalled;
    };

    Scene() = default;
    /// Draws what `before` has not drawn already. Takes some milliseconds where all is new.
    Scene(const std::vector<TileFace>& faces, const Scene& before);

    const std::vector<Tile>& tiles() const { return tiles_; }

private:
    std::vector<Tile> tiles_ = {};
};

/// Paints scenes one after the other: tiles glide to their new places, borders and lower thirds
/// fade in and out. One thread at a time.
class Painter {
public:
    /// Paints the whole canvas as it is at running time `now`. `dressing` is null for none; one
    /// that was drawn for a canvas of another size is left out.
    void paint(const Scene& scene, const Dressing* dressing, const MutablePlanes& canvas,
               GstClockTime now);

private:
    using Key = std::pair<std::string, wire::PictureSource>;

    /// How a tile got where it is.
    struct Motion {
        Rect from;
        Rect to;
        GstClockTime began = 0;
        /// Since when it is painted without a pause.
        GstClockTime shownSince = 0;
        /// 0 to 256.
        int border = 0;
        std::unique_ptr<Frame> frame = {};
        GstClockTime paintedAt = 0;

        Rect at(GstClockTime now) const;
    };

    /// A lower third that comes or goes.
    struct Fading {
        Dressing::Overlay overlay = {};
        /// 0 to 256.
        int opacity = 0;
        GstClockTime paintedAt = 0;
    };

    void paintTiles(const Scene& scene, const Picture* behind, const MutablePlanes& canvas,
                    GstClockTime now);
    void paintTile(const Scene::Tile& tile, Motion& motion, const Picture* behind,
                   const MutablePlanes& canvas, GstClockTime now);
    void paintLowerThird(const Dressing::Overlay& wanted, const MutablePlanes& canvas,
                         GstClockTime now);

    std::map<Key, Motion> motions_;
    Fading lowerThird_ = {};
};

} // namespace mullion
