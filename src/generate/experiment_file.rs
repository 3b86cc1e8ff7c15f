//! The experiment of a generated data set, which tells how the data came to be.

use super::formula::{
    AGE_COLUMN, CLASSES, Formula, Part, REGION_COLUMN, SEX_COLUMN, TARGET_COLUMN,
};
use super::{Order, TableFormat};

/// The validated model's file.
pub(super) const MODEL: &str = "boosted_trees.onnx";
/// The alternative model's.
pub(super) const SMALL_MODEL: &str = "small.onnx";
/// The table of trials.
pub(super) const TRIALS: &str = "trials.csv";

/// What experiment.toml says.
pub(super) fn text(order: &Order, formula: &Formula) -> String {
    let Order {
        rows,
        features,
        seed,
        format,
        ..
    } = order;
    let table = |part: Part| format.file_name(part.name());
    let (test, calibration) = (table(Part::Test), table(Part::Calibration));
    let shifted = table(Part::Shifted);
    let names = formula.feature_names();
    let (first, last) = (names[2], names[names.len() - 1]);
    let [_, positive] = CLASSES;
    let flag = match format {
        TableFormat::Parquet => "",
        TableFormat::Csv => " --format csv",
    };
    format!(
        "# Made by: lazydebugger generate --rows {rows} --features {features} --seed {seed}{flag}
#
# Each row has a standard normal draw for its {AGE_COLUMN} (a) and for each of {first} to {last} (u[0], u[1] ...),
# which is the value itself, or its exponential, or a count made from it; every fourth, from the
# second on, goes with the one before it. With [] 1 where true and 0 elsewhere, the log-odds of
# \"{positive}\" are
#
#   -0.6 + 0.5 a + {REGION_COLUMN} + sum over j < 12 of 0.9 (-0.85)^j u[j] + 0.8 u[0] u[1] + [u[2] > 0.8]
#
# where {REGION_COLUMN} is 0.4 (north), 0.2 (south), 0 (east), -0.2 (west) or -0.4 (centre), and u[0] is lower by
# 0.4 for women. The model does not see {SEX_COLUMN}. It was trained on 10,000 rows that are in no table.

name = \"Generated, {rows} x {features}\"

[dataset]
path = \"{test}\"
target = \"{TARGET_COLUMN}\"
positive = \"{positive}\"
calibration = \"{calibration}\"
# Another population: older, u[0] higher by 0.4, u[1] 1.3 times as wide, other regions; and another
# outcome: u[0] u[1] counts for nothing, and the log-odds are lower by 0.3.
alternative = [\"{shifted}\"]

[protected]
{SEX_COLUMN} = \"categories\"
{AGE_COLUMN} = [30, 45, 60]

[model]
path = \"{MODEL}\"

[[alternative_models]]
name = \"small\"
path = \"{SMALL_MODEL}\"

# Twelve settings of the trainer and their AUC on 5,000 rows that are in no table either.
[hyperparameters]
path = \"{TRIALS}\"
"
    )
}
