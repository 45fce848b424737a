#pragma once

namespace mullion {

/// How sound gets from mouth to ear.
struct SoundPath {
    /// One way, with jitter buffers and codecs.
    double delayMs = 0;
    /// Part of the packets that is lost, 0 to 1.
    double loss = 0;
};

/// The quality that a listener would give the path: a mean opinion score from 1 (bad) to 4.41, by
/// the E-model (ITU-T G.107 section 7) with its default values, for Opus with concealment.
double meanOpinionScore(const SoundPath& path);

} // namespace mullion
