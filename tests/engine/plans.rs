//! Plans and the graph behind them.

use lazydebugger::engine::graph::{GraphError, closure};
use lazydebugger::engine::plan::{Plan, Roots, plan, plan_or_eager, shared};
use lazydebugger::vocabulary::{Owner, Strategy};

use crate::toy::{ROOMY, d1, d2, name, node};
use crate::world::{Answer, World, in_words};

/// 0 and 1 are the core; 2 is made from both; 3 is made from 0; 4 and 5 are extras, 5 from 4.
fn world() -> World {
    let nodes = vec![
        node(&[]),
        node(&[]),
        node(&[0, 1]),
        node(&[0]),
        node(&[]),
        node(&[4]),
    ];
    World::new(nodes, ROOMY)
}

/// What is loaded first and what later when each dimension asks for one of these.
fn planned(strategy: Strategy, asked: &[usize]) -> (Vec<usize>, Vec<usize>) {
    let plan = with_preload(strategy, asked, &[]);
    assert_eq!(plan.kept, plan.first);
    (plan.first, plan.later)
}

fn with_preload(strategy: Strategy, asked: &[usize], preload: &[usize]) -> Plan<usize> {
    let asked: Vec<Vec<usize>> = asked.iter().map(|key| vec![*key]).collect();
    let roots = Roots {
        asked: &asked,
        core: &[1, 0],
        everything: &[0, 1, 5],
        preload,
    };
    plan(&*world().toy, strategy, &roots).unwrap()
}

#[test]
fn lazy_all_loads_nothing_first() {
    assert_eq!(
        planned(Strategy::LazyAll, &[2, 3]),
        (vec![], vec![0, 1, 2, 3])
    );
    assert_eq!(planned(Strategy::LazyAll, &[]), (vec![], vec![]));
}

#[test]
fn eager_core_loads_first_what_is_core_and_needed() {
    assert_eq!(
        planned(Strategy::EagerCore, &[2, 5]),
        (vec![0, 1], vec![2, 4, 5])
    );
    assert_eq!(planned(Strategy::EagerCore, &[3]), (vec![0], vec![3]));
    assert_eq!(planned(Strategy::EagerCore, &[5]), (vec![], vec![4, 5]));
}

#[test]
fn eager_loads_everything_first_with_what_it_is_made_from() {
    assert_eq!(planned(Strategy::Eager, &[2]), (vec![0, 1, 4, 5], vec![2]));
    assert_eq!(planned(Strategy::Eager, &[]), (vec![0, 1, 4, 5], vec![]));
}

#[test]
fn adaptive_loads_first_what_two_dimensions_share() {
    assert_eq!(
        planned(Strategy::Adaptive, &[2, 3]),
        (vec![0], vec![1, 2, 3])
    );
    assert_eq!(
        planned(Strategy::Adaptive, &[2, 2]),
        (vec![0, 1, 2], vec![])
    );
    assert_eq!(planned(Strategy::Adaptive, &[2]), (vec![], vec![0, 1, 2]));
    assert_eq!(
        planned(Strategy::Adaptive, &[2, 5]),
        (vec![], vec![0, 1, 2, 4, 5])
    );
    let twice_in_one = [vec![2, 3, 0]];
    assert_eq!(
        shared(&*world().toy, &twice_in_one).unwrap(),
        Vec::<usize>::new()
    );
}

#[test]
fn a_preload_comes_first_and_stays_under_every_strategy() {
    for strategy in Strategy::ALL {
        let without = planned(strategy, &[2, 3]);
        let with = with_preload(strategy, &[2, 3], &[5]);
        for key in [4, 5] {
            assert!(
                with.first.contains(&key) && with.kept.contains(&key),
                "{strategy}"
            );
            assert!(!with.later.contains(&key), "{strategy}");
        }
        assert!(without.0.iter().all(|key| with.first.contains(key)));
    }
}

