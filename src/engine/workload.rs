//! What the engine must be told about the things it loads.

use std::fmt::{self, Debug};
use std::hash::Hash;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::vocabulary::{Codec, Problem, ResourceName};

/// Who keeps a loaded value by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// Only its owners: running dimensions, the user, the strategy.
    Owners,
    /// Its owners and the prediction cache.
    Cache,
}

/// All that decides what a value is: the same recipe with the same inputs gives the same bits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recipe {
    /// Files whose content goes in.
    pub files: Vec<PathBuf>,
    /// What is done, with every parameter that could change the result.
    pub operation: String,
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
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// It was asked to stop, and did.
    #[error("cancelled")]
    Cancelled,
    /// It failed.
    #[error("{0}")]
    Failed(Problem),
}

impl From<LoadError> for Problem {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Cancelled => Self::new("cancelled"),
            LoadError::Failed(problem) => problem,
        }
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

impl fmt::Display for LoadFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.error)?;
        let chain: Vec<&str> = self.chain.iter().map(|n| &*n.0).collect();
        write!(f, " (while loading {})", chain.join(" -> "))
    }
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

/// The things that can be loaded, and how. What it says of a key is always the same: only the content
/// of files changes.
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
    /// Who keeps it.
    fn storage(&self, key: &Self::Key) -> Storage;
    /// What decides its content, apart from its inputs.
    fn recipe(&self, key: &Self::Key) -> Recipe;
    /// Bytes that it is thought to take.
    fn estimated_bytes(&self, key: &Self::Key) -> Option<u64>;
    /// Loads of the same class never run at the same time; none: no such limit.
    fn exclusive_class(&self, key: &Self::Key) -> Option<u32>;
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
}
