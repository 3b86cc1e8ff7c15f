//! One unlucky moment a test.

use lazydebugger::engine::{Limits, LoadError};
use lazydebugger::event::EventKind;
use lazydebugger::ledger::{ResourceState, SpanEnd};
use lazydebugger::vocabulary::{Lookup, MissReason, Owner, Problem, ReleaseCause};

use crate::toy::{ROOMY, d1, d2, file, name, node};
use crate::world::{Answer, World};

const ONE_LANE: Limits = Limits { lanes: 1, ..ROOMY };

#[test]
fn an_input_of_a_queued_load_survives_eviction_unload_and_clear() {
    // 1 and 2 are made from 0; the cache has room for one entry, and only one lane works.
    let nodes = vec![node(&[]).cached(), node(&[]).cached(), node(&[0])];
    let limits = Limits {
        cache_entries: 1,
        ..ONE_LANE
    };
    let mut world = World::new(nodes, limits);
    world.ask(d1(), &[0]);
    world.finish_key(0);
    world.release(&d1());
    let busy = world.ask(d1(), &[1]);
    let queued = world.ask(d2(), &[2]);
    assert_eq!(world.running(), [1]);
    assert_eq!(world.state(2), ResourceState::Queued);

    world.finish_key(1);
    assert!(world.is_ready(busy));
    assert!(!world.owners(0).contains(&Owner::Cache), "evicted for 1");
    world.unload(0);
    world.clear_all();
    assert_eq!(world.owners(0), [Owner::Load { load: name(2) }]);

    world.finish_all();
    assert!(world.is_ready(queued));
    assert_eq!(world.starts(0), 1, "it was never loaded again");
    assert!(!world.is_resident(0), "the pin ends with the load");
    assert!(matches!(
        world.release_causes(0)[..],
        [ReleaseCause::LastOwner {
            owner: Owner::Load { .. }
        }]
    ));
}

#[test]
fn a_clear_during_a_load_does_not_touch_it() {
    let mut world = World::new(vec![node(&[]).cached()], ROOMY);
    let ticket = world.ask(d1(), &[0]);
    world.clear_cache();
    world.clear_all();
    world.unload(0);
    world.finish_key(0);
    assert!(world.is_ready(ticket));
    assert_eq!(world.owners(0), [Owner::Cache, d1()]);
}

#[test]
fn one_of_two_requesters_may_leave() {
    let mut world = World::new(vec![node(&[])], ROOMY);
    let leaves = world.ask(d1(), &[0]);
    let stays = world.ask(d2(), &[0]);
    assert_eq!(world.last_lookup(0), Lookup::Coalesced);
    world.cancel(leaves);
    world.finish_key(0);
    assert!(world.is_ready(stays));
    assert!(!world.answers.contains_key(&leaves));
    assert_eq!(world.owners(0), [d2()]);
    assert_eq!(world.loads(0), 1);
}

#[test]
fn when_all_requesters_leave_the_load_is_stopped() {
    for obeys in [true, false] {
        let mut world = World::new(vec![node(&[]), node(&[0])], ROOMY);
        let tickets = [world.ask(d1(), &[1]), world.ask(d2(), &[1])];
        for ticket in tickets {
            world.cancel(ticket);
        }
        assert_eq!(world.state(1), ResourceState::Cancelled, "it never began");
        assert_eq!(world.stopping(), [0], "it stops at its next chunk");
        assert!(world.engine.is_loading());
        world.finish(0, obeys);
        assert_eq!(world.state(0), ResourceState::Cancelled);
        assert!(!world.is_resident(0));
        world.finish_all();
        assert!(world.answers.is_empty());
        let again = world.ask(d1(), &[1]);
        assert_eq!(world.last_miss(0), MissReason::RetryAfterError);
        world.finish_all();
        assert!(world.is_ready(again));
    }
}

#[test]
fn a_cancelled_load_that_comes_through_is_kept_only_by_the_cache() {
    let mut world = World::new(vec![node(&[]).cached()], ROOMY);
    let ticket = world.ask(d1(), &[0]);
    world.cancel(ticket);
    world.finish(0, false);
    assert_eq!(world.owners(0), [Owner::Cache]);
    world.ask(d2(), &[0]);
    assert!(matches!(world.last_lookup(0), Lookup::Hit { .. }));
}

