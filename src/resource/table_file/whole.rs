//! Numbers that feed an input of whole numbers.

use crate::resource::reading::{NumberRange, Reading};
use crate::vocabulary::Problem;

/// That all of a column's numbers can be taken as whole ones, where they are to be.
pub(super) fn check(name: &str, values: &[f64], reading: Reading) -> Result<(), Problem> {
    let Some(NumberRange::Whole { least, most }) = reading.numbers else {
        return Ok(());
    };
    let (least, most) = (least as f64, most as f64);
    let fits =
        |value: &f64| value.is_nan() || value.fract() == 0.0 && (least..=most).contains(value);
    let Some(row) = values.iter().position(|value| !fits(value)) else {
        return Ok(());
    };
    let value = values[row];
    let (why, remedy) = if value.fract() != 0.0 {
        (
            "takes whole numbers".to_owned(),
            "round it as for training, or export the model with an input of floats",
        )
    } else {
        (
            format!("takes whole numbers from {least} to {most}"),
            "use the data that the model was trained on, or export it with a wider input",
        )
    };
    let cause = format!(
        "the column `{name}` holds {value} in row {row} (counted from 0), and the model {why} there"
    );
    Err(Problem::new(cause)
        .in_column(name)
        .in_row(row)
        .remedy(remedy))
}
