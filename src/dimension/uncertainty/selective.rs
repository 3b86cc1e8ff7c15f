//! Risk against coverage: the error rate where only the most confident rows are decided.

use crate::dimension::findings::Findings;
use crate::event::{Cell, CurvePoint, Figure, Series};
use crate::metrics::selective::RiskCoverage;

/// Shares of the rows that are decided, in percent: rows of the table.
const COVERAGES: [u32; 6] = [50, 60, 70, 80, 90, 100];

/// Points of the curve.
const POINTS: u32 = 50;

pub(super) fn describe(wrong: &[bool], scores: &[f64], findings: &mut Findings) {
    let ranked = RiskCoverage::of(wrong, scores);
    findings.metric("aurc", ranked.as_ref().map(RiskCoverage::area));
    let Some(ranked) = ranked else { return };
    let mut rows = Vec::new();
    for percent in COVERAGES {
        let coverage = f64::from(percent) / 100.0;
        let risk = ranked.risk(coverage);
        findings.metric(format!("selective.{coverage:?}.accuracy"), 1.0 - risk);
        rows.push(vec![
            Cell::Text(format!("{percent}%")),
            Cell::Number(risk),
            Cell::Number(1.0 - risk),
        ]);
    }
    findings.table(
        "selective",
        "Deciding the most confident rows only",
        &["decided", "error rate", "accuracy"],
        rows,
    );
    let point = |step: u32| {
        let x = f64::from(step) / f64::from(POINTS);
        let y = ranked.risk(x);
        CurvePoint {
            x,
            y,
            low: y,
            high: y,
        }
    };
    findings.figures.push(Figure::Curves {
        title: "Risk against coverage".to_owned(),
        x_label: "share of rows decided, most confident first".to_owned(),
        y_label: "error rate".to_owned(),
        series: vec![Series {
            name: "model".to_owned(),
            points: (1..=POINTS).map(point).collect(),
        }],
        level: None,
        place: None,
    });
}
