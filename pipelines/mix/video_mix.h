#pragma once

#include <memory>
#include <vector>

#include "pipelines/gst/bridge.h"
#include "pipelines/mix/layout.h"

namespace mullion {

/// The picture of a call: tiles on a canvas. Main-bound; the inlets are thread-safe.
///
/// Tiles are lent and come back, as the inputs of AudioMix do. A tile shows nothing until it is
/// placed, and its last frame until the next one.
class VideoMix {
public:
    /// Adds the compositor with its tiles to `pipeline`, which is not running yet.
    static Result<std::unique_ptr<VideoMix>> create(GstBin* pipeline, const wire::Canvas& canvas);

    /// The end of the graph: raw I420 frames of the canvas, nothing drawn on them yet.
    GstElement* output() const { return output_; }

    /// The number of a tile that nobody holds. @return AtCapacity.
    Result<int> lend();
    void giveBack(int tile);

    /// Where the holder's frames go, raw with running time, in any size.
    std::shared_ptr<Inlet> inlet(int tile) const { return tiles_[tile].inlet; }

    void place(int tile, const Rect& rect);
    void hide(int tile);

private:
    struct Tile {
        std::shared_ptr<Inlet> inlet;
        GRef<GstPad> pad;
        bool lent = false;
    };

    VideoMix() = default;
    Result<void> addBackground(GstBin* pipeline, const wire::Canvas& canvas);
    Result<void> addTile(GstBin* pipeline);

    GstElement* compositor_ = nullptr;
    GstElement* output_ = nullptr;
    std::vector<Tile> tiles_ = {};
};

} // namespace mullion
