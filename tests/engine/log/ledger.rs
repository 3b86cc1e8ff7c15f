//! The fold stays small and quick, and its figures are those of the whole log.

use std::collections::BTreeMap;

use lazydebugger::event::{Declaration, Event, EventKind, MemorySample};
use lazydebugger::explain::tiers::tier_words;
use lazydebugger::ledger::Ledger;
use lazydebugger::vocabulary::{
    Lookup, MemoryPool, Owner, ResourceKind, ResourceName, TierLookup, TierName,
};

use super::made_up::{PREDICTIONS, Session};

fn apply(ledger: &mut Ledger, t: f64, kind: EventKind) {
    let seq = ledger.events;
    ledger.apply(&Event { seq, t, kind });
}

#[test]
fn what_goes_on_for_ever_is_bounded_and_counted() {
    let mut session = Session::new();
    let mut ledger = Ledger::default();
    let (mut hits, mut misses) = (0, 0);
    let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
    let opening = session.opening();
    let runs = (0..10_000).flat_map(|_| session.run());
    for kind in opening.into_iter().chain(runs) {
        if let EventKind::Requested { lookup, .. } = &kind {
            match lookup {
                Lookup::Hit { .. } => hits += 1,
                Lookup::Coalesced => {}
                Lookup::Miss(reason) => {
                    misses += 1;
                    *reasons.entry(reason.name()).or_default() += 1;
                }
            }
        }
        let t = ledger.events as f64 / 40.0;
        apply(&mut ledger, t, kind);
    }
    assert_eq!(ledger.runs.total(), 10_000);
    assert_eq!(ledger.lookups.total() as u64, hits + misses);
    assert_eq!(ledger.spans.total(), 20_000);
    assert!(ledger.runs.iter().count() < 2_000);
    assert!(ledger.lookups.iter().count() < 10_000);
    assert!(ledger.spans.iter().count() < 10_000);
    assert!(ledger.notices.iter().count() < 4_000);
    assert!(ledger.commands.iter().count() < 2_000);
    let figures = ledger.cache();
    assert_eq!((figures.hits, figures.misses), (hits, misses));
    assert_eq!(figures.miss_reasons, reasons);
    let run = ledger.runs.last().unwrap();
    assert_eq!(
        (run.cache.hits, run.cache.misses),
        (PREDICTIONS as u64 - 1, 1)
    );
    let newest = ledger.lookups.numbered().last().unwrap();
    assert_eq!(newest.0, ledger.lookups.total() - 1);
    assert_eq!(ledger.lookups.get(newest.0), Some(newest.1));
    assert_eq!(ledger.lookups.get(0), None);
    assert!(ledger.spans.iter().all(|span| span.ended.is_some()));
}

#[test]
fn thinned_memory_keeps_its_highs_its_lows_and_its_newest() {
    let mut ledger = Ledger::default();
    let samples = 50_000_u64;
    for number in 0..samples {
        let rss_bytes = match number {
            7_777 => 900,
            30_000 => 10,
            other => 100 + other % 500,
        };
        let sample = MemorySample {
            rss_bytes,
            ..MemorySample::default()
        };
        apply(&mut ledger, number as f64, EventKind::MemorySampled(sample));
    }
    let history = &ledger.memory.history;
    assert!(history.len() <= 2_048);
    assert!(history.is_sorted_by(|a, b| a.t < b.t));
    let at = |rss_bytes| {
        history
            .iter()
            .find(|p| p.rss_bytes == rss_bytes)
            .map(|p| p.t)
    };
    assert_eq!((at(900), at(10)), (Some(7_777.0), Some(30_000.0)));
    assert_eq!((history[0].t, history.last().unwrap().t), (0.0, 49_999.0));
    // As dense at its beginning as later on.
    let early = history.iter().filter(|p| p.t < 12_500.0).count();
    assert!(early > 100, "{early}");
}

