//! A toy workload. A value is a hash of how it is made, its file's text and its inputs' values, so a
//! wrong, stale or mixed value shows; and values count themselves, so a leak shows.
//!
//! Nodes are the keys from 0 on. The file of node `i` is a key of its own, `file(i)`.

use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use lazydebugger::engine::{
    FileId, Limits, LoadContext, LoadError, Loaded, Packed, Recipe, Storage, Workload,
};
use lazydebugger::resource::source::Source;
use lazydebugger::vocabulary::{
    CachePolicy, Codec, Dimension, MemoryPool, Owner, Problem, ResourceName,
};
use tempfile::TempDir;

/// A dimension.
pub(crate) fn d1() -> Owner {
    Owner::from(Dimension::Robustness)
}

/// Another one.
pub(crate) fn d2() -> Owner {
    Owner::from(Dimension::Fairness)
}

/// A cache that keeps everything, four lanes, no budget.
pub(crate) const ROOMY: Limits = Limits {
    lanes: 4,
    cache_policy: CachePolicy::Quick,
    cache_entries: 100,
    cache_bytes: 1 << 30,
    memory_budget: None,
    device_budget: None,
    ttl_seconds: None,
};

const FIRST_FILE: usize = 1000;

/// The key of a node's file.
pub(crate) fn file(node: usize) -> usize {
    FIRST_FILE + node
}

pub(crate) fn is_file(key: usize) -> bool {
    key >= FIRST_FILE
}

/// The node whose file this key stands for.
pub(crate) fn node_of(file: usize) -> usize {
    file - FIRST_FILE
}

/// One thing that can be loaded.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a wish of its own of a test"
)]
pub(crate) struct Node {
    pub(crate) inputs: Vec<usize>,
    pub(crate) cached: bool,
    pub(crate) class: Option<u32>,
    pub(crate) bytes: u64,
    /// None: the true size.
    pub(crate) estimate: Option<u64>,
    /// Is it made from the whole of a file of its own?
    pub(crate) has_file: bool,
    /// Is it a fact that is looked up in this node's file, which it knows by its stamp alone?
    pub(crate) fact_of: Option<usize>,
    /// It is made as this node is: of the same content where texts and inputs are the same.
    pub(crate) like: Option<usize>,
    /// What became known of how it is made.
    pub(crate) known: u32,
    /// Is it packed when only the cache holds it?
    pub(crate) packs: bool,
    /// Do tiers below memory keep it?
    pub(crate) kept: bool,
    /// What it passes over.
    pub(crate) pass: Option<usize>,
    /// Where it lies.
    pub(crate) pool: MemoryPool,
    /// Where its load works, and with how many bytes.
    pub(crate) works: Option<(MemoryPool, u64)>,
}

/// A node with these inputs that takes ten bytes.
pub(crate) fn node(inputs: &[usize]) -> Node {
    Node {
        inputs: inputs.to_vec(),
        bytes: 10,
        ..Node::default()
    }
}

