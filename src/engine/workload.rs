//! What the engine must be told about the things it loads.

use std::fmt::Debug;
use std::hash::Hash;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::files::FileId;
use super::recipe::Recipe;
use crate::vocabulary::{Codec, MemoryPool, Owner, Problem, ResourceName};

/// Who keeps a loaded value by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// Only its owners: running dimensions, the user, the strategy.
    Owners,
    /// Its owners and the prediction cache.
    Cache,
    /// The session, which rests on it: what is small and settles what everything else is.
    Session,
}

/// A loaded value and what to say of it.
#[derive(Clone, Debug)]
pub struct Loaded<V> {
    /// The value.
    pub value: V,
    /// Bytes it takes in memory.
    pub bytes: u64,
    /// Bytes of a mapped file on top of these: page cache that the system may drop.
    pub mapped_bytes: u64,
    /// False when `bytes` is itself an estimate.
    pub exact: bool,
    /// A few words for people, for example `9769 rows, 14 columns`.
    pub detail: String,
}

/// What has become of a value that was to be made smaller.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Packed {
    /// By what.
    pub codec: Codec,
    /// Bytes it takes now; as before when it did not get smaller.
    pub bytes: u64,
    /// How long that took.
    pub seconds: f64,
    /// How long it takes to restore it.
    pub restore_seconds: f64,
}

/// Why a load gave no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// It was asked to stop, and did.
    Cancelled,
    /// It failed.
    Failed(Problem),
    /// It failed since what it read changed meanwhile.
    Changed(Box<Problem>),
    /// It takes more than may ever be held.
    NeverFits {
        /// What it is thought to take.
        needed_bytes: u64,
        /// What may be held.
        budget_bytes: u64,
        /// Where.
        pool: MemoryPool,
    },
    /// There is no room for it beside what is in use.
    NoRoom(Box<NoRoom>),
}

/// What stands where a load would need room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoRoom {
    /// What the load takes.
    pub needed_bytes: u64,
    /// Is that known, since it is loaded already?
    pub is_loaded: bool,
    /// What is in use.
    pub used_bytes: u64,
    /// What may be held.
    pub budget_bytes: u64,
    /// Where.
    pub pool: MemoryPool,
    /// What is in use there: names, bytes and owners, the largest first.
    pub held: Vec<(ResourceName, u64, Vec<Owner>)>,
}

impl From<Problem> for LoadError {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem)
    }
}

/// A failed request: the error and the chain of requests that led to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadFailure {
    /// From what was asked for to what failed.
    pub chain: Vec<ResourceName>,
    /// What went wrong there.
    pub error: LoadError,
}

/// A flag that asks a load to stop at its next chunk.
#[derive(Clone, Debug, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// Asks to stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Has anybody asked to stop?
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// An error if anybody has asked to stop; for `?` between chunks.
    pub fn check(&self) -> Result<(), LoadError> {
        if self.is_cancelled() {
            Err(LoadError::Cancelled)
        } else {
            Ok(())
        }
    }
}

/// What a loader may do besides loading: report progress, and learn that it should stop.
pub struct LoadContext<'a> {
    /// Asks it to stop.
    pub cancel: CancelToken,
    /// Takes rows done and rows in all.
    pub progress: &'a (dyn Fn(u64, u64) + Sync),
}

/// One of the loads that are made in one pass.
pub struct Member<'a, K, V> {
    /// What is loaded.
    pub key: &'a K,
    /// What it is made from, in the order of [`Workload::inputs`].
    pub inputs: &'a [Arc<V>],
    /// Its own progress, and its own way to be stopped.
    pub context: &'a LoadContext<'a>,
}

/// The things that can be loaded, and how. What it says of a key stays the same until the engine is
/// given another one: only the content of files changes meanwhile.
pub trait Workload: Send + Sync + 'static {
    /// What names a thing.
    type Key: Clone + Debug + Eq + Hash + Ord + Send + Sync + 'static;
    /// What a load gives.
    type Value: Send + Sync + 'static;

    /// Its name for people and logs; different keys have different names.
    fn name(&self, key: &Self::Key) -> ResourceName;
    /// Does it exist? Nothing else is asked about what does not.
    fn is_known(&self, key: &Self::Key) -> bool;
    /// What must be resident while it loads.
    fn inputs(&self, key: &Self::Key) -> Vec<Self::Key>;
    /// What decides its content, apart from its recipe: its inputs, unless it takes what they hold from
    /// where they have it. How a value comes to be is no part of what it is.
    fn made_of(&self, key: &Self::Key) -> Vec<Self::Key> {
        self.inputs(key)
    }
    /// Who keeps it.
    fn storage(&self, key: &Self::Key) -> Storage;
    /// What decides its content, apart from its inputs.
    fn recipe(&self, key: &Self::Key) -> Recipe;
    /// The file that it stands for, if it does: its load reads the whole file, and its content id is
    /// that of the file's bytes.
    fn file<'a>(&'a self, _: &'a Self::Key) -> Option<&'a Path> {
        None
    }
    /// What such a load found.
    fn identity(&self, _: &Self::Value) -> Option<FileId> {
        None
    }
    /// Bytes that it is thought to take.
    fn estimated_bytes(&self, key: &Self::Key) -> Option<u64>;
    /// Bytes that its load takes on top of these for as long as it runs, as far as that is known.
    fn working_bytes(&self, _: &Self::Key) -> u64 {
        0
    }
    /// Where it lies once it is there.
    fn pool(&self, _: &Self::Key) -> MemoryPool {
        MemoryPool::Host
    }
    /// Where its load works: what runs on a device needs room there, wherever its outcome lies.
    fn working_pool(&self, key: &Self::Key) -> MemoryPool {
        self.pool(key)
    }
    /// Loads of the same class never run at the same time; none: no such limit.
    fn exclusive_class(&self, key: &Self::Key) -> Option<u32>;
    /// What it passes over, where loads that pass over the same are best made in one pass: those that
    /// may start at the same time then start together, on one lane, and share what they work with.
    fn pass(&self, _: &Self::Key) -> Option<Self::Key> {
        None
    }
    /// Do tiers below memory keep it? Then it is looked for there before its inputs are asked for.
    fn is_kept(&self, _: &Self::Key) -> bool {
        false
    }
    /// Is it made smaller while only the cache holds it?
    fn is_packed_when_cold(&self, _: &Self::Key) -> bool {
        false
    }
    /// Makes a value smaller in place; none where there is no way. Whoever uses it sees no difference.
    fn pack(&self, _: &Self::Value) -> Option<Packed> {
        None
    }
    /// Loads it; `inputs` are in the order of [`Workload::inputs`].
    fn load(
        &self,
        key: &Self::Key,
        inputs: &[Arc<Self::Value>],
        context: &LoadContext<'_>,
    ) -> Result<Loaded<Self::Value>, LoadError>;
    /// Loads what is best made in one pass, and hands out each by its place as soon as it is there: each
    /// once, whatever becomes of the others.
    fn load_together(
        &self,
        members: &[Member<'_, Self::Key, Self::Value>],
        done: &mut dyn FnMut(usize, Result<Loaded<Self::Value>, LoadError>),
    ) {
        for (place, member) in members.iter().enumerate() {
            done(place, self.load(member.key, member.inputs, member.context));
        }
    }
}
