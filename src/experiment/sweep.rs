//! The hyperparameters' file: variants of a model, each with its parameters and a model or a score.
//! Trials ([`super::trials`]) make variants whose scores are known.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::trials::{self, TrialColumn};
use crate::settings::{
    self, FromNode, Node, ProblemKind, Problems, Readable, Section, SettingsError, Value, nearest,
};

const SWEEP: &[&str] = &["score", "direction", "variants"];
const VARIANT: &[&str] = &["name", "model", "score", "parameters"];

/// Of a file of variants or trials: it is read whole, and becomes many times as large.
const MOST_BYTES: u64 = 1 << 28;

/// The scores by which variants can be compared.
pub const SCORES: &[&str] = &["auc", "accuracy", "f1", "log_loss", "rmse", "mae", "r2"];

/// Whether a higher or a lower score is the better one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    /// Higher is better.
    Maximize,
    /// Lower is better.
    Minimize,
}

impl Direction {
    /// What the name of a score tells: its last word, as in `valid_log_loss` or `calib_auc`.
    pub(super) fn of_score(name: &str) -> Option<Self> {
        const LOWER: &[&str] = &["loss", "rmse", "mae", "mse", "error", "brier"];
        const HIGHER: &[&str] = &[
            "auc",
            "accuracy",
            "f1",
            "r2",
            "precision",
            "recall",
            "score",
        ];
        let name = name.to_ascii_lowercase();
        // scikit-learn turns losses round: `neg_log_loss`.
        if name.split('_').any(|word| word == "neg") {
            return Some(Self::Maximize);
        }
        let last = name.rsplit('_').next().unwrap_or_default();
        if LOWER.contains(&last) {
            Some(Self::Minimize)
        } else {
            HIGHER.contains(&last).then_some(Self::Maximize)
        }
    }
}

/// Variants of a model, all with the same parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sweep {
    /// The score that compares them: one of [`SCORES`], or a column of a table of trials.
    pub score: String,
    /// Which score is better; none where nothing tells, as with Optuna's `value`.
    pub direction: Option<Direction>,
    /// What was left out or taken for granted, for the user to know.
    pub notes: Vec<String>,
    /// The variants, in file order; their names differ.
    pub variants: Vec<Variant>,
}

/// One setting of the parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Variant {
    /// Its name.
    pub name: String,
    /// Where its score comes from.
    pub source: VariantSource,
    /// Parameters by name, in the order of the first variant.
    pub parameters: Vec<(String, ParameterValue)>,
}

/// Where a variant's score comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum VariantSource {
    /// A model, to be scored on the dataset.
    Model(PathBuf),
    /// A score that is known already.
    Score(f64),
}

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ParameterValue {
    /// A number.
    Number(f64),
    /// A word; `null` in the file is the word `none`.
    Text(String),
    /// On or off.
    Flag(bool),
}

impl Sweep {
    /// Reads the variants' file, or the trials in it; every problem in it is reported at once. A
    /// table of trials is for those to read who read tables, see [`Sweep::from_trials`].
    pub fn from_file(path: &Path) -> Result<Self, SettingsError> {
        let bytes = settings::content(path, MOST_BYTES);
        let bytes = bytes.map_err(|p| SettingsError::file(&path.display().to_string(), p))?;
        Self::from_bytes(path, bytes, None)
    }

    /// As [`Sweep::from_file`], of what was read from the file already; of trials with several scores,
    /// `metric` is the one that counts.
    pub fn from_bytes(
        path: &Path,
        bytes: Vec<u8>,
        metric: Option<&str>,
    ) -> Result<Self, SettingsError> {
        let shown = path.display().to_string();
        let text = settings::decoded(bytes).map_err(|p| SettingsError::file(&shown, p))?;
        let tree: Node =
            serde_json::from_str(&text).map_err(|error| SettingsError::json(&shown, &error))?;
        if let Some(trials) = trials::from_json(&shown, &tree, metric) {
            return trials;
        }
        let mut problems = Problems::default();
        let folder = path.parent().unwrap_or(Path::new(""));
        let sweep = sweep(&tree, folder, &mut problems);
        problems.or(&shown, sweep)
    }

    /// The trials that the columns of a table are; `notes` are what its reader has to say.
    pub fn from_trials(
        path: &Path,
        columns: &[TrialColumn],
        metric: Option<&str>,
        notes: Vec<String>,
    ) -> Result<Self, SettingsError> {
        trials::trials(&path.display().to_string(), columns, metric, notes)
    }
}

fn sweep(tree: &Node, folder: &Path, problems: &mut Problems) -> Sweep {
    let root = Section::open("", tree, SWEEP, problems);
    let score: Option<Score> = root.optional("score", problems);
    let direction: Option<Direction> = root.optional("direction", problems);
    let items = root.items("variants", problems);
    let mut variants: Vec<Variant> = Vec::with_capacity(items.len());
    let mut seen = Seen::default();
    for (i, node) in items.iter().enumerate() {
        let variant = variant(i, node, folder, problems);
        seen.compare(&variant, i, problems);
        variants.push(variant);
    }
    if items.is_empty() {
        root.missing("variants", "a list of at least one variant", problems);
    }
    for variant in &mut variants {
        let place = |name: &String| seen.places.get(name).copied();
        variant.parameters.sort_by_key(|(name, _)| place(name));
    }
    let score = score.map_or_else(|| "auc".to_owned(), |score| score.0);
    Sweep {
        direction: direction.or_else(|| Direction::of_score(&score)),
        score,
        notes: Vec::new(),
        variants,
    }
}

