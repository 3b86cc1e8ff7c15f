//! Files that are seen to change: what is out of date then, and what a rerun loads anew.

use std::collections::BTreeSet;

use lazydebugger::engine::{
    Completion, Effect, Engine, LoadContext, LoadError, Recheck, Ticket, Workload,
};
use lazydebugger::event::EventKind;
use lazydebugger::resource::source::stamp;
use lazydebugger::vocabulary::{Lookup, MissReason, Owner, ReleaseCause};
use proptest::prelude::*;

use crate::toy::{Node, ROOMY, d1, d2, fact_of, file, is_file, key_named, name, node};
use crate::world::{Answer, World};

/// A file is written, and everybody has heard of it.
fn change(world: &mut World, key: usize, text: &str) {
    world.write(key, text);
    assert_ne!(world.hear_of(key), Recheck::Unknown);
    while world.identify(0) {}
}

fn stale(world: &World) -> Vec<usize> {
    let keys = 0..world.toy.nodes.len();
    keys.filter(|key| world.is_stale(*key)).collect()
}

fn changes(world: &World) -> usize {
    let changed = world.events.iter().filter_map(|event| match event {
        EventKind::ContentChanged { name, .. } => key_named(name),
        _ => None,
    });
    changed.filter(|key| !is_file(*key)).count()
}

fn changed(part: usize) -> MissReason {
    MissReason::InputChanged { part: name(part) }
}

/// 0 and 1 are files; 2 is made from 0, 3 from 1, and 4 from 2 and 3.
fn diamond() -> Vec<Node> {
    vec![
        node(&[]).with_file(),
        node(&[]).with_file(),
        node(&[0]).cached(),
        node(&[1]).cached(),
        node(&[2, 3]).cached(),
    ]
}

#[test]
fn only_what_is_made_from_the_file_is_stale_and_loaded_anew() {
    let mut world = World::new(diamond(), ROOMY);
    world.ask(Owner::User, &[0, 1, 4]);
    world.finish_all();
    change(&mut world, 0, "new");
    assert_eq!(stale(&world), [0, 2, 4]);
    assert!(world.running().is_empty(), "nothing is loaded unasked");
    let again = world.ask(d1(), &[4]);
    world.finish_all();
    assert!(world.is_ready(again));
    assert_eq!([0, 1, 2, 3, 4].map(|key| world.loads(key)), [2, 1, 2, 1, 2]);
    assert_eq!(
        [0, 2, 4].map(|key| world.last_miss(key)),
        [changed(file(0)), changed(0), changed(2)]
    );
    assert!(stale(&world).is_empty());
}

#[test]
fn the_events_name_the_resource_the_part_and_the_file() {
    let mut world = World::new(diamond(), ROOMY);
    world.ask(d1(), &[4]);
    world.finish_all();
    change(&mut world, 1, "new");
    let told = world.events.iter().filter_map(|event| match event {
        EventKind::ContentChanged {
            name, part, file, ..
        } => Some((name.clone(), part.clone(), file.clone())),
        _ => None,
    });
    let told: BTreeSet<_> = told.collect();
    let path = world.toy.path(1).display().to_string();
    let expected = [(file(1), file(1)), (1, file(1)), (3, 1), (4, 3)];
    let expected = expected.map(|(of, part)| (name(of), name(part), path.clone()));
    assert_eq!(told, BTreeSet::from(expected));
}

#[test]
fn what_was_loaded_and_freed_is_told_of_too() {
    // 1 is freed with its owner, but results may rest on it.
    let mut world = World::new(vec![node(&[]).with_file(), node(&[0])], ROOMY);
    world.ask(d1(), &[1]);
    world.finish_all();
    world.release(&d1());
    change(&mut world, 0, "new");
    assert!(!world.is_resident(1));
    assert_eq!(changes(&world), 2);
}

#[test]
fn a_file_that_is_written_again_as_it_was_changes_nothing() {
    let mut world = World::new(diamond(), ROOMY);
    world.write(0, "same");
    world.ask(d1(), &[4]);
    world.finish_all();
    change(&mut world, 0, "same");
    assert_eq!((changes(&world), stale(&world)), (0, Vec::new()));
    world.ask(d2(), &[4]);
    assert!(matches!(world.last_lookup(4), Lookup::Hit { .. }));
    assert!((0..5).all(|key| world.loads(key) == 1));
}

