//! Random graphs under random interleavings. What must hold after every step is checked by
//! [`World`]; what must hold at the end is checked here.

use std::collections::BTreeSet;

use lazydebugger::engine::{Limits, LoadError};
use lazydebugger::event::EventKind;
use lazydebugger::vocabulary::{CachePolicy, Choice, MemoryPool, Owner};
use proptest::prelude::*;

use crate::toy::{Node, ROOMY, d1, d2, file, is_file, key_named};
use crate::world::{Answer, World, in_words};

const NODES: usize = 7;

/// One step of a script; numbers are taken modulo what there is.
#[derive(Clone, Debug)]
enum Step {
    Ask {
        owner: usize,
        keys: Vec<usize>,
    },
    Expect {
        owner: usize,
        keys: Vec<usize>,
    },
    Prefetch(usize),
    Protect(Vec<usize>),
    Cancel(usize),
    Release(usize),
    ReleaseAllBut {
        owner: usize,
        kept: Vec<usize>,
    },
    Unload(usize),
    ClearCache,
    ClearAll,
    Edit(usize),
    Write(usize, u8),
    Delete(usize),
    Break(usize),
    Mend(usize),
    Hear(usize),
    /// More becomes known: of one node, at once or as soon as the next request is answered.
    Learn {
        node: usize,
        what: Lesson,
        at_once: bool,
    },
    Look(usize),
    Read(usize),
    Identify {
        index: usize,
        obeys: bool,
    },
    Compute(usize),
    Pack(usize),
    Finish {
        index: usize,
        obeys: bool,
    },
}

/// What becomes known of a node.
#[derive(Clone, Debug)]
enum Lesson {
    MadeFrom(Vec<usize>),
    MadeBy(u32),
    MadeLike(usize),
    ReadFrom(bool),
    Takes(u64),
}

fn owner(index: usize) -> Owner {
    [d1(), d2(), Owner::User, Owner::Strategy][index % 4].clone()
}

fn keys() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(0..NODES, 0..4)
}

fn asking() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => demanding(),
        3 => (0..NODES).prop_map(Step::Prefetch),
        1 => keys().prop_map(Step::Protect),
    ]
}

fn demanding() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (0..4_usize, keys()).prop_map(|(owner, keys)| Step::Ask { owner, keys }),
        1 => (0..4_usize, keys()).prop_map(|(owner, keys)| Step::Expect { owner, keys }),
    ]
}

fn working() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0..8_usize).prop_map(Step::Look),
        1 => (0..8_usize).prop_map(Step::Read),
        4 => (0..8_usize, any::<bool>()).prop_map(|(index, obeys)| Step::Identify { index, obeys }),
        1 => (0..8_usize).prop_map(Step::Compute),
        1 => (0..8_usize).prop_map(Step::Pack),
        4 => (0..8_usize, any::<bool>()).prop_map(|(index, obeys)| Step::Finish { index, obeys }),
    ]
}

fn letting_go() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0..8_usize).prop_map(Step::Cancel),
        2 => (0..4_usize).prop_map(Step::Release),
        1 => (0..4_usize, keys()).prop_map(|(owner, kept)| Step::ReleaseAllBut { owner, kept }),
        2 => (0..NODES).prop_map(Step::Unload),
        1 => Just(Step::ClearCache),
        1 => Just(Step::ClearAll),
    ]
}

fn changing() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0..NODES).prop_map(Step::Edit),
        // Few texts, so that files change back, and hold the same.
        3 => (0..NODES, 0..2_u8).prop_map(|(key, text)| Step::Write(key, text)),
        1 => (0..NODES).prop_map(Step::Delete),
        3 => (0..NODES).prop_map(Step::Hear),
    ]
}

fn learning() -> impl Strategy<Value = Step> {
    let what = prop_oneof![
        prop::collection::vec(0..NODES, 0..3).prop_map(Lesson::MadeFrom),
        (0..2_u32).prop_map(Lesson::MadeBy),
        (0..NODES).prop_map(Lesson::MadeLike),
        any::<bool>().prop_map(Lesson::ReadFrom),
        (0..60_u64).prop_map(Lesson::Takes),
    ];
    (0..NODES, what, any::<bool>()).prop_map(|(node, what, at_once)| Step::Learn {
        node,
        what,
        at_once,
    })
}

