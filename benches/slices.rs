//! What the exact search for the worst slices takes: on the rows of Adult, and on a table so large that it
//! meets its limits, which it then says. What the search takes in memory is told beside that.
#![allow(clippy::unwrap_used, reason = "a benchmark that fails may panic")]
#![allow(
    clippy::print_stdout,
    reason = "what a search took is told where criterion tells its times"
)]
#![allow(missing_docs, reason = "criterion's macros write no documentation")]

use std::convert::Infallible;
use std::time::Instant;

use criterion::{Criterion, criterion_group, criterion_main};
use lazydebugger::metrics::drift::NumericSample;
use lazydebugger::metrics::slice_line::{Binned, Found, SCOPE, Search, bin_numbers};
use lazydebugger::metrics::uniform::Draws;
use lazydebugger::process::{MemoryMeter, forget_peak};

/// Label and score come first.
const ADULT: &str = include_str!("../tests/reference/adult_test.csv");

fn bins(values: &[&str]) -> Binned {
    let numbers = values.iter().map(|value| value.parse());
    if let Ok(numbers) = numbers.collect::<Result<Vec<f64>, _>>() {
        let edges = NumericSample::new(&numbers).decile_edges();
        return bin_numbers(&numbers, &edges);
    }
    let mut distinct = values.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let code = |value: &&str| distinct.binary_search(value).unwrap() as u16;
    Binned {
        bins: distinct.len(),
        codes: values.iter().map(code).collect(),
    }
}

fn adult() -> (Vec<Binned>, Vec<f64>) {
    let rows: Vec<Vec<&str>> = ADULT
        .lines()
        .skip(1)
        .map(|l| l.split(',').collect())
        .collect();
    let error = |row: &Vec<&str>| {
        let is_wrong = (row[1].parse::<f32>().unwrap() >= 0.5) != (row[0] == "1");
        f64::from(u8::from(is_wrong))
    };
    let column = |at: usize| -> Vec<&str> { rows.iter().map(|row| row[at]).collect() };
    let features = (2..rows[0].len()).map(|at| bins(&column(at))).collect();
    (features, rows.iter().map(error).collect())
}

/// A million rows of a hundred features of ten bins each; rows err more where the first three are low.
fn large() -> (Vec<Binned>, Vec<f64>) {
    const ROWS: usize = 1_000_000;
    let feature = |place: usize| {
        let mut draws = Draws::new(1, &format!("feature {place}"));
        Binned {
            bins: 10,
            codes: (0..ROWS).map(|_| draws.below(10) as u16).collect(),
        }
    };
    let features: Vec<Binned> = (0..100).map(feature).collect();
    let mut draws = Draws::new(1, "errors");
    let error = |row: usize| {
        let low = features[..3].iter().filter(|f| f.codes[row] < 3).count();
        f64::from(u8::from(draws.below(10) < 1 + 2 * low))
    };
    let errors = (0..ROWS).map(error).collect();
    (features, errors)
}

fn search(features: &[Binned], errors: &[f64]) -> Found {
    let mut search = Search::new(errors.to_vec(), SCOPE).unwrap();
    for (place, feature) in features.iter().enumerate() {
        let basics = search.look(place, feature);
        search.add(basics);
    }
    let Ok(found) = search.finish(|| Ok::<(), Infallible>(()));
    found
}

fn slices(criterion: &mut Criterion) {
    let (features, errors) = adult();
    let mut group = criterion.benchmark_group("the worst slices");
    group.sample_size(10);
    group.bench_function("9,769 rows of 13 features (Adult)", |bencher| {
        bencher.iter(|| search(&features, &errors).slices.len());
    });
    group.finish();
    told("9,769 rows of 13 features", &features, &errors);
    let (features, errors) = large();
    told("1,000,000 rows of 100 features", &features, &errors);
}

/// Searches once, and tells what it took beyond the table.
fn told(name: &str, features: &[Binned], errors: &[f64]) {
    let mut meter = MemoryMeter::default();
    let before = meter.sample().rss_bytes;
    let is_its_own = forget_peak();
    let started = Instant::now();
    let found = search(features, errors);
    let seconds = started.elapsed().as_secs_f64();
    let peak = MemoryMeter::default().sample().peak_rss_bytes;
    println!(
        "{name}: {seconds:.3} s, {:.1} MB beyond the table{}, left out {:?}",
        peak.saturating_sub(before) as f64 / 1e6,
        if is_its_own { "" } else { " (or before)" },
        found.left_out,
    );
}

criterion_group!(benches, slices);
criterion_main!(benches);
