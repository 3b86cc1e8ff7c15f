//! Loading ahead: idle lanes, nobody's room, and out of the way at once.

use lazydebugger::engine::Limits;
use lazydebugger::ledger::ResourceState;
use lazydebugger::vocabulary::{Lookup, Owner};

use crate::toy::{ROOMY, d1, d2, node};
use crate::world::World;

fn ahead(world: &mut World, key: usize) -> u64 {
    world.ask(Owner::Prefetch, &[key])
}

fn within(bytes: u64) -> Limits {
    Limits {
        memory_budget: Some(bytes),
        ..ROOMY
    }
}

#[test]
fn what_was_loaded_ahead_is_there_when_somebody_asks() {
    let mut world = World::new(vec![node(&[]), node(&[0])], ROOMY);
    ahead(&mut world, 1);
    world.finish_all();
    assert_eq!(world.owners(1), [Owner::Prefetch]);
    let unused = world.ledger.prefetch();
    assert_eq!((unused.loads, unused.unused), (2, 1), "its input went");
    let ticket = world.ask(d1(), &[1]);
    assert!(world.is_ready(ticket), "nobody waits");
    let used = world.ledger.prefetch();
    assert_eq!((used.used, used.hidden_seconds), (1, 1.0));
    assert_eq!(used.unused, 0);
}

#[test]
fn a_request_ends_it_at_once() {
    let mut world = World::new(vec![node(&[]), node(&[])], ROOMY);
    ahead(&mut world, 0);
    assert_eq!(world.running(), [0]);
    let ticket = world.ask(d1(), &[1]);
    assert_eq!(world.stopping(), [0]);
    world.finish_all();
    assert!(world.is_ready(ticket));
    assert!(!world.is_resident(0));
    assert_eq!(world.ledger.prefetch().wasted, 1);
}

#[test]
fn what_is_asked_for_meanwhile_goes_on() {
    let mut world = World::new(vec![node(&[]), node(&[0])], ROOMY);
    ahead(&mut world, 0);
    let ticket = world.ask(d1(), &[1]);
    assert_eq!(world.stopping(), [0; 0]);
    assert_eq!(world.last_lookup(0), Lookup::Coalesced);
    world.finish_all();
    assert!(world.is_ready(ticket));
    assert_eq!(world.starts(0), 1);
    let figures = world.ledger.prefetch();
    assert_eq!((figures.used, figures.wasted), (1, 0));
    assert!(figures.hidden_seconds > 0.0);
}

#[test]
fn it_waits_for_those_who_are_asked_for() {
    let lanes = Limits { lanes: 2, ..ROOMY };
    let nodes = vec![node(&[]).class(1), node(&[]).class(1), node(&[])];
    let mut world = World::new(nodes, lanes);
    world.ask(d1(), &[0]);
    world.ask(d2(), &[1]);
    // A lane is idle, and 1 waits for 0 to end; 2 would be in its way.
    ahead(&mut world, 2);
    assert_eq!(world.running(), [0]);
    world.finish_key(0);
    assert_eq!(world.running(), [1]);
    world.finish_key(1);
    assert_eq!(world.running(), [2]);
    world.finish_all();
    assert!(world.is_resident(2));
}

#[test]
fn it_goes_first_when_there_is_need_for_room() {
    let nodes = vec![node(&[]).cached(), node(&[]), node(&[]).bytes(15)];
    let mut world = World::new(nodes, within(30));
    world.ask(d1(), &[0]);
    world.finish_all();
    world.release(&d1());
    ahead(&mut world, 1);
    world.finish_all();
    world.ask(d1(), &[2]);
    world.finish_all();
    let there = (0..3).filter(|key| world.is_resident(*key));
    assert_eq!(there.collect::<Vec<_>>(), [0, 2]);
    let figures = world.ledger.prefetch();
    assert_eq!((figures.wasted, figures.wasted_bytes), (1, 10));
}

#[test]
fn it_takes_no_room_that_the_selection_uses() {
    let nodes = vec![node(&[]).cached(), node(&[]).bytes(25)];
    let mut world = World::new(nodes, within(30));
    world.ask(d1(), &[0]);
    world.finish_all();
    world.release(&d1());
    world.protect(vec![0]);
    assert_eq!(world.engine.would_go_for(&1), None);
    ahead(&mut world, 1);
    world.finish_all();
    assert!(world.is_resident(0) && !world.is_resident(1));
    assert_eq!(world.starts(1), 0);
    assert_eq!(world.state(1), ResourceState::Cancelled);
    world.protect(Vec::new());
    assert_eq!(world.engine.would_go_for(&1), Some(vec![0]));
    ahead(&mut world, 1);
    world.finish_all();
    assert!(!world.is_resident(0) && world.is_resident(1));
}

#[test]
fn the_cache_is_offered_it_when_somebody_uses_it() {
    let one = Limits {
        cache_entries: 1,
        ..ROOMY
    };
    let mut world = World::new(vec![node(&[]).cached(), node(&[]).cached()], one);
    world.ask(d1(), &[0]);
    world.finish_all();
    world.release(&d1());
    ahead(&mut world, 1);
    world.finish_all();
    assert_eq!(world.owners(0), [Owner::Cache], "nothing has gone for it");
    assert_eq!(world.owners(1), [Owner::Prefetch]);
    world.ask(d2(), &[1]);
    assert!(!world.is_resident(0));
    assert!(world.owners(1).contains(&Owner::Cache));
}

#[test]
fn what_came_in_spite_of_its_end_is_not_kept() {
    let mut world = World::new(vec![node(&[]).cached(), node(&[])], ROOMY);
    ahead(&mut world, 0);
    world.ask(d1(), &[1]);
    // It did not hear that it should stop.
    assert!(world.finish(0, false));
    world.finish_all();
    assert!(!world.is_resident(0));
}
