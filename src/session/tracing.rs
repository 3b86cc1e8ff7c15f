//! What has changed since an earlier session, down to the file or the setting that it changed with.

use std::collections::HashMap;

use super::driver::Driver;
use super::workers::Report;
use crate::disk_cache::NamedParts;
use crate::engine::graph::closure;
use crate::vocabulary::{MissReason, TierLookup};

impl Driver {
    /// A tier does not have something since a part of it is another one: what that part has changed with
    /// is told, once for each.
    pub(super) fn trace_change(&mut self, lookup: &TierLookup) {
        let TierLookup::Miss(MissReason::InputChanged { part }) = lookup else {
            return;
        };
        let Some(remembered) = self.remembered.clone() else {
            return;
        };
        let Some(key) = self.names.get(part).cloned() else {
            return;
        };
        if !self.traced.insert(part.clone()) {
            return;
        }
        let keys = closure(&*self.catalogue, &[key]).unwrap_or_default();
        let now = keys.iter().map(|key| {
            let parts = self.engine.parts_of(key).into_iter();
            let parts = parts.map(|(name, id)| (name.0.to_string(), id));
            (self.name_of(key).0.to_string(), parts.collect())
        });
        let now: HashMap<String, NamedParts> = now.collect();
        let (part, reports) = (part.clone(), self.reports.clone());
        self.pool.spawn(move || {
            let through = remembered.chain(&part.0, &now);
            if !through.is_empty() {
                let _ = reports.send(Report::Traced(part, through));
            }
        });
    }
}