#[test]
fn what_changes_back_is_not_stale_any_more() {
    let mut world = World::new(diamond(), ROOMY);
    world.write(0, "old");
    world.ask(d1(), &[4]);
    world.finish_all();
    change(&mut world, 0, "new");
    assert_eq!(stale(&world), [2, 4]);
    change(&mut world, 0, "old");
    assert!(stale(&world).is_empty());
    world.ask(d2(), &[4]);
    assert!(matches!(world.last_lookup(4), Lookup::Hit { .. }));
    assert_eq!(world.loads(4), 1);
}

#[test]
fn two_changes_in_a_row_are_one_reload() {
    let mut world = World::new(diamond(), ROOMY);
    world.ask(d1(), &[4]);
    world.finish_all();
    change(&mut world, 0, "new");
    change(&mut world, 0, "newer");
    assert_eq!(stale(&world), [2, 4]);
    world.ask(d2(), &[4]);
    world.finish_all();
    assert_eq!(world.loads(4), 2);
    assert!(stale(&world).is_empty());
}

#[test]
fn a_change_while_its_load_waits_is_what_is_loaded() {
    let nodes = vec![node(&[]).with_file(), node(&[]).with_file()];
    let one_lane = lazydebugger::engine::Limits { lanes: 1, ..ROOMY };
    let mut world = World::new(nodes, one_lane);
    let ticket = world.ask(d1(), &[0, 1]);
    assert_eq!(world.running(), [0]);
    change(&mut world, 1, "new");
    world.finish_all();
    assert!(world.is_ready(ticket));
    assert_eq!(world.starts(1), 1);
}

#[test]
fn a_change_while_it_is_loaded_overtakes_the_load() {
    let mut world = World::new(vec![node(&[]).with_file(), node(&[0]).cached()], ROOMY);
    let ticket = world.ask(d1(), &[1]);
    world.compute(0);
    change(&mut world, 0, "new");
    assert_eq!(world.running(), [0, 0]);
    assert_eq!(world.stopping(), [0]);
    world.finish(0, false);
    assert!(!world.is_resident(0), "the late result is refused");
    world.finish_all();
    assert!(world.is_ready(ticket));
    assert_eq!(world.loads(0), 1);
}

#[test]
fn what_is_written_again_as_it_was_while_it_is_loaded_is_read_again() {
    // The load may have seen half of it.
    let mut world = World::new(vec![node(&[]).with_file()], ROOMY);
    world.write(0, "same");
    let ticket = world.ask(d1(), &[0]);
    change(&mut world, 0, "same");
    world.finish(0, false);
    assert_eq!(world.running(), [0]);
    assert!(world.answers.is_empty());
    world.finish_all();
    assert!(world.is_ready(ticket));
    assert_eq!((world.starts(0), world.loads(0)), (2, 1));
}

#[test]
fn what_was_loaded_before_the_file_was_written_again_as_it_was_is_good() {
    let mut world = World::new(vec![node(&[]).with_file()], ROOMY);
    world.write(0, "same");
    let ticket = world.ask(d1(), &[0]);
    world.compute(0);
    change(&mut world, 0, "same");
    world.finish(0, false);
    assert!(world.is_ready(ticket));
    assert_eq!(world.starts(0), 1);
}

#[test]
fn a_late_result_from_old_files_is_not_cached() {
    let mut world = World::new(vec![node(&[]).with_file(), node(&[0]).cached()], ROOMY);
    let ticket = world.ask(d1(), &[1]);
    world.finish_key(0);
    world.cancel(ticket);
    change(&mut world, 0, "new");
    world.finish(0, false);
    assert!(!world.is_resident(1));
}

#[test]
fn a_stale_resource_stays_with_its_owners_until_somebody_asks() {
    let mut world = World::new(vec![node(&[]).with_file()], ROOMY);
    world.ask(Owner::User, &[0]);
    world.ask(Owner::Strategy, &[0]);
    world.finish_all();
    change(&mut world, 0, "new");
    assert_eq!(world.owners(0), [Owner::User, Owner::Strategy]);
    assert_eq!(stale(&world), [0]);
    world.ask(d1(), &[0]);
    assert_eq!(world.last_miss(0), changed(file(0)));
    assert_eq!(
        world.release_causes(0),
        [ReleaseCause::Stale {
            part: name(file(0))
        }]
    );
    world.finish_all();
    // The user keeps the model, whatever is in it; the strategy asks anew with every run.
    assert_eq!(world.owners(0), [d1(), Owner::User]);
}

