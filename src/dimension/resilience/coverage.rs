//! Do prediction sets that are calibrated on the dataset still cover on the alternative data?

use super::super::preset::CONFORMAL_ALPHAS;
use super::Scored;
use crate::dimension::Inputs;
use crate::dimension::findings::{Findings, text};
use crate::metrics::conformal::{Calibration, binary_probabilities, coverage};
use crate::resource::ScoreMeaning;

fn classes(labels: &[bool]) -> Vec<usize> {
    labels.iter().map(|label| usize::from(*label)).collect()
}

/// Coverage and size of the prediction sets on every alternative table. Scores that are no
/// probabilities have no such sets.
pub(super) fn report(
    inputs: &Inputs<'_>,
    base: &Scored,
    others: &[Scored],
    findings: &mut Findings,
) {
    if inputs.catalogue.score_meaning() != ScoreMeaning::Probability {
        return;
    }
    let probabilities = binary_probabilities(&base.scores);
    let calibration = Calibration::new(&probabilities, 2, &classes(&base.labels));
    let mut rows = Vec::new();
    for other in others {
        let probabilities = binary_probabilities(&other.scores);
        let labels = classes(&other.labels);
        for alpha in CONFORMAL_ALPHAS {
            let sets = coverage(&probabilities, 2, &labels, calibration.quantile(alpha));
            let prefix = format!("{}.conformal.{alpha:?}", other.name);
            findings.metric(format!("{prefix}.coverage"), sets.coverage);
            findings.metric(format!("{prefix}.mean_set_size"), sets.mean_set_size);
            rows.push(vec![
                text(format!("{} at {:.0}%", other.name, 100.0 * (1.0 - alpha))),
                sets.coverage.into(),
                sets.mean_set_size.into(),
            ]);
        }
    }
    findings.table(
        "coverage",
        "Prediction sets (LAC) calibrated on the dataset",
        &["sets", "coverage", "mean size"],
        rows,
    );
}
