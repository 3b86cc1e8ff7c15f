//! What is around one resource: what it is made from to its left, what is made from it and who needs it
//! to its right. Each has the sign of where it stands, so that it lights up as things load.

use crossterm::event::KeyCode;
use ratatui::style::Style;

use super::{Line, Overlay, Reply};
use crate::explain::names::short_name;
use crate::explain::states::{DimensionStanding, ResourceStanding};
use crate::ledger::ResourceRecord;
use crate::tui::command::Action;
use crate::tui::draw::{View, signs, text};
use crate::vocabulary::ResourceName;

/// Rows of each side.
const MOST: usize = 18;

/// Something beside the resource.
struct Node {
    words: String,
    sign: &'static str,
    style: Style,
    /// Where one can go from here.
    name: Option<ResourceName>,
}

/// What is to the left and to the right of a resource.
fn sides(view: &View<'_>, name: &ResourceName) -> [Vec<Node>; 2] {
    let ledger = view.ledger;
    let Some(resource) = ledger.resource(name) else {
        return [Vec::new(), Vec::new()];
    };
    let inputs = resource
        .inputs
        .iter()
        .filter_map(|input| ledger.resource(input));
    let left: Vec<Node> = inputs.map(|input| node(view, input)).collect();
    let made = ledger
        .resources()
        .iter()
        .filter(|other| other.inputs.contains(name));
    let mut right: Vec<Node> = made.map(|other| node(view, other)).collect();
    for need in resource.needs.iter().filter(|need| !need.derived) {
        let standing = DimensionStanding::of(ledger.dimension(need.dimension));
        let (sign, style) = signs::dimension(view, standing);
        right.push(Node {
            words: format!("{} ({})", need.dimension, standing.words()),
            sign,
            style,
            name: None,
        });
    }
    [shortened(view, left), shortened(view, right)]
}

fn node(view: &View<'_>, resource: &ResourceRecord) -> Node {
    let (sign, style) = signs::resource(view, ResourceStanding::of(resource, view.ledger));
    let plain = style.remove_modifier(ratatui::style::Modifier::CROSSED_OUT);
    Node {
        words: short_name(&resource.name.0).to_owned(),
        sign,
        style: signs::resource_sign(view, resource, plain),
        name: Some(resource.name.clone()),
    }
}

/// With a count in place of those that there is no room for.
fn shortened(view: &View<'_>, mut nodes: Vec<Node>) -> Vec<Node> {
    let more = nodes.len().saturating_sub(MOST);
    if more > 0 {
        nodes.truncate(MOST);
        nodes.push(Node {
            words: format!("and {more} more"),
            sign: " ",
            style: view.theme.dim,
            name: None,
        });
    }
    nodes
}

/// The resources beside it, in the order of the cursor.
fn neighbours(view: &View<'_>, name: &ResourceName) -> Vec<ResourceName> {
    let nodes = sides(view, name).into_iter().flatten();
    nodes.filter_map(|node| node.name).collect()
}

/// What a key leads to.
pub(super) fn reply(
    view: &View<'_>,
    (name, at): (&ResourceName, usize),
    key: KeyCode,
    action: Option<Action>,
) -> Reply {
    let all = neighbours(view, name);
    let show = |at: usize| {
        Reply::Show(Overlay::Graph {
            name: name.clone(),
            at,
        })
    };
    match (key, action) {
        (KeyCode::Enter, _) => match all.get(at) {
            Some(next) => Reply::Show(Overlay::Graph {
                name: next.clone(),
                at: 0,
            }),
            None => Reply::Stay,
        },
        (_, Some(Action::Up)) => show(at.saturating_sub(1)),
        (_, Some(Action::Down)) => show((at + 1).min(all.len().saturating_sub(1))),
        (_, Some(Action::ShowGraph)) => Reply::Close,
        (_, Some(action @ (Action::Quit | Action::NextTheme))) => Reply::Do(action),
        (_, Some(action)) if action.travels() => Reply::Do(action),
        _ => Reply::Stay,
    }
}

pub(super) fn lines(view: &View<'_>, name: &ResourceName, at: usize, columns: usize) -> Vec<Line> {
    let (theme, glyphs) = (view.theme, view.glyphs);
    let Some(resource) = view.ledger.resource(name) else {
        return vec![vec![(
            "no such resource at this moment".to_owned(),
            theme.dim,
        )]];
    };
    let [left, right] = sides(view, name);
    let standing = ResourceStanding::of(resource, view.ledger);
    let middle = node(view, resource);
    // Its name stands above, so that the sides have the room.
    let side = columns.saturating_sub(14) / 2;
    let selectable = |nodes: &[Node]| nodes.iter().filter(|node| node.name.is_some()).count();
    let first_right = selectable(&left);
    let rows = left.len().max(right.len()).max(1);
    let heart = rows / 2;
    let mut lines = vec![
        vec![
            (format!("{} ", middle.sign), middle.style),
            (middle.words.clone(), theme.strong),
            (format!("  {}", standing.words()), theme.dim),
        ],
        Line::new(),
    ];
    let head = format!("{:<side$}{:14}{}", "made from", "", "goes into, needed by");
    lines.push(vec![(head, theme.dim)]);
    for row in 0..rows {
        let mut line = Line::new();
        let before = |nodes: &[Node]| selectable(&nodes[..row.min(nodes.len())]);
        match left.get(row) {
            Some(node) => {
                let is_here = node.name.is_some() && before(&left) == at;
                put(view, &mut line, node, is_here, side);
                line.push((format!(" {}{}", glyphs.rule, glyphs.tick), theme.border));
            }
            None => line.push((" ".repeat(side + 3), theme.dim)),
        }
        let arrow = text::width(glyphs.arrow);
        let (words, style) = if row == heart {
            (
                format!(
                    "{}{} {} {}",
                    glyphs.rule, glyphs.arrow, middle.sign, glyphs.rule
                ),
                middle.style,
            )
        } else {
            (" ".repeat(5 + arrow - 1), theme.dim)
        };
        line.push((format!("{words:<7}"), style));
        if let Some(node) = right.get(row) {
            line.push((
                format!("{}{}{} ", glyphs.upright, glyphs.rule, glyphs.arrow),
                theme.border,
            ));
            let is_here = node.name.is_some() && first_right + before(&right) == at;
            put(view, &mut line, node, is_here, side);
        }
        lines.push(line);
    }
    if left.is_empty() {
        lines.push(vec![(
            "it is made from nothing else here".to_owned(),
            theme.dim,
        )]);
    }
    lines
}

fn put(view: &View<'_>, line: &mut Line, node: &Node, is_here: bool, columns: usize) {
    let (theme, glyphs) = (view.theme, view.glyphs);
    let cursor = if is_here { glyphs.cursor } else { " " };
    let words = text::fit_middle(&node.words, columns.saturating_sub(3), glyphs.ellipsis);
    let blank = columns.saturating_sub(3 + text::width(&words));
    let style = if is_here { theme.strong } else { theme.text };
    line.push((cursor.to_owned(), theme.focus));
    line.push((format!("{} ", node.sign), node.style));
    line.push((words.into_owned(), style));
    line.push((" ".repeat(blank), theme.text));
}
