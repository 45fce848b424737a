#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "src/base/result.h"

namespace mullion {

/// Settings by `group.key`, from (later wins) defaults, a GLib key file, `MULLION_GROUP_KEY`
/// variables and flags. Every key has to be declared, so that a misspelt one is an error.
class Config {
public:
    /// One setting. `flag` is its long command-line option without dashes, empty for none.
    struct Key {
        std::string name;
        std::string fallback;
        std::string flag;
        std::string help;
    };

    explicit Config(std::vector<Key> keys);

    /// Reads a key file. @return NotFound, or BadRequest naming the unknown group or key.
    Result<void> readFile(const std::string& path);
    /// Reads `MULLION_…` from the environment.
    void readEnvironment();
    /// Reads `--flag value` and `--flag=value`; a flag whose fallback is `true` or `false` may
    /// stand without a value. @return BadRequest naming the unknown flag or missing value.
    Result<void> readFlags(int argc, char** argv);

    /// The value of a declared key; asking for an undeclared one is a bug and aborts.
    const std::string& text(const std::string& name) const;
    bool flag(const std::string& name) const;
    /// @return BadRequest where the value is not a whole number in [min, max].
    Result<std::int64_t> integer(const std::string& name, std::int64_t min, std::int64_t max) const;
    /// A comma-separated list, without empty entries.
    std::vector<std::string> list(const std::string& name) const;

    /// All flags with their help, for `--help`.
    std::string usage() const;

private:
    std::vector<Key> keys_;
    std::map<std::string, std::string> values_;
};

} // namespace mullion
