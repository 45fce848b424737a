#include "pipelines/mix/layout.h"

#include <algorithm>

namespace mullion {

namespace {

using wire::Fit;
using wire::LayoutMode;
using wire::PictureSource;

/// The tiles of a strip along the canvas' right side, or its bottom.
constexpr int kStripAcross = 4;
constexpr int kStripDown = 5;
/// Of the shorter side of a canvas with a background.
constexpr double kMargin = 0.05;

constexpr int even(int number) {
    return number & ~1;
}

struct Size {
    int width = 0;
    int height = 0;
};

/// The largest 16:9 tile of which `columns` by `rows` fit on the canvas.
Size tileSize(int columns, int rows, const wire::Canvas& canvas, int gap) {
    const int widest = (canvas.width - gap * (columns - 1)) / columns;
    const int highest = (canvas.height - gap * (rows - 1)) / rows;
    const int width = std::min(widest, highest * 16 / 9);
    return {even(width), even(std::min(highest, width * 9 / 16))};
}

/// Where the one large picture stands and where the strip beside it.
struct Stage {
    Rect large;
    std::vector<Rect> strip;
};

Stage stageWithStrip(int others, const wire::Canvas& canvas) {
    const Rect whole{0, 0, even(canvas.width), even(canvas.height)};
    if (others == 0) return {whole, {}};
    Stage stage;
    if (canvas.width >= canvas.height) {
        const int count = std::min(others, kStripDown);
        const Size tile = tileSize(1, kStripDown, canvas, kTileGap);
        stage.large = {0, 0, even(canvas.width - tile.width - kTileGap), whole.height};
        const int top = (canvas.height - count * tile.height - (count - 1) * kTileGap) / 2;
        for (int i = 0; i < count; ++i)
            stage.strip.push_back({whole.width - tile.width,
                                   even(top + i * (tile.height + kTileGap)), tile.width,
                                   tile.height});
    } else {
        const int count = std::min(others, kStripAcross);
        const Size tile = tileSize(kStripAcross, 1, canvas, kTileGap);
        stage.large = {0, 0, whole.width, even(canvas.height - tile.height - kTileGap)};
        const int left = (canvas.width - count * tile.width - (count - 1) * kTileGap) / 2;
        for (int i = 0; i < count; ++i)
            stage.strip.push_back({even(left + i * (tile.width + kTileGap)),
                                   whole.height - tile.height, tile.width, tile.height});
    }
    return stage;
}

std::vector<Rect> equalTiles(int count, const wire::Canvas& canvas, int gap) {
    int columns = 1;
    for (int candidate = 1; candidate <= count; ++candidate) {
        const auto rows = [count](int across) { return (count + across - 1) / across; };
        if (tileSize(candidate, rows(candidate), canvas, gap).width >
            tileSize(columns, rows(columns), canvas, gap).width)
            columns = candidate;
    }
    const int rows = (count + columns - 1) / columns;
    const Size tile = tileSize(columns, rows, canvas, gap);

    std::vector<Rect> tiles;
    const int top = (canvas.height - rows * tile.height - (rows - 1) * gap) / 2;
    for (int index = 0; index < count; ++index) {
        const int row = index / columns;
        const int inRow = std::min(columns, count - row * columns);
        const int left = (canvas.width - inRow * tile.width - (inRow - 1) * gap) / 2;
        tiles.push_back({even(left + (index % columns) * (tile.width + gap)),
                         even(top + row * (tile.height + gap)), tile.width, tile.height});
    }
    return tiles;
}

/// What arrange() is about, and who of it is placed already.
class Cast {
public:
    Cast(const wire::Layout& layout, const std::vector<Attendee>& attendees,
         const std::string& speaker)
        : layout_(layout)
        , speaker_(speaker) {
        for (const Attendee& attendee : attendees)
            waiting_.push_back(&attendee);
    }

    std::size_t waiting() const { return waiting_.size(); }

    /// Takes the one who belongs in the large tile, or null.
    const Attendee* takeLead() {
        const auto lead = std::max_element(
            waiting_.begin(), waiting_.end(), [this](const Attendee* a, const Attendee* b) {
                return std::pair(pinRank(*a), recency(*a)) < std::pair(pinRank(*b), recency(*b));
            });
        return lead == waiting_.end() ? nullptr : take(lead);
    }

    const Attendee* take(const std::string& userId) {
        const auto found = std::find_if(waiting_.begin(), waiting_.end(),
                                        [&](const Attendee* a) { return a->userId == userId; });
        return found == waiting_.end() ? nullptr : take(found);
    }

    /// Takes up to `count`, in their order of arrival; the pinned and recent speakers first.
    std::vector<const Attendee*> takeMany(std::size_t count) {
        auto ranked = waiting_;
        std::stable_sort(
            ranked.begin(), ranked.end(), [this](const Attendee* a, const Attendee* b) {
                return std::pair(pinRank(*a), recency(*a)) > std::pair(pinRank(*b), recency(*b));
            });
        ranked.resize(std::min(ranked.size(), count));
        std::vector<const Attendee*> taken;
        for (const Attendee* attendee : waiting_)
            if (std::find(ranked.begin(), ranked.end(), attendee) != ranked.end())
                taken.push_back(attendee);
        std::erase_if(waiting_, [&](const Attendee* attendee) {
            return std::find(taken.begin(), taken.end(), attendee) != taken.end();
        });
        return taken;
    }

