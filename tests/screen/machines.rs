//! A run on several machines: every worker is a lane of the one timeline, and what is lost is seen.

use std::sync::Arc;

use lazydebugger::event::{Event, EventKind};
use lazydebugger::log::Log;
use lazydebugger::tui::app_loop::App as _;
use lazydebugger::tui::screen::{Options, Screen, Source};
use lazydebugger::tui::theme::ThemeName;
use lazydebugger::vocabulary::{
    ContentId, Lookup, MissReason, Owner, ResourceName, Shard, ShardEnd, Worker,
};

use crate::shown::{Shown, events};

const SESSION: &str = include_str!("../fixtures/adult_session.jsonl");
/// When the workers begin, and how long they work before the run.
const WORK: f64 = 4.0;

/// The fixture's session with the work of others before its first run: two workers, four shards, and the
/// third lost in the middle of a load.
fn session() -> Vec<Event> {
    let mut all = events(SESSION);
    let is_run = |event: &Event| matches!(event.kind, EventKind::RunStarted { .. });
    let first = all.iter().position(is_run).unwrap();
    let began = all[first].t;
    let work = work(began);
    for event in &mut all[first..] {
        event.t += WORK;
    }
    all.splice(first..first, work);
    for (seq, event) in (0..).zip(&mut all) {
        event.seq = seq;
    }
    all
}

fn work(began: f64) -> Vec<Event> {
    let worker = |number: u32| Worker {
        machine: Arc::from(["alpha", "beta"][number as usize - 1]),
        number,
    };
    let shard = |number| Shard::new(number, 4).unwrap();
    let mut told = Vec::new();
    let mut at = |t: f64, kind| {
        told.push(Event {
            seq: 0,
            t: began + t,
            kind,
        });
    };
    // Shard, worker, from when, until when, and how it ends.
    for (number, by, from, to, end) in [
        (1, 1, 0.2, 1.4, ShardEnd::Finished),
        (2, 2, 0.4, 1.8, ShardEnd::Finished),
        (3, 1, 1.5, 2.3, ShardEnd::Lost),
        (4, 2, 1.9, 2.9, ShardEnd::Finished),
        (3, 2, 3.0, 3.9, ShardEnd::Finished),
    ] {
        let (shard, worker) = (shard(number), worker(by));
        let says = |since, said| EventKind::ShardTold {
            shard,
            worker: worker.clone(),
            since,
            said: Box::new(said),
        };
        let name = ResourceName::from(format!("predictions:forest@dataset[{shard}]").as_str());
        let model = ResourceName::from("model:forest");
        let middle = from + (to - from) / 3.0;
        let started = EventKind::ShardStarted {
            shard,
            worker: worker.clone(),
        };
        at(from, started);
        let asked = EventKind::Requested {
            name: name.clone(),
            by: Owner::User,
            lookup: Lookup::Miss(MissReason::FirstTouch),
            content: ContentId::new([0; 32]),
            differs: Vec::new(),
            same_as: None,
        };
        at(from, says(0.0, asked));
        let load = |name: &ResourceName| EventKind::LoadStarted {
            name: name.clone(),
            worker: 0,
        };
        let loaded = |name: &ResourceName, seconds| EventKind::LoadFinished {
            name: name.clone(),
            bytes: 1_000,
            mapped_bytes: 0,
            exact: true,
            seconds,
            digest: ContentId::new([1; 32]),
            detail: String::new(),
            fetched: false,
        };
        at(from, says(0.0, load(&model)));
        at(middle, says(middle - from, loaded(&model, middle - from)));
        at(middle, says(middle - from, load(&name)));
        let reason = if end == ShardEnd::Finished {
            at(to, says(to - from, loaded(&name, to - middle)));
            String::new()
        } else {
            "its process on alpha was killed".to_owned()
        };
        at(
            to,
            EventKind::ShardEnded {
                shard,
                worker,
                end,
                reason,
            },
        );
    }
    told.sort_by(|a, b| a.t.total_cmp(&b.t));
    told
}

fn shown(size: (u16, u16)) -> Shown {
    let options = Options {
        theme: ThemeName::Dark,
        colours: true,
        unicode: true,
    };
    let all = session();
    let screen = Screen::new(options, Source::Session).looking_back_on(Log::of(all.clone()));
    let mut shown = Shown::new(screen, size, "", 0.0);
    for event in &all {
        shown.screen.on_event(event);
    }
    shown.draw();
    shown
}

#[test]
fn all_workers_are_lanes_of_one_timeline() {
    for size in [(80, 24), (120, 40)] {
        let text = shown(size).keys("T z").text();
        for words in ["1 alpha", "2 beta", "0/2 hits", "0/3 hits"] {
            assert!(text.contains(words), "no {words} in\n{text}");
        }
    }
}
