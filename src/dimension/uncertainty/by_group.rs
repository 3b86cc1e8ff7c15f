//! Do prediction sets keep their promise within every protected group and where two attributes meet?
//! Coverage with exact intervals and tests: of the sets with one quantile for all rows, and of those with
//! one of its own for each group (Mondrian; Vovk 2012).

use super::groups::{Grouped, Groups};
use super::promise::{self, Covered};
use crate::dimension::findings::{Findings, p_value, text};
use crate::dimension::preset::CONFORMAL_ALPHAS;
use crate::event::{Cell, Figure, ReferenceLine};
use crate::metrics::conformal::{Calibration, GroupCoverage, group_coverage};
use crate::metrics::coverage_tests::{beta_binomial_p_value, clopper_pearson};
use crate::metrics::hypothesis::{binomial_p_value, holm};
use crate::metrics::intervals;

/// The sets whose coverage is drawn and warned of: those of 90%.
pub(super) const DRAWN_ALPHA: f64 = 0.1;

/// Groups where two attributes meet that the picture shows.
const MOST_BARS: usize = 12;

/// What sets are made of and judged by: rows that calibrate, and rows that judge.
pub(super) enum Subject<'a> {
    /// Sets of so many classes: probabilities and labels.
    Classes {
        classes: usize,
        calibration: (&'a [f64], &'a [usize]),
        judged: (&'a [f64], &'a [usize]),
    },
    /// Intervals of equal width: outcomes and predictions of the rows that judge, and the distances of
    /// the two of those that calibrate.
    Numbers {
        calibration: &'a [f64],
        judged: (&'a [f64], &'a [f64]),
    },
}

impl Subject<'_> {
    fn by_group(&self, groups: &[u32], quantiles: &[Option<f64>]) -> Vec<GroupCoverage> {
        match self {
            Self::Classes {
                classes, judged, ..
            } => group_coverage(judged.0, *classes, judged.1, groups, quantiles),
            Self::Numbers { judged, .. } => {
                intervals::group_coverage(judged.0, judged.1, groups, quantiles)
            }
        }
    }

    /// The calibration rows of each group.
    fn calibrations(&self, groups: &[u32], count: usize) -> Vec<Calibration> {
        match self {
            Self::Classes {
                classes,
                calibration,
                ..
            } => Calibration::by_group(calibration.0, *classes, calibration.1, (groups, count)),
            Self::Numbers { calibration, .. } => {
                let mut scores = vec![Vec::new(); count];
                for (score, group) in calibration.iter().zip(groups) {
                    if let Some(own) = scores.get_mut(*group as usize) {
                        own.push(*score);
                    }
                }
                scores.into_iter().map(Calibration::from_scores).collect()
            }
        }
    }

    /// How often sets are of each size, as cells: empty, of one, of two.
    fn sizes(&self, result: &GroupCoverage) -> Vec<Cell> {
        let counts = result.set_sizes.iter().take(3);
        let mut cells: Vec<Cell> = counts.map(|rows| Cell::Count(*rows)).collect();
        if matches!(self, Self::Classes { .. }) {
            cells.push(result.mean_set_size.into());
        }
        cells
    }

    fn size_heads(&self) -> &'static [&'static str] {
        match self {
            Self::Classes { .. } => &["empty", "of one", "of two", "mean size"],
            Self::Numbers { .. } => &[],
        }
    }

    /// What they are called.
    fn words(&self) -> &'static str {
        match self {
            Self::Classes { .. } => "sets",
            Self::Numbers { .. } => "intervals",
        }
    }
}

/// What became of the groups at the level that is drawn.
pub(super) struct Shown {
    /// The bars of each attribute's groups.
    pub(super) attributes: Vec<Vec<Covered>>,
    /// The bars of each pair's groups.
    pub(super) pairs: Vec<Vec<Covered>>,
}

/// Rows of the tables.
#[derive(Default)]
struct Rows {
    groups: Vec<Vec<Cell>>,
    intersections: Vec<Vec<Cell>>,
    mondrian: Vec<Vec<Cell>>,
}

