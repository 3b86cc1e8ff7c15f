//! What each strategy would load for the present selection, and the present one's loads in time.

use ratatui::style::Style;

use super::{Line, labelled};
use crate::display;
use crate::event::{Basis, Forecast};
use crate::explain::names::short_name;
use crate::explain::plans::{avoided_words, estimated_seconds, longest_chain_words, taken_words};
use crate::explain::prefetch::forecast_sentences;
use crate::explain::timings::run_timing_words;
use crate::ledger::{PlansRecord, ScheduleRow, schedule_rows};
use crate::tui::command::Action;
use crate::tui::draw::{View, text};
use crate::vocabulary::Dimension;

/// Columns of the labels.
const LABEL: usize = 11;
/// Columns of a load's row, before its bar.
const ROW: usize = 24 + 1 + 8 + 1 + 7 + 1 + 8 + 1 + 5 + 1;
/// Names of avoided resources that are listed.
const MOST_AVOIDED: usize = 6;

pub(super) fn lines(view: &View<'_>, columns: usize) -> Vec<Line> {
    let Some(plans) = &view.ledger.plans else {
        return vec![vec![("no plan yet".to_owned(), view.theme.dim)]];
    };
    let mut page = Page {
        view,
        columns,
        lines: Vec::new(),
    };
    page.head(plans);
    page.strategies(plans);
    let present = view.ledger.strategy();
    if let Some(forecast) = plans.forecasts.iter().find(|f| f.strategy == present) {
        page.lines.push(Line::new());
        page.loads(forecast);
        page.conclusions(forecast);
    }
    page.lines
}

struct Page<'a> {
    view: &'a View<'a>,
    columns: usize,
    lines: Vec<Line>,
}

