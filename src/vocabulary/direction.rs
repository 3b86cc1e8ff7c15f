//! Which way a metric gets better.

/// Which way a metric gets better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
    /// Neither: a rate of decisions is what it is.
    Neither,
}

impl Direction {
    /// Of a metric by its last word; of a mean or the worst of repeats, by the word before.
    pub fn of(metric: &str) -> Self {
        let mut words = metric.rsplit('.').peekable();
        let word = words
            .find(|word| !matches!(*word, "mean" | "worst"))
            .unwrap_or_default();
        let is_lower = word.ends_with("_difference")
            || matches!(
                word,
                "log_loss"
                    | "rmse"
                    | "mae"
                    | "brier"
                    | "ece"
                    | "mce"
                    | "ece_top_label"
                    | "fpr"
                    | "std"
                    | "flip_rate"
                    | "theil_index"
                    | "generalized_entropy_2"
                    | "mean_log_loss"
                    | "mean_set_size"
                    | "mean_width"
                    | "empty_sets"
            );
        let is_higher = word.ends_with("_ratio")
            || matches!(
                word,
                "auc" | "accuracy" | "f1" | "r2" | "tpr" | "ppv" | "score" | "four_fifths"
            );
        match (is_lower, is_higher) {
            (true, _) => Self::Lower,
            (_, true) => Self::Higher,
            _ => Self::Neither,
        }
    }
}
