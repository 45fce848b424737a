#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_set>

#include "pipelines/mix/composer.h"
#include "src/base/result.h"

namespace mullion {

/// Pictures of the canvas as JPEG. Main-bound; they are encoded on a thread of their own, so that
/// the composer and who takes its frames are not held up.
///
/// The composer paints for whoever is connected: where nobody is, it makes this one canvas.
class Snapshots {
public:
    using Done = std::function<void(const Result<std::string>&)>;

    /// `composer` outlives this.
    explicit Snapshots(Composer& composer);
    ~Snapshots();
    Snapshots(const Snapshots&) = delete;
    Snapshots& operator=(const Snapshots&) = delete;

    /// The next canvas, `width` as encodeJpeg() has it. `done` is called on the main context with
    /// the bytes, or Internal; not at all where this goes before.
    void take(int width, Done done);

private:
    class Shutter;

    void onEncoded(const std::shared_ptr<Shutter>& shutter, const Result<std::string>& jpeg);

    Composer& composer_;
    std::unordered_set<std::shared_ptr<Shutter>> shutters_ = {};
    /// Dies with this; what comes later holds it weakly.
    std::shared_ptr<Snapshots*> self_;
};

} // namespace mullion
