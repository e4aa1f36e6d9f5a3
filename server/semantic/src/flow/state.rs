//! The state of the interpreter at one place of the script: the values of the slots, with a trail of the changes, so that
//! the cost of a branch depends on its changes and not on the size of the state.

use super::types::{TypeId, Types};

/// A place whose content is followed: a local, an element of one, a fact.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Slot(pub u32);

/// Value of a slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Held {
    /// The type; for facts any value but [`State::NOTHING`] says that it holds.
    pub id: TypeId,
    /// The function call that it holds in: facts about an upvalue in one call do not count in another.
    pub activation: u32,
}

/// The changes of a branch, each slot once.
pub type Changes = Vec<(Slot, Held)>;

/// The slots.
#[derive(Debug, Default)]
pub struct State {
    slots: Vec<Held>,
    trail: Vec<(Slot, Held)>,
}

impl State {
    /// An unknown value.
    pub const NOTHING: Held = Held { id: TypeId(u32::MAX), activation: 0 };

    /// A state with so many slots.
    pub fn new(slots: usize) -> Self {
        Self { slots: vec![Self::NOTHING; slots], trail: Vec::new() }
    }

    /// One more slot.
    pub fn add_slot(&mut self) -> Slot {
        self.slots.push(Self::NOTHING);
        Slot(self.slots.len() as u32 - 1)
    }

    /// Returns the value of the slot.
    pub fn get(&self, slot: Slot) -> Held {
        self.slots[slot.0 as usize]
    }

    /// Changes the slot.
    pub fn set(&mut self, slot: Slot, held: Held) {
        let before = std::mem::replace(&mut self.slots[slot.0 as usize], held);
        if before != held {
            self.trail.push((slot, before));
        }
    }

    /// The place in the trail, to come back to.
    pub fn mark(&self) -> usize {
        self.trail.len()
    }

    /// Returns the changes since the mark; the state stays.
    pub fn since(&self, mark: usize) -> Changes {
        let mut slots: Vec<Slot> = self.trail[mark..].iter().map(|(slot, _)| *slot).collect();
        slots.sort_unstable();
        slots.dedup();
        slots.into_iter().map(|slot| (slot, self.get(slot))).collect()
    }

    /// Goes back to the mark.
    pub fn undo(&mut self, mark: usize) {
        for (slot, before) in self.trail.drain(mark..).rev() {
            self.slots[slot.0 as usize] = before;
        }
    }

    /// Makes changes that were taken.
    pub fn apply(&mut self, changes: &[(Slot, Held)]) {
        for &(slot, held) in changes {
            self.set(slot, held);
        }
    }

    /// Joins several paths, each given by its changes to the present state.
    pub fn merge(&mut self, ways: &[Changes], types: &mut Types) {
        match ways {
            [] => return,
            [only] => return self.apply(only),
            _ => {}
        }
        let mut slots: Vec<Slot> = ways.iter().flatten().map(|(slot, _)| *slot).collect();
        slots.sort_unstable();
        slots.dedup();
        for slot in slots {
            let base = self.get(slot);
            let of = |way: &Changes| match way.binary_search_by_key(&slot, |(slot, _)| *slot) {
                Ok(at) => way[at].1,
                Err(_) => base,
            };
            let mut joined = of(&ways[0]);
            for way in &ways[1..] {
                joined = join(joined, of(way), types);
            }
            self.set(slot, joined);
        }
    }
}

/// Joins two values of a slot.
pub fn join(a: Held, b: Held, types: &mut Types) -> Held {
    if a == b {
        return a;
    }
    if a == State::NOTHING || b == State::NOTHING || a.activation != b.activation {
        return State::NOTHING;
    }
    Held { id: types.join(a.id, b.id), activation: a.activation }
}
