//! Why things are as they are with a resource, each in a sentence with what it rests on: where the
//! request for it began, what went in its place, what would free it and what that would cost, why it is
//! not there, why it took so long, why it is so large.

use super::Tone;
use super::owners::asker;
use super::reasons::miss_account;
use super::why::Fact;
use crate::display::{self, bytes, count, seconds};
use crate::event::Command;
use crate::ledger::{Ledger, LookupRecord, ResourceRecord, ResourceState};
use crate::vocabulary::{Dimension, Lookup, MissReason, Owner, ResourceKind, TierLookup, Way};

/// All of it that there is to say, in the order in which one asks.
pub fn facts(ledger: &Ledger, resource: &ResourceRecord) -> Vec<Fact> {
    let told = [
        ("because", began(ledger, resource)),
        ("why a miss", missed(ledger, resource)),
        ("why gone", gone(resource)),
        ("why not", not_loaded(ledger, resource)),
        ("to free it", freed_by(resource)),
        ("to lose it", cost_of_losing(ledger, resource)),
        ("why so slow", slow(ledger, resource)),
        ("why so large", large(resource)),
    ];
    let told = told.into_iter();
    told.filter_map(|(label, words)| Some(Fact::new(label, words?, Tone::Plain)))
        .collect()
}

/// The first request, and what the user did that led to it.
fn began(ledger: &Ledger, resource: &ResourceRecord) -> Option<String> {
    let mut owner = resource.requested_by.first()?;
    let mut through = Vec::new();
    while let Owner::Load { load } = owner {
        if through.len() > 8 {
            break;
        }
        through.push(load.to_string());
        owner = ledger.resource(load)?.requested_by.first()?;
    }
    let mut lookups = ledger.lookups.iter();
    let first = lookups.find(|lookup| lookup.name == resource.name)?;
    let mut words = match owner {
        Owner::User => format!("you preloaded it at {:.2} s", first.t),
        Owner::Client { .. } => {
            let mut all = Dimension::ALL.into_iter();
            let dimension = all.find(|dimension| owner.is(*dimension))?;
            match run_of(ledger, first.t) {
                Some(run) => format!(
                    "{} began run {run}, and {dimension} asked for it at {:.2} s",
                    command_for(ledger, dimension, first.t),
                    first.t
                ),
                None => format!("{dimension} asked for it at {:.2} s", first.t),
            }
        }
        Owner::Strategy => format!(
            "the strategy {} loads it before the first dimension, at {:.2} s",
            ledger.strategy(),
            first.t
        ),
        Owner::Prefetch => format!(
            "it was loaded ahead at {:.2} s: history said that it would be needed",
            first.t
        ),
        owner => format!("{} asked for it at {:.2} s", asker(owner), first.t),
    };
    if !through.is_empty() {
        through.reverse();
        words = format!("{words}, by way of {}", through.join(", then "));
    }
    Some(words)
}

fn run_of(ledger: &Ledger, t: f64) -> Option<u32> {
    let runs = ledger.runs.iter().take_while(|run| run.started_at <= t);
    runs.last().map(|run| run.run)
}

/// What the user did last, before a moment, that made a dimension run.
fn command_for(ledger: &Ledger, dimension: Dimension, t: f64) -> String {
    let before = ledger.commands.iter().take_while(|(at, _)| *at <= t);
    let leads = |command: &Command| match command {
        Command::Run(one) => *one == dimension,
        Command::RunSelected => true,
        _ => false,
    };
    match before.filter(|(_, command)| leads(command)).last() {
        Some((at, Command::Run(_))) => format!("your rerun at {at:.2} s"),
        Some((at, _)) => format!("your run at {at:.2} s"),
        None => "a command".to_owned(),
    }
}

/// The last miss: the part of its key that differs, or what needed its room.
fn missed(ledger: &Ledger, resource: &ResourceRecord) -> Option<String> {
    let of_it = |lookup: &&LookupRecord| {
        lookup.name == resource.name && matches!(lookup.lookup, Lookup::Miss(_))
    };
    let record = ledger.lookups.iter().rfind(of_it)?;
    let Lookup::Miss(reason) = &record.lookup else {
        return None;
    };
    let at = format!("at {:.2} s for {}", record.t, asker(&record.by));
    Some(match reason {
        MissReason::FirstTouch => return None,
        MissReason::Evicted { policy, for_name } => {
            let when = resource
                .gone_at
                .filter(|gone| *gone <= record.t)
                .map_or_else(String::new, |gone| format!(" at {gone:.2} s"));
            let for_whom = ledger
                .resource(for_name)
                .and_then(|other| other.requested_by.first())
                .map_or_else(String::new, |owner| format!(", for {}", asker(owner)));
            format!("{at}: {policy} had given it up{when} to make room for {for_name}{for_whom}")
        }
        MissReason::InputChanged { part } if !record.differs.is_empty() => {
            let parts: Vec<&str> = record.differs.iter().map(|name| &*name.0).collect();
            let parts = parts.join(", ");
            format!("{at}: its key differs in {parts}, since {part} changed")
        }
        reason => format!("{at}: {}", miss_account(reason)),
    })
}

/// When it went; why is told with its story.
fn gone(resource: &ResourceRecord) -> Option<String> {
    let ResourceState::Gone(cause) = &resource.state else {
        return None;
    };
    let at = resource.gone_at?;
    let words = super::reasons::release_words(cause);
    Some(format!("since {at:.2} s: {words}"))
}

