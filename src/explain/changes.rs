//! Why something is not what it was, in a sentence: the part that is another, what that is made from, and
//! so on down to a file or a setting.

use crate::ledger::{Ledger, ResourceRecord};
use crate::vocabulary::{MissReason, ResourceName, TierLookup};

/// Deeper than any chain of inputs.
const MOST_DEPTH: usize = 16;

/// Something that changed with the first of the chain, that with the second, and so on.
pub fn change_sentence(name: &str, chain: &[&str]) -> String {
    match chain {
        [] => format!("{name} is what it was"),
        [first, rest @ ..] => {
            let mut words = format!("{name} is not what it was: {first} has changed");
            for part in rest {
                words.push_str(", with ");
                words.push_str(part);
            }
            words
        }
    }
}

/// What a resource changed with, as the log tells it; none where it was asked for the first time, or is
/// what it was.
pub(super) fn chain(ledger: &Ledger, resource: &ResourceRecord) -> Option<Vec<ResourceName>> {
    let mut chain = vec![changed_part(resource)?.clone()];
    while chain.len() < MOST_DEPTH {
        let last = chain.last().and_then(|part| ledger.resource(part));
        let Some(last) = last else {
            break;
        };
        if !last.changed_through.is_empty() {
            chain.extend(last.changed_through.iter().cloned());
            break;
        }
        match changed_part(last) {
            Some(part) if *part != resource.name && !chain.contains(part) => {
                chain.push(part.clone());
            }
            _ => break,
        }
    }
    Some(chain)
}

/// The part that was another one than before when it was last asked for.
fn changed_part(resource: &ResourceRecord) -> Option<&ResourceName> {
    let below = match &resource.below {
        Some((_, TierLookup::Miss(reason))) => part_of(reason),
        _ => None,
    };
    below.or_else(|| resource.last_miss.as_ref().and_then(part_of))
}

fn part_of(reason: &MissReason) -> Option<&ResourceName> {
    match reason {
        MissReason::InputChanged { part } => Some(part),
        _ => None,
    }
}
