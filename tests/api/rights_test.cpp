// Who may do what with a call: every cell of the table against mulliond, on a call of its own.
#include <fstream>
#include <sstream>

#include "tests/api/askers.h"
#include "tests/support/run_until.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

namespace {

/// + does it; A not_allowed, F not_found, M not_member, S wrong_state, U unauthenticated.
/// docs/api.md has it, and says who the columns are.
constexpr const char* kTable = R"(
| | host | part. | viewer | invited | ringing | waiting | left | rejected | removed | stranger | open | other | →host | →part. | →viewer | guest | service | for | admin | none |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
| initiate                    | + | + | + | + | + | + | + | + | + | + | + | A | + | + | + | A | + | + | + | U |
| answer                      | S | S | S | + | + | S | S | S | S | M | M | A | M | M | M | S | M | S | M | U |
| reject                      | S | S | S | + | + | S | S | S | S | M | M | A | M | M | M | S | M | S | M | U |
| join                        | + | + | + | + | + | + | + | + | A | M | + | A | + | + | + | + | + | + | + | U |
| leave                       | + | + | + | S | S | + | S | S | S | M | M | A | M | M | M | + | M | + | M | U |
| end                         | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| see the call                | + | + | + | + | + | + | + | + | + | M | M | A | M | M | M | + | + | + | + | U |
| title                       | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| lock                        | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| lobby on, off               | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| max_participants            | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| canvas                      | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| invite                      | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| make a link                 | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| list links                  | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| take a link back            | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| redeem a link               | + | + | + | + | + | + | + | + | + | + | + | + | + | + | + | + | + | + | + | + |
| participants                | + | + | + | + | + | + | + | + | + | M | M | A | M | M | M | + | + | + | + | U |
| mute oneself                | + | + | + | + | + | + | S | S | S | M | M | A | M | M | M | + | F | + | F | U |
| unmute oneself              | + | + | + | + | + | + | S | S | S | M | M | A | M | M | M | + | F | + | F | U |
| own role                    | + | A | A | A | A | A | S | S | S | M | M | A | M | M | M | A | F | + | F | U |
| own volume                  | + | A | A | A | A | A | S | S | S | M | M | A | M | M | M | A | F | + | F | U |
| own spotlight               | + | A | A | A | A | A | S | S | S | M | M | A | M | M | M | A | F | + | F | U |
| own noise_suppression       | + | + | + | + | + | + | S | S | S | M | M | A | M | M | M | + | F | + | F | U |
| own auto_gain               | + | + | + | + | + | + | S | S | S | M | M | A | M | M | M | + | F | + | F | U |
| own rung                    | + | + | + | + | + | + | S | S | S | M | M | A | M | M | M | + | F | + | F | U |
| mute another                | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| unmute another              | A | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | A | A | A | U |
| another's role              | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| another's volume            | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| another's spotlight         | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| another's noise_suppression | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| another's auto_gain         | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| another's rung              | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| ask to unmute               | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| remove                      | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| who waits                   | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| admit                       | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| deny                        | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| see the layout              | + | + | + | + | + | M | + | + | M | M | M | A | M | M | M | + | + | + | + | U |
| set the layout              | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| snapshot                    | + | + | + | M | M | M | M | M | M | M | M | A | M | M | M | + | + | + | + | U |
| snapshot, its URL           | + | + | + | M | M | M | M | M | M | M | M | A | M | M | M | + | + | + | + | U |
| read the chat               | + | + | + | M | M | M | + | M | M | M | M | A | M | M | M | + | + | + | + | U |
| read reactions              | + | + | + | M | M | M | + | M | M | M | M | A | M | M | M | + | + | + | + | U |
| stats                       | + | + | + | + | + | M | + | + | M | M | M | A | M | M | M | + | + | + | + | U |
| stats, history              | + | + | + | + | + | M | + | + | M | M | M | A | M | M | M | + | + | + | + | U |
| record                      | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| pause the recording         | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| resume the recording        | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| stop the recording          | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| list recordings             | + | + | + | + | + | + | + | + | + | + | + | + | + | + | + | + | + | + | + | U |
| see a recording             | + | A | A | A | A | A | A | A | A | A | A | A | A | A | A | A | + | + | + | U |
| load a recording            | + | A | A | A | A | A | A | A | A | A | A | A | A | A | A | A | + | + | + | U |
| erase a recording           | + | A | A | A | A | A | A | A | A | A | A | A | A | A | A | A | + | + | + | U |
| broadcast                   | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| list broadcasts             | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| see a broadcast             | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| stop a broadcast            | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| watch a broadcast           | + | + | + | A | A | A | A | A | A | A | A | A | A | A | A | + | + | + | + | U |
| see the programme           | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| change the programme        | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| undo the programme          | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| list images                 | + | A | A | A | A | A | A | A | A | M | M | A | M | M | M | A | + | + | + | U |
| own active calls            | + | + | + | + | + | + | + | + | + | + | + | + | + | + | + | + | + | + | + | U |
| own history                 | + | + | + | + | + | + | + | + | + | + | + | + | + | + | + | + | + | + | + | U |
| all calls                   | A | A | A | A | A | A | A | A | A | A | A | A | A | A | A | A | A | A | + | U |
| own presence                | + | + | + | + | + | + | + | + | + | + | + | + | + | + | + | + | + | + | + | U |
| another's presence          | A | A | A | A | A | A | A | A | A | A | A | A | A | A | A | A | + | + | + | U |
| be forgotten                | S | S | S | S | S | S | + | + | S | + | + | A | + | + | + | A | + | S | + | U |
| forget another              | A | A | A | A | A | A | A | A | A | A | A | A | A | A | A | A | + | + | + | U |
| subscribe to pushes         | + | + | + | + | + | + | + | + | + | + | + | A | + | + | + | A | + | + | + | U |
| list own subscriptions      | + | + | + | + | + | + | + | + | + | + | + | A | + | + | + | A | + | + | + | U |
| key of pushes               | + | + | + | + | + | + | + | + | + | + | + | + | + | + | + | + | + | + | + | U |
| `chat:message`              | + | + | A | S | S | S | S | S | S | M | M | A | M | M | M | + | U | U | M | U |
| `reaction`                  | + | + | + | S | S | S | S | S | S | M | M | A | M | M | M | + | U | U | M | U |
| `webrtc:offer`              | + | + | + | S | S | S | S | S | S | M | M | A | M | M | M | + | U | U | M | U |
| `webrtc:ice-candidate`      | + | + | + | S | S | S | S | S | S | M | M | A | M | M | M | + | U | U | M | U |
| `media:muted`               | + | + | + | S | S | S | S | S | S | M | M | A | M | M | M | + | U | U | M | U |
| `webrtc:stats`              | + | + | + | S | S | S | S | S | S | M | M | A | M | M | M | + | U | U | M | U |
)";

