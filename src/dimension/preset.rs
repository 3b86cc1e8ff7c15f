//! What the presets do: more levels and repeats make results more precise, never different in
//! meaning.
//!
//! | preset | noise levels (standard deviations) | repeats a level |
//! |--------|------------------------------------|-----------------|
//! | quick  | 0.1, 0.2, 0.5, 1.0                 | 3               |
//! | medium | 0.1 to 1.0 by 0.1                  | 5               |
//! | full   | 0.1 to 1.0 by 0.1                  | 20              |

use crate::event::Preset;
use crate::resource::Noise;

/// Noise levels in thousandths of a standard deviation.
pub fn noise_levels(preset: Preset) -> &'static [u32] {
    match preset {
        Preset::Quick => &[100, 200, 500, 1000],
        Preset::Medium | Preset::Full => &[100, 200, 300, 400, 500, 600, 700, 800, 900, 1000],
    }
}

/// Repeats of every noise level.
pub fn noise_repeats(preset: Preset) -> u32 {
    match preset {
        Preset::Quick => 3,
        Preset::Medium => 5,
        Preset::Full => 20,
    }
}

/// All disturbances of a level, repeat by repeat.
pub fn noises(level_thousandths: u32, preset: Preset) -> impl Iterator<Item = Noise> {
    (1..=noise_repeats(preset)).map(move |repeat| Noise {
        level_thousandths,
        repeat,
    })
}

/// Error rates of the conformal prediction sets: sets of 95, 90 and 80%.
pub const CONFORMAL_ALPHAS: [f64; 3] = [0.05, 0.1, 0.2];

/// Shares of the rows that count as the worst.
pub const WORST_ALPHAS: [f64; 5] = [0.05, 0.1, 0.2, 0.3, 0.5];

/// Resamples of a bootstrap interval.
///
/// | preset | resamples |
/// |--------|-----------|
/// | quick  | 200       |
/// | medium | 1,000     |
/// | full   | 5,000     |
pub fn bootstrap_repeats(preset: Preset) -> u32 {
    match preset {
        Preset::Quick => 200,
        Preset::Medium => 1000,
        Preset::Full => 5000,
    }
}

/// Trees of the forest that reads importances where the variants are no full grid.
///
/// | preset | trees |
/// |--------|-------|
/// | quick  | 32    |
/// | medium | 64    |
/// | full   | 256   |
pub fn forest_trees(preset: Preset) -> u32 {
    match preset {
        Preset::Quick => 32,
        Preset::Medium => 64,
        Preset::Full => 256,
    }
}
