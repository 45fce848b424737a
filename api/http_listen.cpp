#include "api/http_server.h"

#include <sys/socket.h>

namespace mullion::api {

namespace {

GRef<GInetAddress> addressOf(const std::string& text) {
    if (text == "localhost")
        return GRef<GInetAddress>::adopt(g_inet_address_new_loopback(G_SOCKET_FAMILY_IPV4));
    return GRef<GInetAddress>::adopt(g_inet_address_new_from_string(text.c_str()));
}

} // namespace

bool isLoopback(const std::string& address) {
    const auto parsed = addressOf(address);
    return parsed && g_inet_address_get_is_loopback(parsed.get());
}

Result<void> HttpServer::reloadCertificate() {
    GError* raw = nullptr;
    const auto certificate = GRef<GTlsCertificate>::adopt(g_tls_certificate_new_from_files(
        options_.certificateFile.c_str(), options_.keyFile.c_str(), &raw));
    if (!certificate) {
        const GErrorPtr error(raw);
        return Error{ErrorCode::BadRequest, "cannot use the certificate " +
                                                options_.certificateFile + " with the key " +
                                                options_.keyFile + ": " + error->message};
    }
    // As a property, which those who listen follow.
    g_object_set(server_.get(), "tls-certificate", certificate.get(), nullptr);
    return {};
}

Result<int> HttpServer::listen(const Options& options) {
    options_ = options;
    if (isSecure()) TRY(reloadCertificate());
    const auto address = addressOf(options.listen);
    if (!address)
        return Error{ErrorCode::BadRequest, "not an IP address to listen on: " + options.listen,
                     "server.listen"};
    const auto socketAddress = GRef<GSocketAddress>::adopt(
        g_inet_socket_address_new(address.get(), static_cast<guint16>(options.port)));
    GError* raw = nullptr;
    if (!soup_server_listen(server_.get(), socketAddress.get(),
                            isSecure() ? SOUP_SERVER_LISTEN_HTTPS : SoupServerListenOptions(0),
                            &raw)) {
        const GErrorPtr error(raw);
        const std::string where = options.listen + ":" + std::to_string(options.port);
        if (g_error_matches(raw, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
            return Error{ErrorCode::Unavailable, where + " is in use by another program; choose "
                                                         "another port with --port"};
        return Error{ErrorCode::Unavailable, "cannot listen on " + where + ": " + error->message};
    }
    const GPtr<GSList, g_slist_free> listeners(soup_server_get_listeners(server_.get()));
    // GLib lets ten wait to be accepted. When all come back at once, as after a restart, the others
    // would be dropped and try again only a second later.
    ::listen(g_socket_get_fd(static_cast<GSocket*>(listeners->data)), SOMAXCONN);
    const auto bound = GRef<GSocketAddress>::adopt(
        g_socket_get_local_address(static_cast<GSocket*>(listeners->data), nullptr));
    return g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(bound.get()));
}

} // namespace mullion::api
