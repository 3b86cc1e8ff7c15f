//! What lies over the panels: a box in the middle with lines that scroll.

mod graph;
mod help;
mod lints;
mod machines;
mod map;
mod palette;
mod plan;
mod quit;
mod row;
mod save;
mod timeline;
mod tune;
mod what_if;
mod why;

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::command::Action;
use super::draw::{Pen, ResultRow, View, text};
use super::layout::PanelName;
use crate::vocabulary::{Dimension, ResourceName};
use crate::what_if::Made;

pub(super) use save::{PictureKind, offered};

/// Something over the panels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Overlay {
    /// All keys, or those that are looked for.
    Help {
        /// What is typed to look for; none before that.
        search: Option<String>,
    },
    /// Everything that can be done, by name.
    Palette {
        /// As typed so far.
        typed: String,
        /// The row under the cursor.
        at: usize,
    },
    /// What each strategy would load.
    Plan,
    /// The session over time; the run that is looked at, or all of it.
    Timeline {
        /// All of it?
        whole: bool,
    },
    /// A resource explained; with the lookup in question, by its place in the ledger.
    Why {
        /// Which resource.
        name: ResourceName,
        /// Which lookup.
        lookup: Option<usize>,
    },
    /// A row of results by itself.
    Row {
        /// Of which dimension.
        dimension: Dimension,
        /// Which row.
        row: ResultRow,
    },
    /// Under which name is the screen to be saved?
    Save {
        /// As typed so far.
        name: String,
    },
    /// What the session wastes.
    Lints {
        /// The row under the cursor.
        at: usize,
    },
    /// What other caches would have had to make.
    WhatIf {
        /// The place of the capacity under the cursor.
        at: usize,
        /// What is drawn.
        made: Made,
    },
    /// What is proposed by what was measured.
    Tune,
    /// What is held, by size.
    Map,
    /// What is around a resource.
    Graph {
        /// Which one.
        name: ResourceName,
        /// The neighbour under the cursor.
        at: usize,
    },
    /// Leave while a run goes on?
    ConfirmQuit,
}

/// What a key over an overlay leads to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Reply {
    /// Nothing.
    Stay,
    /// The overlay goes.
    Close,
    /// The program ends.
    Leave,
    /// Something was chosen from the palette.
    Choose(Choice),
    /// A command is done as if nothing lay over the panels.
    Do(Action),
    /// The moment at so many seconds is looked at.
    LookAt(f64),
    /// The screen is saved under this name.
    Save(String),
    /// Another one lies there.
    Show(Overlay),
    /// A panel has the focus, with the results of a dimension.
    GoTo(PanelName, Option<Dimension>),
    /// The lines scroll.
    Scroll(Action),
}

impl Overlay {
    /// What a key leads to, which stands for `action`.
    pub(super) fn reply(&self, key: KeyEvent, action: Option<Action>, view: &View<'_>) -> Reply {
        if *self == Self::ConfirmQuit {
            return if quit::leaves(key, action) {
                Reply::Leave
            } else {
                Reply::Close
            };
        }
        match self {
            Self::Save { name } => return save::reply(name, key),
            Self::Lints { at } => {
                if let Some(reply) = lints::reply(view, *at, key) {
                    return reply;
                }
            }
            Self::WhatIf { at, made } => {
                if let Some(reply) = what_if::reply(view, *at, *made, key) {
                    return reply;
                }
            }
            Self::Tune => {
                if let Some(reply) = tune::reply(view, key) {
                    return reply;
                }
            }
            Self::Palette { typed, at } => return palette::reply(view, typed, *at, key),
            Self::Help {
                search: Some(search),
            } => return help::reply(search, key),
            _ => {}
        }
        if let Self::Graph { name, at } = self
            && !matches!(key.code, KeyCode::Esc | KeyCode::Char('q'))
        {
            return graph::reply(view, (name, *at), key.code, action);
        }
        if matches!(key.code, KeyCode::Esc | KeyCode::Enter | KeyCode::Char('q')) {
            return Reply::Close;
        }
        if let Self::Timeline { whole } = *self {
            return self.reply_in_time(whole, key, action, view);
        }
        let is_plan = *self == Self::Plan;
        let is_help = matches!(self, Self::Help { .. });
        match action {
            _ if is_help && key.code == KeyCode::Char('/') => Reply::Show(Self::Help {
                search: Some(String::new()),
            }),
            Some(Action::Help) => Reply::Close,
            Some(Action::ShowPlan) if is_plan => Reply::Close,
            Some(Action::ShowMap) if *self == Self::Map => Reply::Close,
            Some(action) if *self == Self::Map && action.travels() => Reply::Do(action),
            Some(Action::NextStrategy) if is_plan && !view.is_replay => {
                Reply::Do(Action::NextStrategy)
            }
            Some(action @ (Action::Quit | Action::NextTheme)) => Reply::Do(action),
            Some(action) => Reply::Scroll(action),
            None => Reply::Stay,
        }
    }

