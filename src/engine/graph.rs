//! The dependency graph: what follows from asking for something.

use std::fmt;

use super::KeySet;
use super::workload::Workload;
use crate::vocabulary::ResourceName;

/// What follows from a request cannot be told. Each holds the names from what was asked for to what
/// is wrong, and is never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GraphError {
    /// The inputs of the last lead back to itself.
    Cycle(Vec<ResourceName>),
    /// The last is asked for, or named as an input, and does not exist.
    Unknown(Vec<ResourceName>),
}

impl GraphError {
    /// From what was asked for to what is wrong.
    pub fn chain(&self) -> &[ResourceName] {
        match self {
            Self::Cycle(chain) | Self::Unknown(chain) => chain,
        }
    }
}

impl fmt::Display for GraphError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.chain().last().map_or("", |name| &name.0);
        match self {
            Self::Cycle(_) => write!(f, "{last} depends on itself"),
            Self::Unknown(_) => write!(f, "there is no resource {last}"),
        }
    }
}

impl std::error::Error for GraphError {}

/// All that `roots` need, themselves included: inputs before what is made from them, each once.
pub fn closure<W: Workload>(workload: &W, roots: &[W::Key]) -> Result<Vec<W::Key>, GraphError> {
    let mut walk = Walk {
        workload,
        order: Vec::new(),
        done: KeySet::default(),
        open: Vec::new(),
    };
    for root in roots {
        walk.visit(root)?;
    }
    Ok(walk.order)
}

struct Walk<'a, W: Workload> {
    workload: &'a W,
    order: Vec<W::Key>,
    done: KeySet<W::Key>,
    /// From a root to what is being visited.
    open: Vec<W::Key>,
}

impl<W: Workload> Walk<'_, W> {
    fn visit(&mut self, key: &W::Key) -> Result<(), GraphError> {
        if self.done.contains(key) {
            return Ok(());
        }
        if self.open.contains(key) {
            return Err(GraphError::Cycle(self.chain_to(key)));
        }
        if !self.workload.is_known(key) {
            return Err(GraphError::Unknown(self.chain_to(key)));
        }
        self.open.push(key.clone());
        for input in self.workload.inputs(key) {
            self.visit(&input)?;
        }
        self.open.pop();
        self.done.insert(key.clone());
        self.order.push(key.clone());
        Ok(())
    }

    fn chain_to(&self, key: &W::Key) -> Vec<ResourceName> {
        let keys = self.open.iter().chain([key]);
        keys.map(|key| self.workload.name(key)).collect()
    }
}