/// What is known after a lesson. A node is made from earlier ones only.
fn taught(nodes: &[Node], of: usize, what: &Lesson) -> Vec<Node> {
    let mut nodes = nodes.to_vec();
    let node = &mut nodes[of];
    match what {
        Lesson::MadeFrom(inputs) => {
            node.inputs = inputs.iter().copied().filter(|input| *input < of).collect();
        }
        Lesson::MadeBy(known) => node.known = *known,
        Lesson::MadeLike(other) => node.like = Some(*other),
        Lesson::ReadFrom(has_file) => node.has_file = *has_file && node.fact_of.is_none(),
        Lesson::Takes(bytes) => node.bytes = *bytes,
    }
    nodes
}

fn breaking() -> impl Strategy<Value = Step> {
    let key = || prop_oneof![3 => 0..NODES, 1 => (0..NODES).prop_map(file)];
    prop_oneof![key().prop_map(Step::Break), key().prop_map(Step::Mend)]
}

fn node(index: usize) -> impl Strategy<Value = Node> {
    let inputs = prop::collection::vec(0..index.max(1), 0..3);
    let class = prop::option::weighted(0.3, 0..2_u32);
    let (cached, packs) = (any::<bool>(), any::<bool>());
    let has_file = prop::bool::weighted(0.4);
    let fact_of = prop::option::weighted(0.2, 0..NODES);
    let like = prop::option::weighted(0.3, 0..NODES);
    let flags = (cached, packs, has_file);
    let pass = prop::option::weighted(0.4, 0..2_usize);
    (inputs, flags, (class, pass), 0..60_u64, fact_of, like).prop_map(
        move |(inputs, (cached, packs, has_file), (class, pass), bytes, fact_of, like)| Node {
            inputs: if index == 0 { Vec::new() } else { inputs },
            cached,
            class,
            bytes,
            estimate: None,
            has_file: has_file && fact_of.is_none(),
            fact_of,
            like,
            known: 0,
            packs,
            kept: false,
            pass,
            pool: MemoryPool::Host,
            works: None,
        },
    )
}

fn pool() -> impl Strategy<Value = MemoryPool> {
    prop_oneof![
        2 => Just(MemoryPool::Host),
        2 => Just(MemoryPool::Device(0)),
        1 => Just(MemoryPool::Device(1)),
    ]
}

fn nodes() -> impl Strategy<Value = Vec<Node>> {
    (
        node(0),
        node(1),
        node(2),
        node(3),
        node(4),
        node(5),
        node(6),
    )
        .prop_map(|(a, b, c, d, e, f, g)| vec![a, b, c, d, e, f, g])
}

fn limits() -> impl Strategy<Value = Limits> {
    let lanes = prop::sample::select(vec![1, 2, 4]);
    let entries = prop::sample::select(vec![0, 1, 2, 128]);
    let bytes = prop::sample::select(vec![0, 1, 30, 100, 1 << 20]);
    let policy = prop::sample::select(CachePolicy::ALL);
    let parts = (lanes, policy, entries, bytes);
    parts.prop_map(|(lanes, cache_policy, cache_entries, cache_bytes)| Limits {
        lanes,
        cache_policy,
        cache_entries,
        cache_bytes,
        memory_budget: None,
        device_budget: None,
        ttl_seconds: None,
    })
}