enum class Effect {
    /// Leaves the call as it is.
    Shows,
    /// Changes it.
    Changes,
    /// Changes it where it is not so already.
    MayChange,
};

/// What a row of the table does. In path and body `{call}` is the call's path, `{recorded}` and
/// `{paused}` its recording that goes on or is paused, `{recording}` one of it that is ready,
/// `{broadcast}` one of it that is live,
/// `{self}` the asker, `{link}` a link's code; a method of WS sends the body on a WebSocket.
struct Action {
    const char* name;
    Effect effect;
    const char* method;
    const char* path;
    const char* body = "";
};

constexpr Effect kShows = Effect::Shows;
constexpr Effect kChanges = Effect::Changes;
constexpr Effect kMayChange = Effect::MayChange;

constexpr Action kActions[] = {
    {"initiate", kShows, "POST", "/call/initiate", R"({"participants":[]})"},
    {"answer", kChanges, "POST", "{call}/answer"},
    {"reject", kChanges, "POST", "{call}/reject"},
    {"join", kMayChange, "POST", "{call}/join"},
    {"leave", kChanges, "POST", "{call}/leave"},
    {"end", kChanges, "POST", "{call}/end"},
    {"see the call", kShows, "GET", "{call}"},
    {"title", kChanges, "PATCH", "{call}", R"({"title":"Tea"})"},
    {"lock", kChanges, "PATCH", "{call}", R"({"locked":true})"},
    {"lobby on, off", kChanges, "PATCH", "{call}", R"({"lobby":false})"},
    {"max_participants", kChanges, "PATCH", "{call}", R"({"max_participants":20})"},
    {"canvas", kChanges, "PATCH", "{call}", R"({"canvas":{"fps":10}})"},
    {"invite", kChanges, "POST", "{call}/invite", R"({"participants":["ida"]})"},
    {"make a link", kChanges, "POST", "{call}/links", R"({"role":"viewer"})"},
    {"list links", kShows, "GET", "{call}/links"},
    {"take a link back", kChanges, "DELETE", "{call}/links/{link}"},
    {"redeem a link", kShows, "POST", "/links/{link}/token", R"({"name":"Zoë"})"},
    {"participants", kShows, "GET", "{call}/participants"},
    {"mute oneself", kChanges, "PATCH", "{call}/participants/{self}", R"({"audio_muted":true})"},
    {"unmute oneself", kMayChange, "PATCH", "{call}/participants/{self}",
     R"({"audio_muted":false,"video_muted":false})"},
    {"own role", kMayChange, "PATCH", "{call}/participants/{self}", R"({"role":"viewer"})"},
    {"own volume", kChanges, "PATCH", "{call}/participants/{self}", R"({"volume":0.5})"},
    {"own spotlight", kChanges, "PATCH", "{call}/participants/{self}", R"({"spotlight":true})"},
    {"own noise_suppression", kChanges, "PATCH", "{call}/participants/{self}",
     R"({"noise_suppression":true})"},
    {"own auto_gain", kChanges, "PATCH", "{call}/participants/{self}", R"({"auto_gain":true})"},
    {"own rung", kChanges, "PUT", "{call}/participants/{self}/rung", R"({"rung":"180p"})"},
    {"mute another", kChanges, "PATCH", "{call}/participants/cem", R"({"audio_muted":true})"},
    {"unmute another", kMayChange, "PATCH", "{call}/participants/cem", R"({"audio_muted":false})"},
    {"another's role", kChanges, "PATCH", "{call}/participants/cem", R"({"role":"host"})"},
    {"another's volume", kChanges, "PATCH", "{call}/participants/cem", R"({"volume":0.5})"},
    {"another's spotlight", kChanges, "PATCH", "{call}/participants/cem", R"({"spotlight":true})"},
    {"another's noise_suppression", kChanges, "PATCH", "{call}/participants/cem",
     R"({"noise_suppression":true})"},
    {"another's auto_gain", kChanges, "PATCH", "{call}/participants/cem", R"({"auto_gain":true})"},
    {"another's rung", kChanges, "PUT", "{call}/participants/cem/rung", R"({"rung":"180p"})"},
    {"ask to unmute", kShows, "POST", "{call}/participants/cem/ask-unmute", "{}"},
    {"remove", kChanges, "DELETE", "{call}/participants/cem"},
    {"who waits", kShows, "GET", "{call}/lobby"},
    {"admit", kChanges, "POST", "{call}/lobby/gus/admit"},
    {"deny", kChanges, "POST", "{call}/lobby/gus/deny"},
    {"see the layout", kShows, "GET", "{call}/layout"},
    {"set the layout", kChanges, "PUT", "{call}/layout", R"({"mode":"speaker","pinned":["cem"]})"},
    {"snapshot", kShows, "GET", "{call}/snapshot.jpg"},
    {"snapshot, its URL", kShows, "GET", "{call}/snapshot"},
    {"read the chat", kShows, "GET", "{call}/chat"},
    {"read reactions", kShows, "GET", "{call}/reactions"},
    {"stats", kShows, "GET", "{call}/stats"},
    {"stats, history", kShows, "GET", "{call}/stats?history=true"},
    {"record", kChanges, "POST", "{call}/recording", "{}"},
    {"pause the recording", kChanges, "POST", "{recorded}/pause"},
    {"resume the recording", kChanges, "POST", "{paused}/resume"},
    {"stop the recording", kChanges, "DELETE", "{recorded}"},
    {"list recordings", kShows, "GET", "/recordings"},
    {"see a recording", kShows, "GET", "{recording}"},
    {"load a recording", kShows, "GET", "{recording}/file"},
    {"erase a recording", kShows, "DELETE", "{recording}"},
    {"broadcast", kChanges, "POST", "{call}/broadcasts", R"({"kind":"hls"})"},
    {"list broadcasts", kShows, "GET", "{call}/broadcasts"},
    {"see a broadcast", kShows, "GET", "{broadcast}"},
    {"stop a broadcast", kChanges, "DELETE", "{broadcast}"},
    {"watch a broadcast", kShows, "GET", "{broadcast}/media.m3u8"},
    {"see the programme", kShows, "GET", "{call}/programme"},
    {"change the programme", kChanges, "PATCH", "{call}/programme",
     R"({"lower_third":{"title":"Ada"}})"},
    {"undo the programme", kMayChange, "DELETE", "{call}/programme"},
    {"list images", kShows, "GET", "{call}/images"},
    {"own active calls", kShows, "GET", "/calls/active"},
    {"own history", kShows, "GET", "/calls/history"},
    {"all calls", kShows, "GET", "/calls?status=active"},
    {"own presence", kShows, "GET", "/users/{self}/presence"},
    {"another's presence", kShows, "GET", "/users/nobody/presence"},
    {"be forgotten", kMayChange, "DELETE", "/users/{self}"},
    {"forget another", kShows, "DELETE", "/users/nobody"},
    {"subscribe to pushes", kShows, "POST", "/push/subscriptions",
     R"({"endpoint":"https://fcm.googleapis.com/fcm/send/x","keys":{"auth":"BTBZMqHH6r4Tts7J_aSIgg",)"
     R"("p256dh":"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNto)"
     R"(IAiw4"}})"},
    {"list own subscriptions", kShows, "GET", "/push/subscriptions"},
    {"key of pushes", kShows, "GET", "/push/key"},
    {"`chat:message`", kChanges, "WS", "", R"({"type":"chat:message","text":"hello"})"},
    {"`reaction`", kChanges, "WS", "", R"({"type":"reaction","emoji":"👍"})"},
    {"`webrtc:offer`", kMayChange, "WS", "", R"({"type":"webrtc:offer","sdp":"v=0"})"},
    {"`webrtc:ice-candidate`", kShows, "WS", "",
     R"({"type":"webrtc:ice-candidate","candidate":null})"},
    {"`media:muted`", kChanges, "WS", "", R"({"type":"media:muted","video_muted":true})"},
    {"`webrtc:stats`", kShows, "WS", "", R"({"type":"webrtc:stats","rtt":0.1})"},
};

