//! Do prediction sets keep their promise within every protected group and where two attributes meet?
//! Coverage with exact intervals and tests: of the sets with one quantile for all rows, and of those with
//! one of its own for each group (Mondrian; Vovk 2012).

use super::group_tables::{self, Rows};
use super::groups::{Grouped, Groups};
use super::promise::Covered;
use crate::dimension::findings::{Findings, p_value, text};
use crate::dimension::preset::CONFORMAL_ALPHAS;
use crate::event::Cell;
use crate::metrics::conformal::{Calibration, GroupCoverage, group_coverage};
use crate::metrics::coverage_tests::{beta_binomial_p_value, clopper_pearson};
use crate::metrics::hypothesis::{binomial_p_value, holm};
use crate::metrics::intervals;

/// The sets whose coverage is drawn and warned of: those of 90%.
pub(super) const DRAWN_ALPHA: f64 = 0.1;

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

    pub(super) fn size_heads(&self) -> &'static [&'static str] {
        match self {
            Self::Classes { .. } => &["empty", "of one", "of two", "mean size"],
            Self::Numbers { .. } => &[],
        }
    }

    /// What they are called.
    pub(super) fn words(&self) -> &'static str {
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
                let bars = group_tables::bars(&grouped, &results, 1.0 - alpha);
                if grouped.is_intersection {
                    shown.pairs.push(bars);
                } else {
                    shown.attributes.push(bars);
                }
            }
        }
        mondrian(subject, &grouped, &mut rows, findings);
    }
    group_tables::tables(subject, rows, findings);
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
