#include "tools/latency/time_code.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace mullion::latency {

namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr int kWidth = 640;
constexpr int kHeight = 360;
constexpr int kBits = 8;
/// Eight blocks and two rows of them in the middle of the frame.
constexpr int kBlock = 56;
constexpr int kLeft = (kWidth - kBits * kBlock) / 2;
constexpr int kTop = (kHeight - 2 * kBlock) / 2;
constexpr std::uint8_t kBlack = 24;
constexpr std::uint8_t kGrey = 128;
constexpr std::uint8_t kWhite = 226;

constexpr int kRate = 48000;
constexpr int kClick = kRate / 25;
constexpr double kClickHz = 1000;
constexpr double kAmplitude = 16000;
/// Far above what Opus puts before an attack, far below the click.
constexpr int kThreshold = 3000;

bool isWhite(int number, int row, int column) {
    const bool bit = (number >> (kBits - 1 - column)) & 1;
    return row == 0 ? bit : !bit;
}

GRef<GstBuffer> paint(int number) {
    std::vector<std::uint8_t> bytes(kWidth * kHeight * 3 / 2, kGrey);
    for (int row = 0; row < 2; ++row)
        for (int column = 0; column < kBits; ++column)
            for (int y = 0; y < kBlock; ++y)
                std::fill_n(&bytes[(kTop + row * kBlock + y) * kWidth + kLeft + column * kBlock],
                            kBlock, isWhite(number, row, column) ? kWhite : kBlack);
    return GRef<GstBuffer>::adopt(gst_buffer_new_memdup(bytes.data(), bytes.size()));
}

/// The mean of the middle half of a block.
int levelAt(const Luma& luma, int row, int column) {
    const auto scaled = [](int value, int size, int whole) { return value * size / whole; };
    const int x0 = kLeft + column * kBlock;
    const int y0 = kTop + row * kBlock;
    const int left = scaled(x0 + kBlock / 4, luma.width, kWidth);
    const int right = scaled(x0 + kBlock * 3 / 4, luma.width, kWidth);
    const int top = scaled(y0 + kBlock / 4, luma.height, kHeight);
    const int bottom = scaled(y0 + kBlock * 3 / 4, luma.height, kHeight);
    int sum = 0;
    for (int y = top; y < bottom; ++y)
        for (int x = left; x < right; ++x)
            sum += luma.data[y * luma.stride + x];
    return sum / std::max(1, (right - left) * (bottom - top));
}

} // namespace

participant::Footage timeCode() {
    participant::Footage footage;
    footage.width = kWidth;
    footage.height = kHeight;
    footage.fps = kFps;
    footage.frames = kFrames;
    footage.frame = paint;
    footage.sound.resize(static_cast<std::size_t>(kFrames / kFps) * kRate);
    for (std::size_t i = 0; i < footage.sound.size(); ++i) {
        const auto at = static_cast<int>(i % kRate);
        // A cosine, so that its first sample is loud already.
        if (at < kClick)
            footage.sound[i] =
                static_cast<std::int16_t>(kAmplitude * std::cos(2 * kPi * kClickHz * at / kRate));
    }
    return footage;
}

std::optional<int> readNumber(const Luma& luma) {
    if (luma.width < kBits * 8 || luma.height < 32) return {};
    constexpr int kContrast = 60;
    int number = 0;
    for (int column = 0; column < kBits; ++column) {
        const int level = levelAt(luma, 0, column);
        const int opposite = levelAt(luma, 1, column);
        if (std::abs(level - opposite) < kContrast) return {};
        number = number << 1 | (level > opposite ? 1 : 0);
    }
    if (number >= kFrames) return {};
    return number;
}

std::optional<std::size_t> findClick(const std::vector<std::int16_t>& samples, bool& wasSilent) {
    const auto isLoud = [](std::int16_t sample) { return std::abs(sample) > kThreshold; };
    const auto loud = std::find_if(samples.begin(), samples.end(), isLoud);
    if (loud == samples.end()) {
        wasSilent = true;
        return {};
    }
    if (!std::exchange(wasSilent, false)) return {};
    return static_cast<std::size_t>(loud - samples.begin());
}

} // namespace mullion::latency
