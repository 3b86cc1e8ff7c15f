//! A run played through in no time does what the engine does.

use std::collections::HashMap;
use std::sync::Arc;

use lazydebugger::engine::plan::Plan;
use lazydebugger::engine::simulate::{Player, Rehearsal, Simulated, critical_path};
use lazydebugger::engine::{Limits, LoadError, LoadFailure};
use lazydebugger::event::EventKind;
use lazydebugger::vocabulary::{Client, Owner};

use crate::toy::{Node, ROOMY, Toy, d1, d2, key_named, name, node};
use crate::world::World;

const LANES_2: Limits = Limits { lanes: 2, ..ROOMY };

/// 0 a table, 1 a model, 2 and 3 predictions of it (never at the same time), 4 another table.
fn nodes() -> Vec<Node> {
    vec![
        node(&[]),
        node(&[]),
        node(&[1, 0]).cached().class(0),
        node(&[1, 4]).cached().class(0),
        node(&[]),
    ]
}

/// Who asks for what, by name.
fn clients(asked: &[(&str, Vec<usize>)]) -> Vec<Player<usize>> {
    let clients = asked.iter().map(|(name, keys)| Player {
        client: Client::from(*name),
        keys: keys.clone(),
        computing_bytes: 0,
    });
    clients.collect()
}

const SECONDS: [f64; 5] = [1.0, 4.0, 2.0, 1.0, 2.0];

fn played(first: &[usize], asked: &[(&str, Vec<usize>)], limits: Limits) -> Simulated<usize> {
    let toy = Arc::new(Toy::new(nodes()));
    let rehearsal = Rehearsal::of(toy, limits, &[]);
    rehearsal.simulate(first, &clients(asked), &|key| SECONDS[*key])
}

/// Key, worker, start and end of every load.
fn told(played: &Simulated<usize>) -> Vec<(usize, usize, f64, f64)> {
    let loads = played.loads.iter();
    loads.map(|l| (l.key, l.worker, l.start, l.end)).collect()
}

#[test]
fn loads_go_side_by_side_and_wait_for_their_inputs() {
    let played = played(&[0, 1, 4], &[("fairness", vec![2, 3])], LANES_2);
    assert_eq!(
        told(&played),
        [
            (0, 0, 0.0, 1.0),
            (1, 1, 0.0, 4.0),
            (4, 0, 1.0, 3.0),
            (2, 0, 4.0, 6.0),
            (3, 0, 6.0, 7.0),
        ]
    );
    assert_eq!((played.setup_seconds, played.seconds), (4.0, 7.0));
    let asked: Vec<_> = played.loads.iter().map(|l| l.asked_by).collect();
    assert_eq!(asked, [None, None, None, Some(0), Some(0)]);
    assert_eq!((played.peak_bytes, played.problems), (50, vec![]));
}

#[test]
fn what_a_later_client_needs_is_kept_for_it() {
    let played = played(
        &[],
        &[("fairness", vec![0, 2]), ("uncertainty", vec![3])],
        LANES_2,
    );
    let keys: Vec<usize> = played.loads.iter().map(|l| l.key).collect();
    assert_eq!(keys, [0, 1, 2, 4, 3], "the model stays after its first use");
}

#[test]
fn what_was_freed_for_want_of_room_is_loaded_again() {
    let asked = [
        ("robustness", vec![4, 0]),
        ("fairness", vec![2]),
        ("uncertainty", vec![3]),
    ];
    let tight = Limits {
        memory_budget: Some(30),
        ..LANES_2
    };
    let played = played(&[], &asked, tight);
    let keys: Vec<usize> = played.loads.iter().map(|l| l.key).collect();
    assert_eq!(keys, [4, 0, 1, 2, 4, 3], "table 4 made room for 2");
    assert_eq!(played.problems, vec![]);
}

#[test]
fn a_budget_that_is_too_small_is_told() {
    let tight = Limits {
        memory_budget: Some(15),
        ..LANES_2
    };
    let played = played(&[], &[("fairness", vec![2])], tight);
    assert_eq!(played.problems.len(), 1);
    let LoadFailure { chain, error } = &played.problems[0];
    assert_eq!(chain[0], name(2));
    assert!(matches!(error, LoadError::NoRoom(_)), "{error:?}");
}

