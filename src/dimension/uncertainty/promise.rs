//! Do sets and intervals hold the truth as often as they promise? A coverage is a share of finitely
//! many rows: where it lies below the promise, an exact test tells whether chance explains that.

use crate::display;
use crate::event::{Bar, Figure};
use crate::metrics::coverage_tests::clopper_pearson;
use crate::metrics::hypothesis::{binomial_p_value, holm};

/// From this p-value down chance does not explain it.
const LEVEL: f64 = 0.05;

/// Where the axis of coverages begins, unless one lies below: what matters lies close to the promise.
pub(super) const AXIS_FROM: f64 = 0.6;

/// A bar and the rows that it is the coverage of.
pub(super) type Covered = (Bar, u64);

/// The bar of a coverage, not judged yet.
pub(super) fn bar(label: impl Into<String>, coverage: Option<f64>, rows: u64) -> Covered {
    let covered = coverage.map(|share| (share * rows as f64).round() as u64);
    let interval = covered.and_then(|covered| clopper_pearson((covered, rows)));
    let bar = Bar {
        label: label.into(),
        value: coverage,
        interval: interval.map(|i| (i.low, i.high)),
        note: format!("n {}", display::count(rows)),
        flagged: false,
    };
    (bar, rows)
}

/// How many classes the sets hold, as shares of the rows.
pub(super) fn size_bars(title: String, set_sizes: &[u64]) -> Figure {
    let all: u64 = set_sizes.iter().sum();
    let last = set_sizes.iter().rposition(|rows| *rows > 0).unwrap_or(0);
    let bars = set_sizes.iter().enumerate().take(last + 1);
    let bars = bars.map(|(size, rows)| Bar {
        label: match size {
            0 => "no class".to_owned(),
            1 => "1 class".to_owned(),
            size => format!("{size} classes"),
        },
        value: (all > 0).then(|| *rows as f64 / all as f64),
        interval: None,
        note: format!("n {}", display::count(*rows)),
        flagged: false,
    });
    Figure::Bars {
        title,
        bars: bars.collect(),
        reference: None,
        from: 0.0,
    }
}

/// Flags what falls short of the promise beyond chance. The bars of a family are tests of one
/// question, such as the groups of one attribute: they are corrected for their number.
pub(super) fn judge(family: &mut [Covered], promised: f64) {
    let p_value = |(bar, rows): &Covered| {
        let covered = (bar.value? * *rows as f64).round() as u64;
        binomial_p_value(covered, *rows, promised)
    };
    let p_values: Vec<Option<f64>> = family.iter().map(p_value).collect();
    for ((bar, _), p) in family.iter_mut().zip(holm(&p_values)) {
        let is_below = bar.value.is_some_and(|coverage| coverage < promised);
        bar.flagged = is_below && p.is_some_and(|p| p <= LEVEL);
    }
}

/// How [`judge`] comes to its flags; `families` says which bars are judged together.
pub(super) fn note(families: &str) -> String {
    format!(
        "a coverage is flagged where it is below the promise beyond chance: exact two-sided binomial \
         test at {:.0}%, corrected by Holm for {families}",
        100.0 * LEVEL
    )
}
