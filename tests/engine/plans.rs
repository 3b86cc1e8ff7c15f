//! Plans and the graph behind them.

use lazydebugger::engine::graph::{Cycle, closure};
use lazydebugger::engine::plan::{Roots, plan};
use lazydebugger::event::Strategy;

use crate::toy::{D1, ROOMY, name, node};
use crate::world::{Answer, World};

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

fn planned(strategy: Strategy, asked: &[usize]) -> (Vec<usize>, Vec<usize>) {
    let roots = Roots {
        asked,
        core: &[1, 0],
        everything: &[0, 1, 5],
    };
    let plan = plan(&*world().toy, strategy, &roots).unwrap();
    (plan.first, plan.later)
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
    assert_eq!(closure(&*world.toy, &[0]), Err(Cycle(name(1))));
    assert_eq!(closure(&*world.toy, &[4, 3]), Err(Cycle(name(3))));
    for strategy in Strategy::ALL {
        let roots = Roots {
            asked: &[0],
            core: &[],
            everything: &[0],
        };
        let error = plan(&*world.toy, strategy, &roots).unwrap_err();
        assert_eq!(error.to_string(), "toy:1 depends on itself");
    }
    let ticket = world.ask(D1, &[3]);
    assert!(
        world
            .failure(ticket)
            .to_string()
            .starts_with("toy:3 depends on itself")
    );
    assert!(!world.engine.is_loading());
    let fine = world.ask(D1, &[4]);
    world.finish_all();
    assert!(matches!(world.answers[&fine], Answer::Ready { .. }));
}
