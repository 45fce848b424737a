#include "tools/participant/scene.h"

#include <algorithm>
#include <cmath>

namespace mullion::participant {

namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr int kRate = 48000;

void setColour(cairo_t* cairo, const Colour& colour, double brightness, double alpha = 1) {
    const auto part = [&](int value) { return std::min(1.0, value / 255.0 * brightness); };
    cairo_set_source_rgba(cairo, part(colour[0]), part(colour[1]), part(colour[2]), alpha);
}

void paintTest(cairo_t* cairo, const Scene& scene, double phase) {
    setColour(cairo, scene.colour, 1);
    cairo_paint(cairo);
    // Along the lower edge, so that the middle of the tile stays one colour.
    setColour(cairo, scene.colour, 0.6);
    const double bar = scene.width / 8.0;
    cairo_rectangle(cairo, phase * (scene.width + bar) - bar, scene.height * 0.9, bar,
                    scene.height * 0.1);
    cairo_fill(cairo);
}

/// How loud the voice is at `phase`: syllables four times a second, pauses between phrases.
double loudness(const Scene& scene, double phase) {
    // A Camera's: four phrases a loop, with pauses that are a third of it.
    if (scene.kind == Scene::Kind::Camera) phase = std::fmod(phase * 4, 1.0);
    if (phase < scene.speaksFrom || phase >= scene.speaksUntil) return 0;
    const double time = phase * scene.seconds;
    const double within = (phase - scene.speaksFrom) / (scene.speaksUntil - scene.speaksFrom);
    const double phrase = std::min({1.0, within * 8, (1 - within) * 8});
    const double syllable = std::sin(kPi * std::fmod(time * 4, 1.0));
    return phrase * syllable * syllable;
}

void paintPerson(cairo_t* cairo, const Scene& scene, double phase) {
    const double w = scene.width;
    const double h = scene.height;
    const double turn = 2 * kPi * phase;
    const double voice = loudness(scene, phase);

    // A wall with soft light that wanders.
    setColour(cairo, scene.colour, 0.42);
    cairo_paint(cairo);
    cairo_pattern_t* light = cairo_pattern_create_radial(w * (0.5 + 0.28 * std::sin(turn)), h * 0.2,
                                                         h * 0.05, w * 0.5, h * 0.4, w * 0.62);
    const auto stop = [&](double at, double brightness) {
        cairo_pattern_add_color_stop_rgb(light, at,
                                         std::min(1.0, scene.colour[0] / 255.0 * brightness),
                                         std::min(1.0, scene.colour[1] / 255.0 * brightness),
                                         std::min(1.0, scene.colour[2] / 255.0 * brightness));
    };
    stop(0, 1.0);
    stop(1, 0.36);
    cairo_set_source(cairo, light);
    cairo_paint(cairo);
    cairo_pattern_destroy(light);

    const double sway = w * 0.02 * std::sin(turn) + w * 0.006 * std::sin(3 * turn);
    const double nod = h * 0.01 * std::sin(2 * turn) + h * 0.012 * voice;
    const double x = w / 2 + sway;
    const double y = h * 0.42 + nod;
    const double r = h * 0.2;

    // Shoulders, neck, head.
    setColour(cairo, scene.colour, 1.25);
    cairo_save(cairo);
    cairo_translate(cairo, w / 2 + sway * 0.5, h * 1.06);
    cairo_scale(cairo, h * 0.52, h * 0.42);
    cairo_arc(cairo, 0, 0, 1, kPi, 2 * kPi);
    cairo_restore(cairo);
    cairo_fill(cairo);
    if (scene.longHair) {
        setColour(cairo, scene.hair, 0.9);
        cairo_save(cairo);
        cairo_translate(cairo, x, y + r * 0.2);
        cairo_scale(cairo, r * 1.12, r * 1.32);
        cairo_arc(cairo, 0, 0, 1, 0, 2 * kPi);
        cairo_restore(cairo);
        cairo_fill(cairo);
    }
    setColour(cairo, scene.skin, 0.86);
    cairo_rectangle(cairo, x - r * 0.36, y + r * 0.6, r * 0.72, r * 0.9);
    cairo_fill(cairo);
    setColour(cairo, scene.skin, 1);
    cairo_save(cairo);
    cairo_translate(cairo, x, y);
    cairo_scale(cairo, r * 0.86, r * 1.08);
    cairo_arc(cairo, 0, 0, 1, 0, 2 * kPi);
    cairo_restore(cairo);
    cairo_fill(cairo);
    // Hair.
    setColour(cairo, scene.hair, 1);
    cairo_save(cairo);
    cairo_translate(cairo, x, y - r * 0.28);
    cairo_scale(cairo, r * 0.92, r * 0.92);
    cairo_arc(cairo, 0, 0, 1, kPi, 2 * kPi);
    cairo_restore(cairo);
    cairo_fill(cairo);

    // Eyes that blink twice a loop, and a mouth that follows the voice.
    const double blink = std::fmod(phase * 2, 1.0) > 0.96 ? 0.15 : 1;
    for (const double side : {-1.0, 1.0}) {
        cairo_save(cairo);
        cairo_translate(cairo, x + side * r * 0.32 + sway * 0.2, y - r * 0.02);
        cairo_scale(cairo, r * 0.08, r * 0.11 * blink);
        cairo_arc(cairo, 0, 0, 1, 0, 2 * kPi);
        cairo_restore(cairo);
        cairo_set_source_rgb(cairo, 0.12, 0.1, 0.1);
        cairo_fill(cairo);
    }
    cairo_save(cairo);
    cairo_translate(cairo, x + sway * 0.2, y + r * 0.5);
    cairo_scale(cairo, r * 0.26, r * (0.05 + 0.2 * voice));
    cairo_arc(cairo, 0, 0, 1, 0, 2 * kPi);
    cairo_restore(cairo);
    cairo_set_source_rgb(cairo, 0.48, 0.18, 0.18);
    cairo_fill(cairo);
}

/// A voice: harmonics of the pitch, weighted by two formants that move from vowel to vowel.
double voiceAt(double time, double pitch) {
    const double drift = pitch * (1 + 0.04 * std::sin(2 * kPi * 1.5 * time));
    const double first = 550 + 200 * std::sin(2 * kPi * 0.9 * time);
    const double second = 1500 + 500 * std::sin(2 * kPi * 0.6 * time + 1);
    double sum = 0;
    for (int harmonic = 1; harmonic * drift < 3500; ++harmonic) {
        const double frequency = harmonic * pitch;
        const auto peak = [&](double centre, double width) {
            const double distance = (frequency - centre) / width;
            return 1 / (1 + distance * distance);
        };
        sum += (peak(first, 120) + 0.5 * peak(second, 180)) / std::sqrt(harmonic) *
               std::sin(2 * kPi * harmonic * pitch * time +
                        harmonic * 0.6 * std::sin(2 * kPi * 1.5 * time));
    }
    return sum;
}

} // namespace

Scene cameraScene() {
    Scene scene;
    scene.kind = Scene::Kind::Camera;
    scene.pitchHz = 120;
    scene.speaksUntil = 0.67;
    scene.seconds = 10;
    return scene;
}

void paintFrame(cairo_t* cairo, const Scene& scene, double phase) {
    if (scene.kind == Scene::Kind::Test)
        paintTest(cairo, scene, phase);
    else
        paintPerson(cairo, scene, phase);
}

std::vector<std::int16_t> makeSound(const Scene& scene) {
    std::vector<std::int16_t> samples(static_cast<std::size_t>(scene.seconds * kRate));
    if (scene.pitchHz <= 0) return samples;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const double time = static_cast<double>(i) / kRate;
        const double value =
            scene.kind == Scene::Kind::Test
                ? 0.2 * std::sin(2 * kPi * scene.pitchHz * time)
                : 0.09 * loudness(scene, time / scene.seconds) * voiceAt(time, scene.pitchHz);
        samples[i] = static_cast<std::int16_t>(std::lround(value * 32767));
    }
    return samples;
}

} // namespace mullion::participant
