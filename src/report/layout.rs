//! Which of a dimension's metrics a short report shows, and how they make tables.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::page::{Piece, Style, plain};
use super::words::number;
use crate::display::count;
use crate::vocabulary::Dimension;

/// Metric name to value, as a dimension gives them.
pub(super) type Metrics = BTreeMap<String, Option<f64>>;

/// Metrics that stand in one line: those of these names that are there, after a common beginning.
pub(super) struct Facts {
    pub(super) label: &'static str,
    prefix: &'static str,
    names: &'static [&'static str],
}

/// Metrics that make a table: a row for each name that stands between a prefix and a suffix.
pub(super) struct Layout {
    head: &'static str,
    /// What the metrics begin with, and what that is called in the first column.
    prefixes: &'static [(&'static str, &'static str)],
    /// The suffixes that tell the rows; the first that occurs does.
    row_suffixes: &'static [&'static str],
    columns: &'static [Column],
    order: Order,
}

struct Column {
    head: &'static str,
    suffix: &'static str,
    shape: Shape,
}

#[derive(Clone, Copy)]
enum Shape {
    Number,
    /// How many.
    Count,
    /// 1 passes, 0 fails.
    Rule,
}

#[derive(Clone, Copy)]
enum Order {
    /// By prefix, then by name; numbers by value.
    Name,
    /// Largest value of the first column first.
    Largest,
    /// Smallest value of the first column first.
    Smallest,
}

const fn counts(head: &'static str, suffix: &'static str) -> Column {
    Column {
        head,
        suffix,
        shape: Shape::Count,
    }
}

const fn column(head: &'static str, suffix: &'static str) -> Column {
    Column {
        head,
        suffix,
        shape: Shape::Number,
    }
}

const SCORES: &[&str] = &["auc", "accuracy", "f1", "log_loss", "rmse", "mae", "r2"];
/// Rows beyond these are counted, not shown.
const MOST_ROWS: usize = 12;

/// The one-line metrics of a dimension.
pub(super) fn facts(dimension: Dimension) -> &'static [Facts] {
    match dimension {
        Dimension::Robustness => &[Facts {
            label: "baseline",
            prefix: "baseline.",
            names: SCORES,
        }],
        Dimension::Fairness => &[Facts {
            label: "overall",
            prefix: "",
            names: &["theil_index", "generalized_entropy_2"],
        }],
        Dimension::Uncertainty => &[Facts {
            label: "overall",
            prefix: "",
            names: &[
                "brier",
                "brier_skill_score",
                "log_loss",
                "ece",
                "ece_top_label",
                "mce",
                "spiegelhalter.z",
                "aurc",
                "rmse",
                "mae",
                "r2",
            ],
        }],
        Dimension::Resilience => &[Facts {
            label: "dataset",
            prefix: "base.",
            names: SCORES,
        }],
        Dimension::Hyperparameters => &[Facts {
            label: "overall",
            prefix: "",
            names: &["best", "spread"],
        }],
    }
}

/// The tables of a dimension.
pub(super) fn layouts(dimension: Dimension) -> &'static [Layout] {
    match dimension {
        Dimension::Robustness => ROBUSTNESS,
        Dimension::Fairness => FAIRNESS,
        Dimension::Uncertainty => UNCERTAINTY,
        Dimension::Resilience => RESILIENCE,
        Dimension::Hyperparameters => HYPERPARAMETERS,
    }
}

/// Tables of the dimension's own, by the beginning of their name, that stand below.
pub(super) fn own_tables(dimension: Dimension) -> &'static [&'static str] {
    match dimension {
        Dimension::Robustness => &["slices"],
        Dimension::Resilience => &["drift.", "clusters"],
        Dimension::Fairness => &["versus_privileged."],
        Dimension::Uncertainty => &["coverage_by_prediction"],
        Dimension::Hyperparameters => &[],
    }
}