    /// What a key leads to over the timeline, where left and right are a cell of time.
    fn reply_in_time(
        &self,
        whole: bool,
        key: KeyEvent,
        action: Option<Action>,
        view: &View<'_>,
    ) -> Reply {
        let axis = timeline::Axis::of(view, whole, self.columns(view));
        match (key.code, action) {
            (KeyCode::Left, _) => Reply::LookAt(axis.beside(view.now, -1.0)),
            (KeyCode::Right, _) => Reply::LookAt(axis.beside(view.now, 1.0)),
            (_, Some(Action::ShowTimeline)) => Reply::Close,
            (_, Some(Action::Zoom)) => Reply::Show(Self::Timeline { whole: !whole }),
            (_, Some(action @ (Action::Quit | Action::NextTheme))) => Reply::Do(action),
            (_, Some(action)) if action.travels() => Reply::Do(action),
            (_, Some(action)) => Reply::Scroll(action),
            (_, None) => Reply::Stay,
        }
    }

    fn content(&self, view: &View<'_>, columns: usize) -> Content {
        const CLOSES: &str = "esc closes";
        match self {
            Self::Help { search } => Content {
                title: "Keys".to_owned(),
                lines: help::lines(view, search.as_deref(), columns),
                keys: match search {
                    Some(_) => CLOSES.to_owned(),
                    None => format!("/ finds, {CLOSES}"),
                },
            },
            Self::Palette { typed, at } => Content {
                title: "Commands".to_owned(),
                lines: palette::lines(view, typed, *at, columns),
                keys: format!("up and down choose, enter does it, {CLOSES}"),
            },
            Self::Why { name, lookup } => Content {
                title: name.to_string(),
                lines: why::lines(view, name, *lookup, columns),
                keys: CLOSES.to_owned(),
            },
            Self::Plan => Content {
                title: "Plan".to_owned(),
                lines: plan::lines(view, columns),
                keys: if view.is_replay {
                    CLOSES.to_owned()
                } else {
                    format!("{} next strategy, {CLOSES}", view.key(Action::NextStrategy))
                },
            },
            Self::Timeline { whole } => Content {
                title: "Timeline".to_owned(),
                lines: timeline::lines(view, *whole, columns),
                keys: timeline::keys(view, *whole),
            },
            Self::Row { dimension, row } => Content {
                title: row::title(view, *dimension, row),
                lines: row::lines(view, *dimension, row, columns),
                keys: CLOSES.to_owned(),
            },
            Self::Save { name } => Content {
                title: "Save the screen".to_owned(),
                lines: save::lines(view, name),
                keys: format!("enter saves, tab other ending, {CLOSES}"),
            },
            Self::Lints { at } => Content {
                title: "What is wasted".to_owned(),
                lines: lints::lines(view, *at, columns),
                keys: format!("up down finding, enter evidence, {CLOSES}"),
            },
            Self::WhatIf { at, made } => Content {
                title: "What if the cache were another".to_owned(),
                lines: what_if::lines(view, *at, *made, columns),
                keys: what_if::keys(view),
            },
            Self::Tune => Content {
                title: "Auto-tune".to_owned(),
                lines: tune::lines(view, columns),
                keys: tune::keys(view),
            },
            Self::Map => Content {
                title: "Held in memory".to_owned(),
                lines: map::lines(view, columns),
                keys: CLOSES.to_owned(),
            },
            Self::Graph { name, at } => Content {
                title: name.to_string(),
                lines: graph::lines(view, name, *at, columns),
                keys: format!("up and down choose, enter goes there, {CLOSES}"),
            },
            Self::ConfirmQuit => Content {
                title: "Quit?".to_owned(),
                lines: quit::lines(view),
                keys: String::new(),
            },
        }
    }

