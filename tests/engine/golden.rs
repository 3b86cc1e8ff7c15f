//! Content ids that are written down. An id outlives the program: results, recordings and whatever is
//! stored under an id rest on it being the same tomorrow, on another machine and in the next version.
//!
//! `golden.txt` says when an id there may change.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use lazydebugger::engine::{
    Completion, Effect, Engine, FileId, Happening, Load, LoadContext, Loaded, Recipe, SCHEMA,
    Stamp, Ticket, Workload,
};
use lazydebugger::experiment::Experiment;
use lazydebugger::resource::{
    Catalogue, ColumnSet, Disturbance, DisturbanceKind, Key, Level, LoadSettings, ModelId,
    Resource, TableId, directly,
};
use lazydebugger::vocabulary::{ContentId, Owner};

use crate::toy::{ROOMY, Toy, fact_of, file, name, node};

const GOLDEN: &str = include_str!("golden.txt");

/// The written ids below a heading.
fn golden(heading: &str) -> String {
    let parts = GOLDEN.split("\n[");
    let mut parts = parts.filter_map(|part| part.split_once("]\n"));
    let found = parts.find(|(title, _)| *title == heading);
    found.map_or_else(String::new, |(_, ids)| format!("{}\n", ids.trim_end()))
}

fn check(heading: &str, ids: impl IntoIterator<Item = (String, ContentId)>) {
    let mut found = String::new();
    for (name, id) in ids {
        writeln!(found, "{name} = {}", &id.to_string()[7..]).unwrap();
    }
    assert_eq!(
        found,
        golden(heading),
        "ids under [{heading}] are not what they were; read golden.txt\n{found}"
    );
}

fn id(byte: u8) -> ContentId {
    ContentId::new([byte; 32])
}

#[test]
fn recipes_of_every_kind_of_value() {
    assert_eq!(SCHEMA, 2, "all ids change with it: write them down anew");
    let with = |recipe: Recipe| recipe.derive(&[], &[]);
    let recipe = || Recipe::new("operation");
    let long = "ü".repeat(300);
    let ids = [
        ("nothing", with(Recipe::default())),
        ("operation", with(recipe())),
        ("u32", with(recipe().with("value", 7_u32))),
        ("u64", with(recipe().with("value", u64::MAX))),
        ("i64", with(recipe().with("value", -7_i64))),
        ("true", with(recipe().with("value", true))),
        ("false", with(recipe().with("value", false))),
        ("f64", with(recipe().with("value", 0.1))),
        ("minus zero", with(recipe().with("value", -0.0))),
        ("infinity", with(recipe().with("value", f64::INFINITY))),
        ("text", with(recipe().with("value", "grün"))),
        ("string", with(recipe().with("value", "grün".to_owned()))),
        ("long text", with(recipe().with("value", &*long))),
        ("empty text", with(recipe().with("value", ""))),
        ("id", with(recipe().with("value", id(7)))),
        ("slice", with(recipe().with("value", &["a", "b"][..]))),
        ("list", with(recipe().with("value", vec!["a", "b"]))),
        (
            "empty list",
            with(recipe().with("value", Vec::<u32>::new())),
        ),
        (
            "lists",
            with(recipe().with("value", vec![vec![1_u64], vec![]])),
        ),
        ("none", with(recipe().with("value", None::<u64>))),
        ("some", with(recipe().with("value", Some(1_u64)))),
        ("pair", with(recipe().with("value", ("a", 1_u32)))),
        (
            "pairs",
            with(recipe().with("value", (("a", Some("b")), (None::<u32>, 1_u32)))),
        ),
        (
            "several",
            with(recipe().with("one", 1_u32).with("two", 2_u32)),
        ),
        ("of an input", recipe().derive(&[], &[id(1)])),
        ("of inputs", recipe().derive(&[], &[id(1), id(2)])),
        (
            "of a version",
            recipe().stamped("file").derive(&[id(1)], &[]),
        ),
        (
            "of all",
            recipe()
                .with("value", 1_u32)
                .stamped("file")
                .derive(&[id(1)], &[id(2)]),
        ),
    ];
    check("recipes", ids.map(|(name, id)| (name.to_owned(), id)));
}

fn stamp() -> Stamp {
    Stamp {
        device: 1,
        inode: 2,
        bytes: 3,
        modified: Some(SystemTime::UNIX_EPOCH + Duration::new(1_600_000_000, 5)),
        changed_ns: 1_600_000_000_000_000_007,
    }
}

