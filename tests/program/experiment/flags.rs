//! What flags say, alone and on top of a file.

use std::path::Path;

use clap::Parser;
use lazydebugger::experiment::{Experiment, Overrides};
use lazydebugger::vocabulary::{
    Backend, CachePolicy, Codec, Columns, EngineSettings, Grouping, Preset, Strategy, Task,
};

use crate::experiment::{WHOLE, folder, protected};

#[derive(Parser)]
struct CommandLine {
    #[command(flatten)]
    overrides: Overrides,
}

fn flags(line: &str) -> Result<Overrides, String> {
    let words = std::iter::once("lazydebugger").chain(line.split_whitespace());
    let parsed = CommandLine::try_parse_from(words);
    parsed
        .map(|line| line.overrides)
        .map_err(|error| error.to_string())
}

#[test]
fn flags_alone_make_an_experiment() {
    let line = "--data rows/d.csv --target y --positive -1 --model m.onnx --threshold 0.3 \
                --protected sex,age:25,45,65,race --protected a:b:-1.5 \
                --alternative d2.csv --alternative d3.csv --calibration c.csv --strategy eager --preload dataset,shared --no-prefetch \
                --backend native --preset medium --seed 1 --threads 2 --chunk-rows 10 --columns hold --cache-policy lru \
                --cache-entries 5 \
                --cache-bytes 1MB --compress lz4 --memory-budget 2GiB";
    let built = Experiment::from_overrides(&flags(line).unwrap()).unwrap();
    assert_eq!((built.name.as_str(), &built.file), ("m on d", &None));
    assert_eq!(built.dataset.path, Path::new("rows/d.csv"));
    let positive = "-1".to_owned();
    assert_eq!(built.dataset.task, Some(Task::Binary { positive }));
    assert_eq!(
        built.dataset.alternative,
        [Path::new("d2.csv"), Path::new("d3.csv")]
    );
    assert_eq!(
        built.dataset.calibration.as_deref(),
        Some(Path::new("c.csv"))
    );
    assert_eq!(
        built.protected,
        [
            protected("sex", Grouping::Categories),
            protected("age", Grouping::CutPoints(vec![25.0, 45.0, 65.0])),
            protected("race", Grouping::Categories),
            protected("a:b", Grouping::CutPoints(vec![-1.5])),
        ]
    );
    assert_eq!(
        (built.model.name.as_str(), built.model.threshold),
        ("m", 0.3)
    );
    assert_eq!(
        built.engine,
        EngineSettings {
            backend: Backend::Native,
            strategy: Strategy::Eager,
            preload: vec!["dataset".to_owned(), "shared".to_owned()],
            prefetch: false,
            preset: Preset::Medium,
            seed: 1,
            cache_policy: CachePolicy::Lru,
            cache_entries: 5,
            cache_bytes: 1_000_000,
            compress: Some(Codec::Lz4),
            memory_budget_bytes: Some(2 << 30),
            threads: 2,
            chunk_rows: 10,
            columns: Columns::Hold,
            ..EngineSettings::default()
        }
    );
}

#[test]
fn flags_that_are_missing_are_told_at_once() {
    let errors = Experiment::from_overrides(&flags("--data d.csv").unwrap()).unwrap_err();
    assert_eq!(
        errors.to_string(),
        "command line: 2 problems\n  \
         `--target` is missing: give the column to predict\n  \
         `--model` is missing: give the model's file (.onnx)"
    );
    assert!(!flags("--seed 1").unwrap().describe_an_experiment());
    assert!(flags("--data d.csv").unwrap().describe_an_experiment());
}