#[test]
fn the_users_hold_passes_from_load_to_load() {
    let mut world = World::new(vec![node(&[]).with_file()], ROOMY);
    world.ask(Owner::User, &[0]);
    world.finish_all();
    change(&mut world, 0, "new");
    world.ask(d1(), &[0]);
    change(&mut world, 0, "newer");
    world.finish_all();
    assert_eq!(world.owners(0), [d1(), Owner::User]);
}

#[test]
fn the_users_hold_alone_loads_nothing() {
    for unloads in [false, true] {
        let mut world = World::new(vec![node(&[]).with_file()], ROOMY);
        world.ask(Owner::User, &[0]);
        world.finish_all();
        change(&mut world, 0, "new");
        let ticket = world.ask(d1(), &[0]);
        if unloads {
            world.unload(0);
            world.finish_all();
            assert_eq!(world.owners(0), [d1()]);
        } else {
            world.cancel(ticket);
            world.finish_all();
            assert!(!world.is_resident(0));
        }
    }
}

#[test]
fn a_file_may_be_gone_for_a_moment() {
    let mut world = World::new(vec![node(&[]).with_file(), node(&[0]).cached()], ROOMY);
    world.write(0, "same");
    world.ask(d1(), &[1]);
    world.finish_all();
    world.delete(0);
    world.hear_of(0);
    world.identify(0);
    assert_eq!(stale(&world), [1]);
    let record = world.record(1);
    assert!(!record.change.as_ref().unwrap().is_readable);
    change(&mut world, 0, "same");
    assert!(stale(&world).is_empty());
    assert_eq!(world.loads(1), 1);
}

#[test]
fn a_file_that_nobody_has_asked_for_is_not_read() {
    let mut world = World::new(diamond(), ROOMY);
    world.ask(d1(), &[2]);
    world.finish_all();
    world.write(1, "new");
    assert_eq!(world.hear_of(1), Recheck::Unknown);
    assert!(!world.identify(0));
}

#[test]
fn a_file_that_changes_while_it_is_read_is_read_again() {
    let mut world = World::new(vec![node(&[]).with_file()], ROOMY);
    world.ask(d1(), &[0]);
    world.finish_all();
    world.write(0, "new");
    for _ in 0..3 {
        assert_eq!(world.hear_of(0), Recheck::Reading);
    }
    assert_eq!(world.identifying(), [0], "one reader at a time");
    world.read(0);
    world.write(0, "newer");
    assert_eq!(world.hear_of(0), Recheck::Reading);
    world.identify(0);
    assert_eq!(world.identifying(), [0], "it has read the old content");
    world.identify(0);
    assert!(world.identifying().is_empty());
    assert_eq!(world.files.whole(0), "newer");
    assert_eq!(stale(&world), [0]);
}

/// What a fresh engine makes of these keys, with the files as they lie.
fn fresh(world: &World, keys: &[usize]) -> Option<Vec<u64>> {
    let mut engine = Engine::new(world.toy.clone(), ROOMY);
    engine.acquire(Ticket(0), d1(), keys.to_vec());
    while let Some(effect) = engine.next_effect() {
        match effect {
            Effect::Tell(..)
            | Effect::Pack { .. }
            | Effect::Probe(_)
            | Effect::Fetch(_)
            | Effect::Store(_)
            | Effect::Identified { .. } => {}
            Effect::Look { ticket, files } => {
                let stamps = files.iter().map(|path| stamp(path)).collect();
                engine.looked_at(ticket, stamps);
            }
            Effect::Start(mut load) => {
                let beside = std::mem::take(&mut load.beside);
                for load in std::iter::once(*load).chain(beside) {
                    let context = LoadContext {
                        cancel: load.cancel.clone(),
                        progress: &|_, _| {},
                    };
                    let result = world.toy.load(&load.key, &load.inputs, &context);
                    engine.complete(Completion {
                        key: load.key,
                        generation: load.generation,
                        lane: load.lane,
                        seconds: 1.0,
                        stamps: load.files.iter().map(|path| stamp(path)).collect(),
                        result,
                    });
                }
            }
            Effect::Ready { values, .. } => return Some(values.iter().map(|v| v.hash).collect()),
            Effect::Failed { failure, .. } => {
                assert!(matches!(failure.error, LoadError::Failed(_)));
                return None;
            }
        }
    }
    unreachable!("every request is answered")
}

#[derive(Clone, Debug)]
enum Step {
    Ask(usize, usize),
    Cancel(usize),
    Release(usize),
    Unload(usize),
    /// Few texts, so that files change back and are written again as they were.
    Write(usize, u8),
    Delete(usize),
    Hear(usize),
    Look(usize),
    Read(usize),
    Identify(usize, bool),
    Compute(usize),
    Finish(usize, bool),
}

