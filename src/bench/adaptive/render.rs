//! The table as text and as Markdown.

use std::fmt::Write;

use super::replay::{IDLE_SECONDS, RESOURCES};
use super::{AdaptiveTable, HabitMeasured, Shares};
use crate::bench::columns::{push_columns, push_markdown};
use crate::display::seconds;

/// As text.
pub fn text(table: &AdaptiveTable) -> String {
    write(table, push_columns)
}

/// As Markdown.
pub fn markdown(table: &AdaptiveTable) -> String {
    write(table, push_markdown)
}

fn write(table: &AdaptiveTable, push: fn(&mut String, &[Vec<String>])) -> String {
    let mut text = method(table);
    text.push('\n');
    push(&mut text, &losses(table));
    text.push('\n');
    push(&mut text, &gains(table));
    text.push('\n');
    for measured in table.habits.iter().filter(|h| h.teaches_nothing()) {
        let name = measured.habit.name();
        let _ = writeln!(
            text,
            "{name}: history teaches nothing here, so nothing is loaded ahead.\n"
        );
    }
    push(&mut text, &requirements(table));
    text
}

fn method(table: &AdaptiveTable) -> String {
    let mut text = format!(
        "{} users of each kind, fifty workflows each in the paper's mix: 9 of one test, 26 of two or three, \
         15 of four or five. Before each workflow the next selection is foreseen, then it is revealed, then \
         it is learnt. Log-loss is in nats a dimension. What is loaded ahead must pay, and the gate must be \
         open: over the last {} selections the mixture has beaten popularity by more than {} nats a \
         dimension, or all of them were foreseen as the same.\n\n",
        table.seeds, table.window, table.margin
    );
    for measured in &table.habits {
        let _ = writeln!(
            text,
            "- {}: {}",
            measured.habit.name(),
            measured.habit.doc()
        );
    }
    let (least, most) = IDLE_SECONDS;
    let loads = RESOURCES.map(|(name, cost, _)| format!("{name} {}", seconds(cost)));
    let _ = writeln!(
        text,
        "\nEach workflow begins with an empty memory; its user looks around for {least:.0} to {most:.0} s, in \
         which one idle lane loads. Made up, in the proportions of a large data set: {}.",
        loads.join(", ")
    );
    text
}

fn losses(table: &AdaptiveTable) -> Vec<Vec<String>> {
    let mut head = vec!["log-loss".to_owned()];
    if let Some(first) = table.habits.first() {
        head.extend(
            first
                .log_loss
                .iter()
                .map(|(predictor, _)| predictor.to_string()),
        );
    }
    head.extend(
        [
            "mixture",
            "most behind the best",
            "most ahead of popularity",
        ]
        .map(str::to_owned),
    );
    let lines = table.habits.iter().map(|measured| {
        let mut cells = vec![measured.habit.name().to_owned()];
        let losses = measured.log_loss.iter().map(|(_, loss)| *loss);
        let figures = losses.chain([
            measured.mixture_log_loss,
            measured.most_behind,
            measured.most_gain,
        ]);
        cells.extend(figures.map(|figure| format!("{figure:.4}")));
        cells
    });
    std::iter::once(head).chain(lines).collect()
}

fn gains(table: &AdaptiveTable) -> Vec<Vec<String>> {
    let head = [
        "loaded ahead",
        "users",
        "from workflow",
        "hidden, all 50",
        "wasted",
        "hidden, last 30",
        "wasted, last 30",
    ];
    let head = head.map(str::to_owned).to_vec();
    let lines = table
        .habits
        .iter()
        .map(|measured| line(measured, table.seeds));
    std::iter::once(head).chain(lines).collect()
}

fn line(measured: &HabitMeasured, seeds: u64) -> Vec<String> {
    let opened = measured.opened;
    let percent = |share: f64| format!("{:.1}%", 100.0 * share);
    let both = |shares: &Shares| {
        let wasted = shares.wasted.map_or_else(|| "-".to_owned(), percent);
        [percent(shares.hidden), wasted]
    };
    let mut cells = vec![
        measured.habit.name().to_owned(),
        format!("{} of {seeds}", measured.prefetched_for),
        opened.map_or_else(|| "-".to_owned(), |opened| format!("{opened:.1}")),
    ];
    cells.extend(both(&measured.all));
    cells.extend(both(&measured.later));
    cells
}

fn requirements(table: &AdaptiveTable) -> Vec<Vec<String>> {
    let head = ["asked of it", "found", "met"].map(str::to_owned).to_vec();
    let lines = table.requirements.iter().map(|requirement| {
        let met = if requirement.is_met { "yes" } else { "no" };
        vec![
            requirement.what.clone(),
            requirement.found.clone(),
            met.to_owned(),
        ]
    });
    std::iter::once(head).chain(lines).collect()
}
