#pragma once

#include <cstddef>
#include <cstdint>

#include <memory>
#include <span>
#include <unordered_map>

#include <openssl/evp.h>

#include "pipelines/gst/ref.h"
#include "src/base/result.h"

namespace mullion {

/// Encrypts and signs RTP by AES_CM_128_HMAC_SHA1_80, the profile of SRTP that every client of
/// WebRTC has (RFC 3711; RFC 8827, 6.5). By OpenSSL, a sixth of what libsrtp takes as Debian builds
/// it. Not thread-safe.
class SrtpCipher {
public:
    /// Bytes of the master key with its salt, and of what a packet grows by.
    static constexpr std::size_t kMasterKey = 16;
    static constexpr std::size_t kMasterSalt = 14;
    static constexpr std::size_t kTag = 10;

    /// `master`: key and salt, kMasterKey + kMasterSalt bytes.
    /// @return Internal where OpenSSL has no such cipher.
    static Result<std::unique_ptr<SrtpCipher>> create(std::span<const std::uint8_t> master);

    /// Protects a packet of RTP in place. `packet` has the kTag bytes behind it, which are filled.
    /// Of each source, packets come in about the order of their numbers.
    /// @return false where it is no whole packet of RTP, which is left as it is.
    bool protect(std::span<std::uint8_t> packet);

private:
    using Cipher = GPtr<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
    using Mac = GPtr<EVP_MAC_CTX, EVP_MAC_CTX_free>;

    /// What the numbers of a source have come to.
    struct Source {
        std::uint32_t rollovers = 0;
        std::uint16_t newest = 0;
    };

    SrtpCipher() = default;
    std::uint32_t rolloversOf(std::uint32_t ssrc, std::uint16_t number);

    Cipher cipher_ = {};
    Mac mac_ = {};
    std::uint8_t salt_[kMasterSalt] = {};
    std::unordered_map<std::uint32_t, Source> sources_ = {};
};

} // namespace mullion