/// Why it has never been loaded.
fn not_loaded(ledger: &Ledger, resource: &ResourceRecord) -> Option<String> {
    if resource.loads > 0 || resource.state != ResourceState::Absent {
        return None;
    }
    if let Some(way) = resource.way.filter(Way::is_streamed) {
        return Some(format!("its columns are {way}"));
    }
    let names = |dimensions: &[Dimension]| {
        let names: Vec<&str> = dimensions.iter().map(|d| d.name()).collect();
        names.join(", ")
    };
    let needs: Vec<Dimension> = resource.needs.iter().map(|need| need.dimension).collect();
    let selected: Vec<Dimension> = needs
        .iter()
        .copied()
        .filter(|dimension| ledger.dimension(*dimension).selected)
        .collect();
    Some(if needs.is_empty() {
        "no dimension needs it: only the strategy eager loads it".to_owned()
    } else if !selected.is_empty() {
        format!("{} will ask for it, and has not yet", names(&selected))
    } else {
        format!(
            "only {} would need it, and is not selected: that spares {}",
            names(&needs),
            resource.estimated_bytes.map_or_else(
                || "its bytes".to_owned(),
                |size| format!("~{}", bytes(size))
            )
        )
    })
}

/// What would have to happen for each of its owners to let it go.
fn freed_by(resource: &ResourceRecord) -> Option<String> {
    if !resource.is_resident() {
        return None;
    }
    let mut ways: Vec<String> = Vec::new();
    for owner in &resource.owners {
        let way = match owner {
            Owner::Cache => "clearing the cache, or unloading it".to_owned(),
            Owner::Client { client } => format!("the end of {client}"),
            Owner::Load { load } => format!("the end of the load of {load}"),
            Owner::User => "unloading it, since you preloaded it".to_owned(),
            Owner::Strategy => "unloading it, or a strategy that does not keep it".to_owned(),
            Owner::Prefetch => {
                "a forecast that does not expect it any more, or whoever needs the room".to_owned()
            }
            Owner::Session => "the end of the session, which rests on it".to_owned(),
        };
        if !ways.contains(&way) {
            ways.push(way);
        }
    }
    (!ways.is_empty()).then(|| format!("{} frees it", ways.join("; and ")))
}

/// What it takes to make it again, what it is made from included where that is gone.
fn cost_of_losing(ledger: &Ledger, resource: &ResourceRecord) -> Option<String> {
    if !resource.is_resident() {
        return None;
    }
    let own = resource.load_seconds?;
    let inputs = resource
        .inputs
        .iter()
        .filter_map(|name| ledger.resource(name));
    let missing = inputs.filter(|input| !input.is_resident());
    let missing: Vec<f64> = missing.filter_map(|input| input.load_seconds).collect();
    let mut words = format!("{} to make it again", seconds(own));
    if !missing.is_empty() {
        words = format!(
            "{words}, and {} for {} inputs that are gone",
            seconds(missing.iter().sum()),
            missing.len()
        );
    }
    let hits = ledger
        .lookups
        .iter()
        .filter(|lookup| lookup.name == resource.name);
    let saved: f64 = hits
        .map(|lookup| match lookup.lookup {
            Lookup::Hit { saved_seconds } => saved_seconds,
            _ => 0.0,
        })
        .sum();
    if saved > 0.0 {
        words = format!("{words}; it has saved {} so far", seconds(saved));
    }
    if matches!(resource.below, Some((_, TierLookup::Hit { .. }))) {
        words = format!("{words}; a tier below memory has it");
    }
    Some(words)
}

/// Where the time of its last load went.
fn slow(ledger: &Ledger, resource: &ResourceRecord) -> Option<String> {
    let took = resource.load_seconds?;
    let what = match resource.kind {
        _ if resource.fetched => "read from the disk",
        ResourceKind::File => "read and hashed",
        ResourceKind::Table => "read and decoded",
        ResourceKind::Model => "read, and made ready to score",
        ResourceKind::Predictions => "scored",
        _ => "made",
    };
    let mut words = format!("{} {what}", seconds(took));
    if let Some(rows) = resource.rows {
        let rate = rows as f64 / took.max(1e-9);
        words = format!(
            "{words}, {} rows ({} a second)",
            count(rows),
            count(rate as u64)
        );
    }
    let streams = resource
        .inputs
        .iter()
        .filter_map(|name| ledger.resource(name));
    let streams = streams.filter(|input| input.way.is_some_and(|way| way.is_streamed()));
    if streams.count() > 0 {
        words = format!("{words}, its columns decoded on the way");
    }
    if let Some(waited) = resource.waited_seconds.filter(|waited| *waited > 0.0) {
        words = format!(
            "{words}; {} before that it waited for its inputs or for a worker",
            seconds(waited)
        );
    }
    Some(words)
}

/// What its bytes are made up of.
fn large(resource: &ResourceRecord) -> Option<String> {
    let (size, exact) = resource.bytes?;
    let rows = display::clean(&resource.detail);
    let rows = rows
        .split_once(" rows")
        .map(|(number, _)| number.replace([',', ' '], ""));
    let rows = rows.and_then(|number| number.parse::<u64>().ok());
    let rows = rows.or(resource.rows).filter(|rows| *rows > 0)?;
    let each = size as f64 / rows as f64;
    let estimate = resource.estimated_bytes.filter(|estimate| *estimate > 0);
    let against = estimate.map_or_else(String::new, |estimate| {
        let times = size as f64 / estimate as f64;
        format!(
            "; {} were estimated, {times:.2} of that came",
            bytes(estimate)
        )
    });
    let about = if exact { "" } else { "~" };
    Some(format!(
        "{about}{} for {} rows: {each:.1} bytes a row{against}",
        bytes(size),
        count(rows)
    ))
}
