#include "pipelines/leg/srtp_cipher.h"

#include <algorithm>
#include <array>
#include <cstring>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>

#include "pipelines/leg/rtp_packet.h"

namespace mullion {

namespace {

constexpr std::size_t kBlock = 16;
constexpr std::size_t kAuthKey = 20;

/// What a session's keys are derived by (RFC 3711, 4.3.1).
enum class Label : std::uint8_t { Cipher = 0, Auth = 1, Salt = 2 };

using Block = std::array<std::uint8_t, kBlock>;

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

/// The index of a packet, which is one of the 32768 before the newest of its source or after it;
/// negative where there is none.
std::int64_t SrtpCipher::indexOf(const std::uint8_t* packet) const {
    const std::uint16_t number = rtp::read16(packet + 2);
    const auto source = sources_.find(rtp::read32(packet + 8));
    if (source == sources_.end()) return number;
    const std::int64_t newest = source->second.newest;
    return newest + static_cast<std::int16_t>(number - static_cast<std::uint16_t>(newest));
}

bool SrtpCipher::crypt(std::span<std::uint8_t> packet, std::size_t header, std::int64_t index) {
    // Salt, SSRC and the packet's index of 48 bits, shifted and added (RFC 3711, 4.1.1).
    Block start = {};
    std::memcpy(start.data(), salt_, sizeof salt_);
    for (int i = 0; i < 4; ++i)
        start[4 + i] ^= packet[8 + i];
    for (int i = 0; i < 6; ++i)
        start[8 + i] ^= static_cast<std::uint8_t>(index >> (40 - 8 * i));
    return addKeyStream(cipher_.get(), start, packet.data() + header, packet.size() - header);
}

bool SrtpCipher::sign(std::span<const std::uint8_t> packet, std::int64_t index, Tag* tag) {
    std::uint8_t rollovers[4];
    rtp::write32(rollovers, static_cast<std::uint32_t>(index >> 16));
    std::size_t size = 0;
    return EVP_MAC_init(mac_.get(), nullptr, 0, nullptr) == 1 &&
           EVP_MAC_update(mac_.get(), packet.data(), packet.size()) == 1 &&
           EVP_MAC_update(mac_.get(), rollovers, sizeof rollovers) == 1 &&
           EVP_MAC_final(mac_.get(), tag->bytes, &size, sizeof tag->bytes) == 1;
}

bool SrtpCipher::protect(std::span<std::uint8_t> packet) {
    const std::size_t header = rtp::headerSize(packet);
    if (header == 0) return false;
    const std::int64_t index = indexOf(packet.data());
    Tag tag;
    if (index < 0 || !crypt(packet, header, index) || !sign(packet, index, &tag)) return false;
    std::memcpy(packet.data() + packet.size(), tag.bytes, kTag);
    Source& source = sources_[rtp::sourceOf(packet)];
    source.newest = std::max(source.newest, index);
    return true;
}

std::size_t SrtpCipher::unprotect(std::span<std::uint8_t> packet) {
    if (packet.size() < kTag) return 0;
    const auto content = packet.first(packet.size() - kTag);
    const std::size_t header = rtp::headerSize(content);
    if (header == 0) return 0;
    const std::int64_t index = indexOf(content.data());
    if (index < 0) return 0;
    const std::uint32_t ssrc = rtp::sourceOf(content);
    const auto known = sources_.find(ssrc);
    if (known == sources_.end() && sources_.size() >= kMaxSources) return 0;
    const std::int64_t ahead = known == sources_.end() ? 0 : index - known->second.newest;
    if (known != sources_.end() && ahead <= 0) {
        const auto back = static_cast<std::size_t>(-ahead);
        if (back >= kWindow || known->second.come[back]) return 0;
    }
    Tag tag;
    if (!sign(content, index, &tag) ||
        CRYPTO_memcmp(tag.bytes, packet.data() + content.size(), kTag) != 0 ||
        !crypt(content, header, index))
        return 0;

    // Only now, so that nobody else moves the window.
    Source& source = known == sources_.end() ? sources_[ssrc] : known->second;
    if (ahead > 0) source.come <<= static_cast<std::size_t>(ahead);
    source.newest = std::max(source.newest, index);
    source.come.set(static_cast<std::size_t>(source.newest - index));
    return content.size();
}

} // namespace mullion
