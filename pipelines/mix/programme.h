#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "pipelines/mix/mix.h"
#include "pipelines/mix/programme_sound.h"
#include "src/base/batch_thread.h"
#include "src/wire/messages.h"

namespace mullion {

/// What recordings, broadcasts and those who watch take of a call: its picture and its full sound,
/// each encoded once for all of them.
///
///     alike:    the rungs of the call itself
///     differs:  the shown pictures ▸ a composer of its own ▸ dressing ▸ rungs of its own
///
/// As long as it is alike it costs nothing. Main-bound.
class Programme {
public:
    struct Settings {
        wire::Canvas canvas = {};
        /// As Ladder has it.
        int topBitrate = 0;
    };

    struct Callbacks {
        /// ladder() is another one, or whether it differs has changed.
        std::function<void()> onChanged;
        /// As Mix has it.
        std::function<void(const std::string&)> onFailed;
    };

    /// `mix` outlives it.
    Programme(Mix& mix, Settings settings, Callbacks callbacks);
    ~Programme();
    Programme(const Programme&) = delete;
    Programme& operator=(const Programme&) = delete;

    /// Takes effect once all is drawn.
    void set(const wire::SetProgramme& request);
    void setCanvas(const wire::Canvas& canvas);

    /// Whether it is something else than the call's own picture, for which show() is needed.
    bool differs() const { return differs_; }

    /// How people stand in it; nothing: as in the call.
    const std::optional<wire::Layout>& layout() const { return request_.programme.layout; }

    /// Whether something is to be seen between and around the tiles.
    bool hasBackground() const { return !request_.programme.background.empty(); }

    /// Shows these tiles from the next tick on.
    void show(const std::vector<TileFace>& faces);

    Ladder& ladder() { return differs_ ? own_->ladder : mix_.ladder(); }

    ProgrammeSound& aac() { return aac_; }

    ProgrammeSound& opus() { return opus_; }

    /// How many encoders run for it alone, and what its own composer and they have made so far.
    int encoders() const { return own_ ? own_->ladder.running() : 0; }

    std::uint64_t painted() const { return own_ ? own_->composer->painted() : 0; }

    std::uint64_t encoded() const { return own_ ? own_->ladder.encoded() : 0; }

private:
    /// Made when it is first needed, and kept: what takes its rungs goes on until the first key
    /// frame of others.
    struct Own {
        std::unique_ptr<Composer> composer;
        Ladder ladder;
    };

    struct Drawing {
        wire::SetProgramme request;
        wire::Canvas canvas;
    };

    void draw();
    void onDrawn(const Drawing& drawn, std::shared_ptr<const Dressing> dressing);

    Mix& mix_;
    Settings settings_;
    Callbacks callbacks_;
    ShareTime shareTime_;
    ProgrammeSound aac_;
    ProgrammeSound opus_;
    std::unique_ptr<Own> own_ = {};
    bool differs_ = false;
    wire::SetProgramme request_ = {};
    /// For callbacks that may come after the end.
    std::shared_ptr<Programme*> self_ = std::make_shared<Programme*>(this);
    /// The thread's own.
    std::shared_ptr<const Dressing> drawn_ = std::make_shared<Dressing>();
    /// Draws. Last: it uses what is above.
    std::unique_ptr<BatchThread<Drawing>> thread_ = {};
};

} // namespace mullion