fn play(world: &mut World, steps: &[Step]) {
    let mut tickets = Vec::new();
    for step in steps {
        match step.clone() {
            Step::Ask { owner: of, keys } => tickets.push(world.ask_only(owner(of), &keys)),
            Step::Expect { owner: of, keys } => world.expect(&owner(of), &keys),
            Step::Prefetch(key) => tickets.push(world.ask_only(Owner::Prefetch, &[key])),
            Step::Protect(keys) => world.protect(keys),
            Step::Cancel(index) if !tickets.is_empty() => {
                world.cancel(tickets[index % tickets.len()]);
            }
            Step::Release(of) => world.release(&owner(of)),
            Step::ReleaseAllBut { owner: of, kept } => world.release_all_but(&owner(of), &kept),
            Step::Unload(key) => world.unload(key),
            Step::ClearCache => world.clear_cache(),
            Step::ClearAll => world.clear_all(),
            Step::Edit(key) => world.edit(key),
            Step::Write(key, text) => world.write(key, &text.to_string()),
            Step::Delete(key) => world.delete(key),
            Step::Hear(key) => drop(world.hear_of(key)),
            Step::Learn {
                node,
                what,
                at_once: true,
            } => {
                world.learn(taught(&world.toy.nodes, node, &what));
            }
            Step::Learn {
                node,
                what,
                at_once: false,
            } => {
                world.lesson = Some(taught(&world.toy.nodes, node, &what));
            }
            Step::Cancel(_) => {}
            Step::Look(index) => drop(world.look(index)),
            Step::Read(index) => world.read(index),
            Step::Break(key) => world.fail_loads_of(key, true),
            Step::Mend(key) => world.fail_loads_of(key, false),
            Step::Identify { index, obeys: true } => drop(world.identify(index)),
            Step::Identify {
                index,
                obeys: false,
            } => drop(world.identify_anyway(index)),
            Step::Compute(index) => world.compute(index),
            Step::Pack(index) => {
                world.pack(index);
            }
            Step::Finish { index, obeys } => {
                world.finish(index, obeys);
            }
        }
    }
    world.finish_all();
}

/// Lets go of everything and sees that nothing is left.
fn drain(world: &mut World) {
    for index in 0..4 {
        world.release(&owner(index));
    }
    world.release(&Owner::Prefetch);
    world.release(&Owner::Session);
    world.clear_all();
    assert_eq!(world.engine.resident_bytes(), 0);
    assert_eq!(world.ledger.cache().entries, 0);
}