const ROBUSTNESS: &[Layout] = &[
    Layout {
        head: "disturbance",
        prefixes: &[
            ("gaussian.", "gaussian"),
            ("quantile.", "quantile"),
            ("categorical.", "categorical"),
        ],
        row_suffixes: &[
            ".auc.mean",
            ".accuracy.mean",
            ".rmse.mean",
            ".flip_rate.mean",
        ],
        columns: &[
            column("auc mean", ".auc.mean"),
            column("auc worst", ".auc.worst"),
            column("accuracy mean", ".accuracy.mean"),
            column("rmse mean", ".rmse.mean"),
            column("rmse worst", ".rmse.worst"),
            column("r2 mean", ".r2.mean"),
            column("answers flipped", ".flip_rate.mean"),
        ],
        order: Order::Name,
    },
    Layout {
        head: "permuted feature",
        prefixes: &[("permutation_importance.", "")],
        row_suffixes: &[".mean"],
        columns: &[column("loss", ".mean"), column("std", ".std")],
        order: Order::Largest,
    },
];

const FAIRNESS: &[Layout] = &[
    Layout {
        head: "attribute",
        prefixes: &[("", "")],
        row_suffixes: &[".demographic_parity_difference", ".mean_prediction_gap"],
        columns: &[
            column("parity diff", ".demographic_parity_difference"),
            column("parity ratio", ".demographic_parity_ratio"),
            column("low", ".demographic_parity_ratio.low"),
            column("high", ".demographic_parity_ratio.high"),
            column("larger", ".larger_groups.demographic_parity_ratio"),
            Column {
                head: "four-fifths",
                suffix: ".four_fifths",
                shape: Shape::Rule,
            },
            column("odds diff", ".equalized_odds_difference"),
            column("opportunity diff", ".equal_opportunity_difference"),
            column("mean gap", ".mean_prediction_gap"),
            column("in std devs", ".standardised_mean_difference"),
            column("rmse diff", ".rmse_difference"),
        ],
        order: Order::Name,
    },
    Layout {
        head: "group",
        prefixes: &[("", "")],
        row_suffixes: &[".impact_ratio"],
        columns: &[
            column("ratio", ".impact_ratio"),
            counts("n", ".n"),
            column("base rate", ".base_rate"),
            column("selected", ".selection_rate"),
            column("tpr", ".tpr"),
            column("fpr", ".fpr"),
            column("ppv", ".ppv"),
            column("auc", ".auc"),
        ],
        order: Order::Smallest,
    },
];

const UNCERTAINTY: &[Layout] = &[Layout {
    head: "prediction sets",
    prefixes: &[
        ("conformal.", "alpha"),
        ("class_conditional.", "by class, alpha"),
        ("aps.", "APS, alpha"),
        ("normalised.", "scaled, alpha"),
        ("cqr.", "CQR, alpha"),
    ],
    row_suffixes: &[".coverage"],
    columns: &[
        column("coverage", ".coverage"),
        column("class 0", ".coverage.0"),
        column("class 1", ".coverage.1"),
        column("mean size", ".mean_set_size"),
        column("mean width", ".mean_width"),
        counts("empty", ".empty_sets"),
        column("quantile", ".quantile"),
    ],
    order: Order::Name,
}];

const RESILIENCE: &[Layout] = &[
    Layout {
        head: "alternative",
        prefixes: &[("", "")],
        row_suffixes: &[
            ".auc.change",
            ".accuracy.change",
            ".rmse.change",
            ".drifted_share",
        ],
        columns: &[
            column("auc", ".auc"),
            column("change", ".auc.change"),
            column("accuracy", ".accuracy"),
            column("change", ".accuracy.change"),
            column("rmse", ".rmse"),
            column("change", ".rmse.change"),
            column("features drifted", ".drifted_share"),
        ],
        order: Order::Name,
    },
    Layout {
        head: "worst rows",
        prefixes: &[("worst.", "share")],
        // The other metrics are there of the rest of the rows too.
        row_suffixes: &[".mean_residual"],
        columns: &[
            column("auc", ".auc"),
            column("accuracy", ".accuracy"),
            column("mean log loss", ".mean_log_loss"),
            column("rmse", ".rmse"),
            column("mae", ".mae"),
        ],
        order: Order::Name,
    },
];

const HYPERPARAMETERS: &[Layout] = &[Layout {
    head: "parameter",
    prefixes: &[("importance.", "")],
    row_suffixes: &[".main"],
    columns: &[
        column("importance alone", ".main"),
        column("with interactions", ".total"),
        column("among the best", ".among_best"),
    ],
    order: Order::Largest,
}];