/// What a load comes to; none for what need not be loaded.
type Read<'a, W> = dyn Fn(
        &Load<<W as Workload>::Key, <W as Workload>::Value>,
    ) -> Option<Loaded<<W as Workload>::Value>>
    + 'a;

/// The ids under which an engine looks everything up that these keys need, with files that look as
/// `stamps` says and hold what they hold.
fn ids<W: Workload>(
    workload: &Arc<W>,
    keys: Vec<W::Key>,
    stamps: &dyn Fn(&Path) -> Option<Stamp>,
    read: &Read<'_, W>,
) -> BTreeMap<String, ContentId> {
    let mut engine = Engine::new(workload.clone(), ROOMY);
    engine.acquire(Ticket(0), Owner::Session, keys);
    let mut found = BTreeMap::new();
    while let Some(effect) = engine.next_effect() {
        match effect {
            Effect::Tell(name, Happening::Requested { content, .. }) => {
                found.insert(name.to_string(), content);
            }
            Effect::Look { ticket, files } => {
                let stamps = files.iter().map(|path| stamps(path)).collect();
                engine.looked_at(ticket, stamps);
            }
            // Only files are read: what else there is need not be loaded to be looked up.
            Effect::Start(load) => {
                if let Some(loaded) = read(&load) {
                    engine.complete(Completion {
                        key: load.key,
                        generation: load.generation,
                        lane: load.lane,
                        seconds: 1.0,
                        stamps: Vec::new(),
                        result: Ok(loaded),
                    });
                }
            }
            _ => {}
        }
    }
    found
}

#[test]
fn stamps_and_what_is_looked_up_by_them() {
    let before_1970 = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
    let stamps = [
        ("all", Some(stamp())),
        (
            "no time",
            Some(Stamp {
                modified: None,
                ..stamp()
            }),
        ),
        (
            "before 1970",
            Some(Stamp {
                modified: Some(before_1970),
                ..stamp()
            }),
        ),
        ("nothing to see", None),
    ];
    let found = stamps.map(|(title, stamp)| {
        let toy = Arc::new(Toy::new(vec![node(&[]), fact_of(0)]));
        let ids = ids(&toy, vec![1], &|_| stamp, &|_| None);
        (title.to_owned(), ids["toy:1"])
    });
    check("stamps", found);
}

#[test]
fn derived_keys() {
    let nodes = vec![
        node(&[]),
        fact_of(0),
        node(&[]).with_file(),
        node(&[0, 1, 2]),
        node(&[3, 3, 2]).known(1),
    ];
    let toy = Arc::new(Toy::new(nodes));
    fs::write(toy.path(2), "abc").unwrap();
    let read = |load: &Load<usize, _>| {
        let context = LoadContext {
            cancel: load.cancel.clone(),
            progress: &|_, _| {},
        };
        (load.key == file(2)).then(|| toy.load(&load.key, &load.inputs, &context).unwrap())
    };
    let ids = ids(&toy, vec![4], &|_| Some(stamp()), &read);
    let keys = [0, 1, 2, 3, 4, file(2)].map(|key| name(key).to_string());
    check("derived keys", keys.map(|key| (key.clone(), ids[&key])));
}

/// A stamp that is the same wherever the file lies.
fn stamp_of(path: &Path) -> Option<Stamp> {
    let bytes = fs::metadata(path).ok()?.len();
    Some(Stamp { bytes, ..stamp() })
}

fn read_file(catalogue: &Catalogue, load: &Load<Key, Resource>) -> Option<Loaded<Resource>> {
    let Key::File(path) = &load.key else {
        return None;
    };
    let context = LoadContext {
        cancel: load.cancel.clone(),
        progress: &|_, _| {},
    };
    let mut loaded = catalogue.load(&load.key, &[], &context).unwrap();
    let Resource::File(id) = loaded.value else {
        panic!("{} is a file", path.display());
    };
    loaded.value = Resource::File(FileId {
        stamp: stamp_of(path).unwrap(),
        settled: true,
        ..id
    });
    Some(loaded)
}

/// The ids of an experiment's keys, once everything is known of its files.
fn ids_of(
    experiment: Experiment,
    keys: &dyn Fn(&Catalogue) -> Vec<Key>,
) -> Vec<(String, ContentId)> {
    let settings = LoadSettings::of(&experiment);
    let catalogue = Arc::new(directly::inspect(experiment, settings).unwrap());
    let keys = keys(&catalogue);
    let read = |load: &Load<Key, Resource>| read_file(&catalogue, load);
    let ids = ids(&catalogue, keys.clone(), &stamp_of, &read);
    let names = keys.iter().map(|key| catalogue.name(key).to_string());
    names.map(|name| (name.clone(), ids[&name])).collect()
}

