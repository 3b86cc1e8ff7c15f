//! Disturbances of all features at once, level by level: the curves of what the model keeps.

use super::super::preset::{Levels, RobustnessEffort};
use super::{Calm, Features, repeats_of};
use crate::dimension::Inputs;
use crate::dimension::findings::{Findings, named, text};
use crate::event::{Cell, CurvePoint, Figure, Series};
use crate::metrics::classification::{Performance, decide, flip_rate, mean_absolute_change};
use crate::metrics::repeats::Repeats;
use crate::resource::{DisturbanceKind, Level};

/// A way to disturb all features of a kind.
pub(super) struct Family {
    /// What its metrics begin with.
    pub(super) name: &'static str,
    /// What it is called.
    pub(super) words: &'static str,
    pub(super) kind: fn(&Level) -> DisturbanceKind,
    of_quantities: bool,
    choose: fn(&RobustnessEffort) -> Levels,
}

pub(super) const FAMILIES: [Family; 3] = [
    Family {
        name: "gaussian",
        words: "Gaussian noise",
        kind: |level| DisturbanceKind::Gaussian(*level),
        of_quantities: true,
        choose: |effort| effort.gaussian,
    },
    Family {
        name: "quantile",
        words: "noise on ranks",
        kind: |level| DisturbanceKind::Quantile(*level),
        of_quantities: true,
        choose: |effort| effort.quantile,
    },
    Family {
        name: "categorical",
        words: "categories redrawn",
        kind: |level| DisturbanceKind::Categorical(*level),
        of_quantities: false,
        choose: |effort| effort.categorical,
    },
];

impl Family {
    /// Is there anything that it disturbs?
    pub(super) fn applies(&self, features: &Features) -> bool {
        let disturbed = if self.of_quantities {
            &features.quantities
        } else {
            &features.categories
        };
        !disturbed.is_empty()
    }

    pub(super) fn levels(&self, effort: &RobustnessEffort) -> Levels {
        (self.choose)(effort)
    }
}

/// How the model does along the levels of a disturbance.
pub(super) struct Curve {
    pub(super) family: &'static Family,
    levels: Vec<LevelResult>,
}

struct LevelResult {
    level: Level,
    /// By metric, in the order of [`named`].
    performance: [Option<Repeats>; 4],
    flips: Option<Repeats>,
    change: Option<Repeats>,
}

impl Curve {
    pub(super) fn measure(
        inputs: &Inputs<'_>,
        calm: &Calm,
        family: &'static Family,
        levels: Levels,
    ) -> Result<Self, String> {
        let levels = levels.levels.iter().map(|level| {
            let kind = (family.kind)(level);
            let repeats = repeats_of(inputs, &kind, levels.repeats);
            LevelResult::measure(*level, calm, repeats)
        });
        let levels = levels.collect::<Result<_, _>>()?;
        Ok(Self { family, levels })
    }

    pub(super) fn auc_at(&self, level: Level) -> Option<Repeats> {
        self.levels.iter().find(|l| l.level == level)?.performance[0]
    }

    fn series(&self, metric: usize, calm: &Calm) -> Series {
        let start = named(&calm.performance)[metric].1.map(|y| CurvePoint {
            x: 0.0,
            y,
            low: y,
            high: y,
        });
        let levels = self.levels.iter().filter_map(|result| {
            let repeats = result.performance[metric]?;
            Some(CurvePoint {
                x: result.level.value(),
                y: repeats.mean,
                low: repeats.lowest,
                high: repeats.highest,
            })
        });
        Series {
            name: self.family.words.to_owned(),
            points: start.into_iter().chain(levels).collect(),
        }
    }

    fn add_metrics(&self, findings: &mut Findings) {
        for result in &self.levels {
            let prefix = format!("{}.{}", self.family.name, result.level);
            let names = named(&Performance::default()).map(|(name, _)| name);
            for (name, repeats) in names.into_iter().zip(result.performance) {
                let highest_is_worst = name == "log_loss";
                add_repeats(
                    &format!("{prefix}.{name}"),
                    repeats,
                    highest_is_worst,
                    findings,
                );
            }
            let flips = result.flips.map(|r| r.mean);
            findings.metric(format!("{prefix}.flip_rate.mean"), flips);
            let change = result.change.map(|r| r.mean);
            findings.metric(format!("{prefix}.mean_abs_score_change.mean"), change);
        }
    }

