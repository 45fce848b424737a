#include "src/base/config.h"

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "src/base/gref.h"

namespace mullion {

namespace {

bool isSwitch(const Config::Key& key) {
    return key.fallback == "true" || key.fallback == "false";
}

std::string variableOf(const std::string& name) {
    std::string variable = "MULLION_";
    for (char c : name)
        variable += c == '.' ? '_' : static_cast<char>(std::toupper(c));
    return variable;
}

} // namespace

Config::Config(std::vector<Key> keys)
    : keys_(std::move(keys)) {
    for (const Key& key : keys_)
        values_[key.name] = key.fallback;
}

Result<void> Config::readFile(const std::string& path) {
    const GKeyFilePtr file(g_key_file_new());
    GError* raw = nullptr;
    if (!g_key_file_load_from_file(file.get(), path.c_str(), G_KEY_FILE_NONE, &raw)) {
        const GErrorPtr error(raw);
        const bool missing = g_error_matches(raw, G_FILE_ERROR, G_FILE_ERROR_NOENT);
        return Error{missing ? ErrorCode::NotFound : ErrorCode::BadRequest,
                     path + ": " + error->message};
    }
    const GPtr<char*, g_strfreev> groups(g_key_file_get_groups(file.get(), nullptr));
    for (char** group = groups.get(); *group; ++group) {
        const GPtr<char*, g_strfreev> names(
            g_key_file_get_keys(file.get(), *group, nullptr, nullptr));
        for (char** key = names.get(); key && *key; ++key) {
            const std::string name = std::string(*group) + '.' + *key;
            if (!values_.contains(name))
                return Error{ErrorCode::BadRequest, path + ": unknown setting " + name, name};
            const GCharPtr value(g_key_file_get_string(file.get(), *group, *key, nullptr));
            values_[name] = value ? value.get() : "";
        }
    }
    return {};
}

void Config::readEnvironment() {
    for (const Key& key : keys_)
        if (const char* value = std::getenv(variableOf(key.name).c_str()))
            values_[key.name] = value;
}

Result<void> Config::readFlags(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        if (!argument.starts_with("--"))
            return Error{ErrorCode::BadRequest, "unexpected argument " + argument};
        const auto equals = argument.find('=');
        const std::string flag = argument.substr(2, equals - 2);
        const auto key = std::find_if(keys_.begin(), keys_.end(), [&](const Key& candidate) {
            return !candidate.flag.empty() && candidate.flag == flag;
        });
        if (key == keys_.end())
            return Error{ErrorCode::BadRequest, "unknown option --" + flag + "; see --help"};
        if (equals != std::string::npos) {
            values_[key->name] = argument.substr(equals + 1);
        } else if (isSwitch(*key)) {
            values_[key->name] = "true";
        } else if (i + 1 < argc) {
            values_[key->name] = argv[++i];
        } else {
            return Error{ErrorCode::BadRequest, "--" + flag + " needs a value"};
        }
    }
    return {};
}

const std::string& Config::text(const std::string& name) const {
    const auto found = values_.find(name);
    if (found == values_.end()) std::abort();
    return found->second;
}

bool Config::flag(const std::string& name) const {
    const std::string& value = text(name);
    return value == "true" || value == "1" || value == "yes" || value == "on";
}

Result<std::int64_t> Config::integer(const std::string& name, std::int64_t min,
                                     std::int64_t max) const {
    const std::string& value = text(name);
    char* end = nullptr;
    const long long number = std::strtoll(value.c_str(), &end, 10);
    if (value.empty() || *end != '\0' || number < min || number > max)
        return Error{ErrorCode::BadRequest,
                     name + " must be a whole number from " + std::to_string(min) + " to " +
                         std::to_string(max) + ", not `" + value + "`",
                     name};
    return number;
}

std::vector<std::string> Config::list(const std::string& name) const {
    std::vector<std::string> entries;
    std::istringstream stream(text(name));
    for (std::string entry; std::getline(stream, entry, ',');) {
        const auto first = entry.find_first_not_of(' ');
        if (first != std::string::npos)
            entries.push_back(entry.substr(first, entry.find_last_not_of(' ') - first + 1));
    }
    return entries;
}

std::string Config::usage() const {
    std::ostringstream text;
    for (const Key& key : keys_) {
        if (key.flag.empty()) continue;
        text << "  --" << key.flag << (isSwitch(key) ? "" : " VALUE") << "\n      " << key.help;
        if (!key.fallback.empty() && !isSwitch(key)) text << " (" << key.fallback << ")";
        text << '\n';
    }
    return text.str();
}

} // namespace mullion
