//! Loads that pass over the same are made in one pass, and are otherwise loads like all others.

use lazydebugger::engine::{Limits, LoadError};
use lazydebugger::ledger::ResourceState;
use lazydebugger::vocabulary::Owner;

use crate::toy::{Node, ROOMY, d1, d2, name, node};
use crate::world::World;

const ONE_LANE: Limits = Limits { lanes: 1, ..ROOMY };

/// 0 is a table; 1, 2 and 3 pass over it; 4 is made from it by itself.
fn nodes() -> Vec<Node> {
    let passing = || node(&[0]).cached().passing_over(7);
    vec![node(&[]), passing(), passing(), passing(), node(&[0])]
}

#[test]
fn one_lane_takes_all_that_pass_over_the_same() {
    let mut world = World::new(nodes(), ONE_LANE);
    let ticket = world.ask(d1(), &[1, 4, 2, 3]);
    world.finish_key(0);
    assert_eq!(world.running(), [1, 2, 3]);
    assert_eq!(
        world.state(4),
        ResourceState::Queued,
        "it has no part in it"
    );
    world.finish_key(2);
    world.finish_key(1);
    assert_eq!(
        world.running(),
        [3],
        "the lane is free with the last of them"
    );
    world.finish_key(3);
    assert_eq!(world.running(), [4]);
    world.finish_all();
    assert!(world.is_ready(ticket));
    for key in 1..=4 {
        assert_eq!(world.starts(key), 1);
    }
}

#[test]
fn what_comes_later_has_a_pass_of_its_own() {
    let mut world = World::new(nodes(), ONE_LANE);
    let first = world.ask(d1(), &[1, 2]);
    world.finish_key(0);
    let second = world.ask(d2(), &[2, 3]);
    assert_eq!(world.running(), [1, 2], "they have begun");
    world.finish_key(2);
    world.finish_key(1);
    assert!(world.is_ready(first));
    assert_eq!(world.running(), [3]);
    world.finish_all();
    assert!(world.is_ready(second));
    assert_eq!(world.starts(2), 1, "two wait for it");
}

#[test]
fn one_of_a_pass_is_stopped_and_the_others_go_on() {
    let mut world = World::new(nodes(), ONE_LANE);
    let given_up = world.ask(d1(), &[1]);
    let kept = world.ask(d2(), &[2, 3]);
    world.finish_key(0);
    world.cancel(given_up);
    assert_eq!(world.stopping(), [1]);
    let again = world.ask(d1(), &[1]);
    world.finish_all();
    assert!(world.is_ready(kept));
    assert!(world.is_ready(again));
    assert_eq!(
        (world.starts(1), world.starts(2), world.starts(3)),
        (2, 1, 1)
    );
}

#[test]
fn one_of_a_pass_fails_for_itself() {
    let mut world = World::new(nodes(), ONE_LANE);
    world.fail_loads_of(2, true);
    let failing = world.ask(d1(), &[2]);
    let fine = world.ask(d2(), &[1, 3]);
    world.finish_all();
    assert!(world.is_ready(fine));
    let failure = world.failure(failing);
    assert_eq!(failure.chain, [name(2)]);
    assert!(matches!(failure.error, LoadError::Failed(_)));
}

#[test]
fn as_many_go_as_there_is_room_for() {
    let limits = Limits {
        memory_budget: Some(35),
        ..ROOMY
    };
    let mut world = World::new(nodes(), limits);
    // Ten bytes each, and the table has to stay as long as one of them is to be made.
    let ticket = world.ask(d1(), &[1]);
    let others = [world.ask(d2(), &[2]), world.ask(Owner::User, &[3])];
    world.finish_key(0);
    assert_eq!(world.running(), [1, 2], "there is no room for a third one");
    world.finish_all();
    assert!(world.is_ready(ticket));
    assert!(others.iter().any(|other| world.is_ready(*other)));
}
