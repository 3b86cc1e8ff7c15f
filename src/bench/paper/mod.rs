//! `bench paper`: the tables of the paper, measured on generated data, each figure beside the paper's.
//!
//! | file | what it does |
//! |---|---|
//! | [`claims`] | the paper's figures, as data |
//! | [`verdict`] | by what rules ours stand beside them |
//! | [`data`] | data sets of the paper's sizes |
//! | [`run`] | one run, in a process of its own |
//! | [`campaign`] | all runs: in turns, answers compared, time left |
//! | [`pairs`] | runs of the same round, one beside the other |
//! | [`needs`], [`setup`], [`memory`], [`hit_rate`], [`ablation`], [`overhead`], [`scaling`] | Tables 1 to 7 |
//! | [`workflows`], [`ci`], [`headline`] | sections 5.6 and 5.7, and the abstract |
//! | [`page`], [`render`] | what is said, and its forms |

mod ablation;
mod campaign;
mod ci;
mod claims;
pub(super) mod data;
mod headline;
mod hit_rate;
mod machine;
mod memory;
mod needs;
mod overhead;
mod page;
mod pairs;
mod render;
mod run;
mod scaling;
mod setup;
mod verdict;
mod workflows;

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use campaign::{Block, Course, Measured};
use claims::{ABLATION, ALL_TESTS, HIT_RATE, ONE_TEST, SCALING, SETUP, Setup, TWO_TESTS, tests};
use data::Data;
use headline::Found;
use pairs::{Pairs, TOTAL};
use run::Requests;
use verdict::Estimate;

use crate::child::Scratch;
use crate::display::count;
use crate::vocabulary::{Dimension, Problem, Strategy};

pub use claims::Size;
pub(in crate::bench) use claims::WORKFLOWS;
pub use machine::Machine;
pub use page::{Page, Row, Table};
pub use render::{markdown, text};
pub use run::{Job, MeasuredRun};
pub use verdict::{Estimate as PaperEstimate, Verdict};
pub use workflows::{Workflow, drawn};

/// A table that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableName(&'static str);

impl TableName {
    /// By the numbers of the paper's tables and sections.
    pub const ALL: [&'static str; 9] =
        ["T1", "T2", "T3", "T4", "T5", "T6", "T7", "workflows", "ci"];
}

impl FromStr for TableName {
    type Err = Problem;

    fn from_str(name: &str) -> Result<Self, Problem> {
        let mut names = Self::ALL.into_iter();
        let found = names.find(|known| known.eq_ignore_ascii_case(name));
        found
            .map(Self)
            .ok_or_else(|| Problem::new(format!("it must be one of {}", Self::ALL.join(", "))))
    }
}

/// What to measure.
#[derive(Clone, Debug)]
pub struct Options {
    /// Everything but Tables 2 and 7 on the small data in place of the medium.
    pub quick: bool,
    /// Times that every pair is run.
    pub rounds: usize,
    /// The sizes of Tables 2 and 7.
    pub sizes: Vec<Size>,
    /// Rows, as a share of the paper's.
    pub scale: f64,
    /// The tables; none for all.
    pub tables: Vec<TableName>,
    /// Where generated data stays, to be used again.
    pub data: Option<PathBuf>,
}

/// The runs of the largest data are no more than this.
const MOST_HUGE_ROUNDS: usize = 3;

/// What a block answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Question {
    One(Size),
    Two,
    All,
    Hits(usize),
    Ablation,
    Workflow(usize),
}

impl Options {
    fn wants(&self, names: &[&str]) -> bool {
        let mut tables = self.tables.iter();
        self.tables.is_empty() || tables.any(|table| names.contains(&table.0))
    }

    /// The data of all but Tables 2 and 7.
    fn base(&self) -> Size {
        if self.quick {
            Size::Small
        } else {
            Size::Medium
        }
    }

    fn questions(&self) -> Vec<Question> {
        let mut questions = Vec::new();
        for size in Size::ALL {
            let is_listed = self.sizes.contains(&size) && self.wants(&["T2", "T7"]);
            let is_base = size == self.base() && self.wants(&["T3"]);
            if is_listed || is_base {
                questions.push(Question::One(size));
            }
        }
        if self.wants(&["T2", "T3"]) {
            questions.push(Question::Two);
        }
        if self.wants(&["T1", "T2", "T3", "T6"]) {
            questions.push(Question::All);
        }
        if self.wants(&["T4"]) {
            questions.extend(HIT_RATE.map(|(tests, ..)| Question::Hits(tests)));
        }
        if self.wants(&["T5"]) {
            questions.push(Question::Ablation);
        }
        if self.wants(&["workflows"]) {
            questions.extend((0..drawn().len()).map(Question::Workflow));
        }
        questions
    }

    fn size_of(&self, question: Question) -> Size {
        match question {
            Question::One(size) => size,
            _ => self.base(),
        }
    }
}

