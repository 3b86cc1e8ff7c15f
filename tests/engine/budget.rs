//! The memory budget: what goes for a load, what waits, and what is refused.

use lazydebugger::engine::{Limits, LoadError};
use lazydebugger::vocabulary::{MissReason, Owner, ReleaseCause};

use crate::toy::{ROOMY, d1, d2, name, node};
use crate::world::World;

const MB: u64 = 1_000_000;

fn budget(bytes: u64) -> Limits {
    Limits {
        memory_budget: Some(bytes),
        ..ROOMY
    }
}

#[test]
fn cached_entries_go_first_and_only_those_whose_memory_goes() {
    // 0 is cached and held, 1 cached only, 2 kept by the strategy.
    let nodes = vec![node(&[]).cached(), node(&[]).cached(), node(&[]), node(&[])];
    let mut world = World::new(nodes, budget(30));
    world.hold(d2(), &[0]);
    world.hold(d1(), &[1]);
    world.release(&d1());
    world.hold(Owner::Strategy, &[2]);
    world.hold(d1(), &[3]);
    assert!(!world.is_resident(1));
    assert_eq!(
        world.owners(0),
        [Owner::Cache, d2()],
        "evicting it frees nothing"
    );
    assert_eq!(
        world.owners(2),
        [Owner::Strategy],
        "there was room without it"
    );
    world.release(&d1());
    world.hold(d1(), &[1]);
    let policy = "quick".to_owned();
    let for_name = name(3);
    assert_eq!(world.last_miss(1), MissReason::Evicted { policy, for_name });
}

#[test]
fn what_only_the_strategy_keeps_goes_next() {
    let nodes = vec![
        node(&[]),
        node(&[]).cached(),
        node(&[]).bytes(20),
        node(&[]).bytes(25),
    ];
    let mut world = World::new(nodes, budget(30));
    world.hold(Owner::Strategy, &[0, 1]);
    world.hold(d1(), &[2]);
    let gone = |world: &World| (0..2).filter(|k| !world.is_resident(*k)).count();
    assert_eq!(gone(&world), 1, "as few as will do");
    world.release(&d1());
    world.hold(d1(), &[3]);
    assert_eq!(gone(&world), 2, "cached and kept by the strategy goes too");
    let evicted = |policy: &str, key| ReleaseCause::Evicted {
        policy: policy.to_owned(),
        for_name: name(key),
    };
    assert_eq!(world.release_causes(0), [evicted("memory budget", 2)]);
    assert_eq!(world.release_causes(1), [evicted("quick", 3)]);
}

#[test]
fn a_load_counts_from_its_start() {
    let nodes = vec![node(&[]).bytes(20), node(&[]).bytes(20), node(&[]).bytes(5)];
    let mut world = World::new(nodes, budget(30));
    let first = world.ask(d1(), &[0]);
    let second = world.ask(d2(), &[1]);
    let third = world.ask(d2(), &[2]);
    assert_eq!(world.running(), [0, 2], "1 waits; what fits may pass it");
    world.finish_key(2);
    world.finish_key(0);
    assert!(world.is_ready(first) && world.is_ready(third));
    // Nothing runs any more, and what is held stays.
    let text = world.failure_in_words(second);
    assert!(
        text.contains(
            "needs about 20 B, but 25 B of the memory budget of 30 B are in use (toy:0 20 B by \
             robustness, toy:2 5 B by fairness): raise the budget, or run fewer dimensions at a time \
             (while loading toy:1)"
        ),
        "{text}"
    );
}

#[test]
fn a_load_waits_for_one_that_will_make_room() {
    // 1 is made from 0, which goes when 1 is there.
    let nodes = vec![
        node(&[]).bytes(20),
        node(&[0]).bytes(5),
        node(&[]).bytes(20),
    ];
    let mut world = World::new(nodes, budget(30));
    let (first, second) = (world.ask(d1(), &[1]), world.ask(d2(), &[2]));
    assert_eq!(world.running(), [0]);
    world.finish_all();
    assert!(
        world.is_ready(first) && world.is_ready(second),
        "{:?}",
        world.answers
    );
}

#[test]
fn a_load_is_not_refused_while_another_that_is_ready_would_make_room() {
    // 1 is made from 0. When the only lane is free, 2 is first in the queue and does not fit, but
    // 1 does, and 0 goes with it.
    let nodes = vec![
        node(&[]).bytes(20),
        node(&[0]).bytes(5),
        node(&[]).bytes(20),
        node(&[]).bytes(1),
    ];
    let mut world = World::new(
        nodes,
        Limits {
            lanes: 1,
            ..budget(30)
        },
    );
    world.hold(d1(), &[0]);
    world.ask(d2(), &[3]);
    let (large, small) = (world.ask(d2(), &[2]), world.ask(Owner::User, &[1]));
    world.release(&d1());
    assert_eq!(world.owners(0), [Owner::Load { load: name(1) }]);
    world.finish_key(3);
    assert_eq!(world.running(), [1]);
    world.finish_all();
    assert!(
        world.is_ready(small) && world.is_ready(large),
        "{:?}",
        world.answers
    );
}

#[test]
fn what_can_never_fit_is_refused_at_once_and_evicts_nothing() {
    let nodes = vec![node(&[]).cached().bytes(MB), node(&[]).bytes(2_500 * MB)];
    let mut world = World::new(nodes, budget(2_000 * MB));
    world.hold(d1(), &[0]);
    world.release(&d1());
    let ticket = world.ask(d1(), &[1]);
    assert_eq!(
        world.failure_in_words(ticket),
        "needs about 2.5 GB, more than the whole memory budget of 2.0 GB: raise the budget (while \
         loading toy:1)"
    );
    assert!(world.is_resident(0));
}

