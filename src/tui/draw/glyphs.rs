//! The signs of the screen, each with a twin for terminals that know ASCII only.

use ratatui::symbols::border;

/// One set of signs. Every state has a sign of its own, so that colour is never needed to tell
/// one from another.
#[derive(Debug)]
pub(in crate::tui) struct Glyphs {
    /// Frames of the sign for work under way.
    pub spinner: &'static [&'static str],
    /// In memory.
    pub resident: &'static str,
    /// In memory, or found, and out of date.
    pub stale: &'static str,
    /// Not in memory, and planned to be loaded.
    pub planned: &'static str,
    /// Not in memory, and not planned.
    pub absent: &'static str,
    /// A load waits.
    pub queued: &'static str,
    /// It was in memory.
    pub gone: &'static str,
    /// It went well.
    pub good: &'static str,
    /// It went wrong.
    pub bad: &'static str,
    /// It was stopped.
    pub stopped: &'static str,
    /// A warning.
    pub warning: &'static str,
    /// A hit.
    pub hit: &'static str,
    /// A request that joined a load.
    pub joined: &'static str,
    /// A miss.
    pub miss: &'static str,
    /// The cursor in the panel that has the focus.
    pub cursor: &'static str,
    /// The cursor in other panels.
    pub cursor_elsewhere: &'static str,
    /// A moment of the past is looked at.
    pub past: &'static str,
    /// In the title of the panel that has the focus.
    pub focus: &'static str,
    /// An open group.
    pub open: &'static str,
    /// A folded group.
    pub folded: &'static str,
    /// Sorted, the largest first.
    pub descending: &'static str,
    /// Sorted, the smallest first.
    pub ascending: &'static str,
    /// What was cut off.
    pub ellipsis: &'static str,
    /// Between words of one line.
    pub dot: &'static str,
    /// From one to the next.
    pub arrow: &'static str,
    /// More is better.
    pub more: &'static str,
    /// Less is better.
    pub less: &'static str,
    /// No value.
    pub none: &'static str,
    /// A bar, and the done part of a progress line.
    pub line_full: &'static str,
    /// Half a cell of it.
    pub line_half: &'static str,
    /// The part to come.
    pub line_empty: &'static str,
    /// A bar of what is done before anybody asks.
    pub ahead: &'static str,
    /// A line across bars.
    pub mark: &'static str,
    /// A band around a curve.
    pub shade: &'static str,
    /// A level line.
    pub rule: &'static str,
    /// A dashed level line.
    pub dashes: &'static str,
    /// A dashed upright line.
    pub upright_dashes: &'static str,
    /// An upright line.
    pub upright: &'static str,
    /// The corner of two axes.
    pub corner: &'static str,
    /// The upper left corner of a part.
    pub corner_down: &'static str,
    /// From words to the line above their end.
    pub corner_up: &'static str,
    /// A tick at an upright axis, and the upper end of an interval.
    pub tick: &'static str,
    /// The lower end of an interval.
    pub tick_low: &'static str,
    /// The thumb of a scroll bar.
    pub thumb: &'static str,
    /// The filled check box.
    pub checked: &'static str,
    /// The empty check box.
    pub unchecked: &'static str,
    /// The frame of a panel.
    pub border: border::Set<'static>,
    /// Heights of a small column, lowest first.
    pub columns: &'static [&'static str],
    /// Shades of an area, the lightest first.
    pub shades: &'static [&'static str],
    /// The best of several.
    pub best: &'static str,
    /// The curves of a chart in its legend; also its points where there are no blocks.
    pub curves: [&'static str; 5],
    /// Are there quarter blocks?
    pub blocks: bool,
    /// Are there colours to tell curves apart by?
    pub colours: bool,
}

/// For UTF-8.
static UNICODE: Glyphs = IN_COLOURS;

/// The same where there are no colours: curves differ by their signs.
static UNICODE_PLAIN: Glyphs = Glyphs {
    curves: ASCII.curves,
    colours: false,
    ..IN_COLOURS
};

