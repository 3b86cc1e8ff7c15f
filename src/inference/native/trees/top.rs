//! The top levels of a tree, for sixteen rows at once and without a load that waits for another:
//! all comparisons are made, and what a row's way makes of them is picked out.
//!
//! With AVX2 this takes a third of the time that the same levels take row by row; the plain version
//! is for all other processors and gives the same places.
#![allow(
    unsafe_code,
    reason = "vector registers that not every processor has, and no bounds checks: see `kernel`"
)]

use super::packed::{LANES, TOP_NODES, Top};

/// Gives each row's place below the top levels.
///
/// # Safety
/// The columns of the top must be among those of the group, and the processor must be the one that
/// [`top_walk`] was asked on.
pub(super) type TopWalk = unsafe fn(&Top, &[[f32; LANES]]) -> [u32; LANES];

/// The fastest for this processor.
pub(super) fn top_walk() -> TopWalk {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        return avx2::walk;
    }
    walk
}

/// Level by level, each row for itself: the loads of one row do not hold up those of the others.
///
/// # Safety
/// See [`TopWalk`].
unsafe fn walk(top: &Top, x: &[[f32; LANES]]) -> [u32; LANES] {
    std::array::from_fn(|lane| {
        let mut at = 0;
        while at < TOP_NODES {
            // SAFETY: the caller vouches for the columns.
            let value = unsafe { x.get_unchecked(top.columns[at] as usize)[lane] };
            let stays_left = value <= top.thresholds[at];
            at = 2 * at + 1 + usize::from(!stays_left);
        }
        top.entries[at - TOP_NODES]
    })
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{
        __m256, _CMP_NLE_UQ, _mm256_and_si256, _mm256_blendv_ps, _mm256_castps_si256,
        _mm256_castsi256_ps, _mm256_cmp_ps, _mm256_loadu_ps, _mm256_loadu_si256, _mm256_or_si256,
        _mm256_permutevar8x32_epi32, _mm256_set1_epi32, _mm256_set1_ps, _mm256_storeu_si256,
    };

    use super::{LANES, Top};

    /// Rows in a register.
    const WIDTH: usize = 8;

    /// # Safety
    /// See [`super::TopWalk`]; the processor must have AVX2.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn walk(top: &Top, x: &[[f32; LANES]]) -> [u32; LANES] {
        let mut places = [0; LANES];
        for (half, places) in places.as_chunks_mut::<WIDTH>().0.iter_mut().enumerate() {
            // All bits of a row are set where it goes to the second side.
            let test = |node: usize| -> __m256 {
                let column = top.columns[node] as usize;
                // SAFETY: the caller vouches for the columns, and half a column is eight numbers.
                let values =
                    unsafe { _mm256_loadu_ps(x.get_unchecked(column)[half * WIDTH..].as_ptr()) };
                _mm256_cmp_ps::<_CMP_NLE_UQ>(values, _mm256_set1_ps(top.thresholds[node]))
            };
            let pick =
                |ways: __m256, first: __m256, second: __m256| _mm256_blendv_ps(first, second, ways);
            let one = test(0);
            let two = pick(one, test(1), test(2));
            let three = pick(
                one,
                pick(two, test(3), test(4)),
                pick(two, test(5), test(6)),
            );
            let four = pick(
                one,
                pick(
                    two,
                    pick(three, test(7), test(8)),
                    pick(three, test(9), test(10)),
                ),
                pick(
                    two,
                    pick(three, test(11), test(12)),
                    pick(three, test(13), test(14)),
                ),
            );
            let bit = |ways: __m256, bit: i32| {
                _mm256_and_si256(_mm256_castps_si256(ways), _mm256_set1_epi32(bit))
            };
            let ways = _mm256_or_si256(bit(two, 4), _mm256_or_si256(bit(three, 2), bit(four, 1)));
            // The root's way chooses between the halves of the entries.
            let entry = |half: usize| {
                // SAFETY: sixteen entries are two times eight.
                let entries =
                    unsafe { _mm256_loadu_si256(top.entries[half * WIDTH..].as_ptr().cast()) };
                _mm256_castsi256_ps(_mm256_permutevar8x32_epi32(entries, ways))
            };
            let found = _mm256_castps_si256(pick(one, entry(0), entry(1)));
            // SAFETY: eight places are as long as a register.
            unsafe { _mm256_storeu_si256(places.as_mut_ptr().cast(), found) };
        }
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::native::trees::packed::TOP_LEVELS;
    use crate::inference::native::trees::test_rng::TestRng;

    /// What is not a number, infinities and equal values are as frequent here as they are rare in
    /// models.
    const VALUES: [f32; 7] = [
        f32::NEG_INFINITY,
        -1.0,
        -0.0,
        0.0,
        1.0,
        f32::INFINITY,
        f32::NAN,
    ];

    #[test]
    fn every_top_walk_leads_to_the_same_places() {
        let mut source = TestRng::new(1);
        let mut draw = |below| source.below(below);
        for _ in 0..1000 {
            let columns = 1 + draw(20);
            let mut value = || VALUES[draw(VALUES.len())];
            let top = Top {
                thresholds: std::array::from_fn(|_| value()),
                columns: [0; TOP_NODES],
                entries: std::array::from_fn(|way| 100 + way as u32),
            };
            let x: Vec<[f32; LANES]> = (0..columns)
                .map(|_| std::array::from_fn(|_| value()))
                .collect();
            let top = Top {
                columns: std::array::from_fn(|_| draw(columns) as u16),
                ..top
            };
            // SAFETY: the columns were drawn among those of `x`.
            let (fast, plain) = unsafe { (top_walk()(&top, &x), walk(&top, &x)) };
            assert_eq!(fast, plain, "{top:?}, {x:?}");
            assert!(plain.iter().all(|place| place - 100 < 1 << TOP_LEVELS));
        }
    }
}
