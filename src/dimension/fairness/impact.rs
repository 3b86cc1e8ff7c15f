//! The four-fifths rule (EEOC 1978, 29 CFR 1607.4D), compared in integers, so that exactly 4/5 passes.

use crate::metrics::bootstrap::Interval;
use crate::metrics::hypothesis::holm;
use crate::metrics::rate_intervals::{ratio_interval, ratio_p_value};

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

/// From this p-value down, chance does not explain that a ratio is below four fifths.
const LEVEL: f64 = 0.05;

/// The groups that are not small, each against the one of them with the highest rate: what headlines,
/// flags and warnings rest on. A handful of rows decides nothing, and of many groups some lie below
/// four fifths by chance.
pub(super) struct Larger {
    /// The group with the highest rate; `None` of fewer than two groups, or where that rate is 0.
    pub(super) reference: Option<usize>,
    /// By group; `None` of small ones and of the reference.
    pub(super) against: Vec<Option<Against>>,
}

/// A group against the reference.
#[derive(Clone, Copy)]
pub(super) struct Against {
    /// Its rows, and those of the reference.
    pub(super) rows: (u64, u64),
    /// Its rate over that of the reference.
    pub(super) ratio: f64,
    /// The interval of this ratio of these two groups.
    pub(super) interval: Option<Interval>,
    /// Is the ratio below four fifths?
    pub(super) is_below: bool,
    /// And beyond chance?
    pub(super) is_decided: bool,
}

impl Larger {
    /// Judges the rates of the groups for every class at once: what is decided is corrected by Holm
    /// for all of these comparisons.
    pub(super) fn of(classes: &[Vec<Rate>], is_small: &[bool]) -> Vec<Self> {
        let mut found: Vec<Self> = classes
            .iter()
            .map(|rates| Self::undecided(rates, is_small))
            .collect();
        let p_value = |class: usize, code: usize| {
            let reference = found[class].reference?;
            found[class].against[code]?;
            let rates = &classes[class];
            ratio_p_value(rates[code], rates[reference], 0.8)
        };
        let places = (0..classes.len()).flat_map(|class| {
            let groups = 0..is_small.len();
            groups.map(move |code| (class, code))
        });
        let places: Vec<(usize, usize)> = places.collect();
        let p_values: Vec<Option<f64>> = places.iter().map(|(c, g)| p_value(*c, *g)).collect();
        for ((class, code), p) in places.into_iter().zip(holm(&p_values)) {
            if let Some(against) = &mut found[class].against[code] {
                against.is_decided = against.is_below && p.is_some_and(|p| p <= LEVEL);
            }
        }
        found
    }

    fn undecided(rates: &[Rate], is_small: &[bool]) -> Self {
        let larger = || (0..rates.len()).filter(|code| !is_small[*code] && rates[*code].1 > 0);
        let mut reference: Option<usize> = None;
        for code in larger() {
            let highest = reference.map_or((0, 1), |best| rates[best]);
            if product(rates[code].0, highest.1) > product(highest.0, rates[code].1) {
                reference = Some(code);
            }
        }
        let reference = reference.filter(|_| larger().count() > 1);
        let against = |code: usize| {
            let reference = reference.filter(|reference| *reference != code)?;
            let (own, highest) = (rates[code], rates[reference]);
            let is_larger = larger().any(|other| other == code);
            let ratio = share(own)? / share(highest)?;
            is_larger.then(|| Against {
                rows: (own.1, highest.1),
                ratio,
                interval: ratio_interval(own, highest),
                is_below: is_below(own, highest),
                is_decided: false,
            })
        };
        Self {
            reference,
            against: (0..rates.len()).map(against).collect(),
        }
    }

    /// Does a group break the four-fifths rule beyond chance?
    pub(super) fn breaks(&self, code: usize) -> bool {
        self.against[code].is_some_and(|against| against.is_decided)
    }

    /// The groups that do, or with `is_decided` false those that lie below four fifths and may do so
    /// by chance: the lowest first.
    pub(super) fn below(&self, is_decided: bool) -> Vec<(usize, Against)> {
        let known = self.against.iter().enumerate();
        let known = known.filter_map(|(code, against)| Some((code, (*against)?)));
        let mut below: Vec<(usize, Against)> = known
            .filter(|(_, against)| against.is_below && against.is_decided == is_decided)
            .collect();
        below.sort_by(|(_, a), (_, b)| a.ratio.total_cmp(&b.ratio));
        below
    }

    /// The group with the lowest ratio.
    pub(super) fn lowest(&self) -> Option<(usize, Against)> {
        let known = self.against.iter().enumerate();
        let known = known.filter_map(|(code, against)| Some((code, (*against)?)));
        known.min_by(|(_, a), (_, b)| a.ratio.total_cmp(&b.ratio))
    }
}

impl Against {
    /// The ratio with its interval, in two digits.
    pub(super) fn words(&self) -> String {
        let interval = self
            .interval
            .map(|i| format!(", {:.2} to {:.2}", i.low, i.high));
        format!("{:.2}{}", self.ratio, interval.unwrap_or_default())
    }
}

/// How [`Larger`] comes to its flags.
pub(super) const METHOD: &str = "four-fifths rule: groups that are not small against the one of them with the highest rate, with the \
     95% interval of that ratio (Katz, by logarithms); flagged where it is below 0.8 beyond chance, at 5% \
     with Holm's correction for the number of comparisons within an attribute";

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test is a panic")]
mod tests {
    use super::*;
    use crate::metrics::uniform::Draws;

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

    #[test]
    fn small_groups_decide_nothing_and_chance_is_no_breach() {
        let rates = vec![(0, 20), (300, 1000), (10, 50), (100, 1000)];
        let small = [true, false, false, false];
        let [found] = &Larger::of(&[rates], &small)[..] else {
            panic!("one class");
        };
        assert_eq!(found.reference, Some(1));
        assert!(found.against[0].is_none() && found.against[1].is_none());
        // 0.67 of 50 rows may be chance; 0.33 of 1000 is none.
        let breaks: Vec<bool> = (0..4).map(|code| found.breaks(code)).collect();
        assert_eq!(breaks, [false, false, false, true]);
        let (lowest, against) = found.lowest().unwrap();
        let interval = against.interval.unwrap();
        assert_eq!((lowest, against.rows), (3, (1000, 1000)));
        assert!(interval.low < against.ratio && against.ratio < interval.high);
        assert_eq!(found.below(false)[0].0, 2);
    }

    /// Of thirty groups of 100 rows, each row given the class with the chance 0.25, some always lie
    /// below four fifths of the highest. One of them may be flagged in a twentieth of all tables.
    #[test]
    fn chance_alone_flags_a_group_no_more_often_than_the_level_says() {
        const TABLES: usize = 200;
        let mut draws = Draws::new(7, "groups");
        let mut flagged = 0;
        for _ in 0..TABLES {
            let rates: Vec<Rate> = (0..30).map(|_| (draws.binomial(100, 0.25), 100)).collect();
            let below = Impact::of(&rates, &[false; 30]);
            assert!(below.of_groups.iter().any(|group| group.is_below));
            let found = Larger::of(&[rates], &[false; 30]);
            flagged += usize::from(!found[0].below(true).is_empty());
        }
        assert!(flagged as f64 <= LEVEL * TABLES as f64, "{flagged}");
    }
}