/// Adds coverage by group, and gives the bars of it; `quantile` is that of all rows at a level.
pub(super) fn describe(
    subject: &Subject<'_>,
    groups: &Groups<'_>,
    quantile: impl Fn(f64) -> Option<f64>,
    findings: &mut Findings,
) -> Shown {
    let mut rows = Rows::default();
    let mut shown = Shown {
        attributes: Vec::new(),
        pairs: Vec::new(),
    };
    for grouped in groups.each() {
        let count = grouped.attribute.groups.len();
        for alpha in CONFORMAL_ALPHAS {
            let results = subject.by_group(&grouped.judged, &vec![quantile(alpha); count]);
            let p = results
                .iter()
                .map(|own| binomial_p_value(own.covered, own.rows, 1.0 - alpha));
            let p = holm(&p.collect::<Vec<_>>());
            let found = (&grouped, alpha, &results[..], &p[..]);
            metrics("conformal", found, findings);
            if alpha != DRAWN_ALPHA && grouped.is_intersection {
                continue;
            }
            let own = table_rows(subject, found, |_| Vec::new());
            if grouped.is_intersection {
                rows.intersections.extend(own);
            } else {
                rows.groups.extend(own);
            }
            if alpha == DRAWN_ALPHA {
                let bars = bars(&grouped, &results, 1.0 - alpha);
                if grouped.is_intersection {
                    shown.pairs.push(bars);
                } else {
                    shown.attributes.push(bars);
                }
            }
        }
        mondrian(subject, &grouped, &mut rows, findings);
    }
    tables(subject, rows, findings);
    shown
}

/// Sets with a quantile of its own for each group.
fn mondrian(
    subject: &Subject<'_>,
    grouped: &Grouped<'_>,
    rows: &mut Rows,
    findings: &mut Findings,
) {
    let Some(calibration) = &grouped.calibration else {
        return;
    };
    let names = &grouped.attribute.groups;
    let calibrations = subject.calibrations(calibration, names.len());
    for alpha in CONFORMAL_ALPHAS {
        let quantiles = calibrations.iter().map(|own| own.quantile(alpha));
        let quantiles: Vec<Option<f64>> = quantiles.collect();
        let results = subject.by_group(&grouped.judged, &quantiles);
        let p_values = calibrations.iter().zip(&results).map(|(own, result)| {
            let drawn = (own.rank(alpha) as u64, own.rows() as u64);
            beta_binomial_p_value((result.covered, result.rows), drawn)
        });
        let p = holm(&p_values.collect::<Vec<_>>());
        let found = (grouped, alpha, &results[..], &p[..]);
        metrics("mondrian", found, findings);
        for ((group, own), quantile) in names.iter().zip(&calibrations).zip(&quantiles) {
            let place = format!("{}.{group}", grouped.attribute.name);
            let name = format!("mondrian.{alpha:?}.calibration_rows.{place}");
            findings.metric(name, own.rows() as f64);
            if let Some(quantile) = quantile {
                let name = format!("mondrian.{alpha:?}.quantile.{place}");
                findings.metric(name, *quantile);
            }
        }
        if alpha == DRAWN_ALPHA {
            let own = |code: usize| {
                let quantile = quantiles[code].map_or_else(|| text("none"), Cell::Number);
                vec![Cell::Count(calibrations[code].rows() as u64), quantile]
            };
            rows.mondrian.extend(table_rows(subject, found, own));
        }
    }
}

/// An attribute at a level: what became of its groups, and their corrected p-values.
type Found<'a> = (&'a Grouped<'a>, f64, &'a [GroupCoverage], &'a [Option<f64>]);

fn metrics(kind: &str, (grouped, alpha, results, p): Found<'_>, findings: &mut Findings) {
    let groups = grouped.attribute.groups.iter();
    for ((group, result), p) in groups.zip(results).zip(p) {
        let place = format!("{}.{group}", grouped.attribute.name);
        let prefix = format!("{kind}.{alpha:?}");
        let name = format!("{prefix}.coverage.{place}");
        let interval = clopper_pearson((result.covered, result.rows));
        findings.with_interval(name.as_str(), result.coverage, interval);
        findings.metric(format!("{name}.n"), result.rows as f64);
        findings.metric(format!("{name}.covered"), result.covered as f64);
        if let Some(p) = p {
            findings.metric(format!("{name}.p_holm"), *p);
        }
        if let Some(size) = result.mean_set_size {
            findings.metric(format!("{prefix}.mean_set_size.{place}"), size);
        }
        for (size, rows) in result.set_sizes.iter().enumerate() {
            findings.metric(
                format!("{prefix}.sets_of_size.{size}.{place}"),
                *rows as f64,
            );
        }
    }
}

