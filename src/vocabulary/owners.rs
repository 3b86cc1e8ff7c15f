//! Who holds a resource, or has asked for it: each once, in the order in which they came.

use std::collections::HashMap;

use super::Owner;

/// So many are looked through one by one; of more, the place of each is known.
const FEW: usize = 16;

/// Owners in the order in which they came, each once. A model may be held by hundreds of loads at
/// a time: to add one, to remove one and to ask for one takes the same time however many there are.
#[derive(Clone, Debug, Default)]
pub struct Owners {
    /// None where one has gone.
    slots: Vec<Option<Owner>>,
    held: usize,
    /// Where each stands, where there are more than [`FEW`] slots.
    #[expect(clippy::box_collection, reason = "few resources have so many owners")]
    places: Option<Box<HashMap<Owner, usize>>>,
}

impl Owners {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.held
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.held == 0
    }

    /// Is it one of them?
    pub fn contains(&self, owner: &Owner) -> bool {
        self.place(owner).is_some()
    }

    /// In the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = &Owner> {
        self.slots.iter().flatten()
    }

    /// The one that came first.
    pub fn first(&self) -> Option<&Owner> {
        self.iter().next()
    }

    /// Adds one; false where it is there already.
    pub fn add(&mut self, owner: &Owner) -> bool {
        if self.contains(owner) {
            return false;
        }
        self.slots.push(Some(owner.clone()));
        self.held += 1;
        match &mut self.places {
            Some(places) => drop(places.insert(owner.clone(), self.slots.len() - 1)),
            None => self.index(),
        }
        true
    }

    /// Removes one; false where it is not there.
    pub fn remove(&mut self, owner: &Owner) -> bool {
        let Some(place) = self.place(owner) else {
            return false;
        };
        self.slots[place] = None;
        self.held -= 1;
        if let Some(places) = &mut self.places {
            places.remove(owner);
        }
        if self.slots.len() > 2 * self.held + FEW / 2 {
            self.slots.retain(Option::is_some);
            self.index();
        }
        true
    }

    /// Removes all.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    fn place(&self, owner: &Owner) -> Option<usize> {
        if let Some(places) = &self.places {
            return places.get(owner).copied();
        }
        let mut slots = self.slots.iter();
        slots.position(|slot| slot.as_ref() == Some(owner))
    }

    fn index(&mut self) {
        self.places = (self.slots.len() > FEW).then(|| {
            let slots = self.slots.iter().enumerate();
            let held = slots.filter_map(|(place, slot)| Some((slot.clone()?, place)));
            Box::new(held.collect())
        });
    }
}

impl<'a> IntoIterator for &'a Owners {
    type Item = &'a Owner;
    type IntoIter = std::iter::Flatten<std::slice::Iter<'a, Option<Owner>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.slots.iter().flatten()
    }
}

impl PartialEq for Owners {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other)
    }
}

impl<const N: usize> PartialEq<[Owner; N]> for Owners {
    fn eq(&self, other: &[Owner; N]) -> bool {
        self.iter().eq(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::ResourceName;

    fn load(number: usize) -> Owner {
        let load = ResourceName::from(format!("load {number}").as_str());
        Owner::Load { load }
    }

    /// As many steps as it takes to have seen few and many, growing and shrinking.
    #[test]
    fn it_is_a_list_without_doubles() {
        let mut owners = Owners::default();
        let mut list: Vec<Owner> = Vec::new();
        let mut state = 1_usize;
        for step in 0..20_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005) ^ (state >> 33) ^ step;
            let owner = load(state % 300);
            let grows = (step / 1_000_usize).is_multiple_of(2);
            let known = list.contains(&owner);
            if grows == state.is_multiple_of(7) {
                assert_eq!(owners.remove(&owner), known);
                list.retain(|one| *one != owner);
            } else {
                assert_eq!(owners.add(&owner), !known);
                if !known {
                    list.push(owner);
                }
            }
            assert_eq!(owners.len(), list.len());
        }
        assert!(list.len() > FEW);
        for owner in list.clone() {
            assert!(owners.iter().eq(&list) && owners.first() == list.first());
            assert!(owners.remove(&owner) && !owners.contains(&owner));
            list.retain(|one| *one != owner);
        }
        assert!(owners.is_empty());
        owners.add(&Owner::User);
        assert_eq!(owners, [Owner::User]);
    }
}
