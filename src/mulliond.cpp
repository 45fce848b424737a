#include "src/mulliond.h"

#include <sys/stat.h>

#include "api/client_messages.h"
#include "api/socketio/socket_io.h"
#include "api/static_files.h"
#include "api/websocket.h"
#include "src/auth/self_signed.h"
#include "src/base/gref.h"
#include "src/base/ids.h"
#include "src/base/log.h"
#include "src/call/call_broadcasts.h"
#include "src/call/call_recordings.h"
#include "src/data_dir.h"
#include "src/notify/announcer.h"
#include "src/notify/signature.h"
#include "src/store/journaled_store.h"
#include "src/store/redis_store.h"
#include "src/store/sqlite_store.h"

namespace mullion {

namespace {

constexpr Log kLog("mulliond");

Result<std::string> contentOf(const char* setting, const std::string& path) {
    if (path.empty()) return std::string();
    char* raw = nullptr;
    gsize size = 0;
    if (!g_file_get_contents(path.c_str(), &raw, &size, nullptr))
        return Error{ErrorCode::NotFound, std::string("cannot read ") + setting + ' ' + path};
    const GCharPtr text(raw);
    return std::string(text.get(), size);
}

/// The keys of access tokens. What we sign ourselves, for guests and for development, is signed
/// with the configured secret or else with one of our own.
Result<Tokens::Keys> tokenKeys(const Settings& settings, const DataDir& data) {
    Tokens::Keys keys{"", settings.secret, settings.audience};
    keys.jwks = TRY(contentOf("auth.jwks_file", settings.jwksFile));
    if (keys.secret.empty()) keys.secret = TRY(loadOrCreateSecret(data.file("token-secret")));
    return keys;
}

Result<ApiKeys> apiKeys(const Settings& settings) {
    return ApiKeys::parse(TRY(contentOf("auth.api_keys_file", settings.apiKeysFile)));
}

/// Changes whenever a file is written or another takes its place.
std::string stampOf(const std::string& path) {
    struct stat info {};

    if (path.empty() || stat(path.c_str(), &info) != 0) return "";
    return std::to_string(info.st_ino) + ' ' + std::to_string(info.st_size) + ' ' +
           std::to_string(info.st_mtim.tv_sec) + '.' + std::to_string(info.st_mtim.tv_nsec);
}

Result<std::unique_ptr<Store>> openStore(const Settings& settings, const DataDir& data) {
    if (!settings.storeInRedis) return openSqliteStore(data.file("mullion.db"));
    return openJournaledStore(openRedisStore(settings.store), data.file("journal"));
}

Result<std::unique_ptr<Webhooks>> openWebhooks(const Settings& settings, const DataDir& data) {
    Webhooks::Options options = settings.webhooks;
    if (!options.urls.empty() && options.key.empty()) {
        const std::string secret = TRY(loadOrCreateSecret(data.file("webhook-secret")));
        options.key = TRY(webhookKey("whsec_" + secret));
    }
    return Webhooks::open(std::move(options), data.file("outbox.db"));
}

/// `secret` is what the paths are signed with by which people say no.
Result<std::unique_ptr<Push>> openPush(const Settings& settings, const DataDir& data, Store& store,
                                       const std::string& secret) {
    Push::Options options = settings.push;
    if (options.secret.empty()) options.secret = TRY(loadOrCreateSecret(data.file("push-key")));
    return Push::create(options, store,
                        [urls = SignedUrls(secret)](const std::string& callId,
                                                    const std::string& userId, Timestamp until) {
                            const std::string path = "/api/webrtc/call/" + callId + "/reject";
                            const Principal who{.userId = userId, .expiresAt = until};
                            return path + "?sig=" + urls.sign(path, who, until);
                        });
}

Supervisor::Options supervisorOptions(const Settings& settings, const DataDir& data,
                                      const std::string& runDir) {
    Supervisor::Options options = settings.media;
    options.runDir = runDir;
    options.process.logFile = data.file("mullion-call.log");
    options.process.owner = newId();
    return options;
}

Broadcasts::Options broadcastOptions(const Settings& settings, const DataDir& data) {
    Broadcasts::Options options = settings.broadcasts;
    if (options.folder.empty()) options.folder = data.file("broadcasts");
    return options;
}

} // namespace

/// In the order of construction; each part borrows from those above it.
struct Mulliond::Parts {
    Parts(const Settings& settings, DataDir openData, std::unique_ptr<Store> openStore,
          std::unique_ptr<Webhooks> openWebhooks, std::unique_ptr<Push> openPush,
          std::unique_ptr<Tokens> openTokens, ApiKeys readKeys, const std::string& secret,
          const std::string& runDir)
        : data(std::move(openData))
        , store(std::move(openStore))
        , tokens(std::move(openTokens))
        , keys(std::move(readKeys))
        , signedUrls(secret)
        , gate(settings.gate, *tokens, keys, signedUrls)
        , connections(settings.connections,
                      [this](const std::string& address) { return gate.isProxy(address); })
        , iceServers(settings.iceServers)
        , hub({}, *tokens, sideLoop)
        , webhooks(std::move(openWebhooks))
        , announcer(*webhooks, hub)
        , push(std::move(openPush))
        , registry(settings.calls, *store, announcer)
        , qualityLog(data.file("quality"), {})
        , legs(registry, announcer)
        , links(registry, *store, secret)
        , supervisor(supervisorOptions(settings, data, runDir), legs)
        , archive(settings.recordingsDir.empty() ? data.file("recordings") : settings.recordingsDir)
        , finisher(settings.finishProgram)
        , callRecordings(registry, supervisor)
        , uploader(settings.storage ? std::make_unique<Uploader>(*settings.storage, archive)
                                    : nullptr)
        , recordings(settings.recordings, archive, finisher, callRecordings, uploader.get())
        , callBroadcasts(registry, supervisor)
        , broadcasts(broadcastOptions(settings, data), callBroadcasts)
        , images(data.file("images"))
        , sounds({data.file("sounds")},
                 {[this](const std::string& callId, const wire::ToCall& message) {
                      return supervisor.ask(callId, message);
                  },
                  [this](const std::string& callId, const std::string& id,
                         const std::string& reason) { registry.onSoundEnded(callId, id, reason); }})
        , context{registry,
                  legs,
                  links,
                  *this->store,
                  hub,
                  recordings,
                  broadcasts,
                  images,
                  sounds,
                  archive,
                  *push,
                  connections,
                  *tokens,
                  signedUrls,
                  iceServers,
                  settings.devTokens,
                  settings.maxParticipants,
                  [this] { return supervisor.isReady(); },
                  [this] { return supervisor.deaths(); },
                  [this] { return store->state(); },
                  [this] { return webhooks->figures(); },
                  uploader.get(),
                  [this] { return http.isSecure() ? "https" : "http"; }}
        , messages(context)
        , router(gate)
        , files(settings.webDir, uploader ? uploader->origin() : "")
        , origins({settings.http.listen, settings.publicNames, settings.corsOrigins})
        , webSockets(hub, gate, origins, sideLoop)
        , socketIo({{}, std::chrono::seconds(30), settings.connections}, hub, gate, origins,
                   sideLoop)
        , http(router, origins, connections) {
        registry.attachMedia(legs);
        registry.attachQualityLog(qualityLog);
        registry.attachRecordings(recordings);
        registry.attachBroadcasts(broadcasts);
        registry.attachRings(*push);
        legs.attachRecordings(recordings);
        registry.attachImages(images);
        legs.attachBroadcasts(broadcasts);
        legs.attachImages(images);
        legs.attachSounds(sounds);
        legs.attachSupervisor(supervisor);
        hub.attach({[this](const std::string& user) {
                        registry.onDevice(user);
                        this->store->putPresence({{user, true, now()}});
                    },
                    [this](const std::string& user) {
                        this->store->putPresence({{user, false, now()}});
                    },
                    [this](const Principal& who) { return registry.activeCallsOf(who); },
                    [this](const api::Session& session) {
                        legs.askForOffers({session.id(), session.who().userId});
                    },
                    [this](api::Session& session, const Json& message) {
                        messages.handle(session, message);
                    }});
        api::addRoutes(router, context);
        router.setFallback([this](const api::Request& request, const api::Respond& respond) {
            files.handle(request, respond);
        });
        http.addWebSocket("/api/webrtc/ws", [this](GIOStream* stream, const api::Request& handshake,
                                                   api::Connections::Place place) {
            webSockets.accept(stream, handshake, std::move(place));
        });
        socketIo.open(router, http);
    }

