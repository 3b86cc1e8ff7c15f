//! A group against the privileged one: signed differences `unprivileged - privileged`, and the ratio of
//! the selection rates. A difference is `None` where one of its rates is.

use super::classification::Confusion;
use super::fairness::{Group, error_ratio};

/// How a group fares against the privileged one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct VersusPrivileged {
    /// Of the selection rates (Calders & Verwer 2010; Dwork et al. 2012).
    pub statistical_parity_difference: Option<f64>,
    /// The group's selection rate over that of the privileged one (Feldman et al. 2015). `None` where
    /// none of the privileged is selected.
    pub disparate_impact: Option<f64>,
    /// Of the true positive rates (Hardt, Price & Srebro 2016).
    pub equal_opportunity_difference: Option<f64>,
    /// Of the false positive rates: predictive equality (Corbett-Davies et al. 2017).
    pub fpr_difference: Option<f64>,
    /// Mean of the differences of both (Bellamy et al. 2018).
    pub average_odds_difference: Option<f64>,
    /// Mean of their absolute values (Bellamy et al. 2018).
    pub average_abs_odds_difference: Option<f64>,
    /// Of the positive predictive values (Chouldechova 2017).
    pub predictive_parity_difference: Option<f64>,
    /// Of the negative predictive values.
    pub npv_difference: Option<f64>,
    /// Of the accuracies.
    pub accuracy_difference: Option<f64>,
    /// Of the ratios FN / FP (treatment equality; Berk et al. 2018).
    pub treatment_equality_difference: Option<f64>,
    /// Of the shares of class 1 among the labels: what the data hold already.
    pub base_rate_difference: Option<f64>,
    /// Of the AUCs within the groups.
    pub auc_difference: Option<f64>,
}

impl VersusPrivileged {
    /// Holds a group against the privileged one.
    pub fn of(group: &Group, privileged: &Group) -> Self {
        let difference = |rate: fn(&Confusion) -> Option<f64>| {
            Some(rate(&group.counts)? - rate(&privileged.counts)?)
        };
        let selected = Confusion::selection_rate;
        let reference = selected(&privileged.counts).filter(|rate| *rate > 0.0);
        let tpr = difference(Confusion::true_positive_rate);
        let fpr = difference(Confusion::false_positive_rate);
        let odds = tpr.zip(fpr);
        let aucs = group.auc.zip(privileged.auc);
        Self {
            statistical_parity_difference: difference(selected),
            disparate_impact: selected(&group.counts)
                .zip(reference)
                .map(|(rate, reference)| rate / reference),
            equal_opportunity_difference: tpr,
            fpr_difference: fpr,
            average_odds_difference: odds.map(|(t, f)| f64::midpoint(t, f)),
            average_abs_odds_difference: odds.map(|(t, f)| f64::midpoint(t.abs(), f.abs())),
            predictive_parity_difference: difference(Confusion::positive_predictive_value),
            npv_difference: difference(Confusion::negative_predictive_value),
            accuracy_difference: difference(Confusion::accuracy),
            treatment_equality_difference: difference(error_ratio),
            base_rate_difference: difference(Confusion::base_rate),
            auc_difference: aucs.map(|(group, privileged)| group - privileged),
        }
    }
}
