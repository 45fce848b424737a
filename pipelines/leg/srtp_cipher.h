#pragma once

#include <cstddef>
#include <cstdint>

#include <bitset>
#include <memory>
#include <span>
#include <unordered_map>

#include <openssl/evp.h>

#include "pipelines/gst/ref.h"
#include "src/base/result.h"

namespace mullion {

/// Encrypts and signs RTP, or checks and decrypts it, by AES_CM_128_HMAC_SHA1_80, the profile of
/// SRTP that every client of WebRTC has (RFC 3711; RFC 8827, 6.5). By OpenSSL, a sixth of what
/// libsrtp takes as Debian builds it. One object is for one direction. Not thread-safe.
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

    /// Opens a packet in place. One that has come already, or later than kWindow others of its
    /// source, is refused: it may be somebody's who has recorded it.
    /// @return its bytes without the tag; 0 where it is refused, not genuine or no packet of RTP.
    std::size_t unprotect(std::span<std::uint8_t> packet);

private:
    /// Packets that may overtake one.
    static constexpr std::size_t kWindow = 256;
    /// A client has a handful, one more for each device it has changed to.
    static constexpr std::size_t kMaxSources = 256;
    using Cipher = GPtr<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
    using Mac = GPtr<EVP_MAC_CTX, EVP_MAC_CTX_free>;

    /// How far a source has come.
    struct Source {
        /// The index of its newest packet (RFC 3711, 3.3.1): rollovers and number.
        std::int64_t newest = 0;
        /// Which of the packets up to that have come, the newest first.
        std::bitset<kWindow> come = {};
    };

    struct Tag {
        std::uint8_t bytes[20];
    };

    SrtpCipher() = default;
    std::int64_t indexOf(const std::uint8_t* packet) const;
    bool crypt(std::span<std::uint8_t> packet, std::size_t header, std::int64_t index);
    bool sign(std::span<const std::uint8_t> packet, std::int64_t index, Tag* tag);

    Cipher cipher_ = {};
    Mac mac_ = {};
    std::uint8_t salt_[kMasterSalt] = {};
    std::unordered_map<std::uint32_t, Source> sources_ = {};
};

} // namespace mullion