fn table_rows(
    subject: &Subject<'_>,
    (grouped, alpha, results, p): Found<'_>,
    more: impl Fn(usize) -> Vec<Cell>,
) -> Vec<Vec<Cell>> {
    let groups = grouped.attribute.groups.iter();
    let rows = groups.zip(results).zip(p).enumerate();
    let row = |(code, ((group, result), p)): (usize, ((&String, &GroupCoverage), &Option<f64>))| {
        let interval = clopper_pearson((result.covered, result.rows));
        let mut row = vec![
            text(format!("{} {group}", grouped.attribute.name)),
            text(percent(alpha)),
        ];
        row.extend(more(code));
        row.extend([
            Cell::Count(result.rows),
            result.coverage.into(),
            interval.map(|i| i.low).into(),
            interval.map(|i| i.high).into(),
            p_value(*p),
        ]);
        row.extend(subject.sizes(result));
        row
    };
    rows.map(row).collect()
}

/// The share that sets of a level promise.
pub(super) fn percent(alpha: f64) -> String {
    format!("{:.0}%", 100.0 * (1.0 - alpha))
}

fn bars(grouped: &Grouped<'_>, results: &[GroupCoverage], promised: f64) -> Vec<Covered> {
    let groups = grouped.attribute.groups.iter().zip(results);
    let mut bars: Vec<Covered> = groups
        .map(|(group, result)| {
            let label = if grouped.is_intersection {
                group.clone()
            } else {
                format!("{} {group}", grouped.attribute.name)
            };
            promise::bar(label, result.coverage, result.rows)
        })
        .collect();
    promise::judge(&mut bars, promised);
    bars
}

/// Where two attributes meet: the groups that are covered least.
pub(super) fn least_covered(subject: &Subject<'_>, shown: &Shown) -> Option<Figure> {
    let mut bars: Vec<&Covered> = shown.pairs.iter().flatten().collect();
    bars.retain(|(bar, _)| bar.value.is_some());
    let value = |bar: &&Covered| bar.0.value.unwrap_or(1.0);
    bars.sort_by(|a, b| {
        b.0.flagged
            .cmp(&a.0.flagged)
            .then(value(a).total_cmp(&value(b)))
    });
    bars.truncate(MOST_BARS);
    (!bars.is_empty()).then(|| Figure::Bars {
        title: format!(
            "Coverage of the {} {} where two attributes meet: least",
            percent(DRAWN_ALPHA),
            subject.words()
        ),
        bars: bars.into_iter().map(|(bar, _)| bar.clone()).collect(),
        reference: Some(promised()),
    })
}

/// The pictures of the groups alone.
pub(super) fn figures(subject: &Subject<'_>, shown: Shown) -> Vec<Figure> {
    let crossed = least_covered(subject, &shown);
    let bars = shown.attributes.into_iter().flatten().map(|(bar, _)| bar);
    let bars: Vec<_> = bars.collect();
    let own = (!bars.is_empty()).then(|| Figure::Bars {
        title: format!(
            "Coverage of the {} {} by protected group",
            percent(DRAWN_ALPHA),
            subject.words()
        ),
        bars,
        reference: Some(promised()),
    });
    own.into_iter().chain(crossed).collect()
}

fn promised() -> ReferenceLine {
    ReferenceLine {
        value: 1.0 - DRAWN_ALPHA,
        label: "promised".to_owned(),
    }
}

fn tables(subject: &Subject<'_>, rows: Rows, findings: &mut Findings) {
    let heads = |more: &[&'static str]| {
        let mut heads = vec!["group", "promise"];
        heads.extend(more);
        heads.extend(["n", "coverage", "95% low", "high", "p (Holm)"]);
        heads.extend(subject.size_heads());
        heads
    };
    let words = subject.words();
    let own = !rows.mondrian.is_empty();
    for (name, title, more, rows) in [
        (
            "conformal_groups",
            format!("Prediction {words} by protected group"),
            &[][..],
            rows.groups,
        ),
        (
            "conformal_intersections",
            format!("Prediction {words} where two attributes meet"),
            &[],
            rows.intersections,
        ),
        (
            "conformal_mondrian",
            format!("Prediction {words} with a quantile of its own for each group (Mondrian)"),
            &["calibration n", "quantile"],
            rows.mondrian,
        ),
    ] {
        if !rows.is_empty() {
            findings.table(name, title, &heads(more), rows);
        }
    }
    if own {
        findings.note(format!(
            "coverage by group: exact 95% intervals (Clopper and Pearson), p by the exact binomial test of the \
             promise, corrected by Holm within an attribute; {words} with a quantile of its own for each group \
             are tested by the beta-binomial distribution, which counts the chance in that quantile too; a \
             group with too few calibration rows to tell the quantile (none) is always covered"
        ));
    }
}