#[test]
fn a_cancel_after_the_answer_changes_nothing() {
    let mut world = World::new(vec![node(&[])], ROOMY);
    let ticket = world.ask(d1(), &[0]);
    world.finish_all();
    world.cancel(ticket);
    world.cancel(99);
    assert!(world.is_ready(ticket));
    assert_eq!(world.owners(0), [d1()]);
}

#[test]
fn a_cancel_before_the_files_are_known_loads_nothing() {
    let mut world = World::new(vec![node(&[]).with_file()], ROOMY);
    let ticket = world.ask_only(d1(), &[0]);
    world.cancel(ticket);
    assert_eq!(world.stopping(), [file(0)]);
    world.finish_all();
    assert_eq!(world.starts(0), 0);
    assert!(world.ledger.lookups.iter().all(|l| l.name != name(0)));
    assert!(!world.is_resident(file(0)), "nobody needs what it holds");
}

#[test]
fn asking_again_for_a_cancelled_load_gets_a_new_one() {
    let mut world = World::new(vec![node(&[]).class(1)], Limits { lanes: 2, ..ROOMY });
    let first = world.ask(d1(), &[0]);
    world.cancel(first);
    let second = world.ask(d1(), &[0]);
    assert_eq!(world.last_miss(0), MissReason::RetryAfterError);
    assert_eq!(
        world.running(),
        [0],
        "the class is busy until the old one stops"
    );
    // Whatever the old one brings, nobody takes it.
    world.finish(0, false);
    assert!(!world.is_ready(second));
    assert_eq!(world.running(), [0]);
    world.finish(0, true);
    assert!(world.is_ready(second));
    assert_eq!(world.loads(0), 1);
    let ends: Vec<SpanEnd> = world
        .ledger
        .spans
        .iter()
        .filter_map(|s| s.ended.map(|e| e.1))
        .collect();
    assert_eq!(
        ends,
        [SpanEnd::Cancelled, SpanEnd::Finished],
        "no bar without an end"
    );
}

#[test]
fn a_failing_input_fails_all_who_wait_with_their_chain() {
    // 3 needs 1 and 2; both need 0. Somebody else only wants 4.
    let nodes = vec![node(&[]), node(&[0]), node(&[0]), node(&[1, 2]), node(&[])];
    let mut world = World::new(nodes, ROOMY);
    world.fail_loads_of(0, true);
    let (top, middle) = (world.ask(d1(), &[4, 3]), world.ask(d2(), &[1]));
    let other = world.ask(Owner::User, &[4]);
    world.finish_key(0);
    assert_eq!(
        world.failure_in_words(top),
        "boom (while loading toy:3 -> toy:1 -> toy:0)"
    );
    assert_eq!(
        world.failure_in_words(middle),
        "boom (while loading toy:1 -> toy:0)"
    );
    assert_eq!(world.state(0), ResourceState::Failed(Problem::new("boom")));
    assert_eq!(world.state(3), ResourceState::Failed(Problem::new("boom")));
    assert!(!world.state(2).is_under_way());
    world.finish_all();
    assert!(
        world.is_ready(other),
        "an error stays with those who need it"
    );
    assert_eq!(
        world.owners(4),
        [Owner::User],
        "who failed holds nothing new"
    );

    world.fail_loads_of(0, false);
    let again = world.ask(d1(), &[3]);
    assert_eq!(world.last_miss(0), MissReason::RetryAfterError);
    assert_eq!(world.last_miss(3), MissReason::RetryAfterError);
    world.finish_all();
    assert!(world.is_ready(again));
}

#[test]
fn a_failed_request_stops_what_only_it_waited_for() {
    // 3 is made from 1 and 2; 1 fails while 0, 1 and 2 load. Somebody else wants 0 too.
    let nodes = vec![node(&[]), node(&[]), node(&[]), node(&[1, 2])];
    let mut world = World::new(nodes, ROOMY);
    let other = world.ask(d2(), &[0]);
    let fails = world.ask(d1(), &[0, 2, 3]);
    world.fail_loads_of(1, true);
    world.finish_key(1);
    assert_eq!(world.failure(fails).chain, [name(3), name(1)]);
    assert_eq!(world.stopping(), [2]);
    world.finish_all();
    assert!(world.is_ready(other));
    assert_eq!(world.owners(0), [d2()]);
    // Nobody has cancelled it.
    assert_eq!(world.state(2), ResourceState::GivenUp(name(1)));
}

