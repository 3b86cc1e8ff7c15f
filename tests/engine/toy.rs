//! A toy workload. A value is a hash of its key, its file's text and its inputs' values, so a wrong,
//! stale or mixed value shows; and values count themselves, so a leak shows.

use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use lazydebugger::engine::{
    Limits, LoadContext, LoadError, Loaded, Packed, Recipe, Storage, Workload,
};
use lazydebugger::vocabulary::{Codec, Dimension, Owner, ResourceName};
use tempfile::TempDir;

pub(crate) const D1: Owner = Owner::from(Dimension::Robustness);
pub(crate) const D2: Owner = Owner::from(Dimension::Fairness);

/// A cache that keeps everything, four lanes, no budget.
pub(crate) const ROOMY: Limits = Limits {
    lanes: 4,
    cache_entries: 100,
    cache_bytes: 1 << 30,
    memory_budget: None,
};

/// One thing that can be loaded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Node {
    pub(crate) inputs: Vec<usize>,
    pub(crate) cached: bool,
    pub(crate) class: Option<u32>,
    pub(crate) bytes: u64,
    /// None: the true size.
    pub(crate) estimate: Option<u64>,
    pub(crate) has_file: bool,
    /// Is it packed when only the cache holds it?
    pub(crate) packs: bool,
}

/// A node with these inputs that takes ten bytes.
pub(crate) fn node(inputs: &[usize]) -> Node {
    Node {
        inputs: inputs.to_vec(),
        bytes: 10,
        ..Node::default()
    }
}

impl Node {
    pub(crate) fn cached(mut self) -> Self {
        self.cached = true;
        self
    }

    pub(crate) fn bytes(mut self, bytes: u64) -> Self {
        self.bytes = bytes;
        self
    }

    pub(crate) fn estimate(mut self, bytes: u64) -> Self {
        self.estimate = Some(bytes);
        self
    }

    pub(crate) fn class(mut self, class: u32) -> Self {
        self.class = Some(class);
        self
    }

    pub(crate) fn packed_when_cold(mut self) -> Self {
        self.packs = true;
        self
    }

    pub(crate) fn with_file(mut self) -> Self {
        self.has_file = true;
        self
    }
}

/// A value that counts the bytes that are alive.
pub(crate) struct Value {
    pub(crate) hash: u64,
    bytes: AtomicU64,
    alive: Arc<AtomicU64>,
}

impl Drop for Value {
    fn drop(&mut self) {
        self.alive
            .fetch_sub(self.bytes.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}

pub(crate) struct Toy {
    pub(crate) nodes: Vec<Node>,
    pub(crate) failing: Mutex<HashSet<usize>>,
    pub(crate) panicking: Mutex<HashSet<usize>>,
    folder: TempDir,
    alive: Arc<AtomicU64>,
}

pub(crate) fn hash_of(key: usize, text: &str, inputs: &[u64]) -> u64 {
    let mut hasher = DefaultHasher::new();
    (key, text, inputs).hash(&mut hasher);
    hasher.finish()
}

impl Toy {
    pub(crate) fn new(nodes: Vec<Node>) -> Self {
        Self {
            nodes,
            failing: Mutex::default(),
            panicking: Mutex::default(),
            folder: tempfile::tempdir().unwrap(),
            alive: Arc::default(),
        }
    }

    /// Bytes of all values that are in memory, whoever holds them.
    pub(crate) fn alive_bytes(&self) -> u64 {
        self.alive.load(Ordering::Relaxed)
    }

    pub(crate) fn path(&self, key: usize) -> PathBuf {
        self.folder.path().join(format!("{key}.txt"))
    }
}

impl Workload for Toy {
    type Key = usize;
    type Value = Value;

    fn name(&self, key: &usize) -> ResourceName {
        name(*key)
    }

    fn is_known(&self, key: &usize) -> bool {
        *key < self.nodes.len()
    }

    fn inputs(&self, key: &usize) -> Vec<usize> {
        self.nodes[*key].inputs.clone()
    }

    fn storage(&self, key: &usize) -> Storage {
        if self.nodes[*key].cached {
            Storage::Cache
        } else {
            Storage::Owners
        }
    }

    fn recipe(&self, key: &usize) -> Recipe {
        let file = self.nodes[*key].has_file.then(|| self.path(*key));
        Recipe {
            files: file.into_iter().collect(),
            operation: format!("toy {key}"),
        }
    }

    fn estimated_bytes(&self, key: &usize) -> Option<u64> {
        let node = &self.nodes[*key];
        Some(node.estimate.unwrap_or(node.bytes))
    }

    fn exclusive_class(&self, key: &usize) -> Option<u32> {
        self.nodes[*key].class
    }

    fn is_packed_when_cold(&self, key: &usize) -> bool {
        self.nodes[*key].packs
    }

    /// Half as large, as long as that is a whole number.
    fn pack(&self, value: &Value) -> Option<Packed> {
        let before = value.bytes.load(Ordering::Relaxed);
        let bytes = if before.is_multiple_of(2) {
            before / 2
        } else {
            before
        };
        value.bytes.store(bytes, Ordering::Relaxed);
        self.alive.fetch_sub(before - bytes, Ordering::Relaxed);
        Some(Packed {
            codec: Codec::Zstd,
            bytes,
            seconds: 0.1,
            restore_seconds: 0.1,
        })
    }

    fn load(
        &self,
        key: &usize,
        inputs: &[Arc<Value>],
        _: &LoadContext<'_>,
    ) -> Result<Loaded<Value>, LoadError> {
        assert!(
            !self.panicking.lock().unwrap().contains(key),
            "loader of {key} fell over"
        );
        if self.failing.lock().unwrap().contains(key) {
            return Err(LoadError::Failed("boom".to_owned()));
        }
        let text = if self.nodes[*key].has_file {
            let text = fs::read_to_string(self.path(*key));
            text.map_err(|_| LoadError::Failed("cannot read".to_owned()))?
        } else {
            String::new()
        };
        let hashes: Vec<u64> = inputs.iter().map(|input| input.hash).collect();
        let bytes = self.nodes[*key].bytes;
        self.alive.fetch_add(bytes, Ordering::Relaxed);
        Ok(Loaded {
            value: Value {
                hash: hash_of(*key, &text, &hashes),
                bytes: AtomicU64::new(bytes),
                alive: self.alive.clone(),
            },
            bytes,
            mapped_bytes: 0,
            exact: true,
            detail: String::new(),
        })
    }
}

pub(crate) fn name(key: usize) -> ResourceName {
    ResourceName::from(format!("toy:{key}").as_str())
}

pub(crate) fn key_named(name: &ResourceName) -> usize {
    name.0.strip_prefix("toy:").unwrap().parse().unwrap()
}

pub(crate) fn key_of(path: &Path) -> usize {
    path.file_stem().unwrap().to_str().unwrap().parse().unwrap()
}