    /// The box for so many lines.
    fn place(&self, view: &View<'_>, lines: usize) -> Rect {
        let area = view.layout.area;
        let width = match self {
            Self::ConfirmQuit => quit::COLUMNS.min(area.width),
            Self::Save { .. } => save::COLUMNS.min(area.width),
            // Time has no widest.
            Self::Timeline { .. } | Self::Map => area.width.saturating_sub(4),
            _ => area.width.saturating_sub(4).min(WIDEST),
        };
        let height = (lines as u16).saturating_add(2).min(area.height);
        let x = (area.width - width) / 2;
        let y = (area.height - height) / 2;
        Rect::new(x, y, width, height)
    }

    /// The columns within the box.
    fn columns(&self, view: &View<'_>) -> usize {
        usize::from(self.place(view, 0).width).saturating_sub(6)
    }
}

pub(super) use palette::Choice;

/// An overlay, and how far it is scrolled.
#[derive(Debug)]
pub(super) struct Overlaid {
    /// What lies there.
    pub what: Overlay,
    scroll: usize,
}

impl Overlaid {
    /// From its first line on.
    pub(super) fn new(what: Overlay) -> Self {
        Self { what, scroll: 0 }
    }

    /// Does it ask whether to leave?
    pub(super) fn asks(&self) -> bool {
        self.what == Overlay::ConfirmQuit
    }

    /// Scrolls by lines.
    pub(super) fn scroll_by(&mut self, lines: isize) {
        self.scroll = self.scroll.saturating_add_signed(lines);
    }

    /// Scrolls as a command says that moves a cursor, where half a page has so many lines.
    pub(super) fn scroll(&mut self, action: Action, page: usize) {
        let at = self.scroll;
        self.scroll = match action {
            Action::Up => at.saturating_sub(1),
            Action::Down => at + 1,
            Action::PageUp => at.saturating_sub(page),
            Action::PageDown => at + page,
            Action::Top => 0,
            Action::Bottom => usize::MAX,
            _ => at,
        };
    }

    /// Scrolls no further than to the last line.
    pub(super) fn settle(&mut self, view: &View<'_>) {
        let content = self.what.content(view, self.what.columns(view));
        let lines = content.lines.len();
        let rows = usize::from(self.what.place(view, lines).height).saturating_sub(2);
        if let Overlay::Palette { at, .. } = &self.what {
            // The row under the cursor stays in sight.
            let line = at + palette::HEAD;
            let least = (line + 1).saturating_sub(rows).min(line);
            self.scroll = self.scroll.clamp(least, line);
        }
        if let Overlay::Lints { at } = &self.what {
            let line = lints::cursor_line(view, *at, self.what.columns(view));
            let least = (line + 4).saturating_sub(rows).min(line);
            self.scroll = self.scroll.clamp(least, line);
        }
        self.scroll = self.scroll.min(lines.saturating_sub(rows));
    }

