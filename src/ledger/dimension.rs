//! A dimension as the log tells it.

use crate::event::{DimensionOutcome, DimensionStatus};
use crate::vocabulary::{ContentId, Lookup};

/// Where a dimension stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DimensionState {
    /// It has not run, or its last run is over.
    #[default]
    Idle,
    /// It is part of the run that goes on, and its turn is still to come.
    Waiting,
    /// Its resources are being loaded.
    Loading,
    /// Its metrics are being computed.
    Computing,
}

impl DimensionState {
    /// Is it loading or computing?
    pub fn is_running(self) -> bool {
        matches!(self, Self::Loading | Self::Computing)
    }
}

/// A resource that results rest on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ground {
    /// Its place among the resources.
    place: usize,
    /// Its content id when it was used.
    digest: Option<ContentId>,
    /// Files that have made another content of it since.
    changed: Vec<String>,
}

impl Ground {
    pub(super) fn new(place: usize, digest: Option<ContentId>) -> Self {
        Self {
            place,
            digest,
            changed: Vec::new(),
        }
    }

    fn follow(&mut self, file: &str, digest: Option<ContentId>) {
        if digest.is_some() && self.digest == digest {
            self.changed.clear();
        } else if !self.changed.iter().any(|known| known == file) {
            self.changed.push(file.to_owned());
        }
    }
}

/// What became of the requests of a dimension's run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// How many there were.
    pub all: usize,
    /// Those that had to wait for a load.
    pub loaded: usize,
}

/// A dimension: selected or not, where it stands, what it found last.
#[derive(Clone, Debug, Default)]
pub struct DimensionRecord {
    /// Is it selected?
    pub selected: bool,
    /// Where it stands.
    pub state: DimensionState,
    /// When its present or last run began, in seconds since the session began.
    pub started_at: f64,
    /// How many resources its present or last run asked for.
    pub requested: usize,
    /// What it found last.
    pub outcome: Option<DimensionOutcome>,
    /// What it had found before `outcome`, where that is an error, and when, in seconds since the
    /// session began.
    pub before: Option<(f64, Box<DimensionOutcome>)>,
    /// The headline of the results before `outcome`.
    pub headline_before: Option<(String, f64)>,
    /// What became of the requests that `outcome` rests on.
    pub asked: Asked,
    finished_at: f64,
    /// Why it cannot be answered for this experiment.
    pub unavailable: Option<String>,
    /// What `outcome` rests on, by place.
    grounds: Vec<Ground>,
    /// What the present computation rests on, by place.
    present_grounds: Vec<Ground>,
    /// What became of the requests of the present run.
    present_asked: Asked,
}

impl DimensionRecord {
    pub(super) fn start(&mut self, t: f64, resources: usize) {
        self.state = DimensionState::Loading;
        self.started_at = t;
        self.requested = resources;
        self.present_grounds.clear();
        self.present_asked = Asked::default();
    }

    /// Takes note of a request of its present run.
    pub(super) fn ask(&mut self, lookup: &Lookup) {
        if self.state == DimensionState::Loading {
            self.present_asked.all += 1;
            let is_there = matches!(lookup, Lookup::Hit { .. });
            self.present_asked.loaded += usize::from(!is_there);
        }
    }

    pub(super) fn compute(&mut self, grounds: Vec<Ground>) {
        self.state = DimensionState::Computing;
        self.present_grounds = grounds;
    }

    /// Follows a change of what a resource is made from.
    pub(super) fn follow(&mut self, place: usize, file: &str, digest: Option<ContentId>) {
        for grounds in [&mut self.grounds, &mut self.present_grounds] {
            if let Ok(at) = grounds.binary_search_by_key(&place, |ground| ground.place) {
                grounds[at].follow(file, digest);
            }
        }
    }

    /// Files that have changed since what it found last was computed, each once. Its results are
    /// out of date unless there are none.
    pub fn changed_files(&self) -> Vec<&str> {
        let mut files: Vec<&str> = Vec::new();
        for file in self.grounds.iter().flat_map(|ground| &ground.changed) {
            if !files.contains(&file.as_str()) {
                files.push(file);
            }
        }
        files
    }

    pub(super) fn finish(&mut self, t: f64, outcome: &DimensionOutcome) {
        self.state = DimensionState::Idle;
        // A cancelled rerun takes nothing away: the results of the run before still hold.
        let keeps_results = outcome.status == DimensionStatus::Cancelled && self.outcome.is_some();
        if !keeps_results {
            if let Some(last) = self.outcome.as_ref().filter(|last| last.came_to_results()) {
                self.headline_before = last.headline.clone();
            }
            self.keep_before(outcome);
            self.finished_at = t;
            self.outcome = Some(outcome.clone());
            self.grounds = std::mem::take(&mut self.present_grounds);
            self.asked = self.present_asked;
        }
    }

    /// A rerun that fails takes nothing away either: what was known is known still.
    fn keep_before(&mut self, next: &DimensionOutcome) {
        if next.status != DimensionStatus::Error {
            self.before = None;
        } else if let Some(last) = self.outcome.take()
            && last.came_to_results()
        {
            self.before = Some((self.finished_at, Box::new(last)));
        }
    }
}
