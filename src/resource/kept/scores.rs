//! Predictions as bytes: a head in JSON with its length before it, then the bits of the scores.

use serde::{Deserialize, Serialize};

use crate::resource::{Catalogue, Gaps, Key, Predictions, ShardRows};

const WIDTH: usize = size_of::<f32>();

#[derive(Serialize, Deserialize)]
struct Head {
    columns: usize,
    missing: Vec<(String, usize)>,
    /// Were the model's own labels held against its scores? They are where the threshold is its own.
    compared: bool,
    disagreeing: Option<u64>,
    gaps: Option<Gaps>,
    /// Which rows they are of, where that is not all.
    #[serde(default)]
    of_shard: Option<ShardRows>,
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
        of_shard: predictions.of_shard,
    };
    let scores = predictions.scores();
    let mut bytes = head_first(&head, scores.len() * WIDTH)?;
    bytes.extend(scores.iter().flat_map(|score| score.to_le_bytes()));
    Some(bytes)
}

/// A head, with room for so many bytes of scores behind it.
fn head_first(head: &Head, room: usize) -> Option<Vec<u8>> {
    let head = serde_json::to_vec(head).ok()?;
    let mut bytes = Vec::with_capacity(size_of::<u32>() + head.len() + room);
    bytes.extend_from_slice(&u32::try_from(head.len()).ok()?.to_le_bytes());
    bytes.extend_from_slice(&head);
    Some(bytes)
}

/// The head, and the bits of the scores behind it.
fn split(bytes: &[u8]) -> Option<(Head, &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let (head, scores) = rest.split_at_checked(length)?;
    let head: Head = serde_json::from_slice(head).ok()?;
    let row = head.columns.checked_mul(WIDTH).filter(|row| *row > 0)?;
    scores.len().is_multiple_of(row).then_some((head, scores))
}

/// What shards have made of some rows each, in the order of these, as bytes of the whole; none where they
/// do not fit together.
pub(super) fn joined(shards: &[(ShardRows, Vec<u8>)]) -> Option<Vec<u8>> {
    let mut all: Option<(Head, Vec<u8>)> = None;
    for (rows, bytes) in shards {
        let (head, scores) = split(bytes)?;
        let a_row = head.columns.checked_mul(WIDTH)?;
        let has_its_rows = Some(scores.len()) == rows.rows.checked_mul(a_row);
        if head.of_shard != Some(*rows) || !has_its_rows {
            return None;
        }
        match &mut all {
            None => all = Some((head, scores.to_vec())),
            // Nothing was looked at there.
            Some((known, _)) if rows.rows == 0 && known.columns == head.columns => {}
            Some((known, all)) => {
                *known = known.and(head, all.is_empty())?;
                all.extend_from_slice(scores);
            }
        }
    }
    let (mut head, scores) = all?;
    head.of_shard = None;
    head.missing.retain(|(_, missing)| *missing > 0);
    let mut bytes = head_first(&head, scores.len())?;
    bytes.extend_from_slice(&scores);
    Some(bytes)
}

impl Head {
    /// This head with that of the rows behind; `is_first`: there were no rows before.
    fn and(&self, next: Self, is_first: bool) -> Option<Self> {
        if next.columns != self.columns || next.compared != self.compared {
            return None;
        }
        if is_first {
            return Some(next);
        }
        let columns = self.missing.iter().zip(&next.missing);
        let missing = columns.map(|((name, here), (other, there))| {
            (name == other).then(|| (name.clone(), here.saturating_add(*there)))
        });
        let is_alike = self.missing.len() == next.missing.len();
        let gaps = match (&self.gaps, next.gaps) {
            (Some(here), Some(there)) => {
                // The first is told, unless one of the others has no reason.
                let first = if here.why.is_some() && there.why.is_none() {
                    &there
                } else {
                    here
                };
                Some(Gaps {
                    rows: here.rows.saturating_add(there.rows),
                    ..first.clone()
                })
            }
            (here, there) => here.clone().or(there),
        };
        Some(Self {
            columns: self.columns,
            missing: missing.collect::<Option<_>>().filter(|_| is_alike)?,
            compared: self.compared,
            disagreeing: self
                .disagreeing
                .zip(next.disagreeing)
                .map(|(here, there)| here.saturating_add(there)),
            gaps,
            of_shard: None,
        })
    }
}

/// The scores of any model, row by row, as metrics want them.
pub(super) fn alone(bytes: &[u8]) -> Option<Vec<f64>> {
    let (_, scores) = split(bytes)?;
    let (scores, _) = scores.as_chunks::<WIDTH>();
    let scores = scores.iter().map(|bits| f32::from_le_bytes(*bits));
    Some(scores.map(f64::from).collect())
}

pub(super) fn from_bytes(catalogue: &Catalogue, key: &Key, bytes: &[u8]) -> Option<Predictions> {
    let (head, scores) = split(bytes)?;
    let (scores, _) = scores.as_chunks::<WIDTH>();
    let is_compared = compares_labels(catalogue, key);
    if is_compared && !head.compared {
        return None;
    }
    let scores = scores.iter().map(|bits| f32::from_le_bytes(*bits));
    let mut predictions = Predictions::new(scores.collect(), head.columns, head.missing);
    predictions.disagreeing = head.disagreeing.filter(|_| is_compared);
    predictions.gaps = head.gaps;
    predictions.of_shard = head.of_shard;
    Some(predictions)
}
