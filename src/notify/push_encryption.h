#pragma once

#include <string>
#include <string_view>

#include "src/base/result.h"
#include "src/notify/p256.h"

namespace mullion {

/// The most that fits into one message, bytes: push services take 4096 with what encryption adds
/// (RFC 8291, 4).
inline constexpr std::size_t kMaxPushText = 3993;

/// What a browser gave us to encrypt for it: its `p256dh` and `auth`.
struct PushKeys {
    P256Key browser;
    /// 16 bytes.
    std::string auth;

    /// From base64url. @return BadRequest, its `field` telling which is wrong.
    static Result<PushKeys> parse(std::string_view p256dh, std::string_view auth);
};

/// `text` for that browser alone: the body of a push with the content coding `aes128gcm`
/// (RFC 8291, 3; RFC 8188). Thread-safe. @return TooLarge, Internal.
Result<std::string> encryptPush(std::string_view text, const PushKeys& keys);

/// The same with a pair and a salt of 16 bytes that are given: neither may be used twice.
Result<std::string> encryptPush(std::string_view text, const PushKeys& keys, const P256Key& own,
                                std::string_view salt);

} // namespace mullion
