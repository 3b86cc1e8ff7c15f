//! What follows from what the owner of tables says of how they are written.

use crate::engine::Recipe;
use crate::vocabulary::{DecimalSign, Encoding, TableOptions};

/// Words that stand for missing numbers: what pandas takes for them.
const MISSING_WORDS: [&str; 18] = [
    "NA", "N/A", "n/a", "nan", "NaN", "-nan", "-NaN", "null", "NULL", "None", "<NA>", "#N/A",
    "#N/A N/A", "#NA", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN",
];

/// Does this stand for a missing number?
pub(super) fn is_missing(text: &[u8], options: &TableOptions) -> bool {
    let is_it = |word: &str| word.as_bytes() == text;
    text.is_empty()
        || MISSING_WORDS.iter().any(|word| is_it(word))
        || options.missing.iter().any(|word| is_it(word))
}

/// Adds the options to a recipe.
pub(in crate::resource) fn describe(options: &TableOptions, recipe: Recipe) -> Recipe {
    recipe
        .with("missing", &options.missing[..])
        .with("separator", options.separator.map(|sign| sign.to_string()))
        .with("decimal", options.decimal.map(DecimalSign::name))
        .with("encoding", options.encoding.map(Encoding::name))
        .with("spelling", options.spelling.name())
}
