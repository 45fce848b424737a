#pragma once

#include <memory>
#include <string>

#include "pipelines/mix/sticker.h"
#include "src/wire/programme.h"

namespace mullion {

/// What a programme shows beside its tiles, drawn for a canvas of one size. Immutable.
struct Dressing {
    /// A sticker and where on the canvas it stands.
    struct Overlay {
        std::shared_ptr<const Sticker> sticker = {};
        int x = 0;
        int y = 0;
        /// 0 to 256.
        int opacity = 256;

        bool operator==(const Overlay&) const = default;
    };

    /// What it was drawn from.
    wire::Programme programme = {};
    int width = 0;
    int height = 0;

    /// Behind the tiles, and in place of everything while there are none; null: the stage.
    std::shared_ptr<const Picture> background = {};
    std::shared_ptr<const Picture> slate = {};
    Overlay logo = {};
    Overlay lowerThird = {};
};

/// Draws what `before` has not drawn already. Images are read from `folder`/ID.png; one that cannot
/// be read is logged and left out. Takes up to a tenth of a second for large images, and may be
/// called on any thread.
std::shared_ptr<const Dressing> dress(const wire::Programme& programme, const std::string& folder,
                                      int width, int height, const Dressing& before);

} // namespace mullion
