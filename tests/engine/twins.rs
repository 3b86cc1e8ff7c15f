//! Two keys of the same content: the one that came first stands in for the other, as long as it is
//! what both are.

use lazydebugger::engine::Limits;
use lazydebugger::vocabulary::{ClearedBy, Lookup, MissReason, Owner, ReleaseCause};

use crate::toy::{Node, ROOMY, d1, d2, fact_of, name, node};
use crate::world::World;

/// 0 and 1 are files, 2 is made from 0 and 3 in the same way from 1, 4 from 3 and 5.
fn nodes() -> Vec<Node> {
    vec![
        node(&[]).with_file(),
        node(&[]).with_file().like(0),
        node(&[0]).cached(),
        node(&[1]).cached().like(2),
        node(&[3, 5]),
        node(&[]),
    ]
}

fn twins(limits: Limits) -> World {
    let mut world = World::new(nodes(), limits);
    world.write(0, "same");
    world.write(1, "same");
    world
}

fn starts(world: &World) -> [usize; 4] {
    [0, 1, 2, 3].map(|key| world.starts(key))
}

/// The key that stood in when this one was last asked for.
fn stand_in(world: &World, key: usize) -> Option<usize> {
    let mut of_key = world.ledger.lookups.iter().filter(|l| l.name == name(key));
    let same_as = of_key.next_back().unwrap().same_as.clone();
    same_as.as_ref().and_then(crate::toy::key_named)
}

#[test]
fn the_same_is_loaded_once_while_it_is_under_way() {
    let mut world = twins(ROOMY);
    let first = world.ask(d1(), &[2]);
    let second = world.ask(d2(), &[3]);
    assert_eq!(world.last_lookup(3), Lookup::Coalesced);
    assert_eq!(stand_in(&world, 3), Some(2));
    world.finish_all();
    assert_eq!(world.hashes(first), world.hashes(second));
    assert_eq!(starts(&world), [1, 0, 1, 0]);
    assert_eq!(world.owners(2), [Owner::Cache, d1(), d2()]);
    assert!(!world.is_resident(3));
}

#[test]
fn the_same_is_not_loaded_while_it_is_there() {
    let mut world = twins(ROOMY);
    world.ask(d1(), &[2]);
    world.finish_all();
    let second = world.ask(d2(), &[3, 2, 4]);
    assert!(matches!(world.last_lookup(3), Lookup::Hit { .. }));
    world.finish_all();
    assert!(world.is_ready(second));
    assert_eq!(starts(&world), [1, 0, 1, 0]);
    world.release(&d1());
    world.release(&d2());
    assert_eq!(world.owners(2), [Owner::Cache]);
}

#[test]
fn two_of_one_request_are_loaded_once() {
    let mut world = twins(ROOMY);
    let ticket = world.ask(d1(), &[3, 2]);
    world.finish_all();
    let hashes = world.hashes(ticket);
    assert_eq!(hashes[0], hashes[1]);
    assert_eq!(starts(&world), [0, 1, 0, 1]);
}

#[test]
fn the_same_fact_of_the_same_file_is_looked_up_once() {
    let nodes = vec![
        node(&[]).with_file(),
        fact_of(0),
        fact_of(0).like(1),
        node(&[1, 2]),
    ];
    let mut world = World::new(nodes, ROOMY);
    let ticket = world.ask(d1(), &[1, 2, 3]);
    world.finish_all();
    assert!(world.is_ready(ticket));
    assert_eq!([1, 2].map(|key| world.starts(key)), [1, 0]);
}

#[test]
fn what_becomes_the_same_is_held_by_who_held_what_it_was() {
    let mut world = World::new(nodes(), ROOMY);
    world.write(0, "same");
    world.ask(d1(), &[2]);
    world.ask(Owner::User, &[3]);
    world.finish_all();
    assert_eq!(world.owners(3), [Owner::Cache, Owner::User]);
    world.write(1, "same");
    world.ask(d2(), &[3]);
    assert!(matches!(world.last_lookup(3), Lookup::Hit { .. }));
    let owners = world.owners(2);
    for owner in [Owner::Cache, d1(), d2(), Owner::User] {
        assert!(owners.contains(&owner), "{owner} in {owners:?}");
    }
    assert!(!world.is_resident(3));
}

