//! What the experiment's settings change in a plan: preloads, stored scores, the preset.

use lazydebugger::history::History;
use lazydebugger::resource::{CostParts, Key, TableId};
use lazydebugger::vocabulary::{Dimension, Preset, Strategy};

use crate::plans::{codes, experiment, planner_of};

#[test]
fn scores_from_a_file_are_planned_without_model_and_features() {
    let folder = tempfile::tempdir().unwrap();
    let scores = folder.path().join("scores.csv");
    // One a row of the dataset.
    let all = |score: &str| format!("score\n{}", format!("{score}\n").repeat(9_769));
    std::fs::write(&scores, all("0.5")).unwrap();
    let mut experiment = experiment();
    experiment.model.path = None;
    experiment.model.predictions = Some(scores.clone());
    let planner = planner_of(experiment, History::of_this_session());
    let (plan, error) = planner.plan(Strategy::EagerCore, &[Dimension::Fairness]);
    assert_eq!(error, None);
    assert_eq!(codes(&plan.first), "D F Do Dp");
    assert_eq!(codes(&plan.later), "A Ds F P");
    let key = Key::predictions(planner.catalogue.validated(), TableId::Dataset);
    let before = planner.catalogue.cost_id(&key, &mut CostParts::default());
    std::fs::write(&scores, all("0.25")).unwrap();
    assert_ne!(
        planner.catalogue.cost_id(&key, &mut CostParts::default()),
        before,
        "the file counts"
    );
}

#[test]
fn a_preload_is_part_of_every_plan() {
    let mut experiment = experiment();
    experiment.engine.preload = vec!["calibration".to_owned(), "shared".to_owned()];
    let planner = planner_of(experiment, History::of_this_session());
    assert_eq!(planner.preload_problems(), []);
    let both = [Dimension::Robustness, Dimension::Fairness];
    let (plan, _) = planner.plan(Strategy::LazyAll, &both);
    assert_eq!(codes(&plan.first), "Dc Fx3 Dco Dcp Dcf D Do Dp Df T M P");
    assert_eq!(plan.kept, plan.first);
    let (plan, _) = planner.plan(Strategy::LazyAll, &both[..1]);
    assert_eq!(
        codes(&plan.first),
        "Dc F Dco Dcp Dcf",
        "one dimension shares nothing"
    );
}

#[test]
fn a_preload_that_does_not_exist_is_told_with_the_nearest_name() {
    let mut experiment = experiment();
    experiment.engine.preload = vec!["model:random_forst".to_owned(), "zzz".to_owned()];
    let problems = planner_of(experiment, History::of_this_session()).preload_problems();
    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
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
