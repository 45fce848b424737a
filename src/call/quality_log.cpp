#include "src/call/quality_log.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "src/base/json_values.h"
#include "src/base/log.h"
#include "src/base/main_loop.h"

namespace mullion {

namespace {

namespace fs = std::filesystem;

constexpr Log kLog("quality");

std::string contentOf(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Takes the older half of a file away, whole lines of it.
void halve(const std::string& path) {
    const std::string content = contentOf(path);
    const auto cut = content.find('\n', content.size() / 2);
    const std::string part = path + ".part";
    std::ofstream(part, std::ios::binary)
        << (cut == std::string::npos ? "" : content.substr(cut + 1));
    std::error_code failed;
    fs::rename(part, path, failed);
}

void append(const std::string& path, const std::string& lines, std::size_t maxBytes) {
    std::error_code failed;
    const auto size = fs::file_size(path, failed);
    if (!failed && size + lines.size() > maxBytes) halve(path);
    std::ofstream file(path, std::ios::binary | std::ios::app);
    file << lines << std::flush;
    // Figures are worth less than calls: those go on without them.
    if (!file) kLog.warning("", "cannot write to " + path);
}

Json linesOf(const std::string& path) {
    Json lines = Json::array();
    const std::string content = contentOf(path);
    for (std::size_t start = 0; start < content.size();) {
        const auto end = std::min(content.find('\n', start), content.size());
        // A line that a full disk has cut is passed over.
        if (auto line = parseJson(content.substr(start, end - start), 4096))
            lines.push_back(std::move(*line));
        start = end + 1;
    }
    return lines;
}

void removeOld(const std::string& directory, std::chrono::hours keep) {
    std::error_code failed;
    const auto oldest = fs::file_time_type::clock::now() - keep;
    for (const auto& entry : fs::directory_iterator(directory, failed)) {
        const auto written = entry.last_write_time(failed);
        if (!failed && written < oldest) fs::remove(entry.path(), failed);
    }
}

} // namespace

void QualityLog::Sum::add(const wire::Direction& figures) {
    total.mos += figures.mos;
    mosCount += figures.mos > 0 ? 1 : 0;
    total.rttSeconds += figures.rttSeconds;
    rttCount += figures.rttSeconds > 0 ? 1 : 0;
    total.loss += figures.loss;
    maxJitter = std::max(maxJitter, figures.jitterSeconds);
    bitrate += figures.bitrate;
}

Json QualityLog::Sum::mean(int seconds) const {
    wire::Direction mean;
    mean.mos = total.mos / std::max(mosCount, 1);
    mean.rttSeconds = total.rttSeconds / std::max(rttCount, 1);
    mean.loss = total.loss / seconds;
    mean.jitterSeconds = maxJitter;
    mean.bitrate = static_cast<int>(bitrate / seconds);
    return wire::toJson(mean);
}

QualityLog::QualityLog(std::string directory, Options options)
    : directory_(std::move(directory))
    , options_(options)
    , disk_([](const std::vector<std::function<void()>>& jobs) {
        for (const auto& job : jobs)
            job();
    }) {
    disk_.post([directory = directory_, keep = options_.keep] {
        std::error_code failed;
        fs::create_directories(directory, failed);
        removeOld(directory, keep);
    });
}

QualityLog::~QualityLog() {
    for (const auto& [callId, gathered] : calls_)
        write(callId, gathered);
}

void QualityLog::add(const std::string& callId, const wire::Figures& figures, Timestamp at) {
    Gathered& gathered = calls_[callId];
    if (gathered.legs.empty()) gathered.began = at;
    gathered.last = at;
    for (const wire::LegFigures& leg : figures.legs) {
        LegSum& sum = gathered.legs[leg.leg];
        sum.userId = leg.userId;
        sum.up.add(leg.up);
        sum.down.add(leg.down);
        sum.rung = leg.rung;
        ++sum.seconds;
    }
    // The first second ended at `began`.
    if (at - gathered.began + std::chrono::seconds(1) < options_.interval) return;
    write(callId, gathered);
    gathered.legs.clear();
}

void QualityLog::end(const std::string& callId) {
    const auto gathered = calls_.find(callId);
    if (gathered == calls_.end()) return;
    write(callId, gathered->second);
    calls_.erase(gathered);
}

void QualityLog::read(const std::string& callId, std::function<void(Json)> done) {
    disk_.post([path = pathOf(callId), done = std::move(done)] {
        // Moved all the way: there may be thousands of lines.
        postToMain([done, lines = linesOf(path)]() mutable { done(std::move(lines)); });
    });
}

std::string QualityLog::pathOf(const std::string& callId) const {
    return directory_ + '/' + callId + ".jsonl";
}

void QualityLog::write(const std::string& callId, const Gathered& gathered) {
    std::string lines;
    for (const auto& [leg, sum] : gathered.legs)
        lines += toText({{"at", formatTimestamp(gathered.last)},
                         {"leg", leg},
                         {"user_id", sum.userId},
                         {"seconds", sum.seconds},
                         {"up", sum.up.mean(sum.seconds)},
                         {"down", sum.down.mean(sum.seconds)},
                         {"rung", sum.rung}}) +
                 '\n';
    if (lines.empty()) return;
    disk_.post([path = pathOf(callId), lines = std::move(lines), max = options_.maxBytes] {
        append(path, lines, max);
    });
}

} // namespace mullion