impl Facts {
    /// The facts that are there: name and value.
    pub(super) fn of(&self, metrics: &Metrics) -> Option<String> {
        let facts: Vec<String> = self
            .names
            .iter()
            .filter_map(|name| {
                let value = metrics.get(&format!("{}{name}", self.prefix))?;
                Some(format!("{name} {}", number(*value)))
            })
            .collect();
        (!facts.is_empty()).then(|| facts.join("  "))
    }
}

/// A table that is ready to be shown.
pub(super) struct Rows {
    pub(super) heads: Vec<String>,
    pub(super) body: Vec<Vec<Piece>>,
    /// Rows that are not shown.
    pub(super) more: usize,
}

impl Layout {
    /// The table that `metrics` make; none when none of its rows is there.
    pub(super) fn of(&self, metrics: &Metrics) -> Option<Rows> {
        let keys = self.keys(metrics);
        if keys.is_empty() {
            return None;
        }
        let value = |key: &Key<'_>, column: &Column| {
            metrics.get(&format!("{}{}{}", key.prefix.0, key.name, column.suffix))
        };
        let is_there = |column: &&Column| keys.iter().any(|key| value(key, column).is_some());
        let columns: Vec<&Column> = self.columns.iter().filter(is_there).collect();
        let mut sorted = keys.iter().collect::<Vec<_>>();
        match (self.order, columns.first()) {
            (Order::Largest, Some(first)) => {
                let size = |key: &Key<'_>| value(key, first).copied().flatten();
                sorted.sort_by(|a, b| order(size(b)).total_cmp(&order(size(a))));
            }
            (Order::Smallest, Some(first)) => {
                let size = |key: &Key<'_>| value(key, first).copied().flatten();
                let last = |key| size(key).unwrap_or(f64::INFINITY);
                sorted.sort_by(|a, b| last(a).total_cmp(&last(b)));
            }
            _ => sorted.sort_by(|a, b| a.compare(b)),
        }
        let row = |key: &&Key<'_>| {
            let cells = columns.iter().map(|c| c.cell(value(key, c)));
            std::iter::once(plain(key.label())).chain(cells).collect()
        };
        let heads = columns.iter().map(|column| column.head.to_owned());
        Some(Rows {
            heads: std::iter::once(self.head.to_owned()).chain(heads).collect(),
            body: sorted.iter().take(MOST_ROWS).map(row).collect(),
            more: sorted.len().saturating_sub(MOST_ROWS),
        })
    }

    fn keys<'m>(&self, metrics: &'m Metrics) -> Vec<Key<'m>> {
        let under = |suffix: &str| -> Vec<Key<'m>> {
            let prefixes = self.prefixes.iter().enumerate();
            prefixes
                .flat_map(|(place, prefix)| {
                    let names = metrics.keys().filter_map(|metric| {
                        let rest = metric.strip_prefix(prefix.0)?;
                        rest.strip_suffix(suffix)
                    });
                    names.map(move |name| Key {
                        place,
                        prefix: *prefix,
                        name,
                    })
                })
                .collect()
        };
        let found = self.row_suffixes.iter().map(|suffix| under(suffix));
        found
            .into_iter()
            .find(|keys| !keys.is_empty())
            .unwrap_or_default()
    }
}

struct Key<'m> {
    place: usize,
    prefix: (&'static str, &'static str),
    name: &'m str,
}

impl Key<'_> {
    fn label(&self) -> String {
        format!("{} {}", self.prefix.1, self.name)
            .trim_start()
            .to_owned()
    }

    /// By prefix; then numbers by value, before words, which are sorted already.
    fn compare(&self, other: &Self) -> Ordering {
        let value = |key: &Self| key.name.parse().unwrap_or(f64::INFINITY);
        let places = self.place.cmp(&other.place);
        places.then(value(self).total_cmp(&value(other)))
    }
}

/// Undefined values come last where the largest come first.
fn order(value: Option<f64>) -> f64 {
    value.unwrap_or(f64::NEG_INFINITY)
}

impl Column {
    fn cell(&self, value: Option<&Option<f64>>) -> Piece {
        match (self.shape, value) {
            (_, None) => plain("-"),
            (Shape::Count, Some(Some(number))) => plain(count(*number as u64)),
            (Shape::Rule, Some(Some(1.0))) => (Style::Good, "passes".to_owned()),
            (Shape::Rule, Some(Some(_))) => (Style::Bad, "FAILS".to_owned()),
            (_, Some(value)) => plain(number(*value)),
        }
    }
}
