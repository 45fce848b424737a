#include "src/base/ids.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <sys/random.h>

namespace mullion {

std::string newId() {
    static constexpr std::string_view kAlphabet =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    unsigned __int128 number = 0;
    if (getrandom(&number, sizeof number, 0) != sizeof number) std::abort();
    std::string id(22, '0');
    for (char& character : id) {
        character = kAlphabet[static_cast<std::size_t>(number % kAlphabet.size())];
        number /= kAlphabet.size();
    }
    return id;
}

bool isValidId(std::string_view text, std::size_t maxLength) {
    if (text.empty() || text.size() > maxLength || text == "." || text == "..") return false;
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               c == '.' || c == '_' || c == ':' || c == '@' || c == '-';
    });
}

} // namespace mullion
