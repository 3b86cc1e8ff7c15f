//! Prediction sets: coverage by class and by set size, beside that of the protected groups, and the sets
//! that keep their promise within each class.

use super::by_group::{self, DRAWN_ALPHA, Shown, Subject, percent};
use super::group_tables;
use super::groups::Groups;
use super::promise::{self, Covered};
use super::split::Split;
use crate::dimension::findings::{Findings, listed, text};
use crate::dimension::preset::CONFORMAL_ALPHAS;
use crate::event::{Cell, Figure, ReferenceLine};
use crate::metrics::conformal::{
    Calibration, Coverage, binary_probabilities, class_conditional_coverage, coverage,
};

/// A class or group whose coverage is this far below the promise, beyond chance, is worth a warning.
const MOST_SHORTFALL: f64 = 0.05;

pub(super) fn describe(
    split: &Split,
    groups: &Groups<'_>,
    positive: &str,
    findings: &mut Findings,
) {
    let classes = |labels: &[bool]| labels.iter().map(|l| usize::from(*l)).collect::<Vec<_>>();
    let (labels, scores) = &split.calibration;
    let calibration = (binary_probabilities(scores), classes(labels));
    let all = Calibration::new(&calibration.0, 2, &calibration.1);
    let each = Calibration::by_class(&calibration.0, 2, &calibration.1);
    let (labels, scores) = &split.evaluation;
    let judged = (binary_probabilities(scores), classes(labels));
    let subject = Subject::Classes {
        classes: 2,
        calibration: (&calibration.0, &calibration.1),
        judged: (&judged.0, &judged.1),
    };
    let shown = by_group::describe(&subject, groups, |alpha| all.quantile(alpha), findings);
    let mut rows = Vec::new();
    for alpha in CONFORMAL_ALPHAS {
        let quantile = all.quantile(alpha);
        let result = coverage(&judged.0, 2, &judged.1, quantile);
        findings.metric(format!("conformal.{alpha:?}.quantile"), quantile);
        rows.push(report("conformal", "LAC", alpha, &result, findings));
        if alpha == DRAWN_ALPHA {
            let mut families = class_bars(&result, positive);
            for family in &mut families {
                promise::judge(family, 1.0 - alpha);
            }
            families.extend(shown.attributes.iter().cloned());
            let bars = families.concat();
            warn_of_shortfall(&bars, &shown, findings);
            findings.figures.push(coverage_bars(alpha, bars));
            let title = format!("Size of the {} prediction sets", percent(alpha));
            let sizes = promise::size_bars(title, &result.set_sizes);
            findings.figures.push(sizes);
            findings
                .figures
                .extend(group_tables::least_covered(&subject, &shown));
        }
        let quantiles: Vec<Option<f64>> = each.iter().map(|own| own.quantile(alpha)).collect();
        let result = class_conditional_coverage(&judged.0, &judged.1, &quantiles);
        for (class, quantile) in quantiles.iter().enumerate() {
            let name = format!("class_conditional.{alpha:?}.quantile.{class}");
            findings.metric(name, *quantile);
        }
        let kind = "class_conditional";
        rows.push(report(kind, "by class", alpha, &result, findings));
    }
    rows.sort_by_key(|row| row[0] != text("LAC"));
    tables(rows, positive, findings);
    findings.note(promise::note(
        "the classes, and for the groups of each attribute or pair",
    ));
    findings.note(
        "prediction sets are LAC: adaptive sets (APS) are refused for two classes, since without \
         randomisation nearly every one of them would hold both"
            .to_owned(),
    );
    if labels_are_few(&split.calibration.0) {
        findings.note(
            "few calibration rows of a class: where sets are to hold a share of them that its rows \
             cannot tell, every set holds the class"
                .to_owned(),
        );
    }
}

/// Too few rows of a class to tell the 95% sets of it.
fn labels_are_few(labels: &[bool]) -> bool {
    let positives = labels.iter().filter(|label| **label).count();
    positives.min(labels.len() - positives) < 19
}