fn only_asked_for(world: &World) {
    for key in world.toy.keys() {
        assert!(
            world.allowed.contains(&key) || world.starts(key) == 0,
            "{key} was never asked for"
        );
    }
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn anything_may_happen_at_any_moment(
        nodes in nodes(),
        limits in limits(),
        steps in prop::collection::vec(
            prop_oneof![
                3 => asking(), 6 => working(), 2 => letting_go(), 1 => changing(), 1 => breaking(),
                1 => learning(),
            ],
            1..60,
        ),
        looks_late in any::<bool>(),
    ) {
        let mut world = World::new(nodes, limits);
        world.looks_late = looks_late;
        play(&mut world, &steps);
        only_asked_for(&world);
        for answer in world.answers.values() {
            if let Answer::Failed(failure) = answer {
                prop_assert!(matches!(failure.error, LoadError::Failed(_)));
                let why = in_words(&failure.error);
                let known = ["boom", "changed while it was loaded", "cannot read", "no such file"];
                prop_assert!(known.iter().any(|k| why.contains(k)), "{}", why);
            }
        }
        drain(&mut world);
    }

    /// Without errors and edits every request is met, whatever is cleared, cancelled, released or
    /// learned meanwhile; and what `World` checks of each answer makes all of them the same answers.
    #[test]
    fn answers_do_not_depend_on_limits_or_timing(
        nodes in nodes(),
        limits in limits(),
        steps in prop::collection::vec(
            prop_oneof![2 => asking(), 4 => working(), 2 => letting_go(), 1 => learning()],
            1..60,
        ),
        looks_late in any::<bool>(),
    ) {
        let mut world = World::new(nodes, limits);
        world.looks_late = looks_late;
        play(&mut world, &steps);
        for (ticket, answer) in &world.answers {
            prop_assert!(matches!(answer, Answer::Ready { .. }), "{} {:?}", ticket, answer);
        }
        drain(&mut world);
    }

    /// A fresh engine loads exactly the closure of what is asked for, each once.
    #[test]
    fn loads_the_closure_and_nothing_else(
        nodes in nodes(),
        limits in limits(),
        asked in prop::collection::vec(keys(), 1..4),
        picks in prop::collection::vec(0..8_usize, 40),
    ) {
        // Cached ones stay as long as the test does.
        let limits = Limits { cache_entries: 128, cache_bytes: 1 << 20, ..limits };
        let mut nodes = nodes;
        for node in &mut nodes {
            node.cached = true;
            node.class = None;
            node.like = None;
        }
        let mut world = World::new(nodes, limits);
        for keys in &asked {
            world.ask_only(d1(), keys);
        }
        for pick in picks {
            world.identify(pick);
            world.finish(pick, true);
        }
        world.finish_all();
        let closure = world.closure(asked.iter().flatten().copied());
        let keys = world.toy.keys().into_iter();
        let loaded: BTreeSet<usize> = keys.filter(|k| world.starts(*k) > 0).collect();
        prop_assert_eq!(&loaded, &closure);
        for key in closure {
            prop_assert_eq!(world.starts(key), 1);
        }
    }

    /// Whatever two keys stand for is loaded once, when nothing is let go of meanwhile.
    #[test]
    fn what_is_the_same_is_loaded_once(
        nodes in nodes(),
        lanes in prop::sample::select(vec![1, 2, 4]),
        texts in prop::collection::vec(0..2_u8, NODES),
        steps in prop::collection::vec(prop_oneof![1 => demanding(), 2 => working()], 1..60),
    ) {
        let limits = Limits { lanes, ..ROOMY };
        let nodes: Vec<Node> = nodes.into_iter().map(Node::cached).collect();
        let mut world = World::new(nodes, limits);
        for (key, text) in texts.iter().enumerate() {
            world.write(key, &text.to_string());
        }
        play(&mut world, &steps);
        let finished = world.events.iter().filter_map(|event| match event {
            EventKind::LoadFinished { name, digest, .. } => Some((key_named(name)?, *digest)),
            _ => None,
        });
        let mut loaded = BTreeSet::new();
        for (key, digest) in finished.filter(|(key, _)| !is_file(*key)) {
            prop_assert!(loaded.insert(digest), "{} was there", key);
        }
    }

    /// Whatever lies where: no pool ever holds more than its budget, answers are what they are in the
    /// host's memory, and nobody waits for ever.
    #[test]
    fn every_pool_keeps_its_budget(
        mut nodes in nodes(),
        limits in limits(),
        budgets in (prop::option::of(20..200_u64), prop::option::of(20..120_u64)),
        places in prop::collection::vec((pool(), prop::option::of((pool(), 0..40_u64))), NODES),
        steps in prop::collection::vec(
            prop_oneof![3 => asking(), 6 => working(), 2 => letting_go(), 1 => changing()],
            1..60,
        ),
    ) {
        for (node, (pool, works)) in nodes.iter_mut().zip(places) {
            // What lies elsewhere is of another content.
            node.like = None;
            (node.pool, node.works) = (pool, works);
        }
        let (memory_budget, device_budget) = budgets;
        let limits = Limits { memory_budget, device_budget, ..limits };
        let mut world = World::new(nodes, limits);
        play(&mut world, &steps);
        only_asked_for(&world);
        drain(&mut world);
    }

    /// What is resident never exceeds the budget at any event, however wrong the estimates are, and
    /// nobody waits for ever.
    #[test]
    fn the_memory_budget_is_kept(
        mut nodes in nodes(),
        limits in limits(),
        budget in 20..200_u64,
        estimates in prop::collection::vec(prop::option::of(0..60_u64), NODES),
        steps in prop::collection::vec(
            prop_oneof![
                3 => asking(), 6 => working(), 2 => letting_go(), 1 => changing(), 1 => learning(),
            ],
            1..60,
        ),
    ) {
        for (node, estimate) in nodes.iter_mut().zip(estimates) {
            node.estimate = estimate;
        }
        let limits = Limits { memory_budget: Some(budget), ..limits };
        let mut world = World::new(nodes, limits);
        play(&mut world, &steps);
        only_asked_for(&world);
        drain(&mut world);
    }
}
