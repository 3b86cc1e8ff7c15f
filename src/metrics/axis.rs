//! What values a parameter can take, and on which scale they are even.

/// The values of a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Axis {
    /// Numbers between the lowest and the highest tried.
    Range {
        /// The lowest.
        low: f64,
        /// The highest.
        high: f64,
        /// Are all values whole?
        whole: bool,
        /// Are the values spread by factors, not by steps?
        log: bool,
    },
    /// So many categories, coded from 0.
    Categories(usize),
}

/// Values that span less than this factor are never taken for logarithmic.
const LEAST_LOG_SPAN: f64 = 10.0;

impl Axis {
    /// The range of numbers that were tried. It is logarithmic where three or more positive values
    /// span a factor of 10 and lie more evenly by their logarithms. `None` without numbers.
    pub fn of_numbers(values: &[f64]) -> Option<Self> {
        let mut distinct = values.to_vec();
        distinct.retain(|value| value.is_finite());
        distinct.sort_unstable_by(f64::total_cmp);
        distinct.dedup();
        let (low, high) = (*distinct.first()?, *distinct.last()?);
        let spans = low > 0.0 && high / low >= LEAST_LOG_SPAN && distinct.len() > 2;
        let log = spans && {
            let logs: Vec<f64> = distinct.iter().map(|value| value.ln()).collect();
            unevenness(&logs) < unevenness(&distinct)
        };
        let whole = distinct.iter().all(|value| value.fract() == 0.0);
        Some(Self::Range {
            low,
            high,
            whole,
            log,
        })
    }

    /// Is there a single value?
    pub fn is_single(self) -> bool {
        match self {
            Self::Range { low, high, .. } => low == high,
            Self::Categories(count) => count < 2,
        }
    }

    /// Where a value lies on the scale on which values are even; a category's code stays.
    pub fn place(self, value: f64) -> f64 {
        match self {
            Self::Range { log: true, .. } => value.ln(),
            Self::Range { .. } | Self::Categories(_) => value,
        }
    }

    /// The ends of that scale.
    pub fn ends(self) -> (f64, f64) {
        match self {
            Self::Range { low, high, .. } => (self.place(low), self.place(high)),
            Self::Categories(count) => (0.0, count.saturating_sub(1) as f64),
        }
    }
}

/// The largest distance of sorted values from equal steps, as a share of their range.
fn unevenness(sorted: &[f64]) -> f64 {
    let (Some(low), Some(high)) = (sorted.first(), sorted.last()) else {
        return 0.0;
    };
    let last = (sorted.len() - 1).max(1) as f64;
    let places = sorted.iter().enumerate();
    let off = places.map(|(i, value)| ((value - low) / (high - low) - i as f64 / last).abs());
    off.fold(0.0, f64::max)
}
