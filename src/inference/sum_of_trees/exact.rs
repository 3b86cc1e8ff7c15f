//! Leaves as whole multiples of one power of two: sums of them are exact.

/// The power of two.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unit(i32);

/// Bits of a sum.
const BITS: i32 = 126;
/// Bits of a number, and one more for a difference of two.
const MANTISSA: i32 = 53;

impl Unit {
    /// That of these values, of which so many are added up; none where sums may not fit.
    pub(super) fn of(values: impl Iterator<Item = f64>, addends: usize) -> Option<Self> {
        let (mut least, mut most) = (i32::MAX, i32::MIN);
        for value in values {
            if !value.is_finite() {
                return None;
            }
            let (digits, exponent) = parts(value);
            if digits != 0 {
                let trailing = digits.trailing_zeros() as i32;
                least = least.min(exponent + trailing);
                most = most.max(exponent + MANTISSA);
            }
        }
        if least > most {
            return Some(Self(0));
        }
        let room = usize::BITS as i32 - addends.leading_zeros() as i32;
        (most - least + room <= BITS).then_some(Self(least))
    }

    /// How many units a value is, one of those that it was made for.
    pub(super) fn times(self, value: f64) -> i128 {
        let (digits, exponent) = parts(value);
        if digits == 0 {
            return 0;
        }
        let shift = exponent - self.0;
        if shift >= 0 {
            i128::from(digits) << shift
        } else {
            // Its last digits are zeros.
            i128::from(digits) >> -shift
        }
    }

    /// So many units, rounded once.
    pub(super) fn value(self, units: i128) -> f64 {
        // Halved, so that neither factor leaves the range of floats.
        let half = self.0 / 2;
        units as f64 * 2.0_f64.powi(half) * 2.0_f64.powi(self.0 - half)
    }
}

/// A finite number as whole digits times a power of two.
fn parts(value: f64) -> (i64, i32) {
    let bits = value.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i32;
    let fraction = (bits & ((1 << 52) - 1)) as i64;
    let digits = if exponent == 0 {
        fraction
    } else {
        fraction | (1 << 52)
    };
    let signed = if value.is_sign_negative() {
        -digits
    } else {
        digits
    };
    (signed, exponent.max(1) - 1075)
}

#[cfg(test)]
mod tests {
    use super::Unit;

    #[test]
    fn sums_of_floats_are_exact() {
        let values = [0.1_f32, -0.3, 1.5e-9, 0.0, -2.0, 0.75].map(f64::from);
        let unit = Unit::of(values.into_iter(), values.len()).unwrap_or(Unit(0));
        for value in values {
            assert_eq!(unit.value(unit.times(value)), value);
        }
        let sum: i128 = values.iter().map(|value| unit.times(*value)).sum();
        let back: i128 = values.iter().rev().map(|value| unit.times(*value)).sum();
        assert_eq!(sum, back);
        assert!(Unit::of([1e-38, 1e38].into_iter(), 2).is_none());
        assert!(Unit::of([f64::INFINITY].into_iter(), 1).is_none());
    }
}
