//! Fairness of a predicted number: do groups get other numbers, and are their numbers equally right?

use super::sizes;
use crate::dimension::Inputs;
use crate::dimension::findings::{Findings, text};
use crate::event::{Bar, Cell, Figure, ReferenceLine};
use crate::metrics::bootstrap::Interval;
use crate::metrics::moments::mean;
use crate::metrics::number_parity::{ParityGap, parity_gaps};
use crate::metrics::regression::{Performance, standardised_mean_difference};
use crate::metrics::standard_error::{
    around, change_interval, mean_standard_error, numbers_standard_errors,
};
use crate::resource::{Attribute, ProtectedAttribute, TableId};
use crate::vocabulary::Problem;

/// From this standardised mean difference on, groups differ by more than a small amount (Cohen 1988:
/// 0.2 small, 0.5 medium, 0.8 large).
const SMALL: f64 = 0.2;

/// A number of a group, with its standard error.
type Of = fn(&Group<'_>) -> (Option<f64>, Option<f64>);

/// One group.
struct Group<'a> {
    name: &'a str,
    is_small: bool,
    /// How far its predictions lie from those of all rows.
    parity: Option<ParityGap>,
    predicted: Vec<f64>,
    mean_prediction: Option<f64>,
    mean_outcome: Option<f64>,
    /// Of prediction - outcome.
    mean_residual: Option<f64>,
    performance: Performance,
    errors: Errors,
}

/// Standard errors of what a group has.
struct Errors {
    outcome: Option<f64>,
    prediction: Option<f64>,
    residual: Option<f64>,
    /// Of RMSE, MAE and R2.
    of_metrics: [Option<f64>; 3],
}

impl Errors {
    fn interval(&self, value: Option<f64>, of: fn(&Self) -> Option<f64>) -> Option<Interval> {
        value.zip(of(self)).map(around)
    }
}

pub(super) fn evaluate(inputs: &Inputs<'_>) -> Result<Findings, Problem> {
    let target = &inputs.catalogue.experiment.dataset.target;
    let table = inputs.resolved.table(&TableId::Dataset)?;
    let outcomes = table.outcome_numbers(target)?;
    let predicted = inputs.scores(TableId::Dataset)?;
    let overall = mean(&predicted);
    let mut findings = Findings::default();
    let mut largest: Option<(f64, &str)> = None;
    let mut farthest: Option<(ParityGap, String)> = None;
    for protected in inputs.resolved.protected()? {
        let attribute = &protected.attribute;
        let groups = groups(protected, &outcomes, &predicted);
        let larger: Vec<&Group<'_>> = groups.iter().filter(|group| !group.is_small).collect();
        // One group has no other to be equal to.
        for group in larger.iter().filter(|_| larger.len() > 1) {
            let is_farther = |gap: &ParityGap| farthest.as_ref().is_none_or(|f| gap.gap > f.0.gap);
            if let Some(gap) = group.parity.filter(is_farther) {
                farthest = Some((gap, format!("{} of {}", group.name, attribute.name)));
            }
        }
        let difference = describe(attribute, &groups, overall, &mut findings);
        if let Some(difference) = difference.filter(|d| largest.is_none_or(|(most, _)| *d > most)) {
            largest = Some((difference, &attribute.name));
        }
    }
    if let Some((_, name)) = largest {
        findings.headline("max smd", format!("{name}.standardised_mean_difference"));
    }
    if let Some((ParityGap { gap, interval }, group)) = farthest {
        let interval = interval.map(|(low, high)| (1.0 - high, 1.0 - low));
        let meaning = format!(
            "1 - the Kolmogorov distance between the predictions of a group and those of all rows, \
             which is the largest gap of selection rates over all thresholds, of the group that is \
             farthest off and not small: {group}; 1 is parity"
        );
        findings.score(Some(1.0 - gap), interval, meaning);
    }
    findings.note(
        "the standardised mean difference (smd) is the largest of two groups that are not small; a gap \
         between groups may be that of the target itself: compare the mean prediction with \
         the mean outcome, and look at the mean residual"
            .to_owned(),
    );
    Ok(findings)
}

