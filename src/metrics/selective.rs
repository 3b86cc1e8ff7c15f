//! Selective prediction: how the error falls when the least confident rows are left to somebody else.

use super::order::sort_key;

/// Rows by falling confidence, and the errors among the first of them.
#[derive(Clone, Debug, PartialEq)]
pub struct RiskCoverage {
    /// Errors among the `k + 1` most confident rows, by `k`.
    errors: Vec<u64>,
}

impl RiskCoverage {
    /// Ranks rows by the confidence `max(p, 1 - p)`, ties in row order. `wrong` says whose decision
    /// was. `None` without rows or where a score is NaN.
    ///
    /// # Panics
    /// If the slices differ in length or there are 2^32 rows.
    pub fn of(wrong: &[bool], scores: &[f64]) -> Option<Self> {
        assert_eq!(wrong.len(), scores.len(), "one score a decision");
        assert!(u32::try_from(wrong.len()).is_ok(), "rows fit 32 bits");
        if scores.is_empty() || scores.iter().any(|score| score.is_nan()) {
            return None;
        }
        let keys = scores.iter().map(|score| !sort_key(score.max(1.0 - score)));
        let mut ranking: Vec<(u64, u32)> = keys.zip(0..).collect();
        ranking.sort_unstable();
        let errors = ranking.iter().scan(0, |errors, (_, row)| {
            *errors += u64::from(wrong[*row as usize]);
            Some(*errors)
        });
        Some(Self {
            errors: errors.collect(),
        })
    }

    /// Area under the risk-coverage curve: the mean over `k` of the error rate among the `k` most
    /// confident rows (Geifman & El-Yaniv 2017).
    pub fn area(&self) -> f64 {
        let risks = self.errors.iter().zip(1u64..);
        let sum: f64 = risks.map(|(errors, k)| *errors as f64 / k as f64).sum();
        sum / self.errors.len() as f64
    }

    /// Error rate among the most confident `coverage` of the rows, at least one of them.
    pub fn risk(&self, coverage: f64) -> f64 {
        let rows = self.errors.len();
        let kept = (coverage * rows as f64).round().clamp(1.0, rows as f64) as usize;
        self.errors[kept - 1] as f64 / kept as f64
    }
}
