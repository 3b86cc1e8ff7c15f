//! Disturbances of all features at once, level by level: the curves of what the model keeps.

use super::Study;
use super::family::Family;
use crate::dimension::findings::{Findings, curve_point, text};
use crate::dimension::outcome::{Outcome, is_lower_better, words};
use crate::event::{Cell, Figure, ReferenceLine, Series};
use crate::metrics::classification::mean_absolute_change;
use crate::metrics::repeats::Repeats;
use crate::resource::Level;
use crate::vocabulary::Problem;

/// How the model does along the levels of a disturbance.
pub(super) struct Curve {
    pub(super) family: Family,
    levels: Vec<LevelResult>,
}

struct LevelResult {
    level: Level,
    /// By metric, in the order of the baseline.
    measures: Vec<Option<Repeats>>,
    flips: Option<Repeats>,
    change: Option<Repeats>,
}

impl Curve {
    pub(super) fn measure(study: &Study<'_>, family: Family) -> Result<Self, Problem> {
        let levels = family.levels(&study.effort).levels.iter();
        let levels = levels.map(|level| LevelResult::measure(*level, family, study));
        let levels = levels.collect::<Result<_, _>>()?;
        Ok(Self { family, levels })
    }

    /// The first metric, by which models are compared, at a level.
    pub(super) fn first_at(&self, level: Level) -> Option<Repeats> {
        let at = self.levels.iter().find(|l| l.level == level)?;
        at.measures.first().copied().flatten()
    }

    fn series(&self, metric: usize, study: &Study<'_>) -> Series {
        let levels = self.levels.iter();
        let levels = levels.map(|result| (result.level, result.measures[metric]));
        let name = format!("{} ({})", self.family.words(), self.family.unit());
        series(&name, study.baseline[metric].1, levels)
    }

    fn add_metrics(&self, study: &Study<'_>, findings: &mut Findings) {
        for result in &self.levels {
            let prefix = format!("{}.{}", self.family.name(), result.level);
            for ((name, _), repeats) in study.baseline.iter().zip(&result.measures) {
                let metric = format!("{prefix}.{name}");
                add_repeats(&metric, *repeats, is_lower_better(name), findings);
            }
            if study.decides() {
                let flips = result.flips.map(|r| r.mean);
                findings.metric(format!("{prefix}.flip_rate.mean"), flips);
            }
            let change = result.change.map(|r| r.mean);
            findings.metric(format!("{prefix}.mean_abs_score_change.mean"), change);
        }
    }

    fn add_table(&self, study: &Study<'_>, findings: &mut Findings) {
        let mut columns = vec!["level".to_owned()];
        let mut calm = vec![text("none")];
        for (place, (name, value)) in study.baseline.iter().enumerate() {
            columns.push(name.replace('_', " "));
            calm.push((*value).into());
            if place == 0 {
                columns.extend(["95% low", "high", "worst"].map(str::to_owned));
                calm.extend([Cell::Undefined, Cell::Undefined, (*value).into()]);
            }
            if place == 1 && study.decides() {
                columns.push("flip rate".to_owned());
                calm.push(Cell::Number(0.0));
            }
        }
        columns.push("score change".to_owned());
        calm.push(Cell::Number(0.0));
        let rows = self.levels.iter().map(|result| result.row(study));
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        findings.table(
            self.family.name(),
            format!("{} by level (means over the repeats)", self.family.words()),
            &columns,
            std::iter::once(calm).chain(rows).collect(),
        );
    }
}

impl Study<'_> {
    /// Are there decisions that can flip?
    pub(super) fn decides(&self) -> bool {
        !matches!(self.outcome, Outcome::Numbers(_))
    }
}

