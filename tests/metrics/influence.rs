//! How each row moves a metric, against the jackknife: every metric computed anew without each row.

use lazydebugger::metrics::classification::{Confusion, auc, log_loss_of};
use lazydebugger::metrics::influence::{Influence, MeanInfluence};
use lazydebugger::metrics::multi_class::{Confusion as Classes, decide, macro_auc};
use lazydebugger::metrics::paired::means::influence_change;
use lazydebugger::metrics::regression::{r_squared, root_mean_squared_error};
use lazydebugger::metrics::standard_error::mean_standard_error;
use lazydebugger::metrics::uniform::Draws;

const ROWS: usize = 400;

/// The rows but one.
fn without<T: Copy>(values: &[T], row: usize) -> Vec<T> {
    [&values[..row], &values[row + 1..]].concat()
}

/// The standard error of a metric of all rows but one (Efron 1982).
fn jackknife(metric: impl Fn(usize) -> f64) -> f64 {
    let all: Vec<f64> = (0..ROWS).map(metric).collect();
    let n = ROWS as f64;
    let mean = all.iter().sum::<f64>() / n;
    let squares: f64 = all.iter().map(|value| (value - mean).powi(2)).sum();
    (squares * (n - 1.0) / n).sqrt()
}

#[track_caller]
fn is_near(found: &Influence, value: f64, error: f64) {
    assert!(
        (found.value - value).abs() < 1e-12,
        "{} is not {value}",
        found.value
    );
    let own = mean_standard_error(found.rows.iter().copied()).unwrap();
    assert!((own / error - 1.0).abs() < 0.02, "{own} is not {error}");
}

fn two_classes() -> (Vec<bool>, Vec<f64>) {
    let mut draws = Draws::new(3, "influence of two classes");
    let labels: Vec<bool> = (0..ROWS).map(|_| draws.below(10) < 3).collect();
    let score = |label: &bool| {
        let ahead = if *label { 25 } else { 0 };
        (draws.below(75) + ahead) as f64 / 100.0
    };
    let scores = labels.iter().map(score).collect();
    (labels, scores)
}

fn f1(labels: &[bool], scores: &[f64]) -> f64 {
    let decided: Vec<bool> = scores.iter().map(|score| *score >= 0.5).collect();
    Confusion::count(labels, &decided).f1().unwrap()
}

#[test]
fn metrics_of_two_classes_vary_as_the_jackknife_says() {
    let (labels, scores) = two_classes();
    let left_out = |metric: &dyn Fn(&[bool], &[f64]) -> f64| {
        jackknife(|row| metric(&without(&labels, row), &without(&scores, row)))
    };
    let area = |labels: &[bool], scores: &[f64]| auc(labels, scores).unwrap();
    let found = Influence::of_auc(&labels, &scores).unwrap();
    is_near(&found, area(&labels, &scores), left_out(&area));
    let found = Influence::of_f1(&labels, &scores, 0.5).unwrap();
    is_near(&found, f1(&labels, &scores), left_out(&f1));
    let loss = |labels: &[bool], scores: &[f64]| {
        let rows = labels.iter().zip(scores);
        rows.map(|(l, s)| log_loss_of(*l, *s)).sum::<f64>() / labels.len() as f64
    };
    let losses = labels.iter().zip(&scores).map(|(l, s)| log_loss_of(*l, *s));
    let found = Influence::of_mean(losses.collect()).unwrap();
    is_near(&found, loss(&labels, &scores), left_out(&loss));
}

#[test]
fn metrics_of_several_classes_vary_as_the_jackknife_says() {
    let mut draws = Draws::new(4, "influence of several classes");
    let labels: Vec<usize> = (0..ROWS).map(|_| draws.below(3)).collect();
    let mut scores = Vec::new();
    for label in &labels {
        let of_class = |class| if class == *label { 40.0 } else { 0.0 };
        let row: Vec<f64> = (0..3)
            .map(|class| draws.below(60) as f64 + of_class(class))
            .collect();
        let sum: f64 = row.iter().sum::<f64>() + 1e-9;
        scores.extend(row.iter().map(|score| score / sum));
    }
    let without_scores = |row: usize| [&scores[..3 * row], &scores[3 * row + 3..]].concat();
    let error =
        jackknife(|row| macro_auc(&without(&labels, row), &without_scores(row), 3).unwrap());
    let found = Influence::of_macro_auc(&labels, &scores, 3).unwrap();
    is_near(&found, macro_auc(&labels, &scores, 3).unwrap(), error);
    let decided = decide(&scores, 3);
    let f1 = |labels: &[usize], decided: &[usize]| {
        Classes::count(labels, decided, 3).macro_f1().unwrap()
    };
    let error = jackknife(|row| f1(&without(&labels, row), &without(&decided, row)));
    let found = Influence::of_macro_f1(&labels, &decided, 3).unwrap();
    is_near(&found, f1(&labels, &decided), error);
}

#[test]
fn metrics_of_numbers_vary_as_the_jackknife_says() {
    let mut draws = Draws::new(5, "influence of numbers");
    let outcomes: Vec<f64> = (0..ROWS).map(|_| draws.below(1000) as f64).collect();
    let predicted = outcomes.iter().map(|y| y + draws.below(400) as f64 - 200.0);
    let predicted: Vec<f64> = predicted.collect();
    for (found, metric) in [
        (
            Influence::of_root_mean_squared_error(&outcomes, &predicted),
            root_mean_squared_error as fn(&[f64], &[f64]) -> Option<f64>,
        ),
        (Influence::of_r_squared(&outcomes, &predicted), r_squared),
    ] {
        let error =
            jackknife(|row| metric(&without(&outcomes, row), &without(&predicted, row)).unwrap());
        is_near(
            &found.unwrap(),
            metric(&outcomes, &predicted).unwrap(),
            error,
        );
    }
    let exact = Influence::of_root_mean_squared_error(&outcomes, &outcomes);
    assert_eq!(exact, None, "nothing varies");
}

/// Repeats of the same rows are no more rows: what they have in common goes out of a change, and what is
/// each one's own is averaged.
#[test]
fn the_mean_over_repeats_changes_by_row() {
    let influence = |rows: [f64; 4]| Influence::of_mean(rows.to_vec());
    let was = Influence::mean([
        influence([1.0, 2.0, 3.0, 6.0]),
        influence([3.0, 2.0, 5.0, 6.0]),
    ]);
    let now = Influence::mean([influence([2.0, 3.0, 4.0, 7.0])]);
    let (was, now) = (was.unwrap(), now.unwrap());
    assert_eq!(
        (was.value, was.rows.clone()),
        (3.5, vec![2.0, 2.0, 4.0, 6.0])
    );
    let change = influence_change(&was, &now).unwrap();
    assert_eq!(change.delta(), 0.5);
    // By row: 0, 1, 0, 1, whose standard deviation (ddof 1) is the root of a third.
    let error = change.standard_error().unwrap();
    assert!((error - (1.0_f64 / 12.0).sqrt()).abs() < 1e-15, "{error}");
    let same = influence_change(&now, &now).unwrap();
    assert_eq!((same.delta(), same.p_value()), (0.0, Some(1.0)));
    let mut undefined = MeanInfluence::default();
    undefined.add(influence([1.0; 4]));
    undefined.add(None);
    assert_eq!(undefined.finish(), None);
    assert_eq!(Influence::mean([]), None);
}
