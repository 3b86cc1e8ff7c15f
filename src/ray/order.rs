//! What the script is asked for.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::vocabulary::Shard;

/// How often a shard is tried again that was lost with its worker.
const RETRIES: u32 = 3;
/// Kinds of events that workers pass on: what they load, and what they find.
const KINDS: &[&str] = &[
    "requested",
    "tier_asked",
    "tier_read",
    "tier_written",
    "load_started",
    "load_finished",
    "load_failed",
    "load_cancelled",
    "noted",
];

/// What is to be run.
#[derive(Debug)]
pub struct Order {
    /// Those that have no part yet.
    pub shards: Vec<Shard>,
    /// How many there are in all.
    pub of: u32,
    /// How many at a time; none: as many as Ray has machines.
    pub workers: Option<u32>,
    /// What the program is told besides, the experiment's file last.
    pub arguments: Vec<String>,
    /// Is it left to each worker how many threads it has?
    pub sets_threads: bool,
    /// Where the program works; none: where its package lies.
    pub folder: Option<PathBuf>,
    /// Where workers leave parts, which is seen here as well; none: they send them.
    pub shared_parts: Option<PathBuf>,
    /// No part that is sent has more bytes.
    pub most_bytes: Option<u64>,
    /// Where parts lie here.
    pub parts: PathBuf,
}

#[derive(Serialize)]
struct Asked<'o> {
    shards: Vec<u32>,
    of: u32,
    workers: Option<u32>,
    program: &'static str,
    arguments: &'o [String],
    sets_threads: bool,
    folder: Option<&'o Path>,
    parts: Option<&'o Path>,
    most_bytes: Option<u64>,
    kinds: &'static [&'static str],
    retries: u32,
}

impl Order {
    /// In the words of the script.
    pub(super) fn words(&self) -> String {
        let asked = Asked {
            shards: self.shards.iter().map(|shard| shard.number()).collect(),
            of: self.of,
            workers: self.workers,
            program: super::package::PROGRAM,
            arguments: &self.arguments,
            sets_threads: self.sets_threads,
            folder: self.folder.as_deref(),
            parts: self.shared_parts.as_deref(),
            most_bytes: self.most_bytes,
            kinds: KINDS,
            retries: RETRIES,
        };
        // Paths that are no UTF-8 were refused before.
        serde_json::to_string(&asked).unwrap_or_default()
    }

    /// The part of a shard.
    pub fn part(&self, shard: Shard) -> PathBuf {
        self.parts.join(Self::name_of_part(shard))
    }

    /// Its name, as the script has it, too.
    pub fn name_of_part(shard: Shard) -> String {
        format!("part-{}.lzd", shard.number())
    }
}
