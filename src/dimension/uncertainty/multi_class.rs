//! Uncertainty of a classifier of several classes: calibration of the most likely class, and
//! prediction sets (LAC, adaptive ones, and LAC class by class).

use super::by_group::{self, DRAWN_ALPHA, Subject};
use super::calibration::{Resampling, error_interval, warn_of_error};
use super::group_tables;
use super::groups::Groups;
use super::promise;
use super::sides::{Halves, Sides};
use crate::dimension::findings::{Findings, text};
use crate::dimension::outcome::Outcome;
use crate::dimension::{Inputs, preset};
use crate::event::{Cell, Figure, ReferenceLine, ReliabilityBin};
use crate::metrics::adaptive_sets::{adaptive_scores, of_labels};
use crate::metrics::calibration::{
    TOP_LABEL_BINS, expected_calibration_error, maximum_calibration_error, reliability_bins,
};
use crate::metrics::conformal::{Calibration, Coverage, class_conditional_coverage, coverage};
use crate::metrics::multi_class::{brier_score, log_loss, most_likely};
use crate::metrics::random::UniformStream;
use crate::resource::TableId;
use crate::vocabulary::Problem;

/// Labels and scores of the rows of one side.
#[derive(Clone, Copy)]
struct Side<'a> {
    labels: &'a [usize],
    scores: &'a [f64],
}

pub(super) fn evaluate(inputs: &Inputs<'_>, classes: &[String]) -> Result<Findings, Problem> {
    let whole = inputs.outcome(&TableId::Dataset)?;
    let scores = inputs.scores(TableId::Dataset)?;
    let mut findings = Findings::default();
    let rows = Side {
        labels: labels(&whole)?,
        scores: &scores,
    };
    let draws = Resampling::of(inputs);
    calibration(rows, classes.len(), draws, &mut findings);
    let split = Halves::of(inputs, whole.rows(), &mut findings);
    let outcomes = split.outcomes(inputs)?;
    let scores = split.scores(inputs, &inputs.catalogue.validated(), classes.len())?;
    let sides = Sides {
        calibration: Side {
            labels: labels(&outcomes.calibration)?,
            scores: &scores.calibration,
        },
        evaluation: Side {
            labels: labels(&outcomes.evaluation)?,
            scores: &scores.evaluation,
        },
    };
    let mut sets = Sets::new(classes);
    let groups = Groups::of(inputs, split.judged(), &mut findings);
    plain(&sides, &groups, &mut sets, &mut findings);
    if classes.len() > 2 {
        adaptive(inputs.seed, &sides, &mut sets, &mut findings);
    } else {
        findings.note(
            "no adaptive sets (APS): with two classes the likelier one is in every set, so they say \
             nothing that LAC does not"
                .to_owned(),
        );
    }
    sets.finish(&mut findings);
    findings.headline("ece", "ece_top_label");
    Ok(findings)
}

fn labels(outcome: &Outcome) -> Result<&[usize], Problem> {
    match outcome {
        Outcome::Classes { labels, .. } => Ok(labels),
        _ => Err(Problem::new("the target does not hold several classes")),
    }
}

/// Calibration of the most likely class's probability (Guo et al. 2017).
fn calibration(rows: Side<'_>, classes: usize, draws: Resampling, findings: &mut Findings) {
    let Side { labels, scores } = rows;
    findings.metric("brier", brier_score(labels, scores, classes));
    findings.metric("log_loss", log_loss(labels, scores, classes));
    let rows = scores.chunks_exact(classes).zip(labels);
    let (right, confidence): (Vec<bool>, Vec<f64>) = rows
        .map(|(row, label)| match most_likely(row) {
            Some(winner) => (winner == *label, row[winner]),
            None => (false, f64::NAN),
        })
        .unzip();
    let bins = reliability_bins(&right, &confidence, TOP_LABEL_BINS).unwrap_or_default();
    let error = expected_calibration_error(&bins);
    findings.metric("ece_top_label", error);
    let interval = error_interval(&bins, draws);
    findings.metric("ece_top_label.low", interval.map(|i| i.low));
    findings.metric("ece_top_label.high", interval.map(|i| i.high));
    findings.score(
        error.map(|error| 1.0 - error),
        interval.map(|i| (1.0 - i.high, 1.0 - i.low)),
        "1 - expected calibration error of the most likely class (15 bins of equal width); 1 where \
         its score is the rate at which it comes true",
    );
    warn_of_error(&bins, interval, findings);
    findings.metric("mce_top_label", maximum_calibration_error(&bins));
    let rows = bins.iter().filter(|bin| bin.count > 0).map(|bin| {
        vec![
            text(format!("({:.2}, {:.2}]", bin.lower, bin.upper)),
            Cell::Count(bin.count),
            bin.mean_score.into(),
            bin.observed_rate.into(),
            bin.gap().into(),
        ]
    });
    findings.table(
        "reliability",
        "Reliability of the most likely class's score",
        &["score", "n", "mean score", "share right", "gap"],
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
        title: "Reliability of the most likely class".to_owned(),
        bins: drawn.collect(),
    });
}

