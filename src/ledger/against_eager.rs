//! What has been loaded, against what the `eager` strategy would have loaded by now.

use super::{Ledger, ResourceRecord};
use crate::vocabulary::Strategy;

/// Loads so far, and those of the `eager` strategy for the same selection.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AgainstEager {
    /// Resources that were loaded at least once.
    pub loaded: usize,
    /// Their bytes, as last loaded.
    pub loaded_bytes: u64,
    /// Their last loads one after another, in seconds.
    pub loaded_seconds: f64,
    /// Resources that `eager` loads, those above among them.
    pub eager: usize,
    /// Their bytes.
    pub eager_bytes: u64,
    /// Their loads one after another, in seconds; none where nothing is known of how long they take.
    pub eager_seconds: Option<f64>,
    /// Is there one among them that has not been loaded yet, so that bytes and seconds are estimates?
    pub is_estimate: bool,
}

impl Ledger {
    /// See [`AgainstEager`].
    pub fn against_eager(&self) -> AgainstEager {
        let mut found = AgainstEager::default();
        let is_loaded = |resource: &&ResourceRecord| resource.loads > 0;
        for resource in self.resources.iter().filter(is_loaded) {
            found.loaded += 1;
            found.loaded_bytes += resource.bytes_or_estimate().unwrap_or(0);
            found.loaded_seconds += resource.load_seconds.unwrap_or(0.0);
        }
        let by_eager = |resource: &&ResourceRecord| self.is_loaded_by_eager(resource);
        for resource in self.resources.iter().filter(by_eager) {
            found.eager += 1;
            found.is_estimate |= resource.loads == 0;
        }
        found.eager_bytes = self.eager_bytes();
        found.eager_seconds = if found.is_estimate {
            let forecasts = self.plans.iter().flat_map(|plans| &plans.forecasts);
            let mut eager = forecasts.filter(|f| f.strategy == Strategy::Eager);
            let foreseen = eager.next().map(|forecast| forecast.load_seconds_sum);
            // A forecast that is below what has been measured knows too little.
            foreseen.filter(|seconds| *seconds > found.loaded_seconds)
        } else {
            Some(found.loaded_seconds)
        };
        found
    }

    /// Would the `eager` strategy have loaded it once all that is selected has run, or was it loaded?
    pub(super) fn is_loaded_by_eager(&self, resource: &ResourceRecord) -> bool {
        let mut needs = resource.needs.iter();
        resource.eager
            || resource.loads > 0
            || needs.any(|need| self.dimension(need.dimension).selected)
    }
}