/// Measures what is asked for; `progress` hears what is under way, and what is left.
pub fn measure(options: &Options, progress: &mut dyn FnMut(&str)) -> Result<Page, Problem> {
    let scratch = Scratch::new().map_err(|e| Problem::new(e.to_string()))?;
    let folder = options.data.as_deref().unwrap_or(scratch.path());
    let folder = std::path::absolute(folder)
        .map_err(|error| Problem::new(error.to_string()).in_file(folder))?;
    let data = Data::new(&folder, options.scale);
    let experiments = experiments(options, &data, progress)?;
    let questions = options.questions();
    let blocks: Vec<Block> = questions
        .iter()
        .map(|question| block(*question, options, &data, &experiments))
        .collect();
    let base = &experiments[&options.base()];
    let (rows, features) = data.counts(options.base());
    let guess = 0.05 + rows as f64 * features as f64 * 5.0 / 1e7;
    let builds = if options.wants(&["ci"]) {
        guess * 3.0 * options.rounds as f64
    } else {
        0.0
    };
    let mut course = Course::of(&blocks.iter().collect::<Vec<_>>(), builds, progress);
    let mut measured = HashMap::new();
    for (place, (question, block)) in questions.iter().zip(&blocks).enumerate() {
        measured.insert(*question, course.measure(block, place)?);
    }
    let builds = if options.wants(&["ci"]) {
        Some(ci::measure(base, options.rounds, guess, &mut course)?)
    } else {
        None
    };
    Ok(page(options, &data, &measured, builds.as_ref()))
}

fn experiments(
    options: &Options,
    data: &Data,
    progress: &mut dyn FnMut(&str),
) -> Result<HashMap<Size, PathBuf>, Problem> {
    let progress = RefCell::new(progress);
    let mut sizes: Vec<Size> = options
        .questions()
        .into_iter()
        .map(|question| options.size_of(question))
        .chain([options.base()])
        .collect();
    sizes.dedup();
    let mut experiments = HashMap::new();
    for size in sizes {
        let tell = |words: &str| (progress.borrow_mut())(&format!("generating data: {words}"));
        experiments.insert(size, data.experiment(size, &tell)?);
    }
    Ok(experiments)
}

fn block(
    question: Question,
    options: &Options,
    data: &Data,
    experiments: &HashMap<Size, PathBuf>,
) -> Block {
    let size = options.size_of(question);
    let experiment: &Path = &experiments[&size];
    let job = |strategy, dimensions: &[Dimension]| {
        Job::usual(experiment.to_owned(), strategy, dimensions)
    };
    let (eager, lazy) = (Strategy::Eager, Strategy::LazyAll);
    let twice = |job: Job| Job { again: true, ..job };
    let pair = |dimensions: &[Dimension]| {
        vec![twice(job(eager, dimensions)), twice(job(lazy, dimensions))]
    };
    let mut rounds = options.rounds;
    let (name, jobs) = match question {
        Question::One(_) => ("T2, T7: one test".to_owned(), pair(ONE_TEST)),
        Question::Two => ("T2, T3: two tests".to_owned(), pair(TWO_TESTS)),
        Question::All => {
            let jobs = [eager, lazy, eager].map(|strategy| job(strategy, ALL_TESTS));
            ("T2, T6: all tests".to_owned(), jobs.to_vec())
        }
        Question::Hits(count) => {
            let with = twice(Job {
                one_by_one: true,
                ..job(lazy, tests(count))
            });
            let without = Job {
                cache: false,
                ..with.clone()
            };
            (format!("T4: {count} tests"), vec![without, with])
        }
        Question::Ablation => {
            let jobs = ABLATION.iter().map(|row| Job {
                one_by_one: true,
                cache: row.cache,
                parallel: row.parallel,
                ..job(if row.lazy { lazy } else { eager }, TWO_TESTS)
            });
            ("T5: ablation".to_owned(), jobs.collect())
        }
        Question::Workflow(which) => {
            rounds = 1;
            let workflow = drawn().swap_remove(which);
            let jobs = [eager, lazy].map(|strategy| Job {
                one_by_one: true,
                ..job(strategy, &workflow.tests)
            });
            (format!("5.6: workflow {} of 50", which + 1), jobs.to_vec())
        }
    };
    if size == Size::Huge {
        rounds = rounds.min(MOST_HUGE_ROUNDS);
    }
    let (rows, features) = data.counts(size);
    Block {
        name: format!("{name}, {}", size.name()),
        jobs,
        rounds,
        values: rows * features,
    }
}

