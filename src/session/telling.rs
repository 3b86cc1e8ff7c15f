//! What the engine tells of itself, as events, and its refusals in words.

use crate::display;
use crate::engine::{Happening, LoadError, NoRoom};
use crate::event::EventKind;
use crate::vocabulary::{MemoryPool, Owner, Problem, ResourceName};

/// The setting that would help where memory is short.
const MEMORY_BUDGET_KEY: &str = "engine.memory_budget";
const DEVICE_BUDGET_KEY: &str = "engine.device_memory_budget";

/// The event of what happened to a resource.
pub fn event(name: ResourceName, happening: Happening) -> EventKind {
    match happening {
        Happening::Requested {
            by,
            lookup,
            content,
            differs,
            same_as,
        } => EventKind::Requested {
            name,
            by,
            lookup,
            content,
            differs,
            same_as,
        },
        Happening::LoadQueued => EventKind::LoadQueued { name },
        Happening::LoadStarted { worker } => EventKind::LoadStarted { name, worker },
        Happening::LoadFinished {
            bytes,
            mapped_bytes,
            exact,
            seconds,
            digest,
            detail,
            fetched,
        } => EventKind::LoadFinished {
            name,
            bytes,
            mapped_bytes,
            exact,
            seconds,
            digest,
            detail,
            fetched,
        },
        Happening::Packed {
            codec,
            from_bytes,
            bytes,
            seconds,
            restore_seconds,
        } => EventKind::Packed {
            name,
            codec,
            from_bytes,
            bytes,
            seconds,
            restore_seconds,
        },
        Happening::LoadFailed { error } => EventKind::LoadFailed {
            name,
            problem: problem(error),
        },
        Happening::LoadCancelled { failed } => EventKind::LoadCancelled { name, failed },
        Happening::OwnerAdded(owner) => EventKind::OwnerAdded { name, owner },
        Happening::OwnerRemoved(owner) => EventKind::OwnerRemoved { name, owner },
        Happening::Released { bytes, cause } => EventKind::Released { name, bytes, cause },
        Happening::CacheEvicted {
            bytes,
            policy,
            for_name,
        } => EventKind::CacheEvicted {
            name,
            bytes,
            policy: policy.to_owned(),
            for_name,
        },
        Happening::CacheRefused { bytes, reason } => EventKind::CacheRefused {
            name,
            bytes,
            reason,
        },
        Happening::ContentChanged { part, file, digest } => EventKind::ContentChanged {
            name,
            part,
            file,
            digest,
        },
    }
}

/// Why a load gave nothing, in words.
pub(super) fn problem(error: LoadError) -> Problem {
    match error {
        LoadError::Cancelled => Problem::new("cancelled"),
        LoadError::Failed(problem) => problem,
        LoadError::Changed(problem) => *problem,
        LoadError::NeverFits {
            needed_bytes,
            budget_bytes,
            pool,
        } => Problem::new(format!(
            "needs about {}, more than the whole {} of {}",
            display::bytes(needed_bytes),
            budget_of(pool),
            display::bytes(budget_bytes)
        ))
        .remedy("raise the budget")
        .setting(budget_key(pool)),
        LoadError::NoRoom(no_room) => Problem::new(no_room_words(&no_room))
            .remedy("raise the budget, or run fewer dimensions at a time")
            .setting(budget_key(no_room.pool)),
    }
}

/// A pool's budget, in words.
fn budget_of(pool: MemoryPool) -> String {
    match pool {
        MemoryPool::Host => "memory budget".to_owned(),
        MemoryPool::Device(_) => format!("memory budget of {pool}"),
    }
}

fn budget_key(pool: MemoryPool) -> &'static str {
    match pool {
        MemoryPool::Host => MEMORY_BUDGET_KEY,
        MemoryPool::Device(_) => DEVICE_BUDGET_KEY,
    }
}

fn no_room_words(no_room: &NoRoom) -> String {
    const SHOWN: usize = 3;
    let takes = if no_room.is_loaded {
        format!("takes {}", display::bytes(no_room.needed_bytes))
    } else {
        format!("needs about {}", display::bytes(no_room.needed_bytes))
    };
    let shown = no_room.held.iter().take(SHOWN);
    let shown = shown.map(|(name, bytes, owners)| {
        format!("{name} {} by {}", display::bytes(*bytes), holders(owners))
    });
    let mut held = shown.collect::<Vec<_>>().join(", ");
    if no_room.held.len() > SHOWN {
        held = format!("{held} and {} more", no_room.held.len() - SHOWN);
    }
    if !held.is_empty() {
        held = format!(" ({held})");
    }
    format!(
        "{takes}, but {} of the {} of {} are in use{held}",
        display::bytes(no_room.used_bytes),
        budget_of(no_room.pool),
        display::bytes(no_room.budget_bytes)
    )
}

fn holders(owners: &[Owner]) -> String {
    let is_load = |owner: &&Owner| matches!(owner, Owner::Load { .. });
    let (loads, others): (Vec<_>, Vec<_>) = owners.iter().partition(is_load);
    let mut words: Vec<String> = others.iter().map(ToString::to_string).collect();
    match loads.as_slice() {
        [] => {}
        [one] => words.push(one.to_string()),
        several => words.push(format!("{} loads", several.len())),
    }
    words.join(" and ")
}
