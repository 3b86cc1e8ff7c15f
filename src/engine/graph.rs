//! The dependency graph: what follows from asking for something.

use std::collections::HashSet;

use super::workload::Workload;
use crate::event::ResourceName;

/// The inputs of something lead back to itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} depends on itself")]
pub struct Cycle(pub ResourceName);

/// All that `roots` need, themselves included: inputs before what is made from them, each once.
pub fn closure<W: Workload>(workload: &W, roots: &[W::Key]) -> Result<Vec<W::Key>, Cycle> {
    let mut walk = Walk {
        workload,
        order: Vec::new(),
        done: HashSet::new(),
        open: HashSet::new(),
    };
    for root in roots {
        walk.visit(root)?;
    }
    Ok(walk.order)
}

struct Walk<'a, W: Workload> {
    workload: &'a W,
    order: Vec<W::Key>,
    done: HashSet<W::Key>,
    open: HashSet<W::Key>,
}

impl<W: Workload> Walk<'_, W> {
    fn visit(&mut self, key: &W::Key) -> Result<(), Cycle> {
        if self.done.contains(key) {
            return Ok(());
        }
        if !self.open.insert(key.clone()) {
            return Err(Cycle(self.workload.name(key)));
        }
        for input in self.workload.inputs(key) {
            self.visit(&input)?;
        }
        self.open.remove(key);
        self.done.insert(key.clone());
        self.order.push(key.clone());
        Ok(())
    }
}
