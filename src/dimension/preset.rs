//! What the presets do. More levels, repeats and draws make results more precise, never different
//! in meaning. The words that `--help` and every report give for a preset are made from the numbers
//! that the validations use: see [`words`].

use std::fmt::Write;

use crate::metrics::slice_line;
use crate::resource::Level;
use crate::vocabulary::{Dimension, Preset};

/// Levels of a disturbance, and how often each is repeated with other draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Levels {
    /// From weak to strong.
    pub levels: &'static [Level],
    /// Repeats of every level.
    pub repeats: u32,
}

/// What robustness does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RobustnessEffort {
    /// Gaussian noise on all numbers.
    pub gaussian: Levels,
    /// Noise on the ranks of all numbers.
    pub quantile: Levels,
    /// Categories redrawn.
    pub categorical: Levels,
    /// Repeats of Gaussian noise at [`SCORE_LEVEL`] on one feature at a time; 0: left out.
    pub one_feature_repeats: u32,
    /// Repeats of permuting one feature at a time; 0: left out.
    pub permutation_repeats: u32,
    /// Gaussian noise on the alternative models.
    pub other_models: Levels,
}

/// The level at which disturbances are compared, in every preset.
pub const SCORE_LEVEL: Level = Level::thousandths(500);

const fn level(tenths: u32) -> Level {
    Level::thousandths(100 * tenths)
}

const TWO: &[Level] = &[level(1), SCORE_LEVEL];
const FOUR: &[Level] = &[level(1), level(2), SCORE_LEVEL, level(10)];
const TEN: &[Level] = &[
    level(1),
    level(2),
    level(3),
    level(4),
    SCORE_LEVEL,
    level(6),
    level(7),
    level(8),
    level(9),
    level(10),
];

/// On longer tables one repeat in `quick` says as much as three on short ones.
const LONG_TABLE_ROWS: usize = 200_000;
/// In `quick`, features are permuted only in tables of at most so many rows and features: each takes
/// a run of the model.
const QUICK_PERMUTATION: (usize, usize) = (50_000, 16);

impl RobustnessEffort {
    /// What a preset does with a table of so many rows, if that is known, and features.
    pub fn of(preset: Preset, rows: Option<usize>, features: usize) -> Self {
        let levels = |levels, repeats| Levels { levels, repeats };
        let rows = rows.unwrap_or(0);
        match preset {
            Preset::Quick => {
                let is_long = rows > LONG_TABLE_ROWS;
                let is_small = rows <= QUICK_PERMUTATION.0 && features <= QUICK_PERMUTATION.1;
                let repeats = if is_long { 1 } else { 3 };
                Self {
                    gaussian: levels(FOUR, repeats),
                    quantile: levels(TWO, repeats),
                    categorical: levels(TWO, repeats),
                    one_feature_repeats: 0,
                    permutation_repeats: u32::from(is_small),
                    other_models: levels(&[], 0),
                }
            }
            Preset::Medium => Self {
                gaussian: levels(TEN, 5),
                quantile: levels(FOUR, 5),
                categorical: levels(FOUR, 5),
                one_feature_repeats: 3,
                permutation_repeats: 5,
                other_models: levels(FOUR, 3),
            },
            Preset::Full => Self {
                gaussian: levels(TEN, 20),
                quantile: levels(TEN, 20),
                categorical: levels(TEN, 20),
                one_feature_repeats: 10,
                permutation_repeats: 10,
                other_models: levels(TEN, 5),
            },
        }
    }
}

/// Error rates of the conformal prediction sets: sets of 95, 90 and 80%.
pub const CONFORMAL_ALPHAS: [f64; 3] = [0.05, 0.1, 0.2];

/// Shares of the rows that count as the worst.
pub const WORST_ALPHAS: [f64; 5] = [0.05, 0.1, 0.2, 0.3, 0.5];

/// Shares of the rows that lie farthest from the middle of the data.
pub const OUTER_ALPHAS: [f64; 3] = [0.05, 0.1, 0.2];

/// What resilience does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResilienceEffort {
    /// Clusters of like rows are found from at most so many rows.
    pub cluster_rows: usize,
    /// And by moving their means so often.
    pub cluster_rounds: usize,
}