/// LAC with one quantile for all classes, and with one for each (Mondrian; Vovk 2012).
fn plain(
    sides: &Sides<Side<'_>>,
    groups: &Groups<'_>,
    sets: &mut Sets<'_>,
    findings: &mut Findings,
) {
    let classes = sets.classes.len();
    let Side { labels, scores } = sides.calibration;
    let all = Calibration::new(scores, classes, labels);
    let own = Calibration::by_class(scores, classes, labels);
    let subject = Subject::Classes {
        classes,
        calibration: (scores, labels),
        judged: (sides.evaluation.scores, sides.evaluation.labels),
    };
    let shown = by_group::describe(&subject, groups, |alpha| all.quantile(alpha), findings);
    sets.groups = group_tables::figures(&subject, shown);
    let Side { labels, scores } = sides.evaluation;
    for alpha in preset::CONFORMAL_ALPHAS {
        let quantile = all.quantile(alpha);
        let result = coverage(scores, classes, labels, quantile);
        sets.add("conformal", alpha, &[quantile], &result, findings);
        let quantiles: Vec<_> = own.iter().map(|own| own.quantile(alpha)).collect();
        let result = class_conditional_coverage(scores, labels, &quantiles);
        sets.add("class_conditional", alpha, &quantiles, &result, findings);
    }
}

/// Adaptive prediction sets, with a random number a row.
fn adaptive(seed: u64, sides: &Sides<Side<'_>>, sets: &mut Sets<'_>, findings: &mut Findings) {
    let classes = sets.classes.len();
    let scores = |side: &Side<'_>, name: &str| {
        let mut u = vec![0.0; side.labels.len()];
        UniformStream::new(seed, name, 0).fill(0, &mut u);
        adaptive_scores(side.scores, classes, &u)
    };
    let calibration = scores(&sides.calibration, "adaptive sets, calibration");
    let calibration = of_labels(&calibration, classes, sides.calibration.labels);
    let calibration = Calibration::from_scores(calibration);
    // A set holds the classes whose score is at most the quantile, as it holds those of `1 - p`.
    let evaluation = scores(&sides.evaluation, "adaptive sets, evaluation");
    let membership: Vec<f64> = evaluation.iter().map(|score| 1.0 - score).collect();
    for alpha in preset::CONFORMAL_ALPHAS {
        let quantile = calibration.quantile(alpha);
        let result = coverage(&membership, classes, sides.evaluation.labels, quantile);
        sets.add("aps", alpha, &[quantile], &result, findings);
    }
}

/// The table of all sets, and bars of their coverage.
struct Sets<'a> {
    classes: &'a [String],
    rows: Vec<Vec<Cell>>,
    figures: Vec<Figure>,
    /// Of the protected groups.
    groups: Vec<Figure>,
}

impl<'a> Sets<'a> {
    fn new(classes: &'a [String]) -> Self {
        Self {
            classes,
            rows: Vec::new(),
            figures: Vec::new(),
            groups: Vec::new(),
        }
    }

    /// `quantiles` holds one for all classes, or one for each.
    fn add(
        &mut self,
        kind: &str,
        alpha: f64,
        quantiles: &[Option<f64>],
        result: &Coverage,
        findings: &mut Findings,
    ) {
        let prefix = format!("{kind}.{alpha:?}");
        match quantiles {
            [one] => findings.metric(format!("{prefix}.quantile"), *one),
            each => {
                for (class, quantile) in self.classes.iter().zip(each) {
                    findings.metric(format!("{prefix}.quantile.{class}"), *quantile);
                }
            }
        }
        findings.metric(format!("{prefix}.coverage"), result.coverage);
        findings.metric(format!("{prefix}.mean_set_size"), result.mean_set_size);
        findings.metric(format!("{prefix}.empty_sets"), result.empty_sets() as f64);
        for (class, value) in self.classes.iter().zip(&result.class_coverage) {
            findings.metric(format!("{prefix}.coverage.{class}"), *value);
        }
        let words = match kind {
            "conformal" => "LAC",
            "class_conditional" => "LAC by class",
            _ => "APS",
        };
        let mut row = vec![
            text(words),
            text(format!("{:.0}%", 100.0 * (1.0 - alpha))),
            result.coverage.into(),
        ];
        row.extend(result.class_coverage.iter().map(|value| Cell::from(*value)));
        row.extend([
            Cell::from(result.mean_set_size),
            Cell::Count(result.empty_sets()),
        ]);
        self.rows.push(row);
        self.figures
            .push(coverage_bars(words, alpha, self.classes, result));
        if alpha == DRAWN_ALPHA {
            let title = format!("Size of the {:.0}% sets ({words})", 100.0 * (1.0 - alpha));
            let sizes = promise::size_bars(title, &result.set_sizes);
            self.figures.push(sizes);
        }
    }

    fn finish(self, findings: &mut Findings) {
        let mut columns = vec!["sets", "promised", "coverage"];
        columns.extend(self.classes.iter().map(String::as_str));
        columns.extend(["mean size", "empty"]);
        let title = "Prediction sets: coverage, by class, and size";
        findings.note(promise::note("the classes"));
        findings.table("sets", title, &columns, self.rows);
        findings.figures.extend(self.figures);
        findings.figures.extend(self.groups);
    }
}

fn coverage_bars(words: &str, alpha: f64, classes: &[String], result: &Coverage) -> Figure {
    let wanted = 1.0 - alpha;
    let all: u64 = result.set_sizes.iter().sum();
    let mut whole = vec![promise::bar("all rows", result.coverage, all)];
    let by_class = classes.iter().zip(&result.class_coverage);
    let by_class = by_class.zip(&result.class_rows);
    let by_class = by_class.map(|((class, value), rows)| promise::bar(class, *value, *rows));
    let mut by_class: Vec<_> = by_class.collect();
    promise::judge(&mut whole, wanted);
    promise::judge(&mut by_class, wanted);
    let bars = whole.into_iter().chain(by_class);
    let bars = bars.map(|(bar, _)| bar).collect();
    Figure::Bars {
        title: format!("Coverage of the {:.0}% sets ({words})", 100.0 * wanted),
        bars,
        reference: Some(ReferenceLine {
            value: wanted,
            label: "promised".to_owned(),
        }),
        from: promise::AXIS_FROM,
    }
}
