//! Plans for a selection of dimensions: what each strategy would load, at what cost, and which
//! strategy fits. Nothing is loaded for it.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::advice::{Facts, advise};
use super::driver::words;
use super::shard::{keys_of_shard, scored};
use crate::dimension::{self, Unmet, working};
use crate::engine::graph::{GraphError, closure};
use crate::engine::plan::{Plan, Roots, plan_or_eager, shared};
use crate::engine::simulate::{Player, Rehearsal, critical_path};
use crate::engine::{Limits, Workload};
use crate::event::{
    Advice, AvoidedLoad, Basis, EngineSettings, Forecast, PlannedLoad, TakenColumns,
};
use crate::history::History;
use crate::resource::{Catalogue, CostParts, Key, Ways};
use crate::settings::nearest;
use crate::vocabulary::{Client, Dimension, Preset, Problem, ResourceName, Shard, Strategy};

/// The word that stands for what two or more of the selected dimensions need.
const SHARED: &str = "shared";

/// Makes plans for an experiment.
pub struct Planner {
    /// The resources.
    pub catalogue: Arc<Catalogue>,
    /// How long loads took before.
    pub history: History,
    /// What each dimension asks for.
    needs: [Result<Vec<Key>, Unmet>; 5],
    preset: Preset,
    /// Of what is asked for, some rows only are made.
    shard: Option<Shard>,
    declared: Vec<Key>,
    limits: Limits,
}

/// What is known of how long each load takes.
struct Costs {
    seconds: HashMap<Key, (f64, Basis)>,
    /// Stands in where nothing is known.
    middling: f64,
}

/// The resources, taken in some way, and what runs are played through with.
struct Stage {
    catalogue: Arc<Catalogue>,
    rehearsal: OnceCell<Rehearsal<Catalogue>>,
}

impl Stage {
    fn new(catalogue: Arc<Catalogue>) -> Self {
        Self {
            catalogue,
            rehearsal: OnceCell::new(),
        }
    }

    fn rehearsal(&self, planner: &Planner) -> &Rehearsal<Catalogue> {
        let of = || Rehearsal::of(self.catalogue.clone(), planner.limits, &planner.declared);
        self.rehearsal.get_or_init(of)
    }
}

impl Costs {
    fn of(&self, key: &Key) -> (f64, Basis) {
        let unknown = (self.middling, Basis::Unknown);
        self.seconds.get(key).copied().unwrap_or(unknown)
    }
}

/// What the engine may use under these settings.
pub(super) fn limits(settings: &EngineSettings) -> Limits {
    Limits {
        lanes: settings.threads,
        cache_policy: settings.cache_policy,
        cache_entries: settings.cache_entries,
        cache_bytes: settings.cache_bytes,
        memory_budget: settings.memory_budget_bytes,
        device_budget: settings.device_memory_budget_bytes,
        ttl_seconds: settings.ttl_seconds,
    }
}

impl Planner {
    /// Plans under these settings; their strategy is not looked at.
    pub fn new(catalogue: Arc<Catalogue>, settings: &EngineSettings, history: History) -> Self {
        let mut planner = Self {
            declared: Vec::new(),
            needs: Dimension::ALL.map(|_| Err(Unmet::Lacks(Vec::new()))),
            preset: settings.preset,
            shard: None,
            catalogue: catalogue.clone(),
            history,
            limits: limits(settings),
        };
        planner.rebind(catalogue);
        planner
    }

    /// Plans for a shard of the run.
    pub(super) fn for_shard(mut self, shard: Option<Shard>) -> Self {
        self.shard = shard;
        self.rebind(self.catalogue.clone());
        self
    }

    /// Plans under another preset from now on.
    pub fn set_preset(&mut self, preset: Preset) {
        self.preset = preset;
        self.rebind(self.catalogue.clone());
    }

    /// Plans for an engine that is set like this from now on.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Goes on with what more is known of the same experiment.
    pub fn rebind(&mut self, catalogue: Arc<Catalogue>) {
        self.needs = Dimension::ALL.map(|dimension| {
            let keys = dimension::needs(dimension, &catalogue, self.preset)?;
            Ok(match self.shard {
                Some(shard) => keys_of_shard(&catalogue, &keys, shard),
                None => keys,
            })
        });
        let mut roots = catalogue.core_facts();
        roots.extend(catalogue.everything());
        self.catalogue = catalogue;
        roots.extend(Dimension::ALL.into_iter().flat_map(|d| self.roots(d)));
        self.declared = closure(&*self.catalogue, &roots).unwrap_or_default();
    }

