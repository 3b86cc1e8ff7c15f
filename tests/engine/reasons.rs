//! Every miss has its true reason, and every hit says what it saved.

use lazydebugger::engine::Limits;
use lazydebugger::event::EventKind;
use lazydebugger::ledger::ResourceState;
use lazydebugger::vocabulary::{ClearedBy, Lookup, MissReason, Owner, Problem, ReleaseCause};

use crate::toy::{ROOMY, d1, d2, file, name, node};
use crate::world::World;

/// Loads a key for a dimension that lets it go at once.
fn use_once(world: &mut World, key: usize) {
    world.ask(d1(), &[key]);
    world.finish_all();
    world.release(&d1());
}

fn evicted_for(key: usize) -> MissReason {
    MissReason::Evicted {
        policy: "quick".to_owned(),
        for_name: name(key),
    }
}

#[test]
fn first_touch_then_hits() {
    let mut world = World::new(vec![node(&[]).cached()], ROOMY);
    use_once(&mut world, 0);
    assert_eq!(world.last_miss(0), MissReason::FirstTouch);
    use_once(&mut world, 0);
    assert_eq!(world.last_lookup(0), Lookup::Hit { saved_seconds: 1.0 });
    let cache = world.ledger.cache();
    assert_eq!((cache.hits, cache.misses, cache.coalesced), (1, 1, 0));
    assert_eq!(cache.seconds_saved, 1.0);
    assert_eq!(cache.miss_reasons.get("first_touch"), Some(&1));
}

#[test]
fn evicted_names_who_needed_the_room() {
    let limits = Limits {
        cache_entries: 1,
        ..ROOMY
    };
    let mut world = World::new(vec![node(&[]).cached(), node(&[]).cached()], limits);
    use_once(&mut world, 0);
    use_once(&mut world, 1);
    assert_eq!(world.ledger.cache().evictions, 1);
    assert_eq!(world.state(0).name(), "evicted");
    use_once(&mut world, 0);
    assert_eq!(world.last_miss(0), evicted_for(1));
    use_once(&mut world, 1);
    assert_eq!(world.last_miss(1), evicted_for(0));
}

#[test]
fn eviction_stays_the_reason_for_what_somebody_held_a_little_longer() {
    let limits = Limits {
        cache_entries: 1,
        ..ROOMY
    };
    let mut world = World::new(vec![node(&[]).cached(), node(&[]).cached()], limits);
    world.ask(d2(), &[0]);
    world.finish_all();
    use_once(&mut world, 1);
    assert_eq!(world.owners(0), [d2()]);
    world.release(&d2());
    assert_eq!(
        world.release_causes(0),
        [ReleaseCause::LastOwner { owner: d2() }]
    );
    use_once(&mut world, 0);
    assert_eq!(world.last_miss(0), evicted_for(1));
}

#[test]
fn a_newcomer_is_never_refused_for_want_of_entries() {
    let limits = Limits {
        cache_entries: 1,
        ..ROOMY
    };
    let mut world = World::new(vec![node(&[]).cached(), node(&[]).cached()], limits);
    use_once(&mut world, 0);
    // Hits make the policy prefer it.
    for _ in 0..5 {
        use_once(&mut world, 0);
    }
    use_once(&mut world, 1);
    assert_eq!(world.ledger.cache().refused, 0);
    assert_eq!(world.owners(1), [Owner::Cache]);
    assert!(!world.is_resident(0));
}

type Clear = fn(&mut World);

#[test]
fn cleared_names_who_cleared() {
    let ways: [(Clear, ClearedBy); 3] = [
        (|w| w.unload(0), ClearedBy::Unload),
        (World::clear_cache, ClearedBy::ClearCache),
        (World::clear_all, ClearedBy::ClearAll),
    ];
    for (clear, by) in ways {
        let mut world = World::new(vec![node(&[]).cached()], ROOMY);
        use_once(&mut world, 0);
        clear(&mut world);
        assert_eq!(world.release_causes(0), [ReleaseCause::Cleared { by }]);
        use_once(&mut world, 0);
        assert_eq!(world.last_miss(0), MissReason::Cleared { by });
        // Held while it is cleared: it goes later, for the same reason.
        world.ask(d2(), &[0]);
        clear(&mut world);
        assert_eq!(world.owners(0), [d2()]);
        world.release(&d2());
        use_once(&mut world, 0);
        assert_eq!(world.last_miss(0), MissReason::Cleared { by });
    }
}

#[test]
fn an_unload_that_takes_nothing_is_no_reason() {
    let mut world = World::new(vec![node(&[])], ROOMY);
    world.ask(d1(), &[0]);
    world.finish_all();
    let before = world.events.len();
    world.unload(0);
    world.clear_all();
    assert_eq!(world.events.len(), before, "and no event");
    world.release(&d1());
    use_once(&mut world, 0);
    assert_eq!(
        world.last_miss(0),
        MissReason::Released { last_owner: d1() }
    );
}

#[test]
fn unload_takes_the_users_and_the_strategys_hold() {
    for owner in [Owner::User, Owner::Strategy] {
        let mut world = World::new(vec![node(&[])], ROOMY);
        world.ask(owner, &[0]);
        world.finish_all();
        world.unload(0);
        assert!(!world.is_resident(0));
        use_once(&mut world, 0);
        let by = ClearedBy::Unload;
        assert_eq!(world.last_miss(0), MissReason::Cleared { by });
        // It was there again since, and went for another reason.
        use_once(&mut world, 0);
        assert_eq!(
            world.last_miss(0),
            MissReason::Released { last_owner: d1() }
        );
    }
}

