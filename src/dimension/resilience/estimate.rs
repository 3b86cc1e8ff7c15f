//! How well the model can be expected to do where nobody knows the labels yet (CBPE), and whether that is
//! to be believed.

use super::calibrated::{Calibrated, Cut, Fit};
use super::tables::Seen;
use super::{PERFORMANCE, measures_row};
use crate::dimension::Inputs;
use crate::dimension::findings::{Findings, p_value, text};
use crate::dimension::outcome::{Measures, Outcome};
use crate::display;
use crate::event::Cell;
use crate::metrics::drift::PSI_LARGE;
use crate::metrics::estimated_classes::class_calibration_p_value;
use crate::metrics::estimated_performance::calibration_p_value;
use crate::metrics::hypothesis::holm;
use crate::resource::{Catalogue, Key, ScoreMeaning, TableId};
use crate::vocabulary::{Problem, Task};

/// From this p-value down calibration has broken down.
const LEVEL: f64 = 0.05;

/// The table by which scores are calibrated: rows of their own, or the dataset; none where neither has
/// labels, or there are no classes.
fn calibrated_by(catalogue: &Catalogue) -> Option<TableId> {
    let has_classes = !matches!(catalogue.task(), Task::Regression);
    let own = Some(TableId::Calibration).filter(|id| catalogue.has_table(id));
    let dataset = Some(TableId::Dataset).filter(|id| catalogue.is_labelled(id));
    own.or(dataset).filter(|_| has_classes)
}

/// What it asks for beside the tables that are looked at anyway.
pub(super) fn needs(catalogue: &Catalogue) -> Vec<Key> {
    let Some(TableId::Calibration) = calibrated_by(catalogue) else {
        return Vec::new();
    };
    let mut keys = catalogue.outcomes(&TableId::Calibration);
    keys.push(Key::predictions(
        catalogue.validated(),
        TableId::Calibration,
    ));
    keys
}

/// An estimate for a table, and what is known of its truth.
struct Estimate<'t> {
    name: &'t str,
    rows: usize,
    measures: Measures,
    truth: Option<&'t Measures>,
    /// That the labels are as expected, where there are labels.
    p_value: Option<f64>,
    adjusted: Option<f64>,
    /// How far the scores have moved from those that were calibrated.
    psi: Option<f64>,
}

impl<'t> Estimate<'t> {
    fn of(seen: &'t Seen, calibrated: &Calibrated, cut: Cut) -> Self {
        let scores = seen.scores();
        let chances = calibrated.at(scores);
        let p_value = seen.labelled().and_then(|table| match &table.outcome {
            Outcome::Binary { labels, .. } => {
                calibration_p_value(labels, scores, &chances, cut.threshold)
            }
            Outcome::Classes { labels, classes } => {
                class_calibration_p_value(labels, scores, &chances, *classes)
            }
            Outcome::Numbers(_) => None,
        });
        Self {
            name: seen.name(),
            rows: scores.len() / calibrated.columns(),
            measures: calibrated.expected(scores, &chances, cut),
            truth: seen.labelled().map(|table| &table.measures),
            p_value,
            adjusted: None,
            psi: calibrated.moved(scores),
        }
    }

    fn truth_of(&self, metric: &str) -> Option<f64> {
        let mut known = self.truth?.iter();
        known.find(|(name, _)| *name == metric)?.1
    }

    /// Is the calibration known to hold no longer? By labels; without any, by how far the scores lie
    /// from those that were calibrated.
    fn is_broken(&self) -> bool {
        if self.truth.is_some() {
            return self.adjusted.is_some_and(|p| p <= LEVEL);
        }
        self.psi.is_some_and(|psi| psi >= PSI_LARGE)
    }

    fn report(&self, findings: &mut Findings) {
        let prefix = format!("{}.estimated", self.name);
        for (metric, estimated) in &self.measures {
            findings.metric(format!("{prefix}.{metric}"), *estimated);
            let known = self
                .truth
                .is_some_and(|truth| truth.iter().any(|(m, _)| m == metric));
            if known {
                let error = estimated
                    .zip(self.truth_of(metric))
                    .map(|(e, truth)| e - truth);
                findings.metric(format!("{prefix}.{metric}.error"), error);
            }
        }
        if self.truth.is_some() {
            findings.metric(format!("{prefix}.calibration_p_value"), self.adjusted);
        }
        findings.metric(format!("{prefix}.score_psi"), self.psi);
        let broken = f64::from(u8::from(self.is_broken()));
        findings.metric(format!("{prefix}.calibration_broken"), broken);
        if self.is_broken() {
            findings.warn(self.warning());
        }
    }

    fn warning(&self) -> String {
        let name = self.name;
        if self.truth.is_none() {
            let psi = self.psi.map_or_else(String::new, display::metric);
            return format!(
                "{name}: calibration may have broken down: its scores lie far from those that were \
                 calibrated (PSI {psi}), so what is estimated there is not to be relied on"
            );
        }
        let accuracy = self
            .measures
            .iter()
            .find(|(metric, _)| *metric == "accuracy");
        let accuracy = accuracy.and_then(|(_, estimated)| *estimated);
        let off = accuracy.zip(self.truth_of("accuracy"));
        let off = off.map_or_else(String::new, |(estimated, truth)| {
            format!(
                ": accuracy is estimated at {} and is {}",
                display::metric(estimated),
                display::metric(truth)
            )
        });
        format!(
            "{name}: calibration has broken down, its labels are not what the scores let expect{off}; \
             estimates for rows like these are not to be relied on"
        )
    }

