//! Tables of trials as hyperparameters' files.

use std::fs;
use std::path::Path;

use lazydebugger::experiment::{Direction, ParameterValue, Sweep, VariantSource};
use lazydebugger::resource::read_sweep;
use lazydebugger::resource::source::Source;
use lazydebugger::vocabulary::Problem;

fn read_file(path: &Path, metric: Option<&str>) -> Result<Sweep, Problem> {
    read_sweep(&Source::open(path)?, metric)
}

fn read_by(name: &str, text: &str, metric: Option<&str>) -> Result<Sweep, Problem> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    read_file(&path, metric)
}

fn read(name: &str, text: &str) -> Result<Sweep, Problem> {
    read_by(name, text, None)
}

fn names(sweep: &Sweep) -> Vec<&str> {
    let parameters = sweep.variants[0].parameters.iter();
    parameters.map(|(name, _)| name.as_str()).collect()
}

#[test]
fn optunas_trials_dataframe() {
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
    let sweep = read_file(&reference.join("trials_150.csv"), None).unwrap();
    assert_eq!(sweep.variants.len(), 146);
    assert_eq!(names(&sweep), ["depth", "kind", "l2", "lr"]);
    assert_eq!((sweep.score.as_str(), sweep.direction), ("value", None));
    let first = &sweep.variants[0];
    assert_eq!(first.name, "trial 0");
    assert_eq!(first.source, VariantSource::Score(0.887_307));
    assert_eq!(first.parameters[0].1, ParameterValue::Number(3.0));
    assert_eq!(
        first.parameters[1].1,
        ParameterValue::Text("entropy".to_owned())
    );
    let notes = sweep.notes.join("\n");
    assert!(
        notes.contains("4 trials did not come to their end"),
        "{notes}"
    );
    assert!(notes.contains("higher is taken for better"), "{notes}");
}

#[test]
fn a_plain_table_of_parameters_and_metrics() {
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
    let sweep = read_file(&reference.join("hgb_grid_120.csv"), None).unwrap();
    assert_eq!(sweep.variants.len(), 120);
    assert_eq!(
        names(&sweep),
        [
            "learning_rate",
            "max_iter",
            "max_leaf_nodes",
            "min_samples_leaf"
        ]
    );
    assert_eq!(sweep.score, "calib_auc");
    assert_eq!(sweep.direction, Some(Direction::Maximize));
    assert_eq!(sweep.variants[119].name, "row 120");

    let sweep = read("t.csv", "depth,valid_log_loss\n3,0.4\n4,0.3\n").unwrap();
    assert_eq!(sweep.direction, Some(Direction::Minimize));
    assert_eq!(names(&sweep), ["depth"]);
}

#[test]
fn a_search_of_scikit_learn_with_a_parameter_that_is_sometimes_none() {
    let text = "mean_fit_time,param_max_depth,param_bootstrap,mean_test_score,rank_test_score\n\
                0.1,3,True,0.8,3\n0.1,,False,0.9,1\n0.2,5,true,0.85,2\n";
    let sweep = read("cv.csv", text).unwrap();
    assert_eq!(sweep.score, "mean_test_score");
    assert_eq!(names(&sweep), ["max_depth", "bootstrap"]);
    let none = ParameterValue::Text("none".to_owned());
    assert_eq!(sweep.variants[1].parameters[0].1, none);
    assert_eq!(
        sweep.variants[2].parameters[0].1,
        ParameterValue::Number(5.0)
    );
    let notes = sweep.notes.join("\n");
    assert!(
        notes.contains("`max_depth` is not set in 1 of 3 trials"),
        "{notes}"
    );
}