fn sample_data(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("sample_data")
        .join(file)
}

fn adult() -> Experiment {
    Experiment::from_file(&sample_data("adult/experiment.toml")).unwrap()
}

fn columns(table: TableId, set: ColumnSet) -> Key {
    Key::Columns { table, set }
}

fn disturbed(model: ModelId, kind: DisturbanceKind) -> Key {
    Key::disturbed(model, Disturbance { kind, repeat: 2 })
}

/// Keys of every kind, as far as the bundled experiment has them.
fn adult_keys(catalogue: &Catalogue) -> Vec<Key> {
    let forest = catalogue.validated();
    let boosted = ModelId::Alternative(Arc::from("xgboost"));
    let models: Vec<ModelId> = catalogue.models().map(|(id, _)| id.clone()).collect();
    let variant = models.iter().find(|id| matches!(id, ModelId::Variant(_)));
    let variant = variant.unwrap().clone();
    let shifted = TableId::Alternative(Arc::from("adult_shifted"));
    let path = |file: &str| Key::File(Arc::from(sample_data("adult").join(file)));
    let level = Level::thousandths(100);
    let kinds = [
        DisturbanceKind::Gaussian(level),
        DisturbanceKind::GaussianOn(Arc::from("age"), level),
        DisturbanceKind::Quantile(level),
        DisturbanceKind::Categorical(level),
        DisturbanceKind::Permutation(Arc::from("age")),
    ];
    let mut keys = vec![
        path("adult_test.parquet"),
        path("random_forest.onnx"),
        path("sweep.json"),
        Key::Table(TableId::Dataset),
        Key::Table(TableId::Calibration),
        Key::Table(shifted.clone()),
        columns(TableId::Dataset, ColumnSet::Outcome),
        columns(TableId::Dataset, ColumnSet::Protected),
        columns(TableId::Dataset, ColumnSet::Features),
        columns(shifted.clone(), ColumnSet::Features),
        Key::Header(forest.clone()),
        Key::Header(variant.clone()),
        Key::TargetValues,
        Key::Runtime,
        Key::Model(forest.clone()),
        Key::Model(boosted.clone()),
        Key::Model(variant.clone()),
        Key::ScoreSample(forest.clone()),
        Key::predictions(forest.clone(), TableId::Dataset),
        Key::predictions(forest.clone(), TableId::Calibration),
        Key::predictions(forest.clone(), shifted),
        Key::predictions(boosted, TableId::Dataset),
        Key::predictions(variant, TableId::Dataset),
        Key::ProtectedAttributes(TableId::Dataset),
        Key::Hyperparameters,
    ];
    keys.extend(kinds.map(|kind| disturbed(forest.clone(), kind)));
    keys
}

#[test]
fn keys_of_the_bundled_experiment() {
    check("adult", ids_of(adult(), &adult_keys));
}

#[test]
fn keys_of_a_regression() {
    let experiment = Experiment::from_file(&sample_data("wage/regression.toml")).unwrap();
    let keys = |catalogue: &Catalogue| {
        let (lower, _, _) = catalogue.quantiles().unwrap();
        vec![
            columns(TableId::Dataset, ColumnSet::All),
            Key::Model(lower.clone()),
            Key::predictions(lower, TableId::Dataset),
            Key::predictions(catalogue.validated(), TableId::Dataset),
        ]
    };
    check("wage", ids_of(experiment, &keys));
}

/// A file of scores for the bundled dataset.
fn scores(folder: &Path) -> PathBuf {
    let rows = (0..9769).map(|row| format!("{row},0.5\n"));
    let path = folder.join("scores.csv");
    fs::write(&path, format!("row,score\n{}", rows.collect::<String>())).unwrap();
    path
}

#[test]
fn keys_of_scores_that_are_given_and_of_scores_that_are_expected() {
    let folder = tempfile::tempdir().unwrap();
    let scores = scores(folder.path());
    let mut experiment = adult();
    experiment.model.expected = Some(scores.clone());
    let expected = |_: &Catalogue| vec![Key::Table(TableId::ExpectedScores), Key::Parity];
    check("expected scores", ids_of(experiment, &expected));
    let mut experiment = adult();
    experiment.model.predictions = Some(scores);
    let given = |catalogue: &Catalogue| {
        let predictions = Key::predictions(catalogue.validated(), TableId::Dataset);
        vec![Key::Table(TableId::Scores), predictions]
    };
    check("given scores", ids_of(experiment, &given));
}