/// The simulation against the engine at work, where every load takes a second and those under way
/// end in the order in which they began.
#[test]
fn the_order_and_the_workers_are_those_of_a_real_run() {
    for lanes in 1..4 {
        let limits = Limits { lanes, ..ROOMY };
        for first in [vec![], vec![0, 1], vec![4, 1, 0, 2]] {
            let mut world = World::new(nodes(), limits);
            world.expect(&d1(), &[0, 1, 2]);
            world.expect(&d2(), &[0, 1, 3, 4]);
            world.ask(Owner::Strategy, &first);
            world.finish_all();
            world.ask(d1(), &[0, 2]);
            world.finish_all();
            world.ask(d2(), &[3, 0]);
            world.release(&d1());
            world.finish_all();
            let started = world.events.iter().filter_map(|event| match event {
                EventKind::LoadStarted { name, worker } => Some((key_named(name)?, *worker)),
                _ => None,
            });
            let asked = clients(&[("robustness", vec![0, 2]), ("fairness", vec![3, 0])]);
            let toy = Arc::new(Toy::new(nodes()));
            let played = Rehearsal::of(toy, limits, &[2, 3]).simulate(&first, &asked, &|_| 1.0);
            let simulated: Vec<_> = played.loads.iter().map(|l| (l.key, l.worker)).collect();
            let started: Vec<_> = started.collect();
            assert_eq!(simulated, started, "{lanes} lanes, first {first:?}");
        }
    }
}

#[test]
fn what_computations_work_with_counts_and_is_told_where_there_is_no_room() {
    let toy = Arc::new(Toy::new(nodes()));
    let asked = |computing_bytes| {
        let mut asked = clients(&[("fairness", vec![0]), ("robustness", vec![0, 1])]);
        asked[1].computing_bytes = computing_bytes;
        asked
    };
    let within = |budget, computing_bytes| {
        let limits = Limits {
            memory_budget: Some(budget),
            ..LANES_2
        };
        let rehearsal = Rehearsal::of(toy.clone(), limits, &[]);
        rehearsal.simulate(&[], &asked(computing_bytes), &|_| 1.0)
    };
    // Two resources of 10 bytes each.
    let roomy = within(35, 15);
    assert_eq!((roomy.peak_bytes, roomy.problems.len()), (35, 0));
    let tight = within(34, 15);
    let [LoadFailure { chain, error }] = &tight.problems[..] else {
        panic!("{:?}", tight.problems);
    };
    assert_eq!(chain, &["robustness".into()]);
    let LoadError::NoRoom(no_room) = error else {
        panic!("{error:?}");
    };
    let found = (
        no_room.needed_bytes,
        no_room.used_bytes,
        no_room.budget_bytes,
    );
    assert_eq!(found, (15, 20, 34));
}

#[test]
fn the_critical_path_is_the_longest_chain() {
    let toy = Toy::new(nodes());
    let path = |keys: &[usize]| critical_path(&toy, keys, &|key| SECONDS[*key]).unwrap();
    assert_eq!(path(&[2, 3]), (vec![1, 2], 6.0));
    assert_eq!(path(&[3, 0]), (vec![1, 3], 5.0));
    assert_eq!(path(&[]), (vec![], 0.0));
    let slow_table = |key: &usize| if *key == 4 { 9.0 } else { 1.0 };
    assert_eq!(
        critical_path(&toy, &[2, 3], &slow_table).unwrap(),
        (vec![4, 3], 10.0)
    );
}

#[test]
fn idle_workers_take_what_delays_nobody() {
    let toy = Arc::new(Toy::new(nodes()));
    let fill = |limits: Limits, known: &HashMap<usize, f64>| {
        let mut plan = Plan {
            first: vec![0, 1],
            kept: vec![0, 1],
            later: vec![2, 4, 3],
        };
        let rehearsal = Rehearsal::of(toy.clone(), limits, &plan.later);
        rehearsal.fill_idle_workers(&mut plan, &|key| known.get(key).copied());
        assert_eq!(plan.kept, [0, 1], "what fills a gap is not kept");
        (plan.first, plan.later)
    };
    let known: HashMap<usize, f64> = SECONDS.into_iter().enumerate().collect();
    // While the model takes 4 s, the other worker is idle after 1 s, and 4 takes 2 s.
    let lazily = (vec![0, 1], vec![2, 4, 3]);
    assert_eq!(fill(LANES_2, &known), (vec![0, 1, 4], vec![2, 3]));
    assert_eq!(
        fill(Limits { lanes: 1, ..ROOMY }, &known),
        lazily,
        "nobody is idle"
    );
    let mut slow = known.clone();
    slow.insert(4, 3.5);
    assert_eq!(
        fill(LANES_2, &slow),
        lazily,
        "it would delay the first client"
    );
    let mut unknown = known;
    unknown.remove(&4);
    assert_eq!(fill(LANES_2, &unknown), lazily, "nothing is known of it");
}
