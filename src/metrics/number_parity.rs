//! Parity of a predicted number: how far the distribution of the predictions of a group lies from
//! that of all rows.

use super::group_codes::Codes;
use super::order::sort_key;
use super::standard_error::Z_975;

/// The largest gap of a group: see [`parity_gaps`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParityGap {
    /// The gap, from 0 (parity) to 1.
    pub gap: f64,
    /// Its 95% interval, as that of a difference of two shares (the group's, and that of the other
    /// rows, by which the group's share of all rows is multiplied), at the place where it is largest.
    /// `None` where the group holds all rows.
    pub interval: Option<(f64, f64)>,
}

/// By group, `sup over z |P(f <= z | group) - P(f <= z)|`: the Kolmogorov distance between the
/// predictions of the group and those of all rows, which is the largest gap of selection rates over
/// all thresholds (statistical parity of a regression; Agarwal, Dudik & Wu 2019). `None` for a group
/// without rows, and for all where a prediction is NaN.
///
/// # Panics
/// If there is not one group code a row, or a code is not below `groups`.
pub fn parity_gaps(predicted: &[f64], codes: &dyn Codes, groups: usize) -> Vec<Option<ParityGap>> {
    assert_eq!(predicted.len(), codes.rows(), "one group a row");
    if predicted.iter().any(|value| value.is_nan()) {
        return vec![None; groups];
    }
    let keys = predicted.iter().map(|value| sort_key(*value));
    let mut rows: Vec<(u64, u32)> = keys
        .zip((0..codes.rows()).map(|row| codes.code(row)))
        .collect();
    rows.sort_unstable();
    let mut sizes = vec![0u64; groups];
    for (_, code) in &rows {
        sizes[*code as usize] += 1;
    }
    let all = rows.len() as f64;
    let mut below = vec![0u64; groups];
    let mut passed = 0u64;
    // The shares at the widest place: those of the group, and of all rows.
    let mut widest = vec![(0.0f64, 0.0f64); groups];
    for tie in rows.chunk_by(|a, b| a.0 == b.0) {
        // While none of its rows pass, a group's share stays and that of all rows grows: it is
        // farthest off right before and right after its own rows.
        for is_after in [false, true] {
            for own in tie.chunk_by(|a, b| a.1 == b.1) {
                let group = own[0].1 as usize;
                let (mut of_group, mut of_all) = (below[group], passed);
                if is_after {
                    below[group] += own.len() as u64;
                    of_group = below[group];
                    of_all += tie.len() as u64;
                }
                let shares = (of_group as f64 / sizes[group] as f64, of_all as f64 / all);
                let far = |(group, all): (f64, f64)| (group - all).abs();
                if far(shares) > far(widest[group]) {
                    widest[group] = shares;
                }
            }
        }
        passed += tie.len() as u64;
    }
    let gaps = sizes.iter().zip(widest);
    gaps.map(|(size, shares)| (*size > 0).then(|| with_interval(shares, *size as f64, all)))
        .collect()
}

fn with_interval((of_group, of_all): (f64, f64), size: f64, all: f64) -> ParityGap {
    let gap = (of_group - of_all).abs();
    let others = all - size;
    let of_others = (of_all * all - of_group * size) / others;
    let variance = |share: f64, n: f64| share.clamp(0.0, 1.0) * (1.0 - share).clamp(0.0, 1.0) / n;
    let error = (variance(of_group, size) + variance(of_others, others)).sqrt();
    let half = Z_975 * error * others / all;
    ParityGap {
        gap,
        interval: (others > 0.0).then_some((gap - half, gap + half)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy 1.17.1: `ks_2samp(group, all).statistic`.
    #[test]
    fn gaps_are_the_kolmogorov_distances_of_scipy() {
        let codes: Vec<u32> = (0..60).map(|i| (i / 4 + i % 5) % 3).collect();
        let rows = (0..60u32).zip(&codes);
        let predicted: Vec<f64> = rows
            .map(|(i, c)| f64::from(i * 7 % 20 + c * c * 2))
            .collect();
        let found = parity_gaps(&predicted, &codes, 4);
        for (gap, expected) in
            found
                .iter()
                .zip([0.166_666_666_666_666_66, 0.1, 0.233_333_333_333_333_34])
        {
            let gap = gap.map_or(f64::NAN, |gap| gap.gap);
            assert!((gap - expected).abs() < 1e-12, "{gap} {expected}");
        }
        assert_eq!(found[3], None, "a group without rows");
        let one = parity_gaps(&predicted, &[0; 60], 1)[0];
        assert_eq!(
            one,
            Some(ParityGap {
                gap: 0.0,
                interval: None
            })
        );
        assert_eq!(parity_gaps(&[f64::NAN, 1.0], &[0, 1], 2), [None, None]);
    }
}
