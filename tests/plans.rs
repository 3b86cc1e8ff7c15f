//! Golden plans of the bundled experiment: what each strategy loads for every selection of
//! dimensions, which strategy is advised, and what each dimension needs.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use lazydebugger::dimension;
use lazydebugger::engine::graph::closure;
use lazydebugger::event::{Backend, Basis, Dimension, Forecast, Preset, Strategy};
use lazydebugger::experiment::Experiment;
use lazydebugger::history::History;
use lazydebugger::ledger::{avoided_words, schedule_rows};
use lazydebugger::resource::{Catalogue, ColumnSet, Key, LoadSettings, ModelId, TableId, bind};
use lazydebugger::session::{Facts, Planner, advise, settings};

fn experiment() -> Experiment {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data/adult/experiment.toml");
    let mut experiment = Experiment::from_file(&file).unwrap();
    experiment.engine.threads = Some(2);
    experiment
}

fn planner_of(experiment: Experiment, history: History) -> Planner {
    let settings = settings(&experiment);
    let load_settings = LoadSettings::of(&experiment);
    let catalogue = Arc::new(bind(experiment, load_settings).unwrap());
    Planner::new(catalogue, &settings, history)
}

fn planner() -> Planner {
    planner_of(experiment(), History::of_this_session())
}

fn check(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_snapshot_path("snapshots");
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

/// Two letters for a resource, so that a plan fits on a line.
fn code(key: &Key) -> &'static str {
    match key {
        Key::Table(TableId::Dataset) => "D",
        Key::Table(TableId::Calibration) => "Dc",
        Key::Table(TableId::Alternative(_)) => "Da",
        Key::Columns { table, set } => match (table, set) {
            (TableId::Dataset, ColumnSet::Outcome) => "Do",
            (TableId::Dataset, ColumnSet::Protected) => "Dp",
            (TableId::Dataset, ColumnSet::Features) => "Df",
            (TableId::Calibration, ColumnSet::Outcome) => "Dco",
            (TableId::Calibration, ColumnSet::Protected) => "Dcp",
            (TableId::Calibration, ColumnSet::Features) => "Dcf",
            (TableId::Alternative(_), ColumnSet::Outcome) => "Dao",
            (TableId::Alternative(_), ColumnSet::Protected) => "Dap",
            (TableId::Alternative(_), ColumnSet::Features) => "Daf",
            (_, ColumnSet::All) => panic!("no table here is a CSV file"),
        },
        Key::Model(ModelId::Validated(_)) => "M",
        Key::Model(ModelId::Alternative(_)) => "Mo",
        Key::Model(ModelId::Variant(_)) => "Mv",
        Key::Model(ModelId::Quantile(_)) | Key::Parity => {
            panic!("this experiment names no quantiles and expects no scores")
        }
        Key::Predictions {
            disturbance: Some(_),
            ..
        } => "Pn",
        Key::Predictions {
            model: ModelId::Variant(_),
            ..
        } => "Pv",
        Key::Predictions {
            table: TableId::Calibration,
            ..
        } => "Pc",
        Key::Predictions {
            table: TableId::Alternative(_),
            ..
        } => "Pa",
        Key::Predictions { .. } => "P",
        Key::ProtectedAttributes => "A",
        Key::Hyperparameters => "H",
    }
}

const LEGEND: &str = "\
D dataset, Dc calibration, Da alternative data, each with its columns: -o outcome, -p protected
attributes, -f the other features; M model, Mo other models, Mv variants' models;
P predictions, Pc on calibration, Pa on alternative data, Pn disturbed, Pv by variants;
A protected attributes, H hyperparameters; * marks the advised strategy
";

fn codes(keys: &[Key]) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for key in keys {
        match counts.iter_mut().find(|(known, _)| *known == code(key)) {
            Some((_, count)) => *count += 1,
            None => counts.push((code(key), 1)),
        }
    }
    let told = counts.into_iter().map(|(code, count)| match count {
        1 => code.to_owned(),
        count => format!("{code}x{count}"),
    });
    told.collect::<Vec<_>>().join(" ")
}