constexpr int kColumns = 20;

using Row = std::vector<std::string>;

std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(' ');
    if (first == std::string::npos) return "";
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

/// The table's rows: its head first, the line below that left out.
std::vector<Row> rows() {
    std::vector<Row> rows;
    std::istringstream text(kTable);
    for (std::string line; std::getline(text, line);) {
        if (!line.starts_with('|') || line.starts_with("|---")) continue;
        Row row;
        std::istringstream cells(line.substr(1));
        for (std::string cell; std::getline(cells, cell, '|');)
            row.push_back(trimmed(cell));
        rows.push_back(row);
    }
    return rows;
}

std::string codeOf(const std::string& mark) {
    const std::map<std::string, std::string> codes = {
        {"+", "ok"},         {"A", "not_allowed"}, {"F", "not_found"},
        {"M", "not_member"}, {"S", "wrong_state"}, {"U", "unauthenticated"},
    };
    return codes.at(mark);
}

/// One cell: a call, somebody who asks and what he gets.
class Cell {
public:
    Cell(const Stage& stage, const Action& action, const std::string& kind, int number)
        : stage_(stage)
        , action_(action)
        , path_(stage.newCall(kind == "open"))
        , link_(stage.act("ada", "POST", path_ + "/links", Json::object())["code"])
        , asker_(makeAsker(stage, kind, "user" + std::to_string(number), path_))
        , admin_(makeAsker(stage, "admin", "root", path_)) {
        record();
        broadcast();
    }

