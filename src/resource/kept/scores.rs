//! Predictions as bytes: a head in JSON with its length before it, then the bits of the scores.

use serde::{Deserialize, Serialize};

use crate::resource::{Catalogue, Gaps, Key, Predictions};

const WIDTH: usize = size_of::<f32>();

#[derive(Serialize, Deserialize)]
struct Head {
    columns: usize,
    missing: Vec<(String, usize)>,
    /// Were the model's own labels held against its scores? They are where the threshold is its own.
    compared: bool,
    disagreeing: Option<u64>,
    gaps: Option<Gaps>,
}

/// Are the model's own labels held against its scores? That belongs to how scores are judged, and not
/// to what they are.
fn compares_labels(catalogue: &Catalogue, key: &Key) -> bool {
    match key {
        Key::Predictions { model, .. } => catalogue.own_threshold(model).is_some(),
        _ => false,
    }
}

pub(super) fn to_bytes(
    catalogue: &Catalogue,
    key: &Key,
    predictions: &Predictions,
) -> Option<Vec<u8>> {
    let head = Head {
        columns: predictions.columns,
        missing: predictions.missing.clone(),
        compared: compares_labels(catalogue, key),
        disagreeing: predictions.disagreeing,
        gaps: predictions.gaps.clone(),
    };
    let head = serde_json::to_vec(&head).ok()?;
    let scores = predictions.scores();
    let mut bytes = Vec::with_capacity(size_of::<u32>() + head.len() + scores.len() * WIDTH);
    bytes.extend_from_slice(&u32::try_from(head.len()).ok()?.to_le_bytes());
    bytes.extend_from_slice(&head);
    bytes.extend(scores.iter().flat_map(|score| score.to_le_bytes()));
    Some(bytes)
}

/// The head, and the scores row by row.
fn parts(bytes: &[u8]) -> Option<(Head, &[[u8; WIDTH]])> {
    let (length, rest) = bytes.split_first_chunk()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let (head, raw) = rest.split_at_checked(length)?;
    let head: Head = serde_json::from_slice(head).ok()?;
    let (scores, left) = raw.as_chunks::<WIDTH>();
    let is_whole = left.is_empty() && head.columns > 0 && scores.len().is_multiple_of(head.columns);
    is_whole.then_some((head, scores))
}

/// The scores of any model, row by row, as metrics want them.
pub(super) fn alone(bytes: &[u8]) -> Option<Vec<f64>> {
    let (_, scores) = parts(bytes)?;
    let scores = scores.iter().map(|bits| f32::from_le_bytes(*bits));
    Some(scores.map(f64::from).collect())
}

pub(super) fn from_bytes(catalogue: &Catalogue, key: &Key, bytes: &[u8]) -> Option<Predictions> {
    let (head, scores) = parts(bytes)?;
    let is_compared = compares_labels(catalogue, key);
    if is_compared && !head.compared {
        return None;
    }
    let scores = scores.iter().map(|bits| f32::from_le_bytes(*bits));
    let mut predictions = Predictions::new(scores.collect(), head.columns, head.missing);
    predictions.disagreeing = head.disagreeing.filter(|_| is_compared);
    predictions.gaps = head.gaps;
    Some(predictions)
}
