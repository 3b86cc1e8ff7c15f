//! Calibration within groups: does a score mean the same chance in every group?

use super::{Compared, Judged};
use crate::dimension::findings::{Findings, text};
use crate::event::{Cell, CurvePoint, Figure, Series};
use crate::metrics::calibration::{
    POSITIVE_CLASS_BINS, ReliabilityBin, expected_calibration_error, group_reliability_bins,
};
use crate::metrics::fairness::SMALL_GROUP_ROWS;
use crate::metrics::group_codes::Codes;
use crate::metrics::standard_error::around;
use crate::resource::ScoreMeaning;

/// Curves that a picture can tell apart.
const MOST_CURVES: usize = 4;

/// Adds how well the scores are calibrated within each group; nothing where they are no
/// probabilities.
pub(super) fn describe(
    compared: &Compared<'_>,
    codes: &dyn Codes,
    judged: &Judged<'_>,
    drawn: bool,
    findings: &mut Findings,
) {
    let attribute = compared.attribute;
    let name = &attribute.name;
    if judged.meaning != ScoreMeaning::Probability {
        return;
    }
    let (labels, scores) = (judged.labels, judged.scores);
    let count = attribute.groups.len();
    let bins = group_reliability_bins(labels, scores, codes, count, POSITIVE_CLASS_BINS);
    let Some(bins) = bins else { return };
    let mut rows = Vec::new();
    for ((group, row), bins) in attribute.groups.iter().zip(&compared.groups).zip(&bins) {
        let error = expected_calibration_error(bins);
        for (metric, value) in [("mean_score", row.mean_score), ("ece", error)] {
            findings.metric(format!("{name}.{group}.{metric}"), value);
        }
        let gap = row.calibration_gap();
        let interval = gap.zip(row.calibration_error).map(around);
        findings.with_interval(format!("{name}.{group}.calibration_gap"), gap, interval);
        rows.push(vec![
            text(group),
            Cell::Count(row.counts.n()),
            row.mean_score.into(),
            row.counts.base_rate().into(),
            gap.into(),
            interval.map(|i| i.low).into(),
            interval.map(|i| i.high).into(),
            error.into(),
        ]);
    }
    findings.table(
        format!("{name}.calibration"),
        format!("Calibration within groups of {name}"),
        &[
            "group",
            "n",
            "mean score",
            "base rate",
            "gap",
            "95% low",
            "high",
            "ece",
        ],
        rows,
    );
    if drawn {
        findings.figures.extend(curves(compared, &bins));
    }
}

/// The reliability of the largest groups, bins of too few rows left out.
fn curves(compared: &Compared<'_>, bins: &[Vec<ReliabilityBin>]) -> Option<Figure> {
    let mut codes: Vec<usize> = (0..bins.len())
        .filter(|code| !compared.groups[*code].is_small())
        .collect();
    codes.sort_by_key(|code| std::cmp::Reverse(compared.groups[*code].counts.n()));
    codes.truncate(MOST_CURVES);
    let point = |bin: &ReliabilityBin| {
        let y = bin.observed_rate?;
        (bin.count >= SMALL_GROUP_ROWS).then_some(CurvePoint {
            x: bin.mean_score?,
            y,
            low: y,
            high: y,
        })
    };
    let series: Vec<Series> = codes
        .into_iter()
        .map(|code| Series {
            name: compared.attribute.groups[code].clone(),
            points: bins[code].iter().filter_map(point).collect(),
        })
        .filter(|series| series.points.len() > 1)
        .collect();
    (!series.is_empty()).then(|| Figure::Curves {
        title: format!("Reliability within groups of {}", compared.attribute.name),
        x_label: "mean score".to_owned(),
        y_label: "observed rate".to_owned(),
        series,
        level: None,
        place: None,
    })
}