#[test]
fn nothing_is_given_up_for_a_load_that_does_not_fit_anyway() {
    let nodes = vec![
        node(&[]).cached(),
        node(&[]),
        node(&[]).bytes(15),
        node(&[]).bytes(26),
    ];
    let mut world = World::new(nodes, budget(40));
    world.hold(d1(), &[0]);
    world.release(&d1());
    world.hold(Owner::Strategy, &[1]);
    world.hold(d1(), &[2]);
    let ticket = world.ask(d2(), &[3]);
    let text = world.failure_in_words(ticket);
    assert!(
        text.contains("15 B of the memory budget of 40 B are in use"),
        "{text}"
    );
    assert!(world.is_resident(0) && world.is_resident(1));
}

#[test]
fn the_strategys_own_request_keeps_what_has_arrived_for_it() {
    let nodes = vec![node(&[]).bytes(20), node(&[]).bytes(20)];
    let mut world = World::new(
        nodes,
        Limits {
            lanes: 1,
            ..budget(30)
        },
    );
    let ticket = world.ask(Owner::Strategy, &[0, 1]);
    world.finish_all();
    let text = world.failure_in_words(ticket);
    assert!(text.contains("needs about 20 B, but 20 B of"), "{text}");
    // Now it is only kept, and goes for somebody who needs the room.
    assert_eq!(world.owners(0), [Owner::Strategy]);
    world.hold(d1(), &[1]);
    assert!(!world.is_resident(0));
}

#[test]
fn room_that_is_given_back_is_used_at_once() {
    // 0 runs all the time, so that 2 waits instead of being refused.
    let nodes = vec![node(&[]).bytes(5), node(&[]).bytes(20), node(&[]).bytes(20)];
    let ways: [fn(&mut World); 4] = [
        |w| w.release(&Owner::User),
        |w| w.release_all_but(&Owner::User, &[]),
        |w| w.unload(1),
        World::clear_all,
    ];
    for let_go in ways {
        let mut world = World::new(nodes.clone(), budget(30));
        world.hold(Owner::User, &[1]);
        world.ask(d1(), &[0]);
        let waits = world.ask(d2(), &[2]);
        assert_eq!(world.running(), [0]);
        let_go(&mut world);
        assert_eq!(world.running(), [0, 2]);
        world.finish_all();
        assert!(world.is_ready(waits));
    }
}

#[test]
fn what_became_larger_than_it_was_thought_to_be_is_refused_with_what_it_takes() {
    let nodes = vec![node(&[]).bytes(20), node(&[]).bytes(15).estimate(5)];
    let mut world = World::new(nodes, budget(30));
    world.hold(d1(), &[0]);
    let ticket = world.ask(d2(), &[1]);
    assert_eq!(world.running(), [1]);
    world.finish_all();
    let text = world.failure_in_words(ticket);
    assert!(
        text.starts_with(
            "takes 15 B, but 20 B of the memory budget of 30 B are in use (toy:0 20 B by \
             robustness): raise"
        ),
        "{text}"
    );
    assert!(!world.is_resident(1) && world.owners(0) == [d1()]);
}

#[test]
fn what_became_larger_takes_the_room_of_what_is_spare() {
    let nodes = vec![
        node(&[]).cached(),
        node(&[]),
        node(&[]).bytes(25).estimate(5),
    ];
    let mut world = World::new(nodes, budget(30));
    world.hold(d1(), &[0]);
    world.release(&d1());
    world.hold(Owner::Strategy, &[1]);
    world.hold(d1(), &[2]);
    assert!(!world.is_resident(0) && !world.is_resident(1));
}

#[test]
fn who_takes_over_is_not_refused_for_what_is_about_to_be_let_go() {
    // Both need 0; with 1 there is no room for 2.
    let nodes = vec![node(&[]), node(&[]).bytes(15), node(&[]).bytes(15)];
    let mut world = World::new(nodes, budget(30));
    world.hold(d1(), &[0, 1]);
    let next = world.hand_over(&d1(), d2(), &[0, 2]);
    assert_eq!(world.running(), [2]);
    world.finish_all();
    assert!(world.is_ready(next));
    assert_eq!(world.loads(0), 1, "what both need stays");
}

#[test]
fn an_unknown_size_is_not_refused() {
    let nodes = vec![node(&[]).bytes(20), node(&[]).bytes(5).estimate(0)];
    let mut world = World::new(nodes, budget(30));
    world.hold(d1(), &[0]);
    world.hold(d2(), &[1]);
    assert_eq!(world.engine.resident_bytes(), 25);
}

#[test]
fn what_a_computation_works_with_is_in_use_until_it_is_over() {
    // 0 is held, 1 cached only.
    let nodes = vec![node(&[]), node(&[]).cached(), node(&[])];
    let mut world = World::new(nodes, budget(30));
    world.hold(d2(), &[1]);
    world.release(&d2());
    world.hold(d1(), &[0]);
    let refused = world.work_with(21).unwrap_err();
    let LoadError::NoRoom(no_room) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!((no_room.needed_bytes, no_room.used_bytes), (21, 10));
    world.work_with(15).unwrap();
    assert!(!world.is_resident(1), "what is spare makes room");
    assert_eq!(world.engine.working_bytes(), 15);
    let ticket = world.ask(d1(), &[2]);
    world.finish_all();
    assert!(!world.is_ready(ticket), "there is room for 5 more");
    world.computed();
    world.hold(d1(), &[2]);
    assert_eq!(world.engine.working_bytes(), 0);
}
