//! What waiting owners expect: it stays for them once it is there, and is loaded by nobody else.

use lazydebugger::engine::Limits;
use lazydebugger::vocabulary::{Lookup, MissReason, Owner};

use crate::toy::{ROOMY, d1, d2, name, node};
use crate::world::World;

#[test]
fn what_is_expected_stays_for_who_comes_next_and_is_loaded_once() {
    // 1 is made from 0; 0 goes when nobody needs it.
    let mut world = World::new(vec![node(&[]), node(&[0]), node(&[0])], ROOMY);
    world.expect(&d2(), &[0, 2]);
    assert!(!world.engine.is_loading(), "expecting loads nothing");
    let first = world.ask(d1(), &[1]);
    world.finish_all();
    assert!(world.is_ready(first));
    assert_eq!(world.owners(0), [d2()]);
    world.release(&d1());
    let next = world.ask(d2(), &[2]);
    assert!(matches!(world.last_lookup(0), Lookup::Hit { .. }));
    assert_eq!(world.owners(0), [Owner::Load { load: name(2) }]);
    world.finish_all();
    assert!(world.is_ready(next));
    assert_eq!((world.starts(0), world.is_resident(0)), (1, false));
}

#[test]
fn what_is_there_already_is_held_at_once() {
    let mut world = World::new(vec![node(&[])], ROOMY);
    world.ask(d1(), &[0]);
    world.finish_all();
    world.expect(&d2(), &[0]);
    world.release(&d1());
    assert_eq!(world.owners(0), [d2()]);
    world.release(&d2());
    assert!(!world.is_resident(0));
}

#[test]
fn who_has_let_go_expects_nothing_any_more() {
    let mut world = World::new(vec![node(&[]), node(&[0])], ROOMY);
    world.expect(&d2(), &[0]);
    world.release(&d2());
    world.ask(d1(), &[1]);
    world.finish_all();
    assert!(!world.is_resident(0));
}

#[test]
fn the_memory_budget_takes_what_is_only_expected_but_not_what_is_asked_for() {
    let limits = Limits {
        memory_budget: Some(25),
        ..ROOMY
    };
    let mut world = World::new(vec![node(&[]), node(&[]), node(&[])], limits);
    world.expect(&d2(), &[0, 1]);
    world.ask(d1(), &[0]);
    world.finish_all();
    world.release(&d1());
    world.ask(d1(), &[1]);
    world.finish_all();
    world.release(&d1());
    assert!(world.is_resident(0) && world.is_resident(1));
    world.ask(d1(), &[2]);
    world.finish_all();
    assert!(!world.is_resident(0), "given up for 2");
    assert!(world.is_resident(1), "and no more than that");
    world.ask(d2(), &[1, 0]);
    assert!(matches!(world.last_miss(0), MissReason::Evicted { .. }));
}

#[test]
fn what_is_expected_stays_while_the_files_of_the_request_are_read() {
    // 2 is made from 0 and the file 1, which nobody has asked for yet.
    let nodes = vec![node(&[]), node(&[]).with_file(), node(&[0, 1])];
    let mut world = World::new(nodes, ROOMY);
    world.expect(&d2(), &[0, 1, 2]);
    world.ask(d1(), &[0]);
    world.finish_all();
    let next = world.ask_only(d2(), &[2]);
    world.release(&d1());
    assert_eq!(world.owners(0), [d2()]);
    world.finish_all();
    assert!(world.is_ready(next));
    assert_eq!((world.starts(0), world.is_resident(0)), (1, false));
}

#[test]
fn clearing_takes_what_is_only_expected_and_it_is_held_again_when_it_comes_back() {
    let mut world = World::new(vec![node(&[])], ROOMY);
    world.expect(&d2(), &[0]);
    world.ask(d1(), &[0]);
    world.finish_all();
    world.release(&d1());
    world.clear_all();
    assert!(!world.is_resident(0));
    world.ask(d1(), &[0]);
    world.finish_all();
    world.release(&d1());
    assert_eq!(world.owners(0), [d2()]);
    world.unload(0);
    assert!(!world.is_resident(0));
}
