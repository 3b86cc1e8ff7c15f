//! Plans by what earlier loads took.

use lazydebugger::event::Basis;
use lazydebugger::history::History;
use lazydebugger::resource::{Catalogue, CostParts, Key, TableId};
use lazydebugger::session::Planner;
use lazydebugger::vocabulary::{Backend, Dimension, Strategy};

use crate::plans::{code, codes, experiment, planner, planner_of};

/// Seconds of every load, by its code.
fn timed(planner: &mut Planner, seconds: impl Fn(&str) -> f64) {
    for key in planner.declared().to_owned() {
        let id = planner.catalogue.cost_id(&key, &mut CostParts::default());
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
        // Reading a file to know it, and a header.
        "F" | "T" => 0.0,
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
        [
            "header:random_forest",
            "model:random_forest",
            "predictions:random_forest@dataset"
        ]
    );
    // While the model opens for a second, the other worker has time for the dataset, and for the
    // alternative data and the calibration set, which only resilience needs: first, but not kept.
    let (plan, _) = planner.plan(Strategy::Adaptive, &both);
    assert_eq!(
        codes(&plan.first),
        "D Fx4 Do Dp T M Df P Da Dao Daf Dc Dco Dcp Dcf"
    );
    assert_eq!(codes(&plan.kept), "D Fx2 Do Dp T M Df P");
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
        [table, scores, other].map(|key| planner.catalogue.cost_id(&key, &mut CostParts::default()))
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
        keys.map(|key| planner.catalogue.cost_id(&key, &mut CostParts::default()))
    };
    let [auto, native, library] = [Backend::Auto, Backend::Native, Backend::OnnxRuntime].map(ids);
    assert_eq!(auto, native, "which is what runs this model");
    assert!(native[0] != library[0] && native[1] != library[1]);
    assert_eq!(native[2], library[2], "a table is no model's");
}
