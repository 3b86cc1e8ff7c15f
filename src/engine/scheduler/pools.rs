//! Bytes by the pool of memory that they lie in.

use super::Engine;
use crate::engine::workload::Workload;
use crate::vocabulary::MemoryPool;

/// Bytes in each pool.
#[derive(Clone, Debug, Default)]
pub(super) struct PoolBytes {
    host: u64,
    /// By the number of the device.
    devices: Vec<u64>,
}

impl PoolBytes {
    pub(super) fn of(&self, pool: MemoryPool) -> u64 {
        match pool {
            MemoryPool::Host => self.host,
            MemoryPool::Device(number) => self.devices.get(usize::from(number)).map_or(0, |b| *b),
        }
    }

    pub(super) fn sum(&self) -> u64 {
        self.host + self.devices.iter().sum::<u64>()
    }

    /// Some bytes take the place of others, which are counted.
    pub(super) fn replace(&mut self, pool: MemoryPool, before: u64, after: u64) {
        let bytes = match pool {
            MemoryPool::Host => &mut self.host,
            MemoryPool::Device(number) => {
                let place = usize::from(number);
                if place >= self.devices.len() {
                    self.devices.resize(place + 1, 0);
                }
                &mut self.devices[place]
            }
        };
        *bytes = *bytes + after - before;
    }
}

/// Bytes of a load or a computation, where it makes something and where it works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Needs {
    /// What it makes.
    pub(super) made: (MemoryPool, u64),
    /// What it works with.
    pub(super) working: (MemoryPool, u64),
}

impl Needs {
    /// In a pool.
    pub(super) fn of(self, pool: MemoryPool) -> u64 {
        let parts = [self.made, self.working];
        let here = parts.iter().filter(|(of, _)| *of == pool);
        here.fold(0, |sum, (_, bytes)| sum.saturating_add(*bytes))
    }

    /// The pools that it needs some of, each once.
    pub(super) fn pools(self) -> impl Iterator<Item = MemoryPool> {
        let other = (self.working.0 != self.made.0).then_some(self.working.0);
        std::iter::once(self.made.0).chain(other)
    }
}

impl<W: Workload> Engine<W> {
    /// The most that may be held in a pool.
    pub(super) fn budget_of(&self, pool: MemoryPool) -> Option<u64> {
        match pool {
            MemoryPool::Host => self.limits.memory_budget,
            MemoryPool::Device(_) => self.limits.device_budget,
        }
    }

    /// Is there any budget to keep?
    pub(super) fn has_budget(&self) -> bool {
        self.limits.memory_budget.is_some() || self.limits.device_budget.is_some()
    }

    /// Sum over what is resident in a pool.
    pub fn resident_bytes_in(&self, pool: MemoryPool) -> u64 {
        debug_assert_eq!(
            self.resident_bytes.of(pool),
            self.resident_slots()
                .filter(|slot| slot.pool == pool)
                .map(|slot| slot.bytes)
                .sum::<u64>(),
            "what lands and what goes is all that changes it"
        );
        self.resident_bytes.of(pool)
    }

    /// What loads and the computation under way work with in a pool: it goes when they end.
    pub fn working_bytes_in(&self, pool: MemoryPool) -> u64 {
        let loads = self.lanes.iter().map(|lane| lane.working_bytes_in(pool));
        let computing = if pool.is_host() {
            self.computing_bytes
        } else {
            0
        };
        loads.fold(computing, u64::saturating_add)
    }

    /// What is under way in a pool is thought to take, with what it works with.
    pub(super) fn bytes_under_way(&self, pool: MemoryPool) -> u64 {
        let loads = self.lanes.iter().map(|lane| lane.bytes_in(pool));
        let computing = if pool.is_host() {
            self.computing_bytes
        } else {
            0
        };
        loads.fold(computing, u64::saturating_add)
    }
}
