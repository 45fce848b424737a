#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "src/base/json.h"
#include "src/base/timestamp.h"
#include "src/wire/messages.h"

namespace mullion {

/// What is known of one broadcast, which lies in its folder as JSON. Plain data.
struct BroadcastRecord {
    std::string id;
    std::string callId;
    wire::BroadcastKind kind = wire::BroadcastKind::Hls;
    /// Or of sound alone.
    bool video = true;
    /// Everybody may watch who knows the address.
    bool isPublic = false;
    /// HLS: whoever comes late can go back to its beginning.
    bool keepsAll = false;
    /// Where it is pushed to; empty: others come and take it. Holds the receiver's key.
    std::string url = {};
    std::string passphrase = {};
    /// Of SRT and RTSP, where others come and take it.
    int port = 0;
    std::string key = {};
    std::string startedBy;
    Timestamp startedAt = {};
    std::optional<Timestamp> endedAt = {};
    wire::BroadcastState state = wire::BroadcastState::Starting;
    /// A code of the API and words: why it failed or is tried again.
    std::string code = {};
    std::string reason = {};
    /// Not kept.
    bool wasLive = false;
    int viewers = 0;
    int bitrate = 0;

    bool isOver() const { return state >= wire::BroadcastState::Failed; }

    bool isPushed() const { return !url.empty(); }
};

/// As the interface shows it, with the addresses at which it is.
Json toJson(const BroadcastRecord& record, std::vector<std::string> urls = {});

/// A push's address without what only its owner may know: `rtmp://host/app/…`.
std::string redacted(const std::string& url);

/// What lies in the folder, and back. @return Internal for a text that is not one of ours.
std::string toDocument(const BroadcastRecord& record);
Result<BroadcastRecord> broadcastFromDocument(const std::string& text);

} // namespace mullion