impl LevelResult {
    fn measure(level: Level, family: Family, study: &Study<'_>) -> Result<Self, Problem> {
        let (mut measures, mut flips, mut change) = (Vec::new(), Vec::new(), Vec::new());
        for scores in study.repeats_of(&family.kind(level)) {
            let scores = scores?;
            measures.push(study.outcome.performance(&scores));
            flips.push(study.outcome.flip_rate(&study.scores, &scores));
            change.push(mean_absolute_change(&study.scores, &scores));
        }
        let of_metric = |metric: usize| Repeats::of(measures.iter().map(|m| m[metric].1));
        Ok(Self {
            level,
            measures: (0..study.baseline.len()).map(of_metric).collect(),
            flips: Repeats::of(flips),
            change: Repeats::of(change),
        })
    }

    fn row(&self, study: &Study<'_>) -> Vec<Cell> {
        let mean = |repeats: &Option<Repeats>| Cell::from(repeats.map(|r| r.mean));
        let mut row = vec![text(self.level.to_string())];
        for (place, repeats) in self.measures.iter().enumerate() {
            row.push(mean(repeats));
            if place == 0 {
                row.extend(interval_cells(*repeats));
                let is_lower_better = is_lower_better(study.outcome.first_name());
                row.push(Cell::from(repeats.map(|r| r.worst(is_lower_better))));
            }
            if place == 1 && study.decides() {
                row.push(mean(&self.flips));
            }
        }
        row.push(mean(&self.change));
        row
    }
}

/// A curve from the value without disturbance through the means at its levels, with the extremes of
/// the repeats as its band.
pub(super) fn series(
    name: &str,
    calm: Option<f64>,
    levels: impl Iterator<Item = (Level, Option<Repeats>)>,
) -> Series {
    let start = calm.map(|y| curve_point(0.0, y));
    let levels = levels.filter_map(|(level, repeats)| {
        let repeats = repeats?;
        let mut point = curve_point(level.value(), repeats.mean);
        (point.low, point.high) = (repeats.lowest, repeats.highest);
        Some(point)
    });
    Series {
        name: name.to_owned(),
        points: start.into_iter().chain(levels).collect(),
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
    is_lower_better: bool,
    findings: &mut Findings,
) {
    let worst = repeats.map(|r| r.worst(is_lower_better));
    findings.metric(format!("{prefix}.mean"), repeats.map(|r| r.mean));
    // One repeat has no spread, which is no finding.
    if let Some(std) = repeats.and_then(|r| r.std) {
        findings.metric(format!("{prefix}.std"), std);
    }
    findings.metric(format!("{prefix}.worst"), worst);
    if let Some((low, high)) = repeats.and_then(|r| r.interval) {
        findings.metric(format!("{prefix}.low"), low);
        findings.metric(format!("{prefix}.high"), high);
    }
}

/// Metrics, tables and pictures of the curves.
pub(super) fn report(curves: &[Curve], study: &Study<'_>, findings: &mut Findings) {
    for curve in curves {
        curve.add_metrics(study, findings);
        curve.add_table(study, findings);
    }
    // The two metrics that are easiest to read.
    for (metric, (name, calm)) in study.baseline.iter().enumerate().take(2) {
        findings.figures.push(Figure::Curves {
            title: format!("{} under disturbance", words(name)),
            x_label: "level".to_owned(),
            y_label: words(name).to_owned(),
            series: curves.iter().map(|c| c.series(metric, study)).collect(),
            level: calm.map(|value| ReferenceLine {
                value,
                label: "undisturbed".to_owned(),
            }),
            place: None,
        });
    }
    findings.note(
        "levels: Gaussian noise in population standard deviations of each number, noise on ranks \
         as a share of all rows, categories redrawn from their column with that probability; \
         nothing is clipped, and whole numbers are rounded where the model takes whole numbers"
            .to_owned(),
    );
    findings.note(
        "95%: Student's t interval of the mean over the repeats, none of a single one; bands and \
         `worst` are the extremes of the repeats; a repeat has the same draws at every level and \
         for every model"
            .to_owned(),
    );
}
