//! What a frame of the screen takes to draw, at three sizes: the first, and one after a key; with the
//! bytes that go to the terminal.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a benchmark may panic, and criterion's macros document nothing"
)]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use lazydebugger::event::Event;
use lazydebugger::tui::app_loop::{App, Input};
use lazydebugger::tui::key::Key;
use lazydebugger::tui::screen::{Options, Screen, Source};
use lazydebugger::tui::terminal::Offscreen;
use lazydebugger::tui::theme::ThemeName;

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

fn screen() -> Screen {
    let options = Options {
        theme: ThemeName::Dark,
        colours: true,
        unicode: true,
    };
    let mut screen = Screen::new(options, Source::Recording);
    let session = include_str!("../sample_data/adult/session.jsonl");
    for line in session.lines().skip(1) {
        let event: Event = serde_json::from_str(line).unwrap();
        screen.on_event(&event);
    }
    screen
}

fn press(screen: &mut Screen, name: &str) {
    let key = Key::named(name).unwrap();
    screen.on_input(Input::Key(key.event()));
}

fn drawing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("drawing");
    for (columns, rows) in SIZES {
        let name = format!("{columns}x{rows}");
        let mut screen = screen();
        let mut first = || {
            let mut terminal = Offscreen::new(columns, rows);
            terminal.draw(|frame| screen.draw(frame))
        };
        group.throughput(Throughput::Bytes(first().len() as u64));
        group.bench_function(BenchmarkId::new("first frame", &name), |bencher| {
            bencher.iter(|| black_box(first()));
        });
        let mut terminal = Offscreen::new(columns, rows);
        terminal.draw(|frame| screen.draw(frame));
        press(&mut screen, "tab");
        terminal.draw(|frame| screen.draw(frame));
        let mut is_down = false;
        let mut step = || {
            is_down = !is_down;
            press(&mut screen, if is_down { "j" } else { "k" });
            terminal.draw(|frame| screen.draw(frame))
        };
        group.throughput(Throughput::Bytes(step().len() as u64));
        group.bench_function(BenchmarkId::new("a key", &name), |bencher| {
            bencher.iter(|| black_box(step()));
        });
    }
    group.finish();
}

criterion_group!(benches, drawing);
criterion_main!(benches);
