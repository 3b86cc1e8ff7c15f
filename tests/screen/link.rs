//! A held key on a slow link, in every panel: what a frame costs, and how far the terminal is behind.
#![allow(clippy::print_stdout, reason = "`--nocapture` shows what was measured")]

use lazydebugger::event::Event;
use lazydebugger::tui::app_loop::{App, Input};
use lazydebugger::tui::key::Key;
use lazydebugger::tui::layout::PanelName;
use lazydebugger::tui::screen::{Options, Screen, Source};
use lazydebugger::tui::terminal::Offscreen;
use lazydebugger::tui::theme::ThemeName;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::shown::events;

const SIZE: (u16, u16) = (120, 40);
/// 64 kbit/s.
const BYTES_A_SECOND: f64 = 8_000.0;
/// As keyboards repeat a key.
const KEYS_A_SECOND: f64 = 30.0;
const KEYS: usize = 60;
/// Frames over a network end with a question, whose answer the next one waits for.
const QUESTION: usize = "\x1b[5n".len();
/// Bytes of a frame at most, as the answers over such a link lead to.
const MOST_BYTES: usize = 440;
const MOST_LAG: f64 = 0.150;
/// Seconds from the last key until all is shown.
const MOST_UNSETTLED: f64 = 0.5;

/// The session that comes with the program.
fn sample() -> Vec<Event> {
    let session = include_str!("../../sample_data/adult/session.jsonl");
    let lines: Vec<&str> = session.lines().skip(1).collect();
    events(&lines.join("\n"))
}

/// A screen at the far end of the link, and a terminal at this one.
struct Far {
    screen: Screen,
    terminal: Offscreen,
    /// What this end shows.
    shown: vt100::Parser,
}

/// What a held key has cost.
#[derive(Debug, Default)]
struct Cost {
    frames: Vec<usize>,
    /// Seconds from each key to the whole of the frame that answers it.
    lags: Vec<f64>,
    /// Seconds from the last key until all is shown.
    settled: f64,
}

impl Cost {
    fn most_bytes(&self) -> usize {
        self.frames.iter().copied().max().unwrap_or(0)
    }

    fn most_lag(&self) -> f64 {
        self.lags.iter().copied().fold(0.0, f64::max)
    }
}

impl Far {
    fn with(panel: PanelName) -> Self {
        let options = Options {
            theme: ThemeName::Dark,
            colours: true,
            unicode: true,
        };
        let mut screen = Screen::new(options, Source::Recording);
        for event in sample() {
            screen.on_event(&event);
        }
        let mut far = Self {
            screen,
            terminal: Offscreen::new(SIZE.0, SIZE.1),
            shown: vt100::Parser::new(SIZE.1, SIZE.0, 0),
        };
        far.draw(usize::MAX);
        while far.screen.focus() != panel {
            far.press("tab");
            far.draw(usize::MAX);
        }
        far
    }

    fn press(&mut self, key: &str) {
        let key = Key::named(key).unwrap();
        self.screen.on_input(Input::Key(key.event()));
    }

    /// Draws, as much as there is room for.
    fn draw(&mut self, most: usize) -> usize {
        let screen = &mut self.screen;
        let bytes = self.terminal.draw_within(most, |frame| screen.draw(frame));
        self.shown.process(&bytes);
        bytes.len()
    }

    /// The text of the rows, as they are to be.
    fn wanted(&mut self) -> Vec<String> {
        let mut terminal = Terminal::new(TestBackend::new(SIZE.0, SIZE.1)).unwrap();
        terminal.draw(|frame| self.screen.draw(frame)).unwrap();
        let rows = terminal
            .backend()
            .buffer()
            .content
            .chunks(usize::from(SIZE.0));
        let row = |cells: &[ratatui::buffer::Cell]| {
            let row: String = cells.iter().map(ratatui::buffer::Cell::symbol).collect();
            row.trim_end().to_owned()
        };
        rows.map(row).collect()
    }

    /// And as they are.
    fn rows(&self) -> Vec<String> {
        let rows = self.shown.screen().rows(0, SIZE.0);
        rows.map(|row| row.trim_end().to_owned()).collect()
    }

    /// Holds a key down. A frame is drawn when there is something to show, and the last one has been
    /// seen; the one that answers a key shows the row under the cursor.
    fn hold(&mut self, key: &str) -> Cost {
        let mut cost = Cost::default();
        let pressed = |number: usize| number as f64 / KEYS_A_SECOND;
        let mut free_at: f64 = 0.0;
        let mut next = 0;
        while next < KEYS || self.terminal.is_behind() {
            let mut now = free_at;
            if !self.terminal.is_behind() {
                now = now.max(pressed(next));
            }
            let first = next;
            while next < KEYS && pressed(next) <= now {
                self.press(key);
                next += 1;
            }
            let bytes = self.draw(MOST_BYTES);
            free_at = now;
            if bytes > 0 {
                free_at += (bytes + QUESTION) as f64 / BYTES_A_SECOND;
                cost.frames.push(bytes);
                let (row, _) = self.shown.screen().cursor_position();
                let row = usize::from(row);
                assert_eq!(self.rows()[row], self.wanted()[row]);
            }
            cost.lags
                .extend((first..next).map(|number| free_at - pressed(number)));
        }
        cost.settled = free_at - pressed(KEYS - 1);
        cost
    }
}

#[test]
fn a_held_key_is_answered_soon_in_every_panel() {
    for panel in PanelName::ALL {
        let mut far = Far::with(panel);
        for key in ["j", "k", "pagedown"] {
            let cost = far.hold(key);
            let (bytes, lag) = (cost.most_bytes(), cost.most_lag());
            let told = format!(
                "{} {key}: {} frames, {bytes} bytes at most, lag {lag:.3} s at most, {:.3} s to settle",
                panel.title(),
                cost.frames.len(),
                cost.settled,
            );
            println!("{told}");
            assert!(lag <= MOST_LAG && cost.settled <= MOST_UNSETTLED, "{told}");
            assert_eq!(far.rows(), far.wanted(), "{told}");
        }
    }
}

#[test]
fn a_list_over_the_whole_screen_moves_for_the_price_of_its_new_row() {
    for (panel, most) in [(PanelName::Resources, 800), (PanelName::Events, 500)] {
        let mut far = Far::with(panel);
        far.press("z");
        far.press("g");
        far.draw(usize::MAX);
        let mut keys = 0;
        let bytes = std::iter::from_fn(|| {
            keys += 1;
            far.press("j");
            (keys <= KEYS).then(|| far.draw(usize::MAX))
        });
        let bytes: Vec<usize> = bytes.collect();
        let longest = bytes.iter().max().unwrap();
        println!("{}: {longest} bytes for a row at most", panel.title());
        assert!(*longest <= most, "{}: {bytes:?}", panel.title());
        assert_eq!(far.rows(), far.wanted());
    }
}
