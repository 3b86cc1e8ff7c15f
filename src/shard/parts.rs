//! The parts of a whole run, as a tier that has all of its predictions.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::part::{Found, Part, RestsOn};
use crate::engine::tier::{Tier, TierEntry, TierError};
use crate::resource::kept;
use crate::vocabulary::{ContentId, Dimension, Problem, Shard};

/// No more shards are told of one by one.
const SHOWN: usize = 4;

/// The parts of all shards of a run, in their order, each once.
#[derive(Debug)]
pub struct Parts {
    shards: Vec<Part>,
    names: HashMap<ContentId, String>,
    /// Files that are left out: another part of the same shard says the same.
    pub retried: Vec<PathBuf>,
}

impl Parts {
    /// Opens parts, in whatever order, and sees that they are those of one run: all of its shards, of one
    /// experiment. A shard that was retried may be there more than once, if all of its parts say the same.
    pub fn open(paths: &[PathBuf]) -> Result<Self, Problem> {
        let mut parts: Vec<Part> = Vec::new();
        let mut retried = Vec::new();
        for path in paths {
            let part = Part::open(path).map_err(|error| Problem::from(error).in_file(path))?;
            if let Some(first) = parts.first() {
                check_alike(first, &part)?;
            }
            match parts.iter().find(|known| known.shard == part.shard) {
                Some(known) => {
                    check_same(known, &part)?;
                    retried.push(part.path);
                }
                None => parts.push(part),
            }
        }
        parts.sort_by_key(|part| part.shard);
        check_whole(&parts)?;
        let names = parts.first().into_iter().flat_map(Part::predictions);
        let names = names.map(|(name, found)| (found.id, name.clone()));
        Ok(Self {
            names: names.collect(),
            shards: parts,
            retried,
        })
    }

    /// All files that were opened, also those that are left out.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        let shards = self.shards.iter().map(|part| &part.path);
        shards.chain(&self.retried).map(PathBuf::as_path)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.shards.len()
    }

    /// Is there none? A run has at least one shard.
    pub fn is_empty(&self) -> bool {
        self.shards.is_empty()
    }

    /// The dimensions of their run.
    pub fn dimensions(&self) -> Vec<Dimension> {
        let first = self.shards.first();
        first
            .map(|part| part.dimensions().collect())
            .unwrap_or_default()
    }

    /// The experiment's file as it was named where the first part was made.
    pub fn file(&self) -> Option<&Path> {
        self.shards.first().and_then(Part::file)
    }

    /// What they are of.
    pub fn told(&self, name: &str) -> Option<&str> {
        let first = self.shards.first()?;
        first.rests_on().get(name).map(String::as_str)
    }

    /// Why they say nothing of an experiment; none where they are of it.
    pub fn unlike(&self, experiment: &RestsOn) -> Option<Problem> {
        let first = self.shards.first()?;
        let mut told = experiment.iter();
        let (name, here, there) = told.find_map(|(name, here)| {
            let there = first.rests_on().get(name);
            (there != Some(here)).then_some((name, here, there.map(String::as_str)))
        })?;
        let cause = format!(
            "the parts are of another experiment: {name} is {} there and {} here",
            shown(there),
            here
        );
        let remedy = "merge with the files and settings of the shards, or run the shards again with \
                      these";
        Some(Problem::new(cause).in_file(&first.path).remedy(remedy))
    }

    /// Why they lack a prediction; none where all of its rows are in them. `rows` are those of its table,
    /// as far as they are known, and no table has more than `most`.
    pub fn lacks(
        &self,
        name: &str,
        id: ContentId,
        (rows, most): (Option<usize>, u64),
        columns: usize,
    ) -> Option<Problem> {
        let first = self.shards.first()?;
        let found = first.predictions().get(name).filter(|found| {
            let is_so_many = rows.is_none_or(|rows| rows == found.rows.of);
            found.id == id && is_so_many && found.rows.of as u64 <= most && found.columns == columns
        });
        if found.is_some() {
            return None;
        }
        let cause = format!("the parts have no scores of {name} as it is here");
        let remedy = "merge with the files, settings and dimensions of the shards, or run the shards \
                      again with these";
        Some(Problem::new(cause).in_file(&first.path).remedy(remedy))
    }

    fn found(&self, id: ContentId) -> Option<(&str, Vec<(&Part, &Found)>)> {
        let name = self.names.get(&id)?;
        let found = self.shards.iter().map(|part| {
            let found = part.predictions().get(name)?;
            Some((part, found))
        });
        Some((name, found.collect::<Option<_>>()?))
    }
}

impl Tier for Parts {
    fn find(&self, id: ContentId) -> Result<Option<TierEntry>, TierError> {
        let Some((name, found)) = self.found(id) else {
            return Ok(None);
        };
        let bytes = found.iter().map(|(_, found)| found.body_bytes()).sum();
        let seconds = found.iter().map(|(_, found)| found.seconds).sum();
        let at = found.iter().map(|(part, _)| part.written_at()).max();
        let first = found
            .first()
            .map(|(_, found)| found.entry(name, seconds, (bytes, at.unwrap_or(0))));
        Ok(first)
    }

