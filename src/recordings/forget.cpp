#include "src/recordings/forget.h"

namespace mullion {

namespace {

/// Who stands where somebody has been erased.
constexpr const char* kNobody = "erased";

/// Texts in lists, such as those who are pinned, are ids of users.
bool forgetIn(Json& json, const std::string& userId) {
    bool wasThere = false;
    const bool isHe = json.is_object() && json.value("user_id", Json()) == userId;
    if (isHe && json.contains("name")) json["name"] = "";
    for (auto entry = json.begin(); entry != json.end(); ++entry) {
        Json& value = *entry;
        const bool isId =
            json.is_array() || entry.key() == "user_id" || entry.key() == "created_by";
        if (value.is_structured()) {
            wasThere |= forgetIn(value, userId);
        } else if (isId && value == userId) {
            value = kNobody;
            wasThere = true;
        }
    }
    return wasThere;
}

} // namespace

bool forget(Recording& recording, const std::string& userId) {
    bool wasThere = std::erase(recording.hosts, userId) > 0;
    Json chat = Json::array();
    for (const Json& message : recording.chat)
        if (!message.is_object() || message.value("user_id", Json()) != userId)
            chat.push_back(message);
    wasThere |= chat.size() != recording.chat.size();
    recording.chat = std::move(chat);
    for (RecordedPart& part : recording.parts)
        if (part.owner && part.owner->userId == userId) {
            part.owner->userId = kNobody;
            wasThere = true;
        }
    for (Json* json : {&recording.call, &recording.layouts})
        if (json->is_structured()) wasThere |= forgetIn(*json, userId);
    return wasThere;
}

} // namespace mullion