fn groups<'a>(
    protected: &'a ProtectedAttribute,
    outcomes: &[f64],
    predicted: &[f64],
) -> Vec<Group<'a>> {
    let attribute = &protected.attribute;
    let mut rows = vec![(Vec::new(), Vec::new()); attribute.groups.len()];
    for (code, (y, f)) in protected.codes.iter().zip(outcomes.iter().zip(predicted)) {
        let (outcomes, predicted) = &mut rows[code as usize];
        outcomes.push(*y);
        predicted.push(*f);
    }
    let small = sizes::small_groups(protected).into_iter();
    let parity = parity_gaps(predicted, &protected.codes, attribute.groups.len());
    let known = attribute.groups.iter().zip(small.zip(parity)).zip(rows);
    let group = known.map(|((name, (is_small, parity)), (outcomes, predicted))| {
        let residuals = predicted.iter().zip(&outcomes).map(|(f, y)| f - y);
        let errors = Errors {
            outcome: mean_standard_error(outcomes.iter().copied()),
            prediction: mean_standard_error(predicted.iter().copied()),
            residual: mean_standard_error(residuals.clone()),
            of_metrics: numbers_standard_errors(&outcomes, &predicted),
        };
        Group {
            name,
            is_small,
            parity,
            mean_prediction: mean(&predicted),
            mean_outcome: mean(&outcomes),
            mean_residual: mean(&residuals.collect::<Vec<f64>>()),
            performance: Performance::measure(&outcomes, &predicted),
            errors,
            predicted,
        }
    });
    group.collect()
}

