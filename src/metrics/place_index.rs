//! Where values lie among sorted ones: an index says between which places to look, so that little is
//! left to halve. Each halving waits for memory, and there is one such search a value.

use super::order::sort_key;

/// Sorted values a bucket, on average.
const VALUES_A_BUCKET: usize = 4;

/// For each of many buckets, how many of the sorted values lie in the ones before it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PlaceIndex {
    buckets: Buckets,
    first: Vec<u32>,
}

/// Which bucket a value falls into: one that is not less falls into no earlier bucket.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Buckets {
    /// By its distance from the least one.
    Distance { least: f64, scale: f64 },
    /// By its bits, which suits values that are spread over many orders of magnitude.
    Bits { least: u64, shift: u32 },
}

impl Buckets {
    fn of(self, value: f64) -> usize {
        match self {
            // What is below, or not a number, becomes 0, and what is beyond the last is cut.
            Self::Distance { least, scale } => ((value - least) * scale) as usize,
            Self::Bits { least, shift } => {
                (sort_key(value).saturating_sub(least) >> shift) as usize
            }
        }
    }
}

impl PlaceIndex {
    /// Of distinct values in rising order, none missing.
    pub(super) fn new(sorted: &[f64]) -> Self {
        let buckets = (sorted.len() / VALUES_A_BUCKET).max(1);
        let (least, most) = match sorted {
            [first, .., last] => (*first, *last),
            _ => (0.0, 0.0),
        };
        let width = most - least;
        let scale = if width > 0.0 && width.is_finite() {
            buckets as f64 / width
        } else {
            0.0
        };
        let span = sort_key(most) - sort_key(least);
        let bits = (buckets as u64).ilog2();
        let by_distance = Self::with(Buckets::Distance { least, scale }, sorted, buckets);
        let by_bits = Self::with(
            Buckets::Bits {
                least: sort_key(least),
                shift: (u64::BITS - span.leading_zeros())
                    .saturating_sub(bits)
                    .min(u64::BITS - 1),
            },
            sorted,
            buckets,
        );
        if by_bits.cost() < by_distance.cost() {
            by_bits
        } else {
            by_distance
        }
    }

    fn with(buckets: Buckets, sorted: &[f64], count: usize) -> Self {
        let mut first = vec![0_u32; count + 1];
        for value in sorted {
            first[buckets.of(*value).min(count - 1) + 1] += 1;
        }
        for bucket in 1..=count {
            first[bucket] += first[bucket - 1];
        }
        Self { buckets, first }
    }

    /// How many halvings all of the sorted values take together, about.
    fn cost(&self) -> u64 {
        let filled = self.first.windows(2).map(|pair| pair[1] - pair[0]);
        filled
            .map(|values| u64::from(values) * u64::from(u32::BITS - values.leading_zeros()))
            .sum()
    }

    /// How many of the sorted values that it was made of are less than each of these.
    pub(super) fn places<const N: usize>(&self, sorted: &[f64], values: &[f64; N]) -> [usize; N] {
        let last_bucket = self.first.len() - 2;
        let mut from = [0; N];
        let mut left = [0; N];
        for k in 0..N {
            let bucket = self.buckets.of(values[k]).min(last_bucket);
            from[k] = self.first[bucket] as usize;
            left[k] = self.first[bucket + 1] as usize - from[k];
        }
        let last = sorted.len().saturating_sub(1);
        while left.iter().any(|left| *left > 0) {
            for k in 0..N {
                let half = left[k] / 2;
                let probe = (from[k] + half).min(last);
                let is_less = left[k] > 0 && sorted[probe] < values[k];
                from[k] = if is_less { probe + 1 } else { from[k] };
                left[k] = if is_less { left[k] - half - 1 } else { half };
            }
        }
        from
    }

    /// Bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.first)
    }
}

#[cfg(test)]
mod tests {
    use super::PlaceIndex;

    #[test]
    fn places_are_those_of_a_search() {
        let even: Vec<f64> = (0..1000).map(f64::from).collect();
        let wide: Vec<f64> = (-150..150).map(|e| 10f64.powi(e)).collect();
        let ends = vec![f64::NEG_INFINITY, -1.0, 0.0, 1e-300, 2.0, f64::INFINITY];
        for sorted in [even, wide, ends, vec![3.0], vec![-2.0, -1.0]] {
            let index = PlaceIndex::new(&sorted);
            let between = sorted
                .windows(2)
                .map(|pair| f64::midpoint(pair[0], pair[1]));
            let far = [f64::MIN, f64::MAX, -0.0, f64::INFINITY, f64::NEG_INFINITY];
            for value in sorted.iter().copied().chain(between).chain(far) {
                let expected = sorted.partition_point(|v| *v < value);
                assert_eq!(index.places(&sorted, &[value]), [expected], "{value}");
            }
            index.places(&sorted, &[f64::NAN]);
        }
    }
}
