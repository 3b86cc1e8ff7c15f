//! Bars with their names: beside them where these are short, on a phone too, else above them.

use maud::{Markup, html as markup};

use super::figure::{TOP, WIDTH, tenths};
use super::scale::Scale;
use crate::display::layout::fit;
use crate::display::{clean, metric};
use crate::event::{Bar, ReferenceLine};

/// Of a bar, with the gap to the next one.
const BAR: f64 = 24.0;
/// Where bars end; what they come to stands beside them.
const END: f64 = 430.0;
const MOST_BARS: usize = 60;
/// Letters of names that stand beside their bars.
const BESIDE: usize = 16;
/// Where bars begin that have their names beside them, and that have them above.
const BEGIN: (f64, f64) = (200.0, 4.0);
/// Letters of a line above a bar, and how high it is.
const LINE: (usize, f64) = (58, 18.0);
const MOST_LINES: usize = 2;
/// What joins the parts of a name, where a line may end.
const AND: &str = " & ";
/// More ticks would run into each other.
const MOST_TICKS: usize = 4;

pub(super) fn draw(bars: &[Bar], reference: Option<&ReferenceLine>, start: f64) -> Markup {
    let shown = &bars[..bars.len().min(MOST_BARS)];
    let values = shown.iter().filter_map(|bar| bar.value);
    let ends = shown.iter().filter_map(|bar| bar.interval);
    let values = values.chain(ends.flat_map(|(low, high)| [low, high]));
    let values = values
        .chain([start])
        .chain(reference.map(|line| line.value));
    let names: Vec<Name> = shown.iter().map(|bar| Name::of(&bar.label)).collect();
    let lines = if names.iter().all(Name::is_short) {
        0
    } else {
        names.iter().map(|name| name.lines.len()).max().unwrap_or(0)
    };
    let begin = if lines == 0 { BEGIN.0 } else { BEGIN.1 };
    let scale = Scale::of(values, true, begin, END);
    let above = LINE.1 * lines as f64 + if lines == 0 { 0.0 } else { 4.0 };
    let height = BAR + above;
    let end = TOP + height * shown.len() as f64;
    let zero = scale.at(start);
    markup! {
        svg viewBox=(format!("0 0 {WIDTH} {}", end + 24.0)) role="img" {
            @for (at, name) in few(&scale, zero) {
                line.grid x1=(at) x2=(at) y1=(TOP) y2=(end) {}
                text.tick x=(at) y=(end + 16.0) text-anchor="middle" { (name) }
            }
            @if let Some(line) = reference {
                @let at = scale.at(line.value);
                line.mark x1=(at) x2=(at) y1=(TOP) y2=(end) {}
                text.tick x=(at) y=(TOP - 6.0) text-anchor=(if at < 120.0 { "start" } else { "middle" }) {
                    (clean(&line.label))
                }
            }
            @for (place, (bar, name)) in shown.iter().zip(&names).enumerate() {
                @let top = TOP + height * place as f64 + above;
                @let middle = top + BAR / 2.0 + 4.0;
                @if lines == 0 {
                    text x=(begin - 8.0) y=(middle) text-anchor="end" { (name.whole) }
                } @else {
                    @for (at, line) in name.lines.iter().rev().enumerate() {
                        text.name x=(begin) y=(top - LINE.1 * at as f64) {
                            (line) title { (name.whole) }
                        }
                    }
                }
                @if let Some(value) = bar.value {
                    @let (from, to) = (zero.min(scale.at(value)), zero.max(scale.at(value)));
                    rect.bar.flagged[bar.flagged] x=(from) y=(top + 5.0)
                        width=(tenths(to - from).max(1.0)) height=(BAR - 10.0) rx="1.5" {}
                }
                @if let Some((low, high)) = bar.interval {
                    @let across = top + BAR / 2.0;
                    @let (from, to) = (scale.at(low), scale.at(high));
                    g.whisker {
                        line x1=(from) x2=(to) y1=(across) y2=(across) {}
                        line x1=(from) x2=(from) y1=(across - 4.0) y2=(across + 4.0) {}
                        line x1=(to) x2=(to) y1=(across - 4.0) y2=(across + 4.0) {}
                        title { "95% interval " (metric(low)) " to " (metric(high)) }
                    }
                }
                text.value x=(END + 12.0) y=(middle) {
                    (bar.value.map_or_else(|| "n/a".to_owned(), metric)) " "
                    tspan.tick { (clean(&bar.note)) }
                }
            }
        }
        @if bars.len() > shown.len() {
            p.faint { "and " (bars.len() - shown.len()) " more in the JSON report" }
        }
    }
}

/// The name of a bar, and its lines where it stands above.
struct Name {
    whole: String,
    lines: Vec<String>,
}

impl Name {
    fn of(label: &str) -> Self {
        let whole = clean(label).into_owned();
        let mut lines: Vec<String> = Vec::new();
        for part in whole.split(AND) {
            let is_last = lines.len() == MOST_LINES;
            match lines.last_mut() {
                Some(line) if is_last || line.len() + AND.len() + part.len() <= LINE.0 => {
                    line.push_str(AND);
                    line.push_str(part);
                }
                // Where the next line begins is seen to be no end.
                Some(line) => {
                    line.push_str(" &");
                    lines.push(part.to_owned());
                }
                None => lines.push(part.to_owned()),
            }
        }
        for line in &mut lines {
            *line = fit(line, LINE.0 + AND.len(), "...").into_owned();
        }
        Self { whole, lines }
    }

    fn is_short(&self) -> bool {
        self.whole.chars().count() <= BESIDE
    }
}

/// No more ticks than have room, that of 0 among them.
fn few(scale: &Scale, zero: f64) -> Vec<(f64, String)> {
    let ticks = scale.ticks();
    if ticks.len() <= MOST_TICKS {
        return ticks;
    }
    let of_zero = ticks.iter().position(|(at, _)| *at == zero).unwrap_or(0);
    let kept = ticks.into_iter().enumerate();
    let kept = kept.filter(|(place, _)| place % 2 == of_zero % 2);
    kept.map(|(_, tick)| tick).collect()
}
