#pragma once

#include <array>
#include <string>
#include <vector>

#include <turbojpeg.h>

#include "src/base/gref.h"
#include "tests/support/check_framework.h"

namespace mullion::test {

/// A JPEG's pixels, to look at.
struct DecodedJpeg {
    explicit DecodedJpeg(const std::string& jpeg) {
        const GPtr<void, tjDestroy> decoder(tjInitDecompress());
        const auto* bytes = reinterpret_cast<const unsigned char*>(jpeg.data());
        int subsampling = 0;
        int colours = 0;
        ck_assert_msg(tjDecompressHeader3(decoder.get(), bytes, jpeg.size(), &width, &height,
                                          &subsampling, &colours) == 0,
                      "no JPEG of %zu bytes: %s", jpeg.size(), tjGetErrorStr2(decoder.get()));
        rgb.resize(static_cast<std::size_t>(width) * height * 3);
        ck_assert_int_eq(tjDecompress2(decoder.get(), bytes, jpeg.size(), rgb.data(), width, 0,
                                       height, TJPF_RGB, TJFLAG_ACCURATEDCT),
                         0);
    }

    std::array<int, 3> at(int x, int y) const {
        const unsigned char* pixel = rgb.data() + (static_cast<std::size_t>(y) * width + x) * 3;
        return {pixel[0], pixel[1], pixel[2]};
    }

    int width = 0;
    int height = 0;
    std::vector<unsigned char> rgb = {};
};

} // namespace mullion::test