    fn read(&self, id: ContentId) -> Result<Option<Vec<u8>>, TierError> {
        let Some((name, found)) = self.found(id) else {
            return Ok(None);
        };
        let mut bodies = Vec::with_capacity(found.len());
        for (part, found) in found {
            let body = part.read(found);
            let told = |error| TierError::Corrupt(format!("{}: {error}", part.path.display()));
            bodies.push((found.rows, body.map_err(told)?));
        }
        let joined = kept::joined(&bodies);
        let joined = joined.ok_or_else(|| {
            TierError::Corrupt(format!(
                "what the parts have of {name} does not fit together"
            ))
        });
        joined.map(Some)
    }

    fn write(&self, _: ContentId, _: &TierEntry, _: &[u8]) -> Result<(), TierError> {
        Err(TierError::Refused("parts are only read".to_owned()))
    }

    fn remove(&self, _: ContentId) -> Result<bool, TierError> {
        Ok(false)
    }
}

/// The first name that does not stand for the same in both, with what it stands for.
fn first_difference<'e>(
    one: &'e RestsOn,
    other: &'e RestsOn,
) -> Option<(&'e str, Option<&'e str>, Option<&'e str>)> {
    let both: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    both.into_iter().find_map(|name| {
        let (here, there) = (one.get(name), other.get(name));
        let text = |value: Option<&'e String>| value.map(String::as_str);
        (here != there).then(|| (name.as_str(), text(here), text(there)))
    })
}

fn shown(value: Option<&str>) -> &str {
    value.unwrap_or("not named")
}

fn name_of(part: &Part) -> String {
    part.path.display().to_string()
}

/// Are both of one run, of as many shards?
fn check_alike(first: &Part, part: &Part) -> Result<(), Problem> {
    let (shard, other) = (part.shard, name_of(first));
    let cause = if shard.of() != first.shard.of() {
        format!("it is shard {shard}, and {other} is shard {}", first.shard)
    } else if let Some((name, one, this)) = first_difference(first.rests_on(), part.rests_on()) {
        format!(
            "it is a part of another experiment: {name} is {} here and {} in {other}",
            shown(this),
            shown(one)
        )
    } else if first.dimensions().ne(part.dimensions()) {
        format!("it is of other dimensions than {other}")
    } else {
        return Ok(());
    };
    let remedy = format!(
        "leave it out, or run shard {}/{} again with the experiment of the others",
        shard.number(),
        first.shard.of()
    );
    Err(Problem::new(cause).in_file(&part.path).remedy(remedy))
}

/// Do two parts of one shard say the same?
fn check_same(known: &Part, part: &Part) -> Result<(), Problem> {
    let (one, other) = (known.predictions(), part.predictions());
    let all = one.iter().chain(other);
    let different = all.map(|(name, _)| name).find(|name| {
        let (one, other) = (one.get(*name), other.get(*name));
        !one.zip(other)
            .is_some_and(|(one, other)| one.is_same(other))
    });
    let Some(name) = different else {
        return Ok(());
    };
    let cause = format!(
        "it is shard {}, as is {}, and they do not have the same scores of {name}",
        part.shard,
        name_of(known)
    );
    Err(Problem::new(cause)
        .in_file(&part.path)
        .remedy("leave one of them out"))
}

/// Are all shards there, and all rows of every prediction?
fn check_whole(parts: &[Part]) -> Result<(), Problem> {
    let Some(first) = parts.first() else {
        return Err(Problem::new("there is no part to merge").remedy("name the parts of a run"));
    };
    let of = first.shard.of();
    let has = |shard: &Shard| parts.binary_search_by_key(shard, |part| part.shard).is_ok();
    let missing: Vec<Shard> = Shard::all(of).filter(|shard| !has(shard)).collect();
    if let Some(next) = missing.first() {
        let names: Vec<String> = missing.iter().take(SHOWN).map(Shard::to_string).collect();
        let more = match missing.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let noun = if missing.len() == 1 {
            "the part of shard"
        } else {
            "the parts of shards"
        };
        let verb = if missing.len() == 1 { "is" } else { "are" };
        let cause = format!("{noun} {}{more} {verb} missing", names.join(", "));
        let remedy = format!(
            "name it if it is there, else run it alone: `lazydebugger run --shard {next} --output \
             part-{}.lzd` with the experiment of the others",
            next.number()
        );
        return Err(Problem::new(cause).remedy(remedy));
    }
    for name in parts.iter().flat_map(|part| part.predictions().keys()) {
        let mut next = 0;
        for part in parts {
            let found = part.predictions().get(name);
            let all = first.predictions().get(name).map(|found| found.rows.of);
            let fits = found.filter(|found| found.rows.first == next && Some(found.rows.of) == all);
            let Some(found) = fits else {
                let cause = format!("it lacks rows of {name} that the other parts say are its own");
                let remedy = format!("run shard {} again", part.shard);
                return Err(Problem::new(cause).in_file(&part.path).remedy(remedy));
            };
            next = found.rows.first + found.rows.rows;
        }
        let all = first.predictions().get(name).map(|found| found.rows.of);
        if Some(next) != all {
            let cause = format!("the parts end before the last row of {name}");
            return Err(Problem::new(cause).remedy("run the shards again"));
        }
    }
    Ok(())
}