#[test]
fn released_names_the_last_owner() {
    let mut world = World::new(vec![node(&[]), node(&[0])], ROOMY);
    world.ask(d1(), &[1]);
    world.ask(d2(), &[1]);
    world.finish_all();
    let of_load = Owner::Load { load: name(1) };
    let causes = world.release_causes(0);
    assert_eq!(
        causes,
        [ReleaseCause::LastOwner {
            owner: of_load.clone()
        }]
    );
    world.release(&d1());
    assert!(world.is_resident(1));
    assert_eq!(world.engine.take_released_bytes(), 10);
    world.release(&d2());
    assert_eq!(
        world.release_causes(1),
        [ReleaseCause::LastOwner { owner: d2() }]
    );
    assert_eq!(world.engine.take_released_bytes(), 10);
    world.ask(d1(), &[1]);
    assert_eq!(
        world.last_miss(1),
        MissReason::Released { last_owner: d2() }
    );
    assert_eq!(
        world.last_miss(0),
        MissReason::Released {
            last_owner: of_load
        }
    );
    world.finish_all();
}

#[test]
fn release_all_but_keeps_what_it_should() {
    let mut world = World::new(vec![node(&[]), node(&[])], ROOMY);
    world.ask(Owner::Strategy, &[0, 1]);
    world.finish_all();
    world.release_all_but(&Owner::Strategy, &[1]);
    assert!(!world.is_resident(0));
    assert_eq!(world.owners(1), [Owner::Strategy]);
}

#[test]
fn input_changed_names_the_part() {
    // 2 is made from 0, which is read from a file, and 1; 3 is made from 2.
    let nodes = vec![
        node(&[]).with_file(),
        node(&[]).with_file(),
        node(&[0, 1]).cached(),
        node(&[2]).cached(),
    ];
    let mut world = World::new(nodes, ROOMY);
    use_once(&mut world, 3);
    world.edit(1);
    use_once(&mut world, 3);
    assert_eq!(
        world.last_miss(3),
        MissReason::InputChanged { part: name(2) }
    );
    assert_eq!(
        world.last_miss(2),
        MissReason::InputChanged { part: name(1) }
    );
    assert_eq!(
        world.last_miss(1),
        MissReason::InputChanged {
            part: name(file(1))
        }
    );
    assert_eq!(
        world.last_miss(0),
        MissReason::Released {
            last_owner: Owner::Load { load: name(2) }
        }
    );
    assert_eq!(
        world.release_causes(3),
        [ReleaseCause::Stale { part: name(2) }]
    );
    assert_eq!(world.ledger.resource(&name(3)).unwrap().loads, 2);
}

#[test]
fn a_touched_file_with_equal_content_changes_nothing() {
    let mut world = World::new(vec![node(&[]).with_file(), node(&[0]).cached()], ROOMY);
    world.write(0, "same");
    use_once(&mut world, 1);
    let digest = world.record(1).digest;
    world.write(0, "same");
    use_once(&mut world, 1);
    assert!(matches!(world.last_lookup(1), Lookup::Hit { .. }));
    world.write(0, "other");
    use_once(&mut world, 1);
    assert_eq!(
        world.last_miss(1),
        MissReason::InputChanged { part: name(0) }
    );
    assert_ne!(world.record(1).digest, digest);
    world.write(0, "same");
    use_once(&mut world, 1);
    assert_eq!(world.record(1).digest, digest);
}

#[test]
fn too_large_and_disabled_are_refusals() {
    let small = Limits {
        cache_bytes: 9,
        ..ROOMY
    };
    let no_bytes = Limits {
        cache_bytes: 0,
        ..ROOMY
    };
    let no_entries = Limits {
        cache_entries: 0,
        ..ROOMY
    };
    let cases = [
        (small, MissReason::TooLarge),
        (no_bytes, MissReason::CacheDisabled),
        (no_entries, MissReason::CacheDisabled),
    ];
    for (limits, why) in cases {
        let mut world = World::new(vec![node(&[]).cached()], limits);
        world.ask(d1(), &[0]);
        world.finish_all();
        assert_eq!(world.owners(0), [d1()]);
        let refused = EventKind::CacheRefused {
            name: name(0),
            bytes: 10,
            reason: why.clone(),
        };
        assert!(world.events.contains(&refused));
        world.release(&d1());
        use_once(&mut world, 0);
        assert_eq!(world.last_miss(0), why);
        assert_eq!(world.ledger.cache().refused, 2);
    }
}

#[test]
fn nothing_can_have_changed_since_a_load_that_failed() {
    let mut world = World::new(vec![node(&[]).with_file()], ROOMY);
    world.fail_loads_of(0, true);
    use_once(&mut world, 0);
    world.edit(0);
    use_once(&mut world, 0);
    assert_eq!(world.last_miss(0), MissReason::RetryAfterError);
}

#[test]
fn an_error_is_retried_and_forgotten_once_it_is_over() {
    let mut world = World::new(vec![node(&[])], ROOMY);
    world.fail_loads_of(0, true);
    use_once(&mut world, 0);
    assert_eq!(world.state(0), ResourceState::Failed(Problem::new("boom")));
    world.fail_loads_of(0, false);
    use_once(&mut world, 0);
    assert_eq!(world.last_miss(0), MissReason::RetryAfterError);
    use_once(&mut world, 0);
    assert_eq!(
        world.last_miss(0),
        MissReason::Released { last_owner: d1() }
    );
}