const KEYS: usize = 9;

/// Three files and what is made from them, one thing from a file and another; 7 is a fact of the
/// first file, and 8 is made from the same as 4 if the first two hold the same.
fn workload(cached: &[bool]) -> Vec<Node> {
    let mut nodes = vec![
        node(&[]).with_file(),
        node(&[]).with_file(),
        node(&[0]),
        node(&[1]),
        node(&[2, 3]),
        node(&[2]).with_file(),
        node(&[4, 5, 0, 7]),
        fact_of(0),
        node(&[3, 2]).like(4),
    ];
    nodes[1].like = Some(0);
    nodes[3].like = Some(2);
    for (node, cached) in nodes.iter_mut().zip(cached) {
        node.cached = *cached;
    }
    nodes
}

fn owner(index: usize) -> Owner {
    [d1(), d2(), Owner::User, Owner::Strategy][index].clone()
}

fn step() -> impl Strategy<Value = Step> {
    let file = || prop::sample::select(vec![0, 1, 5_usize]);
    prop_oneof![
        4 => (0..4_usize, 0..KEYS).prop_map(|(owner, key)| Step::Ask(owner, key)),
        1 => (0..8_usize).prop_map(Step::Cancel),
        1 => (0..4_usize).prop_map(Step::Release),
        1 => (0..KEYS).prop_map(Step::Unload),
        4 => (file(), 0..3_u8).prop_map(|(key, text)| Step::Write(key, text)),
        1 => file().prop_map(Step::Delete),
        4 => file().prop_map(Step::Hear),
        2 => (0..8_usize).prop_map(Step::Look),
        1 => (0..8_usize).prop_map(Step::Read),
        6 => (0..8_usize, any::<bool>()).prop_map(|(index, obeys)| Step::Identify(index, obeys)),
        1 => (0..8_usize).prop_map(Step::Compute),
        5 => (0..8_usize, any::<bool>()).prop_map(|(index, obeys)| Step::Finish(index, obeys)),
    ]
}

fn play(world: &mut World, steps: &[Step]) {
    for step in steps {
        match step {
            Step::Ask(of, key) => drop(world.ask_only(owner(*of), &[*key])),
            Step::Cancel(ticket) => world.cancel(*ticket as u64),
            Step::Release(of) => world.release(&owner(*of)),
            Step::Unload(key) => world.unload(*key),
            Step::Write(key, text) => world.write(*key, &text.to_string()),
            Step::Delete(key) => world.delete(*key),
            Step::Hear(key) => drop(world.hear_of(*key)),
            Step::Look(index) => drop(world.look(*index)),
            Step::Read(index) => world.read(*index),
            Step::Identify(index, true) => drop(world.identify(*index)),
            Step::Identify(index, false) => drop(world.identify_anyway(*index)),
            Step::Compute(index) => world.compute(*index),
            Step::Finish(index, obeys) => drop(world.finish(*index, *obeys)),
        }
    }
    world.finish_all();
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Once all changes have been heard of, a request answers as a fresh engine does, and loads
    /// only what is not in memory or stale.
    #[test]
    fn a_rerun_loads_the_changed_cone_and_answers_like_a_fresh_engine(
        cached in prop::collection::vec(any::<bool>(), KEYS),
        looks_late in any::<bool>(),
        steps in prop::collection::vec(step(), 1..60),
        asked in prop::collection::vec(0..KEYS, 1..4),
    ) {
        let mut world = World::new(workload(&cached), ROOMY);
        world.looks_late = looks_late;
        play(&mut world, &steps);
        for key in [0, 1, 5] {
            world.hear_of(key);
        }
        while world.identify(0) {}
        let fit: Vec<bool> = (0..KEYS)
            .map(|key| world.is_resident(key) && !world.is_stale(key))
            .collect();
        let starts: Vec<usize> = (0..KEYS).map(|key| world.starts(key)).collect();
        let ticket = world.ask(d1(), &asked);
        world.finish_all();
        let answer = match &world.answers[&ticket] {
            Answer::Ready { hashes, .. } => Some(hashes.clone()),
            Answer::Failed(_) => None,
        };
        prop_assert_eq!(answer, fresh(&world, &asked));
        for key in 0..KEYS {
            let again = world.starts(key) - starts[key];
            prop_assert!(again == 0 || !fit[key], "{} was fit", key);
        }
    }
}
