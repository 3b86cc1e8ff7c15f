//! Prediction sets: coverage by class, by set size and by protected group, and the sets that keep
//! their promise within each class.

use super::promise::{self, Covered};
use super::split::Split;
use crate::dimension::findings::{Findings, text};
use crate::dimension::preset::CONFORMAL_ALPHAS;
use crate::event::{Cell, Figure, ReferenceLine};
use crate::metrics::conformal::{
    Calibration, Coverage, binary_probabilities, class_conditional_coverage, coverage,
    group_coverage,
};
use crate::resource::{Attribute, ProtectedAttribute};

/// The sets whose coverage is drawn and warned of: those of 90%.
const DRAWN_ALPHA: f64 = 0.1;

/// A class or group whose coverage is this far below the promise, beyond chance, is worth a warning.
const MOST_SHORTFALL: f64 = 0.05;

/// What the sets of the judged rows are built from.
struct Judged {
    probabilities: Vec<f64>,
    labels: Vec<usize>,
}

pub(super) fn describe(
    split: &Split,
    attributes: &[ProtectedAttribute],
    positive: &str,
    findings: &mut Findings,
) {
    let classes = |labels: &[bool]| labels.iter().map(|l| usize::from(*l)).collect::<Vec<_>>();
    let (labels, scores) = &split.calibration;
    let (probabilities, labels) = (binary_probabilities(scores), classes(labels));
    let all = Calibration::new(&probabilities, 2, &labels);
    let each = Calibration::by_class(&probabilities, 2, &labels);
    let (labels, scores) = &split.evaluation;
    let judged = Judged {
        probabilities: binary_probabilities(scores),
        labels: classes(labels),
    };
    let groups: Vec<(&Attribute, Vec<u32>)> = attributes
        .iter()
        .map(|protected| (&protected.attribute, split.codes(&protected.codes)))
        .collect();
    let (mut rows, mut group_rows) = (Vec::new(), Vec::new());
    for alpha in CONFORMAL_ALPHAS {
        let quantile = all.quantile(alpha);
        let result = coverage(&judged.probabilities, 2, &judged.labels, quantile);
        findings.metric(format!("conformal.{alpha:?}.quantile"), quantile);
        rows.push(report("conformal", "LAC", alpha, &result, findings));
        let mut families = class_bars(&result, positive);
        families.extend(by_group(
            &judged,
            (alpha, quantile),
            &groups,
            &mut group_rows,
            findings,
        ));
        if alpha == DRAWN_ALPHA {
            for family in &mut families {
                promise::judge(family, 1.0 - alpha);
            }
            let bars = families.concat();
            warn_of_shortfall(&bars, alpha, findings);
            findings.figures.push(coverage_bars(alpha, bars));
        }
        let quantiles: Vec<Option<f64>> = each.iter().map(|own| own.quantile(alpha)).collect();
        let result = class_conditional_coverage(&judged.probabilities, &judged.labels, &quantiles);
        for (class, quantile) in quantiles.iter().enumerate() {
            let name = format!("class_conditional.{alpha:?}.quantile.{class}");
            findings.metric(name, *quantile);
        }
        let kind = "class_conditional";
        rows.push(report(kind, "by class", alpha, &result, findings));
    }
    rows.sort_by_key(|row| row[0] != text("LAC"));
    tables(rows, group_rows, positive, findings);
    findings.note(promise::note(
        "the classes, and for the groups of each attribute",
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

fn percent(alpha: f64) -> String {
    format!("{:.0}%", 100.0 * (1.0 - alpha))
}

/// Adds coverage and set size by protected group; gives the bars of each attribute's groups.
fn by_group(
    judged: &Judged,
    (alpha, quantile): (f64, Option<f64>),
    groups: &[(&Attribute, Vec<u32>)],
    rows: &mut Vec<Vec<Cell>>,
    findings: &mut Findings,
) -> Vec<Vec<Covered>> {
    let mut families = Vec::new();
    for (attribute, codes) in groups {
        let mut bars = Vec::new();
        let results = group_coverage(
            &judged.probabilities,
            2,
            &judged.labels,
            quantile,
            (codes, attribute.groups.len()),
        );
        for (group, result) in attribute.groups.iter().zip(results) {
            let place = format!("{}.{group}", attribute.name);
            let prefix = format!("conformal.{alpha:?}");
            findings.metric(format!("{prefix}.coverage.{place}"), result.coverage);
            let size = result.mean_set_size;
            findings.metric(format!("{prefix}.mean_set_size.{place}"), size);
            rows.push(vec![
                text(format!("{} {group}", attribute.name)),
                text(percent(alpha)),
                Cell::Count(result.rows),
                result.coverage.into(),
                size.into(),
            ]);
            let label = format!("{} {group}", attribute.name);
            bars.push(promise::bar(label, result.coverage, result.rows));
        }
        families.push(bars);
    }
    families
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
    }
}

/// Warns of the classes and groups for which the sets break their promise.
fn warn_of_shortfall(bars: &[Covered], alpha: f64, findings: &mut Findings) {
    let least = 1.0 - alpha - MOST_SHORTFALL;
    let short = bars.iter().filter_map(|(bar, rows)| {
        let value = bar.value.filter(|v| *v < least && bar.flagged)?;
        Some(format!("{} ({:.1}% of {rows})", bar.label, 100.0 * value))
    });
    let short: Vec<String> = short.collect();
    if !short.is_empty() {
        let words = format!(
            "the {} prediction sets hold the truth less often for {}: sets by class keep the \
             promise for each class",
            percent(alpha),
            short.join(", ")
        );
        findings.warn(words);
    }
}

fn tables(
    rows: Vec<Vec<Cell>>,
    group_rows: Vec<Vec<Cell>>,
    positive: &str,
    findings: &mut Findings,
) {
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
    if !group_rows.is_empty() {
        findings.table(
            "conformal_groups",
            "Prediction sets (LAC) by protected group",
            &["group", "promise", "n", "coverage", "mean size"],
            group_rows,
        );
    }
}
