//! Auto-tuning on the screen, and the memory of a device.

use lazydebugger::event::{Command, Event, EventKind, Tuning};
use lazydebugger::ledger::Ledger;
use lazydebugger::vocabulary::{Device, EngineSettings, Strategy};
use lazydebugger::what_if::propose;

use crate::shown::{Shown, events};

const SESSION: &str = include_str!("../fixtures/adult_session.jsonl");
const PLANS: &str = include_str!("../fixtures/adult_plans.jsonl");
const SIZES: [(&str, (u16, u16)); 3] = [
    ("80x24", (80, 24)),
    ("120x40", (120, 40)),
    ("200x60", (200, 60)),
];
/// The first run, which loaded what all dimensions need, is over by then.
const FIRST_RUN_DONE: f64 = 9.0;

/// The session after its first run, as if it had been opened with other settings, on a machine with so many cores.
fn opened(cores: usize, set: impl Fn(&mut EngineSettings)) -> Vec<Event> {
    let mut log = events(SESSION);
    log.retain(|event| event.t <= FIRST_RUN_DONE);
    for event in &mut log {
        if let EventKind::SessionOpened {
            settings,
            cores: of,
            ..
        } = &mut event.kind
        {
            set(settings);
            *of = Some(cores);
        }
    }
    log
}

/// And then its strategies were compared.
fn compared(mut log: Vec<Event>) -> Vec<Event> {
    let (seq, t) = log.last().map(|last| (last.seq + 1, last.t)).unwrap();
    let kind = events(PLANS).swap_remove(1).kind;
    log.push(Event { t, seq, kind });
    log
}

fn shown(size: (u16, u16), log: &[Event]) -> Shown {
    let lines = log
        .iter()
        .map(|event| serde_json::to_string(event).unwrap());
    Shown::live(size, &lines.collect::<Vec<_>>().join("\n"), f64::INFINITY)
}

fn proposed(cores: usize, threads: usize) -> Tuning {
    let log = opened(cores, |settings| settings.threads = threads);
    propose(&Ledger::of(&log), None).unwrap()
}

#[test]
fn no_more_threads_than_cores_are_proposed() {
    let many = proposed(64, 1).threads;
    assert!(many > Some(1), "{many:?}");
    assert_eq!(proposed(2, 1).threads, Some(2));
    for threads in [1, 2] {
        let tuning = proposed(1, threads);
        assert_eq!(tuning.threads, None, "{tuning:?}");
    }
}

#[test]
fn what_takes_effect_when_is_told() {
    let log = compared(opened(2, |settings| {
        settings.threads = 1;
        settings.strategy = Strategy::Eager;
    }));
    for (name, size) in SIZES {
        let shown = shown(size, &log).keys("A");
        let mut settings = insta::Settings::clone_current();
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.set_snapshot_path("snapshots");
        settings.bind(|| insta::assert_snapshot!(format!("auto_tune_{name}"), shown.text()));
        shown.find("at once: strategy ");
        shown.find("enter applies what takes effect at once");
        let given = shown.keys("enter").given();
        let [Command::Tune(tuning)] = &given[..] else {
            panic!("{given:?}");
        };
        assert!(tuning.strategy.is_some());
        assert_eq!(tuning.threads, Some(2));
    }
}

#[test]
fn what_would_change_nothing_now_is_not_applied() {
    let log = opened(2, |settings| settings.threads = 1);
    let shown = shown(SIZES[1].1, &log).keys("A");
    shown.find("nothing at once; where a session begins with --auto-tune: 2 threads");
    let text = shown.text();
    assert!(!text.contains("enter applies"), "{text}");
    assert_eq!(shown.keys("enter").given(), []);
}

#[test]
fn a_device_that_nothing_lives_on_has_its_line() {
    for device in [Device::Cuda(0), Device::Cpu] {
        let log = opened(2, |settings| settings.device = device);
        // The smallest has one line for all of the memory.
        for (_, size) in &SIZES[1..] {
            let text = shown(*size, &log).text();
            let line = text.lines().find(|line| line.contains("device 0"));
            let says = line.is_some_and(|line| line.contains("nothing"));
            assert_eq!(says, device != Device::Cpu, "{text}");
        }
    }
}
