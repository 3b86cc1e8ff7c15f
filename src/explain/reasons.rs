//! Why a request missed, and why a resource left memory.

use super::names::short_name;
use super::owners::asker;
use crate::display;
use crate::vocabulary::{ClearedBy, Lookup, MEMORY_BUDGET, MissReason, ReleaseCause};

/// One word for what a request found.
pub const fn lookup_word(lookup: &Lookup) -> &'static str {
    match lookup {
        Lookup::Hit { .. } => "hit",
        Lookup::Coalesced => "join",
        Lookup::Miss(_) => "miss",
    }
}

/// What a hit saved, or why a miss was one.
pub fn lookup_words(lookup: &Lookup) -> String {
    match lookup {
        Lookup::Miss(reason) => miss_words(reason),
        Lookup::Hit { .. } | Lookup::Coalesced => lookup_account(lookup),
    }
}

/// The same where there is room for all of it.
pub fn lookup_account(lookup: &Lookup) -> String {
    match lookup {
        Lookup::Hit { saved_seconds } => format!("saved {}", display::seconds(*saved_seconds)),
        Lookup::Coalesced => "load under way".to_owned(),
        Lookup::Miss(reason) => miss_account(reason),
    }
}

/// Why a request missed, by whom and for what with its whole name.
pub fn miss_account(reason: &MissReason) -> String {
    match reason {
        MissReason::Evicted { policy, for_name } => format!("evicted by {policy} for {for_name}"),
        reason => miss_words(reason),
    }
}

/// Why a request missed, in a few words, the most telling first.
pub fn miss_words(reason: &MissReason) -> String {
    let words = match reason {
        MissReason::FirstTouch => "first touch",
        MissReason::Evicted { policy, for_name } => {
            let name = short_name(&for_name.0);
            // Of what is made from a table in many ways, the way.
            let name = name.split_once('~').map_or(name, |(_, way)| way);
            let name = name.strip_suffix("@dataset").unwrap_or(name);
            let within = if policy == MEMORY_BUDGET {
                ", within the budget"
            } else {
                ""
            };
            return format!("evicted for {name}{within}");
        }
        MissReason::Released { last_owner } => {
            return format!("released by {}", asker(last_owner));
        }
        MissReason::Expired => "expired",
        MissReason::Cleared { by } => return format!("cleared by {}", command_words(*by)),
        MissReason::InputChanged { part } => return format!("changed: {part}"),
        MissReason::TooLarge => "too large for the cache",
        MissReason::CorruptEntry => "corrupt entry",
        MissReason::TierDown => "tier down",
        MissReason::CheaperToMake => "cheaper to make",
        MissReason::CacheDisabled => "cache disabled",
        MissReason::RetryAfterError => "retry after an error or a cancel",
    };
    words.to_owned()
}

/// Why a request missed, in a sentence.
pub fn miss_sentence(reason: &MissReason) -> &'static str {
    match reason {
        MissReason::FirstTouch => "nobody had asked for it before",
        MissReason::Evicted { policy, .. } if policy == MEMORY_BUDGET => {
            "it had been given up to stay within the memory budget"
        }
        MissReason::Evicted { .. } => "the cache had given it up to make room",
        MissReason::Released { .. } => "nobody held it any more, so its memory was freed",
        MissReason::Expired => "it was older than it may be",
        MissReason::Cleared { .. } => "it was freed on request",
        MissReason::InputChanged { .. } => "it was made from something that has changed since",
        MissReason::TooLarge => "it weighs more than the cache may hold, so it is not kept",
        MissReason::CorruptEntry => "the stored entry failed its check",
        MissReason::TierDown => "the store that holds it does not answer",
        MissReason::CheaperToMake => "to fetch it takes longer than to make it",
        MissReason::CacheDisabled => "the cache is switched off",
        MissReason::RetryAfterError => "the last attempt failed or was cancelled",
    }
}

/// Why it left memory, in a sentence.
pub fn release_words(cause: &ReleaseCause) -> String {
    match cause {
        ReleaseCause::LastOwner { owner } => format!("its last owner let it go: {}", asker(owner)),
        ReleaseCause::Evicted { policy, for_name } if policy == MEMORY_BUDGET => {
            format!("given up within the memory budget, to make room for {for_name}")
        }
        ReleaseCause::Evicted { policy, for_name } => {
            format!("the cache ({policy}) gave it up to make room for {for_name}")
        }
        ReleaseCause::Cleared { by } => format!("freed on request: {}", command_words(*by)),
        ReleaseCause::Expired { age_seconds } => format!(
            "it had become older than it may be: {}",
            display::age(*age_seconds)
        ),
        ReleaseCause::Stale { part } => format!("{part} has changed since"),
    }
}

/// The command that cleared it.
pub const fn command_words(by: ClearedBy) -> &'static str {
    match by {
        ClearedBy::Unload => "unload",
        ClearedBy::ClearCache => "clear cache",
        ClearedBy::ClearAll => "clear all",
    }
}
