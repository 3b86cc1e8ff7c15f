//! The parts of the screen, and where they are at a given size. Pure geometry: pictures are drawn
//! into these rectangles, and the mouse is looked up in them.

use ratatui::layout::{Position, Rect};

/// A part of the screen that can have the focus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PanelName {
    /// What can be run, and how it went.
    #[default]
    Dimensions,
    /// What is in memory.
    Resources,
    /// What the prediction cache did.
    Cache,
    /// What the process takes.
    Memory,
    /// What the selected dimension found.
    Results,
    /// The log, an event a line.
    Events,
}

impl PanelName {
    /// All of them, in the order of the tab key.
    pub const ALL: [Self; 6] = [
        Self::Dimensions,
        Self::Resources,
        Self::Cache,
        Self::Memory,
        Self::Results,
        Self::Events,
    ];

    /// As shown.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Dimensions => "Dimensions",
            Self::Resources => "Resources",
            Self::Cache => "Cache",
            Self::Memory => "Memory",
            Self::Results => "Results",
            Self::Events => "Events",
        }
    }
}

/// The smallest screen that can be used.
pub const LEAST: (u16, u16) = (60, 16);

/// How the panels share the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arrangement {
    /// Nothing fits.
    #[default]
    TooSmall,
    /// One panel over everything.
    Zoomed,
    /// The dimensions, and below them one panel at a time: 80x24.
    Stacked,
    /// Two columns; on the right one panel at a time: wide and low.
    Split,
    /// Two columns: 120x40.
    Columns,
    /// Three columns: 200x60.
    Wide,
}

/// A panel in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Which one.
    pub panel: PanelName,
    /// Where.
    pub area: Rect,
    /// Has it a frame all around, or a rule above it only?
    pub framed: bool,
    /// The panels that take turns in this place; empty where it has the place for itself.
    pub tabs: &'static [PanelName],
}

impl Placed {
    /// The part within the frame; its right edge is the thumb's.
    pub fn inner(&self) -> Rect {
        let Rect {
            x,
            y,
            width,
            height,
        } = self.area;
        if self.framed {
            Rect::new(
                x + 1,
                y + 1,
                width.saturating_sub(3),
                height.saturating_sub(2),
            )
        } else {
            Rect::new(x, y + 1, width.saturating_sub(1), height.saturating_sub(1))
        }
    }

    /// Columns of the part within that lie below the title or the tabs.
    pub fn title_columns(&self) -> usize {
        let tabs = self.tab_spans().last().map(|(_, _, to)| to);
        let title = self.area.x + 4 + self.panel.title().len() as u16;
        usize::from(tabs.unwrap_or(title).saturating_sub(self.inner().x))
    }

    /// The tabs in the title with the columns that they take, from the left edge of the area.
    pub fn tab_spans(&self) -> impl Iterator<Item = (PanelName, u16, u16)> {
        let mut at = self.area.x + 1 + u16::from(self.framed);
        self.tabs.iter().map(move |panel| {
            let from = at;
            at += panel.title().len() as u16 + 2;
            (*panel, from, at)
        })
    }
}

/// The places of one screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// How the panels share the screen.
    pub arrangement: Arrangement,
    /// The whole screen.
    pub area: Rect,
    /// The head.
    pub header: Rect,
    /// The panels in sight.
    pub panels: Vec<Placed>,
    /// Cache and memory in one line each, below a rule.
    pub summary: Option<Rect>,
    /// What has been loaded against what eager loads, where the summary does not say it.
    pub savings: Option<Rect>,
    /// What was said last.
    pub message: Rect,
    /// The keys.
    pub footer: Rect,
}

const STACKED_TABS: &[PanelName] = &[
    PanelName::Resources,
    PanelName::Cache,
    PanelName::Memory,
    PanelName::Results,
    PanelName::Events,
];
/// A lower screen has no row to spare for what was saved.
const LEAST_WITH_SAVINGS: u16 = 20;
const SPLIT_TABS: &[PanelName] = &[
    PanelName::Cache,
    PanelName::Memory,
    PanelName::Results,
    PanelName::Events,
];
/// What happened: of predictions, or of everything.
const COURSE_TABS: &[PanelName] = &[PanelName::Cache, PanelName::Events];
const DIMENSION_ROWS: u16 = 5;
/// Five figures and two bars, framed.
const MEMORY_ROWS: u16 = 9;

impl Layout {
    /// The places on a screen of this size. `recent` is the panels, the last focused one first;
    /// where panels take turns, the most recent one is shown.
    pub fn of(area: Rect, recent: &[PanelName], zoomed: bool) -> Self {
        let (columns, rows) = (area.width, area.height);
        if columns < LEAST.0 || rows < LEAST.1 {
            return Self {
                area,
                ..Self::default()
            };
        }
        let arrangement = match (columns, rows) {
            _ if zoomed => Arrangement::Zoomed,
            (168.., 36..) => Arrangement::Wide,
            (112.., 32..) => Arrangement::Columns,
            (112.., _) => Arrangement::Split,
            _ => Arrangement::Stacked,
        };
        let line = |y| Rect::new(0, y, columns, 1);
        let mut layout = Self {
            arrangement,
            area,
            header: line(0),
            panels: Vec::new(),
            summary: None,
            savings: None,
            message: line(rows - 2),
            footer: line(rows - 1),
        };
        let has_row = match arrangement {
            Arrangement::Columns | Arrangement::Wide => true,
            Arrangement::Zoomed => rows >= LEAST_WITH_SAVINGS,
            _ => false,
        };
        layout.savings = has_row.then(|| line(rows - 3));
        let body = Rect::new(0, 1, columns, rows - 3 - u16::from(has_row));
        match arrangement {
            Arrangement::Zoomed => layout.zoom(body, recent),
            Arrangement::Stacked => layout.stack(body, recent),
            Arrangement::Split => layout.split(body, recent),
            Arrangement::Columns => layout.columns(body, recent),
            Arrangement::Wide => layout.wide(body, recent),
            Arrangement::TooSmall => {}
        }
        layout
    }

