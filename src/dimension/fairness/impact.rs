//! The four-fifths rule (EEOC 1978, 29 CFR 1607.4D), compared in integers, so that exactly 4/5 passes.

/// Rows that are given a class, and all rows of the group.
pub(super) type Rate = (u64, u64);

/// Is a rate below four fifths of the reference's?
pub(super) fn is_below(own: Rate, reference: Rate) -> bool {
    5 * product(own.0, reference.1) < 4 * product(reference.0, own.1)
}

fn product(a: u64, b: u64) -> u128 {
    u128::from(a) * u128::from(b)
}

fn share((given, rows): Rate) -> Option<f64> {
    (rows > 0).then(|| given as f64 / rows as f64)
}

/// What the rule says of one class of several.
pub(super) struct Impact {
    /// The highest rate of a group that is not small; `None` where that is 0.
    pub(super) reference: Option<f64>,
    /// By group.
    pub(super) of_groups: Vec<OfGroup>,
}

/// A group against the reference.
pub(super) struct OfGroup {
    /// Its rate; `None` without rows.
    pub(super) rate: Option<f64>,
    /// Its rate over the reference's.
    pub(super) ratio: Option<f64>,
    /// Does it break the rule?
    pub(super) is_below: bool,
}

impl Impact {
    /// Judges the rates of the groups.
    pub(super) fn of(rates: &[Rate], is_small: &[bool]) -> Self {
        let mut highest: Option<Rate> = None;
        for (own, small) in rates.iter().zip(is_small) {
            let (given, rows) = highest.unwrap_or((0, 1));
            if !small && product(own.0, rows) > product(given, own.1) {
                highest = Some(*own);
            }
        }
        let reference = highest.and_then(share);
        let of_group = |own: &Rate| OfGroup {
            rate: share(*own),
            ratio: share(*own).zip(reference).map(|(own, all)| own / all),
            is_below: highest.is_some_and(|highest| is_below(*own, highest)),
        };
        Self {
            reference,
            of_groups: rates.iter().map(of_group).collect(),
        }
    }

    /// Does no group break the rule? `None` without a reference.
    pub(super) fn passes(&self) -> Option<bool> {
        self.reference?;
        Some(self.of_groups.iter().all(|group| !group.is_below))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 8/25 over 10/25 is 0.7999999999999999 in floats.
    #[test]
    fn exactly_four_fifths_passes_and_one_row_less_does_not() {
        let exact = Impact::of(&[(8, 25), (10, 25)], &[false, false]);
        assert_eq!(exact.passes(), Some(true));
        let less = Impact::of(&[(799, 2500), (10, 25)], &[false, false]);
        assert_eq!(less.passes(), Some(false));
        assert!(less.of_groups[0].is_below && !less.of_groups[1].is_below);
    }

    #[test]
    fn a_small_group_is_judged_and_is_no_reference() {
        let found = Impact::of(&[(3, 3), (10, 25), (0, 2)], &[true, false, true]);
        assert_eq!(found.reference, Some(0.4));
        assert_eq!(found.of_groups[0].ratio, Some(2.5));
        assert!(!found.of_groups[0].is_below && found.of_groups[2].is_below);
    }

    #[test]
    fn without_a_larger_group_that_is_given_the_class_nothing_is_judged() {
        let found = Impact::of(&[(3, 3), (0, 25), (0, 0)], &[true, false, true]);
        assert_eq!(found.passes(), None);
        assert!(found.of_groups.iter().all(|group| group.ratio.is_none()));
        assert_eq!(found.of_groups[2].rate, None);
    }
}