    /// The first of its lines that is in sight.
    pub(super) fn first_line(&self, view: &View<'_>) -> Position {
        let content = self.what.content(view, self.what.columns(view));
        let area = self.what.place(view, content.lines.len());
        Position::new(area.x + 3, area.y + 1)
    }

    /// Draws it over what is there.
    pub(super) fn draw(&self, view: &View<'_>, buffer: &mut Buffer) {
        let content = self.what.content(view, self.what.columns(view));
        let area = self.what.place(view, content.lines.len());
        content.draw(view, buffer, area, self.scroll);
    }
}

/// A line of differently styled parts.
type Line = Vec<(String, Style)>;

/// A label of so many columns and its words, wrapped under themselves.
fn labelled(
    (label, label_columns, label_style): (&str, usize, Style),
    words: &str,
    columns: usize,
    style: Style,
) -> Vec<Line> {
    let wrapped = text::wrap(words, columns.saturating_sub(label_columns));
    let lines = wrapped.into_iter().enumerate().map(|(place, line)| {
        let label = if place == 0 { label } else { "" };
        let label = format!("{label:<label_columns$}");
        vec![(label, label_style), (line, style)]
    });
    lines.collect()
}

/// A wider box is hard to read.
const WIDEST: u16 = 96;

/// Its title, its lines, and the keys that leave it.
struct Content {
    title: String,
    lines: Vec<Line>,
    keys: String,
}

impl Content {
    fn draw(&self, view: &View<'_>, buffer: &mut Buffer, area: Rect, scroll: usize) {
        let (theme, glyphs) = (view.theme, view.glyphs);
        border(view, buffer, area);
        let mut pen = Pen::new(buffer, glyphs, area, 0);
        pen.skip(2).shorten(4).put(" ", theme.text);
        pen.put(&self.title, theme.strong).put(" ", theme.text);
        let more = self.lines.len() + 2 > usize::from(area.height);
        let keys = if more && !self.keys.starts_with("up and down") {
            format!("up and down scroll, {}", self.keys)
        } else {
            self.keys.clone()
        };
        let mut pen = Pen::new(buffer, glyphs, area, usize::from(area.height) - 1);
        pen.skip_to_last(text::width(&keys) + 4);
        if !keys.is_empty() {
            pen.put(" ", theme.dim)
                .put(&keys, theme.dim)
                .put(" ", theme.dim);
        }
        let inner = Rect::new(area.x + 3, area.y + 1, area.width - 6, area.height - 2);
        for (row, line) in self.lines.iter().skip(scroll).enumerate() {
            let mut pen = Pen::new(buffer, glyphs, inner, row);
            for (words, style) in line {
                pen.put(words, *style);
            }
        }
    }
}

fn border(view: &View<'_>, buffer: &mut Buffer, area: Rect) {
    let set = view.glyphs.border;
    let across = usize::from(area.width);
    let style = view.theme.ground.patch(view.theme.focus);
    for row in 0..usize::from(area.height) {
        let mut pen = Pen::new(buffer, view.glyphs, area, row);
        let last = row + 1 == usize::from(area.height);
        let (left, middle, right) = match row {
            0 => (set.top_left, set.horizontal_top, set.top_right),
            _ if last => (set.bottom_left, set.horizontal_bottom, set.bottom_right),
            _ => (set.vertical_left, " ", set.vertical_right),
        };
        pen.put(left, style)
            .fill(middle, across - 2, style)
            .put(right, style);
    }
    clear_modifiers(buffer, area, style);
}

/// What was below must not shine through: neither its ground nor its bold, dim or reversed text.
fn clear_modifiers(buffer: &mut Buffer, area: Rect, style: Style) {
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            let cell = &mut buffer[(x, y)];
            let symbol = cell.symbol().to_owned();
            cell.reset();
            cell.set_symbol(&symbol).set_style(style);
        }
    }
}
