#include "src/base/base64url.h"

#include <algorithm>

#include "src/base/gref.h"

namespace mullion {

std::string base64Url(std::string_view bytes) {
    const GCharPtr encoded(
        g_base64_encode(reinterpret_cast<const guchar*>(bytes.data()), bytes.size()));
    std::string text(encoded.get());
    text.erase(text.find_last_not_of('=') + 1);
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    return text;
}

Result<std::string> fromBase64Url(std::string_view text) {
    std::string standard(text.substr(0, text.find_last_not_of('=') + 1));
    const std::string bare = standard;
    std::replace(standard.begin(), standard.end(), '-', '+');
    std::replace(standard.begin(), standard.end(), '_', '/');
    standard.append((4 - standard.size() % 4) % 4, '=');
    gsize size = 0;
    const GPtr<guchar, g_free> decoded(g_base64_decode(standard.c_str(), &size));
    std::string bytes(reinterpret_cast<const char*>(decoded.get()), size);
    // The decoder skips what is no base64, and bits that are too many.
    if (base64Url(bytes) != bare) return Error{ErrorCode::BadRequest, "this is no base64url"};
    return bytes;
}

} // namespace mullion
