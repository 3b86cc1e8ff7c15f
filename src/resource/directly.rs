//! Loading without an engine, for commands that have nothing to watch: one after the other, everything
//! at once, and nothing is let go.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::catalogue::{Catalogue, LoadSettings, Unbound};
use super::column_set::ColumnSet;
use super::key::{Key, TableId};
use super::table_file::{read_any_rows, read_table};
use super::{Resource, kind};
use crate::engine::graph::closure;
use crate::engine::{CancelToken, LoadContext, LoadError, Workload};
use crate::experiment::Experiment;
use crate::vocabulary::{Problem, Problems};

/// Loaded resources by key.
pub type Loaded = HashMap<Key, Arc<Resource>>;

/// Learns all that the keys rest on, and loads them: of files that stay as they are from the first
/// that is known of them on.
pub fn load(
    catalogue: &mut Catalogue,
    keys: &[Key],
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Loaded, Problem> {
    let mut loaded = Loaded::new();
    let outcome = load_all(catalogue, keys, &mut loaded, progress);
    check_files(catalogue, &loaded)?;
    outcome.map(|()| loaded)
}

/// Are all files still what they were when they were first used? What came of two versions of one
/// says nothing of either.
pub fn check_files(catalogue: &Catalogue, loaded: &Loaded) -> Result<(), Problem> {
    if let Some(path) = catalogue.files.changed() {
        let problem = Problem::new("changed while it was used").in_file(&path);
        return Err(problem.remedy("run again"));
    }
    let mut loaded = loaded.iter();
    loaded.try_for_each(|(key, value)| catalogue.check_whole(key, value))
}

fn load_all(
    catalogue: &mut Catalogue,
    keys: &[Key],
    loaded: &mut Loaded,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<(), Problem> {
    learn(catalogue, keys, loaded)?;
    for path in catalogue.files() {
        catalogue.files.note(path);
    }
    for key in keys {
        load_one(catalogue, key, loaded, progress)?;
    }
    Ok(())
}

/// The catalogue of an experiment with its core known, or everything that stands against that.
pub fn understand(experiment: Experiment, settings: LoadSettings) -> Result<Catalogue, Problems> {
    let mut catalogue = Catalogue::new(experiment, settings);
    let mut loaded = Loaded::new();
    loop {
        let missing = match catalogue.ready() {
            Ok(()) => return Ok(catalogue),
            Err(Unbound::Unsound(problems)) => return Err(problems),
            Err(Unbound::Lacks(missing)) => missing,
        };
        let mut wrong: Vec<Problem> = Vec::new();
        for key in &missing {
            let found = load_one(&mut catalogue, key, &mut loaded, &silent);
            wrong.extend(found.err().map(|problem| catalogue.place(key, problem)));
        }
        if !wrong.is_empty() {
            return Err(Problems(wrong));
        }
        take_in(&mut catalogue, &loaded);
    }
}

/// Looks at all files that an experiment names; every problem in them, each under the setting that
/// names the file.
pub fn know_everything(catalogue: &mut Catalogue) -> Vec<Problem> {
    let mut loaded = Loaded::new();
    let mut wrong: Vec<Problem> = Vec::new();
    let mut tried = HashSet::new();
    loop {
        let everything = catalogue.everything();
        let facts = catalogue.facts_behind(&everything).into_iter();
        let facts: Vec<Key> = facts
            .filter(|key| !catalogue.knows(key) && tried.insert(key.clone()))
            .collect();
        if facts.is_empty() {
            return wrong;
        }
        for key in &facts {
            let found = load_one(catalogue, key, &mut loaded, &silent);
            wrong.extend(found.err().map(|problem| catalogue.place(key, problem)));
        }
        take_in(catalogue, &loaded);
    }
}

/// The catalogue of an experiment with all of its files looked at, or every problem in them.
pub fn inspect(experiment: Experiment, settings: LoadSettings) -> Result<Catalogue, Problems> {
    let (catalogue, wrong) = look_over(experiment, settings);
    if wrong.is_empty() {
        Ok(catalogue)
    } else {
        Err(Problems(wrong))
    }
}

/// The catalogue of an experiment with all of its files looked at, as far as that goes, and every
/// problem in them.
pub fn look_over(experiment: Experiment, settings: LoadSettings) -> (Catalogue, Vec<Problem>) {
    let mut catalogue = Catalogue::new(experiment, settings);
    let mut wrong = know_everything(&mut catalogue);
    match catalogue.ready() {
        Err(Unbound::Unsound(Problems(found))) => wrong.extend(found),
        Ok(()) | Err(Unbound::Lacks(_)) => {}
    }
    for (id, _) in catalogue.models() {
        let problem = catalogue.unfit(id).cloned();
        wrong.extend(problem.map(|problem| catalogue.place(&Key::Model(id.clone()), problem)));
    }
    (catalogue, wrong)
}

/// What only the values of the used columns can tell, table by table. Each set of columns is let go
/// before the next is read, and tables of many rows or much text are not read for it.
pub fn value_problems(catalogue: &Catalogue) -> Vec<Problem> {
    let target = &catalogue.experiment.dataset.target;
    // The classes of the dataset, which comes first, are known to the other tables.
    let mut known: Vec<String> = Vec::new();
    let mut wrong = Vec::new();
    for (id, path) in catalogue.tables() {
        let Some(used) = catalogue.used_columns(id) else {
            continue;
        };
        if catalogue.has_many_rows(id) || catalogue.has_much_text(id) {
            continue;
        }
        let others = known.clone();
        let mut check = |set: &ColumnSet| {
            let source = catalogue.files.source(path)?;
            let mut wanted = used.wanted(set);
            if let Some(schema) = catalogue.schema(id) {
                wanted = catalogue.present(id, schema, wanted);
            }
            let read = if id.may_be_empty() {
                read_any_rows
            } else {
                read_table
            };
            let table = read(&source, &wanted, &catalogue.table_options(id))?;
            if !wanted.iter().any(|(name, _)| name == target) {
                return Ok(());
            }
            if *id == TableId::Dataset {
                known = table.spelt(target)?.categories().0;
            }
            kind::columns::check_target(catalogue, &table, &others)
        };
        let found = used.sets().filter_map(|set| check(set).err());
        wrong.extend(found.map(|problem: Problem| problem.in_file(path)));
    }
    wrong
}

fn learn(catalogue: &mut Catalogue, keys: &[Key], loaded: &mut Loaded) -> Result<(), Problem> {
    loop {
        let facts = catalogue.facts_behind(keys).into_iter();
        let missing: Vec<Key> = facts.filter(|key| !catalogue.knows(key)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        for key in &missing {
            load_one(catalogue, key, loaded, &silent)?;
        }
        take_in(catalogue, loaded);
    }
}

fn take_in(catalogue: &mut Catalogue, loaded: &Loaded) {
    let facts = loaded
        .iter()
        .map(|(key, value)| (key.clone(), value.clone()));
    if let Some(next) = catalogue.learn(facts) {
        *catalogue = next;
    }
}

fn silent(_: u64, _: u64) {}

fn load_one(
    catalogue: &mut Catalogue,
    wanted: &Key,
    loaded: &mut Loaded,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<(), Problem> {
    let context = LoadContext {
        cancel: CancelToken::default(),
        progress,
    };
    let keys = closure(catalogue, std::slice::from_ref(wanted));
    for key in keys.map_err(|error| Problem::new(error.to_string()))? {
        // Nobody asks what a file is that is read once.
        if matches!(key, Key::File(_)) || loaded.contains_key(&key) {
            continue;
        }
        let inputs = catalogue.inputs(&key).into_iter();
        let inputs: Vec<_> = inputs
            .filter_map(|input| loaded.get(&input).cloned())
            .collect();
        match catalogue
            .load(&key, &inputs, &context)
            .map(|loaded| loaded.value)
        {
            Ok(Resource::Refused(reason)) => {
                if let Key::Model(id) = &key {
                    *catalogue = catalogue.with_refused(id.clone(), reason);
                    // Another engine may take facts that this one did without.
                    learn(catalogue, std::slice::from_ref(wanted), loaded)?;
                }
                return load_one(catalogue, wanted, loaded, progress);
            }
            Ok(value) => loaded.insert(key, Arc::new(value)),
            Err(LoadError::Failed(problem)) => return Err(problem),
            Err(LoadError::Changed(problem)) => return Err(*problem),
            Err(_) => return Err("it was given up".into()),
        };
    }
    Ok(())
}
