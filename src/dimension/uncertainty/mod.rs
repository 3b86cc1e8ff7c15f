//! Uncertainty: do the scores mean what they say (calibration), and how large must a set of classes
//! be to hold the true one (split-conformal LAC; Sadinle, Lei & Wasserman 2019).

mod multi_class;
mod regression;
mod split;

use crate::dimension::findings::{Findings, text};
use crate::dimension::{Inputs, Validation, is_core, lacks_probabilities, preset};
use crate::event::{Bar, Cell, Figure, Preset, ReferenceLine, ReliabilityBin};
use crate::experiment::Task;
use crate::metrics::calibration::{
    POSITIVE_CLASS_BINS, TOP_LABEL_BINS, brier_score, expected_calibration_error,
    maximum_calibration_error, reliability_bins, top_label_bins,
};
use crate::metrics::classification::log_loss;
use crate::metrics::conformal::{Calibration, binary_probabilities, coverage};
use crate::metrics::random::NormalStream;
use crate::resource::{Catalogue, ColumnSet, Key, TableId};

pub(super) struct Uncertainty;

impl Validation for Uncertainty {
    fn needs(&self, catalogue: &Catalogue, _: Preset) -> Result<Vec<Key>, String> {
        if let Some(reason) = lacks_probabilities(catalogue) {
            return Err(reason);
        }
        let mut keys = catalogue.outcomes(&TableId::Dataset);
        keys.push(Key::predictions(catalogue.validated(), TableId::Dataset));
        if has_calibration_scores(catalogue) {
            keys.extend(catalogue.outcomes(&TableId::Calibration));
            keys.push(Key::predictions(
                catalogue.validated(),
                TableId::Calibration,
            ));
        }
        keys.extend(regression::quantile_predictions(catalogue));
        Ok(keys)
    }

    fn declares(&self, key: &Key) -> bool {
        is_core(key)
            || matches!(
                key,
                Key::Table(TableId::Calibration)
                    | Key::Columns {
                        table: TableId::Calibration,
                        set: ColumnSet::Outcome | ColumnSet::All,
                    }
                    | Key::Predictions {
                        table: TableId::Calibration,
                        ..
                    }
            )
    }

    fn evaluate(&self, inputs: &Inputs<'_>) -> Result<Findings, String> {
        match &inputs.catalogue.task {
            Task::MultiClass(classes) => return multi_class::evaluate(inputs, classes),
            Task::Regression => return regression::evaluate(inputs),
            Task::Binary { .. } => {}
        }
        let labels = inputs.labels(&TableId::Dataset)?;
        let scores = inputs.scores(TableId::Dataset)?;
        let mut findings = Findings::default();
        calibration(
            &labels,
            &scores,
            inputs.catalogue.threshold(),
            &mut findings,
        );
        let split = Split::of(inputs, labels, scores, &mut findings)?;
        conformal(&split, &mut findings);
        findings.headline("ece", "ece");
        Ok(findings)
    }
}

/// Can rows of their own calibrate the prediction sets?
fn has_calibration_scores(catalogue: &Catalogue) -> bool {
    catalogue.table(&TableId::Calibration).is_some() && catalogue.precomputed.is_none()
}

fn calibration(labels: &[bool], scores: &[f64], threshold: f64, findings: &mut Findings) {
    findings.metric("brier", brier_score(labels, scores));
    findings.metric("log_loss", log_loss(labels, scores));
    let bins = reliability_bins(labels, scores, POSITIVE_CLASS_BINS).unwrap_or_default();
    findings.metric("ece", expected_calibration_error(&bins));
    findings.metric("mce", maximum_calibration_error(&bins));
    let top_label = top_label_bins(labels, scores, threshold, TOP_LABEL_BINS).unwrap_or_default();
    findings.metric("ece_top_label", expected_calibration_error(&top_label));
    let rows = bins.iter().map(|bin| {
        vec![
            text(format!("({:.1}, {:.1}]", bin.lower, bin.upper)),
            Cell::Count(bin.count),
            bin.mean_score.into(),
            bin.observed_rate.into(),
            bin.gap().into(),
        ]
    });
    findings.table(
        "reliability",
        "Reliability of the positive class's score",
        &["score", "n", "mean score", "observed rate", "gap"],
        rows.collect(),
    );
    let drawn = bins.iter().filter_map(|bin| {
        Some(ReliabilityBin {
            count: bin.count,
            mean_score: bin.mean_score?,
            observed_rate: bin.observed_rate?,
        })
    });
    findings.figures.push(Figure::Reliability {
        title: "Reliability: score against observed rate".to_owned(),
        bins: drawn.collect(),
    });
}