#[test]
fn a_closure_has_inputs_first_and_each_once() {
    let toy = world().toy;
    assert_eq!(closure(&*toy, &[2, 3, 2, 0]).unwrap(), [0, 1, 2, 3]);
    assert_eq!(closure(&*toy, &[5]).unwrap(), [4, 5]);
    assert_eq!(closure(&*toy, &[]).unwrap(), Vec::<usize>::new());
}

#[test]
fn a_cycle_is_an_error_and_not_a_hang() {
    // 0 -> 1 -> 2 -> 1, and 3 -> 3.
    let nodes = vec![node(&[1]), node(&[2]), node(&[1]), node(&[3]), node(&[])];
    let mut world = World::new(nodes, ROOMY);
    let cycle = |keys: &[usize]| GraphError::Cycle(keys.iter().copied().map(name).collect());
    assert_eq!(closure(&*world.toy, &[0]), Err(cycle(&[0, 1, 2, 1])));
    assert_eq!(closure(&*world.toy, &[4, 3]), Err(cycle(&[3, 3])));
    for strategy in Strategy::ALL {
        let roots = Roots {
            asked: &[vec![0]],
            core: &[],
            everything: &[0],
            preload: &[],
        };
        let error = plan(&*world.toy, strategy, &roots).unwrap_err();
        assert_eq!(error.to_string(), "toy:1 depends on itself");
    }
    let ticket = world.ask(d1(), &[3]);
    assert!(
        world
            .failure_in_words(ticket)
            .starts_with("toy:3 depends on itself")
    );
    assert!(!world.engine.is_loading());
    let fine = world.ask(d1(), &[4]);
    world.finish_all();
    assert!(matches!(world.answers[&fine], Answer::Ready { .. }));
}

/// Runs two dimensions as a session does, what the plan loads first before them; what each was
/// answered, or why not.
fn run(strategy: Strategy, world: &mut World, asked: [usize; 2]) -> [Result<Vec<u64>, String>; 2] {
    let by_dimension = asked.map(|key| vec![key]);
    let roots = Roots {
        asked: &by_dimension,
        core: &[0, 1],
        everything: &[0, 1, 4],
        preload: &[],
    };
    let (plan, _) = plan_or_eager(&*world.toy, strategy, &roots);
    world.ask(Owner::Strategy, &plan.first);
    world.finish_all();
    [(d1(), asked[0]), (d2(), asked[1])].map(|(owner, key)| {
        let ticket = world.ask(owner.clone(), &[key]);
        world.finish_all();
        world.release(&owner);
        match &world.answers[&ticket] {
            Answer::Ready { hashes, .. } => Ok(hashes.clone()),
            Answer::Failed(failure) => Err(in_words(&failure.error)),
        }
    })
}

#[test]
fn where_no_plan_can_be_made_all_is_loaded_first_and_the_answers_are_the_same() {
    let healthy = || vec![node(&[]), node(&[]), node(&[0, 1]), node(&[0]), node(&[])];
    for strategy in Strategy::ALL {
        let expected = run(strategy, &mut World::new(healthy(), ROOMY), [2, 3]);
        // A wrong input of what the second dimension asks for: itself, or what does not exist.
        for wrong in [3, 7] {
            let mut nodes = healthy();
            nodes[3].inputs = vec![wrong];
            let mut world = World::new(nodes, ROOMY);
            let chain = vec![name(3), name(wrong)];
            let error = match wrong {
                3 => GraphError::Cycle(chain),
                _ => GraphError::Unknown(chain),
            };
            let roots = Roots {
                asked: &[vec![2], vec![3]],
                core: &[0, 1],
                everything: &[0, 1, 4],
                preload: &[],
            };
            let (plan, why) = plan_or_eager(&*world.toy, strategy, &roots);
            assert_eq!(why, Some(error.clone()), "{strategy}");
            assert_eq!(
                plan.first,
                [0, 1, 4, 2],
                "{strategy}: all but what is wrong"
            );
            assert_eq!(plan.later, Vec::<usize>::new());
            let answers = run(strategy, &mut world, [2, 3]);
            assert_eq!(answers[0], expected[0], "{strategy}");
            assert_eq!(answers[1], Err(error.to_string()), "{strategy}");
        }
    }
}
