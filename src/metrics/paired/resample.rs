//! The bootstrap (Efron 1979) of a difference: every resample holds the same rows for both models, so
//! what the rows have in common goes out of it.

use super::change::{Change, Spread};
use crate::metrics::bootstrap::draw_counts;
use crate::metrics::uniform::Draws;

/// The change of any metric over resampled rows, as many as there are: `metric` gives the baseline's
/// value and the candidate's for rows by place, each as often as it was drawn. Seed and name choose the
/// draws. `None` where the metric is undefined on the rows themselves, or on more than 5% of the
/// resamples.
pub fn row_change(
    rows: usize,
    repeats: u32,
    (seed, name): (u64, &str),
    mut metric: impl FnMut(&[u32]) -> Option<(f64, f64)>,
) -> Option<Change> {
    let mut draws = Draws::new(seed, name);
    let mut drawn: Vec<u32> = (0..rows as u32).collect();
    let whole = metric(&drawn)?;
    let resamples = (0..repeats).map(|_| {
        drawn.fill_with(|| draws.below(rows) as u32);
        metric(&drawn)
    });
    changed(whole, resamples, repeats)
}

/// The same of metrics that follow from counts of disjoint cells: what resampling the rows would do to
/// them is a multinomial draw, so no row is drawn.
pub fn count_changes<const K: usize>(
    cells: &[u64],
    repeats: u32,
    (seed, name): (u64, &str),
    metrics: impl Fn(&[u64]) -> [Option<(f64, f64)>; K],
) -> [Option<Change>; K] {
    let mut draws = Draws::new(seed, name);
    let mut drawn = vec![0; cells.len()];
    let resamples: Vec<[Option<(f64, f64)>; K]> = (0..repeats)
        .map(|_| {
            draw_counts(&mut draws, cells, &mut drawn);
            metrics(&drawn)
        })
        .collect();
    let mut place = 0;
    metrics(cells).map(|whole| {
        let own = resamples.iter().map(|values| values[place]);
        let change = whole.and_then(|whole| changed(whole, own, repeats));
        place += 1;
        change
    })
}

fn changed(
    (was, now): (f64, f64),
    resamples: impl Iterator<Item = Option<(f64, f64)>>,
    repeats: u32,
) -> Option<Change> {
    let differences = resamples.flatten().map(|(was, now)| now - was);
    let differences: Vec<f64> = differences.filter(|d| d.is_finite()).collect();
    Spread::of_resamples(differences, repeats).map(|spread| Change::of(was, now, spread))
}