const IN_COLOURS: Glyphs = Glyphs {
    spinner: &["◐", "◓", "◑", "◒"],
    resident: "●",
    stale: "≠",
    planned: "○",
    absent: "·",
    queued: "◌",
    gone: "◦",
    good: "✓",
    bad: "✗",
    stopped: "■",
    warning: "▲",
    hit: "●",
    joined: "◆",
    miss: "○",
    cursor: "▌",
    cursor_elsewhere: "›",
    past: "◂",
    focus: "▸",
    open: "▾",
    folded: "▸",
    descending: "▼",
    ascending: "▲",
    ellipsis: "…",
    dot: "·",
    arrow: "→",
    more: "↑",
    less: "↓",
    none: "–",
    line_full: "━",
    line_half: "╸",
    line_empty: "─",
    ahead: "┅",
    mark: "┃",
    shade: "▚",
    rule: "─",
    dashes: "╌",
    upright_dashes: "╎",
    upright: "│",
    corner: "└",
    corner_down: "┌",
    corner_up: "┘",
    tick: "┤",
    tick_low: "├",
    thumb: "┃",
    checked: "[x]",
    unchecked: "[ ]",
    border: border::ROUNDED,
    columns: &["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    shades: &["░", "▒", "▓", "█"],
    best: "★",
    curves: ["━"; 5],
    blocks: true,
    colours: true,
};

/// For everything else.
pub(in crate::tui) const ASCII: Glyphs = Glyphs {
    spinner: &["|", "/", "-", "\\"],
    resident: "@",
    stale: "~",
    planned: "o",
    absent: ".",
    queued: ":",
    gone: "-",
    good: "+",
    bad: "x",
    stopped: "#",
    warning: "!",
    hit: "@",
    joined: "&",
    miss: "o",
    cursor: ">",
    cursor_elsewhere: "-",
    past: "<",
    focus: "*",
    open: "v",
    folded: ">",
    descending: "v",
    ascending: "^",
    ellipsis: "..",
    dot: "|",
    arrow: "->",
    more: "more is",
    less: "less is",
    none: "-",
    line_full: "=",
    line_half: ">",
    line_empty: "-",
    ahead: "~",
    mark: "|",
    shade: "%",
    rule: "-",
    dashes: ".",
    upright_dashes: ":",
    upright: "|",
    corner: "+",
    corner_down: "+",
    corner_up: "'",
    tick: "+",
    tick_low: "+",
    thumb: "#",
    checked: "[x]",
    unchecked: "[ ]",
    border: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
    columns: &[".", ":", "|", "#"],
    shades: &[".", ":", "%", "#"],
    best: "*",
    curves: ["*", "o", "+", "x", "#"],
    blocks: false,
    colours: true,
};

impl Glyphs {
    /// The set for a terminal that knows UTF-8 or does not, and shows colours or none.
    pub(in crate::tui) fn of(unicode: bool, colours: bool) -> &'static Self {
        match (unicode, colours) {
            (true, true) => &UNICODE,
            (true, false) => &UNICODE_PLAIN,
            (false, _) => &ASCII,
        }
    }

    /// Are so many curves drawn with quarter blocks? Else each has a sign of its own.
    pub(in crate::tui) fn draws_blocks(&self, curves: usize) -> bool {
        self.blocks && (self.colours || curves < 2)
    }

    /// The sign for work under way at this tick.
    pub(in crate::tui) fn spin(&self, tick: u64) -> &'static str {
        self.spinner[(tick % self.spinner.len() as u64) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::draw::text::width;

    #[test]
    fn states_differ_by_sign_alone() {
        for set in [&UNICODE, &ASCII] {
            let states = [
                set.resident,
                set.stale,
                set.planned,
                set.absent,
                set.queued,
                set.gone,
                set.bad,
                set.stopped,
            ];
            for (i, a) in states.iter().enumerate() {
                assert_eq!(width(a), 1);
                assert!(
                    states[i + 1..].iter().all(|b| a != b),
                    "{a} stands for two states"
                );
            }
        }
    }

    #[test]
    fn ascii_is_ascii() {
        assert!(format!("{ASCII:?}").is_ascii());
    }
}
