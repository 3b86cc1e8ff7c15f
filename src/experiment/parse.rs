//! `experiment.toml` to [`Experiment`]: the known keys of every section, and what they take.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::{
    AlternativeModel, Dataset, EngineOptions, Experiment, Gate, Model, QuantileModels, check,
    groups, stem,
};
use crate::settings::{
    AnyText, ExperimentErrors, Label, Lines, Node, ProblemKind, Problems, Section, Size, Value,
    Word, nearest, read,
};
use crate::vocabulary::{Dimension, Task};

const EXPERIMENT: &[&str] = &[
    "name",
    "dataset",
    "protected",
    "model",
    "alternative_models",
    "hyperparameters",
    "gates",
    "engine",
];
const DATASET: &[&str] = &[
    "path",
    "target",
    "positive",
    "missing_text",
    "calibration",
    "alternative",
];
const MODEL: &[&str] = &[
    "path",
    "predictions",
    "threshold",
    "features",
    "output",
    "quantiles",
    "expected",
];
const QUANTILES: &[&str] = &["lower", "upper", "alpha"];
const ALTERNATIVE_MODEL: &[&str] = &["name", "path"];
const HYPERPARAMETERS: &[&str] = &["path"];
const GATE: &[&str] = &["min", "max"];
const ENGINE: &[&str] = &[
    "backend",
    "strategy",
    "preload",
    "preset",
    "seed",
    "cache_entries",
    "cache_bytes",
    "compress",
    "memory_budget",
    "threads",
    "chunk_rows",
];

/// Reads the text of `file`, which errors call `shown`.
pub(super) fn experiment(
    file: &Path,
    shown: &str,
    text: &str,
) -> Result<Experiment, ExperimentErrors> {
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut problems = Problems::default();
    let lines = Lines::of(text);
    for error in errors {
        let at = error.span().map(|span| span.start);
        let kind = ProblemKind::Syntax {
            format: "TOML",
            column: at.map_or(1, |at| lines.column(at)),
            message: error.message().trim().to_owned(),
        };
        problems.add(at.map(|at| lines.line(at)), "", kind);
    }
    problems.or(shown, ())?;

    let mut reader = Reader {
        folder: file.parent().unwrap_or(Path::new("")),
        problems: Problems::default(),
    };
    let tree = Node::of_toml(document.get_ref(), text);
    let experiment = reader.experiment(file, &tree);
    let mut problems = reader.problems;
    if problems.is_empty() {
        check::experiment(&experiment, &mut problems);
    }
    problems.or(shown, experiment)
}

struct Reader<'f> {
    folder: &'f Path,
    problems: Problems,
}