#[test]
fn flags_stand_in_for_keys() {
    let (folder, path) = folder(WHOLE);
    let read = Experiment::from_file(&path).unwrap();
    let same = read.clone().with(&Overrides::default()).unwrap();
    assert_eq!(same, read);

    let changed = read
        .clone()
        .with(&flags("--seed 9 --positive no --protected race").unwrap());
    let mut expected = read.clone();
    expected.engine.seed = 9;
    expected.dataset.task = Some(Task::Binary {
        positive: "no".to_owned(),
    });
    expected.protected = vec![protected("race", Grouping::Categories)];
    assert_eq!(changed.unwrap(), expected);

    let linear = folder.path().join("linear.onnx");
    let line = format!("--model {}", linear.display());
    let changed = read.clone().with(&flags(&line).unwrap()).unwrap();
    assert_eq!(changed.model.name, "linear");
    let others = changed.alternative_models.iter().map(|m| m.name.as_str());
    assert_eq!(
        others.collect::<Vec<_>>(),
        ["tree"],
        "a model is not set beside itself"
    );

    let errors = read
        .with(&flags("--model new/linear.onnx").unwrap())
        .unwrap_err();
    let words = "experiment.toml with the flags given: `alternative_models`: two models are called `linear`";
    assert!(errors.to_string().contains(words), "{errors}");
}

#[test]
fn flags_of_the_wrong_form_are_explained() {
    for (line, words) in [
        (
            "--cache-bytes 2G",
            "`2G` may mean two things: write 2GB (decimal) or 2GiB (binary)",
        ),
        ("--memory-budget much", "`much` is not a size"),
        (
            "--protected age:young",
            "`young` is not a number; cut points look like age:25,45,65",
        ),
        ("--protected sex,,age", "a column's name is empty"),
        ("--threads 0", "number would be zero"),
        ("--strategy lazy", "'lazy-all'"),
    ] {
        let error = flags(line).unwrap_err();
        assert!(error.contains(words), "`{words}` is not in: {error}");
    }
    let data = "--data d.csv --target y --model m.onnx";
    for (more, words) in [
        (
            "--threshold 2",
            "`model.threshold`: expected a number from 0 to 1, found 2",
        ),
        (
            "--threshold nan",
            "`model.threshold`: expected a number from 0 to 1, found NaN",
        ),
        ("--protected sex,sex", "`protected`: `sex` is there twice"),
        (
            "--protected age:3,2",
            "`protected.age`: cut points must increase",
        ),
        ("--memory-budget 0", "nothing fits in no memory"),
    ] {
        let given = flags(&format!("{data} {more}")).unwrap();
        let error = Experiment::from_overrides(&given).unwrap_err().to_string();
        assert!(error.starts_with("command line: "), "{error}");
        assert!(error.contains(words), "`{words}` is not in: {error}");
    }
}

#[test]
fn scores_stand_in_for_a_model_until_another_is_named() {
    let line = "--data d.csv --target y --predictions scores/of_m.csv";
    let built = Experiment::from_overrides(&flags(line).unwrap()).unwrap();
    assert_eq!(
        (built.model.name.as_str(), &built.model.path),
        ("of_m", &None)
    );
    let scores = Some(Path::new("scores/of_m.csv"));
    assert_eq!(built.model.predictions.as_deref(), scores);
    assert!(!built.may_run_models());

    let (folder, path) = folder(
        "[dataset]\npath = 'd.csv'\ntarget = 'y'\n[model]\npath = 'm.onnx'\npredictions = 's.csv'",
    );
    let read = Experiment::from_file(&path).unwrap();
    assert_eq!(read.model.name, "m");
    let scores = folder.path().join("s.csv");
    assert_eq!(read.model.source(), Some(scores.as_path()));
    let other = read
        .clone()
        .with(&flags("--model n.onnx").unwrap())
        .unwrap();
    assert_eq!(other.model.predictions, None, "they are those of another");
    assert_eq!(other.model.source(), Some(Path::new("n.onnx")));
    let both = flags("--model n.onnx --predictions t.csv").unwrap();
    let both = read.with(&both).unwrap();
    assert_eq!(both.model.name, "n");
    assert_eq!(both.model.source(), Some(Path::new("t.csv")));
}