fn variant(i: usize, node: &Node, folder: &Path, problems: &mut Problems) -> Variant {
    let path = format!("variants.{}", i + 1);
    let section = Section::open(&path, node, VARIANT, problems);
    let name = section.required("name", "a name for this variant", problems);
    let model: Option<PathBuf> = section.optional("model", problems);
    let score: Option<f64> = section.optional("score", problems);
    let given = ["model", "score"].map(|key| section.node(key).is_some());
    if given == [false, false] {
        section.missing(
            "model",
            "the variant's model, or its `score` if that is known",
            problems,
        );
    } else if given == [true, true] {
        let words = "give `model` or `score`, not both".to_owned();
        problems.add(node.line, &path, ProblemKind::Rule(words));
    }
    Variant {
        name,
        source: match (model, score) {
            (None, Some(score)) => VariantSource::Score(score),
            (model, _) => VariantSource::Model(folder.join(model.unwrap_or_default())),
        },
        parameters: parameters(&section, problems),
    }
}

fn parameters(variant: &Section<'_>, problems: &mut Problems) -> Vec<(String, ParameterValue)> {
    let Some(node) = variant.node("parameters") else {
        variant.missing(
            "parameters",
            "the settings of this variant by name",
            problems,
        );
        return Vec::new();
    };
    let section = Section::open_any(&variant.key("parameters"), node, problems);
    if section.entries().is_empty() && matches!(node.value, Value::Table(_)) {
        let words = "give at least one parameter".to_owned();
        problems.add(
            node.line,
            variant.key("parameters"),
            ProblemKind::Rule(words),
        );
    }
    let mut values = Vec::new();
    let mut names = HashSet::new();
    for (name, node) in section.entries() {
        let value = Readable::read(&section.key(name), node, problems);
        if names.insert(name) {
            values.push((name.clone(), value.unwrap_or(ParameterValue::Flag(false))));
        }
    }
    values
}

/// What the variants so far are like.
#[derive(Default)]
struct Seen {
    /// Their places, by name.
    variants: HashMap<String, usize>,
    /// Places of the first one's parameters, by name.
    places: HashMap<String, usize>,
    /// Its parameters, in order.
    first: Vec<String>,
}

impl Seen {
    /// Names must differ, and every variant must set what the first one sets.
    fn compare(&mut self, variant: &Variant, i: usize, problems: &mut Problems) {
        let mut rule = |key: String, words: String| {
            problems.add(None, key, ProblemKind::Rule(words));
        };
        let path = format!("variants.{}", i + 1);
        if !variant.name.is_empty() {
            let other = *self.variants.entry(variant.name.clone()).or_insert(i);
            if other != i {
                let words = format!("variant {} is called `{}` too", other + 1, variant.name);
                rule(format!("{path}.name"), words);
            }
        }
        let names = variant.parameters.iter().map(|(name, _)| name);
        if i == 0 {
            self.first = names.cloned().collect();
            let places = self.first.iter().cloned().enumerate();
            self.places = places.map(|(place, name)| (name, place)).collect();
            return;
        }
        if variant.parameters.is_empty() {
            return;
        }
        let set: HashSet<&String> = names.clone().collect();
        let missing = listed(self.first.iter().filter(|name| !set.contains(name)));
        let added = listed(names.filter(|name| !self.places.contains_key(*name)));
        if !missing.is_empty() {
            let words = format!("{missing} missing; the first variant sets it");
            rule(format!("{path}.parameters"), words);
        }
        if !added.is_empty() {
            let words = format!("{added} not set by the first variant");
            rule(format!("{path}.parameters"), words);
        }
    }
}

fn listed<'n>(names: impl Iterator<Item = &'n String>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

struct Score(String);

impl FromNode for Score {
    fn expected() -> String {
        format!("one of {}", SCORES.join(", "))
    }

    fn from_node(node: &Node) -> Option<Self> {
        let text = String::from_node(node)?;
        SCORES.contains(&text.as_str()).then_some(Self(text))
    }

    fn near(wrong: &str) -> Option<String> {
        nearest(wrong, SCORES.iter().copied()).map(str::to_owned)
    }
}

impl FromNode for Direction {
    fn expected() -> String {
        "\"maximize\" or \"minimize\"".to_owned()
    }

    fn from_node(node: &Node) -> Option<Self> {
        match String::from_node(node)?.as_str() {
            "maximize" => Some(Self::Maximize),
            "minimize" => Some(Self::Minimize),
            _ => None,
        }
    }

    fn near(wrong: &str) -> Option<String> {
        nearest(wrong, ["maximize", "minimize"].into_iter()).map(str::to_owned)
    }
}

impl FromNode for ParameterValue {
    fn expected() -> String {
        "a number, text, true, false or null".to_owned()
    }

    fn from_node(node: &Node) -> Option<Self> {
        match &node.value {
            Value::Text(text) => Some(Self::Text(text.clone())),
            Value::Flag(flag) => Some(Self::Flag(*flag)),
            Value::Nothing => Some(Self::Text("none".to_owned())),
            _ => f64::from_node(node).map(Self::Number),
        }
    }
}