impl Reader<'_> {
    fn experiment(&mut self, file: &Path, tree: &Node) -> Experiment {
        let root = Section::open("", tree, EXPERIMENT, &mut self.problems);
        let name = root.optional("name", &mut self.problems);
        Experiment {
            name: name.unwrap_or_else(|| stem(file)),
            file: Some(file.to_owned()),
            dataset: self.dataset(&root),
            protected: groups::protected(&root, &mut self.problems),
            model: self.model(&root),
            alternative_models: self.alternative_models(&root),
            hyperparameters: self.hyperparameters(&root),
            gates: self.gates(&root),
            engine: self.engine(&root),
        }
    }

    fn section<'n>(
        &mut self,
        root: &Section<'n>,
        key: &str,
        known: &'static [&'static str],
    ) -> Option<Section<'n>> {
        let node = root.node(key)?;
        Some(Section::open(key, node, known, &mut self.problems))
    }

    fn path(&mut self, section: &Section<'_>, wanted: &str) -> PathBuf {
        let path: PathBuf = section.required("path", wanted, &mut self.problems);
        self.folder.join(path)
    }

    fn dataset(&mut self, root: &Section<'_>) -> Dataset {
        let section = self.section(root, "dataset", DATASET);
        let Some(section) = section else {
            let wanted = "a [dataset] with `path` and `target`";
            root.missing("dataset", wanted, &mut self.problems);
            return Dataset {
                path: PathBuf::new(),
                target: String::new(),
                task: None,
                missing_text: None,
                calibration: None,
                alternative: Vec::new(),
            };
        };
        let path = self.path(
            &section,
            "the file with the rows (.csv .parquet .arrow .feather)",
        );
        let problems = &mut self.problems;
        let missing_text = section.optional::<AnyText>("missing_text", problems);
        let calibration = section.optional::<PathBuf>("calibration", problems);
        let alternative = section.optional::<Vec<PathBuf>>("alternative", problems);
        Dataset {
            path,
            target: section.required("target", "the column to predict", problems),
            missing_text: missing_text.map(|text| text.0),
            calibration: calibration.map(|path| self.folder.join(path)),
            alternative: alternative
                .unwrap_or_default()
                .into_iter()
                .map(|path| self.folder.join(path))
                .collect(),
            task: self.task(&section),
        }
    }

    fn task(&mut self, dataset: &Section<'_>) -> Option<Task> {
        let node = dataset.node("positive")?;
        let key = dataset.key("positive");
        if !matches!(node.value, Value::List(_)) {
            let label: Option<Label> = read(&key, node, &mut self.problems);
            return Some(Task::Binary {
                positive: label.unwrap_or_default().0,
            });
        }
        let labels: Vec<Label> = read(&key, node, &mut self.problems).unwrap_or_default();
        let labels = labels.into_iter().map(|label| label.0);
        Some(Task::MultiClass(labels.collect()))
    }

    fn model(&mut self, root: &Section<'_>) -> Model {
        let Some(section) = self.section(root, "model", MODEL) else {
            root.missing("model", "a [model] with `path`", &mut self.problems);
            return Model::at(None, None);
        };
        let problems = &mut self.problems;
        let predictions = section.optional::<PathBuf>("predictions", problems);
        let path = section.optional::<PathBuf>("path", problems);
        if section
            .node("predictions")
            .or(section.node("path"))
            .is_none()
        {
            section.missing("path", "the model's file (.onnx)", problems);
        }
        let in_folder = |path| self.folder.join(path);
        let mut model = Model::at(path.map(in_folder), predictions.map(in_folder));
        if let Some(threshold) = section.optional("threshold", problems) {
            model.threshold = threshold;
        }
        model.features = section.optional("features", problems);
        model.output = section.optional("output", problems).map(|Word(o)| o);
        let expected = section.optional::<PathBuf>("expected", problems);
        model.expected = expected.map(|path| self.folder.join(path));
        model.quantiles = self.quantiles(&section);
        model
    }

    fn quantiles(&mut self, model: &Section<'_>) -> Option<QuantileModels> {
        let node = model.node("quantiles")?;
        let key = model.key("quantiles");
        let problems = &mut self.problems;
        let section = Section::open(&key, node, QUANTILES, problems);
        let wanted = "the model of the lower quantile (.onnx)";
        let lower: PathBuf = section.required("lower", wanted, problems);
        let wanted = "the model of the upper quantile (.onnx)";
        let upper: PathBuf = section.required("upper", wanted, problems);
        let wanted = "the share of rows outside, such as 0.1 for quantiles 0.05 and 0.95";
        Some(QuantileModels {
            lower: self.folder.join(lower),
            upper: self.folder.join(upper),
            alpha: section.required("alpha", wanted, problems),
        })
    }

    fn alternative_models(&mut self, root: &Section<'_>) -> Vec<AlternativeModel> {
        let key = "alternative_models";
        let items = root.items(key, &mut self.problems).iter().enumerate();
        items
            .map(|(i, node)| {
                let path = format!("{key}.{}", i + 1);
                let section = Section::open(&path, node, ALTERNATIVE_MODEL, &mut self.problems);
                let path = self.path(&section, "the model's file (.onnx)");
                let name = section.optional("name", &mut self.problems);
                AlternativeModel {
                    name: name.unwrap_or_else(|| stem(&path)),
                    path,
                }
            })
            .collect()
    }

    fn hyperparameters(&mut self, root: &Section<'_>) -> Option<PathBuf> {
        let section = self.section(root, "hyperparameters", HYPERPARAMETERS)?;
        Some(self.path(&section, "the file with the variants (.json)"))
    }

    fn gates(&mut self, root: &Section<'_>) -> Vec<Gate> {
        let mut gates = Vec::new();
        if let Some(node) = root.node("gates") {
            self.gates_under("", node, &mut gates);
        }
        gates
    }

    /// A metric's name may be one quoted key or, as dotted keys and sub-tables make it, several.
    fn gates_under(&mut self, metric: &str, node: &Node, gates: &mut Vec<Gate>) {
        let path = format!("gates.{metric}");
        let path = path.trim_end_matches('.');
        let section = Section::open_any(path, node, &mut self.problems);
        for (key, node) in section.entries() {
            let metric = if metric.is_empty() {
                self.gated_dimension(key, node);
                key.clone()
            } else {
                format!("{metric}.{key}")
            };
            match &node.value {
                Value::Table(inner)
                    if inner
                        .iter()
                        .any(|(_, n)| matches!(n.value, Value::Table(_))) =>
                {
                    self.gates_under(&metric, node, gates);
                }
                _ => gates.push(self.gate(metric, node)),
            }
        }
    }

    fn gated_dimension(&mut self, key: &str, node: &Node) {
        let dimension = key.split('.').next().unwrap_or_default();
        let names = Dimension::ALL.map(Dimension::name);
        if !names.contains(&dimension) {
            let kind = ProblemKind::Unexpected {
                expected: format!("a metric that begins with one of {}", names.join(", ")),
                found: format!("{dimension:?}"),
                near: nearest(dimension, names.into_iter()).map(str::to_owned),
            };
            self.problems.add(node.line, format!("gates.{key}"), kind);
        }
    }

    fn gate(&mut self, metric: String, node: &Node) -> Gate {
        let key = format!("gates.{metric}");
        let problems = &mut self.problems;
        if !matches!(node.value, Value::Table(_)) {
            let kind = ProblemKind::Unexpected {
                expected: "bounds such as { min = 0.8 }".to_owned(),
                found: node.describe(),
                near: None,
            };
            problems.add(node.line, key, kind);
            let (min, max) = (None, None);
            return Gate { metric, min, max };
        }
        let section = Section::open(&key, node, GATE, problems);
        let min: Option<f64> = section.optional("min", problems);
        let max: Option<f64> = section.optional("max", problems);
        let rule = match (min, max) {
            (Some(min), Some(max)) if min > max => Some("min is above max: nothing can pass"),
            _ if section.entries().is_empty() => {
                Some("give `min`, `max` or both, such as { min = 0.8 }")
            }
            _ => None,
        };
        if let Some(rule) = rule {
            problems.add(node.line, key, ProblemKind::Rule(rule.to_owned()));
        }
        Gate { metric, min, max }
    }

    fn engine(&mut self, root: &Section<'_>) -> EngineOptions {
        let mut options = EngineOptions::default();
        let Some(section) = self.section(root, "engine", ENGINE) else {
            return options;
        };
        let problems = &mut self.problems;
        if let Some(Word(backend)) = section.optional("backend", problems) {
            options.backend = backend;
        }
        if let Some(Word(strategy)) = section.optional("strategy", problems) {
            options.strategy = strategy;
        }
        if let Some(names) = section.optional("preload", problems) {
            options.preload = names;
        }
        if let Some(Word(preset)) = section.optional("preset", problems) {
            options.preset = preset;
        }
        if let Some(seed) = section.optional("seed", problems) {
            options.seed = seed;
        }
        if let Some(entries) = section.optional::<u64>("cache_entries", problems) {
            options.cache_entries = entries as usize;
        }
        if let Some(Size(bytes)) = section.optional("cache_bytes", problems) {
            options.cache_bytes = bytes;
        }
        if let Some(Word(codec)) = section.optional("compress", problems) {
            options.compress = Some(codec);
        }
        if let Some(Size(bytes)) = section.optional("memory_budget", problems) {
            options.memory_budget_bytes = Some(bytes);
        }
        if let Some(threads) = section.optional::<NonZeroUsize>("threads", problems) {
            options.threads = Some(threads.get());
        }
        if let Some(rows) = section.optional::<NonZeroUsize>("chunk_rows", problems) {
            options.chunk_rows = rows.get();
        }
        options
    }
}
