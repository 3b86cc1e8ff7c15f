//! Floats as integers that sort alike: integer keys sort faster than float comparisons, and the
//! order is total.

/// A key whose unsigned order is the numeric order of `value`; `-0.0` and `0.0` share one key.
pub(super) fn sort_key(value: f64) -> u64 {
    let bits = (value + 0.0).to_bits();
    if bits >> 63 == 1 {
        !bits
    } else {
        bits | (1 << 63)
    }
}

/// The same of the narrower floats.
pub(super) fn narrow_sort_key(value: f32) -> u32 {
    let bits = (value + 0.0).to_bits();
    if bits >> 31 == 1 {
        !bits
    } else {
        bits | (1 << 31)
    }
}

#[cfg(test)]
mod tests {
    use super::{narrow_sort_key, sort_key};

    #[test]
    fn keys_order_like_the_numbers() {
        let ascending = [
            f64::NEG_INFINITY,
            -2.5,
            -1e-300,
            0.0,
            1e-300,
            0.5,
            f64::INFINITY,
        ];
        assert!(
            ascending
                .windows(2)
                .all(|pair| sort_key(pair[0]) < sort_key(pair[1]))
        );
        assert_eq!(sort_key(-0.0), sort_key(0.0));
        let narrow = ascending.map(|value| narrow_sort_key(value as f32));
        assert!(narrow.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!(narrow_sort_key(-0.0), narrow_sort_key(0.0));
    }
}