/// Clusters of like rows, in every preset.
pub const CLUSTERS: usize = 5;

impl ResilienceEffort {
    /// What a preset does.
    pub fn of(preset: Preset) -> Self {
        let (cluster_rows, cluster_rounds) = match preset {
            Preset::Quick => (10_000, 5),
            Preset::Medium => (50_000, 20),
            Preset::Full => (200_000, 100),
        };
        Self {
            cluster_rows,
            cluster_rounds,
        }
    }
}

/// What a preset does in a dimension, in words.
pub fn words(dimension: Dimension, preset: Preset) -> String {
    match dimension {
        Dimension::Robustness => robustness_words(&RobustnessEffort::of(preset, None, 0)),
        Dimension::Resilience => {
            let effort = ResilienceEffort::of(preset);
            format!(
                "drift, degradation and worst rows in full, {CLUSTERS} clusters from at most {} \
                 rows in {} rounds",
                effort.cluster_rows, effort.cluster_rounds
            )
        }
        Dimension::Fairness => format!(
            "intervals in closed form, those of odds gaps by {FAIRNESS_RESAMPLES} resamples"
        ),
        Dimension::Uncertainty => {
            format!("intervals by {} resamples", bootstrap_repeats(preset))
        }
        Dimension::Hyperparameters => format!(
            "importances exact on a full grid, else by a forest of {} trees",
            forest_trees(preset)
        ),
    }
}

/// [`words`] of every preset and dimension, a block a preset.
pub fn table() -> String {
    let mut text = String::from("What the presets do:\n");
    for preset in [Preset::Quick, Preset::Medium, Preset::Full] {
        let _ = write!(text, "\n{preset}\n");
        for dimension in Dimension::ALL {
            let _ = writeln!(text, "  {dimension}: {}", words(dimension, preset));
        }
    }
    text
}

/// What a validation of this much effort does, in words.
pub fn robustness_words(effort: &RobustnessEffort) -> String {
    let mut parts = vec![
        format!("Gaussian noise at {}", level_words(effort.gaussian)),
        format!("noise on ranks at {}", level_words(effort.quantile)),
        format!("categories redrawn at {}", level_words(effort.categorical)),
    ];
    if effort.one_feature_repeats > 0 {
        parts.push(format!(
            "noise on one feature at a time at {SCORE_LEVEL} ({})",
            times(effort.one_feature_repeats)
        ));
    }
    parts.push(match effort.permutation_repeats {
        0 => format!(
            "no permutation importance (quick has it up to {} rows and {} features)",
            QUICK_PERMUTATION.0, QUICK_PERMUTATION.1
        ),
        repeats => format!("permutation importance ({})", times(repeats)),
    });
    if effort.other_models.repeats > 0 {
        parts.push(format!(
            "the alternative models under Gaussian noise at {}",
            level_words(effort.other_models)
        ));
    }
    let slice_line::Scope { top, depth } = slice_line::SCOPE;
    parts.push(format!("the worst {top} slices by up to {depth} features"));
    parts.join(", ")
}

fn level_words(levels: Levels) -> String {
    let count = levels.levels.len();
    let words = match levels.levels {
        [first, .., last] if count > 4 => format!("{count} levels from {first} to {last}"),
        few => {
            let few: Vec<String> = few.iter().map(ToString::to_string).collect();
            few.join("/")
        }
    };
    format!("{words} ({})", times(levels.repeats))
}

fn times(repeats: u32) -> String {
    match repeats {
        1 => "once".to_owned(),
        repeats => format!("{repeats} times each"),
    }
}

/// Resamples of a fairness interval that is not in closed form, in every preset: they are draws of a few
/// counts, however many rows there are.
pub const FAIRNESS_RESAMPLES: u32 = 2000;

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

/// [`words`] of every preset and dimension, as a table for documentation.
pub fn markdown() -> String {
    let mut text = String::from("| dimension | quick | medium | full |\n|---|---|---|---|\n");
    for dimension in Dimension::ALL {
        let cells = [Preset::Quick, Preset::Medium, Preset::Full].map(|p| words(dimension, p));
        let _ = writeln!(text, "| {dimension} | {} |", cells.join(" | "));
    }
    text
}
