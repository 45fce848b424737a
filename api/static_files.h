#pragma once

#include <string>

#include "api/http.h"

namespace mullion::api {

/// Serves the built web pages from one folder: hashed assets for a year, the rest checked each
/// time by ETag. A path without an extension that is no file gets index.html, where the page's own
/// router takes over. Nothing outside the folder, and no dot file, can be asked for.
class StaticFiles {
public:
    /// `root` may be missing: then every answer is 404. `mediaOrigin` is where pages load media
    /// from besides ours; empty: nowhere.
    explicit StaticFiles(const std::string& root, const std::string& mediaOrigin = {});

    void handle(const Request& request, const Respond& respond) const;

private:
    /// The real path of a file below the root, or empty.
    std::string fileFor(const std::string& path) const;

    std::string root_;
    std::string policy_;
};

} // namespace mullion::api