    ~Cell() { stage_.ask(admin_.headers, "POST", path_ + "/end"); }

    Cell(const Cell&) = delete;
    Cell& operator=(const Cell&) = delete;

    /// @return the code, `ok` for none, and what is wrong beside it.
    std::string outcome() {
        if (std::string(action_.method) == "WS") return onWebSocket();
        const std::string before = snapshot();
        auto headers = asker_.headers;
        const std::string body = filled(action_.body);
        if (!body.empty()) headers["Content-Type"] = "application/json";
        Answer answer;
        // What needs the process of a call that is new is refused until that has started.
        runUntil(
            [&] {
                answer = stage_.ask(headers, action_.method, filled(action_.path), body);
                return answer.status != 503;
            },
            "the call's process");
        said_ = toText(answer.body);
        const bool done = answer.status / 100 == 2;
        if (answer.status == 201 && answer.body.contains("participants"))
            stage_.ask(admin_.headers, "POST",
                       "/call/" + answer.body["id"].get<std::string>() + "/end");
        return (done ? "ok" : answer.code()) + changes(before, done);
    }

    /// Whether what came names those who are in the call.
    bool toldOfOthers() const {
        return said_.find("\"cem\"") != std::string::npos ||
               said_.find("\"gus\"") != std::string::npos;
    }

private:
    /// Makes the recording that the path names.
    void record() {
        const std::string path = action_.path;
        const bool wantsPaused = path.starts_with("{paused}");
        const bool wantsReady = path.starts_with("{recording}");
        if (!wantsPaused && !wantsReady && !path.starts_with("{recorded}")) return;
        recorded_ = path_ + "/recording";
        recording_ = "/recordings/" +
                     stage_.act("ada", "POST", recorded_, Json::object())["id"].get<std::string>();
        if (wantsPaused) stage_.act("ada", "POST", recorded_ + "/pause");
        if (!wantsReady) return;
        stage_.act("ada", "DELETE", recorded_);
        runUntil([&] { return stage_.act("ada", "GET", recording_)["status"] == "ready"; },
                 "the recording");
    }

