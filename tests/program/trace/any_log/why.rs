//! Owners and reasons of any kind.

use lazydebugger::vocabulary::{ClearedBy, Lookup, MissReason, Owner, ReleaseCause};
use proptest::prelude::*;

use super::words::{dimension, name, number, text};

pub(super) fn owner() -> impl Strategy<Value = Owner> {
    prop_oneof![
        Just(Owner::Cache),
        Just(Owner::User),
        Just(Owner::Strategy),
        Just(Owner::Session),
        dimension().prop_map(Owner::from),
        text().prop_map(|name| Owner::Client {
            client: name.as_str().into()
        }),
        name().prop_map(|name| Owner::Load { load: name }),
    ]
}

fn cleared_by() -> impl Strategy<Value = ClearedBy> {
    prop_oneof![
        Just(ClearedBy::Unload),
        Just(ClearedBy::ClearCache),
        Just(ClearedBy::ClearAll),
    ]
}

pub(super) fn reason() -> impl Strategy<Value = MissReason> {
    prop_oneof![
        Just(MissReason::FirstTouch),
        Just(MissReason::Expired),
        Just(MissReason::TooLarge),
        Just(MissReason::CorruptEntry),
        Just(MissReason::TierDown),
        Just(MissReason::CheaperToMake),
        Just(MissReason::CacheDisabled),
        Just(MissReason::RetryAfterError),
        (text(), name()).prop_map(|(policy, for_name)| MissReason::Evicted { policy, for_name }),
        owner().prop_map(|last_owner| MissReason::Released { last_owner }),
        cleared_by().prop_map(|by| MissReason::Cleared { by }),
        name().prop_map(|part| MissReason::InputChanged { part }),
    ]
}

pub(super) fn cause() -> impl Strategy<Value = ReleaseCause> {
    prop_oneof![
        owner().prop_map(|owner| ReleaseCause::LastOwner { owner }),
        (text(), name()).prop_map(|(policy, for_name)| ReleaseCause::Evicted { policy, for_name }),
        cleared_by().prop_map(|by| ReleaseCause::Cleared { by }),
        name().prop_map(|part| ReleaseCause::Stale { part }),
    ]
}

pub(super) fn lookup() -> impl Strategy<Value = Lookup> {
    prop_oneof![
        number().prop_map(|saved_seconds| Lookup::Hit { saved_seconds }),
        Just(Lookup::Coalesced),
        reason().prop_map(Lookup::Miss),
    ]
}
