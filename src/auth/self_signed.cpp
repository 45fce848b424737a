#include "src/auth/self_signed.h"

#include <arpa/inet.h>
#include <array>
#include <ctime>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <set>
#include <unistd.h>

#include <glib.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "src/base/gref.h"

namespace mullion {

namespace {

constexpr std::time_t kDay = 24 * 60 * 60;
constexpr std::time_t kLifetime = 365 * kDay;
constexpr std::time_t kRenewBefore = 30 * kDay;

using KeyPtr = GPtr<gnutls_x509_privkey_int, gnutls_x509_privkey_deinit>;
using CertificatePtr = GPtr<gnutls_x509_crt_int, gnutls_x509_crt_deinit>;

Error failed(const char* what, int code) {
    return {ErrorCode::Unavailable, std::string(what) + ": " + gnutls_strerror(code)};
}

/// An address in the bytes of a packet; empty for a name.
std::string addressBytes(const std::string& text) {
    std::array<unsigned char, 16> bytes{};
    for (const auto& [family, size] : {std::pair(AF_INET, 4), std::pair(AF_INET6, 16)})
        if (inet_pton(family, text.c_str(), bytes.data()) == 1)
            return {reinterpret_cast<char*>(bytes.data()), static_cast<std::size_t>(size)};
    return "";
}

std::set<std::string> ownAddresses() {
    std::set<std::string> addresses;
    ifaddrs* raw = nullptr;
    if (getifaddrs(&raw) != 0) return addresses;
    const GPtr<ifaddrs, freeifaddrs> list(raw);
    for (const ifaddrs* entry = raw; entry; entry = entry->ifa_next) {
        char text[INET6_ADDRSTRLEN] = "";
        if (entry->ifa_addr && entry->ifa_addr->sa_family == AF_INET)
            inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in*>(entry->ifa_addr)->sin_addr, text,
                      sizeof text);
        else if (entry->ifa_addr && entry->ifa_addr->sa_family == AF_INET6)
            inet_ntop(AF_INET6, &reinterpret_cast<sockaddr_in6*>(entry->ifa_addr)->sin6_addr, text,
                      sizeof text);
        if (*text) addresses.insert(text);
    }
    return addresses;
}

/// A file of 0600 that is there whole or not at all.
Result<void> write(const std::string& path, const gnutls_datum_t& content) {
    GError* raw = nullptr;
    if (!g_file_set_contents_full(path.c_str(), reinterpret_cast<const char*>(content.data),
                                  content.size, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &raw)) {
        const GErrorPtr error(raw);
        return Error{ErrorCode::Unavailable, error->message};
    }
    return {};
}

bool lastsLongEnough(const std::string& path) {
    char* raw = nullptr;
    gsize size = 0;
    if (!g_file_get_contents(path.c_str(), &raw, &size, nullptr)) return false;
    const GCharPtr text(raw);
    gnutls_x509_crt_t made = nullptr;
    if (gnutls_x509_crt_init(&made) < 0) return false;
    const CertificatePtr certificate(made);
    const gnutls_datum_t pem{reinterpret_cast<unsigned char*>(raw), static_cast<unsigned>(size)};
    return gnutls_x509_crt_import(made, &pem, GNUTLS_X509_FMT_PEM) >= 0 &&
           gnutls_x509_crt_get_expiration_time(made) > std::time(nullptr) + kRenewBefore;
}

Result<KeyPtr> makeKey() {
    gnutls_x509_privkey_t raw = nullptr;
    if (const int code = gnutls_x509_privkey_init(&raw); code < 0) return failed("no key", code);
    KeyPtr key(raw);
    const int code = gnutls_x509_privkey_generate(
        raw, GNUTLS_PK_EC, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
    if (code < 0) return failed("no key", code);
    return key;
}

Result<CertificatePtr> makeCertificate(const KeyPtr& key, const std::set<std::string>& names) {
    gnutls_x509_crt_t raw = nullptr;
    if (const int code = gnutls_x509_crt_init(&raw); code < 0)
        return failed("no certificate", code);
    CertificatePtr certificate(raw);
    std::array<unsigned char, 16> serial{};
    gnutls_rnd(GNUTLS_RND_NONCE, serial.data(), serial.size());
    // A positive number (RFC 5280, 4.1.2.2).
    serial[0] = static_cast<unsigned char>((serial[0] & 0x7f) | 0x40);
    const std::time_t time = std::time(nullptr);
    gnutls_x509_crt_set_version(raw, 3);
    gnutls_x509_crt_set_serial(raw, serial.data(), serial.size());
    gnutls_x509_crt_set_activation_time(raw, time - kDay);
    gnutls_x509_crt_set_expiration_time(raw, time + kLifetime);
    constexpr std::string_view kName = "mullion";
    gnutls_x509_crt_set_dn_by_oid(raw, GNUTLS_OID_X520_COMMON_NAME, 0, kName.data(), kName.size());
    for (const std::string& name : names) {
        const std::string address = addressBytes(name);
        const std::string& value = address.empty() ? name : address;
        gnutls_x509_crt_set_subject_alt_name(
            raw, address.empty() ? GNUTLS_SAN_DNSNAME : GNUTLS_SAN_IPADDRESS, value.data(),
            static_cast<unsigned>(value.size()), GNUTLS_FSAN_APPEND);
    }
    gnutls_x509_crt_set_key_purpose_oid(raw, GNUTLS_KP_TLS_WWW_SERVER, 0);
    gnutls_x509_crt_set_key_usage(raw, GNUTLS_KEY_DIGITAL_SIGNATURE);
    gnutls_x509_crt_set_basic_constraints(raw, 0, -1);
    gnutls_x509_crt_set_key(raw, key.get());
    if (const int code = gnutls_x509_crt_sign2(raw, raw, key.get(), GNUTLS_DIG_SHA256, 0); code < 0)
        return failed("the certificate cannot be signed", code);
    return certificate;
}

} // namespace

Result<CertificateFiles> loadOrCreateSelfSigned(const std::string& folder,
                                                const std::vector<std::string>& names) {
    const CertificateFiles files{folder + "/self-signed.pem", folder + "/self-signed.key"};
    if (access(files.key.c_str(), R_OK) == 0 && lastsLongEnough(files.certificate)) return files;
    const KeyPtr key = TRY(makeKey());
    std::set<std::string> all = ownAddresses();
    all.insert("localhost");
    all.insert(names.begin(), names.end());
    const CertificatePtr certificate = TRY(makeCertificate(key, all));
    gnutls_datum_t pem{};
    if (const int code = gnutls_x509_privkey_export2(key.get(), GNUTLS_X509_FMT_PEM, &pem);
        code < 0)
        return failed("the key cannot be written", code);
    Result<void> written = write(files.key, pem);
    gnutls_free(pem.data);
    TRY(written);
    if (const int code = gnutls_x509_crt_export2(certificate.get(), GNUTLS_X509_FMT_PEM, &pem);
        code < 0)
        return failed("the certificate cannot be written", code);
    written = write(files.certificate, pem);
    gnutls_free(pem.data);
    TRY(written);
    return files;
}

} // namespace mullion