#[test]
fn every_strategy_for_every_selection() {
    let planner = planner();
    let mut text = LEGEND.to_owned();
    for selection in selections() {
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
    check("plans", &text);
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

/// Seconds of every load, by its code.
fn timed(planner: &mut Planner, seconds: impl Fn(&str) -> f64) {
    for key in planner.declared().to_owned() {
        let id = planner.catalogue.cost_id(&key);
        let kind = Catalogue::kind(&key);
        planner.history.record(id, kind, 1_000, seconds(code(&key)));
    }
}

#[test]
fn plans_go_by_what_was_timed_before() {
    let mut planner = planner();
    timed(&mut planner, |code| match code {
        "M" => 1.0,
        "P" => 0.5,
        "D" => 0.25,
        _ => 0.125,
    });
    let both = [Dimension::Fairness, Dimension::Resilience];
    let (forecasts, _) = planner.compare(&both);
    let of = |strategy| forecasts.iter().find(|f| f.strategy == strategy).unwrap();
    let core = of(Strategy::EagerCore);
    assert_eq!(core.basis, Basis::Measured);
    assert_eq!(core.setup_seconds, 1.0, "the dataset beside the model");
    assert_eq!(
        core.critical_path_seconds, 1.5,
        "the model, then its predictions"
    );
    let path: Vec<&str> = core.critical_path.iter().map(|name| &*name.0).collect();
    assert_eq!(
        path,
        ["model:random_forest", "predictions:random_forest@dataset"]
    );
    // While the model opens for a second, the other worker has time for the dataset and for the
    // alternative data, which only resilience needs: first, but not kept.
    let (plan, _) = planner.plan(Strategy::Adaptive, &both);
    assert_eq!(codes(&plan.first), "D Do Dp M Df P Da Dao Daf");
    assert_eq!(codes(&plan.kept), "D Do Dp M Df P");
    assert_eq!(of(Strategy::Adaptive).setup_seconds, 1.5);
}

#[test]
fn a_file_that_has_changed_is_not_timed_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let mut experiment = experiment();
    let copy = folder.path().join("adult_calib.parquet");
    let original = experiment
        .dataset
        .calibration
        .replace(copy.clone())
        .unwrap();
    std::fs::copy(original, &copy).unwrap();
    let planner = planner_of(experiment, History::of_this_session());
    let ids = || {
        let table = Key::Table(TableId::Calibration);
        let scores = Key::predictions(planner.catalogue.validated(), TableId::Calibration);
        let other = Key::Table(TableId::Dataset);
        [table, scores, other].map(|key| planner.catalogue.cost_id(&key))
    };
    let before = ids();
    assert_eq!(ids(), before);
    let file = std::fs::File::options().append(true).open(&copy).unwrap();
    file.set_len(std::fs::metadata(&copy).unwrap().len() + 1)
        .unwrap();
    let after = ids();
    assert!(after[0] != before[0] && after[1] != before[1]);
    assert_eq!(after[2], before[2]);
}

#[test]
fn loads_of_models_are_timed_for_each_backend() {
    let ids = |backend| {
        let mut experiment = experiment();
        experiment.engine.backend = backend;
        let planner = planner_of(experiment, History::of_this_session());
        let model = planner.catalogue.validated();
        let scores = Key::predictions(model.clone(), TableId::Dataset);
        let keys = [Key::Model(model), scores, Key::Table(TableId::Dataset)];
        keys.map(|key| planner.catalogue.cost_id(&key))
    };
    let [auto, native, library] = [Backend::Auto, Backend::Native, Backend::OnnxRuntime].map(ids);
    assert_eq!(auto, native, "which is what runs this model");
    assert!(native[0] != library[0] && native[1] != library[1]);
    assert_eq!(native[2], library[2], "a table is no model's");
}

#[test]
fn scores_from_a_file_are_planned_without_model_and_features() {
    let folder = tempfile::tempdir().unwrap();
    let scores = folder.path().join("scores.csv");
    std::fs::write(&scores, "score\n0.5\n").unwrap();
    let mut experiment = experiment();
    experiment.model.path = None;
    experiment.model.predictions = Some(scores.clone());
    let planner = planner_of(experiment, History::of_this_session());
    let (plan, error) = planner.plan(Strategy::EagerCore, &[Dimension::Fairness]);
    assert_eq!(error, None);
    assert_eq!(codes(&plan.first), "D Do Dp");
    assert_eq!(codes(&plan.later), "A P");
    let key = Key::predictions(planner.catalogue.validated(), TableId::Dataset);
    let before = planner.catalogue.cost_id(&key);
    std::fs::write(&scores, "score\n0.25\n").unwrap();
    assert_ne!(planner.catalogue.cost_id(&key), before, "the file counts");
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
fn a_preload_is_part_of_every_plan() {
    let mut experiment = experiment();
    experiment.engine.preload = vec!["calibration".to_owned(), "shared".to_owned()];
    let planner = planner_of(experiment, History::of_this_session());
    assert_eq!(planner.preload_problems(), Vec::<String>::new());
    let both = [Dimension::Robustness, Dimension::Fairness];
    let (plan, _) = planner.plan(Strategy::LazyAll, &both);
    assert_eq!(codes(&plan.first), "Dc Dco Dcf D Do Dp Df M P");
    assert_eq!(plan.kept, plan.first);
    let (plan, _) = planner.plan(Strategy::LazyAll, &both[..1]);
    assert_eq!(
        codes(&plan.first),
        "Dc Dco Dcf",
        "one dimension shares nothing"
    );
}

#[test]
fn a_preload_that_does_not_exist_is_told_with_the_nearest_name() {
    let mut experiment = experiment();
    experiment.engine.preload = vec!["model:random_forst".to_owned(), "zzz".to_owned()];
    let problems = planner_of(experiment, History::of_this_session()).preload_problems();
    assert_eq!(
        problems,
        [
            "engine.preload: there is no resource `model:random_forst`; did you mean \
             `model:random_forest`?",
            "engine.preload: there is no resource `zzz`, such as `dataset`, or `shared` for what \
             two selected dimensions need",
        ]
    );
}

#[test]
fn a_thorough_preset_plans_more_loads() {
    let loads = |preset| {
        let mut experiment = experiment();
        experiment.engine.preset = preset;
        let planner = planner_of(experiment, History::of_this_session());
        planner
            .plan(Strategy::LazyAll, &[Dimension::Robustness])
            .0
            .later
            .len()
    };
    assert!(loads(Preset::Quick) < loads(Preset::Full));
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