fn page(
    options: &Options,
    data: &Data,
    measured: &HashMap<Question, Measured>,
    builds: Option<&ci::Builds>,
) -> Page {
    let shape = |size: Size| {
        let (rows, features) = data.counts(size);
        format!("{} x {features}", count(rows as u64))
    };
    let base = shape(options.base());
    let label = |tests: usize, size: Size| {
        let noun = if tests == 1 { "test" } else { "tests" };
        format!("{tests} {noun}, {}", shape(size))
    };
    let mut tables = Vec::new();
    if let Some(all) = measured
        .get(&Question::All)
        .filter(|_| options.wants(&["T1"]))
    {
        tables.push(needs::table(all));
    }
    let of_tests = |tests: usize, size: Size| match tests {
        1 => (size, measured.get(&Question::One(size))),
        2 => (options.base(), measured.get(&Question::Two)),
        _ => (options.base(), measured.get(&Question::All)),
    };
    let rows_of = |claims: &'static [Setup]| -> Vec<_> {
        let row = |claim: &'static Setup| {
            let (size, measured) = of_tests(claim.tests, claim.size);
            (claim, label(claim.tests, size), measured)
        };
        claims.iter().map(row).collect()
    };
    if options.wants(&["T2"]) {
        tables.push(setup::table(&rows_of(&SETUP)));
    }
    if options.wants(&["T3"]) {
        let rows = [1, 2, 5].into_iter().filter_map(|tests| {
            let (size, measured) = of_tests(tests, options.base());
            Some((tests, label(tests, size), measured?))
        });
        tables.push(memory::table(&rows.collect::<Vec<_>>()));
    }
    if options.wants(&["T4"]) {
        let rows = HIT_RATE.iter().filter_map(|(tests, ..)| {
            let measured = measured.get(&Question::Hits(*tests))?;
            Some((*tests, label(*tests, options.base()), measured))
        });
        tables.push(hit_rate::table(&rows.collect::<Vec<_>>()));
    }
    if let Some(measured) = measured.get(&Question::Ablation) {
        tables.push(ablation::table(&label(2, options.base()), measured));
    }
    if let Some(all) = measured
        .get(&Question::All)
        .filter(|_| options.wants(&["T6"]))
    {
        tables.push(overhead::table(&base, all));
    }
    if options.wants(&["T7"]) {
        tables.push(scaling::table(&rows_of(&SCALING)));
    }
    let of_workflows: Vec<(Workflow, &Measured)> = drawn()
        .into_iter()
        .enumerate()
        .filter_map(|(which, w)| Some((w, measured.get(&Question::Workflow(which))?)))
        .collect();
    if !of_workflows.is_empty() {
        tables.push(workflows::table(&base, &of_workflows));
    }
    if let Some(builds) = builds {
        tables.push(ci::table(&base, builds));
    }
    let found = found(measured, &of_workflows, builds);
    tables.insert(0, headline::table(&found));
    Page {
        machine: Machine::here(),
        method: method(options),
        tables,
    }
}

/// What the abstract is held against.
fn found(
    measured: &HashMap<Question, Measured>,
    workflows: &[(Workflow, &Measured)],
    builds: Option<&ci::Builds>,
) -> Found {
    let two = measured.get(&Question::Two).map(Pairs::of);
    let ablation = measured.get(&Question::Ablation);
    let all_tests = measured.get(&Question::Hits(5));
    let rate = |measured: &Measured| {
        let runs = measured[1].iter().map(|run| run.requests);
        Estimate::of(runs.map(Requests::hit_rate))
    };
    let of_workflows: Vec<&Measured> = workflows.iter().map(|(_, m)| *m).collect();
    Found {
        setup_saved: two.as_ref().and_then(|two| two.saved(pairs::SETUP)),
        eager_setup_seconds: two.as_ref().and_then(|two| two.of_base(pairs::SETUP)),
        memory_saved: workflows::of_sums(&of_workflows, pairs::PEAK),
        // Lazy alone is the second job of the ablation, lazy with cache the fifth.
        cache_saved: ablation.and_then(|m| Pairs::between(m, 1, 4).saved(TOTAL)),
        hit_rate: all_tests.and_then(rate),
        overhead: measured
            .get(&Question::All)
            .and_then(|all| overhead::cost(&Pairs::of(all))),
        workflow_saved: workflows::of_sums(&of_workflows, TOTAL),
        build_seconds: builds.and_then(ci::Builds::lazy_seconds),
    }
}

fn method(options: &Options) -> Vec<String> {
    let rows = if options.scale == 1.0 {
        String::new()
    } else {
        format!(" Data sets have {} times the paper's rows.", options.scale)
    };
    vec![
        format!(
            "Generated data (`lazydebugger generate`), boosted trees, preset quick, {} rounds in turns, each \
             run a process of its own. Eager loads what the experiment names: three tables, two models, \
             protected attributes, hyperparameters, scores. Lazy is lazy-all.{rows}",
            options.rounds
        ),
        "Cold: nothing in memory, no disk cache; the files are in the system's page cache. Medians; in \
         brackets the interval of the median. No time is told before the answers of all runs beside each \
         other were the same bits."
            .to_owned(),
        "Which tests \"1\", \"2-3\" and \"5\" are is not said; assumed: fairness; fairness and uncertainty; \
         all. Table 4's three: with resilience."
            .to_owned(),
        verdict::RULES.to_owned(),
    ]
}
