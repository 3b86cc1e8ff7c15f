//! Runs of one shard, whose dimensions leave scores in place of findings, and runs over the parts of all.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use super::below::machine;
use super::driver::Driver;
use super::workers::Report;
use crate::dimension::Findings;
use crate::engine::graph::closure;
use crate::engine::pool::contain_panic;
use crate::engine::tier::entry_id;
use crate::engine::{LoadError, Workload as _};
use crate::resource::{Catalogue, Key, Resource, kept};
use crate::shard::{PartWriter, RestsOn};
use crate::vocabulary::{ContentId, Dimension, Problem, Shard, TierName};

/// What a shard makes of what a dimension asks for: its rows of every prediction that this rests on.
pub(super) fn keys_of_shard(catalogue: &Catalogue, asked: &[Key], shard: Shard) -> Vec<Key> {
    let scored = scored(catalogue, asked).into_iter();
    scored.filter_map(|key| key.of_shard(shard)).collect()
}

/// The predictions that these rest on and that a model makes.
pub(super) fn scored(catalogue: &Catalogue, keys: &[Key]) -> Vec<Key> {
    let mut all = closure(catalogue, keys).unwrap_or_default();
    all.retain(|key| catalogue.is_scored(key));
    all
}

/// What predictions rest on, name by name: what must be the same wherever shards of them are made, for
/// what they make to fit together.
fn rests_on(catalogue: &Catalogue, (preset, seed): (String, u64), keys: &[Key]) -> Known {
    let words = [
        ("the version of lazydebugger", kept::MAKER.to_owned()),
        ("the kind of machine", machine()),
        ("preset", preset),
        ("seed", seed.to_string()),
    ];
    let mut known = Known {
        rests_on: words.map(|(name, value)| (name.to_owned(), value)).into(),
        files: Vec::new(),
    };
    let mut seen = HashSet::new();
    let as_they_are = keys.iter().filter(|key| key.is_undisturbed());
    let mut open: Vec<Key> = as_they_are.cloned().collect();
    while let Some(key) = open.pop() {
        if !seen.insert(key.clone()) {
            continue;
        }
        if matches!(key, Key::File(_)) {
            known.files.push(key);
            continue;
        }
        let recipe = catalogue.recipe(&key);
        if !recipe.stamped_files().is_empty() {
            continue;
        }
        let parts = recipe.parts();
        let parts = parts.map(|(name, id)| (format!("{name} of {key}"), id.short()));
        known.rests_on.extend(parts);
        open.extend(catalogue.made_of(&key));
    }
    known
}

/// What predictions rest on, but for the files that are still to be named by what they hold.
struct Known {
    rests_on: RestsOn,
    files: Vec<Key>,
}

/// A prediction of a shard that is to be written.
struct ToWrite {
    key: Key,
    value: Arc<Resource>,
    /// What the whole of it is kept under.
    id: ContentId,
    seconds: f64,
}

impl Driver {
    /// What these predictions rest on, as the files are known.
    fn rests_on(&self, keys: &[Key]) -> RestsOn {
        let settings = (self.settings.preset.to_string(), self.settings.seed);
        let Known {
            mut rests_on,
            files,
        } = rests_on(&self.catalogue, settings, keys);
        let contents = self.engine.contents(&files).into_iter();
        let named = files.iter().map(|file| self.name_of(file).0.to_string());
        rests_on.extend(named.zip(contents.map(|content| content.short())));
        rests_on
    }

    /// Has what a shard made of a dimension's predictions written to its part.
    pub(super) fn write_part(
        &self,
        writer: &Arc<PartWriter>,
        dimension: Dimension,
        keys: &[Key],
        values: Vec<Arc<Resource>>,
    ) {
        let wholes: Vec<Key> = keys.iter().map(Key::whole).collect();
        writer.tell(self.rests_on(&wholes));
        let contents = self.engine.contents(&wholes).into_iter();
        let to_write = keys.iter().zip(values).zip(contents);
        let to_write = to_write.map(|((key, value), content)| ToWrite {
            key: key.clone(),
            value,
            id: entry_id(content, kept::MAKER),
            seconds: self.engine.load_seconds(key),
        });
        let to_write: Vec<ToWrite> = to_write.collect();
        let (catalogue, reports) = (self.catalogue.clone(), self.reports.clone());
        let writer = writer.clone();
        self.pool.spawn(move || {
            let written = contain_panic(|| {
                for one in to_write {
                    let started = Instant::now();
                    let name = catalogue.name(&one.key);
                    let bytes = write(&catalogue, &writer, &one)?;
                    let seconds = started.elapsed().as_secs_f64();
                    let _ = reports.send(Report::Kept(name, TierName::Parts, Ok((bytes, seconds))));
                }
                Ok(Findings::default())
            });
            let written = written.map_err(super::telling::problem);
            let _ = reports.send(Report::Computed(dimension, written));
        });
    }

    /// Sees, before anything is loaded for a dimension, that the parts at hand are of this experiment and
    /// have all that it asks for; false where they are not, and the session is over.
    pub(super) fn check_parts(&mut self, keys: &[Key]) -> bool {
        let Some(parts) = self.parts.clone() else {
            return true;
        };
        let scored = scored(&self.catalogue, keys);
        let problem = parts.unlike(&self.rests_on(&scored)).or_else(|| {
            let contents = self.engine.contents(&scored).into_iter();
            let mut scored = scored.iter().zip(contents);
            scored.find_map(|(key, content)| {
                let id = entry_id(content, kept::MAKER);
                let (rows, columns) = self.catalogue.shape_of_scores(key);
                parts.lacks(&key.to_string(), id, rows, columns)
            })
        });
        match problem {
            Some(problem) => {
                self.refuse(vec![problem]);
                false
            }
            None => true,
        }
    }
}

fn write(catalogue: &Catalogue, writer: &PartWriter, one: &ToWrite) -> Result<u64, LoadError> {
    let predictions = one.value.as_predictions()?;
    let nothing = || Problem::new(format!("{} cannot be written", one.key));
    let rows = predictions.of_shard.ok_or_else(nothing)?;
    let body = kept::to_bytes(catalogue, &one.key, &one.value).ok_or_else(nothing)?;
    let name = one.key.whole().to_string();
    let of = (rows, predictions.columns);
    let written = writer.add(&name, (one.id, one.seconds), of, &body);
    written.map_err(|error| Problem::new(format!("the part cannot be written: {error}")).into())
}
