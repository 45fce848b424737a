#include "api/static_files.h"

#include <array>
#include <cstdlib>
#include <sys/stat.h>

#include "api/router.h"
#include "src/base/gref.h"

namespace mullion::api {

namespace {

struct Type {
    std::string_view extension;
    const char* name;
};

constexpr std::array kTypes = std::to_array<Type>({
    {"html", "text/html; charset=utf-8"},
    {"js", "text/javascript; charset=utf-8"},
    {"mjs", "text/javascript; charset=utf-8"},
    {"css", "text/css; charset=utf-8"},
    {"json", "application/json"},
    {"map", "application/json"},
    {"webmanifest", "application/manifest+json"},
    {"svg", "image/svg+xml"},
    {"png", "image/png"},
    {"jpg", "image/jpeg"},
    {"webp", "image/webp"},
    {"ico", "image/x-icon"},
    {"woff2", "font/woff2"},
    {"wasm", "application/wasm"},
    {"mp3", "audio/mpeg"},
    {"ogg", "audio/ogg"},
    {"txt", "text/plain; charset=utf-8"},
});

/// Scripts of our own alone; styles inline, as web components carry theirs.
std::string policyWith(const std::string& mediaOrigin) {
    const std::string also = mediaOrigin.empty() ? "" : ' ' + mediaOrigin;
    return "default-src 'self'; connect-src 'self' ws: wss:" + also +
           "; img-src 'self' data: blob:; media-src 'self' blob: mediastream:" + also +
           "; style-src 'self' 'unsafe-inline'; script-src 'self' 'wasm-unsafe-eval'; "
           "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; "
           "frame-ancestors 'self'";
}

std::string extensionOf(const std::string& path) {
    const auto slash = path.rfind('/');
    const auto dot = path.rfind('.');
    if (dot == std::string::npos || (slash != std::string::npos && dot < slash)) return "";
    return path.substr(dot + 1);
}

const char* typeOf(const std::string& path) {
    const std::string extension = extensionOf(path);
    for (const Type& type : kTypes)
        if (type.extension == extension) return type.name;
    return "application/octet-stream";
}

/// Vite puts a hash of the content into the names of what it bundles: `assets/index-BxT91_aZ.js`.
bool isHashed(const std::string& path) {
    constexpr std::size_t kHash = 8;
    const auto slash = path.rfind('/');
    const auto dot = path.rfind('.');
    return slash != std::string::npos && path.substr(0, slash).ends_with("/assets") &&
           dot != std::string::npos && dot > slash + kHash + 1 && path[dot - kHash - 1] == '-';
}

std::string realPath(const std::string& path) {
    const GPtr<char, std::free> real(realpath(path.c_str(), nullptr));
    return real ? real.get() : "";
}

} // namespace

StaticFiles::StaticFiles(const std::string& root, const std::string& mediaOrigin)
    : root_(root.empty() ? "" : realPath(root))
    , policy_(policyWith(mediaOrigin)) {}

std::string StaticFiles::fileFor(const std::string& path) const {
    std::string file = root_;
    for (const std::string& segment : splitPath(path)) {
        const GCharPtr decoded(g_uri_unescape_string(segment.c_str(), "/"));
        // A leading dot is `..` or what nobody meant to publish.
        if (!decoded || decoded.get()[0] == '.') return "";
        if (decoded.get()[0] != '\0') file.append("/").append(decoded.get());
    }
    // A link that leads out of the folder is outside of it.
    file = realPath(file);

    struct stat info {};

    const bool inside = file.starts_with(root_ + '/');
    return inside && stat(file.c_str(), &info) == 0 && S_ISREG(info.st_mode) ? file : "";
}

void StaticFiles::handle(const Request& request, const Respond& respond) const {
    if (root_.empty()) return respond({404});
    std::string file = fileFor(request.path);
    // A page has all addresses below its name: `/watch/ID` is watch.html. The others are the app's.
    if (file.empty() && extensionOf(request.path).empty())
        file = fileFor('/' + splitPath(request.path).front() + ".html");
    if (file.empty() && extensionOf(request.path).empty()) file = fileFor("/index.html");
    if (file.empty()) return respond({404});

    struct stat info {};

    if (stat(file.c_str(), &info) != 0) return respond({404});
    const std::string tag = '"' + std::to_string(info.st_mtim.tv_sec) + '-' +
                            std::to_string(info.st_mtim.tv_nsec) + '-' +
                            std::to_string(info.st_size) + '"';
    Response response{200, typeOf(file), "", {}};
    response.headers = {
        {"ETag", tag},
        {"Cache-Control", isHashed(file) ? "public, max-age=31536000, immutable" : "no-cache"},
        {"Content-Security-Policy", policy_},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Permissions-Policy", "camera=(self), microphone=(self), display-capture=(self)"},
    };
    if (request.header("if-none-match") == tag) {
        response.status = 304;
        response.contentType.clear();
        return respond(std::move(response));
    }
    char* raw = nullptr;
    gsize size = 0;
    if (!g_file_get_contents(file.c_str(), &raw, &size, nullptr)) return respond({404});
    const GCharPtr content(raw);
    response.body.assign(raw, size);
    respond(std::move(response));
}

} // namespace mullion::api
