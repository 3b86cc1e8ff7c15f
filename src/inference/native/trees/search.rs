//! Searches in the fastest way that a processor has.
#![allow(
    unsafe_code,
    reason = "vector registers that not every processor has; one of their instructions counts \
              sixteen thresholds in a third of the time"
)]

use super::binning::{BLOCK, Binning, VALUES};

/// The bins of values in a search.
///
/// # Safety
/// The processor must be the one that [`searcher`] was asked on.
pub(super) type Searcher = unsafe fn(&Binning, usize, &[f32; VALUES]) -> [u8; VALUES];

/// The fastest for this processor.
pub(super) fn searcher() -> Searcher {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("popcnt")
    {
        return avx2::bins;
    }
    bins_plain
}

fn bins_plain(binning: &Binning, search: usize, values: &[f32; VALUES]) -> [u8; VALUES] {
    let exceeded =
        |block: &[f32; BLOCK], value: f32| block.iter().map(|edge| u8::from(value > *edge)).sum();
    binning.bins(search, values, exceeded)
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{
        _CMP_GT_OQ, _mm256_cmp_ps, _mm256_loadu_ps, _mm256_movemask_ps, _mm256_set1_ps,
    };

    use super::{BLOCK, Binning, VALUES};

    #[target_feature(enable = "avx2,popcnt")]
    pub(super) fn bins(binning: &Binning, search: usize, values: &[f32; VALUES]) -> [u8; VALUES] {
        let exceeded = |block: &[f32; BLOCK], value: f32| {
            let value = _mm256_set1_ps(value);
            let [first, second] = [0, 1].map(|half| {
                // SAFETY: a block is two registers.
                let edges = unsafe { _mm256_loadu_ps(block.as_ptr().add(half * BLOCK / 2)) };
                _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_GT_OQ>(value, edges))
            });
            (first | second << (BLOCK / 2)).count_ones() as u8
        };
        binning.bins(search, values, exceeded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::native::trees::binning::BinningBuilder;
    use crate::inference::native::trees::branch::View;

    #[test]
    fn every_searcher_counts_the_thresholds_below() {
        let view = |column, nan_is_least| View {
            column,
            nan_is_least,
        };
        let mut builder = BinningBuilder::default();
        let mut added = Vec::new();
        let mut add = |view, threshold| {
            builder.add(view, threshold, added.len() as u32);
            added.push((view, threshold));
        };
        // One search, one that is nearly full, three searches, and few with odd values.
        for (column, count) in [(0, 40), (1, 250), (2, 700)] {
            (0..count).for_each(|place| add(view(column, false), place as f32 / 8.0));
        }
        for threshold in [f32::NEG_INFINITY, -0.0, 0.0, 1.0, f32::INFINITY] {
            add(view(3, true), threshold);
        }
        let (binning, places) = builder.build(added.len());
        let odd = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.0, -0.0, 1e-40];
        let value = |place: usize| match place % 7 {
            0 => odd[place / 7 % odd.len()],
            _ => (place * 37 % 811) as f32 / 8.0 + (place % 3) as f32 / 100.0,
        };
        for round in 0..5 {
            let values: [f32; VALUES] = std::array::from_fn(|place| value(round * VALUES + place));
            let searches = 0..binning.columns().len();
            let all: Vec<_> = searches
                .map(|search| {
                    // SAFETY: it was chosen for this processor.
                    let fast = unsafe { searcher()(&binning, search, &values) };
                    assert_eq!(
                        fast,
                        bins_plain(&binning, search, &values),
                        "search {search}"
                    );
                    assert_eq!(fast, values.map(|value| binning.bin(search, value)));
                    fast
                })
                .collect();
            for ((view, threshold), edge) in added.iter().zip(&places) {
                for (value, bin) in values.iter().zip(all[edge.search as usize]) {
                    let goes_first = *value <= *threshold || (view.nan_is_least && value.is_nan());
                    assert_eq!(bin <= edge.bin, goes_first, "{value} {threshold}");
                }
            }
        }
    }
}
