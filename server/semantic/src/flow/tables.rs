//! Tables: those that the script builds, by their constructors, and the elements and fields of tables.

use syntax::{ExprId, ExprKind, TableField};

use super::{
    effects::WrittenKeys,
    interpreter::Interpreter,
    kinds::Kinds,
    site::{Key, PlaceKey, Site},
    state::{Held, State},
    types::{TableType, Type, TypeId, Types},
};
use crate::{Constant, LocalId};

impl Interpreter<'_> {
    /// A table constructor.
    pub(super) fn construct(&mut self, expr: ExprId, fields: &[TableField]) -> TypeId {
        let mut made = Site::new();
        let mut nonempty = false;
        for (at, &field) in fields.iter().enumerate() {
            match field {
                TableField::Item(value) if at + 1 == fields.len() && self.script.tree().is_multi(value) => {
                    let values = self.eval_multi(value);
                    made.items.extend(&values.list);
                    made.rest = values.rest;
                }
                TableField::Item(value) => {
                    let value = self.eval(value);
                    made.items.push(value);
                }
                TableField::Named { name, value } => {
                    let value = self.eval(value);
                    let name = name.text(&self.script.source).to_vec();
                    // `{x = nil}` has no x.
                    if !self.types[value].kinds.may_be(Kinds::ANY_NIL) {
                        made.listed.insert(name.clone());
                    }
                    made.fields.insert(name, value);
                }
                TableField::Keyed { key, value } => {
                    let key = self.key(key);
                    let value = self.eval(value);
                    nonempty |= matches!(key, Key::Number(1)) && !self.types[value].kinds.may_be(Kinds::NIL);
                    self.put(&mut made, &key, value);
                }
            }
        }
        nonempty |= made.items.iter().any(|&item| !self.types[item].kinds.may_be(Kinds::ANY_NIL));
        match self.sites.remove(&expr) {
            None => {
                self.sites.insert(expr, made);
            }
            Some(mut site) => {
                let before = site.clone();
                let len = site.items.len().max(made.items.len());
                if site.items.len() != made.items.len() {
                    let all = site
                        .items
                        .iter()
                        .chain(&made.items)
                        .fold(Types::NEVER, |all, &item| self.types.join(all, item));
                    site.rest = Some(site.rest.map_or(all, |rest| self.types.join(rest, all)));
                }
                site.items = (0..len.min(site.items.len()).min(made.items.len()))
                    .map(|at| self.types.join(site.items[at], made.items[at]))
                    .collect();
                site.rest = match (site.rest, made.rest) {
                    (Some(a), Some(b)) => Some(self.types.join(a, b)),
                    (a, b) => a.or(b),
                };
                site.element = self.types.join(site.element, made.element);
                site.listed.retain(|name| made.listed.contains(name));
                for (name, value) in made.fields {
                    let before = site.fields.get(&name).copied().unwrap_or(Types::NEVER);
                    let joined = self.types.join(before, value);
                    site.fields.insert(name, joined);
                }
                site.other = self.types.join(site.other, made.other);
                let changed = site.items != before.items
                    || site.rest != before.rest
                    || site.element != before.element
                    || site.fields != before.fields
                    || site.other != before.other;
                self.keep(expr, site, changed);
            }
        }
        self.types.add(Type { nonempty, ..Type::table(TableType::Built(expr)) })
    }

    pub(super) fn keep(&mut self, expr: ExprId, mut site: Site, changed: bool) {
        let (asked, escaped) = (site.asked, site.escaped);
        let given_up = changed && asked && self.is_late() && !site.escaped;
        site.escaped |= given_up;
        let inside = site.contents();
        self.sites.insert(expr, site);
        // Nothing is claimed of what has escaped.
        if changed && !escaped {
            self.changed(asked);
        }
        if given_up {
            for value in inside {
                self.escape(value);
            }
        }
    }

    /// Puts a value into a table. True if that changes its type.
    fn put(&mut self, site: &mut Site, key: &Key, value: TypeId) -> bool {
        let mut changed = false;
        if self.types[value].kinds.has(Kinds::ANY_NIL) {
            changed |= !std::mem::replace(&mut site.shrinks, true);
        }
        // A nil is not put anywhere.
        let value = self.types.map(value, |of| of.without(Kinds::ANY_NIL));
        let mut join = |into: &mut TypeId, value: TypeId| {
            let joined = self.types.join(*into, value);
            changed |= std::mem::replace(into, joined) != joined;
        };
        match key {
            Key::Name(name) => match site.fields.get_mut(name) {
                Some(known) => join(known, value),
                None => {
                    site.fields.insert(name.clone(), value);
                    changed = true;
                }
            },
            Key::Number(_) | Key::AnyNumber => join(&mut site.element, value),
            Key::AnyText => join(&mut site.other, value),
            Key::Unknown => {
                join(&mut site.element, value);
                join(&mut site.other, value);
            }
        }
        changed
    }

    /// Evaluates a key.
    pub(super) fn key(&mut self, expr: ExprId) -> Key {
        let id = self.eval(expr);
        match self.script.constant(expr) {
            Some(Constant::String(name)) => Key::Name(name.into_owned()),
            Some(Constant::Number(number)) if number.fract() == 0.0 && number.abs() < 1e15 => {
                Key::Number(number as i64)
            }
            _ => self.key_of(id),
        }
    }

    /// A key by its type.
    pub(super) fn key_of(&self, id: TypeId) -> Key {
        let of = &self.types[id];
        if of.is(Kinds::NUMBER) {
            match of.number.constant {
                Some(value) if value.0.fract() == 0.0 && value.0.abs() < 1e15 => Key::Number(value.0 as i64),
                _ => Key::AnyNumber,
            }
        } else if of.is(Kinds::STRING | Kinds::ABSENT) {
            match &of.text.constant {
                Some(text) => Key::Name(text.to_vec()),
                None => Key::AnyText,
            }
        } else {
            Key::Unknown
        }
    }

    /// Assigns to a name, a field or an element.
    pub(super) fn store(&mut self, target: ExprId, value: TypeId) {
        let script = self.script;
        let tree = script.tree();
        self.exprs[target.index()] = self.types.join(self.exprs[target.index()], value);
        match &tree[target].kind {
            ExprKind::Name(_) => match script.scopes.local_of(target) {
                Some(local) => {
                    self.outcomes.remove(&local);
                    self.assign(local, value);
                }
                None => self.escape(value),
            },
            ExprKind::Field { base, name } => {
                let name = name.text(&script.source).to_vec();
                self.store_into(*base, Key::Name(name), value);
            }
            ExprKind::Index { base, key } => {
                let key = self.key(*key);
                self.store_into(*base, key, value);
            }
            _ => {}
        }
    }

    fn store_into(&mut self, base: ExprId, key: Key, value: TypeId) {
        let held = self.eval(base);
        let place = match &key {
            Key::Name(name) => Some(PlaceKey::Name(name.clone())),
            Key::Number(number) => Some(PlaceKey::Number(*number)),
            _ => None,
        };
        self.write(held, &key, value);
        if let Some(local) = self.script.scopes.local_of(self.script.tree().unparen(base)) {
            match place {
                Some(place) if !self.is_shared(local) => {
                    let slot = self.place(local, place);
                    let held = Held { id: value, activation: self.activation() };
                    self.state.set(slot, held);
                }
                _ => self.forget_places(base),
            }
            // `t[#t + 1] = x`
            if matches!(key, Key::Number(_) | Key::AnyNumber)
                && !self.types[value].kinds.may_be(Kinds::FALSE | Kinds::NIL)
            {
                self.mark_nonempty(base);
            }
        }
    }

    /// Forgets the elements of a table.
    pub(super) fn forget_places(&mut self, base: ExprId) {
        let Some(local) = self.script.scopes.local_of(self.script.tree().unparen(base)) else { return };
        for slot in self.places_of.get(&local).cloned().unwrap_or_default() {
            self.state.set(slot, State::NOTHING);
        }
    }

    /// Puts a value into all tables that `held` may be.
    pub(super) fn write(&mut self, held: TypeId, key: &Key, value: TypeId) {
        let of = self.types[held].clone();
        self.note_write(&of, &WrittenKeys::of(key));
        let mut followed = of.is_known();
        for table in &of.tables {
            match table {
                TableType::Built(expr) | TableType::Altered(expr) => {
                    let Some(mut site) = self.sites.remove(expr) else { continue };
                    let changed = self.put(&mut site, key, value);
                    self.keep(*expr, site, changed);
                }
                table => followed &= self.alter(&of, table, key, value),
            }
        }
        if !followed {
            self.escape(value);
        }
    }

    /// `table.insert(held, value)`
    pub(super) fn insert(&mut self, held: TypeId, value: TypeId) {
        self.write(held, &Key::AnyNumber, value);
    }

    /// Notes that elements are removed from the tables.
    pub(super) fn shrink(&mut self, held: TypeId) {
        let of = self.types[held].clone();
        self.note_write(&of, &WrittenKeys::Numbers);
        for table in &of.tables {
            let (TableType::Built(expr) | TableType::Altered(expr)) = table else {
                self.alter_order(&of, table, true);
                continue;
            };
            if let Some(site) = self.sites.get_mut(expr)
                && !site.shrinks
            {
                site.shrinks = true;
                let asked = site.asked;
                self.changed(asked);
            }
        }
    }

    /// Notes that the order of the tables' elements changes.
    pub(super) fn reorder(&mut self, held: TypeId) {
        let of = self.types[held].clone();
        self.note_write(&of, &WrittenKeys::Numbers);
        for table in &of.tables {
            let (TableType::Built(expr) | TableType::Altered(expr)) = table else {
                self.alter_order(&of, table, false);
                continue;
            };
            let Some(mut site) = self.sites.remove(expr) else { continue };
            let behind = self.types.join(site.element, site.rest.unwrap_or(Types::NEVER));
            let all = site.items.iter().fold(behind, |all, &item| self.types.join(all, item));
            let changed = site.items.iter().any(|&item| item != all);
            site.items.fill(all);
            self.keep(*expr, site, changed);
        }
    }

    /// Marks a value that goes to unknown code: its content may change, and its functions may be called.
    pub(super) fn escape(&mut self, value: TypeId) {
        let of = &self.types[value];
        if let Some(function) = of.function {
            self.give_function_away(function);
        }
        let of = &self.types[value];
        if of.tables.is_empty() {
            return;
        }
        for table in of.tables.clone() {
            let (TableType::Built(expr) | TableType::Altered(expr)) = table else { continue };
            let Some(site) = self.sites.get_mut(&expr) else { continue };
            if std::mem::replace(&mut site.escaped, true) {
                continue;
            }
            let asked = site.asked;
            let inside = site.contents();
            self.changed(asked);
            for value in inside {
                self.escape(value);
            }
        }
    }

    /// The slot of an element of a local.
    pub(super) fn place(&mut self, local: LocalId, key: PlaceKey) -> super::state::Slot {
        if let Some(&slot) = self.places.get(&(local, key.clone())) {
            return slot;
        }
        let slot = self.state.add_slot();
        if let PlaceKey::Number(_) = key {
            self.numbered_places.push((local, slot));
        }
        self.places_by_key.entry(key.clone()).or_default().push((local, slot));
        self.places.insert((local, key), slot);
        self.places_of.entry(local).or_default().push(slot);
        slot
    }

    /// The place that an expression is, if it is an element of a local with a constant key.
    pub(super) fn place_of(&self, expr: ExprId) -> Option<(LocalId, PlaceKey)> {
        let script = self.script;
        let tree = script.tree();
        let (base, key) = match &tree[expr].kind {
            ExprKind::Field { base, name } => (*base, PlaceKey::Name(name.text(&script.source).to_vec())),
            ExprKind::Index { base, key } => match script.constant(*key)? {
                Constant::String(name) => (*base, PlaceKey::Name(name.into_owned())),
                Constant::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
                    (*base, PlaceKey::Number(number as i64))
                }
                _ => return None,
            },
            _ => return None,
        };
        self.place_in(base, key)
    }

    /// The place that an element of `base` is, if that is a local.
    pub(super) fn place_in(&self, base: ExprId, key: PlaceKey) -> Option<(LocalId, PlaceKey)> {
        let local = self.script.scopes.local_of(self.script.tree().unparen(base))?;
        (!self.is_shared(local)).then_some((local, key))
    }

    /// The table surely has an element from here on.
    pub(super) fn mark_nonempty(&mut self, expr: ExprId) {
        self.refine(expr, |of| Type { nonempty: of.kinds.has(Kinds::TABLE), ..of });
    }
}
