//! The groups of an attribute against the one that the experiment calls privileged.

use super::Compared;
use super::sizes;
use crate::dimension::findings::{Findings, listed, text};
use crate::event::Cell;
use crate::metrics::bootstrap::Interval;
use crate::metrics::classification::Confusion;
use crate::metrics::fairness::Group;
use crate::metrics::rate_intervals::{Rate, difference_interval, ratio_interval};
use crate::metrics::standard_error::change_interval;
use crate::metrics::versus_privileged::VersusPrivileged;
use crate::resource::{Attribute, ProtectedAttribute};
use crate::settings::nearest;
use crate::vocabulary::Problem;

/// Is every privileged group there?
///
/// # Errors
/// Names the group that is not, the nearest one, and the first few there are.
pub(super) fn check(attributes: &[ProtectedAttribute]) -> Result<(), Problem> {
    for protected in attributes {
        let Attribute {
            name,
            groups,
            privileged,
        } = &protected.attribute;
        let Some(wanted) = privileged.as_ref().filter(|p| !groups.contains(p)) else {
            continue;
        };
        let near = nearest(wanted, groups.iter().map(String::as_str));
        let near = near.map_or(".".to_owned(), |near| format!("; did you mean `{near}`?"));
        let known: Vec<&str> = groups.iter().map(String::as_str).collect();
        let cause = format!(
            "no row is in the group `{wanted}`{near} The groups of `{name}` are {}",
            listed(&known)
        );
        let key = format!("protected.{name}.privileged");
        return Err(Problem::new(cause).under(key).in_column(name));
    }
    Ok(())
}

/// Says that a privileged group changes nothing where there are not two classes.
pub(super) fn unused(attributes: &[ProtectedAttribute]) -> Option<String> {
    let is_named = attributes
        .iter()
        .any(|one| one.attribute.privileged.is_some());
    is_named.then(|| {
        "no measures against the privileged group: they are of two classes; look at the rates or \
         means of the groups"
            .to_owned()
    })
}

/// Adds metrics and table of an attribute, if one of its groups is privileged. Where two attributes
/// meet, groups are many: there is no table of them.
pub(super) fn describe(compared: &Compared<'_>, findings: &mut Findings) {
    let Attribute {
        name,
        groups,
        privileged,
    } = compared.attribute;
    let Some(wanted) = privileged else {
        return;
    };
    // Where two attributes meet, nobody may be in both privileged groups.
    let Some(reference) = groups.iter().position(|group| group == wanted) else {
        return;
    };
    let privileged = &compared.groups[reference];
    let mut rows = Vec::new();
    for (code, (group, own)) in groups.iter().zip(&compared.groups).enumerate() {
        if code == reference {
            continue;
        }
        let versus = VersusPrivileged::of(own, privileged);
        for ((metric, value), interval) in
            named(&versus).into_iter().zip(intervals(own, privileged))
        {
            let metric = format!("{name}.versus_privileged.{group}.{metric}");
            findings.with_interval(metric, value, interval);
        }
        let shown = [
            versus.statistical_parity_difference,
            versus.disparate_impact,
            versus.equal_opportunity_difference,
            versus.average_odds_difference,
            versus.predictive_parity_difference,
            versus.treatment_equality_difference,
            versus.accuracy_difference,
            versus.base_rate_difference,
        ];
        let mut row = vec![text(group), Cell::Count(own.counts.n())];
        row.extend(shown.map(Cell::from));
        row.push(text(sizes::mark(own.is_small())));
        rows.push(row);
    }
    if compared.is_intersection {
        return;
    }
    let size = if privileged.is_small() {
        ", which is small"
    } else {
        ""
    };
    findings.table(
        format!("versus_privileged.{name}"),
        format!("Groups of {name} against {wanted}{size}"),
        &[
            "group",
            "n",
            "parity diff",
            "impact",
            "opportunity",
            "avg odds",
            "ppv diff",
            "fn/fp diff",
            "accuracy",
            "base rate",
            "size",
        ],
        rows,
    );
}

/// The intervals of what [`named`] gives, in its order: those of two rates in closed form. None of what
/// is made of more than two.
fn intervals(own: &Group, privileged: &Group) -> [Option<Interval>; 12] {
    let difference = |rate: fn(&Confusion) -> Rate| {
        difference_interval(rate(&own.counts), rate(&privileged.counts))
    };
    let selected = |c: &Confusion| (c.selected(), c.n());
    let reference = selected(&privileged.counts);
    let impact = ratio_interval(selected(&own.counts), reference).filter(|_| reference.0 > 0);
    let aucs = own
        .auc
        .zip(own.auc_error)
        .zip(privileged.auc.zip(privileged.auc_error));
    let auc = aucs.map(|(own, privileged)| {
        let (low, high) = change_interval(own, privileged);
        Interval { low, high }
    });
    [
        difference(selected),
        impact,
        difference(|c| (c.true_positives, c.positives())),
        difference(|c| (c.false_positives, c.negatives())),
        None,
        None,
        difference(|c| (c.true_positives, c.selected())),
        difference(|c| (c.true_negatives, c.true_negatives + c.false_negatives)),
        difference(|c| (c.true_positives + c.true_negatives, c.n())),
        None,
        difference(|c| (c.positives(), c.n())),
        auc,
    ]
}

fn named(versus: &VersusPrivileged) -> [(&'static str, Option<f64>); 12] {
    [
        (
            "statistical_parity_difference",
            versus.statistical_parity_difference,
        ),
        ("disparate_impact", versus.disparate_impact),
        (
            "equal_opportunity_difference",
            versus.equal_opportunity_difference,
        ),
        ("fpr_difference", versus.fpr_difference),
        ("average_odds_difference", versus.average_odds_difference),
        (
            "average_abs_odds_difference",
            versus.average_abs_odds_difference,
        ),
        (
            "predictive_parity_difference",
            versus.predictive_parity_difference,
        ),
        ("npv_difference", versus.npv_difference),
        ("accuracy_difference", versus.accuracy_difference),
        (
            "treatment_equality_difference",
            versus.treatment_equality_difference,
        ),
        ("base_rate_difference", versus.base_rate_difference),
        ("auc_difference", versus.auc_difference),
    ]
}