impl Page<'_> {
    fn say(&mut self, label: &str, words: &str, style: Style) {
        let label = (label, LABEL, self.view.theme.dim);
        self.lines
            .extend(labelled(label, words, self.columns, style));
    }

    fn head(&mut self, plans: &PlansRecord) {
        let theme = self.view.theme;
        let ledger = self.view.ledger;
        let selected: Vec<&str> = ledger.selected().iter().map(|d| d.name()).collect();
        let selected = if selected.is_empty() {
            let (one, all) = (Action::ToggleDimension, Action::ToggleAll);
            let (one, all) = (self.view.key(one), self.view.key(all));
            format!("nothing: {one} or {all} selects")
        } else {
            selected.join(", ")
        };
        let workers = ledger.settings.as_ref().map_or(1, |s| s.threads);
        let words = format!(
            "{selected} {} from an empty memory, {workers} worker{}",
            self.view.glyphs.dot,
            if workers == 1 { "" } else { "s" }
        );
        self.say("selected", &words, theme.text);
        let advice = format!("{}: {}", plans.advice.strategy, plans.advice.reason);
        self.say("advice", &advice, theme.good);
        for words in ledger.demand.iter().flat_map(forecast_sentences) {
            self.say("next", &words, theme.text);
        }
        if ledger.runs.iter().any(|run| run.first_result_at.is_some()) {
            let words = run_timing_words(ledger);
            self.say("last run", &words, theme.text);
        }
        self.lines.push(Line::new());
    }

    fn strategies(&mut self, plans: &PlansRecord) {
        let theme = self.view.theme;
        let heads = [
            "first", "later", "again", "avoids", "peak", "setup", "loads",
        ];
        let mut widths = [6, 6, 6, 9, 9, 9, 9];
        if self.columns < 13 + widths.iter().sum::<usize>() {
            // What it costs tells more than how much comes when.
            widths[1..4].fill(0);
        }
        let row = |first: String, cells: [String; 7]| {
            let shown = cells.iter().zip(widths).filter(|(_, width)| *width > 0);
            shown.fold(first, |row, (cell, width)| format!("{row}{cell:>width$}"))
        };
        let head = row(format!("{:<13}", "strategy"), heads.map(str::to_owned));
        self.lines.push(vec![(head, theme.dim)]);
        for forecast in &plans.forecasts {
            let is_present = forecast.strategy == self.view.ledger.strategy();
            let sign = if is_present {
                self.view.glyphs.cursor
            } else {
                " "
            };
            let style = if is_present { theme.strong } else { theme.text };
            let cells = [
                forecast.first.to_string(),
                forecast.later.to_string(),
                forecast.reloads.to_string(),
                display::bytes_marked(forecast.avoided_bytes, false),
                display::bytes_marked(forecast.peak_bytes, false),
                estimated_seconds(forecast.setup_seconds, forecast.basis),
                estimated_seconds(forecast.load_seconds, forecast.basis),
            ];
            self.lines.push(vec![
                (sign.to_owned(), theme.accent),
                (row(format!(" {:<11}", forecast.strategy), cells), style),
            ]);
        }
    }

    fn loads(&mut self, forecast: &Forecast) {
        let theme = self.view.theme;
        let bar = self.columns.saturating_sub(ROW);
        let axis = match forecast.basis {
            Basis::Unknown => "order".to_owned(),
            basis => format!("0 to {}", estimated_seconds(forecast.load_seconds, basis)),
        };
        let name = format!("{} loads", forecast.strategy);
        self.lines.push(vec![
            (format!("{name:<24}"), theme.strong),
            (
                format!(
                    " {:>8} {:>7} {:<8} {:<5} {axis}",
                    "size", "takes", "for", "on"
                ),
                theme.dim,
            ),
        ]);
        for row in schedule_rows(forecast) {
            self.load(&row, forecast, bar);
        }
        if forecast.schedule.is_empty() {
            self.lines
                .push(vec![("nothing".to_owned(), self.view.theme.dim)]);
        }
    }

    /// A load, the workers that it is on, and its time as a bar.
    fn load(&mut self, row: &ScheduleRow, forecast: &Forecast, bar: usize) {
        let (theme, glyphs) = (self.view.theme, self.view.glyphs);
        let times = if row.loads > 1 {
            format!(" x{}", row.loads)
        } else {
            String::new()
        };
        let room = 24 - text::width(&times);
        let name = text::fit_middle(short_name(&row.name), room, glyphs.ellipsis).into_owned();
        let name = format!("{name}{times}");
        let asked_by = row.asked_by.map_or("first", short_dimension);
        let takes = match row.basis {
            Basis::Unknown => "?".to_owned(),
            basis => estimated_seconds(row.seconds, basis),
        };
        let scale =
            |t: f64| (t / forecast.load_seconds.max(f64::MIN_POSITIVE) * bar as f64) as usize;
        let from = scale(row.start).min(bar.saturating_sub(1));
        let columns = scale(row.end)
            .saturating_sub(from)
            .clamp(1, bar.max(1) - from.min(bar));
        let on = match row.workers.as_slice() {
            [] => String::new(),
            [one] => one.to_string(),
            [first, .., last] => format!("{first}-{last}"),
        };
        let lane = row.workers.first().copied().unwrap_or(0);
        let style = theme.series[lane % theme.series.len()];
        self.lines.push(vec![
            (
                format!("{name}{}", " ".repeat(24 - text::width(&name).min(24))),
                theme.text,
            ),
            (
                format!(
                    " {:>8} {takes:>7} {asked_by:<8} {on:<5} ",
                    display::bytes_marked(row.bytes, false)
                ),
                theme.dim,
            ),
            (" ".repeat(from), theme.dim),
            (glyphs.line_full.repeat(columns), style),
        ]);
    }

    fn conclusions(&mut self, forecast: &Forecast) {
        let theme = self.view.theme;
        self.lines.push(Line::new());
        if forecast.basis == Basis::Unknown {
            let words = "not known for all loads yet: bars show the order; run, then look again";
            self.say("times", words, theme.warn);
        } else if forecast.basis == Basis::Guessed {
            let words = "~ is a guess by other loads of its kind";
            self.say("times", words, theme.dim);
        }
        if let Some(words) = longest_chain_words(forecast, self.view.glyphs.arrow) {
            self.say("longest", &words, theme.text);
        }
        if forecast.avoided > 0 {
            let words = avoided_words(forecast, MOST_AVOIDED);
            self.say("avoids", &words, theme.dim);
        }
        for columns in &forecast.columns {
            self.say("columns", &taken_words(columns), theme.text);
        }
        for problem in &forecast.problems {
            self.say("problem", problem, theme.bad);
        }
    }
}

/// A dimension in eight columns.
fn short_dimension(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Robustness => "robust.",
        Dimension::Fairness => "fairness",
        Dimension::Uncertainty => "uncert.",
        Dimension::Resilience => "resil.",
        Dimension::Hyperparameters => "hyperp.",
    }
}
