//! A flag that takes one word out of a closed list.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::vocabulary::Choice;

/// Takes the name of one alternative; the help lists all of them with their doc lines.
pub fn word<T: Choice>() -> impl TypedValueParser<Value = T> {
    let values = T::ALL.iter();
    let values = values.map(|choice| PossibleValue::new(choice.name()).help(choice.doc()));
    PossibleValuesParser::new(values).try_map(|name| T::named(&name).ok_or("no such name"))
}
