//! Rows by who is right.

/// How many rows each of two models decides rightly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flips {
    /// Rows that both decide rightly.
    pub both_right: u64,
    /// Rows that the baseline decides rightly and the candidate wrongly: losses.
    pub right_to_wrong: u64,
    /// Rows that the baseline decides wrongly and the candidate rightly: gains.
    pub wrong_to_right: u64,
    /// Rows that both decide wrongly.
    pub both_wrong: u64,
}

impl Flips {
    /// Of rows, each with whether the baseline is right and whether the candidate is.
    pub fn of(rows: impl Iterator<Item = (bool, bool)>) -> Self {
        let mut flips = Self::default();
        for (baseline, candidate) in rows {
            *match (baseline, candidate) {
                (true, true) => &mut flips.both_right,
                (true, false) => &mut flips.right_to_wrong,
                (false, true) => &mut flips.wrong_to_right,
                (false, false) => &mut flips.both_wrong,
            } += 1;
        }
        flips
    }

    /// All rows.
    pub fn n(&self) -> u64 {
        self.both_right + self.right_to_wrong + self.wrong_to_right + self.both_wrong
    }

    /// The rows that the baseline decides rightly.
    pub fn baseline_right(&self) -> u64 {
        self.both_right + self.right_to_wrong
    }

    /// The rows that the candidate decides rightly.
    pub fn candidate_right(&self) -> u64 {
        self.both_right + self.wrong_to_right
    }

    /// The standard error of the difference of both shares, `sqrt(b + c - (c - b)^2 / n) / n` with the
    /// losses `b` and the gains `c` (McNemar 1947). `None` without rows.
    pub fn standard_error(&self) -> Option<f64> {
        let n = self.n() as f64;
        let (lost, gained) = (self.right_to_wrong as f64, self.wrong_to_right as f64);
        let error = (lost + gained - (gained - lost).powi(2) / n).sqrt() / n;
        (n > 0.0).then_some(error)
    }

    /// The same with right and wrong exchanged: of a share that is better where it is lower.
    #[must_use]
    pub fn exchanged(&self) -> Self {
        Self {
            both_right: self.both_wrong,
            right_to_wrong: self.wrong_to_right,
            wrong_to_right: self.right_to_wrong,
            both_wrong: self.both_right,
        }
    }
}
