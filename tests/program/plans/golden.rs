//! Golden plans: every strategy for every selection of dimensions, the advice, and what each
//! dimension needs.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write;

use lazydebugger::dimension;
use lazydebugger::engine::graph::closure;
use lazydebugger::event::{Basis, Forecast};
use lazydebugger::explain::plans::avoided_words;
use lazydebugger::ledger::schedule_rows;
use lazydebugger::resource::{Key, TableId};
use lazydebugger::session::{Facts, Planner, advise};
use lazydebugger::vocabulary::Dimension;

use crate::plans::{code, codes, planner, planner_at_first};

fn check(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_snapshot_path("../snapshots");
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// All selections but the empty one.
fn selections() -> impl Iterator<Item = Vec<Dimension>> {
    (1_u32..32).map(|bits| {
        let chosen = Dimension::ALL.into_iter().enumerate();
        let chosen = chosen.filter(|(place, _)| bits & (1 << place) != 0);
        chosen.map(|(_, dimension)| dimension).collect()
    })
}

const LEGEND: &str = "\
D dataset, Dc calibration, Da alternative data, each with its columns: -o outcome, -p protected
attributes, -f the other features; F files read to be known; T the model's header, To, Tv those of
other models and of the variants; M model, Mo other models, Mv variants' models;
P predictions, Pc on calibration, Pa on alternative data, Pn disturbed, Pv by variants;
A protected attributes, H hyperparameters; * marks the advised strategy
";

#[test]
fn every_strategy_for_every_selection() {
    check("plans", &told_of(&planner(), selections()));
}

#[test]
fn every_strategy_as_a_session_begins() {
    let planner = planner_at_first();
    let single = Dimension::ALL.map(|dimension| vec![dimension]);
    let selections = single.into_iter().chain([Dimension::ALL.to_vec()]);
    check("plans_at_first", &told_of(&planner, selections));
}

/// What each strategy loads for these selections, and which of them is advised.
fn told_of(planner: &Planner, selections: impl Iterator<Item = Vec<Dimension>>) -> String {
    let mut text = LEGEND.to_owned();
    for selection in selections {
        let names: Vec<&str> = selection.iter().map(|d| d.name()).collect();
        writeln!(text, "\n{}", names.join(", ")).unwrap();
        let (forecasts, advice) = planner.compare(&selection);
        for forecast in &forecasts {
            let (plan, error) = planner.plan(forecast.strategy, &selection);
            assert_eq!(error, None);
            let mark = if advice.strategy == forecast.strategy {
                "*"
            } else {
                " "
            };
            writeln!(
                text,
                "{mark} {:<10} {} | {} | again {}, avoids {}",
                forecast.strategy,
                codes(&plan.first),
                codes(&plan.later),
                forecast.reloads,
                forecast.avoided
            )
            .unwrap();
        }
    }
    text
}

#[test]
fn what_a_plan_says_is_what_its_schedule_does() {
    let planner = planner();
    let declared = planner.declared().len();
    for selection in selections() {
        for forecast in planner.compare(&selection).0 {
            let Forecast {
                strategy,
                first,
                later,
                reloads,
                avoided,
                ..
            } = forecast;
            let names: HashSet<_> = forecast.schedule.iter().map(|l| l.name.clone()).collect();
            assert_eq!(first + later, names.len(), "{strategy} {selection:?}");
            assert_eq!(names.len() + reloads, forecast.schedule.len());
            assert_eq!(names.len() + avoided, declared);
            assert!(
                forecast
                    .avoids
                    .iter()
                    .all(|avoided| !names.contains(&avoided.name))
            );
            let early = forecast.schedule.iter().filter(|l| l.asked_by.is_none());
            assert_eq!(early.count(), first);
            assert_eq!(forecast.problems, Vec::<String>::new());
            let rows: usize = schedule_rows(&forecast).iter().map(|row| row.loads).sum();
            assert_eq!(rows, forecast.schedule.len());
            // Nothing was ever timed, so nothing is claimed.
            assert_eq!(forecast.basis, Basis::Unknown);
            let [chain, all, sum] = [
                forecast.critical_path_seconds,
                forecast.load_seconds,
                forecast.load_seconds_sum,
            ];
            assert!(chain <= all && all <= sum, "{chain} {all} {sum}");
            for lane in 0..2 {
                let on_lane: Vec<_> = forecast
                    .schedule
                    .iter()
                    .filter(|l| l.worker == lane)
                    .collect();
                assert!(on_lane.windows(2).all(|pair| pair[0].end <= pair[1].start));
            }
            assert!(forecast.schedule.iter().all(|l| l.worker < 2));
        }
    }
}

#[test]
fn what_each_dimension_needs() {
    let planner = planner();
    let mut text =
        String::from("Named by the paper's table 1; after the bar, what follows from it\n\n");
    for dimension in Dimension::ALL {
        let keys = planner.needs(dimension).unwrap();
        let all = closure(&*planner.catalogue, &keys).unwrap();
        let (declared, derived): (Vec<Key>, Vec<Key>) = all
            .into_iter()
            .partition(|key| dimension::declares(dimension, key));
        writeln!(
            text,
            "{dimension}: {} | {}",
            codes(&declared),
            codes(&derived)
        )
        .unwrap();
    }
    text.push_str("\nMade from\n\n");
    let mut made_from = BTreeMap::new();
    for key in planner.declared() {
        let inputs = lazydebugger::engine::Workload::inputs(&*planner.catalogue, key);
        made_from.insert(code(key), codes(&inputs));
    }
    for (made, from) in made_from.iter().filter(|(_, from)| !from.is_empty()) {
        writeln!(text, "{made}: {from}").unwrap();
    }
    check("needs", &text);
    let resilience = |key: Key| dimension::declares(Dimension::Resilience, &key);
    assert!(!resilience(Key::Model(planner.catalogue.validated())));
    assert!(resilience(Key::Table(TableId::Dataset)));
}

#[test]
fn what_is_avoided_of_a_table_is_told_once() {
    let planner = planner();
    let (forecasts, _) = planner.compare(&[Dimension::Fairness]);
    let words = avoided_words(&forecasts[1], usize::MAX);
    let words: Vec<&str> = words.split(", ").collect();
    assert!(words.contains(&"calibration"), "{words:?}");
    assert!(words.contains(&"12 variants"), "{words:?}");
}

#[test]
fn the_advice_and_its_reason() {
    let two = Facts {
        selected: 2,
        available: 5,
        shared: 3,
        shared_bytes: 60_000_000,
        everything_bytes: 100_000_000,
        in_vain_bytes: 30_000_000,
        budget_bytes: None,
        core_seconds: None,
    };
    let cases = [
        Facts {
            selected: 0,
            ..two.clone()
        },
        Facts {
            budget_bytes: Some(80_000_000),
            ..two.clone()
        },
        Facts {
            selected: 5,
            in_vain_bytes: 1_000_000,
            ..two.clone()
        },
        Facts {
            selected: 5,
            ..two.clone()
        },
        Facts {
            selected: 1,
            shared: 0,
            core_seconds: Some(2.5),
            ..two.clone()
        },
        Facts {
            selected: 1,
            shared: 0,
            core_seconds: Some(0.2),
            ..two.clone()
        },
        two.clone(),
        Facts { shared: 0, ..two },
    ];
    let mut text = String::new();
    for facts in cases {
        let advice = advise(&facts);
        writeln!(text, "{}: {}", advice.strategy, advice.reason).unwrap();
    }
    check("advice", &text);
}
