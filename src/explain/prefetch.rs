//! What is expected next, why, and what loading ahead has come to.

use crate::display::{bytes, count, percent, seconds};
use crate::event::{DemandForecast, Opinion, PlannedPrefetch, PredictorShare};
use crate::ledger::Ledger;
use crate::vocabulary::{DemandPredictor, Dimension};

/// What loading ahead has come to, in a few words; none where nothing was.
pub fn prefetch_words(ledger: &Ledger) -> Option<String> {
    let figures = ledger.prefetch();
    if figures.loads == 0 {
        return None;
    }
    let mut words = format!(
        "ahead {} hidden, {} and {} wasted",
        seconds(figures.hidden_seconds),
        seconds(figures.wasted_seconds),
        bytes(figures.wasted_bytes),
    );
    if figures.unused > 0 {
        words = format!(
            "{words}, {} and {} not used yet",
            seconds(figures.unused_seconds),
            bytes(figures.unused_bytes)
        );
    }
    Some(words)
}

/// What history says of the next run, and why, a sentence each.
pub fn forecast_sentences(forecast: &DemandForecast) -> Vec<String> {
    let learnt = count(forecast.selections as u64);
    if !forecast.is_open {
        return vec![format!(
            "history teaches nothing here: over {learnt} selections the forecast is {:.3} nats a dimension \
             ahead of how often each was run, and must be {:.3}; nothing is loaded ahead",
            forecast.gain, forecast.margin
        )];
    }
    let expected: Vec<String> = forecast
        .dimensions
        .iter()
        .map(|(dimension, probability)| format!("{dimension} {}", percent(*probability)))
        .collect();
    let mut sentences = vec![format!(
        "by {learnt} selections another run comes with {}, and in it {}",
        percent(forecast.another_run),
        expected.join(", ")
    )];
    let heaviest =
        |one: &&PredictorShare, other: &&PredictorShare| one.weight.total_cmp(&other.weight);
    if let Some(share) = forecast.predictors.iter().max_by(heaviest) {
        sentences.push(format!(
            "{} counts {} of it: {}",
            share.predictor,
            percent(share.weight),
            evidence(share).join("; ")
        ));
    }
    sentences.extend(forecast.ahead.iter().map(ahead_words));
    sentences
}

/// Why it pays to load this ahead.
fn ahead_words(ahead: &PlannedPrefetch) -> String {
    let harm = if ahead.harm_seconds > 0.0 {
        format!(", and {} of what goes for it", seconds(ahead.harm_seconds))
    } else {
        String::new()
    };
    format!(
        "{} is loaded ahead: needed with {}, which hides {} of {}{harm}",
        ahead.name,
        percent(ahead.probability),
        seconds(ahead.hidden_seconds),
        seconds(ahead.load_seconds),
    )
}

/// What a predictor has counted of each dimension.
fn evidence(share: &PredictorShare) -> Vec<String> {
    let opinions = Dimension::ALL.iter().zip(&share.opinions);
    let told = opinions.map(|(dimension, opinion)| {
        format!(
            "{dimension} {} of {} times{}",
            opinion.followed,
            opinion.times,
            when(share.predictor, opinion)
        )
    });
    told.collect()
}

fn when(predictor: DemandPredictor, opinion: &Opinion) -> String {
    match (predictor, opinion.was_selected) {
        (DemandPredictor::Ppm, _) if !opinion.after.is_empty() => {
            let after = opinion.after.iter();
            let after = after.map(|selection| {
                let names: Vec<&str> = selection.iter().map(|d| d.name()).collect();
                names.join("+")
            });
            format!(" after {}", after.collect::<Vec<_>>().join(", "))
        }
        (_, Some(true)) => " after a run with it".to_owned(),
        (_, Some(false)) => " after a run without it".to_owned(),
        _ => String::new(),
    }
}
