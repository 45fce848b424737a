#pragma once

#include <optional>
#include <string>
#include <unordered_set>

namespace mullion {

/// The UDP ports of the node, cut into slices of which each process gets one. A process has its
/// slice from its start to its end; the socket's name carries its number, so that the next mulliond
/// knows which are taken.
class PortSlices {
public:
    struct Range {
        int min = 0;
        int max = 0;
    };

    /// Ports `min` to `max`, both included, `size` for each; 0 and 0: any ports, without slices.
    PortSlices(int min, int max, int size)
        : min_(min)
        , size_(size)
        , count_(max > 0 ? (max - min + 1) / size : 0) {}

    /// How many processes can run at once; nothing: any number.
    std::optional<int> count() const { return min_ > 0 ? std::optional(count_) : std::nullopt; }

    /// Takes a free slice. @return its number (-1 where there are no slices), or nothing.
    std::optional<int> take();

    /// Marks the slice of a process that was found running.
    void claim(int slice) { taken_.insert(slice); }

    void release(int slice) { taken_.erase(slice); }

    Range rangeOf(int slice) const;

    /// The name of a process' socket, and the slice in it (-1 for none).
    static std::string socketName(int slice, const std::string& id);
    static int sliceOf(const std::string& path);

private:
    int min_;
    int size_;
    int count_;
    std::unordered_set<int> taken_ = {};
};

} // namespace mullion