    /// Once an hour and at once, as some programs are started anew each day.
    void startSweeping(std::chrono::hours history) {
        const auto sweep = [this, history] {
            store->sweep(now() - history, [](const Result<int>& swept) {
                if (!swept) return kLog.warning("", "cannot sweep: " + swept.error().message);
                if (*swept > 0) kLog.info("", std::to_string(*swept) + " old calls forgotten");
            });
            return true;
        };
        sweep();
        sweeping = every(std::chrono::hours(1), sweep);
    }

    /// Takes up keys and certificates that were changed, so that they can be rotated while calls go
    /// on. A file that is no good, or half written, changes nothing.
    void watchKeys(const Settings& settings) {
        const auto stamp = [settings] {
            return stampOf(settings.jwksFile) + '|' + stampOf(settings.apiKeysFile) + '|' +
                   stampOf(settings.http.certificateFile) + '|' + stampOf(settings.http.keyFile);
        };
        watching =
            every(std::chrono::seconds(1), [this, settings, stamp, last = stamp()]() mutable {
                const std::string current = stamp();
                if (current == last) return true;
                last = current;
                if (const auto taken = takeKeys(settings); taken)
                    kLog.info("", "the keys and certificates were read again");
                else
                    kLog.error("", taken.error().message + "; the old keys stay");
                return true;
            });
    }