#[test]
fn who_took_a_stand_in_gets_its_own_once_that_one_is_another() {
    let mut world = twins(ROOMY);
    world.ask(d2(), &[2]);
    world.ask(d1(), &[3]);
    world.finish_all();
    world.write(0, "other");
    world.ask(d2(), &[2]);
    world.finish_all();
    // Each answer is checked against the files.
    let again = world.ask(d1(), &[3]);
    world.finish_all();
    assert!(world.is_ready(again));
    assert_eq!(starts(&world), [2, 1, 2, 1]);
    assert_ne!(world.last_miss(3), MissReason::FirstTouch);
}

#[test]
fn an_old_stand_in_is_not_taken_for_what_it_should_be() {
    let mut world = twins(ROOMY);
    world.ask(d2(), &[2]);
    world.finish_all();
    // 2 is out of date, but it is what 3 is.
    world.write(0, "other");
    world.hear_of(0);
    world.finish_all();
    let third = world.ask(d1(), &[3]);
    world.finish_all();
    assert_eq!((world.is_ready(third), world.starts(3)), (true, 0));
    let second = world.ask(d2(), &[2]);
    world.finish_all();
    assert!(world.is_ready(second));
    assert_eq!(world.starts(2), 2);
}

#[test]
fn who_waits_for_a_stand_in_gets_its_own_once_that_one_is_another() {
    let mut world = twins(ROOMY);
    let second = world.ask(d2(), &[2]);
    let third = world.ask(d1(), &[3]);
    let fourth = world.ask(Owner::User, &[4]);
    world.finish_key(0);
    assert_eq!(world.running(), [5, 2]);
    world.write(0, "other");
    let again = world.ask(Owner::Strategy, &[2]);
    world.finish_all();
    for ticket in [second, third, fourth, again] {
        assert!(world.is_ready(ticket), "{:?}", world.answers);
    }
    assert_eq!(world.hashes(second), world.hashes(again));
    assert_eq!([2, 3].map(|key| world.loads(key)), [1, 1]);
}

#[test]
fn a_stand_in_that_is_pinned_may_become_another() {
    // 4 has 2 instead of 3 and waits for 5 when 2 changes.
    let mut world = twins(ROOMY);
    world.ask(d2(), &[2]);
    world.finish_all();
    let fourth = world.ask(d1(), &[4]);
    assert_eq!(world.running(), [5]);
    world.write(0, "other");
    let second = world.ask(d2(), &[2]);
    world.finish_all();
    assert!(world.is_ready(fourth) && world.is_ready(second));
    assert_eq!([2, 3].map(|key| world.loads(key)), [2, 1]);
}

#[test]
fn the_same_twice_in_one_load_may_become_two() {
    let mut nodes = nodes();
    nodes[4].inputs = vec![3, 2, 5];
    let mut world = World::new(nodes, ROOMY);
    world.write(0, "same");
    world.write(1, "same");
    let fourth = world.ask(d1(), &[4]);
    while world.running() != [5] {
        world.finish(usize::from(world.running()[0] == 5), true);
    }
    world.write(0, "other");
    let other = world.ask(d2(), &[0]);
    world.finish_all();
    assert!(world.is_ready(fourth) && world.is_ready(other));
}

#[test]
fn an_error_of_a_stand_in_is_not_that_of_the_others() {
    let mut world = twins(ROOMY);
    world.fail_loads_of(2, true);
    let second = world.ask(d2(), &[2]);
    let third = world.ask(d1(), &[3]);
    let fourth = world.ask(Owner::User, &[4]);
    world.finish_all();
    assert_eq!(world.failure(second).chain, [name(2)]);
    assert!(world.is_ready(third) && world.is_ready(fourth));
    assert_eq!(starts(&world), [1, 1, 1, 1], "0 had gone with 2");
}

