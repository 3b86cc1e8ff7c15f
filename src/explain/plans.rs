//! What a strategy would load, avoid and take.

use crate::display;
use crate::event::{Basis, Forecast, TakenColumns};
use crate::ledger::Planned;

/// What the present plan would do with a resource that nobody has asked for.
pub const fn planned_words(planned: Planned) -> &'static str {
    match planned {
        Planned::First => "the strategy loads it before the first dimension",
        Planned::Later => "when a dimension asks for it",
        Planned::Avoided => "nothing that is selected needs it: not loaded",
    }
}

/// What a forecast avoids, the members of a group told as one, at most so many names. A table
/// that is avoided stands for its columns too.
pub fn avoided_words(forecast: &Forecast, most: usize) -> String {
    let mut told: Vec<(&str, usize)> = Vec::new();
    let is_table = |name: &str| {
        forecast
            .avoids
            .iter()
            .any(|avoided| &*avoided.name.0 == name)
    };
    for avoided in &forecast.avoids {
        let name = avoided.group.as_deref().unwrap_or(&avoided.name.0);
        match told.iter_mut().find(|(known, _)| *known == name) {
            Some((_, times)) => *times += 1,
            None => told.push((name, 1)),
        }
    }
    let words = told.iter().take(most).map(|(name, times)| match times {
        1 => (*name).to_owned(),
        _ if is_table(name) => (*name).to_owned(),
        times => format!("{times} {name}"),
    });
    let mut words = words.collect::<Vec<_>>().join(", ");
    let more: usize = told.iter().skip(most).map(|(_, times)| times).sum();
    if more > 0 {
        words = format!("{words} and {more} more");
    }
    words
}

/// How columns would be taken, and why.
pub fn taken_words(columns: &TakenColumns) -> String {
    let bytes = columns
        .bytes
        .map(|bytes| format!(" (~{})", display::bytes(bytes)));
    format!(
        "{}{}: {}",
        columns.name,
        bytes.unwrap_or_default(),
        columns.way
    )
}

/// The longest chain of a forecast's loads, and where times are known what it says of parallel
/// loading; none where nothing is loaded.
pub fn longest_chain_words(forecast: &Forecast, arrow: &str) -> Option<String> {
    let path = forecast.critical_path.iter().map(ToString::to_string);
    let path = path.collect::<Vec<_>>().join(&format!(" {arrow} "));
    let took = match forecast.speedup_bound() {
        Some(bound) if forecast.basis != Basis::Unknown => format!(
            " ({} of {}: at most {bound:.1}x faster in parallel)",
            estimated_seconds(forecast.critical_path_seconds, forecast.basis),
            estimated_seconds(forecast.load_seconds_sum, forecast.basis),
        ),
        _ => String::new(),
    };
    (!path.is_empty()).then(|| format!("{path}{took}"))
}

/// A time of a forecast for people: a guess is marked, and what rests on nothing is not shown.
pub fn estimated_seconds(time: f64, basis: Basis) -> String {
    match basis {
        Basis::Measured => display::seconds(time),
        Basis::Guessed => format!("~{}", display::seconds(time)),
        Basis::Unknown => "unknown".to_owned(),
    }
}