#[test]
fn a_panic_in_a_loader_is_an_error_of_that_load() {
    let mut world = World::new(vec![node(&[])], ROOMY);
    world.toy.panicking.lock().unwrap().insert(0);
    let (one, two) = (world.ask(d1(), &[0]), world.ask(d2(), &[0]));
    world.finish_key(0);
    for ticket in [one, two] {
        let error = &world.failure(ticket).error;
        let problem = Problem::new("internal error: loader of 0 fell over");
        assert_eq!(*error, LoadError::Failed(problem));
    }
    world.toy.panicking.lock().unwrap().clear();
    let again = world.ask(d1(), &[0]);
    world.finish_all();
    assert!(world.is_ready(again));
}

#[test]
fn what_has_arrived_for_a_request_stays_until_the_request_is_answered() {
    let ways: [fn(&mut World); 4] = [
        |w| w.unload(0),
        World::clear_all,
        |w| w.release(&Owner::User),
        |w| w.release_all_but(&Owner::User, &[]),
    ];
    for let_go in ways {
        let mut world = World::new(vec![node(&[]), node(&[])], ROOMY);
        let ticket = world.ask(Owner::User, &[0, 1]);
        world.finish_key(0);
        let_go(&mut world);
        assert!(world.is_resident(0));
        world.finish_key(1);
        assert!(world.is_ready(ticket), "{:?}", world.answers);
        assert_eq!(world.starts(0), 1);
        let_go(&mut world);
        assert!(!world.is_resident(0), "and no longer");
    }
}

#[test]
fn a_key_asked_for_twice_in_one_request_is_answered_twice() {
    let mut world = World::new(vec![node(&[]), node(&[0, 0])], ROOMY);
    let ticket = world.ask(d1(), &[1, 0, 1]);
    world.finish_all();
    let Answer::Ready { hashes, warm } = &world.answers[&ticket] else {
        panic!("{:?}", world.answers);
    };
    assert_eq!((hashes.len(), *warm), (3, false));
    let again = world.ask(d1(), &[1, 0, 1]);
    assert!(matches!(
        world.answers[&again],
        Answer::Ready { warm: true, .. }
    ));
    let nothing = world.ask(d1(), &[]);
    assert!(matches!(
        world.answers[&nothing],
        Answer::Ready { warm: true, .. }
    ));
}

#[test]
fn an_idle_lane_takes_another_class() {
    let nodes = vec![
        node(&[]).class(7),
        node(&[]).class(7),
        node(&[]),
        node(&[]).class(8),
    ];
    let mut world = World::new(nodes, Limits { lanes: 3, ..ROOMY });
    let ticket = world.ask(d1(), &[0, 1, 2, 3]);
    assert_eq!(world.running(), [0, 2, 3]);
    world.finish_key(2);
    assert_eq!(
        world.running(),
        [0, 3],
        "a free lane, but the class is busy"
    );
    world.finish_key(0);
    assert_eq!(world.running(), [3, 1]);
    world.finish_all();
    assert!(world.is_ready(ticket));
}

#[test]
fn one_lane_loads_a_deep_graph() {
    let mut nodes = vec![node(&[])];
    nodes.extend((0..30).map(|input: usize| node(&[input, input.saturating_sub(1)])));
    let mut world = World::new(nodes, ONE_LANE);
    let ticket = world.ask(d1(), &[30, 7]);
    world.finish_all();
    assert!(world.is_ready(ticket));
    let order: Vec<usize> = world
        .ledger
        .spans
        .iter()
        .map(|s| s.name.0[4..].parse().unwrap())
        .collect();
    assert_eq!(order, (0..=30).collect::<Vec<_>>());
    assert_eq!(world.owners(7), [d1()]);
    assert!(!world.is_resident(8), "inputs go when nobody needs them");
    let released = |e: &&EventKind| matches!(e, EventKind::Released { .. });
    assert_eq!(world.events.iter().filter(released).count(), 29);
}
