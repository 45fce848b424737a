#include "api/routes.h"

#include <algorithm>
#include <charconv>

#include "src/base/ids.h"

namespace mullion::api {

void addRoutes(Router& router, Context& context) {
    addServiceRoutes(router, context);
    addCallRoutes(router, context);
    addChatRoutes(router, context);
    addLinkRoutes(router, context);
    addLobbyRoutes(router, context);
    addPictureRoutes(router, context);
    addParticipantRoutes(router, context);
    addSnapshotRoutes(router, context);
    addProgrammeRoutes(router, context);
    addRecordingRoutes(router, context);
    addBroadcastRoutes(router, context);
    addSoundRoutes(router, context);
    addWhipRoutes(router, context);
    addUserRoutes(router, context);
    addPushRoutes(router, context);
}

Result<void> requireNoFields(const Request& request) {
    return JsonReader(request.body).finish();
}

Result<int> pageLimit(const Request& request) {
    constexpr int kMax = 200;
    int value = 50;
    const std::string& limit = request.queryValue("limit");
    if (limit.empty()) return value;
    const auto [end, error] = std::from_chars(limit.data(), limit.data() + limit.size(), value);
    if (error != std::errc() || end != limit.data() + limit.size() || value < 1 || value > kMax)
        return Error{ErrorCode::BadRequest, "`limit` must be a number from 1 to 200", "limit"};
    return value;
}

std::string originOf(const Context& context, const Request& request) {
    return context.scheme() + "://" + request.header("host");
}

std::vector<std::string> usersFrom(JsonReader& reader, const std::string& self) {
    const Json& json = reader.any("participants");
    std::vector<std::string> users;
    if (!json.is_array()) {
        reader.refuse("participants", "`participants` must be a list of user ids");
        return users;
    }
    // Bounds the search below; a call takes far fewer.
    if (json.size() > 1000) reader.refuse("participants", "`participants` has too many entries");
    for (const Json& entry : json) {
        if (!entry.is_string() || !isValidId(entry.get_ref<const std::string&>())) {
            reader.refuse("participants", "`participants` must hold user ids");
            return users;
        }
        const auto& user = entry.get_ref<const std::string&>();
        if (user != self && std::find(users.begin(), users.end(), user) == users.end())
            users.push_back(user);
    }
    return users;
}

bool isPrintable(const std::string& text) {
    return std::none_of(text.begin(), text.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

} // namespace mullion::api
