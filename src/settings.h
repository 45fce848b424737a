#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/http_server.h"
#include "src/auth/turn.h"
#include "src/base/config.h"
#include "src/broadcasts/broadcasts.h"
#include "src/call/registry.h"
#include "src/notify/push.h"
#include "src/notify/webhooks.h"
#include "src/store/redis_session.h"
#include "src/worker/supervisor.h"

namespace mullion {

/// What mulliond is told by flags, environment and file, checked; docs/configuration.md lists it.
struct Settings {
    api::HttpServer::Options http;
    /// TLS with a certificate of our own, which is in the data folder.
    bool selfSigned = false;
    std::string dataDir;
    std::string webDir;
    std::string jwksFile;
    std::string secret;
    std::string audience;
    std::string apiKeysFile;
    api::Gate::Options gate;
    api::Connections::Options connections;
    bool devTokens = false;
    std::vector<std::string> publicNames;
    std::vector<std::string> corsOrigins;
    IceServers iceServers;
    CallRegistry::Options calls;
    int maxParticipants = 50;
    Recordings::Options recordings;
    /// Without a folder: `broadcasts` in the data folder.
    Broadcasts::Options broadcasts;
    /// Where recordings are; empty: `recordings` in the data folder.
    std::string recordingsDir;
    std::string finishProgram;
    /// Nothing: recordings stay here.
    std::optional<Uploader::Options> storage;
    /// Without its key where `webhookSecret` is empty: then one in the data folder is made.
    Webhooks::Options webhooks;
    std::string webhookSecret;
    /// Without its secret where none is configured: then one in the data folder is made.
    Push::Options push;
    /// Redis, or else SQLite in the data folder.
    bool storeInRedis = false;
    /// For SQLite `history` alone counts.
    RedisOptions store;
    /// Without runDir, logFile and owner, which depend on the data folder.
    Supervisor::Options media;

    /// @return BadRequest or NotFound in words for the person at the terminal.
    static Result<Settings> from(const Config& config);
};

/// Every setting of mulliond with its default.
Config mulliondConfig();

/// Defaults, then the file that `--config` or MULLION_SERVER_CONFIG names, then the environment,
/// then flags.
Result<void> readAll(Config& config, int argc, char** argv);

} // namespace mullion