#[test]
fn both_ways_in_which_pandas_writes_json() {
    let records = r#"[{"number": 0, "value": 0.5, "params_x": 1, "state": "COMPLETE"},
        {"number": 1, "value": null, "params_x": 2, "state": "FAIL"},
        {"number": 2, "value": 0.7, "params_x": 3, "state": "TrialState.COMPLETE"}]"#;
    let columns = r#"{"number": {"0": 0, "1": 1, "2": 2}, "value": {"0": 0.5, "1": null, "2": 0.7},
        "params_x": {"0": 1, "1": 2, "2": 3},
        "state": {"0": "COMPLETE", "1": "FAIL", "2": "COMPLETE"}}"#;
    for text in [records, columns] {
        let sweep = read("t.json", text).unwrap();
        let scores: Vec<&VariantSource> = sweep.variants.iter().map(|v| &v.source).collect();
        assert_eq!(
            scores,
            [&VariantSource::Score(0.5), &VariantSource::Score(0.7)]
        );
        assert_eq!(sweep.variants[1].name, "trial 2");
    }
}

/// `cv_results_` of a search with several metrics; `best_index_` for `refit="roc_auc"` is 1.
const SEVERAL: &str = "mean_fit_time,param_depth,split0_test_roc_auc,split1_test_roc_auc,\
    mean_test_roc_auc,std_test_roc_auc,rank_test_roc_auc,mean_test_neg_log_loss,\
    rank_test_neg_log_loss\n\
    0.1,2,0.95,0.65,0.80,0.1,2,-0.5,1\n0.1,3,0.85,0.87,0.86,0.1,1,-0.6,2\n";

fn scored(sweep: &Sweep) -> Vec<f64> {
    let sources = sweep.variants.iter().map(|variant| &variant.source);
    let score = |source: &VariantSource| match source {
        VariantSource::Score(score) => *score,
        VariantSource::Model(_) => f64::NAN,
    };
    sources.map(score).collect()
}

#[test]
fn a_search_of_scikit_learn_with_several_metrics() {
    let sweep = read("cv.csv", SEVERAL).unwrap();
    assert_eq!(sweep.score, "mean_test_roc_auc");
    assert_eq!(scored(&sweep), [0.80, 0.86]);
    assert_eq!(sweep.direction, Some(Direction::Maximize));
    let notes = sweep.notes.join("\n");
    assert!(notes.contains("the trials have 2 metrics"), "{notes}");
    assert!(
        notes.contains("`mean_test_neg_log_loss` left aside"),
        "{notes}"
    );

    let by = |metric: &str| read_by("cv.csv", SEVERAL, Some(metric));
    for metric in ["neg_log_loss", "mean_test_neg_log_loss"] {
        let sweep = by(metric).unwrap();
        assert_eq!(sweep.score, "mean_test_neg_log_loss");
        assert_eq!(scored(&sweep), [-0.5, -0.6]);
        assert_eq!(sweep.direction, Some(Direction::Maximize));
        assert_eq!(names(&sweep), ["depth"]);
    }
    let told = by("brier").unwrap_err().to_string();
    assert!(
        told.contains("no column holds the metric `brier`"),
        "{told}"
    );
    assert!(
        told.contains("`mean_test_roc_auc`, `mean_test_neg_log_loss`"),
        "{told}"
    );
}

/// A scorer of one's own may leave errors as they are; its ranks say so.
#[test]
fn ranks_say_which_score_is_better() {
    let text = "param_a,mean_test_cost,rank_test_cost\n1,0.5,1\n2,0.9,2\n";
    assert_eq!(
        read("cv.csv", text).unwrap().direction,
        Some(Direction::Minimize)
    );
}

#[test]
fn a_refit_chooses_the_metric() {
    let text = r#"{"refit": "accuracy", "param_a": {"0": 1, "1": 2},
        "mean_test_roc_auc": {"0": 0.7, "1": 0.8}, "mean_test_accuracy": {"0": 0.6, "1": 0.5}}"#;
    let sweep = read("cv.json", text).unwrap();
    assert_eq!(sweep.score, "mean_test_accuracy");
    assert_eq!(scored(&sweep), [0.6, 0.5]);
}