#[test]
fn an_error_of_both_is_told_of_each() {
    let mut world = twins(ROOMY);
    world.fail_loads_of(2, true);
    world.fail_loads_of(3, true);
    let second = world.ask(d2(), &[2]);
    let fourth = world.ask(d1(), &[4]);
    world.finish_all();
    assert_eq!(world.failure(second).chain, [name(2)]);
    assert_eq!(world.failure(fourth).chain, [name(4), name(3)]);
}

#[test]
fn a_cancelled_load_stands_in_for_nothing() {
    let mut world = twins(ROOMY);
    let second = world.ask(d2(), &[2]);
    world.finish_key(0);
    world.cancel(second);
    assert_eq!(world.stopping(), [2]);
    let third = world.ask(d1(), &[3]);
    assert!(matches!(world.last_lookup(3), Lookup::Miss(_)));
    world.finish(0, false);
    assert!(
        !world.is_resident(2),
        "it comes through, but 3 is on its way"
    );
    world.finish_all();
    assert!(world.is_ready(third));
    assert_eq!(world.owners(3), [Owner::Cache, d1()]);
    world.release(&d1());
    world.clear_cache();
    assert_eq!(world.engine.resident_bytes(), 0);
}

#[test]
fn who_leaves_takes_the_load_of_a_stand_in_along() {
    let mut world = twins(ROOMY);
    let second = world.ask(d2(), &[2]);
    let third = world.ask(d1(), &[3]);
    world.cancel(second);
    assert!(world.stopping().is_empty(), "3 needs it");
    world.cancel(third);
    assert_eq!(world.stopping(), [0]);
    world.finish_all();
    assert!(!world.is_resident(2) && !world.is_resident(3));
}

/// How a stand-in goes.
type Gone = fn(&mut World);

#[test]
fn a_miss_after_a_stand_in_went_says_why_that_went() {
    let gone: [(Gone, MissReason); 2] = [
        (
            World::clear_all,
            MissReason::Cleared {
                by: ClearedBy::ClearAll,
            },
        ),
        (
            |world| {
                world.ask(d1(), &[6]);
            },
            MissReason::Evicted {
                policy: "quick".to_owned(),
                for_name: name(6),
            },
        ),
    ];
    for (go, reason) in gone {
        let mut nodes = nodes();
        nodes.push(node(&[]).cached());
        let limits = Limits {
            cache_entries: 1,
            ..ROOMY
        };
        let mut world = World::new(nodes, limits);
        world.write(0, "same");
        world.write(1, "same");
        world.ask(d1(), &[2]);
        world.finish_all();
        world.ask(d1(), &[3]);
        world.finish_all();
        world.release(&d1());
        go(&mut world);
        world.finish_all();
        assert!(!world.is_resident(2));
        world.ask(d2(), &[3]);
        assert_eq!(world.last_miss(3), reason);
        world.finish_all();
    }
}

#[test]
fn what_is_kept_for_later_is_kept_by_its_stand_in() {
    let mut nodes = nodes();
    nodes[2].cached = false;
    nodes[3].cached = false;
    let mut world = World::new(nodes, ROOMY);
    world.write(0, "same");
    world.write(1, "same");
    world.ask(d1(), &[2]);
    world.ask(Owner::Strategy, &[3]);
    world.finish_all();
    world.release(&d1());
    world.release_all_but(&Owner::Strategy, &[3]);
    assert_eq!(world.owners(2), [Owner::Strategy]);
    world.release_all_but(&Owner::Strategy, &[]);
    assert!(!world.is_resident(2));
    let owner = Owner::Strategy;
    assert_eq!(world.release_causes(2), [ReleaseCause::LastOwner { owner }]);
}
