//! Entries that may be no older than so, a cache that is made smaller, and one that goes by the plan.

use lazydebugger::engine::Limits;
use lazydebugger::vocabulary::{
    CachePolicy, Lookup, MissReason, Owner, ReleaseCause, SMALLER_CACHE,
};

use crate::toy::{ROOMY, d1, d2, node};
use crate::world::World;

/// Loads a key for a dimension that lets it go at once.
fn use_once(world: &mut World, key: usize) {
    world.ask(d1(), &[key]);
    world.finish_all();
    world.release(&d1());
}

#[test]
fn an_entry_that_is_older_than_it_may_be_is_made_anew() {
    let limits = Limits {
        ttl_seconds: Some(60.0),
        ..ROOMY
    };
    let mut world = World::new(vec![node(&[]).cached()], limits);
    use_once(&mut world, 0);
    world.wait_until(60.0);
    use_once(&mut world, 0);
    assert_eq!(world.last_lookup(0), Lookup::Hit { saved_seconds: 1.0 });
    world.wait_until(61.5);
    use_once(&mut world, 0);
    assert_eq!(world.last_miss(0), MissReason::Expired);
    let causes = world.release_causes(0);
    assert_eq!(causes, [ReleaseCause::Expired { age_seconds: 61 }]);
    // It is young again.
    world.wait_until(100.0);
    use_once(&mut world, 0);
    assert_eq!(world.last_lookup(0), Lookup::Hit { saved_seconds: 1.0 });
    assert_eq!(world.loads(0), 2);
}

#[test]
fn what_somebody_works_with_is_not_too_old() {
    let limits = Limits {
        ttl_seconds: Some(1.0),
        ..ROOMY
    };
    let mut world = World::new(vec![node(&[]).cached()], limits);
    world.ask(d2(), &[0]);
    world.finish_all();
    world.wait_until(100.0);
    use_once(&mut world, 0);
    assert_eq!(world.last_lookup(0), Lookup::Hit { saved_seconds: 1.0 });
}

#[test]
fn a_smaller_cache_gives_up_what_does_not_fit_and_says_so() {
    let mut world = World::new(vec![node(&[]).cached(), node(&[]).cached()], ROOMY);
    use_once(&mut world, 0);
    use_once(&mut world, 1);
    let bytes = world.record(0).bytes.unwrap().0;
    world.resize_cache(bytes);
    let gone = [0, 1].map(|key| !world.is_resident(key));
    assert_eq!(gone.iter().filter(|gone| **gone).count(), 1, "{gone:?}");
    let key = usize::from(gone[1]);
    use_once(&mut world, key);
    let for_name = SMALLER_CACHE.into();
    let policy = "quick".to_owned();
    assert_eq!(
        world.last_miss(key),
        MissReason::Evicted { policy, for_name }
    );
    // Off, and on again.
    world.resize_cache(0);
    use_once(&mut world, 0);
    use_once(&mut world, 0);
    assert_eq!(world.last_miss(0), MissReason::CacheDisabled);
    world.resize_cache(1 << 20);
    use_once(&mut world, 0);
    use_once(&mut world, 0);
    assert_eq!(world.last_lookup(0), Lookup::Hit { saved_seconds: 1.0 });
}

#[test]
fn by_plan_what_a_later_dimension_asks_for_stays() {
    for (policy, stays) in [(CachePolicy::Plan, true), (CachePolicy::Lru, false)] {
        let nodes = || (0..3).map(|_| node(&[]).cached()).collect();
        let mut world = World::new(nodes(), ROOMY);
        use_once(&mut world, 0);
        let limits = Limits {
            cache_policy: policy,
            cache_bytes: 2 * world.record(0).bytes.unwrap().0,
            ..ROOMY
        };
        let mut world = World::new(nodes(), limits);
        world.expect(&d2(), &[0]);
        for key in 0..3 {
            use_once(&mut world, key);
        }
        let held = world.owners(0);
        let is_cached = held.contains(&Owner::Cache);
        assert_eq!(is_cached, stays, "{policy}: {held:?}");
    }
}