#[test]
fn a_study_with_several_objectives_is_said() {
    let text = "number,values_0,values_1,params_a,state\n0,0.5,3,1,COMPLETE\n1,0.7,9,2,COMPLETE\n";
    let sweep = read("t.csv", text).unwrap();
    assert_eq!(
        (sweep.score.as_str(), scored(&sweep)),
        ("values_0", vec![0.5, 0.7])
    );
    let notes = sweep.notes.join("\n");
    assert!(notes.contains("the trials have 2 objectives"), "{notes}");
    let sweep = read_by("t.csv", text, Some("values_1")).unwrap();
    assert_eq!(scored(&sweep), [3.0, 9.0]);
}

#[test]
fn what_a_table_lacks_is_said() {
    let problem = |text: &str| read("t.csv", text).unwrap_err().to_string();
    let told = problem("depth,rate\n1,2\n");
    assert!(told.contains("no column holds the trials' score"), "{told}");
    let told = problem("score,number\n1,2\n");
    assert!(told.contains("no column holds a parameter"), "{told}");
    let told = problem("score,name,x\n1,a,3\n2,a,4\n");
    assert!(told.contains("two trials are called `a`"), "{told}");
    let told = read_file(Path::new("nowhere.parquet"), None).unwrap_err();
    assert!(told.to_string().contains("no such file"), "{told}");
    let told = read("t.parquet", "score,x\n1,2\n").unwrap_err().to_string();
    assert!(told.contains("not a Parquet file"), "{told}");
}

#[test]
fn a_direction_can_be_given() {
    let sweep = |direction: &str| {
        let text = format!(
            r#"{{"score": "auc", "direction": "{direction}", "variants": [
                {{"name": "a", "score": 1, "parameters": {{"x": 1}}}}]}}"#
        );
        read("s.json", &text)
    };
    let read = sweep("minimize").unwrap();
    assert_eq!(read.direction, Some(Direction::Minimize));
    let told = sweep("minimise").unwrap_err().to_string();
    assert!(told.contains("did you mean `minimize`?"), "{told}");
}

/// As pandas writes a frame, its rows in another order in one column.
#[test]
fn columns_of_trials_are_matched_by_the_key_of_the_row() {
    let whole =
        r#"{"params_a": {"0": 0, "1": 1, "2": 2}, "value": {"2": 0.2, "0": 0.0, "1": 0.1}}"#;
    let sweep = read("trials.json", whole).unwrap();
    for (place, variant) in sweep.variants.iter().enumerate() {
        let place = place as f64;
        assert_eq!(variant.parameters[0].1, ParameterValue::Number(place));
        assert_eq!(variant.source, VariantSource::Score(place / 10.0));
    }
    for (text, words) in [
        (
            r#"{"params_a": {"0": 0, "1": 1}, "value": {"0": 0.1, "2": 0.2}}"#,
            "`value`: it has a row `2`",
        ),
        (
            r#"{"params_a": {"0": 0, "1": 1}, "value": {"0": 0.1, "0": 0.2}}"#,
            "`0`: it is given twice in column `value`",
        ),
        (
            r#"{"params_a": {"0": 0}, "params_a": {"0": 1}, "value": {"0": 0.1}}"#,
            "`params_a`: it is given twice in the table",
        ),
        (
            r#"[{"params_a": 0, "value": 1}, {"params_a": 1, "value": 2, "value": 3}]"#,
            "`value`: it is given twice in trial 2",
        ),
    ] {
        let told = read("trials.json", text).unwrap_err().to_string();
        assert!(told.contains(words), "{told}");
    }
}

/// Each of them is compared with a few others, and not with all.
#[test]
fn many_variants_and_long_names_take_no_long_time() {
    let variants = (0..40_000)
        .map(|i| format!(r#"{{"name": "{i}", "score": 0.5, "parameters": {{"a": {i}, "b": 1}}}}"#));
    let variants: Vec<String> = variants.collect();
    let text = format!(r#"{{"variants": [{}]}}"#, variants.join(","));
    let started = std::time::Instant::now();
    assert_eq!(read("sweep.json", &text).unwrap().variants.len(), 40_000);
    let long = "x".repeat(300_000);
    let text = format!(r#"{{"{long}": 1, "score": "{long}", "variants": []}}"#);
    assert!(read("sweep.json", &text).is_err());
    assert!(started.elapsed() < std::time::Duration::from_secs(20));
}
