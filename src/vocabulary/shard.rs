//! A share of a run for one of several machines.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One of so many shards of a run, counted from 1: of every table that is scored it has some rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shard {
    number: u32,
    of: u32,
}

impl Shard {
    /// A run has no more shards.
    pub const MOST: u32 = 4096;

    /// The shard of this number among so many; none where there is no such shard.
    pub fn new(number: u32, of: u32) -> Option<Self> {
        let is_one = of <= Self::MOST && (1..=of).contains(&number);
        is_one.then_some(Self { number, of })
    }

    /// All shards of a run of so many.
    pub fn all(of: u32) -> impl Iterator<Item = Self> {
        (1..=of).filter_map(move |number| Self::new(number, of))
    }

    /// Its number, from 1.
    pub const fn number(self) -> u32 {
        self.number
    }

    /// How many there are.
    pub const fn of(self) -> u32 {
        self.of
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/');
        let numbers =
            numbers.and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        let (number, of) = numbers.ok_or("a shard is a number of so many, such as 3/16")?;
        Self::new(number, of).ok_or_else(|| {
            format!(
                "shards are counted from 1 to as many as there are, {} at most",
                Self::MOST
            )
        })
    }
}

choice! {
    /// What can run the shards of a run.
    pub enum Runner {
        /// An array of jobs, and a job that merges when all of them have ended well.
        Slurm = "slurm",
        /// An Indexed Job over a volume that its pods share, and a Job that merges.
        Kubernetes = "kubernetes",
        /// A workflow with a matrix, and a job that merges.
        Github = "github",
    }
}