    /// Makes the broadcast that the path names.
    void broadcast() {
        if (!std::string(action_.path).starts_with("{broadcast}")) return;
        const std::string all = path_ + "/broadcasts";
        const Json begun = stage_.act("ada", "POST", all, {{"kind", "hls"}});
        broadcast_ = all + '/' + begun["id"].get<std::string>();
        runUntil([&] { return stage_.act("ada", "GET", broadcast_)["status"] == "live"; },
                 "the broadcast");
    }

    std::string onWebSocket() {
        Json message = Json::parse(action_.body);
        message["call_id"] = Stage::idOf(path_);
        const bool welcome = asker_.secret.starts_with("ey");
        // Not awaited to be greeted, which a bad token is not.
        Device device(stage_.server(), asker_.secret, welcome ? "" : stage_.server().url());
        if (!welcome) return device.closeCode() == 4401 ? "unauthenticated" : "closed";
        const std::string before = snapshot();
        const Json answer = device.ask(message);
        const bool done = answer["type"] == "ack";
        const std::string outcome = done ? "ok" : answer["code"].get<std::string>();
        const std::string beside = changes(before, done);
        for (const Json& came : device.messages())
            said_ += toText(came);
        return outcome + beside;
    }

    std::string filled(std::string text) const {
        const std::pair<const char*, const std::string&> names[] = {
            {"{call}", path_},          {"{self}", asker_.userId}, {"{link}", link_},
            {"{recorded}", recorded_},  {"{paused}", recorded_},   {"{recording}", recording_},
            {"{broadcast}", broadcast_}};
        for (const auto& [name, value] : names)
            if (const auto at = text.find(name); at != std::string::npos)
                text.replace(at, std::string(name).size(), value);
        return text;
    }

