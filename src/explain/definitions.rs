//! What the numbers of results mean, a sentence each, by the head of their column or by the last part of
//! their name; what they count, and which way they get better.

use crate::vocabulary::Direction;

/// Metrics whose values count rows, sets or the like, by a word of their name.
const COUNTS: &[&str] = &[
    "n",
    "rows",
    "covered",
    "empty_sets",
    "sets_of_size",
    "violations",
    "weak",
    "alarms",
    "flips",
    "new_categories",
    "lost_categories",
];

/// Does this metric count something?
pub fn is_count(metric: &str) -> bool {
    metric.split('.').any(|word| COUNTS.contains(&word))
}

/// Which way the number of a headline gets better; neither way where its best value lies in between, or
/// the experiment says.
pub fn headline_direction(words: &str) -> Direction {
    let metric = words.split(['@', ' ']).next().unwrap_or_default();
    match metric {
        "acc" | "parity" => Direction::Higher,
        _ if words == "max smd" => Direction::Lower,
        _ => Direction::of(metric),
    }
}

/// Names, and what they mean.
const DEFINITIONS: &[(&[&str], &str)] = &[
    (&["n", "rows"], "Rows that the numbers beside it rest on."),
    (
        &["auc"],
        "Chance that a random positive row scores above a random negative one; 0.5 is guessing.",
    ),
    (
        &["accuracy"],
        "Share of rows whose class is the predicted one.",
    ),
    (
        &["f1"],
        "Harmonic mean of precision and recall of the positive class.",
    ),
    (
        &["log loss", "log_loss"],
        "Mean of -ln of the score that the true class was given; less is better.",
    ),
    (
        &["rmse"],
        "Root of the mean squared residual, in the unit of the target.",
    ),
    (
        &["mae"],
        "Mean absolute residual, in the unit of the target.",
    ),
    (
        &["r2"],
        "1 less the squared residuals over those of the mean; 1 is perfect.",
    ),
    (
        &["flip rate", "flip_rate"],
        "Share of rows whose predicted class the disturbance changes.",
    ),
    (
        &["level"],
        "Strength of the disturbance: standard deviations of noise, or the share that is redrawn.",
    ),
    (&["std"], "Standard deviation over the repeats."),
    (
        &["worst"],
        "The worst of the repeats, or the mean over the worst rows.",
    ),
    (
        &["base rate", "base_rate"],
        "Share of rows whose true class is the positive one.",
    ),
    (
        &["selection rate", "selection_rate"],
        "Share of rows that are predicted positive.",
    ),
    (
        &["tpr", "recall"],
        "Of the rows that are positive, the share predicted so.",
    ),
    (
        &["fpr"],
        "Of the rows that are negative, the share predicted positive.",
    ),
    (
        &["npv"],
        "Of the rows predicted negative, the share that is.",
    ),
    (
        &["fpr_difference", "fpr difference"],
        "The highest false positive rate less the lowest.",
    ),
    (
        &["ppv", "precision"],
        "Of the rows predicted positive, the share that is.",
    ),
    (
        &["demographic_parity_ratio", "parity ratio", "ratio"],
        "The lowest selection rate over the highest; below 0.8 the four-fifths rule flags it.",
    ),
    (
        &["demographic_parity_difference", "parity diff", "gap"],
        "The highest rate less the lowest.",
    ),
    (
        &["equal_opportunity_difference", "opportunity"],
        "The highest true positive rate less the lowest.",
    ),
    (
        &[
            "equalized_odds_difference",
            "equalized odds difference",
            "odds diff",
        ],
        "The larger of the gaps in true and in false positive rates.",
    ),
    (
        &["ece"],
        "Expected calibration error: the mean gap of score and observed rate over bins, by their rows.",
    ),
    (
        &["mce"],
        "The largest gap of score and observed rate of a bin.",
    ),
    (
        &["brier"],
        "Mean squared difference of score and outcome; less is better.",
    ),
    (
        &["mean score", "mean_score"],
        "Mean of the scores of its rows.",
    ),
    (
        &["observed rate", "observed_rate"],
        "Share of positives among its rows; on the diagonal it is the score.",
    ),
    (
        &["coverage"],
        "Share of rows whose prediction set holds the true answer.",
    ),
    (
        &["promised", "promise"],
        "The coverage that the method guarantees on rows like those it was calibrated on.",
    ),
    (
        &["mean size", "mean_size"],
        "Classes in a prediction set, on average; fewer say more.",
    ),
    (
        &["mean width", "mean_width"],
        "Width of a prediction interval, on average; less says more.",
    ),
    (
        &["quantile"],
        "The score of conformity that the promise leads to.",
    ),
    (
        &["psi"],
        "Population stability index: from 0.1 on it counts as drift, from 0.25 on as much of it.",
    ),
    (
        &["ks"],
        "Kolmogorov-Smirnov distance: the largest gap of the two distributions.",
    ),
    (
        &["p", "p-value", "p_value"],
        "Chance of a difference at least so large if nothing had changed.",
    ),
    (
        &["p (holm)", "p_holm"],
        "The p-value of the test that coverage is what was promised, corrected for the number of groups.",
    ),
    (
        &["calibration n", "calibration_rows"],
        "Calibration rows of the group, from which its own quantile comes.",
    ),
    (
        &["verdict"],
        "Proven (1): no two rows there could be break it. Violated (-1): two rows do. Undecided (0): neither is shown.",
    ),
    (
        &["violations"],
        "Rows of the dataset that break the constraint as its feature moves and the rest of the row stays.",
    ),
    (
        &["wasserstein"],
        "How far values move on average, in standard deviations.",
    ),
    (
        &["js"],
        "Jensen-Shannon distance of the two distributions, from 0 to 1.",
    ),
    (
        &["tv"],
        "Total variation: half of the summed differences of shares, from 0 to 1.",
    ),
    (
        &["delta", "delta_low", "delta_high"],
        "What a metric is less what it was in the baseline, and both ends of its 95% interval.",
    ),
    (
        &["p_not_worse"],
        "Chance of such a result if the model were worse than the baseline by the margin or more.",
    ),
    (
        &["right_to_wrong", "lost"],
        "Rows that the baseline decides rightly, and this run wrongly.",
    ),
    (
        &["wrong_to_right", "gained"],
        "Rows that the baseline decides wrongly, and this run rightly.",
    ),
    (
        &["change"],
        "The value on the other data less that on the dataset.",
    ),
    (&["share"], "Share of all rows."),
    (
        &["error rate", "error_rate"],
        "Share of rows whose predicted class is wrong.",
    ),
    (
        &["top_score"],
        "How much more a slice errs than all rows, against how few rows it has (SliceLine); above 0 it stands out.",
    ),
    (
        &["error"],
        "Of a slice, the error rate or mean absolute error of its rows; of an estimate, how far it lies from the truth.",
    ),
    (&["elsewhere"], "The same of all other rows."),
    (
        &["p_adjusted", "adjusted p", "adjusted_p_value"],
        "Chance of a difference at least so large if there were none, allowed for how many were looked at.",
    ),
    (
        &["effect"],
        "Size of a difference without unit: 0.2 is small, 0.5 medium, 0.8 large.",
    ),
    (
        &["estimated"],
        "What is to be expected of rows without labels, from calibrated scores (CBPE).",
    ),
    (&["truth"], "The same by the labels, where there are some."),
    (
        &["calibration_broken"],
        "1 where calibrated scores no longer mean what they did, so estimates are not to be relied on.",
    ),
    (
        &["specificity"],
        "Of the rows that are negative, the share predicted so.",
    ),
    (
        &["threshold"],
        "From this score on, a row counts as positive.",
    ),
    (
        &["decided"],
        "Share of rows that are decided where the least confident ones are left out.",
    ),
    (
        &["alone"],
        "Share of the variance that this setting explains by itself.",
    ),
    (
        &["total"],
        "Share of the variance in which this setting has a part.",
    ),
    (
        &["among best"],
        "How much more often the best settings lie here than all of them (PED-ANOVA).",
    ),
    (&["residual"], "The target less the prediction, on average."),
];

/// What a number of this name means.
pub fn definition(name: &str) -> Option<&'static str> {
    let folded = name.to_lowercase();
    let last = folded.rsplit('.').next().unwrap_or(&folded);
    // `class: rate` is about the rate.
    let last = last.rsplit(": ").next().unwrap_or(last).trim();
    let known = |wanted: &str| {
        let mut known = DEFINITIONS.iter();
        known.find(|(names, _)| names.contains(&wanted))
    };
    known(&folded)
        .or_else(|| known(last))
        .map(|(_, words)| *words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_means_one_thing() {
        let names: Vec<&str> = DEFINITIONS
            .iter()
            .flat_map(|(names, _)| *names)
            .copied()
            .collect();
        for (place, name) in names.iter().enumerate() {
            assert!(!names[place + 1..].contains(name), "{name}");
            assert!(definition(name).is_some_and(|words| words.ends_with('.')));
        }
    }

    #[test]
    fn the_last_part_of_a_metric_tells_what_it_is() {
        assert_eq!(
            definition("sex.demographic_parity_ratio"),
            definition("parity ratio")
        );
        assert_eq!(definition("low: tpr"), definition("TPR"));
        assert_eq!(definition("dance"), None);
    }
}
