//! Declaring resources: what could be loaded, as far as that is known, and what more became known.

use std::collections::{HashMap, HashSet};

use super::driver::Driver;
use crate::dimension::{self, Unmet};
use crate::engine::Workload;
use crate::engine::graph::closure;
use crate::event::{Declaration, EventKind};
use crate::resource::{Catalogue, Key};
use crate::vocabulary::{Dimension, Need, ResourceName};

impl Driver {
    pub(super) fn name_of(&self, key: &Key) -> ResourceName {
        self.catalogue.name(key)
    }

    /// Declares every resource that is new, or of which more is known than when it was declared.
    pub(super) fn declare(&mut self) {
        let mut needed: HashMap<Key, Vec<Need>> = HashMap::new();
        for dimension in Dimension::ALL {
            let keys = self.planner.needs(dimension);
            let reason = match &keys {
                Err(Unmet::Unanswerable(reason)) => Some(reason.to_string()),
                _ => None,
            };
            if self.unavailable[dimension as usize] != reason {
                self.unavailable[dimension as usize].clone_from(&reason);
                self.emit(EventKind::DimensionUnavailable { dimension, reason });
            }
            for key in closure(&*self.catalogue, &keys.unwrap_or_default()).unwrap_or_default() {
                let derived = !dimension::declares(dimension, &key);
                let need = Need { dimension, derived };
                needed.entry(key).or_default().push(need);
            }
        }
        let everything = self.catalogue.everything();
        let eager = closure(&*self.catalogue, &everything).unwrap_or_default();
        for key in self.planner.declared().to_owned() {
            let inputs = self.catalogue.inputs(&key);
            let declaration = Declaration {
                name: self.catalogue.name(&key),
                resource: Catalogue::kind(&key),
                inputs: inputs.iter().map(|i| self.catalogue.name(i)).collect(),
                group: key.group(),
                estimated_bytes: self.catalogue.estimated_bytes(&key),
                needs: needed.remove(&key).unwrap_or_default(),
                eager: eager.contains(&key),
                backend: self.catalogue.backend(&key).cloned(),
                way: self.catalogue.way(&key),
                working_bytes: self.catalogue.working_bytes(&key),
                pool: self.catalogue.pool(&key),
            };
            if self.declared.get(&key) != Some(&declaration) {
                self.names.insert(declaration.name.clone(), key.clone());
                self.declared.insert(key, declaration.clone());
                self.emit(EventKind::ResourceDeclared(Box::new(declaration)));
            }
        }
    }

    /// Declares anew what was declared and is not needed any more.
    pub(super) fn declare_unneeded(&mut self) {
        let present: HashSet<&Key> = self.planner.declared().iter().collect();
        let is_left = |(key, declared): &(&Key, &Declaration)| {
            !present.contains(key) && !declared.needs.is_empty()
        };
        let left = self.declared.iter().filter(is_left);
        let mut left: Vec<(Key, Declaration)> = left
            .map(|(key, declared)| (key.clone(), declared.clone()))
            .collect();
        left.sort_by(|(_, one), (_, other)| one.name.cmp(&other.name));
        for (key, mut declared) in left {
            declared.needs.clear();
            self.declared.insert(key, declared.clone());
            self.emit(EventKind::ResourceDeclared(Box::new(declared)));
        }
    }
}