    /// All that an admin sees of the call but its length.
    std::string snapshot() const {
        std::string all;
        for (const char* part : {"", "/links", "/chat", "/reactions"}) {
            Json body = stage_.ask(admin_.headers, "GET", path_ + part).body;
            body.erase("duration");
            all += toText(body);
        }
        return all;
    }

    std::string changes(const std::string& before, bool done) const {
        const std::string after = snapshot();
        const bool changed = before != after;
        const bool mayChange = done && action_.effect != Effect::Shows;
        if (changed && !mayChange) return ", but changed it: " + before + " → " + after;
        if (!changed && done && action_.effect == Effect::Changes) return ", but changed nothing";
        return "";
    }

    const Stage& stage_;
    const Action& action_;
    std::string path_;
    std::string link_;
    Asker asker_;
    Asker admin_;
    std::string recorded_ = {};
    std::string recording_ = {};
    std::string broadcast_ = {};
    std::string said_ = {};
};

/// Those who must not learn who is in a call, by what they ask or by what it answers.
bool isOutside(const std::string& kind, const Action& action) {
    for (const char* outside :
         {"waiting", "removed", "stranger", "open", "other", "→part.", "→viewer", "none"})
        if (kind == outside) return true;
    return kind == "→host" && std::string(action.name) != "join";
}

} // namespace

START_TEST(each_may_what_the_table_says) {
    const auto table = rows();
    const auto column = static_cast<std::size_t>(_i) + 1;
    const std::string kind = table[0][column];
    const Stage stage;
    std::string wrong;
    int number = 0;
    for (const Action& action : kActions) {
        const Row& row = table[static_cast<std::size_t>(++number)];
        ck_assert_str_eq(row[0], action.name);
        Cell cell(stage, action, kind, number);
        const std::string outcome = cell.outcome();
        if (outcome != codeOf(row[column]))
            wrong += "\n" + row[0] + ": " + outcome + ", not " + codeOf(row[column]);
        if (isOutside(kind, action) && cell.toldOfOthers())
            wrong += "\n" + row[0] + ": tells who is in the call";
    }
    ck_assert_msg(wrong.empty(), "%s:%s", kind.c_str(), wrong.c_str());
}

END_TEST

START_TEST(documentation_has_the_same_table) {
    const auto table = rows();
    ck_assert_uint_eq(table.size(), std::size(kActions) + 1);
    for (const Row& row : table)
        ck_assert_msg(row.size() == kColumns + 1, "%s", row[0].c_str());
    std::stringstream text;
    text << std::ifstream(API_DOC).rdbuf();
    ck_assert_msg(text.str().find(kTable) != std::string::npos, "the table is not in docs/api.md");
}

END_TEST

int main() {
    Suite* suite = suite_create("rights");
    addTests(suite, {documentation_has_the_same_table});
    TCase* group = tcase_create("each_may_what_the_table_says");
    tcase_set_timeout(group, 120);
    tcase_add_loop_test(group, each_may_what_the_table_says, 0, kColumns);
    suite_add_tcase(suite, group);
    return run(suite);
}