    /// Is anything but the message that the screen is too small in sight?
    pub fn is_usable(&self) -> bool {
        !self.panels.is_empty()
    }

    fn zoom(&mut self, body: Rect, recent: &[PanelName]) {
        let panel = recent.first().copied().unwrap_or_default();
        self.place(panel, body, body.width >= 100, &[]);
    }

    fn stack(&mut self, mut body: Rect, recent: &[PanelName]) {
        if body.height >= 17 {
            body = self.summarise(body);
        }
        let (top, rest) = cut_rows(body, DIMENSION_ROWS + 1);
        self.place(PanelName::Dimensions, top, false, &[]);
        self.place(turn(STACKED_TABS, recent), rest, false, STACKED_TABS);
    }

    fn split(&mut self, body: Rect, recent: &[PanelName]) {
        let body = self.summarise(body);
        let (left, right) = cut_columns(body, body.width * 55 / 100);
        let (top, rest) = cut_rows(left, DIMENSION_ROWS + 2);
        self.place(PanelName::Dimensions, top, true, &[]);
        self.place(PanelName::Resources, rest, true, &[]);
        self.place(turn(SPLIT_TABS, recent), right, true, SPLIT_TABS);
    }

    fn columns(&mut self, body: Rect, recent: &[PanelName]) {
        let (left, right) = cut_columns(body, (body.width * 58 / 100).min(92));
        let (dimensions, rest) = cut_rows(left, DIMENSION_ROWS + 2);
        let (resources, memory) = cut_rows(rest, rest.height - MEMORY_ROWS);
        let (cache, results) = cut_rows(right, body.height * 2 / 5);
        self.place(PanelName::Dimensions, dimensions, true, &[]);
        self.place(PanelName::Resources, resources, true, &[]);
        self.place(turn(COURSE_TABS, recent), cache, true, COURSE_TABS);
        self.place(PanelName::Memory, memory, true, &[]);
        self.place(PanelName::Results, results, true, &[]);
    }

    fn wide(&mut self, body: Rect, recent: &[PanelName]) {
        let (left, rest) = cut_columns(body, body.width * 39 / 100);
        let (middle, right) = cut_columns(rest, rest.width * 48 / 100);
        let (dimensions, resources) = cut_rows(left, DIMENSION_ROWS + 2);
        let (cache, memory) = cut_rows(middle, body.height * 58 / 100);
        self.place(PanelName::Dimensions, dimensions, true, &[]);
        self.place(PanelName::Resources, resources, true, &[]);
        self.place(turn(COURSE_TABS, recent), cache, true, COURSE_TABS);
        self.place(PanelName::Memory, memory, true, &[]);
        self.place(PanelName::Results, right, true, &[]);
    }

    /// Takes three rows off the bottom for the summary.
    fn summarise(&mut self, body: Rect) -> Rect {
        let (body, summary) = cut_rows(body, body.height - 3);
        self.summary = Some(summary);
        body
    }

    fn place(&mut self, panel: PanelName, area: Rect, framed: bool, tabs: &'static [PanelName]) {
        self.panels.push(Placed {
            panel,
            area,
            framed,
            tabs,
        });
    }

    /// The place of a panel, if it is in sight.
    pub fn place_of(&self, panel: PanelName) -> Option<Placed> {
        self.panels
            .iter()
            .find(|placed| placed.panel == panel)
            .copied()
    }

    /// The panel at a position of the screen.
    pub fn at(&self, position: Position) -> Option<Placed> {
        self.panels
            .iter()
            .find(|placed| placed.area.contains(position))
            .copied()
    }
}

/// The most recent one of panels that take turns.
fn turn(tabs: &[PanelName], recent: &[PanelName]) -> PanelName {
    let shown = recent.iter().find(|panel| tabs.contains(panel));
    shown.or(tabs.first()).copied().unwrap_or_default()
}

fn cut_rows(area: Rect, rows: u16) -> (Rect, Rect) {
    let rows = rows.min(area.height);
    (
        Rect::new(area.x, area.y, area.width, rows),
        Rect::new(area.x, area.y + rows, area.width, area.height - rows),
    )
}

fn cut_columns(area: Rect, columns: u16) -> (Rect, Rect) {
    let columns = columns.min(area.width);
    (
        Rect::new(area.x, area.y, columns, area.height),
        Rect::new(area.x + columns, area.y, area.width - columns, area.height),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panels_never_overlap_and_stay_on_the_screen() {
        for (columns, rows) in (60..260)
            .step_by(7)
            .flat_map(|c| (16..80).map(move |r| (c, r)))
        {
            for zoomed in [false, true] {
                let area = Rect::new(0, 0, columns, rows);
                let layout = Layout::of(area, &PanelName::ALL, zoomed);
                let mut places = vec![layout.header, layout.message, layout.footer];
                places.extend(layout.panels.iter().map(|placed| placed.area));
                places.extend(layout.summary);
                places.extend(layout.savings);
                for (i, place) in places.iter().enumerate() {
                    assert_eq!(place.intersection(area), *place);
                    assert!(
                        places[i + 1..]
                            .iter()
                            .all(|other| !place.intersects(*other))
                    );
                }
                let covered: u32 = places.iter().map(|place| place.area()).sum();
                assert_eq!(covered, area.area(), "{columns}x{rows}");
            }
        }
    }
}
