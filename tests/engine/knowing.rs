//! Facts, which are known by stamps, and what more becomes known of the same keys on the way.

use lazydebugger::engine::{Limits, Recheck};
use lazydebugger::vocabulary::{Lookup, MissReason, Owner, ResourceName};

use crate::toy::{Node, ROOMY, d1, d2, fact_of, file, name, node};
use crate::world::World;

fn lesson(world: &World, teach: impl FnOnce(&mut Vec<Node>)) -> Vec<Node> {
    let mut nodes = world.toy.nodes.clone();
    teach(&mut nodes);
    nodes
}

/// 1 is a fact of the file of 0, and 2 is made with it.
fn with_fact() -> World {
    World::new(vec![node(&[]), fact_of(0), node(&[1]).cached()], ROOMY)
}

#[test]
fn a_fact_is_kept_by_the_session_and_its_file_is_not_read() {
    let mut world = with_fact();
    let ticket = world.ask(d1(), &[2]);
    world.finish_all();
    assert!(world.is_ready(ticket));
    world.release(&d1());
    world.clear_all();
    assert_eq!(world.owners(1), [Owner::Session]);
    assert_eq!(world.starts(file(0)), 0);
}

#[test]
fn a_fact_is_looked_up_again_when_its_file_looks_otherwise_and_changes_nothing_else() {
    let mut world = with_fact();
    world.ask(d1(), &[2]);
    world.finish_all();
    let digest = world.record(2).digest;
    world.write(0, "new");
    let ticket = world.ask(d2(), &[2, 1]);
    world.finish_all();
    assert!(world.is_ready(ticket));
    assert_eq!([1, 2].map(|key| world.loads(key)), [2, 1]);
    assert_eq!(
        world.last_miss(1),
        MissReason::InputChanged { part: name(1) }
    );
    assert!(matches!(world.last_lookup(2), Lookup::Hit { .. }));
    assert_eq!(world.record(2).digest, digest);
    assert_eq!(world.owners(1), [d2(), Owner::Session]);
}

#[test]
fn what_is_made_with_a_fact_has_the_same_id_whatever_the_file_looks_like() {
    let ids = ["one", "two"].map(|text| {
        let mut world = with_fact();
        world.write(0, text);
        world.ask(d1(), &[2]);
        world.finish_all();
        [1, 2].map(|key| world.record(key).digest)
    });
    assert_ne!(ids[0][0], ids[1][0]);
    assert_eq!(ids[0][1], ids[1][1]);
}

#[test]
fn a_fact_that_is_heard_to_have_changed_is_out_of_date_alone() {
    let mut world = with_fact();
    world.ask(Owner::User, &[1, 2]);
    world.finish_all();
    assert_eq!(world.hear_of(0), Recheck::Same);
    world.write(0, "new");
    assert_eq!(world.hear_of(0), Recheck::Changed);
    assert_eq!([1, 2].map(|key| world.is_stale(key)), [true, false]);
    assert!(!world.engine.is_loading(), "nothing is loaded unasked");
}

#[test]
fn once_the_whole_file_is_known_a_fact_stays_while_that_holds_the_same() {
    let nodes = vec![node(&[]).with_file(), fact_of(0), node(&[0, 1]).cached()];
    let mut world = World::new(nodes, ROOMY);
    world.write(0, "same");
    world.ask(Owner::User, &[1, 2]);
    world.finish_all();
    world.write(0, "same");
    world.ask(d1(), &[1, 2]);
    world.finish_all();
    assert_eq!([0, 1, 2].map(|key| world.loads(key)), [1, 1, 1]);
    world.write(0, "other");
    world.ask(d1(), &[1, 2]);
    world.finish_all();
    assert_eq!([0, 1, 2].map(|key| world.loads(key)), [2, 2, 2]);
}

#[test]
fn a_fact_that_changes_while_it_is_looked_up_is_looked_up_again() {
    let mut world = with_fact();
    let first = world.ask(d1(), &[1]);
    world.compute(0);
    world.write(0, "new");
    let second = world.ask(d2(), &[1]);
    world.finish(0, false);
    world.finish_all();
    assert_eq!(world.hashes(first), world.hashes(second));
    assert_eq!(world.loads(1), 1);
}

#[test]
fn a_load_that_waits_with_a_fact_waits_for_the_new_one() {
    // 2 has its fact and waits for 3 when the fact's file looks otherwise.
    let nodes = vec![node(&[]), fact_of(0), node(&[1, 3]), node(&[])];
    let mut world = World::new(nodes, ROOMY);
    world.ask(Owner::User, &[1]);
    world.finish_all();
    let first = world.ask(d1(), &[2]);
    assert_eq!(world.running(), [3]);
    world.write(0, "new");
    let second = world.ask(d2(), &[1]);
    assert_eq!(world.running(), [3, 1]);
    world.finish_key(3);
    assert_eq!(world.running(), [1]);
    world.finish_all();
    assert!(world.is_ready(second));
    assert!(world.is_ready(first), "{:?}", world.answers);
}

