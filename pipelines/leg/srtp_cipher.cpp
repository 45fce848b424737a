#include "pipelines/leg/srtp_cipher.h"

#include <algorithm>
#include <array>
#include <cstring>

#include <openssl/core_names.h>
#include <openssl/params.h>

namespace mullion {

namespace {

constexpr std::size_t kBlock = 16;
constexpr std::size_t kAuthKey = 20;
constexpr std::size_t kFixedHeader = 12;

/// What a session's keys are derived by (RFC 3711, 4.3.1).
enum class Label : std::uint8_t { Cipher = 0, Auth = 1, Salt = 2 };

using Block = std::array<std::uint8_t, kBlock>;

std::uint16_t read16(const std::uint8_t* from) {
    return static_cast<std::uint16_t>(from[0] << 8 | from[1]);
}

std::uint32_t read32(const std::uint8_t* from) {
    return std::uint32_t{read16(from)} << 16 | read16(from + 2);
}

void write32(std::uint8_t* to, std::uint32_t value) {
    for (int i = 0; i < 4; ++i)
        to[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

/// Adds the key stream that begins at `start` to `size` bytes.
bool addKeyStream(EVP_CIPHER_CTX* cipher, const Block& start, std::uint8_t* bytes,
                  std::size_t size) {
    int done = 0;
    return EVP_EncryptInit_ex(cipher, nullptr, nullptr, nullptr, start.data()) == 1 &&
           EVP_EncryptUpdate(cipher, bytes, &done, bytes, static_cast<int>(size)) == 1;
}

bool useKey(EVP_CIPHER_CTX* cipher, const std::uint8_t* key) {
    return EVP_EncryptInit_ex(cipher, EVP_aes_128_ctr(), nullptr, key, nullptr) == 1;
}

/// The first bytes of the key stream of a label (4.3.3); `cipher` has the master key.
bool derive(EVP_CIPHER_CTX* cipher, std::span<const std::uint8_t> masterSalt, Label label,
            std::span<std::uint8_t> key) {
    Block start = {};
    std::copy(masterSalt.begin(), masterSalt.end(), start.begin());
    start[7] ^= static_cast<std::uint8_t>(label);
    std::fill(key.begin(), key.end(), 0);
    return addKeyStream(cipher, start, key.data(), key.size());
}

/// Bytes of a header with its sources and its extension (RFC 3550, 5.1); 0 where it is not whole.
std::size_t headerOf(std::span<const std::uint8_t> packet) {
    if (packet.size() < kFixedHeader || packet[0] >> 6 != 2) return 0;
    std::size_t size = kFixedHeader + std::size_t{4} * (packet[0] & 0xf);
    if (packet[0] & 0x10) {
        if (packet.size() < size + 4) return 0;
        size += 4 + std::size_t{4} * read16(&packet[size + 2]);
    }
    return size <= packet.size() ? size : 0;
}

} // namespace

Result<std::unique_ptr<SrtpCipher>> SrtpCipher::create(std::span<const std::uint8_t> master) {
    const Error failed{ErrorCode::Internal, "OpenSSL has no cipher for SRTP"};
    if (master.size() != kMasterKey + kMasterSalt)
        return Error{ErrorCode::Internal, "a key of SRTP has another size"};
    const auto masterSalt = master.subspan(kMasterKey);
    std::unique_ptr<SrtpCipher> made(new SrtpCipher());
    made->cipher_.reset(EVP_CIPHER_CTX_new());
    EVP_CIPHER_CTX* cipher = made->cipher_.get();
    std::array<std::uint8_t, kMasterKey> key;
    std::array<std::uint8_t, kAuthKey> authKey;
    if (!useKey(cipher, master.data()) || !derive(cipher, masterSalt, Label::Cipher, key) ||
        !derive(cipher, masterSalt, Label::Auth, authKey) ||
        !derive(cipher, masterSalt, Label::Salt, made->salt_) || !useKey(cipher, key.data()))
        return failed;

    const GPtr<EVP_MAC, EVP_MAC_free> hmac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
    made->mac_.reset(EVP_MAC_CTX_new(hmac.get()));
    char digest[] = "SHA1";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end()};
    if (!made->mac_ || EVP_MAC_init(made->mac_.get(), authKey.data(), kAuthKey, parameters) != 1)
        return failed;
    return made;
}

/// How often the number of a source has passed 65535 by the packet with this one, which is one of
/// the 32768 before the newest or after it.
std::uint32_t SrtpCipher::rolloversOf(std::uint32_t ssrc, std::uint16_t number) {
    const auto [entry, isNew] = sources_.try_emplace(ssrc, Source{0, number});
    Source& source = entry->second;
    const auto ahead = static_cast<std::int16_t>(number - source.newest);
    if (isNew || ahead == 0) return source.rollovers;
    if (ahead < 0) return source.rollovers - (number > source.newest ? 1 : 0);
    if (number < source.newest) ++source.rollovers;
    source.newest = number;
    return source.rollovers;
}

bool SrtpCipher::protect(std::span<std::uint8_t> packet) {
    const std::size_t header = headerOf(packet);
    if (header == 0) return false;
    const std::uint16_t number = read16(&packet[2]);
    const std::uint32_t ssrc = read32(&packet[8]);
    const std::uint32_t rollovers = rolloversOf(ssrc, number);

    // Salt, SSRC and the packet's index of 48 bits, shifted and added (RFC 3711, 4.1.1).
    Block start = {};
    std::memcpy(start.data(), salt_, sizeof salt_);
    const std::uint8_t* ssrcBytes = &packet[8];
    for (int i = 0; i < 4; ++i) {
        start[4 + i] ^= ssrcBytes[i];
        start[8 + i] ^= static_cast<std::uint8_t>(rollovers >> (24 - 8 * i));
    }
    start[12] ^= packet[2];
    start[13] ^= packet[3];
    if (!addKeyStream(cipher_.get(), start, packet.data() + header, packet.size() - header))
        return false;

    std::uint8_t counter[4];
    write32(counter, rollovers);
    std::uint8_t tag[kAuthKey];
    std::size_t size = 0;
    if (EVP_MAC_init(mac_.get(), nullptr, 0, nullptr) != 1 ||
        EVP_MAC_update(mac_.get(), packet.data(), packet.size()) != 1 ||
        EVP_MAC_update(mac_.get(), counter, sizeof counter) != 1 ||
        EVP_MAC_final(mac_.get(), tag, &size, sizeof tag) != 1)
        return false;
    std::memcpy(packet.data() + packet.size(), tag, kTag);
    return true;
}

} // namespace mullion
