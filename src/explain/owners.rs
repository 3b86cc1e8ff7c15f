//! Who asks for resources and who holds them.

use crate::ledger::{Ledger, ResourceRecord};
use crate::vocabulary::Owner;

/// A chain of requests is never told further than this.
const LONGEST_CHAIN: usize = 8;

/// One word for an owner.
pub fn owner_word(owner: &Owner) -> &str {
    match owner {
        Owner::Cache => "cache",
        Owner::Client { client } => client.name(),
        Owner::Load { .. } => "a load",
        Owner::User => "you",
        Owner::Strategy => "strategy",
        Owner::Prefetch => "prefetch",
        Owner::Session => "session",
    }
}

/// Who asked.
pub fn asker(owner: &Owner) -> String {
    match owner {
        Owner::User => "you".to_owned(),
        owner => owner.to_string(),
    }
}

/// Who holds it, each in a word and once; that it is resident where nobody does.
pub fn held_by(resource: &ResourceRecord) -> String {
    let mut words: Vec<&str> = Vec::new();
    for word in resource.owners.iter().map(owner_word) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    if words.is_empty() {
        "resident".to_owned()
    } else {
        words.join(", ")
    }
}

/// Who holds it, in full.
pub fn holders(resource: &ResourceRecord) -> String {
    let owners: Vec<_> = resource.owners.iter().map(ToString::to_string).collect();
    if owners.is_empty() {
        "nobody".to_owned()
    } else {
        owners.join(", ")
    }
}

/// Every way in which it was asked for, from whoever asked first; the same way through several
/// members of a group is told once. An arrow leads from one to the next.
pub fn chains(ledger: &Ledger, resource: &ResourceRecord, arrow: &str) -> Vec<String> {
    let mut counted: Vec<(Vec<String>, usize)> = Vec::new();
    for owner in &resource.requested_by {
        let chain = chain(ledger, owner);
        match counted.iter_mut().find(|(known, _)| *known == chain) {
            Some((_, times)) => *times += 1,
            None => counted.push((chain, 1)),
        }
    }
    let arrow = format!(" {arrow} ");
    let told = counted.into_iter().map(|(chain, times)| match times {
        1 => chain.join(&arrow),
        times => format!("{} ({times} of them)", chain.join(&arrow)),
    });
    told.collect()
}

/// From whoever asked first down to what asked for the resource itself.
fn chain(ledger: &Ledger, owner: &Owner) -> Vec<String> {
    let mut chain = Vec::new();
    let mut next = Some(owner);
    while let Some(owner) = next {
        match owner {
            Owner::Load { load: name } if chain.len() < LONGEST_CHAIN => {
                let resource = ledger.resource(name);
                let group = resource.and_then(|r| r.group.clone());
                chain.push(group.unwrap_or_else(|| name.to_string()));
                next = resource.and_then(|r| r.requested_by.first());
            }
            owner => {
                chain.push(asker(owner));
                next = None;
            }
        }
    }
    chain.reverse();
    chain
}