#[test]
fn a_file_in_which_a_fact_is_looked_up_may_be_gone_for_a_moment() {
    let mut world = with_fact();
    world.ask(d1(), &[1]);
    world.finish_all();
    world.delete(0);
    let fails = world.ask(d2(), &[1]);
    world.finish_all();
    assert_eq!(world.failure(fails).chain, [name(1)]);
    world.write(0, "back");
    let again = world.ask(d2(), &[1]);
    world.finish_all();
    assert!(world.is_ready(again));
    assert_eq!(world.owners(1), [d2(), Owner::Session]);
}

// What becomes known on the way.

#[test]
fn what_is_there_is_looked_at_again_when_it_is_next_asked_for() {
    let mut world = World::new(vec![node(&[]), node(&[0]).cached()], ROOMY);
    world.ask(d1(), &[1]);
    world.finish_all();
    world.learn(lesson(&world, |nodes| nodes[0].known = 1));
    assert!(!world.engine.is_loading(), "nothing is loaded unasked");
    assert!(world.is_resident(1));
    let ticket = world.ask(d2(), &[1]);
    world.finish_all();
    assert!(world.is_ready(ticket));
    assert_eq!(
        world.last_miss(1),
        MissReason::InputChanged { part: name(0) }
    );
    world.learn(lesson(&world, |nodes| nodes[1].known = 1));
    world.ask(d2(), &[1]);
    let part = ResourceName::from("known");
    assert_eq!(world.last_miss(1), MissReason::InputChanged { part });
    world.finish_all();
}

#[test]
fn what_says_nothing_new_loads_nothing() {
    let mut world = World::new(vec![node(&[]), node(&[0]).cached()], ROOMY);
    let ticket = world.ask(d1(), &[1]);
    world.learn(lesson(&world, |_| ()));
    world.finish_key(0);
    world.learn(lesson(&world, |nodes| nodes[1].estimate = Some(5)));
    world.finish_all();
    assert!(world.is_ready(ticket));
    world.learn(lesson(&world, |_| ()));
    world.ask(d2(), &[1]);
    assert!(matches!(world.last_lookup(1), Lookup::Hit { .. }));
    assert_eq!([0, 1].map(|key| world.starts(key)), [1, 1]);
}

/// 2 is made from 1, and that from 0. The lesson comes when so many of them are there.
fn learn_after(loads: usize, teach: impl FnOnce(&mut Vec<Node>)) -> World {
    let nodes = vec![node(&[]), node(&[0]), node(&[1]).cached()];
    let mut world = World::new(nodes, ROOMY);
    let ticket = world.ask(d1(), &[2]);
    for _ in 0..loads {
        world.finish(0, true);
    }
    world.learn(lesson(&world, teach));
    world.finish(0, false);
    world.finish_all();
    // That the answer is the one by what is known now is checked when it comes.
    assert!(world.is_ready(ticket), "{:?}", world.answers);
    world
}

#[test]
fn a_load_under_way_is_overtaken_by_what_becomes_known() {
    for loads in 0..3 {
        let world = learn_after(loads, |nodes| nodes[loads].known = 7);
        assert_eq!(world.loads(loads), 1);
        assert_eq!(world.starts(loads), 2, "the first was of no use");
        for other in (0..3).filter(|other| *other != loads) {
            assert_eq!(world.starts(other), 1);
        }
    }
}

#[test]
fn a_load_that_waits_is_begun_by_what_became_known() {
    for loads in 0..2 {
        let world = learn_after(loads, |nodes| nodes[2].known = 7);
        assert_eq!([0, 1, 2].map(|key| world.starts(key)), [1, 1, 1]);
    }
}

#[test]
fn what_is_made_from_something_else_waits_for_that() {
    let world = learn_after(1, |nodes| {
        nodes[1].inputs = Vec::new();
        nodes[2].inputs = vec![0, 1];
    });
    assert_eq!(world.loads(0), 1, "the load of 1 had it still");
}

#[test]
fn what_is_no_longer_needed_fails_nothing() {
    let nodes = vec![node(&[]), node(&[]), node(&[0])];
    let mut world = World::new(nodes, ROOMY);
    world.fail_loads_of(0, true);
    let ticket = world.ask(d1(), &[2]);
    world.learn(lesson(&world, |nodes| nodes[2].inputs = vec![1]));
    world.finish_all();
    assert!(world.is_ready(ticket), "{:?}", world.answers);
    assert!(!world.is_resident(0));
}