    /// Whose screen is shown, or null: of the pinned if one of them shares, else the newest.
    const Attendee* sharing() const {
        const Attendee* newest = nullptr;
        for (const Attendee* attendee : waiting_) {
            if (!attendee->sharesSince) continue;
            const auto rank = [this](const Attendee& a) {
                return std::pair(pinRank(a), a.sharesSince);
            };
            if (!newest || rank(*attendee) > rank(*newest)) newest = attendee;
        }
        return newest;
    }

private:
    /// 0 for who is not pinned, else higher for who is pinned first.
    std::size_t pinRank(const Attendee& attendee) const {
        const auto pin = std::find(layout_.pinned.begin(), layout_.pinned.end(), attendee.userId);
        return static_cast<std::size_t>(layout_.pinned.end() - pin);
    }

    std::uint64_t recency(const Attendee& attendee) const {
        return attendee.userId == speaker_ ? UINT64_MAX : attendee.lastSpoke;
    }

    const Attendee* take(std::vector<const Attendee*>::iterator at) {
        const Attendee* taken = *at;
        waiting_.erase(at);
        return taken;
    }

    const wire::Layout& layout_;
    const std::string& speaker_;
    std::vector<const Attendee*> waiting_ = {};
};

std::vector<Placed> arrangeCustom(const wire::Layout& layout, Cast& cast,
                                  const wire::Canvas& canvas) {
    std::vector<Placed> tiles(layout.regions.size());
    std::vector<Placed*> open;
    for (std::size_t i = 0; i < tiles.size(); ++i) {
        const wire::Region& region = layout.regions[i];
        tiles[i].fit = layout.fit;
        tiles[i].rect = {even(region.x), even(region.y),
                         even(std::min(region.width, canvas.width - region.x)),
                         even(std::min(region.height, canvas.height - region.y))};
        if (region.userId.empty())
            open.push_back(&tiles[i]);
        else if (const Attendee* attendee = cast.take(region.userId))
            tiles[i].userId = attendee->userId;
    }
    auto next = open.begin();
    for (const Attendee* attendee : cast.takeMany(open.size()))
        (*next++)->userId = attendee->userId;
    // Regions of people who are not there stay dark.
    std::erase_if(tiles, [](const Placed& tile) {
        return tile.userId.empty() || tile.rect.width < 2 || tile.rect.height < 2;
    });
    return tiles;
}

} // namespace

Arrangement arrangeWithin(const wire::Layout& layout, const std::vector<Attendee>& attendees,
                          const std::string& speaker, const wire::Canvas& canvas) {
    if (layout.mode == wire::LayoutMode::Custom) return arrange(layout, attendees, speaker, canvas);
    const int margin = static_cast<int>(std::min(canvas.width, canvas.height) * kMargin) & ~1;
    const wire::Canvas inner{canvas.width - 2 * margin, canvas.height - 2 * margin, canvas.fps};
    Arrangement arrangement = arrange(layout, attendees, speaker, inner);
    for (Placed& tile : arrangement.tiles) {
        tile.rect.x += margin;
        tile.rect.y += margin;
    }
    return arrangement;
}

std::vector<Rect> gridLayout(int count, const wire::Canvas& canvas, int gap) {
    count = std::clamp(count, 0, kMaxGridTiles);
    return count == 0 ? std::vector<Rect>{} : equalTiles(count, canvas, gap);
}

Arrangement arrange(const wire::Layout& layout, const std::vector<Attendee>& attendees,
                    const std::string& speaker, const wire::Canvas& canvas) {
    Cast cast(layout, attendees, speaker);
    Arrangement result{layout.mode};
    const Attendee* sharing = cast.sharing();
    const bool canPresent = layout.mode == LayoutMode::Grid || layout.mode == LayoutMode::Speaker ||
                            layout.mode == LayoutMode::Presentation;
    if (sharing && canPresent) {
        result.mode = LayoutMode::Presentation;
        const Stage stage = stageWithStrip(static_cast<int>(cast.waiting()), canvas);
        // What is written at the edge of a screen counts: it is never cropped.
        result.tiles.push_back({sharing->userId, PictureSource::Screen, stage.large, Fit::Pad});
        auto rect = stage.strip.begin();
        for (const Attendee* attendee : cast.takeMany(stage.strip.size()))
            result.tiles.push_back({attendee->userId, PictureSource::Camera, *rect++, layout.fit});
        return result;
    }

    switch (layout.mode) {
    case LayoutMode::Grid: {
        const auto shown = cast.takeMany(kMaxGridTiles);
        auto rect = gridLayout(static_cast<int>(shown.size()), canvas);
        for (std::size_t i = 0; i < shown.size(); ++i)
            result.tiles.push_back({shown[i]->userId, PictureSource::Camera, rect[i], layout.fit});
        break;
    }
    case LayoutMode::Speaker:
    case LayoutMode::Presentation: {
        const Attendee* lead = cast.takeLead();
        if (!lead) break;
        const Stage stage = stageWithStrip(static_cast<int>(cast.waiting()), canvas);
        result.tiles.push_back({lead->userId, PictureSource::Camera, stage.large, layout.fit});
        auto rect = stage.strip.begin();
        for (const Attendee* attendee : cast.takeMany(stage.strip.size()))
            result.tiles.push_back({attendee->userId, PictureSource::Camera, *rect++, layout.fit});
        break;
    }
    case LayoutMode::Solo:
        if (const Attendee* lead = cast.takeLead())
            result.tiles.push_back(
                {lead->userId,
                 lead->sharesSince ? PictureSource::Screen : PictureSource::Camera,
                 {0, 0, even(canvas.width), even(canvas.height)},
                 lead->sharesSince ? Fit::Pad : layout.fit});
        break;
    case LayoutMode::Custom:
        result.tiles = arrangeCustom(layout, cast, canvas);
        break;
    }
    return result;
}

} // namespace mullion
