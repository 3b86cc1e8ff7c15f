//! How scores fare against what the rows of a table turned out to be, whatever the task.

use crate::metrics::influence::Influence;
use crate::metrics::standard_error::{ClassifierErrors, numbers_standard_errors};
use crate::metrics::{classification, multi_class, regression};
pub(super) use crate::resource::Outcome;
use crate::vocabulary::Direction;

/// The metrics of a task, with the names that they have in reports.
pub(super) type Measures = Vec<(&'static str, Option<f64>)>;

/// How a metric is called in titles.
pub(super) fn words(metric: &str) -> &str {
    match metric {
        "auc" => "AUC",
        "accuracy" => "Accuracy",
        "f1" => "F1",
        "log_loss" => "Log loss",
        "rmse" => "RMSE",
        "mae" => "MAE",
        "r2" => "R2",
        other => other,
    }
}

/// Is less of this metric better?
pub(super) fn is_lower_better(metric: &str) -> bool {
    Direction::of(metric) == Direction::Lower
}

impl Outcome {
    /// Rows.
    pub(super) fn rows(&self) -> usize {
        match self {
            Self::Binary { labels, .. } => labels.len(),
            Self::Classes { labels, .. } => labels.len(),
            Self::Numbers(values) => values.len(),
        }
    }

    /// Scores a row.
    pub(super) fn columns(&self) -> usize {
        match self {
            Self::Classes { classes, .. } => *classes,
            Self::Binary { .. } | Self::Numbers(_) => 1,
        }
    }

    /// Decides by another threshold, where one is needed.
    pub(super) fn cut_at(&mut self, at: f64) {
        if let Self::Binary { threshold, .. } = self {
            *threshold = at;
        }
    }

    /// How well scores (row by row) agree with it.
    pub(super) fn performance(&self, scores: &[f64]) -> Measures {
        let found = match self {
            Self::Binary { labels, threshold } => {
                classification::Performance::measure(labels, scores, *threshold)
            }
            Self::Classes { labels, classes } => multi_class::performance(labels, scores, *classes),
            Self::Numbers(values) => {
                let found = regression::Performance::measure(values, scores);
                return vec![("rmse", found.rmse), ("mae", found.mae), ("r2", found.r2)];
            }
        };
        vec![
            ("auc", found.auc),
            ("accuracy", found.accuracy),
            ("f1", found.f1),
            ("log_loss", found.log_loss),
        ]
    }

    /// Standard errors of [`Self::performance`], in its order.
    pub(super) fn standard_errors(&self, scores: &[f64]) -> Vec<Option<f64>> {
        let found = match self {
            Self::Binary { labels, threshold } => {
                ClassifierErrors::of_two(labels, scores, *threshold)
            }
            Self::Classes { labels, classes } => {
                ClassifierErrors::of_several(labels, scores, *classes)
            }
            Self::Numbers(values) => return numbers_standard_errors(values, scores).to_vec(),
        };
        vec![found.auc, found.accuracy, found.f1, found.log_loss]
    }

    /// How each row moves the metrics of [`Self::performance`], in its order.
    pub(super) fn influences(&self, scores: &[f64]) -> Vec<(&'static str, Option<Influence>)> {
        let right = || {
            let wrong = self.errors(scores).unwrap_or_default().into_iter();
            Influence::of_mean(wrong.map(|w| f64::from(u8::from(!w))).collect())
        };
        match self {
            Self::Binary { labels, threshold } => {
                let rows = labels.iter().zip(scores);
                let losses = rows.map(|(label, score)| classification::log_loss_of(*label, *score));
                vec![
                    ("auc", Influence::of_auc(labels, scores)),
                    ("accuracy", right()),
                    ("f1", Influence::of_f1(labels, scores, *threshold)),
                    ("log_loss", Influence::of_mean(losses.collect())),
                ]
            }
            Self::Classes { labels, classes } => {
                let decisions = multi_class::decide(scores, *classes);
                let losses = multi_class::row_log_losses(labels, scores, *classes);
                vec![
                    ("auc", Influence::of_macro_auc(labels, scores, *classes)),
                    ("accuracy", right()),
                    ("f1", Influence::of_macro_f1(labels, &decisions, *classes)),
                    ("log_loss", Influence::of_mean(losses)),
                ]
            }
            Self::Numbers(values) => vec![
                (
                    "rmse",
                    Influence::of_root_mean_squared_error(values, scores),
                ),
                ("mae", Influence::of_mean(self.residuals(scores))),
                ("r2", Influence::of_r_squared(values, scores)),
            ],
        }
    }

    /// The name of the first metric of [`Self::performance`], by which models are compared.
    pub(super) fn first_name(&self) -> &'static str {
        match self {
            Self::Binary { .. } | Self::Classes { .. } => "auc",
            Self::Numbers(_) => "rmse",
        }
    }

    /// The first metric of [`Self::performance`] alone.
    pub(super) fn first(&self, scores: &[f64]) -> Option<f64> {
        match self {
            Self::Binary { labels, .. } => classification::auc(labels, scores),
            Self::Classes { labels, classes } => multi_class::macro_auc(labels, scores, *classes),
            Self::Numbers(values) => regression::root_mean_squared_error(values, scores),
        }
    }

    /// What is left of the first metric, as an upper and a lower part, whose ratio is 1 where nothing
    /// is lost: of classes, of the AUC's lead over chance; of numbers, of exactness (RMSE before over
    /// RMSE now). Values come with their standard errors. `None` where the lower part is not above 0.
    pub(super) fn kept(&self, before: (f64, f64), now: (f64, f64)) -> Option<[(f64, f64); 2]> {
        let lead = |(auc, error): (f64, f64)| (auc - 0.5, error);
        let parts = match self {
            Self::Binary { .. } | Self::Classes { .. } => [lead(now), lead(before)],
            Self::Numbers(_) => [before, now],
        };
        (parts[1].0 > 0.0).then_some(parts)
    }

    /// The ratio of [`Self::kept`] in words. `before` is how the metric of before is called.
    pub(super) fn kept_words(&self, before: &str) -> String {
        let auc = match self {
            Self::Binary { .. } => "AUC",
            Self::Classes { .. } => "macro AUC",
            Self::Numbers(_) => return format!("{before} / RMSE"),
        };
        format!(
            "share of the {auc}'s lead over chance, (AUC - 0.5) / ({before} - 0.5), that is left"
        )
    }

    /// Share of rows that are decided otherwise by other scores; `None` for numbers, of which none
    /// is a decision.
    pub(super) fn flip_rate(&self, before: &[f64], after: &[f64]) -> Option<f64> {
        let flipped = self.flipped(before, after)?;
        let flips = flipped.iter().filter(|flips| **flips).count();
        (!flipped.is_empty()).then(|| flips as f64 / flipped.len() as f64)
    }

    /// Which rows are decided otherwise by other scores; `None` for numbers.
    pub(super) fn flipped(&self, before: &[f64], after: &[f64]) -> Option<Vec<bool>> {
        match self {
            Self::Binary { threshold, .. } => {
                let rows = before.iter().zip(after);
                Some(
                    rows.map(|(b, a)| (*b >= *threshold) != (*a >= *threshold))
                        .collect(),
                )
            }
            Self::Classes { classes, .. } => {
                let decide = |scores| multi_class::decide(scores, *classes).into_iter();
                let rows = decide(before).zip(decide(after));
                Some(rows.map(|(b, a)| b != a).collect())
            }
            Self::Numbers(_) => None,
        }
    }

    /// Some of its rows.
    pub(super) fn of_rows(&self, rows: &[u32]) -> Self {
        match self {
            Self::Binary { labels, threshold } => Self::Binary {
                labels: pick(labels, 1, rows),
                threshold: *threshold,
            },
            Self::Classes { labels, classes } => Self::Classes {
                labels: pick(labels, 1, rows),
                classes: *classes,
            },
            Self::Numbers(values) => Self::Numbers(pick(values, 1, rows)),
        }
    }
}

/// Some rows of a row-major table.
pub(super) fn pick<T: Copy>(table: &[T], columns: usize, rows: &[u32]) -> Vec<T> {
    let cells = |row: &u32| {
        let start = *row as usize * columns;
        table[start..start + columns].iter().copied()
    };
    rows.iter().flat_map(cells).collect()
}