    fn add_table(&self, calm: &Calm, findings: &mut Findings) {
        let mut calm_row = vec![text("none")];
        for (place, (_, value)) in named(&calm.performance).into_iter().enumerate() {
            calm_row.push(value.into());
            match place {
                0 => calm_row.extend([Cell::Undefined, Cell::Undefined, value.into()]),
                1 => calm_row.push(Cell::Number(0.0)),
                _ => {}
            }
        }
        calm_row.push(Cell::Number(0.0));
        let rows = self.levels.iter().map(LevelResult::row);
        findings.table(
            self.family.name,
            format!("{} by level (means over the repeats)", self.family.words),
            &[
                "level",
                "auc",
                "95% low",
                "high",
                "worst",
                "accuracy",
                "flip rate",
                "f1",
                "log loss",
                "score change",
            ],
            std::iter::once(calm_row).chain(rows).collect(),
        );
    }
}

impl LevelResult {
    fn measure(
        level: Level,
        calm: &Calm,
        repeats: impl Iterator<Item = Result<Vec<f64>, String>>,
    ) -> Result<Self, String> {
        let (mut performance, mut flips, mut change) = (Vec::new(), Vec::new(), Vec::new());
        for scores in repeats {
            let scores = scores?;
            let measured = Performance::measure(&calm.labels, &scores, calm.threshold);
            performance.push(named(&measured).map(|(_, value)| value));
            flips.push(flip_rate(&calm.decisions, &decide(&scores, calm.threshold)));
            change.push(mean_absolute_change(&calm.scores, &scores));
        }
        let of_metric = |metric: usize| Repeats::of(performance.iter().map(|p| p[metric]));
        Ok(Self {
            level,
            performance: [0, 1, 2, 3].map(of_metric),
            flips: Repeats::of(flips),
            change: Repeats::of(change),
        })
    }

    fn row(&self) -> Vec<Cell> {
        let mean = |repeats: Option<Repeats>| Cell::from(repeats.map(|r| r.mean));
        let [auc, accuracy, f1, log_loss] = self.performance;
        let [low, high] = interval_cells(auc);
        vec![
            text(self.level.to_string()),
            mean(auc),
            low,
            high,
            Cell::from(auc.map(|r| r.lowest)),
            mean(accuracy),
            mean(self.flips),
            mean(f1),
            mean(log_loss),
            mean(self.change),
        ]
    }
}

/// Both ends of the interval of a mean.
pub(super) fn interval_cells(repeats: Option<Repeats>) -> [Cell; 2] {
    let interval = repeats.and_then(|r| r.interval);
    let (low, high) = interval.unzip();
    [low.into(), high.into()]
}

/// Adds mean, spread and worst repeat of a metric, and its interval where there is one.
pub(super) fn add_repeats(
    prefix: &str,
    repeats: Option<Repeats>,
    highest_is_worst: bool,
    findings: &mut Findings,
) {
    let worst = |r: Repeats| {
        if highest_is_worst {
            r.highest
        } else {
            r.lowest
        }
    };
    findings.metric(format!("{prefix}.mean"), repeats.map(|r| r.mean));
    findings.metric(format!("{prefix}.std"), repeats.and_then(|r| r.std));
    findings.metric(format!("{prefix}.worst"), repeats.map(worst));
    if let Some((low, high)) = repeats.and_then(|r| r.interval) {
        findings.metric(format!("{prefix}.low"), low);
        findings.metric(format!("{prefix}.high"), high);
    }
}

/// Metrics, tables and pictures of the curves.
pub(super) fn report(curves: &[Curve], calm: &Calm, findings: &mut Findings) {
    for curve in curves {
        curve.add_metrics(findings);
        curve.add_table(calm, findings);
    }
    for (metric, name) in [(0, "AUC"), (1, "Accuracy")] {
        findings.figures.push(Figure::Curves {
            title: format!("{name} under disturbance"),
            x_label: "level".to_owned(),
            y_label: name.to_owned(),
            series: curves
                .iter()
                .map(|curve| curve.series(metric, calm))
                .collect(),
        });
    }
    findings.notes.push(
        "levels: Gaussian noise in population standard deviations of each number, noise on ranks \
         as a share of all rows, categories redrawn from their column with that probability; \
         nothing is clipped, and whole numbers are rounded where the model takes whole numbers"
            .to_owned(),
    );
    findings.notes.push(
        "95%: Student's t interval of the mean over the repeats, none of a single one; bands and \
         `worst` are the extremes of the repeats; a repeat has the same draws at every level and \
         for every model"
            .to_owned(),
    );
}
