#pragma once

#include <algorithm>
#include <vector>

namespace mullion::load {

/// The value below which `part` (0 to 1) of them lie; 0 where there are none.
inline double quantile(std::vector<double> values, double part) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    const auto last = static_cast<double>(values.size() - 1);
    return values[static_cast<std::size_t>(last * part + 0.5)];
}

} // namespace mullion::load
