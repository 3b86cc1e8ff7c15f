//! How well the model can be expected to do where nobody knows the labels yet (CBPE), and whether that is
//! to be believed.

use super::tables::Seen;
use super::{PERFORMANCE, measures_row};
use crate::dimension::Inputs;
use crate::dimension::findings::{Findings, p_value, text};
use crate::dimension::outcome::{Measures, Outcome};
use crate::display;
use crate::event::Cell;
use crate::metrics::drift::{NumericSample, PSI_LARGE, numeric_drift};
use crate::metrics::estimated_performance::{Expected, calibration_p_value};
use crate::metrics::hypothesis::holm;
use crate::metrics::isotonic::Isotonic;
use crate::resource::{Catalogue, Key, ScoreMeaning, TableId};
use crate::vocabulary::{Problem, Task};

/// From this p-value down calibration has broken down.
const LEVEL: f64 = 0.05;

/// The table by which scores are calibrated: rows of their own, or the dataset; none where neither has
/// labels, or there are not two classes.
fn calibrated_by(catalogue: &Catalogue) -> Option<TableId> {
    let is_binary = matches!(catalogue.task(), Task::Binary { .. });
    let own = Some(TableId::Calibration).filter(|id| catalogue.has_table(id));
    let dataset = Some(TableId::Dataset).filter(|id| catalogue.is_labelled(id));
    own.or(dataset).filter(|_| is_binary)
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

/// What scores have turned out to mean on rows whose labels are known.
struct Calibrated {
    fit: Isotonic,
    by: TableId,
    /// The scores that it was fitted on.
    scores: NumericSample,
}

impl Calibrated {
    /// None where a score is no number.
    fn of(inputs: &Inputs<'_>, by: TableId) -> Result<Option<Self>, Problem> {
        let (labels, scores) = (inputs.labels(&by)?, inputs.scores(by.clone())?);
        let fit = Isotonic::fit(&scores, &labels);
        Ok(fit.map(|fit| Self {
            fit,
            by,
            scores: NumericSample::new(&scores),
        }))
    }

    fn at(&self, scores: &[f64]) -> Vec<f64> {
        scores.iter().map(|score| self.fit.at(*score)).collect()
    }
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
    fn of(seen: &'t Seen, calibrated: &Calibrated, threshold: f64, is_chance: bool) -> Self {
        let scores = seen.scores();
        let chances = calibrated.at(scores);
        let expected = Expected::of(scores, &chances, threshold);
        let p_value = seen.labelled().and_then(|table| match &table.outcome {
            Outcome::Binary { labels, .. } => {
                calibration_p_value(labels, scores, &chances, threshold)
            }
            Outcome::Classes { .. } | Outcome::Numbers(_) => None,
        });
        let moved = numeric_drift(&calibrated.scores, &NumericSample::new(scores));
        Self {
            name: seen.name(),
            rows: scores.len(),
            measures: vec![
                ("auc", expected.auc),
                ("accuracy", expected.accuracy()),
                ("f1", expected.f1()),
                ("log_loss", expected.log_loss.filter(|_| is_chance)),
                ("precision", expected.precision()),
                ("recall", expected.recall()),
                ("specificity", expected.specificity()),
            ],
            truth: seen.labelled().map(|table| &table.measures),
            p_value,
            adjusted: None,
            psi: moved.psi,
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
    let is_chance = catalogue.score_meaning() == ScoreMeaning::Probability;
    let threshold = catalogue.threshold();
    let base = Some(base).filter(|_| calibrated.by == TableId::Calibration);
    let tables = base.into_iter().chain(others);
    let estimates = tables.map(|seen| Estimate::of(seen, &calibrated, threshold, is_chance));
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
        Task::Binary { .. } => format!(
            "performance is not estimated: no table with `{target}` is there to calibrate the scores by; \
             name one in `calibration` under [dataset]"
        ),
        Task::MultiClass(_) => {
            "performance without labels is estimated for two classes only, and there are more"
                .to_owned()
        }
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
    format!(
        "estimated without labels: each row is positive with the probability that isotonic regression on \
         {by} gives its score (CBPE: ratios of expected counts); it holds as long as rows of one score \
         keep their chance, and no label means no sight of concept drift. Calibration has broken down \
         where labels are not as expected (chi-square of the positives among either decision at {LEVEL}, \
         Holm over the tables), or, without labels, where the scores' PSI is {PSI_LARGE} or more"
    )
}
