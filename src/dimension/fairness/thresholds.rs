//! What other thresholds would do: selection, accuracy and parity over all of them.

use super::impact::{Impact, Rate};
use super::{Compared, Judged};
use crate::dimension::findings::Findings;
use crate::event::{Cell, CurvePoint, Figure, ReferenceLine, Series};
use crate::metrics::classification::Confusion;
use crate::metrics::fairness::count_gaps;
use crate::metrics::group_codes::Codes;
use crate::metrics::threshold_sweep::{SweepPoint, threshold_sweep};
use crate::resource::ScoreMeaning;

/// Thresholds of the curve; every fifth is in the table.
const STEPS: u32 = 100;
const STEPS_A_ROW: usize = 5;

/// Adds the table of an attribute's sweep, a note on where the four-fifths rule holds, and, if it is
/// to be `drawn`, the curve.
pub(super) fn describe(
    compared: &Compared<'_>,
    codes: &dyn Codes,
    judged: &Judged<'_>,
    drawn: bool,
    findings: &mut Findings,
) {
    let thresholds = thresholds(judged);
    if thresholds.is_empty() {
        return;
    }
    let attribute = compared.attribute;
    let count = attribute.groups.len();
    let sweep = threshold_sweep(&judged.rows, codes, count, &thresholds);
    let shown = sweep.iter().skip(STEPS_A_ROW - 1).step_by(STEPS_A_ROW);
    findings.table(
        format!("{}.thresholds", attribute.name),
        format!("Thresholds by {}", attribute.name),
        &[
            "threshold",
            "selected",
            "accuracy",
            "parity ratio",
            "parity diff",
            "odds diff",
            "opportunity",
        ],
        shown.map(row).collect(),
    );
    if let Some(note) = where_it_holds(compared, judged, &sweep) {
        findings.note(note);
    }
    if drawn {
        findings
            .figures
            .push(curves(compared, judged.threshold, &sweep));
    }
}

/// A grid for probabilities, the scores' own quantiles for margins, nothing for labels.
fn thresholds(judged: &Judged<'_>) -> Vec<f64> {
    match judged.meaning {
        ScoreMeaning::Probability => (1..STEPS)
            .map(|step| f64::from(step) / f64::from(STEPS))
            .collect(),
        ScoreMeaning::Margin => {
            let mut scores = judged.scores.to_vec();
            scores.retain(|score| !score.is_nan());
            scores.sort_unstable_by(f32::total_cmp);
            let at = |step: u32| scores.len() * step as usize / STEPS as usize;
            let mut thresholds: Vec<f64> = (1..STEPS)
                .filter_map(|step| scores.get(at(step)).copied().map(f64::from))
                .collect();
            thresholds.dedup();
            thresholds
        }
        ScoreMeaning::Label | ScoreMeaning::Number => Vec::new(),
    }
}

fn row(point: &SweepPoint) -> Vec<Cell> {
    let overall = point.overall();
    let gaps = count_gaps(&point.groups);
    vec![
        Cell::Number(point.threshold),
        overall.selection_rate().into(),
        overall.accuracy().into(),
        gaps.demographic_parity_ratio.into(),
        gaps.demographic_parity_difference.into(),
        gaps.equalized_odds_difference.into(),
        gaps.equal_opportunity_difference.into(),
    ]
}

/// How the groups that are not small fare at a threshold.
fn larger(compared: &Compared<'_>, point: &SweepPoint) -> Vec<Confusion> {
    let groups = compared.groups.iter().zip(&point.groups);
    let larger = groups.filter(|(group, _)| !group.is_small());
    larger.map(|(_, counts)| *counts).collect()
}

fn parity(compared: &Compared<'_>, point: &SweepPoint) -> Option<f64> {
    count_gaps(&larger(compared, point)).demographic_parity_ratio
}

fn rule_holds(compared: &Compared<'_>, point: &SweepPoint) -> bool {
    let larger = larger(compared, point).into_iter();
    let rates: Vec<Rate> = larger.map(|own| (own.selected(), own.n())).collect();
    Impact::of(&rates, &vec![false; rates.len()]).passes() == Some(true)
}

/// Where the rule is broken now: the nearest threshold at which it would hold, and its price.
fn where_it_holds(
    compared: &Compared<'_>,
    judged: &Judged<'_>,
    sweep: &[SweepPoint],
) -> Option<String> {
    if compared.larger.below(true).is_empty() {
        return None;
    }
    let name = &compared.attribute.name;
    let holds = sweep.iter().filter(|point| rule_holds(compared, point));
    let distance = |point: &&SweepPoint| (point.threshold - judged.threshold).abs();
    let Some(nearest) = holds.min_by(|a, b| distance(a).total_cmp(&distance(b))) else {
        return Some(format!(
            "{name}: no common threshold brings the selection rates of the groups that are not small \
             within four fifths"
        ));
    };
    let overall = nearest.overall();
    Some(format!(
        "{name}: the nearest common threshold with selection rates within four fifths is {:.2}: it \
         selects {:.1}% of the rows, at an accuracy of {:.3}",
        nearest.threshold,
        100.0 * overall.selection_rate()?,
        overall.accuracy()?
    ))
}

fn curves(compared: &Compared<'_>, threshold: f64, sweep: &[SweepPoint]) -> Figure {
    let name = &compared.attribute.name;
    let series = |name: &str, value: &dyn Fn(&SweepPoint) -> Option<f64>| Series {
        name: name.to_owned(),
        points: sweep
            .iter()
            .filter_map(|point| {
                let y = value(point)?;
                Some(CurvePoint {
                    x: point.threshold,
                    y,
                    low: y,
                    high: y,
                })
            })
            .collect(),
    };
    Figure::Curves {
        title: format!("Thresholds by {name}"),
        x_label: "threshold".to_owned(),
        y_label: "share".to_owned(),
        series: vec![
            series("parity ratio", &|point| parity(compared, point)),
            series("accuracy", &|point| point.overall().accuracy()),
            series("selected", &|point| point.overall().selection_rate()),
        ],
        level: Some(ReferenceLine {
            value: 0.8,
            label: "four fifths".to_owned(),
        }),
        place: Some(ReferenceLine {
            value: threshold,
            label: "now".to_owned(),
        }),
    }
}
