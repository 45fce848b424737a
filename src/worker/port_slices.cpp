#include "src/worker/port_slices.h"

#include <cstdlib>

namespace mullion {

std::optional<int> PortSlices::take() {
    if (min_ == 0) return -1;
    for (int slice = 0; slice < count_; ++slice)
        if (taken_.insert(slice).second) return slice;
    return {};
}

PortSlices::Range PortSlices::rangeOf(int slice) const {
    if (min_ == 0 || slice < 0) return {};
    const int first = min_ + slice * size_;
    return {first, first + size_ - 1};
}

std::string PortSlices::socketName(int slice, const std::string& id) {
    return (slice < 0 ? "any" : std::to_string(slice)) + '-' + id + ".sock";
}

int PortSlices::sliceOf(const std::string& path) {
    const auto slash = path.rfind('/');
    const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
    return name.starts_with("any") ? -1 : std::atoi(name.c_str());
}

} // namespace mullion
