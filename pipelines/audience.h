#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "pipelines/leg/leg.h"
#include "src/wire/messages.h"

namespace mullion {

/// Those who watch a call by WebRTC and are not in it. Each has a leg that sends nothing into the
/// mix and gets the programme: a rung, and the full mix as it is encoded for all of them.
/// Main-bound.
class Audience : public LegObserver {
public:
    struct Callbacks {
        std::function<void(const wire::FromCall&)> tell;
        /// Whether anybody takes the picture may have changed.
        std::function<void()> onChanged;
    };

    /// `mix` and `programme` outlive it.
    Audience(Mix& mix, Programme& programme, IceSettings ice, Callbacks callbacks);
    ~Audience() override;

    /// @return what Leg::create() says; then the leg is told to be closed by nobody.
    Result<void> offer(const wire::Offer& request, sdp::Offer offer);
    /// Null for a leg that is not of these.
    std::shared_ptr<Leg> find(const std::string& leg) const;
    void close(const std::string& leg, const std::string& reason, const std::string& message = "");
    void setRungs();

    bool takesPicture() const;

    std::vector<wire::LegInfo> legs() const;

private:
    void onLegAnswer(Leg& leg, const std::string& sdp) override;
    void onLegCandidate(Leg& leg, const wire::CandidateLine& line) override;
    void onLegConnected(Leg& leg) override;

    void onLegCarriesMedia(Leg&) override {}

    void onLegPicture(Leg&, wire::PictureSource) override {}

    void onLegFailed(Leg& leg, const std::string& reason) override;

    Mix& mix_;
    Programme& programme_;
    IceSettings ice_;
    Callbacks callbacks_;
    /// By id.
    std::map<std::string, std::shared_ptr<Leg>> legs_ = {};
};

} // namespace mullion