/// Adds everything about one attribute, with the mean prediction of all rows beside it; gives its
/// standardised mean difference.
fn describe(
    attribute: &Attribute,
    groups: &[Group<'_>],
    overall: Option<f64>,
    findings: &mut Findings,
) -> Option<f64> {
    let name = &attribute.name;
    let mut rows = Vec::new();
    let mut bars = Vec::new();
    for group in groups {
        let performance = group.performance;
        let (prediction, outcome) = (group.mean_prediction, group.mean_outcome);
        let n = group.predicted.len();
        findings.metric(format!("{name}.{}.n", group.name), n as f64);
        let errors = &group.errors;
        let parity = group.parity.and_then(|parity| parity.interval);
        let parity = parity.map(|(low, high)| Interval { low, high });
        for (metric, value, interval) in [
            (
                "mean_outcome",
                outcome,
                errors.interval(outcome, |e| e.outcome),
            ),
            (
                "mean_prediction",
                prediction,
                errors.interval(prediction, |e| e.prediction),
            ),
            (
                "mean_residual",
                group.mean_residual,
                errors.interval(group.mean_residual, |e| e.residual),
            ),
            (
                "rmse",
                performance.rmse,
                errors.interval(performance.rmse, |e| e.of_metrics[0]),
            ),
            (
                "mae",
                performance.mae,
                errors.interval(performance.mae, |e| e.of_metrics[1]),
            ),
            (
                "r2",
                performance.r2,
                errors.interval(performance.r2, |e| e.of_metrics[2]),
            ),
            ("parity_gap", group.parity.map(|parity| parity.gap), parity),
        ] {
            findings.with_interval(format!("{name}.{}.{metric}", group.name), value, interval);
        }
        rows.push(vec![
            text(group.name),
            Cell::Count(n as u64),
            outcome.into(),
            prediction.into(),
            group.mean_residual.into(),
            performance.rmse.into(),
            performance.mae.into(),
            group.parity.map(|parity| parity.gap).into(),
            text(sizes::mark(group.is_small)),
        ]);
        bars.push(Bar {
            label: group.name.to_owned(),
            value: prediction,
            interval: group
                .errors
                .interval(prediction, |e| e.prediction)
                .map(|i| (i.low, i.high)),
            note: format!("n {n}{}", sizes::suffix(group.is_small)),
            flagged: false,
        });
    }
    let gaps: [(&str, Of); 4] = [
        ("mean_prediction_gap", |g| {
            (g.mean_prediction, g.errors.prediction)
        }),
        ("mean_residual_gap", |g| {
            (g.mean_residual, g.errors.residual)
        }),
        ("rmse_difference", |g| {
            (g.performance.rmse, g.errors.of_metrics[0])
        }),
        ("mae_difference", |g| {
            (g.performance.mae, g.errors.of_metrics[1])
        }),
    ];
    for (metric, of) in gaps {
        let (value, interval) = gap(groups.iter().map(of)).unzip();
        findings.with_interval(format!("{name}.{metric}"), value, interval.flatten());
    }
    let small: Vec<bool> = groups.iter().map(|group| group.is_small).collect();
    let left_out = "the standardised mean difference and the score leave them out";
    findings.notes(sizes::note(attribute, &small, left_out));
    let widest = widest_pair(groups);
    let difference = widest.as_ref().map(|(difference, ..)| *difference);
    findings.metric(format!("{name}.standardised_mean_difference"), difference);
    if let Some((difference, high, low)) = widest.filter(|(d, ..)| *d >= SMALL) {
        findings.note(format!(
            "{name}: {high} is given higher numbers than {low}, by {difference:.2} standard \
             deviations (0.2 is small, 0.5 medium, 0.8 large)"
        ));
    }
    findings.table(
        name.clone(),
        format!("Groups of {name}"),
        &[
            "group",
            "n",
            "outcome",
            "prediction",
            "residual",
            "rmse",
            "mae",
            "parity gap",
            "size",
        ],
        rows,
    );
    findings.figures.push(Figure::Bars {
        title: format!("Mean prediction by {name}"),
        bars,
        reference: overall.map(|value| ReferenceLine {
            value,
            label: "all rows".to_owned(),
        }),
        from: 0.0,
    });
    difference
}

/// Highest less lowest, of values with their standard errors, and the interval of it; none where a group
/// has no value.
fn gap(
    values: impl Iterator<Item = (Option<f64>, Option<f64>)>,
) -> Option<(f64, Option<Interval>)> {
    let values = values.map(|(value, error)| Some((value?, error)));
    let values: Vec<(f64, Option<f64>)> = values.collect::<Option<_>>()?;
    let highest = *values.iter().max_by(|a, b| a.0.total_cmp(&b.0))?;
    let lowest = *values.iter().min_by(|a, b| a.0.total_cmp(&b.0))?;
    let errors = highest.1.zip(lowest.1).filter(|_| values.len() > 1);
    let interval = errors.map(|(of_highest, of_lowest)| {
        let (low, high) = change_interval((highest.0, of_highest), (lowest.0, of_lowest));
        Interval { low, high }
    });
    Some((highest.0 - lowest.0, interval))
}

/// The pair of groups, none of them small, whose standardised mean difference is the largest: it, the
/// group with the higher numbers, the other.
fn widest_pair<'a>(groups: &[Group<'a>]) -> Option<(f64, &'a str, &'a str)> {
    let mut widest: Option<(f64, &str, &str)> = None;
    let groups: Vec<&Group<'a>> = groups.iter().filter(|group| !group.is_small).collect();
    for (i, a) in groups.iter().enumerate() {
        for b in &groups[i + 1..] {
            let Some(difference) = standardised_mean_difference(&a.predicted, &b.predicted) else {
                continue;
            };
            let (high, low) = if difference >= 0.0 { (a, b) } else { (b, a) };
            let difference = difference.abs();
            if widest.is_none_or(|(most, ..)| difference > most) {
                widest = Some((difference, high.name, low.name));
            }
        }
    }
    widest
}