#[test]
fn a_fact_that_is_no_longer_needed_fails_nothing() {
    // What is made with a fact has the same id without it.
    let mut world = with_fact();
    world.fail_loads_of(1, true);
    let ticket = world.ask(d1(), &[2]);
    assert_eq!(world.running(), [1]);
    world.learn(lesson(&world, |nodes| nodes[2].inputs = Vec::new()));
    world.finish_all();
    assert!(world.is_ready(ticket), "{:?}", world.answers);
}

#[test]
fn an_old_error_is_none_of_what_is_known_now() {
    let mut world = World::new(vec![node(&[])], ROOMY);
    world.fail_loads_of(0, true);
    let ticket = world.ask(d1(), &[0]);
    world.compute(0);
    world.fail_loads_of(0, false);
    world.learn(lesson(&world, |nodes| nodes[0].known = 7));
    world.finish_all();
    assert!(world.is_ready(ticket), "{:?}", world.answers);
}

#[test]
fn a_load_that_nobody_has_begun_is_begun_by_what_is_known() {
    // With the answer to the first comes the start of 2, and the lesson in between: 2 is not given
    // what it was to be made from before.
    let nodes = vec![node(&[]), node(&[2]), node(&[])];
    let mut world = World::new(nodes, Limits { lanes: 1, ..ROOMY });
    let first = world.ask(d1(), &[0]);
    let second = world.ask(d2(), &[1]);
    world.lesson = Some(lesson(&world, |nodes| {
        nodes[2] = node(&[0]).known(1);
    }));
    world.finish_key(0);
    assert_eq!(world.running(), [2]);
    assert_eq!(world.running[0].load.inputs.len(), 1);
    world.finish_all();
    assert!(world.is_ready(first) && world.is_ready(second));
}

#[test]
fn a_fact_more_is_an_input_more_of_what_nobody_has_begun() {
    let nodes = vec![node(&[]), fact_of(0), node(&[3]), node(&[])];
    let mut world = World::new(nodes, ROOMY);
    world.ask(Owner::User, &[1]);
    world.finish_all();
    let ticket = world.ask(d1(), &[2]);
    world.learn(lesson(&world, |nodes| nodes[2].inputs = vec![3, 1]));
    world.finish_key(3);
    assert_eq!(world.running[0].load.inputs.len(), 2);
    world.finish_all();
    assert!(world.is_ready(ticket));
}

#[test]
fn other_files_are_looked_at_when_others_are_behind_it() {
    let nodes = vec![
        node(&[]).with_file(),
        node(&[0]).with_file(),
        node(&[]).with_file(),
    ];
    let mut world = World::new(nodes, ROOMY);
    world.ask(Owner::User, &[2]);
    world.finish_all();
    world.write(2, "newer");
    world.looks_late = true;
    let ticket = world.ask_only(d1(), &[1]);
    world.learn(lesson(&world, |nodes| nodes[1].inputs = vec![2]));
    assert!(world.look(0));
    assert!(world.look(0), "at what it was not known to be made from");
    world.finish_all();
    assert!(world.is_ready(ticket));
    assert_eq!(world.files.whole(2), "newer");
    assert_eq!(world.starts(0), 0);
}

#[test]
fn a_fact_in_a_file_that_nobody_has_looked_at_is_no_error() {
    let nodes = vec![node(&[]), node(&[]).with_file(), fact_of(1)];
    let mut world = World::new(nodes, ROOMY);
    let ticket = world.ask(d1(), &[0]);
    world.learn(lesson(&world, |nodes| nodes[0].inputs = vec![2, 1]));
    world.finish_all();
    assert!(world.is_ready(ticket), "{:?}", world.answers);
}

#[test]
fn what_becomes_the_same_is_loaded_once() {
    let mut world = World::new(vec![node(&[]), node(&[]), node(&[1])], ROOMY);
    let (first, second) = (world.ask(d1(), &[0]), world.ask(d2(), &[2]));
    world.learn(lesson(&world, |nodes| nodes[1].like = Some(0)));
    world.finish_all();
    assert!(world.is_ready(first) && world.is_ready(second));
    assert_eq!(world.loads(0) + world.loads(1), 1);
}

#[test]
fn a_memory_budget_is_kept_by_what_is_known() {
    let limits = Limits {
        memory_budget: Some(30),
        ..ROOMY
    };
    let mut world = World::new(vec![node(&[]).bytes(50), node(&[0])], limits);
    world.learn(lesson(&world, |nodes| nodes[0].bytes = 5));
    let ticket = world.ask(d1(), &[1]);
    world.finish_all();
    assert!(world.is_ready(ticket), "{:?}", world.answers);
}
