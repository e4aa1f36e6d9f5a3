//! Writes to a table by another name than the one by which its elements are followed: types of a local's elements are
//! forgotten where the same table is written through another local, or by a function that is called.

use syntax::FunctionId;

use super::{
    effects::{Origin, Writes, Written, WrittenKeys},
    interpreter::Interpreter,
    kinds::Kinds,
    state::{Slot, State},
    types::{TableType, Type},
};
use crate::LocalId;

impl Interpreter<'_> {
    /// The tables of `held` are written at some keys.
    pub(super) fn note_write(&mut self, held: &Type, keys: &WrittenKeys) {
        let tables = written(held);
        for at in 0..self.activations.len() {
            let function = self.activations[at].function;
            tables.iter().for_each(|&table| self.add_write(function, table, keys));
        }
        self.forget(&tables, keys);
    }

    fn add_write(&mut self, function: FunctionId, table: Written, keys: &WrittenKeys) {
        let state = &mut self.functions[function.index()];
        if state.writes.add(table, keys) {
            let asked = state.asked_for_returns;
            if state.escaped {
                self.escaped_writes.add(table, keys);
            }
            self.changed(asked);
        }
    }

    /// Notes that unknown code may call the function.
    pub(super) fn give_function_away(&mut self, function: FunctionId) {
        let state = &mut self.functions[function.index()];
        if !std::mem::replace(&mut state.escaped, true) {
            self.escaped_writes.anything |= state.writes.anything;
            for (table, keys) in &state.writes.all {
                self.escaped_writes.add(*table, keys);
            }
        }
    }

    /// Forgets what a called function of the script writes, also for its callers.
    pub(super) fn has_run(&mut self, function: FunctionId) {
        let writes = self.functions[function.index()].writes.clone();
        self.have_been_made(&writes);
    }

    /// Forgets what unknown code may write: it may call the functions that it can reach.
    pub(super) fn unknown_has_run(&mut self) {
        let writes = self.escaped_writes.clone();
        self.have_been_made(&writes);
        let is_escaped = |table: &TableType| match table {
            TableType::Built(expr) | TableType::Altered(expr) => self.sites.get(expr).is_some_and(|site| site.escaped),
            _ => false,
        };
        let may_hold = |local: LocalId| {
            let held = self.state.get(Self::slot(local));
            held != State::NOTHING && self.types[held.id].tables.iter().any(is_escaped)
        };
        let found: Vec<Slot> =
            self.places_of.iter().filter(|(local, _)| may_hold(**local)).flat_map(|(_, all)| all).copied().collect();
        self.forget_slots(found);
    }

    /// Writes were made in a call.
    fn have_been_made(&mut self, writes: &Writes) {
        if writes.anything {
            let all = self.places.values().copied().collect();
            self.forget_slots(all);
        }
        for (table, keys) in &writes.all {
            for at in 0..self.activations.len() {
                self.add_write(self.activations[at].function, *table, keys);
            }
            self.forget(&[*table], keys);
        }
    }

    fn forget_slots(&mut self, slots: Vec<Slot>) {
        slots.into_iter().for_each(|slot| self.state.set(slot, State::NOTHING));
    }

    /// Forgets the elements of locals that may hold one of the tables.
    fn forget(&mut self, tables: &[Written], keys: &WrittenKeys) {
        if tables.is_empty() {
            return;
        }
        let found: Vec<Slot> = match keys {
            WrittenKeys::One(key) => self.forgotten(self.places_by_key.get(key).map_or(&[], |all| all), tables),
            WrittenKeys::Numbers => self.forgotten(&self.numbered_places, tables),
            WrittenKeys::All => self
                .places_of
                .iter()
                .filter(|(local, _)| self.may_hold(**local, tables))
                .flat_map(|(_, all)| all)
                .copied()
                .collect(),
        };
        self.forget_slots(found);
    }

    fn forgotten(&self, places: &[(LocalId, Slot)], tables: &[Written]) -> Vec<Slot> {
        let is_known = |slot: Slot| self.state.get(slot) != State::NOTHING;
        places
            .iter()
            .filter(|&&(local, slot)| is_known(slot) && self.may_hold(local, tables))
            .map(|&(_, slot)| slot)
            .collect()
    }

    fn may_hold(&self, local: LocalId, tables: &[Written]) -> bool {
        let held = self.state.get(Self::slot(local));
        if held == State::NOTHING {
            return true;
        }
        let of = &self.types[held.id];
        let is_one = |table: &TableType| is_written(of, table).is_some_and(|it| tables.contains(&it));
        (!of.is_known() && tables.contains(&Written::Unknown)) || of.tables.iter().any(is_one)
    }
}

fn written(of: &Type) -> Vec<Written> {
    let mut found: Vec<Written> = of.tables.iter().filter_map(|table| is_written(of, table)).collect();
    if of.kinds.has(Kinds::UNKNOWN) && !found.contains(&Written::Unknown) {
        found.push(Written::Unknown);
    }
    found
}

fn is_written(of: &Type, table: &TableType) -> Option<Written> {
    Some(match table {
        TableType::Built(expr) | TableType::Altered(expr) => Written::Site(*expr),
        _ => Origin::of(of, table).map_or(Written::Unknown, Written::Of),
    })
}
