//! `experiment.toml` to [`Experiment`]: the known keys of every section, and what they take.

use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::{
    AlternativeModel, BaselineGates, CacheSettings, Constraints, Dataset, Experiment, Gate, Model,
    check, stem,
};
use crate::settings::{
    CacheGiven, DatasetGiven, EngineGiven, GroupsGiven, Lines, LintsGiven, ModelGiven, Node,
    ProblemKind, Problems, Section, SettingsError, SharedGiven, Value, nearest,
};
use crate::vocabulary::{Dimension, EngineSettings, LintSettings};

const EXPERIMENT: &[&str] = &[
    "name",
    "dataset",
    GroupsGiven::KEYS[0],
    "model",
    "alternative_models",
    "hyperparameters",
    "constraints",
    "gates",
    "engine",
    "cache",
    "lints",
];
const CACHE: &[&str] = &[CacheGiven::KEYS[0], CacheGiven::KEYS[1], "shared"];
const ALTERNATIVE_MODEL: &[&str] = &["name", "path"];
const HYPERPARAMETERS: &[&str] = &["path", "metric"];
/// The section of `gates` that is about another run.
const BASELINE: &str = "baseline";
const GATE: &[&str] = &["min", "max"];

/// Reads the text of `file`, which errors call `shown`.
pub(super) fn experiment(
    file: &Path,
    shown: &str,
    text: &str,
) -> Result<Experiment, SettingsError> {
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
        let (hyperparameters, trials_metric) = self.hyperparameters(&root);
        let constraints = Constraints::read(&root, &mut self.problems);
        let mut gates = self.gates(&root);
        // What the user bounds by a gate of their own is bounded by that.
        let own = |gate: &Gate| !gates.iter().any(|known| known.metric == gate.metric);
        let implied: Vec<Gate> = constraints.gates().filter(own).collect();
        gates.extend(implied);
        Experiment {
            name: name.unwrap_or_else(|| stem(file)),
            file: Some(file.to_owned()),
            dataset: self.dataset(&root),
            protected: GroupsGiven::read(&root, self.folder, &mut self.problems)
                .protected
                .map_or_else(Vec::new, |attributes| attributes.0),
            model: self.model(&root),
            alternative_models: self.alternative_models(&root),
            hyperparameters,
            trials_metric,
            constraints,
            gates,
            baseline_gates: self.baseline_gates(&root),
            engine: self.engine(&root),
            cache: self.cache(&root),
            lints: self.lints(&root),
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
        let mut dataset = Dataset::default();
        let Some(section) = self.section(root, "dataset", DatasetGiven::KEYS) else {
            let wanted = "a [dataset] with `path` and `target`";
            root.missing("dataset", wanted, &mut self.problems);
            return dataset;
        };
        let problems = &mut self.problems;
        let rows = "the file with the rows (.csv .parquet .arrow .feather)";
        section.demand("path", rows, problems);
        section.demand("target", "the column to predict", problems);
        dataset.take(DatasetGiven::read(&section, self.folder, problems));
        dataset
    }

    fn model(&mut self, root: &Section<'_>) -> Model {
        let mut model = Model::default();
        let Some(section) = self.section(root, "model", ModelGiven::KEYS) else {
            root.missing("model", "a [model] with `path`", &mut self.problems);
            return model;
        };
        if section.node("predictions").is_none() {
            section.demand("path", "the model's file (.onnx)", &mut self.problems);
        }
        let given = ModelGiven::read(&section, self.folder, &mut self.problems);
        model.take(given);
        model
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

    fn hyperparameters(&mut self, root: &Section<'_>) -> (Option<PathBuf>, Option<String>) {
        let Some(section) = self.section(root, "hyperparameters", HYPERPARAMETERS) else {
            return (None, None);
        };
        let path = self.path(&section, "the file with the variants (.json)");
        (Some(path), section.optional("metric", &mut self.problems))
    }

    fn gates(&mut self, root: &Section<'_>) -> Vec<Gate> {
        let mut gates = Vec::new();
        if let Some(node) = root.node("gates") {
            self.gates_under("", node, &mut gates);
        }
        gates
    }

    fn baseline_gates(&mut self, root: &Section<'_>) -> BaselineGates {
        let gates = root.node("gates").map(|node| &node.value);
        let Some(Value::Table(gates)) = gates else {
            return BaselineGates::default();
        };
        let node = gates.iter().find(|(key, _)| key == BASELINE);
        node.map_or_else(BaselineGates::default, |(_, node)| {
            BaselineGates::read(node, &mut self.problems)
        })
    }

    /// A metric's name may be one quoted key or, as dotted keys and sub-tables make it, several.
    fn gates_under(&mut self, metric: &str, node: &Node, gates: &mut Vec<Gate>) {
        let path = format!("gates.{metric}");
        let path = path.trim_end_matches('.');
        let section = Section::open_any(path, node, &mut self.problems);
        for (key, node) in section.entries() {
            if metric.is_empty() && key == BASELINE {
                continue;
            }
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

    fn engine(&mut self, root: &Section<'_>) -> EngineSettings {
        let mut engine = EngineSettings::default();
        if let Some(section) = self.section(root, "engine", EngineGiven::KEYS) {
            EngineGiven::read(&section, self.folder, &mut self.problems).apply(&mut engine);
        }
        engine
    }

    fn lints(&mut self, root: &Section<'_>) -> LintSettings {
        let mut lints = LintSettings::default();
        if let Some(section) = self.section(root, "lints", LintsGiven::KEYS) {
            LintsGiven::read(&section, self.folder, &mut self.problems).apply(&mut lints);
        }
        lints
    }

    fn cache(&mut self, root: &Section<'_>) -> CacheSettings {
        let mut cache = CacheSettings::default();
        if let Some(section) = self.section(root, "cache", CACHE) {
            cache.take(&CacheGiven::read(&section, self.folder, &mut self.problems));
            if let Some(node) = section.node("shared") {
                let name = section.key("shared");
                let shared = Section::open(&name, node, SharedGiven::KEYS, &mut self.problems);
                let given = SharedGiven::read(&shared, self.folder, &mut self.problems);
                cache.shared.take_from_file(given);
            }
        }
        cache
    }
}
