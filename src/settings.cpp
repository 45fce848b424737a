#include "src/settings.h"

#include <filesystem>
#include <sys/resource.h>
#include <unistd.h>

#include <glib.h>

#include "src/notify/events.h"
#include "src/notify/signature.h"

namespace mullion {

namespace {

std::string programDir() {
    std::error_code failed;
    return std::filesystem::read_symlink("/proc/self/exe", failed).parent_path().string();
}

/// The first of `candidates`, relative to the program's folder, that is there.
std::string findBeside(std::initializer_list<std::string> candidates) {
    for (const std::string& candidate : candidates) {
        std::error_code failed;
        const auto path = std::filesystem::path(programDir()) / candidate;
        if (std::filesystem::exists(path, failed)) return path.lexically_normal().string();
    }
    return "";
}

/// Where one of our programs is: as `given`, or beside this one, or in its `folder` of the build.
Result<std::string> programFrom(std::string given, const std::string& name,
                                const std::string& folder, const std::string& option) {
    const std::string built = folder + '/' + name;
    if (given.empty()) given = findBeside({name, built, "../" + built});
    const std::string hint = "; say where " + name + " is with " + option;
    if (given.empty()) return Error{ErrorCode::NotFound, name + " is not beside mulliond" + hint};
    if (access(given.c_str(), X_OK) != 0)
        return Error{ErrorCode::NotFound, "cannot run " + given + hint};
    return given;
}

std::string defaultDataDir() {
    return std::string(g_get_user_data_dir()) + "/mullion";
}

Result<bool> devTokensFrom(const Config& config, const std::string& listen) {
    const std::string& value = config.text("auth.dev_tokens");
    if (value == "auto") return api::isLoopback(listen);
    if (value == "true" || value == "false") return value == "true";
    return Error{ErrorCode::BadRequest, "auth.dev_tokens must be auto, true or false"};
}

Result<Supervisor::Options> mediaFrom(const Config& config) {
    Supervisor::Options options;
    options.process.binary = TRY(programFrom(config.text("media.call_binary"), "mullion-call",
                                             "pipelines", "--call-binary"));
    options.process.logLevel = config.text("log.level");
    options.minPort = static_cast<int>(TRY(config.integer("media.min_port", 0, 65535)));
    options.maxPort = static_cast<int>(TRY(config.integer("media.max_port", 0, 65535)));
    options.portsPerCall = static_cast<int>(TRY(config.integer("media.ports_per_call", 2, 10000)));
    if ((options.minPort == 0) != (options.maxPort == 0))
        return Error{ErrorCode::BadRequest, "media.min_port and media.max_port go together"};
    // Two: a call's and the spare's.
    if (options.minPort > 0 && options.maxPort - options.minPort + 1 < 2 * options.portsPerCall)
        return Error{ErrorCode::BadRequest,
                     "media.min_port to media.max_port must hold media.ports_per_call twice"};
    options.addresses = config.list("media.addresses");
    options.bitrate720p =
        static_cast<int>(TRY(config.integer("media.bitrate_720p", 100'000, 20'000'000)));
    return options;
}

Result<std::chrono::milliseconds> seconds(const Config& config, const char* key, int max) {
    return std::chrono::milliseconds(std::chrono::seconds(TRY(config.integer(key, 1, max))));
}

Result<api::Gate::Options> gateFrom(const Config& config) {
    const auto rate = [&config](const char* key) { return config.integer(key, 0, 1'000'000); };
    api::Gate::Options options;
    options.perUser = static_cast<double>(TRY(rate("limits.requests_per_user")));
    options.perAddress = static_cast<double>(TRY(rate("limits.requests_per_address")));
    options.refusedPerAddress = static_cast<double>(TRY(rate("limits.refused_per_address")));
    options.trustedProxies = config.list("server.trusted_proxies");
    for (const std::string& proxy : options.trustedProxies) {
        const auto mask = GRef<GInetAddressMask>::adopt(
            g_inet_address_mask_new_from_string(proxy.c_str(), nullptr));
        if (!mask)
            return Error{ErrorCode::BadRequest,
                         "server.trusted_proxies: `" + proxy +
                             "` is neither an address nor one with a prefix, as 10.0.0.0/8"};
    }
    return options;
}

Result<api::Connections::Options> connectionsFrom(const Config& config) {
    const auto count = [&config](const char* key) { return config.integer(key, 1, 1'000'000); };
    api::Connections::Options options;
    options.max = static_cast<std::size_t>(TRY(count("limits.connections")));
    options.perAddress = static_cast<std::size_t>(TRY(count("limits.connections_per_address")));
    // Calls and files need descriptors too.
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max != RLIM_INFINITY)
        options.max = std::min<std::size_t>(options.max, limit.rlim_max / 4 * 3);
    return options;
}

Result<Broadcasts::Options> broadcastsFrom(const Config& config) {
    Broadcasts::Options options;
    options.folder = config.text("broadcasts.dir");
    const std::string& listen = config.text("broadcasts.listen");
    options.listen = listen.empty() ? config.text("server.listen") : listen;
    options.minPort = static_cast<int>(TRY(config.integer("broadcasts.min_port", 1, 65535)));
    options.maxPort =
        static_cast<int>(TRY(config.integer("broadcasts.max_port", options.minPort, 65535)));
    options.targets = config.list("broadcasts.targets");
    options.maxPerCall =
        static_cast<std::size_t>(TRY(config.integer("broadcasts.max_per_call", 1, 64)));
    return options;
}

Result<Recordings::Options> recordingsFrom(const Config& config) {
    constexpr std::int64_t kMany = std::int64_t{1} << 50;
    Recordings::Options options;
    const auto format = wire::recordingFormatFromName(config.text("recordings.format"));
    if (!format) return Error{ErrorCode::BadRequest, "recordings.format must be mp4 or webm"};
    options.format = *format;
    const std::string& always = config.text("recordings.always");
    if (always != "true" && always != "false")
        return Error{ErrorCode::BadRequest, "recordings.always must be true or false"};
    options.always = always == "true";
    options.maxDuration =
        std::chrono::seconds(TRY(config.integer("recordings.max_duration", 0, 1'000'000)));
    options.maxBytes = TRY(config.integer("recordings.max_bytes", 0, kMany));
    options.minFree = TRY(config.integer("recordings.min_free", 0, kMany));
    options.keepFor = std::chrono::days(TRY(config.integer("recordings.keep_days", 0, 100'000)));
    options.keepBytes = TRY(config.integer("recordings.keep_bytes", 0, kMany));
    options.notice = config.text("recordings.notice");
    // The processes of calls have other working directories.
    if (!options.notice.empty() &&
        (options.notice[0] != '/' || access(options.notice.c_str(), R_OK) != 0))
        return Error{ErrorCode::BadRequest,
                     "recordings.notice must be the absolute path of a sound that can be read"};
    return options;
}

bool isHttpUrl(const std::string& url) {
    const GPtr<GUri, g_uri_unref> uri(g_uri_parse(url.c_str(), G_URI_FLAGS_NONE, nullptr));
    if (!uri || !g_uri_get_host(uri.get()) || !*g_uri_get_host(uri.get())) return false;
    const std::string scheme = g_uri_get_scheme(uri.get());
    return scheme == "http" || scheme == "https";
}

/// The secret of the storage, from the setting or the file.
Result<std::string> storageSecret(const Config& config) {
    const std::string& path = config.text("storage.s3.secret_key_file");
    if (path.empty()) return config.text("storage.s3.secret_key");
    char* raw = nullptr;
    if (!g_file_get_contents(path.c_str(), &raw, nullptr, nullptr))
        return Error{ErrorCode::NotFound, "cannot read storage.s3.secret_key_file " + path};
    const GCharPtr text(raw);
    return std::string(g_strstrip(text.get()));
}

Result<std::optional<Uploader::Options>> storageFrom(const Config& config) {
    constexpr std::int64_t kMiB = 1 << 20;
    Uploader::Options options;
    options.s3.endpoint = config.text("storage.s3.endpoint");
    options.bucket = config.text("storage.s3.bucket");
    if (options.s3.endpoint.empty() && options.bucket.empty()) return {std::nullopt};
    if (!isHttpUrl(options.s3.endpoint))
        return Error{ErrorCode::BadRequest, "storage.s3.endpoint is no http or https URL"};
    const std::string& endpoint = options.s3.endpoint;
    if (const auto slash = endpoint.find('/', endpoint.find("://") + 3);
        slash != std::string::npos && slash != endpoint.size() - 1)
        return Error{ErrorCode::BadRequest, "storage.s3.endpoint is a scheme and a host alone"};
    options.s3.key.region = config.text("storage.s3.region");
    options.s3.key.accessKey = config.text("storage.s3.access_key");
    options.s3.key.secretKey = TRY(storageSecret(config));
    if (options.bucket.empty() || options.s3.key.accessKey.empty() ||
        options.s3.key.secretKey.empty())
        return Error{ErrorCode::BadRequest, "storage.s3.endpoint goes with storage.s3.bucket, "
                                            "storage.s3.access_key and storage.s3.secret_key"};
    options.s3.pathStyle = config.flag("storage.s3.path_style");
    options.prefix = config.text("storage.s3.prefix");
    // What S3 takes as a part that is not the last.
    options.partSize = TRY(config.integer("storage.s3.part_size", 5 * kMiB, 5120 * kMiB));
    options.keepLocal = config.flag("storage.keep_local");
    return {options};
}

/// The types that are told: those that the list names, `recording:*` for all of a kind; all where
/// it is empty.
Result<std::set<std::string>> eventsFrom(const std::vector<std::string>& names) {
    std::set<std::string> events;
    if (names.empty()) events.insert(std::begin(kToldEvents), std::end(kToldEvents));
    for (const std::string& name : names) {
        const std::size_t before = events.size();
        const bool isKind = name.ends_with(":*");
        for (const std::string_view type : kToldEvents)
            if (type == name || (isKind && type.starts_with(name.substr(0, name.size() - 1))))
                events.emplace(type);
        if (events.size() == before && !events.contains(name))
            return Error{ErrorCode::BadRequest, "webhooks.events: there is no event " + name};
    }
    return events;
}

Result<Webhooks::Options> webhooksFrom(const Config& config) {
    Webhooks::Options options;
    options.urls = config.list("webhooks.urls");
    for (const std::string& url : options.urls) {
        if (!isHttpUrl(url))
            return Error{ErrorCode::BadRequest, "webhooks.urls: no http or https URL: " + url};
        if (std::count(options.urls.begin(), options.urls.end(), url) > 1)
            return Error{ErrorCode::BadRequest, "webhooks.urls names one twice: " + url};
    }
    const std::string& secret = config.text("webhooks.secret");
    if (!secret.empty()) options.key = TRY(webhookKey(secret));
    options.events = TRY(eventsFrom(config.list("webhooks.events")));
    options.keepFor = std::chrono::seconds(TRY(config.integer("webhooks.keep_for", 1, 2'592'000)));
    return options;
}

/// Where whoever runs a push service finds us, if nothing is said: at the first public name.
Result<std::string> pushSubjectFrom(const Config& config) {
    const std::string& subject = config.text("push.subject");
    const auto names = config.list("server.public_names");
    if (subject.empty()) return names.empty() ? "" : "https://" + names[0];
    if (subject.starts_with("https://") || subject.starts_with("mailto:")) return subject;
    return Error{ErrorCode::BadRequest, "push.subject must begin with mailto: or https://"};
}

Result<Push::Options> pushFrom(const Config& config) {
    Push::Options options;
    options.secret = config.text("push.private_key");
    options.subject = TRY(pushSubjectFrom(config));
    options.endpoints = config.list("push.endpoints");
    options.allowsLoopback = api::isLoopback(config.text("server.listen"));
    // Here, so that it is the setting that is named.
    if (const auto good = PushEndpoints::create(options.endpoints, options.allowsLoopback); !good)
        return Error{ErrorCode::BadRequest, "push.endpoints: " + good.error().message};
    if (const auto good = Vapid::create(options.secret, ""); !good && !options.secret.empty())
        return Error{ErrorCode::BadRequest, "push.private_key: " + good.error().message};
    return options;
}

Result<CallRegistry::Options> callsFrom(const Config& config, const Supervisor::Options& media) {
    CallRegistry::Options options;
    options.ringTimeout = TRY(seconds(config, "calls.ring_timeout", 3600));
    options.emptyTimeout = TRY(seconds(config, "calls.empty_timeout", 86400));
    options.reconnectGrace = TRY(seconds(config, "calls.reconnect_grace", 3600));
    options.maxCalls = static_cast<std::size_t>(TRY(config.integer("calls.max_calls", 1, 100000)));
    options.maxCallsPerUser =
        static_cast<std::size_t>(TRY(config.integer("calls.max_per_user", 1, 100000)));
    // Each call needs ports, and so does the spare process.
    const PortSlices slices(media.minPort, media.maxPort, media.portsPerCall);
    if (const auto count = slices.count())
        options.maxCalls = std::min(options.maxCalls, static_cast<std::size_t>(*count - 1));
    return options;
}

Result<bool> isRedis(const Config& config) {
    const std::string& kind = config.text("store.kind");
    if (kind == "sqlite" || kind == "redis") return kind == "redis";
    return Error{ErrorCode::BadRequest, "store.kind must be sqlite or redis"};
}

Result<RedisOptions> storeFrom(const Config& config) {
    RedisOptions options;
    options.address = config.text("store.address");
    options.user = config.text("store.user");
    options.password = config.text("store.password");
    options.database = static_cast<int>(TRY(config.integer("store.database", 0, 1'000'000)));
    options.prefix = config.text("store.prefix");
    options.sentinels = config.list("store.sentinels");
    options.sentinelName = config.text("store.sentinel_name");
    options.history = std::chrono::hours(24) * TRY(config.integer("store.history_days", 1, 36'500));
    if (!options.user.empty() && options.password.empty())
        return Error{ErrorCode::BadRequest, "store.user goes with store.password"};
    return options;
}

} // namespace

Config mulliondConfig() {
    return Config({
        {"server.config", "", "config", "a file with settings: [server], port = 8080, …"},
        {"server.listen", "127.0.0.1", "listen", "the address to listen on; 0.0.0.0 for all"},
        {"server.port", "8080", "port", "the port to listen on; 0 takes a free one"},
        {"server.public_names", "", "public-names", "the host names that we are reached by"},
        {"server.tls_cert", "", "tls-cert", "a certificate, PEM; read again when it changes"},
        {"server.tls_key", "", "tls-key", "its key, PEM"},
        {"server.self_signed", "false", "self-signed", "speak TLS with a certificate of our own"},
        {"server.trusted_proxies", "", "", "proxies whose X-Forwarded-For is believed"},
        {"limits.requests_per_user", "100", "", "REST requests a second of one user; 0: any"},
        {"limits.requests_per_address", "1000", "", "REST requests a second of one address"},
        {"limits.refused_per_address", "5", "", "of which so many without a good token"},
        {"limits.connections", "10000", "", "connections that are open at a time"},
        {"limits.connections_per_address", "1000", "", "of which so many from one address"},
        {"server.request_timeout", "30", "", "seconds that a request may take to come"},
        {"server.data_dir", "", "data-dir", "where calls are kept (~/.local/share/mullion)"},
        {"web.dir", "", "web-dir", "the built web pages"},
        {"log.level", "info", "log-level", "error, warning, info or debug"},
        {"log.format", "auto", "log-format", "text, json or auto: text on a terminal"},
        {"auth.jwks_file", "", "jwks-file", "the keys of access tokens, a JSON Web Key Set"},
        {"auth.secret", "", "", "the HS256 secret of access tokens"},
        {"auth.audience", "", "", "what the `aud` of every token has to name"},
        {"auth.api_keys_file", "", "api-keys-file", "the hashes of services' API keys"},
        {"auth.dev_tokens", "auto", "dev-tokens", "true hands a token to everybody who asks"},
        {"cors.origins", "", "cors-origins", "web origins, besides our own, that may use the API"},
        {"store.kind", "sqlite", "store", "where calls are kept: sqlite or redis"},
        {"store.address", "127.0.0.1:6379", "", "Redis, host:port or the path of its socket"},
        {"store.user", "", "", "whom Redis knows us as; empty: its default user"},
        {"store.password", "", "", "of that user"},
        {"store.database", "0", "", "the number of Redis' database"},
        {"store.prefix", "mullion:", "", "what all our keys in Redis begin with"},
        {"store.sentinels", "", "", "the sentinels that know where Redis is, host:port"},
        {"store.sentinel_name", "mymaster", "", "what the sentinels call it"},
        {"store.history_days", "30", "", "days that ended calls are kept"},
        {"calls.ring_timeout", "30", "", "seconds that a call rings"},
        {"calls.empty_timeout", "300", "", "seconds that an empty room waits"},
        {"calls.reconnect_grace", "30", "", "seconds that a lost participant's seat is kept"},
        {"calls.max_calls", "1000", "", "the most calls at once"},
        {"calls.max_per_user", "20", "", "the most calls at once that one user starts"},
        {"calls.max_participants", "50", "", "the most that a call may ask for"},
        {"recordings.dir", "", "recordings-dir", "where recordings are (in the data folder)"},
        {"recordings.format", "mp4", "", "what they are where nothing is asked for: mp4 or webm"},
        {"recordings.always", "false", "", "records every call from its answer on"},
        {"recordings.notice", "", "",
         "a file of sound that a call hears when its recording begins, /…"},
        {"recordings.max_duration", "3600", "",
         "seconds after which another file begins; 0: never"},
        {"recordings.max_bytes", "0", "", "bytes after which another file begins; 0: never"},
        {"recordings.min_free", "1073741824", "", "bytes that stay free on the disk"},
        {"recordings.keep_days", "0", "", "days that recordings are kept; 0: for ever"},
        {"recordings.keep_bytes", "0", "", "bytes of them that are kept at most; 0: any"},
        {"broadcasts.dir", "", "", "where broadcasts by HLS are (in the data folder)"},
        {"broadcasts.listen", "", "",
         "the address at which SRT and RTSP are taken (as the server)"},
        {"broadcasts.min_port", "9700", "", "the first port at which SRT and RTSP are taken"},
        {"broadcasts.max_port", "9799", "", "the last"},
        {"broadcasts.max_per_call", "8", "", "how many a call may have at a time"},
        {"broadcasts.targets", "", "",
         "what addresses begin with to which calls may be pushed, with commas (any)"},
        {"recordings.finish_binary", "", "finish-binary", "the program mullion-finish"},
        {"storage.s3.endpoint", "", "", "where recordings go, https://…; empty: they stay here"},
        {"storage.s3.region", "us-east-1", "", "the region that requests are signed for"},
        {"storage.s3.bucket", "", "", "the bucket that recordings go to"},
        {"storage.s3.prefix", "", "", "what the keys of recordings begin with"},
        {"storage.s3.access_key", "", "", "who we are to the storage"},
        {"storage.s3.secret_key", "", "", "the secret of that key"},
        {"storage.s3.secret_key_file", "", "", "a file with that secret"},
        {"storage.s3.path_style", "false", "", "the bucket in the path, not in the host's name"},
        {"storage.s3.part_size", "16777216", "", "bytes of one part of a large file"},
        {"storage.keep_local", "false", "", "keeps the files of stored recordings here too"},
        {"webhooks.urls", "", "", "who is told what happens in calls"},
        {"webhooks.secret", "", "", "what that is signed with: whsec_ and base64"},
        {"webhooks.events", "", "", "which events are told; empty: all"},
        {"webhooks.keep_for", "86400", "", "seconds that an event is tried"},
        {"push.private_key", "", "", "of P-256, by which push services know us, base64url"},
        {"push.subject", "", "", "where they find us: mailto: or https://"},
        {"push.endpoints",
         "fcm.googleapis.com, *.push.services.mozilla.com, *.push.apple.com, "
         "*.notify.windows.com",
         "", "the hosts of push services that browsers may name"},
        {"media.call_binary", "", "call-binary", "the program mullion-call"},
        {"media.min_port", "0", "min-port", "the first UDP port for media; 0: any"},
        {"media.max_port", "0", "max-port", "the last UDP port for media"},
        {"media.ports_per_call", "64", "", "how many of them each call has"},
        {"media.addresses", "", "addresses", "the addresses that clients send media to"},
        {"media.bitrate_720p", "1500000", "", "bit/s of the composite at 720p; others follow"},
        {"ice.stun_urls", "", "", "STUN servers for clients, such as stun:example.org:3478"},
        {"ice.turn_urls", "", "", "TURN servers for clients"},
        {"ice.turn_secret", "", "", "the secret shared with the TURN servers"},
    });
}

Result<void> readAll(Config& config, int argc, char** argv) {
    config.readEnvironment();
    TRY(config.readFlags(argc, argv));
    const std::string path = config.text("server.config");
    if (path.empty()) return {};
    TRY(config.readFile(path));
    // Again, as what stands nearer to the person wins.
    config.readEnvironment();
    return config.readFlags(argc, argv);
}

Result<Settings> Settings::from(const Config& config) {
    Settings settings;
    settings.http.listen = config.text("server.listen");
    settings.http.port = static_cast<int>(TRY(config.integer("server.port", 0, 65535)));
    settings.http.requestTimeout = TRY(seconds(config, "server.request_timeout", 3600));
    settings.publicNames = config.list("server.public_names");
    settings.http.certificateFile = config.text("server.tls_cert");
    settings.http.keyFile = config.text("server.tls_key");
    settings.http.strictTransport = !settings.http.certificateFile.empty();
    settings.selfSigned = config.flag("server.self_signed");
    if (settings.http.certificateFile.empty() != settings.http.keyFile.empty())
        return Error{ErrorCode::BadRequest, "server.tls_cert and server.tls_key go together"};
    if (settings.selfSigned && !settings.http.keyFile.empty())
        return Error{ErrorCode::BadRequest, "server.self_signed has no use beside server.tls_cert"};
    settings.dataDir = config.text("server.data_dir");
    if (settings.dataDir.empty()) settings.dataDir = defaultDataDir();
    settings.webDir = config.text("web.dir");
    if (settings.webDir.empty())
        settings.webDir = findBeside({"web/dist", "../web/dist", "../share/mullion/web"});
    settings.jwksFile = config.text("auth.jwks_file");
    settings.secret = config.text("auth.secret");
    settings.audience = config.text("auth.audience");
    settings.apiKeysFile = config.text("auth.api_keys_file");
    settings.gate = TRY(gateFrom(config));
    settings.connections = TRY(connectionsFrom(config));
    settings.devTokens = TRY(devTokensFrom(config, settings.http.listen));
    settings.corsOrigins = config.list("cors.origins");
    settings.iceServers.stunUrls = config.list("ice.stun_urls");
    settings.iceServers.turnUrls = config.list("ice.turn_urls");
    settings.iceServers.turnSecret = config.text("ice.turn_secret");
    settings.media = TRY(mediaFrom(config));
    settings.calls = TRY(callsFrom(config, settings.media));
    settings.storeInRedis = TRY(isRedis(config));
    settings.store = TRY(storeFrom(config));
    settings.recordings = TRY(recordingsFrom(config));
    settings.recordingsDir = config.text("recordings.dir");
    settings.broadcasts = TRY(broadcastsFrom(config));
    // Missed only at the end of the first recording, it would be too late.
    settings.finishProgram = TRY(programFrom(config.text("recordings.finish_binary"),
                                             "mullion-finish", "finish", "--finish-binary"));
    settings.storage = TRY(storageFrom(config));
    settings.webhooks = TRY(webhooksFrom(config));
    settings.push = TRY(pushFrom(config));
    settings.maxParticipants =
        static_cast<int>(TRY(config.integer("calls.max_participants", 1, 50)));
    return settings;
}

} // namespace mullion
