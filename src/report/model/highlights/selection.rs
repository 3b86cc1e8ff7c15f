//! Which of a dimension's metrics stand in a short report, and in which tables.

use super::{Column, Facts, Layout, Order};
use crate::report::model::table::Kind;
use crate::vocabulary::Dimension;

const fn counts(head: &'static str, suffix: &'static str) -> Column {
    Column {
        head,
        suffix,
        kind: Kind::Count,
    }
}

const fn column(head: &'static str, suffix: &'static str) -> Column {
    Column {
        head,
        suffix,
        kind: Kind::METRIC,
    }
}

/// 1 keeps the rule, 0 breaks it.
const fn rule(head: &'static str, suffix: &'static str) -> Column {
    Column {
        head,
        suffix,
        kind: Kind::Rule,
    }
}

const SCORES: &[&str] = &["auc", "accuracy", "f1", "log_loss", "rmse", "mae", "r2"];

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
        Dimension::Resilience => &["estimated", "drift.", "clusters"],
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
            rule("four-fifths", ".four_fifths"),
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