/// Scores and labels of the calibration rows and of the rows that are judged.
struct Split {
    calibration: (Vec<bool>, Vec<f64>),
    evaluation: (Vec<bool>, Vec<f64>),
}

impl Split {
    fn of(
        inputs: &Inputs<'_>,
        labels: Vec<bool>,
        scores: Vec<f64>,
        findings: &mut Findings,
    ) -> Result<Self, String> {
        if has_calibration_scores(inputs.catalogue) {
            let calibration = TableId::Calibration;
            return Ok(Self {
                calibration: (inputs.labels(&calibration)?, inputs.scores(calibration)?),
                evaluation: (labels, scores),
            });
        }
        let why = if inputs.catalogue.table(&TableId::Calibration).is_some() {
            "no scores for the calibration set, since the model is not run"
        } else {
            "no calibration set"
        };
        findings.notes.push(format!(
            "{why}: about half of the dataset's rows (seed {}) calibrate the \
             prediction sets, the others judge them",
            inputs.seed
        ));
        let coin = NormalStream::new(inputs.seed, "calibration split", 0);
        let mut split = Self {
            calibration: (Vec::new(), Vec::new()),
            evaluation: (Vec::new(), Vec::new()),
        };
        for (row, (label, score)) in labels.into_iter().zip(scores).enumerate() {
            let side = if coin.draw(row as u64) < 0.0 {
                &mut split.calibration
            } else {
                &mut split.evaluation
            };
            side.0.push(label);
            side.1.push(score);
        }
        Ok(split)
    }
}

fn conformal(split: &Split, findings: &mut Findings) {
    let classes = |labels: &[bool]| labels.iter().map(|l| usize::from(*l)).collect::<Vec<_>>();
    let (labels, scores) = &split.calibration;
    let calibration = Calibration::new(&binary_probabilities(scores), 2, &classes(labels));
    let (labels, scores) = &split.evaluation;
    let (probabilities, labels) = (binary_probabilities(scores), classes(labels));
    let mut rows = Vec::new();
    for alpha in preset::CONFORMAL_ALPHAS {
        let quantile = calibration.quantile(alpha);
        let result = coverage(&probabilities, 2, &labels, quantile);
        let prefix = format!("conformal.{alpha:?}");
        findings.metric(format!("{prefix}.quantile"), quantile);
        findings.metric(format!("{prefix}.coverage"), result.coverage);
        findings.metric(format!("{prefix}.mean_set_size"), result.mean_set_size);
        findings.metric(format!("{prefix}.empty_sets"), result.empty_sets() as f64);
        for (class, value) in result.class_coverage.iter().enumerate() {
            findings.metric(format!("{prefix}.coverage.{class}"), *value);
        }
        rows.push(vec![
            text(format!("{:.0}%", 100.0 * (1.0 - alpha))),
            quantile.into(),
            result.coverage.into(),
            result.class_coverage.first().copied().flatten().into(),
            result.class_coverage.get(1).copied().flatten().into(),
            result.mean_set_size.into(),
            Cell::Count(result.empty_sets()),
        ]);
        findings.figures.push(coverage_bars(alpha, &result));
    }
    findings.table(
        "conformal",
        "Prediction sets (LAC): coverage and size",
        &[
            "sets",
            "quantile",
            "coverage",
            "class 0",
            "class 1",
            "mean size",
            "empty",
        ],
        rows,
    );
}

fn coverage_bars(alpha: f64, result: &crate::metrics::conformal::Coverage) -> Figure {
    let wanted = 1.0 - alpha;
    let bar = |label: &str, value: Option<f64>| Bar {
        label: label.to_owned(),
        value,
        note: String::new(),
        // Coverage is a share of finitely many rows: a point below the promise is chance.
        flagged: value.is_some_and(|v| v < wanted - 0.01),
    };
    let mut bars = vec![bar("all rows", result.coverage)];
    for (class, value) in result.class_coverage.iter().enumerate() {
        bars.push(bar(&format!("class {class}"), *value));
    }
    Figure::Bars {
        title: format!("Coverage of the {:.0}% prediction sets", 100.0 * wanted),
        bars,
        reference: Some(ReferenceLine {
            value: wanted,
            label: "promised".to_owned(),
        }),
    }
}