/// What is looked up in a node's file.
pub(crate) fn fact_of(of: usize) -> Node {
    Node {
        fact_of: Some(of),
        ..node(&[])
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

    pub(crate) fn passing_over(mut self, what: usize) -> Self {
        self.pass = Some(what);
        self
    }

    pub(crate) fn kept(mut self) -> Self {
        self.kept = true;
        self
    }

    pub(crate) fn with_file(mut self) -> Self {
        self.has_file = true;
        self
    }

    pub(crate) fn like(mut self, other: usize) -> Self {
        self.like = Some(other);
        self
    }

    pub(crate) fn on(mut self, pool: MemoryPool) -> Self {
        self.pool = pool;
        self
    }

    pub(crate) fn working_on(mut self, pool: MemoryPool, bytes: u64) -> Self {
        self.works = Some((pool, bytes));
        self
    }

    pub(crate) fn known(mut self, known: u32) -> Self {
        self.known = known;
        self
    }
}

/// A value that counts the bytes that are alive.
pub(crate) struct Value {
    pub(crate) hash: u64,
    /// How it was made: as the node of this number; the file's key for a file.
    pub(crate) made_as: usize,
    /// What a file holds.
    pub(crate) file: Option<(FileId, String)>,
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
    pub(crate) failing: Arc<Mutex<HashSet<usize>>>,
    pub(crate) panicking: Arc<Mutex<HashSet<usize>>>,
    paths: Vec<PathBuf>,
    folder: Arc<TempDir>,
    alive: Arc<AtomicU64>,
}

/// Where the files of so many nodes lie.
fn paths(folder: &Path, nodes: usize) -> Vec<PathBuf> {
    let names = (0..nodes).map(|node| format!("{node}.txt"));
    names.map(|name| folder.join(name)).collect()
}

/// What a node's value is.
pub(crate) fn hash_of(made_as: usize, known: u32, text: &str, inputs: &[u64]) -> u64 {
    let mut hasher = DefaultHasher::new();
    (made_as, known, text, inputs).hash(&mut hasher);
    hasher.finish()
}

/// What a file's value is.
pub(crate) fn hash_of_file(text: &str) -> u64 {
    hash_of(FIRST_FILE, 0, text, &[])
}

impl Toy {
    pub(crate) fn new(nodes: Vec<Node>) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        Self {
            paths: paths(folder.path(), nodes.len()),
            nodes,
            failing: Arc::default(),
            panicking: Arc::default(),
            folder,
            alive: Arc::default(),
        }
    }

    /// The same files, of which more is known.
    pub(crate) fn with(&self, nodes: Vec<Node>) -> Self {
        Self {
            paths: paths(self.folder.path(), nodes.len()),
            nodes,
            failing: self.failing.clone(),
            panicking: self.panicking.clone(),
            folder: self.folder.clone(),
            alive: self.alive.clone(),
        }
    }

    /// Bytes of all values that are in memory, whoever holds them.
    pub(crate) fn alive_bytes(&self) -> u64 {
        self.alive.load(Ordering::Relaxed)
    }

    /// Where a node's file lies.
    pub(crate) fn path(&self, node: usize) -> &Path {
        &self.paths[node]
    }

    /// The nodes with files of their own.
    pub(crate) fn with_files(&self) -> Vec<usize> {
        let is_looked_in = |node: &usize| {
            let mut nodes = self.nodes.iter();
            self.nodes[*node].has_file || nodes.any(|other| other.fact_of == Some(*node))
        };
        (0..self.nodes.len()).filter(is_looked_in).collect()
    }

    /// All keys.
    pub(crate) fn keys(&self) -> Vec<usize> {
        let files = self.with_files().into_iter().map(file);
        (0..self.nodes.len()).chain(files).collect()
    }

    /// Is it known by a stamp alone? Then it is no part of what is made with it.
    pub(crate) fn is_fact(&self, key: usize) -> bool {
        !is_file(key) && self.nodes[key].fact_of.is_some()
    }

    /// What its value says of how it was made.
    pub(crate) fn made_as(&self, key: usize) -> usize {
        if is_file(key) {
            key
        } else {
            self.nodes[key].like.unwrap_or(key)
        }
    }

    /// The node whose file's text goes into this node's value.
    pub(crate) fn text_of(&self, key: usize) -> Option<usize> {
        let node = &self.nodes[key];
        node.fact_of.or(node.has_file.then_some(key))
    }

    /// The inputs that go into a node's value.
    pub(crate) fn parts(&self, key: usize) -> Vec<usize> {
        let inputs = self.nodes[key].inputs.iter().copied();
        inputs.filter(|input| !self.is_fact(*input)).collect()
    }

    /// A value as a tier gives it back.
    pub(crate) fn restored(&self, key: usize, hash: u64, file: Option<FileId>) -> Loaded<Value> {
        let bytes = if is_file(key) {
            0
        } else {
            self.nodes[key].bytes
        };
        Loaded {
            value: self.value(
                self.made_as(key),
                hash,
                bytes,
                file.map(|id| (id, String::new())),
            ),
            bytes,
            mapped_bytes: 0,
            exact: true,
            detail: String::new(),
        }
    }

    fn value(
        &self,
        made_as: usize,
        hash: u64,
        bytes: u64,
        file: Option<(FileId, String)>,
    ) -> Value {
        self.alive.fetch_add(bytes, Ordering::Relaxed);
        Value {
            hash,
            made_as,
            file,
            bytes: AtomicU64::new(bytes),
            alive: self.alive.clone(),
        }
    }

    fn load_file(&self, key: usize) -> Result<Value, LoadError> {
        let path = self.path(node_of(key));
        let id = Source::open(path)?.identify();
        let id = id.map_err(|error| Problem::new(error.to_string()))?;
        let text = fs::read_to_string(path).unwrap();
        Ok(self.value(key, hash_of_file(&text), 0, Some((id, text))))
    }

    fn load_node(&self, key: usize, inputs: &[Arc<Value>]) -> Result<Value, LoadError> {
        let node = &self.nodes[key];
        let text = match self.text_of(key) {
            Some(of) => fs::read_to_string(self.path(of))
                .map_err(|_| LoadError::from(Problem::new("cannot read")))?,
            None => String::new(),
        };
        let inputs = inputs.iter().zip(&node.inputs);
        let parts = inputs.filter(|(_, input)| !self.is_fact(**input));
        let hashes: Vec<u64> = parts.map(|(value, _)| value.hash).collect();
        let made_as = self.made_as(key);
        let hash = hash_of(made_as, node.known, &text, &hashes);
        Ok(self.value(made_as, hash, node.bytes, None))
    }
}

