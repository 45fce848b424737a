#include "pipelines/mix/painter.h"

#include <algorithm>
#include <cmath>

namespace mullion {

namespace {

constexpr GstClockTime kGlide = 200 * GST_MSECOND;
constexpr GstClockTime kFade = 100 * GST_MSECOND;
constexpr GstClockTime kFadeOverlay = 300 * GST_MSECOND;
/// A camera that has sent nothing for this long has stalled; a screen may just not change.
constexpr GstClockTime kStalled = 3 * GST_SECOND;
/// What is left of a stalled picture, of 256.
constexpr int kDimmed = 102;
/// Smaller tiles have no corners to round.
constexpr int kMinFramed = 4 * kCorner;

int between(int from, int to, double part) {
    return static_cast<int>(std::lround(from + (to - from) * part)) & ~1;
}

Rect inside(const Rect& rect, const MutablePlanes& canvas) {
    const int x = std::clamp(rect.x, 0, canvas.width - 2);
    const int y = std::clamp(rect.y, 0, canvas.height - 2);
    return {x, y, std::clamp(rect.width, 2, canvas.width - x),
            std::clamp(rect.height, 2, canvas.height - y)};
}

} // namespace

Scene::Scene(const std::vector<TileFace>& faces, const Scene& before) {
    for (const TileFace& face : faces) {
        Tile tile{face, {}, {}, {}};
        const Rect& rect = face.placed.rect;
        const bool isCamera = face.placed.source == wire::PictureSource::Camera;
        const auto known =
            std::find_if(before.tiles_.begin(), before.tiles_.end(), [&](const Tile& other) {
                return other.face.placed.userId == face.placed.userId &&
                       other.face.placed.source == face.placed.source &&
                       other.face.placed.rect.width == rect.width &&
                       other.face.placed.rect.height == rect.height && other.face.name == face.name;
            });
        if (known != before.tiles_.end()) {
            if (known->face.audioMuted == face.audioMuted) tile.name = known->name;
            tile.avatar = known->avatar;
            tile.stalled = known->stalled;
        }
        if (!tile.name && !face.name.empty())
            tile.name = drawName(face.name, face.audioMuted && isCamera, rect.width, rect.height);
        if (!tile.avatar && !face.frames)
            tile.avatar = drawAvatar(face.placed.userId, face.name, rect.width, rect.height);
        if (!tile.stalled && face.frames && isCamera) tile.stalled = drawStalledSign(rect.height);
        tiles_.push_back(std::move(tile));
    }
}

Rect Painter::Motion::at(GstClockTime now) const {
    if (now >= began + kGlide || from == to) return to;
    const double linear = static_cast<double>(now - std::min(now, began)) / kGlide;
    const double eased = 1 - std::pow(1 - linear, 3);
    return {between(from.x, to.x, eased), between(from.y, to.y, eased),
            between(from.width, to.width, eased), between(from.height, to.height, eased)};
}

void Painter::paint(const Scene& scene, const Dressing* dressing, const MutablePlanes& canvas,
                    GstClockTime now) {
    const bool isDressed =
        dressing && dressing->width == canvas.width && dressing->height == canvas.height;
    if (!isDressed) {
        fill(canvas, kStage);
        return paintTiles(scene, nullptr, canvas, now);
    }
    const bool isSlate = scene.tiles().empty() && dressing->slate;
    if (isSlate)
        copy(dressing->slate->planes(), canvas);
    else if (dressing->background)
        copy(dressing->background->planes(), canvas);
    else
        fill(canvas, kStage);
    paintTiles(scene, dressing->background.get(), canvas, now);
    if (const auto& logo = dressing->logo; logo.sticker)
        logo.sticker->blend(canvas, logo.x, logo.y, logo.opacity);
    paintLowerThird(isSlate ? Dressing::Overlay() : dressing->lowerThird, canvas, now);
}

/// One that is to be replaced fades out before the other fades in.
void Painter::paintLowerThird(const Dressing::Overlay& wanted, const MutablePlanes& canvas,
                              GstClockTime now) {
    Fading& shown = lowerThird_;
    if (shown.opacity == 0) shown.overlay = wanted;
    const GstClockTime passed = now - std::min(now, shown.paintedAt);
    const int step = static_cast<int>(std::min<GstClockTime>(256, 256 * passed / kFadeOverlay));
    shown.opacity = std::clamp(shown.opacity + (shown.overlay == wanted ? step : -step), 0, 256);
    shown.paintedAt = now;
    if (shown.overlay.sticker && shown.opacity > 0)
        shown.overlay.sticker->blend(canvas, shown.overlay.x, shown.overlay.y, shown.opacity);
}

void Painter::paintTiles(const Scene& scene, const Picture* behind, const MutablePlanes& canvas,
                         GstClockTime now) {
    for (const Scene::Tile& tile : scene.tiles()) {
        const Placed& placed = tile.face.placed;
        const auto [at, isNew] = motions_.try_emplace({placed.userId, placed.source});
        Motion& motion = at->second;
        // Nobody has seen where it was: what is painted after a rest does not glide.
        if (isNew || now > motion.paintedAt + kGlide) {
            motion.from = motion.to = placed.rect;
            motion.shownSince = now;
        } else if (motion.to != placed.rect) {
            motion.from = motion.at(now);
            motion.to = placed.rect;
            motion.began = now;
        }
        const GstClockTime passed = isNew ? 0 : now - std::min(now, motion.paintedAt);
        const int step = static_cast<int>(std::min<GstClockTime>(256, 256 * passed / kFade));
        motion.border = std::clamp(motion.border + (tile.face.speaking ? step : -step), 0, 256);
        motion.paintedAt = now;
        paintTile(tile, motion, behind, canvas, now);
    }
    std::erase_if(motions_, [now](const auto& entry) { return entry.second.paintedAt != now; });
}

void Painter::paintTile(const Scene::Tile& tile, Motion& motion, const Picture* behind,
                        const MutablePlanes& canvas, GstClockTime now) {
    const TileFace& face = tile.face;
    const Rect rect = inside(motion.at(now), canvas);
    const MutablePlanes target = canvas.part(rect);
    const bool isCamera = face.placed.source == wire::PictureSource::Camera;

    const auto frame = face.frames ? face.frames->frameAt(now) : std::nullopt;
    // What was not shown was not decoded either: that its picture is old says nothing.
    const bool stalled =
        frame && isCamera && std::min(face.frames->ageAt(now), now - motion.shownSince) > kStalled;
    if (frame) {
        fit(frame->planes(), target, face.placed.fit);
        if (stalled) dim(target, kDimmed);
    } else if (tile.avatar) {
        scale(tile.avatar->planes(), target);
    } else {
        fill(target, kSurface);
    }

    if (isCamera && rect.width >= kMinFramed && rect.height >= kMinFramed) {
        if (!motion.frame || motion.frame->width() != rect.width ||
            motion.frame->height() != rect.height)
            motion.frame = std::make_unique<Frame>(rect.width, rect.height);
        motion.frame->blendCorners(canvas, rect.x, rect.y, behind);
        if (motion.border) motion.frame->blendBorder(canvas, rect.x, rect.y, motion.border);
    }
    if (stalled)
        tile.stalled->blend(canvas, (rect.x + (rect.width - tile.stalled->width()) / 2) & ~1,
                            (rect.y + (rect.height - tile.stalled->height()) / 2) & ~1);
    const int inset = nameInset(rect.height);
    if (tile.name && tile.name->width() + 2 * inset <= rect.width &&
        tile.name->height() + 2 * inset <= rect.height) {
        tile.name->blend(canvas, rect.x + inset,
                         (rect.y + rect.height - inset - tile.name->height()) & ~1);
    }
}

} // namespace mullion