/// A model that is held by many loads at a time, which come and go in any order.
#[test]
fn many_owners_come_and_go() {
    let session = Session::new();
    let mut ledger = Ledger::default();
    for kind in session.opening() {
        apply(&mut ledger, 0.0, kind);
    }
    let name = ledger.resources()[0].name.clone();
    let load = |number: usize| Owner::Load {
        load: format!("predictions:{number}").as_str().into(),
    };
    for number in 0..900 {
        let (name, owner) = (name.clone(), load(number));
        apply(&mut ledger, 0.0, EventKind::OwnerAdded { name, owner });
    }
    for number in (0..900).filter(|number| number % 3 > 0) {
        let (name, owner) = (name.clone(), load(number));
        apply(&mut ledger, 0.0, EventKind::OwnerRemoved { name, owner });
    }
    let owners = &ledger.resource(&name).unwrap().owners;
    assert_eq!(owners.len(), 300);
    assert!(owners.iter().cloned().eq((0..900).step_by(3).map(load)));
}

#[test]
fn loads_of_one_pass_share_what_they_work_with() {
    let mut ledger = Ledger::default();
    let names: Vec<ResourceName> = ["a", "b", "c"].map(ResourceName::from).to_vec();
    let tell = |ledger: &mut Ledger, kind| {
        apply(ledger, 0.0, kind);
        ledger.estimated_bytes()
    };
    for name in &names {
        let declaration = Declaration {
            name: name.clone(),
            resource: ResourceKind::Predictions,
            inputs: Vec::new(),
            group: None,
            estimated_bytes: Some(8),
            needs: Vec::new(),
            eager: true,
            backend: None,
            way: None,
            working_bytes: 100,
            pool: MemoryPool::Host,
        };
        let kind = EventKind::ResourceDeclared(Box::new(declaration));
        assert_eq!(tell(&mut ledger, kind), 0);
    }
    let started = |name: &ResourceName, worker| EventKind::LoadStarted {
        name: name.clone(),
        worker,
    };
    let cancelled = |name: &ResourceName| EventKind::LoadCancelled {
        name: name.clone(),
        failed: None,
    };
    assert_eq!(tell(&mut ledger, started(&names[0], 0)), 100);
    assert_eq!(tell(&mut ledger, started(&names[1], 0)), 100, "one pass");
    assert_eq!(tell(&mut ledger, started(&names[2], usize::MAX)), 200);
    assert_eq!(tell(&mut ledger, cancelled(&names[0])), 200, "it goes on");
    assert_eq!(tell(&mut ledger, cancelled(&names[2])), 100);
    assert_eq!(tell(&mut ledger, cancelled(&names[1])), 0);
}

#[test]
fn entries_that_cost_more_than_they_save_are_named() {
    let mut ledger = Ledger::default();
    let entries = [
        ("slow", 0.001, 0.006),
        ("quick", 0.5, 0.006),
        ("tiny", 0.0, 0.0005),
    ];
    for (name, saved_seconds, seconds) in entries {
        let (name, tier) = (ResourceName::from(name), TierName::Shared);
        let lookup = TierLookup::Hit {
            bytes: 10,
            saved_seconds,
            age_seconds: 1,
        };
        let asked = EventKind::TierAsked {
            name: name.clone(),
            tier,
            lookup,
            seconds,
        };
        apply(&mut ledger, 0.0, asked);
        let [(_, figures)] = &ledger.tiers()[..] else {
            panic!("one tier was asked");
        };
        assert!(
            figures.losing.iter().all(|(loser, _)| *loser != name),
            "not read yet"
        );
        let read = EventKind::TierRead {
            name,
            tier,
            bytes: 10,
            seconds: 0.001,
        };
        apply(&mut ledger, 0.0, read);
    }
    let tiers = ledger.tiers();
    let [(tier, figures)] = &tiers[..] else {
        panic!("one tier was asked");
    };
    let names: Vec<&str> = figures.losing.iter().map(|(name, _)| &*name.0).collect();
    assert_eq!(names, ["slow", "tiny"]);
    assert!((figures.losing[0].1 - 0.006).abs() < 1e-12);
    let words = tier_words(*tier, figures);
    let told = "slow and 1 more cost more than they save: 6.00 ms";
    assert!(words.contains(told), "{words}");
}