    /// What a dimension asks for, or why that is not known.
    pub fn needs(&self, dimension: Dimension) -> Result<Vec<Key>, Unmet> {
        self.needs[dimension as usize].clone()
    }

    /// What a dimension asks for or, as long as that is not known, what must be loaded to know.
    pub fn roots(&self, dimension: Dimension) -> Vec<Key> {
        match &self.needs[dimension as usize] {
            Ok(keys) | Err(Unmet::Lacks(keys)) => keys.clone(),
            Err(Unmet::Unanswerable(_) | Unmet::Unsound(_)) => Vec::new(),
        }
    }

    /// The predictions that a model makes for these dimensions.
    pub fn scored(&self, dimensions: &[Dimension]) -> Vec<Key> {
        let asked = self.asked(dimensions).into_iter();
        let asked: Vec<Key> = asked.flat_map(|(_, keys)| keys).collect();
        scored(&self.catalogue, &asked)
    }

    /// Those of the dimensions that can be answered, with what they ask for.
    fn asked(&self, dimensions: &[Dimension]) -> Vec<(Dimension, Vec<Key>)> {
        let asked = dimensions.iter();
        asked
            .map(|d| (*d, self.roots(*d)))
            .filter(|(_, keys)| !keys.is_empty())
            .collect()
    }

    /// Every resource that there is, inputs before what is made from them.
    pub fn declared(&self) -> &[Key] {
        &self.declared
    }

    /// What is wrong with the names under `preload`.
    pub fn preload_problems(&self) -> Vec<Problem> {
        let names: Vec<String> = self.declared.iter().map(ToString::to_string).collect();
        let known = || names.iter().map(String::as_str).chain([SHARED]);
        let wanted = self.catalogue.experiment.engine.preload.iter();
        let unknown = wanted.filter(|name| !known().any(|known| known == name.as_str()));
        let problems = unknown.map(|name| {
            let near = nearest(name, known()).map(|near| format!("; did you mean `{near}`?"));
            let all = ", such as `dataset`, or `shared` for what two selected dimensions need";
            let near = near.unwrap_or_else(|| all.to_owned());
            Problem::new(format!("there is no resource `{name}`{near}")).under("engine.preload")
        });
        problems.collect()
    }

    fn is_preloaded(&self, name: &str) -> bool {
        let mut wanted = self.catalogue.experiment.engine.preload.iter();
        wanted.any(|wanted| wanted == name)
    }

    /// What the user wants loaded first by its own name.
    fn named_preload(&self) -> Vec<Key> {
        if self.catalogue.experiment.engine.preload.is_empty() {
            return Vec::new();
        }
        // Who names a table wants its columns.
        let named = |key: &&Key| {
            self.is_preloaded(&key.to_string())
                || matches!(key, Key::Columns { table, .. } if self.is_preloaded(&table.to_string()))
        };
        self.declared.iter().filter(named).cloned().collect()
    }

    /// The plan of a strategy, and why it is that of `eager` if the strategy cannot make one.
    pub fn plan(
        &self,
        strategy: Strategy,
        dimensions: &[Dimension],
    ) -> (Plan<Key>, Option<GraphError>) {
        let asked = self.asked(dimensions);
        let on = Stage::new(self.catalogue.clone());
        self.plan_on(&on, strategy, &asked, &self.costs_if(strategy))
    }

    /// How columns are taken under a strategy where these dimensions are asked for.
    pub fn ways(&self, strategy: Strategy, dimensions: &[Dimension]) -> Ways {
        self.ways_for(strategy, &self.asked(dimensions))
    }

    fn ways_for(&self, strategy: Strategy, asked: &[(Dimension, Vec<Key>)]) -> Ways {
        let asked: Vec<Vec<Key>> = asked.iter().map(|(_, keys)| keys.clone()).collect();
        let mut first = self.named_preload();
        if strategy == Strategy::Eager {
            first.extend(self.catalogue.everything());
        }
        let budget = self.limits.memory_budget;
        let measured = |catalogue: &Catalogue, key: &Key| {
            let id = catalogue.cost_id(key, &mut CostParts::default());
            self.history.seconds(&id)
        };
        let asked = asked.concat();
        self.catalogue
            .choose_ways(&asked, &first, budget, &measured)
    }

    /// Only `adaptive` asks what loads cost.
    fn costs_if(&self, strategy: Strategy) -> Costs {
        if strategy == Strategy::Adaptive {
            self.costs()
        } else {
            Costs {
                seconds: HashMap::new(),
                middling: 0.0,
            }
        }
    }

