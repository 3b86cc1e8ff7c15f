//! What a whole `experiment.toml` says.

use std::path::PathBuf;

use lazydebugger::experiment::{Experiment, Gate};
use lazydebugger::vocabulary::{
    Backend, CachePolicy, Codec, Columns, Device, EngineSettings, Grouping, LintSettings,
    ModelOutput, Preset, Strategy, Task,
};

use crate::experiment::{WHOLE, folder, parse, protected};

fn gate(metric: &str, min: Option<f64>, max: Option<f64>) -> Gate {
    let metric = metric.to_owned();
    Gate { metric, min, max }
}

#[test]
fn every_key_is_read() {
    let (folder, path) = folder(WHOLE);
    let in_folder = |name: &str| folder.path().join(name);
    let read = Experiment::from_file(&path).unwrap();
    assert_eq!(read.name, "Everything");
    assert_eq!(read.file.as_deref(), Some(path.as_path()));
    assert_eq!(read.dataset.path, in_folder("rows.csv"));
    assert_eq!(read.dataset.target, "y");
    let positive = "yes".to_owned();
    assert_eq!(read.dataset.task, Some(Task::Binary { positive }));
    assert_eq!(read.dataset.missing_text.as_deref(), Some(""));
    assert_eq!(read.dataset.calibration, Some(in_folder("more/rows.csv")));
    assert_eq!(
        read.dataset.alternative,
        [in_folder("2020.csv"), PathBuf::from("/data/2021.parquet")]
    );
    assert_eq!(
        read.protected,
        [
            protected("sex", Grouping::Categories),
            protected("home town", Grouping::Categories),
            protected("age", Grouping::CutPoints(vec![25.0, 45.5, 65.0])),
        ]
    );
    assert_eq!(read.model.name, "forest.v2");
    assert_eq!(read.model.path, Some(in_folder("models/forest.v2.onnx")));
    assert_eq!(read.model.threshold, 0.25);
    assert_eq!(
        read.model.features.as_deref(),
        Some(&["a".to_owned(), "b".to_owned()][..])
    );
    assert_eq!(read.model.output, Some(ModelOutput::Margin));
    let others = read.alternative_models.iter();
    let others: Vec<_> = others.map(|m| (m.name.as_str(), m.path.clone())).collect();
    assert_eq!(
        others,
        [
            ("linear", in_folder("linear.onnx")),
            ("tree", in_folder("tree.onnx"))
        ]
    );
    assert_eq!(read.hyperparameters, Some(in_folder("sweep/sweep.json")));
    assert_eq!(
        read.gates,
        [
            gate("fairness.sex.demographic_parity_ratio", Some(0.8), None),
            gate("robustness.gaussian.0.1.auc.mean", Some(0.5), Some(1.0)),
            gate("uncertainty.ece", None, Some(0.1)),
        ]
    );
    assert_eq!(read.gates_of("fairness").count(), 1);
    assert_eq!(
        read.engine,
        EngineSettings {
            backend: Backend::Native,
            device: Device::Cuda(1),
            strategy: Strategy::LazyAll,
            preload: vec!["dataset".to_owned(), "shared".to_owned()],
            prefetch: false,
            preset: Preset::Full,
            seed: 7,
            cache_policy: CachePolicy::Gdsf,
            cache_entries: 0,
            cache_bytes: 3 << 29,
            compress: Some(Codec::Zstd),
            memory_budget_bytes: Some(2_000_000_000),
            device_memory_budget_bytes: Some(16_000_000_000),
            threads: 3,
            chunk_rows: 5000,
            columns: Columns::Stream,
            ..EngineSettings::default()
        }
    );
}

#[test]
fn what_lints_call_too_much_has_a_section_of_its_own() {
    let needed = "[dataset]\npath = 'd.csv'\ntarget = 'y'\n[model]\npath = 'm.onnx'\n";
    let lints = "[lints]\nmisses = 9\nbytes = '2MB'\nestimate_off = 0.5\ngrowth = '1GB'\nwait = '2s'\nwasted = 0.4";
    let (_folder, path) = folder(&format!("{needed}{lints}"));
    let expected = LintSettings {
        misses: 9,
        bytes: 2_000_000,
        estimate_off: 0.5,
        growth: 1_000_000_000,
        wait_seconds: 2.0,
        wasted: 0.4,
    };
    assert_eq!(Experiment::from_file(&path).unwrap().lints, expected);
}

#[test]
fn little_is_needed() {
    let (folder, path) =
        folder("[dataset]\npath = 'd.csv'\ntarget = 'y'\n[model]\npath = 'm.onnx'");
    let read = Experiment::from_file(&path).unwrap();
    assert_eq!(read.name, "experiment");
    assert_eq!(read.dataset.task, None);
    assert_eq!(read.dataset.missing_text, None);
    assert_eq!(read.model.threshold, 0.5);
    assert_eq!(read.engine, EngineSettings::default());
    assert_eq!(read.lints, LintSettings::default());
    assert_eq!((read.engine.seed, read.engine.cache_entries), (42, 128));
    assert_eq!(
        (read.engine.cache_bytes, read.engine.chunk_rows),
        (268_435_456, 10_000)
    );
    drop(folder);
}

#[test]
fn labels_are_text_however_they_are_written() {
    let label = |text: &str| text.to_owned();
    let binary = |text: &str| Task::Binary {
        positive: label(text),
    };
    for (written, task) in [
        ("'>50K'", binary(">50K")),
        ("1", binary("1")),
        ("-3", binary("-3")),
        ("0x1F", binary("31")),
        ("1.0", binary("1")),
        ("0.50", binary("0.5")),
        ("true", binary("true")),
        (
            "['a', 2, false]",
            Task::MultiClass(vec![label("a"), label("2"), label("false")]),
        ),
    ] {
        let text = format!(
            "[dataset]\npath='d.csv'\ntarget='y'\npositive={written}\n[model]\npath='m.onnx'"
        );
        assert_eq!(parse(&text).unwrap().dataset.task, Some(task), "{written}");
    }
}

#[test]
fn a_privileged_group_stands_beside_the_groups() {
    let text = WHOLE.replace(
        "[protected]",
        "[protected]\nplace = { groups = [1, 2], privileged = \"<1\" }\nclub.privileged = 7",
    );
    let read = parse(&text).unwrap();
    let find = |name: &str| read.protected.iter().find(|p| p.name == name).unwrap();
    let place = find("place");
    assert_eq!(place.grouping, Grouping::CutPoints(vec![1.0, 2.0]));
    assert_eq!(place.privileged.as_deref(), Some("<1"));
    let club = find("club");
    assert_eq!(
        club.grouping,
        Grouping::Categories,
        "as when nothing is said"
    );
    assert_eq!(club.privileged.as_deref(), Some("7"), "a label, as text");
    assert_eq!(find("sex").privileged, None);
}