    fn rows(&self) -> impl Iterator<Item = Vec<Cell>> {
        self.measures.iter().map(|(metric, estimated)| {
            let truth = self.truth_of(metric);
            vec![
                text(format!("{} {}", self.name, metric.replace('_', " "))),
                Cell::Count(self.rows as u64),
                (*estimated).into(),
                truth.into(),
                estimated.zip(truth).map(|(e, truth)| e - truth).into(),
                p_value(self.adjusted),
            ]
        })
    }
}

/// Estimates the performance on every table but the one that calibrates.
pub(super) fn report(
    inputs: &Inputs<'_>,
    base: &Seen,
    others: &[Seen],
    findings: &mut Findings,
) -> Result<(), Problem> {
    let catalogue = inputs.catalogue;
    let is_wanted = base.unlabelled().is_some() || others.iter().any(|o| o.unlabelled().is_some());
    let Some(by) = calibrated_by(catalogue) else {
        if is_wanted {
            findings.warn(not_estimated(catalogue));
        }
        return Ok(());
    };
    let Some(calibrated) = Calibrated::of(inputs, by)? else {
        findings.warn("performance is not estimated: a score of the calibration is no number");
        return Ok(());
    };
    let cut = Cut {
        threshold: catalogue.threshold(),
        is_chance: catalogue.score_meaning() == ScoreMeaning::Probability,
    };
    let base = Some(base).filter(|_| calibrated.by == TableId::Calibration);
    let tables = base.into_iter().chain(others);
    let estimates = tables.map(|seen| Estimate::of(seen, &calibrated, cut));
    let mut estimates: Vec<Estimate<'_>> = estimates.collect();
    let p_values: Vec<Option<f64>> = estimates.iter().map(|e| e.p_value).collect();
    for (estimate, adjusted) in estimates.iter_mut().zip(holm(&p_values)) {
        estimate.adjusted = adjusted;
    }
    for estimate in &estimates {
        estimate.report(findings);
    }
    headline(&estimates, findings);
    beside_the_known(&estimates, findings);
    findings.table(
        "estimated",
        "Performance estimated without labels (CBPE)",
        &["metric", "n", "estimated", "truth", "error", "p_adjusted"],
        estimates.iter().flat_map(Estimate::rows).collect(),
    );
    findings.note(method(&calibrated));
    Ok(())
}

/// Where no table beside the dataset has labels, the first estimate is what there is to tell.
fn headline(estimates: &[Estimate<'_>], findings: &mut Findings) {
    let first = estimates.iter().find(|estimate| estimate.name != "base");
    if let (None, Some(first)) = (&findings.headline, first) {
        findings.headline("auc est", format!("{}.estimated.auc", first.name));
    }
}

/// Sets the estimates of tables without labels beside the performance that is known.
fn beside_the_known(estimates: &[Estimate<'_>], findings: &mut Findings) {
    const METRICS: usize = 4;
    let unknown = estimates.iter().filter(|estimate| estimate.truth.is_none());
    let rows = unknown.map(|estimate| {
        let name = match estimate.name {
            "base" => "dataset",
            name => name,
        };
        let shown = estimate.measures[..METRICS].to_vec();
        measures_row(&format!("{name} (estimated)"), estimate.rows, &shown)
    });
    let rows: Vec<Vec<Cell>> = rows.collect();
    if rows.is_empty() {
        return;
    }
    if let Some(known) = findings.tables.get_mut(PERFORMANCE) {
        known.rows.extend(rows);
        return;
    }
    let heads = ["table", "n", "auc", "accuracy", "f1", "log loss"];
    findings.table(PERFORMANCE, "Performance on each table", &heads, rows);
}

fn not_estimated(catalogue: &Catalogue) -> String {
    let target = &catalogue.experiment.dataset.target;
    match catalogue.task() {
        Task::Binary { .. } | Task::MultiClass(_) => format!(
            "performance is not estimated: no table with `{target}` is there to calibrate the scores by; \
             name one in `calibration` under [dataset]"
        ),
        Task::Regression => {
            "performance without labels is estimated for classes only, and the target is a number"
                .to_owned()
        }
    }
}

fn method(calibrated: &Calibrated) -> String {
    let by = match calibrated.by {
        TableId::Calibration => "the calibration set".to_owned(),
        _ => "the dataset itself, for there is no calibration set".to_owned(),
    };
    let (chances, decided) = match &calibrated.fit {
        Fit::Two(_) => (
            format!(
                "each row is positive with the probability that isotonic regression on {by} gives its score \
                 (CBPE: ratios of expected counts)"
            ),
            "of the positives among either decision",
        ),
        Fit::Several(_) => (
            format!(
                "each row is of a class with the probability that isotonic regression on {by} gives its score \
                 against the rest, brought to a sum of 1 over the classes (CBPE: metrics are means over the \
                 classes against the rest, of ratios of expected counts)"
            ),
            "of the rows decided rightly among those given each class",
        ),
    };
    format!(
        "estimated without labels: {chances}; it holds as long as rows of one score keep their chance, and no \
         label means no sight of concept drift. Calibration has broken down where labels are not as expected \
         (chi-square {decided} at {LEVEL}, Holm over the tables), or, without labels, where the scores' PSI is \
         {PSI_LARGE} or more"
    )
}
