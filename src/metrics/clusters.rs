//! Clusters of like rows: k-means (Lloyd 1982) in columns divided by their standard deviation, begun
//! by k-means++ (Arthur & Vassilvitskii 2007).

use super::moments::Scale;
use super::random::UniformStream;

/// How clusters are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClusterSearch {
    /// How many.
    pub clusters: usize,
    /// The means are found from at most so many rows, evenly spaced; all rows are then assigned.
    pub rows: usize,
    /// Rounds of moving the means.
    pub rounds: usize,
    /// Seed of the first means.
    pub seed: u64,
}

/// Clusters of the rows of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Clusters {
    /// By cluster and column: the mean, in standard deviations of the column from its mean.
    pub centres: Vec<Vec<f64>>,
    /// A row's cluster.
    pub of_row: Vec<u16>,
}

impl ClusterSearch {
    /// Finds them. Missing values count as the column's mean; columns without spread say nothing.
    /// `None` where there are no columns or fewer rows than clusters.
    ///
    /// # Panics
    /// If the columns differ in length.
    pub fn find(&self, columns: &[&[f64]]) -> Option<Clusters> {
        let rows = columns.first()?.len();
        assert!(
            columns.iter().all(|c| c.len() == rows),
            "columns of one table"
        );
        let scales: Vec<Scale> = columns.iter().map(|column| Scale::of(column)).collect();
        let sampled: Vec<Vec<f64>> = columns
            .iter()
            .zip(&scales)
            .map(|(column, scale)| self.sample(column, *scale))
            .collect();
        let centres = self.centres(&sampled)?;
        let mut of_row = Vec::with_capacity(rows);
        assign(columns, &scales, &centres, &mut of_row);
        Some(Clusters { centres, of_row })
    }

    /// Of a whole column, the rows from which the means are found, standardised.
    pub fn sample(&self, column: &[f64], scale: Scale) -> Vec<f64> {
        let rows = column.len();
        let sampled = rows.min(self.rows);
        let place = |i: usize| (i as u128 * rows as u128 / sampled as u128) as usize;
        let values = (0..sampled).map(|i| scale.standardised(column[place(i)]));
        values.collect()
    }

    /// The means of the clusters, from what [`Self::sample`] takes of every column. `None` where there
    /// are no columns or fewer rows than clusters.
    pub fn centres(&self, sampled: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
        let rows = sampled.first()?.len();
        if self.clusters == 0 || rows < self.clusters {
            return None;
        }
        let point = |row: usize| sampled.iter().map(|column| column[row]).collect();
        let points: Vec<Vec<f64>> = (0..rows).map(point).collect();
        let mut centres = self.first_centres(&points);
        for _ in 0..self.rounds {
            let moved = move_centres(&points, &centres);
            if moved == centres {
                break;
            }
            centres = moved;
        }
        Some(centres)
    }

    fn first_centres(&self, points: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let mut draws = vec![0.0; self.clusters];
        UniformStream::new(self.seed, "clusters", 1).fill(0, &mut draws);
        let first = (draws[0] * points.len() as f64) as usize;
        let mut centres = vec![points[first].clone()];
        let mut distances: Vec<f64> = points.iter().map(|p| square(p, &centres[0])).collect();
        for draw in &draws[1..] {
            let mut left = draw * distances.iter().sum::<f64>();
            let chosen = distances.iter().position(|distance| {
                left -= distance;
                left < 0.0
            });
            // All points lie on the centres that there are: another one changes nothing.
            let centre = points[chosen.unwrap_or(points.len() - 1)].clone();
            for (distance, point) in distances.iter_mut().zip(points) {
                *distance = distance.min(square(point, &centre));
            }
            centres.push(centre);
        }
        centres
    }
}

/// Adds to `of_row` the clusters of some rows: `columns` hold these rows, `scales` are those of the whole
/// columns.
///
/// # Panics
/// If there is not one scale a column, or the columns differ in length.
pub fn assign(columns: &[&[f64]], scales: &[Scale], centres: &[Vec<f64>], of_row: &mut Vec<u16>) {
    assert_eq!(columns.len(), scales.len(), "one scale a column");
    let rows = columns.first().map_or(0, |column| column.len());
    let mut point = vec![0.0; columns.len()];
    for row in 0..rows {
        for ((value, column), scale) in point.iter_mut().zip(columns).zip(scales) {
            *value = scale.standardised(column[row]);
        }
        of_row.push(nearest(&point, centres).0 as u16);
    }
}

/// The means of the points that are nearest to each centre; a centre without points stays.
fn move_centres(points: &[Vec<f64>], centres: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let mut sums = vec![vec![0.0; centres[0].len()]; centres.len()];
    let mut counts = vec![0.0; centres.len()];
    for point in points {
        let (cluster, _) = nearest(point, centres);
        counts[cluster] += 1.0;
        for (sum, value) in sums[cluster].iter_mut().zip(point) {
            *sum += value;
        }
    }
    let moved = sums.into_iter().zip(&counts).zip(centres);
    let moved = moved.map(|((sum, &count), centre)| {
        if count > 0.0 {
            sum.into_iter().map(|sum| sum / count).collect()
        } else {
            centre.clone()
        }
    });
    moved.collect()
}

/// The nearest centre, and the square of its distance; of equal ones the first.
fn nearest(point: &[f64], centres: &[Vec<f64>]) -> (usize, f64) {
    let distances = centres.iter().map(|centre| square(point, centre));
    let nearest = distances.enumerate().min_by(|a, b| a.1.total_cmp(&b.1));
    nearest.unwrap_or((0, 0.0))
}

fn square(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}
