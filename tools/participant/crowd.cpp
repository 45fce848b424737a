#include "tools/participant/crowd.h"

#include <algorithm>
#include <utility>

#include "src/base/ids.h"

namespace mullion::participant {

using namespace std::chrono_literals;

namespace {

struct Someone {
    const char* name;
    Colour colour;
    double pitchHz;
    bool longHair;
    Colour hair;
    Colour skin;
};

constexpr Someone kPeople[] = {
    {"Ada Lovelace", {96, 148, 190}, 210, true, {58, 36, 28}, {236, 196, 168}},
    {"Alan Turing", {190, 140, 88}, 115, false, {62, 48, 40}, {232, 188, 156}},
    {"Grace Hopper", {120, 168, 120}, 190, true, {150, 146, 140}, {228, 184, 154}},
    {"Claude Shannon", {170, 120, 160}, 105, false, {96, 92, 88}, {230, 186, 156}},
    {"Hedy Lamarr", {190, 110, 110}, 220, true, {34, 26, 24}, {238, 200, 174}},
    {"Mark Dean", {110, 160, 165}, 110, false, {28, 24, 22}, {128, 86, 62}},
    {"Radia Perlman", {180, 160, 96}, 200, true, {110, 82, 60}, {232, 190, 160}},
    {"Fei-Fei Li", {136, 128, 190}, 205, true, {24, 20, 22}, {234, 198, 164}},
};

const Someone& someone(int index) {
    return kPeople[static_cast<std::size_t>(index) % std::size(kPeople)];
}

Scene sceneFor(int index, int count, Scene::Kind kind) {
    Scene scene;
    scene.kind = kind;
    scene.colour = someone(index).colour;
    if (kind == Scene::Kind::Test) {
        scene.pitchHz = 300 + 110.0 * index;
        scene.seconds = 2;
        return scene;
    }
    // One speaks after the other; small pictures, because each is drawn and encoded at the start.
    constexpr int kMostTurns = 4;
    const int turns = std::min(count, kMostTurns);
    scene.pitchHz = someone(index).pitchHz;
    scene.longHair = someone(index).longHair;
    scene.hair = someone(index).hair;
    scene.skin = someone(index).skin;
    scene.width = 480;
    scene.height = 270;
    scene.seconds = 1.6 * turns;
    scene.speaksFrom = static_cast<double>(index % turns) / turns;
    scene.speaksUntil = static_cast<double>(index % turns + 1) / turns;
    return scene;
}

struct EncodeJob {
    std::weak_ptr<Crowd> crowd;
    Scene scene;
    std::function<void(Result<std::shared_ptr<const Clip>>)> done;
};

} // namespace

Crowd::Crowd(Options options, Callbacks callbacks)
    : options_(std::move(options))
    , callbacks_(std::move(callbacks)) {}

std::shared_ptr<Crowd> Crowd::create(Options options, Callbacks callbacks) {
    std::shared_ptr<Crowd> crowd(new Crowd(std::move(options), std::move(callbacks)));
    crowd->encodeAll();
    crowd->watch();
    return crowd;
}

void Crowd::encodeAll() {
    static GThreadPool* encoders = g_thread_pool_new(
        [](void* data, void*) {
            const std::unique_ptr<EncodeJob> job(static_cast<EncodeJob*>(data));
            if (job->crowd.expired()) return;
            postToMain([done = job->done, clip = encodeClip(job->scene)] { done(clip); });
        },
        nullptr, static_cast<int>(g_get_num_processors()), FALSE, nullptr);
    for (int i = 0; i < options_.count; ++i)
        g_thread_pool_push(encoders,
                           new EncodeJob{weak_from_this(),
                                         sceneFor(i, options_.count, options_.kind),
                                         [weak = weak_from_this(), i](const auto& clip) {
                                             if (const auto self = weak.lock()) self->add(i, clip);
                                         }},
                           nullptr);
}

void Crowd::add(int index, const Result<std::shared_ptr<const Clip>>& clip) {
    const std::string name = someone(index).name;
    ++ready_;
    if (!clip) return callbacks_.onProblem(name, clip.error().message);
    const bool decodes = members_.empty() && !options_.snapshot.empty();
    const auto member =
        Member::create({options_.server, "demo-" + newId(), name, {*clip, decodes}},
                       [onProblem = callbacks_.onProblem, name](const std::string& problem) {
                           onProblem(name, problem);
                       });
    members_.push_back(member);
    if (!options_.callId.empty()) {
        member->join(options_.callId, [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->onIn();
        });
    } else if (!starting_) {
        starting_ = true;
        member->start(options_.title, [weak = weak_from_this()](const std::string& callId) {
            if (const auto self = weak.lock()) self->onCall(callId);
        });
    }
}

void Crowd::onCall(const std::string& callId) {
    options_.callId = callId;
    for (std::size_t i = 1; i < members_.size(); ++i)
        members_[i]->join(callId);
    onIn();
}

void Crowd::onIn() {
    if (!std::exchange(hasBeenIn_, true)) callbacks_.onCall(options_.callId);
}

bool Crowd::isOver() const {
    // Without the one who starts the call nobody else sets out.
    if (starting_ && options_.callId.empty()) return members_[0]->ended();
    return ready_ == options_.count &&
           std::all_of(members_.begin(), members_.end(),
                       [](const auto& member) { return member->ended(); });
}

void Crowd::leave(std::function<void()> onLeft) {
    watching_.cancel();
    auto left = std::make_shared<std::size_t>(0);
    if (members_.empty()) return onLeft();
    for (const auto& member : members_)
        member->leave([left, all = members_.size(), onLeft] {
            if (++*left == all) onLeft();
        });
}

void Crowd::watch() {
    watching_ = every(1s, [this] {
        if (!isOver()) return true;
        callbacks_.onEnded();
        return false;
    });
    if (!options_.snapshot.empty())
        snapshots_ = every(2s, [this] {
            // Nothing to save before the first frame.
            if (!members_.empty() && members_[0]->peer())
                (void)members_[0]->peer()->seen().savePng(options_.snapshot);
            return true;
        });
}

} // namespace mullion::participant