/// Adds the metrics of one kind of sets; gives its row of the table.
fn report(
    name: &str,
    words: &str,
    alpha: f64,
    result: &Coverage,
    findings: &mut Findings,
) -> Vec<Cell> {
    let prefix = format!("{name}.{alpha:?}");
    findings.metric(format!("{prefix}.coverage"), result.coverage);
    findings.metric(format!("{prefix}.mean_set_size"), result.mean_set_size);
    findings.metric(format!("{prefix}.empty_sets"), result.empty_sets() as f64);
    for (class, value) in result.class_coverage.iter().enumerate() {
        findings.metric(format!("{prefix}.coverage.{class}"), *value);
    }
    for (size, rows) in result.set_sizes.iter().enumerate() {
        findings.metric(format!("{prefix}.sets_of_size.{size}"), *rows as f64);
        if *rows > 0 {
            let covered = result.size_coverage[size];
            findings.metric(format!("{prefix}.coverage_of_size.{size}"), covered);
        }
    }
    let size = |size: usize| Cell::Count(result.set_sizes.get(size).copied().unwrap_or(0));
    vec![
        text(words),
        text(percent(alpha)),
        result.coverage.into(),
        result.class_coverage.first().copied().flatten().into(),
        result.class_coverage.get(1).copied().flatten().into(),
        result.mean_set_size.into(),
        size(0),
        size(1),
        size(2),
    ]
}

/// All rows, and the classes.
fn class_bars(result: &Coverage, positive: &str) -> Vec<Vec<Covered>> {
    let all: u64 = result.set_sizes.iter().sum();
    let whole = vec![promise::bar("all rows", result.coverage, all)];
    let mut bars = Vec::new();
    for (class, (value, rows)) in result
        .class_coverage
        .iter()
        .zip(&result.class_rows)
        .enumerate()
    {
        let label = match class {
            1 => format!("class 1 ({positive})"),
            _ => format!("class {class}"),
        };
        bars.push(promise::bar(label, *value, *rows));
    }
    vec![whole, bars]
}

fn coverage_bars(alpha: f64, bars: Vec<Covered>) -> Figure {
    Figure::Bars {
        title: format!("Coverage of the {} prediction sets", percent(alpha)),
        bars: bars.into_iter().map(|(bar, _)| bar).collect(),
        reference: Some(ReferenceLine {
            value: 1.0 - alpha,
            label: "promised".to_owned(),
        }),
        from: promise::AXIS_FROM,
    }
}

/// Warns of the classes and groups for which the sets break their promise.
fn warn_of_shortfall(bars: &[Covered], shown: &Shown, findings: &mut Findings) {
    let least = 1.0 - DRAWN_ALPHA - MOST_SHORTFALL;
    let short = |(bar, rows): &Covered| {
        let value = bar.value.filter(|v| *v < least && bar.flagged)?;
        Some(format!("{} ({:.1}% of {rows})", bar.label, 100.0 * value))
    };
    let alone: Vec<String> = bars.iter().filter_map(short).collect();
    let crossed: Vec<String> = shown.pairs.iter().flatten().filter_map(short).collect();
    let crossed: Vec<&str> = crossed.iter().map(String::as_str).collect();
    let level = percent(DRAWN_ALPHA);
    if !alone.is_empty() {
        findings.warn(format!(
            "the {level} prediction sets hold the truth less often for {}: sets by class keep the \
             promise for each class",
            alone.join(", ")
        ));
    }
    if !crossed.is_empty() {
        findings.warn(format!(
            "where two attributes meet, the {level} prediction sets hold the truth less often for {}",
            listed(&crossed)
        ));
    }
}

fn tables(rows: Vec<Vec<Cell>>, positive: &str, findings: &mut Findings) {
    findings.table(
        "conformal",
        format!("Prediction sets: coverage and size (class 1 is {positive})"),
        &[
            "sets",
            "promise",
            "coverage",
            "class 0",
            "class 1",
            "mean size",
            "empty",
            "of one",
            "of two",
        ],
        rows,
    );
}