    fn plan_on(
        &self,
        on: &Stage,
        strategy: Strategy,
        asked: &[(Dimension, Vec<Key>)],
        costs: &Costs,
    ) -> (Plan<Key>, Option<GraphError>) {
        let asked: Vec<Vec<Key>> = asked.iter().map(|(_, keys)| keys.clone()).collect();
        let mut preload = self.named_preload();
        if self.is_preloaded(SHARED) {
            preload.extend(shared(&*on.catalogue, &asked).unwrap_or_default());
        }
        let roots = Roots {
            asked: &asked,
            core: &on.catalogue.core(),
            everything: &on.catalogue.everything(),
            preload: &preload,
        };
        let (mut plan, error) = plan_or_eager(&*on.catalogue, strategy, &roots);
        if strategy == Strategy::Adaptive && error.is_none() {
            let measured = |key: &Key| match costs.of(key) {
                (seconds, Basis::Measured) => Some(seconds),
                _ => None,
            };
            let rehearsal = on.rehearsal(self);
            rehearsal.fill_idle_workers(&mut plan, &measured);
        }
        (plan, error)
    }

    /// How long a load took when it was last done; none where nobody has timed it.
    pub(super) fn measured_seconds(&self, key: &Key) -> Option<f64> {
        let mut parts = CostParts::default();
        let id = self.catalogue.cost_id(key, &mut parts);
        self.history.seconds(&id)
    }

    /// How long loads take, of those of which anything is known.
    pub(super) fn known_seconds(&self) -> HashMap<Key, f64> {
        let known = self.costs().seconds.into_iter();
        known.map(|(key, (seconds, _))| (key, seconds)).collect()
    }

    fn costs(&self) -> Costs {
        let mut seconds = HashMap::new();
        let mut parts = CostParts::default();
        let mut rates = HashMap::new();
        for key in &self.declared {
            let measured = self
                .history
                .seconds(&self.catalogue.cost_id(key, &mut parts));
            let cost = measured.map(|s| (s, Basis::Measured)).or_else(|| {
                let bytes = self.catalogue.estimated_bytes(key)?;
                let kind = Catalogue::kind(key);
                // Sizes that differ by less than twice are guessed by the same loads.
                let size = bytes.checked_ilog2().map_or(0, |power| 1 << power);
                let rate = rates.entry((kind, size));
                let rate = *rate.or_insert_with(|| self.history.seconds_a_byte(kind, size));
                Some((rate? * bytes as f64, Basis::Guessed))
            });
            if let Some(cost) = cost {
                seconds.insert(key.clone(), cost);
            }
        }
        let mut known: Vec<f64> = seconds.values().map(|(s, _)| *s).collect();
        known.sort_by(f64::total_cmp);
        Costs {
            seconds,
            middling: known.get(known.len() / 2).copied().unwrap_or(1.0),
        }
    }

    /// What each strategy would do, from an empty memory, and which of them fits.
    pub fn compare(&self, dimensions: &[Dimension]) -> (Vec<Forecast>, Advice) {
        let costs = self.costs();
        let asked = self.asked(dimensions);
        let mut stages = vec![Stage::new(self.catalogue.clone())];
        let places = Strategy::ALL.map(|strategy| {
            let Some(next) = self.catalogue.with_ways(self.ways_for(strategy, &asked)) else {
                return 0;
            };
            stages.push(Stage::new(Arc::new(next)));
            stages.len() - 1
        });
        let forecast =
            |strategy| self.forecast(&stages[places[strategy as usize]], strategy, &asked, &costs);
        let forecasts = Strategy::ALL.map(forecast);
        let advice = advise(&self.facts(&asked, &costs));
        (forecasts.to_vec(), advice)
    }

    /// What will not find room within the memory budget, and what it needs.
    pub fn shortages(&self, strategy: Strategy, dimensions: &[Dimension]) -> Vec<String> {
        if self.limits.memory_budget.is_none() {
            return Vec::new();
        }
        let asked = self.asked(dimensions);
        let stage = Stage::new(self.catalogue.clone());
        let costs = self.costs();
        self.forecast(&stage, strategy, &asked, &costs).problems
    }