    Result<void> takeKeys(const Settings& settings) {
        ApiKeys fresh = TRY(apiKeys(settings));
        if (http.isSecure()) TRY(http.reloadCertificate());
        TRY(tokens->replace(TRY(tokenKeys(settings, data))));
        keys = std::move(fresh);
        return {};
    }

    DataDir data;
    std::unique_ptr<Store> store;
    std::unique_ptr<Tokens> tokens;
    ApiKeys keys;
    SignedUrls signedUrls;
    api::Gate gate;
    api::Connections connections;
    IceServers iceServers;
    /// Where what belongs to a device waits.
    SideLoop sideLoop = {};
    api::Hub hub;
    std::unique_ptr<Webhooks> webhooks;
    Announcer announcer;
    std::unique_ptr<Push> push;
    CallRegistry registry;
    QualityLog qualityLog;
    Legs legs;
    Links links;
    Supervisor supervisor;
    Archive archive;
    Finisher finisher;
    CallRecordings callRecordings;
    std::unique_ptr<Uploader> uploader;
    Recordings recordings;
    CallBroadcasts callBroadcasts;
    Broadcasts broadcasts;
    ImageStore images;
    Sounds sounds;
    api::Context context;
    api::ClientMessages messages;
    api::Router router;
    api::StaticFiles files;
    api::Origins origins;
    api::WebSockets webSockets;
    api::SocketIo socketIo;
    api::HttpServer http;
    Source sweeping;
    Source watching;
};

Mulliond::Mulliond(std::unique_ptr<Parts> parts, int port)
    : parts_(std::move(parts))
    , port_(port) {}

Mulliond::~Mulliond() = default;

Result<std::unique_ptr<Mulliond>> Mulliond::start(Settings settings) {
    DataDir data = TRY(DataDir::open(settings.dataDir));
    if (settings.selfSigned) {
        const auto files = TRY(loadOrCreateSelfSigned(settings.dataDir, settings.publicNames));
        settings.http.certificateFile = files.certificate;
        settings.http.keyFile = files.key;
    }
    const std::string runDir = TRY(data.runDir());
    auto store = TRY(openStore(settings, data));
    auto webhooks = TRY(openWebhooks(settings, data));
    const Tokens::Keys signing = TRY(tokenKeys(settings, data));
    auto tokens = TRY(Tokens::create(signing));
    auto push = TRY(openPush(settings, data, *store, signing.secret));
    auto parts = std::make_unique<Parts>(settings, std::move(data), std::move(store),
                                         std::move(webhooks), std::move(push), std::move(tokens),
                                         TRY(apiKeys(settings)), signing.secret, runDir);
    TRY(parts->registry.load());
    TRY(parts->archive.load());
    TRY(parts->broadcasts.load());
    TRY(parts->images.load(parts->registry.ids()));
    const auto states = parts->supervisor.adopt([&](const wire::State& state) {
        const Call* call = parts->registry.find(state.callId);
        return call ? std::optional(Legs::startOf(*call)) : std::nullopt;
    });
    // Before anything is started that would have to be stopped again if the port is taken.
    const int port = TRY(parts->http.listen(settings.http));
    std::unordered_set<std::string> adopted;
    std::unordered_set<std::string> recorded;
    std::unordered_set<std::string> onAir;
    for (const wire::State& state : states) {
        parts->legs.adopt(state);
        adopted.insert(state.callId);
        recorded.insert(state.recordings.begin(), state.recordings.end());
        onAir.insert(state.broadcasts.begin(), state.broadcasts.end());
    }
    parts->registry.resume(adopted);
    parts->recordings.resumeAfterStart(recorded, adopted);
    parts->broadcasts.resumeAfterStart(onAir, adopted);
    parts->startSweeping(settings.store.history);
    parts->watchKeys(settings);
    parts->supervisor.keepSpare();
    if (settings.devTokens && !api::isLoopback(settings.http.listen))
        kLog.warning("", "auth.dev_tokens is on: anybody who can reach us can be anybody");
    return std::unique_ptr<Mulliond>(new Mulliond(std::move(parts), port));
}

bool Mulliond::isSecure() const {
    return parts_->http.isSecure();
}

void Mulliond::shutdown(bool stopCalls) {
    parts_->supervisor.shutdown(stopCalls);
}

} // namespace mullion
