#include "tools/participant/heard.h"

#include <cmath>
#include <vector>

namespace mullion::participant {

namespace {

constexpr std::size_t kRate = 48000;
constexpr std::size_t kWindow = kRate / 2;
constexpr double kPi = 3.14159265358979323846;

} // namespace

void Heard::onSample(GstSample* sample) {
    GstMapInfo map;
    GstBuffer* buffer = gst_sample_get_buffer(sample);
    if (!buffer || !gst_buffer_map(buffer, &map, GST_MAP_READ)) return;
    {
        const std::lock_guard lock(mutex_);
        const auto* samples = reinterpret_cast<const std::int16_t*>(map.data);
        const std::size_t count = map.size / sizeof *samples;
        for (std::size_t i = 0; i < count; ++i)
            recent_.push_back(static_cast<float>(samples[i]) / 32768.0f);
        while (recent_.size() > kWindow)
            recent_.pop_front();
        samples_ += count;
    }
    gst_buffer_unmap(buffer, &map);
}

double Heard::levelAt(double frequencyHz) const {
    std::vector<float> window;
    {
        const std::lock_guard lock(mutex_);
        window.assign(recent_.begin(), recent_.end());
    }
    if (window.size() < kWindow) return -120;
    const double turn = 2 * kPi * frequencyHz / kRate;
    double real = 0;
    double imaginary = 0;
    for (std::size_t i = 0; i < window.size(); ++i) {
        const double hann = 0.5 - 0.5 * std::cos(2 * kPi * static_cast<double>(i) / kWindow);
        real += window[i] * hann * std::cos(turn * static_cast<double>(i));
        imaginary += window[i] * hann * std::sin(turn * static_cast<double>(i));
    }
    // A full-scale sine gives N/4 with this window.
    const double amplitude = std::hypot(real, imaginary) / (kWindow / 4.0);
    return std::max(-120.0, 20 * std::log10(amplitude + 1e-9));
}

std::uint64_t Heard::samples() const {
    const std::lock_guard lock(mutex_);
    return samples_;
}

} // namespace mullion::participant