    fn forecast(
        &self,
        on: &Stage,
        strategy: Strategy,
        asked: &[(Dimension, Vec<Key>)],
        costs: &Costs,
    ) -> Forecast {
        let (plan, error) = self.plan_on(on, strategy, asked, costs);
        let seconds = |key: &Key| costs.of(key).0;
        let clients = asked.iter().map(|(dimension, keys)| Player {
            client: Client::from(*dimension),
            keys: keys.clone(),
            computing_bytes: working::bytes(*dimension, &on.catalogue),
        });
        let clients: Vec<Player<Key>> = clients.collect();
        let told = on.rehearsal(self).simulate(&plan.first, &clients, &seconds);
        let mut loaded = HashSet::new();
        let mut reloads = 0;
        for load in &told.loads {
            reloads += usize::from(!loaded.insert(load.key.clone()));
        }
        let declared = self.declared.iter().cloned();
        let (loaded, avoided): (Vec<Key>, Vec<Key>) =
            declared.partition(|key| loaded.contains(key));
        let (path, path_seconds) =
            critical_path(&*on.catalogue, &loaded, &seconds).unwrap_or_default();
        let bases = loaded.iter().map(|key| costs.of(key).1);
        let unplanned = error.map(|e| format!("{e}: everything is loaded first, as eager does"));
        Forecast {
            strategy,
            first: plan.first.len(),
            later: plan.later.len(),
            reloads,
            avoided: avoided.len(),
            avoided_bytes: self.bytes(&avoided),
            peak_bytes: told.peak_bytes,
            basis: bases.max().unwrap_or(Basis::Measured),
            setup_seconds: told.setup_seconds,
            load_seconds: told.seconds,
            load_seconds_sum: told.loads.iter().map(|l| l.end - l.start).sum(),
            critical_path: self.names(&path),
            critical_path_seconds: path_seconds,
            problems: unplanned
                .into_iter()
                .chain(told.problems.iter().map(words))
                .collect(),
            schedule: told
                .loads
                .into_iter()
                .map(|load| PlannedLoad {
                    name: self.catalogue.name(&load.key),
                    group: load.key.group(),
                    worker: load.worker,
                    start: load.start,
                    end: load.end,
                    basis: costs.of(&load.key).1,
                    bytes: self.catalogue.estimated_bytes(&load.key),
                    asked_by: load.asked_by.map(|place| asked[place].0),
                })
                .collect(),
            columns: self.taken(&on.catalogue),
            avoids: avoided
                .iter()
                .map(|key| AvoidedLoad {
                    name: self.catalogue.name(key),
                    // Columns that are left out of a table that is loaded go by their own name.
                    group: match key {
                        Key::Columns { table, .. }
                            if !avoided.contains(&Key::Table(table.clone())) =>
                        {
                            None
                        }
                        _ => key.group(),
                    },
                })
                .collect(),
        }
    }

    /// How columns are taken, where that was to be decided.
    fn taken(&self, catalogue: &Catalogue) -> Vec<TakenColumns> {
        let taken = self.declared.iter().filter_map(|key| {
            Some(TakenColumns {
                name: catalogue.name(key),
                way: catalogue.way(key)?,
                bytes: catalogue.estimated_bytes(key),
            })
        });
        taken.collect()
    }

    fn facts(&self, asked: &[(Dimension, Vec<Key>)], costs: &Costs) -> Facts {
        let keys: Vec<Vec<Key>> = asked.iter().map(|(_, keys)| keys.clone()).collect();
        let shared = shared(&*self.catalogue, &keys).unwrap_or_default();
        let everything = self.catalogue.everything();
        let everything = closure(&*self.catalogue, &everything).unwrap_or_default();
        let needed = closure(&*self.catalogue, &keys.concat()).unwrap_or_default();
        let needed: HashSet<Key> = needed.into_iter().collect();
        let in_vain: Vec<Key> = everything
            .iter()
            .filter(|k| !needed.contains(*k))
            .cloned()
            .collect();
        let core_seconds = self
            .catalogue
            .core()
            .into_iter()
            .map(|key| match costs.of(&key) {
                (seconds, Basis::Measured) => Some(seconds),
                _ => None,
            });
        Facts {
            selected: asked.len(),
            available: self.asked(&Dimension::ALL).len(),
            shared: shared.len(),
            shared_bytes: self.bytes(&shared),
            everything_bytes: self.bytes(&everything),
            in_vain_bytes: self.bytes(&in_vain),
            budget_bytes: self.limits.memory_budget,
            core_seconds: core_seconds.sum::<Option<f64>>(),
        }
    }

    fn bytes(&self, keys: &[Key]) -> u64 {
        let known = keys
            .iter()
            .filter_map(|k| self.catalogue.estimated_bytes(k));
        known.sum()
    }

    fn names(&self, keys: &[Key]) -> Vec<ResourceName> {
        keys.iter().map(|key| self.catalogue.name(key)).collect()
    }
}
