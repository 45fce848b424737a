#include "api/routes.h"

#include <algorithm>

namespace mullion::api {

void addRoutes(Router& router, Context& context) {
    addServiceRoutes(router, context);
    addCallRoutes(router, context);
    addPictureRoutes(router, context);
    addParticipantRoutes(router, context);
}

Result<void> requireNoFields(const Request& request) {
    return JsonReader(request.body).finish();
}

bool isPrintable(const std::string& text) {
    return std::none_of(text.begin(), text.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

} // namespace mullion::api
