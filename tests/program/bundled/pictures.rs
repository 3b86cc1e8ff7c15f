//! Pictures of results show the numbers that stand beside them.

use lazydebugger::event::{Bar, DimensionOutcome, Figure};
use lazydebugger::vocabulary::Dimension;

use super::driven::{Driven, bundled};

fn bars<'a>(outcome: &'a DimensionOutcome, begins: &str) -> &'a [Bar] {
    let mut figures = outcome.figures.iter();
    let found = figures.find_map(|figure| match figure {
        Figure::Bars { title, bars, .. } if title.starts_with(begins) => Some(bars.as_slice()),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no picture of {begins}"))
}

fn value(bar: &Bar) -> f64 {
    bar.value.unwrap()
}

#[test]
fn set_sizes_are_shares_whose_mean_is_the_mean_size() {
    let driven = Driven::after(bundled(), &[Dimension::Uncertainty]);
    let outcome = driven.outcome(Dimension::Uncertainty);
    let sizes = bars(outcome, "Size of the 90%");
    assert!((sizes.iter().map(value).sum::<f64>() - 1.0).abs() < 1e-12);
    let mean = sizes
        .iter()
        .zip(0_u8..)
        .map(|(bar, size)| value(bar) * f64::from(size));
    let told = outcome.metrics["conformal.0.1.mean_set_size"].unwrap();
    assert!((mean.sum::<f64>() - told).abs() < 1e-12);
}

#[test]
fn coverages_are_drawn_from_the_tenth_below_the_lowest() {
    let driven = Driven::after(bundled(), &[Dimension::Uncertainty]);
    let outcome = driven.outcome(Dimension::Uncertainty);
    let mut coverages = outcome.figures.iter().filter_map(|figure| match figure {
        Figure::Bars { title, bars, .. } if title.starts_with("Coverage") => Some((figure, bars)),
        _ => None,
    });
    let (figure, bars) = coverages.next().unwrap();
    let title = figure.title_with_axis();
    let from: f64 = title.rsplit(' ').next().unwrap().parse().unwrap();
    let lows = bars.iter().filter_map(|bar| Some(bar.interval?.0));
    let lowest = bars
        .iter()
        .filter_map(|bar| bar.value)
        .chain(lows)
        .fold(1.0, f64::min);
    assert!(from <= lowest && from <= 0.6, "{title}");
    assert!(from > 0.5 || lowest - from < 0.1, "{title}: {lowest}");
}

/// The population stability index of the shares that are drawn is the one that is told.
#[test]
fn a_feature_that_has_drifted_is_drawn_in_both_tables() {
    let driven = Driven::after(bundled(), &[Dimension::Resilience]);
    let outcome = driven.outcome(Dimension::Resilience);
    let title = outcome.figures.iter().find_map(|figure| match figure {
        Figure::Bars { title, .. } if title.contains(": share of rows") => Some(title.as_str()),
        _ => None,
    });
    let title = title.expect("something has drifted");
    let (feature, tables) = title.split_once(": share of rows, dataset and ").unwrap();
    let drawn = bars(outcome, title);
    let (before, now): (Vec<&Bar>, Vec<&Bar>) = drawn
        .iter()
        .partition(|bar| bar.label.ends_with(" dataset"));
    assert_eq!(before.len(), now.len());
    for side in [&before, &now] {
        assert!((side.iter().map(|bar| value(bar)).sum::<f64>() - 1.0).abs() < 1e-12);
    }
    let stability = before.iter().zip(&now).map(|(before, now)| {
        let (p, q) = (value(before).max(1e-4), value(now).max(1e-4));
        (q - p) * (q / p).ln()
    });
    let told = outcome.metrics[&format!("{tables}.psi.{feature}")].unwrap();
    let drawn: f64 = stability.sum();
    assert!((drawn - told).abs() < 1e-9, "{feature}: {drawn} and {told}");
}