impl Workload for Toy {
    type Key = usize;
    type Value = Value;

    fn name(&self, key: &usize) -> ResourceName {
        name(*key)
    }

    fn is_known(&self, key: &usize) -> bool {
        let node = if is_file(*key) { node_of(*key) } else { *key };
        node < self.nodes.len()
    }

    fn inputs(&self, key: &usize) -> Vec<usize> {
        if is_file(*key) {
            return Vec::new();
        }
        let node = &self.nodes[*key];
        let mut inputs = node.inputs.clone();
        inputs.extend(node.has_file.then_some(file(*key)));
        inputs
    }

    fn storage(&self, key: &usize) -> Storage {
        if is_file(*key) || self.is_fact(*key) {
            Storage::Session
        } else if self.nodes[*key].cached {
            Storage::Cache
        } else {
            Storage::Owners
        }
    }

    fn recipe(&self, key: &usize) -> Recipe {
        if is_file(*key) {
            return Recipe::new("file");
        }
        let node = &self.nodes[*key];
        let recipe = Recipe::new("toy")
            .with("as", self.made_as(*key) as u64)
            .with("known", node.known);
        match node.fact_of {
            Some(of) => recipe.stamped(self.path(of)),
            None => recipe,
        }
    }

    fn file<'a>(&'a self, key: &'a usize) -> Option<&'a Path> {
        is_file(*key).then(|| self.path(node_of(*key)))
    }

    fn identity(&self, value: &Value) -> Option<FileId> {
        value.file.as_ref().map(|(id, _)| *id)
    }

    fn estimated_bytes(&self, key: &usize) -> Option<u64> {
        if is_file(*key) {
            return Some(0);
        }
        let node = &self.nodes[*key];
        Some(node.estimate.unwrap_or(node.bytes))
    }

    fn working_bytes(&self, key: &usize) -> u64 {
        self.nodes
            .get(*key)
            .and_then(|node| node.works)
            .map_or(0, |(_, bytes)| bytes)
    }

    fn pool(&self, key: &usize) -> MemoryPool {
        self.nodes
            .get(*key)
            .map_or(MemoryPool::Host, |node| node.pool)
    }

    fn working_pool(&self, key: &usize) -> MemoryPool {
        let works = self.nodes.get(*key).and_then(|node| node.works);
        works.map_or_else(|| self.pool(key), |(pool, _)| pool)
    }

    fn exclusive_class(&self, key: &usize) -> Option<u32> {
        self.nodes.get(*key)?.class
    }

    fn pass(&self, key: &usize) -> Option<usize> {
        self.nodes.get(*key)?.pass
    }

    fn is_kept(&self, key: &usize) -> bool {
        is_file(*key) || self.nodes[*key].kept
    }

    fn is_packed_when_cold(&self, key: &usize) -> bool {
        !is_file(*key) && self.nodes[*key].packs
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
            return Err(Problem::new("boom").into());
        }
        let value = if is_file(*key) {
            self.load_file(*key)?
        } else {
            self.load_node(*key, inputs)?
        };
        Ok(Loaded {
            bytes: value.bytes.load(Ordering::Relaxed),
            value,
            mapped_bytes: 0,
            exact: true,
            detail: String::new(),
        })
    }
}

pub(crate) fn name(key: usize) -> ResourceName {
    let name = if is_file(key) {
        format!("file:{}", node_of(key))
    } else {
        format!("toy:{key}")
    };
    ResourceName::from(name.as_str())
}

/// The key of a name; none for the parameters of a recipe.
pub(crate) fn key_named(name: &ResourceName) -> Option<usize> {
    let (kind, number) = name.0.split_once(':')?;
    let number: usize = number.parse().ok()?;
    Some(if kind == "file" { file(number) } else { number })
}
