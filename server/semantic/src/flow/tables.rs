//! Tables: what the script builds, by the constructor that made it, and what elements and fields of tables are.

use std::collections::{BTreeMap, BTreeSet};

use syntax::{ExprId, ExprKind, TableField};

use super::{
    interpreter::{Interpreter, Values},
    kinds::Kinds,
    state::{Held, State},
    types::{List, Number, Source, TableType, Type, TypeId, Types},
};
use crate::{ApiPath, Constant, LocalId};

/// What is ever put into the tables that one constructor makes. It holds for all of them together, at any time.
#[derive(Clone, Debug)]
pub struct Site {
    /// The items that the constructor lists.
    pub items: Vec<TypeId>,
    /// What the constructor's last item adds, if that is a call or `...`.
    pub rest: Option<TypeId>,
    /// What else is put at numbers.
    pub element: TypeId,
    /// What is put at names.
    pub fields: BTreeMap<Vec<u8>, TypeId>,
    /// The names that the constructor lists.
    listed: BTreeSet<Vec<u8>>,
    /// What is put at keys that are computed and no numbers.
    pub other: TypeId,
    /// Whether something that is not followed has it.
    pub escaped: bool,
    /// Whether elements are taken out.
    pub shrinks: bool,
    pub(super) asked: bool,
}

impl Site {
    fn new() -> Self {
        Self {
            items: Vec::new(),
            rest: None,
            element: Types::NEVER,
            fields: BTreeMap::new(),
            listed: BTreeSet::new(),
            other: Types::NEVER,
            escaped: false,
            shrinks: false,
            asked: false,
        }
    }

    fn contents(&self) -> Vec<TypeId> {
        let listed = self.items.iter().chain(self.fields.values()).chain(&self.rest).copied();
        listed.chain([self.element, self.other]).collect()
    }

    /// Whether nothing but numbers are keys, for all that is known.
    pub fn is_list(&self) -> bool {
        !self.escaped && self.fields.is_empty() && self.other == Types::NEVER
    }

    /// Whether it surely has as many elements as the constructor lists.
    pub fn is_fixed(&self) -> bool {
        !self.escaped && !self.shrinks && self.rest.is_none() && self.element == Types::NEVER
    }
}

/// An element of a table that is followed by itself.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum PlaceKey {
    Name(Vec<u8>),
    Number(i64),
}

/// How a table is indexed.
enum Key {
    Name(Vec<u8>),
    Number(i64),
    /// A number that is not known.
    AnyNumber,
    /// Text that is not known.
    AnyText,
    Unknown,
}

impl Interpreter<'_> {
    /// A table constructor.
    pub(super) fn construct(&mut self, expr: ExprId, fields: &[TableField]) -> TypeId {
        let mut made = Site::new();
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
                    self.put(&mut made, &key, value);
                }
            }
        }
        let nonempty = made.items.iter().any(|&item| !self.types[item].kinds.may_be(Kinds::ANY_NIL));
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

    fn keep(&mut self, expr: ExprId, mut site: Site, changed: bool) {
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

    fn put(&mut self, site: &mut Site, key: &Key, value: TypeId) {
        if self.types[value].kinds.has(Kinds::ANY_NIL) {
            site.shrinks = true;
        }
        // A nil is not put anywhere.
        let value = self.types.map(value, |of| of.without(Kinds::ANY_NIL));
        match key {
            Key::Name(name) => {
                let before = site.fields.get(name).copied().unwrap_or(Types::NEVER);
                let joined = self.types.join(before, value);
                site.fields.insert(name.clone(), joined);
            }
            Key::Number(_) | Key::AnyNumber => site.element = self.types.join(site.element, value),
            Key::AnyText => site.other = self.types.join(site.other, value),
            Key::Unknown => {
                site.element = self.types.join(site.element, value);
                site.other = self.types.join(site.other, value);
            }
        }
    }

    /// Evaluates a key.
    fn key(&mut self, expr: ExprId) -> Key {
        let id = self.eval(expr);
        match self.script.constant(expr) {
            Some(Constant::String(name)) => return Key::Name(name.into_owned()),
            Some(Constant::Number(number)) if number.fract() == 0.0 && number.abs() < 1e15 => {
                return Key::Number(number as i64);
            }
            _ => {}
        }
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
        if let Some(local) = self.script.scopes.local_of(self.script.tree().unparen(base)) {
            match place {
                Some(place) if !self.is_shared(local) => {
                    let slot = self.place(local, place);
                    let held = Held { id: value, activation: self.activation() };
                    self.state.set(slot, held);
                }
                _ => {
                    for slot in self.places_of.get(&local).cloned().unwrap_or_default() {
                        self.state.set(slot, State::NOTHING);
                    }
                }
            }
            // `t[#t + 1] = x`
            if matches!(key, Key::Number(_) | Key::AnyNumber) && !self.types[value].kinds.may_be(Kinds::FALSY) {
                self.mark_nonempty(base);
            }
        }
        self.write(held, &key, value);
    }

    /// Puts a value into whichever tables `held` may be.
    fn write(&mut self, held: TypeId, key: &Key, value: TypeId) {
        let of = self.types[held].clone();
        let mut followed = of.is_known();
        for table in &of.tables {
            match table {
                TableType::Built(expr) => {
                    let Some(mut site) = self.sites.remove(expr) else { continue };
                    let before = (site.element, site.other, site.fields.clone(), site.shrinks);
                    self.put(&mut site, key, value);
                    let changed = before != (site.element, site.other, site.fields.clone(), site.shrinks);
                    self.keep(*expr, site, changed);
                }
                _ => followed = false,
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

    /// Something takes elements out of the tables.
    pub(super) fn shrink(&mut self, held: TypeId) {
        for table in self.types[held].tables.clone() {
            if let TableType::Built(expr) = table
                && let Some(site) = self.sites.get_mut(&expr)
                && !site.shrinks
            {
                site.shrinks = true;
                let asked = site.asked;
                self.changed(asked);
            }
        }
    }

    /// The value goes where it is not followed: what is in it may change, and functions may be called.
    pub(super) fn escape(&mut self, value: TypeId) {
        let of = &self.types[value];
        if let Some(function) = of.function {
            self.functions[function.index()].escaped = true;
        }
        if of.tables.is_empty() {
            return;
        }
        for table in of.tables.clone() {
            let TableType::Built(expr) = table else { continue };
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
        let local = script.scopes.local_of(tree.unparen(base))?;
        (!self.is_shared(local)).then_some((local, key))
    }

    /// `base.name` or `base[key]`, read.
    pub(super) fn index(&mut self, expr: ExprId) -> TypeId {
        let script = self.script;
        let (base, key) = match &script.tree()[expr].kind {
            ExprKind::Field { base, name } => (*base, Key::Name(name.text(&script.source).to_vec())),
            ExprKind::Index { base, key } => {
                let key = self.key(*key);
                (*base, key)
            }
            _ => return Types::ANY,
        };
        let held = self.eval(base);
        if let Some(place) = self.place_of(expr)
            && let Some(&slot) = self.places.get(&place)
        {
            let known = self.state.get(slot);
            if known != State::NOTHING && known.activation == self.activation() {
                return known.id;
            }
        }
        if script.is_keys(base) || script.is_argv(base) {
            return self.argument(script.is_keys(base), &key);
        }
        match self.script.api(expr) {
            Some(path @ ApiPath::Member(..)) if self.script.api(base).is_some() => return self.api_value(path),
            _ => {}
        }
        self.read_key(held, &key)
    }

    fn argument(&mut self, is_key: bool, key: &Key) -> TypeId {
        let index = match key {
            Key::Number(number) => u32::try_from(*number).ok(),
            _ => None,
        };
        let source = if is_key { Source::Key(index) } else { Source::Argument(index) };
        match key {
            Key::Name(_) => Types::NIL,
            _ => self.types.add(Type::of(Kinds::STRING | Kinds::ABSENT).from(source)),
        }
    }

    fn read_key(&mut self, held: TypeId, key: &Key) -> TypeId {
        let of = self.types[held].clone();
        let mut all = if of.is_known() { Types::NEVER } else { Types::ANY };
        if of.kinds.has(Kinds::STRING) {
            // Methods of strings by their name; anything else is nil.
            let found = match key {
                Key::Name(name) if commands::api::member("string", &String::from_utf8_lossy(name)).is_some() => {
                    self.types.add(Type::of(Kinds::FUNCTION))
                }
                Key::Name(_) | Key::Number(_) | Key::AnyNumber => Types::NIL,
                _ => Types::ANY,
            };
            all = self.types.join(all, found);
        }
        if of.kinds.has(Kinds::OTHER) {
            all = self.types.join(all, Types::ANY);
        }
        for table in &of.tables {
            let found = self.read_table(table, key, of.nonempty);
            all = self.types.join(all, found);
        }
        all
    }

    fn read_table(&mut self, table: &TableType, key: &Key, nonempty: bool) -> TypeId {
        let text = Type::of(Kinds::STRING);
        match (table, key) {
            (TableType::Status(told), Key::Name(name)) if name == b"ok" => match told {
                Some(told) => self.types.add(Type::constant(told.as_bytes())),
                None => self.types.add(text),
            },
            (TableType::Error, Key::Name(name)) if name == b"err" => self.types.add(text),
            (TableType::Error, Key::Name(name)) if name == b"ignore_error_stats_update" => Types::ANY,
            (TableType::Double, Key::Name(name)) if name == b"double" => self.types.add(Type::number(Number::ANY)),
            (TableType::Map(pair), Key::Name(name)) if name == b"map" => {
                self.types.add(Type::table(TableType::Entries(*pair)))
            }
            (TableType::Set(member), Key::Name(name)) if name == b"set" => {
                let present = self.types.add(Type::of(Kinds::TRUE));
                self.types.add(Type::table(TableType::Entries([*member, present])))
            }
            (TableType::Extended | TableType::Unknown, _) => Types::ANY,
            (
                TableType::Status(_) | TableType::Error | TableType::Double | TableType::Map(_) | TableType::Set(_),
                _,
            ) => match key {
                Key::AnyText | Key::Unknown => Types::ANY,
                _ => Types::NIL,
            },
            (TableType::Entries([_, value]), Key::Name(_) | Key::AnyText | Key::Unknown) => {
                let value = *value;
                self.types.map(value, |of| of.or(Kinds::ABSENT))
            }
            (TableType::Entries(_), _) => Types::ANY,
            (TableType::Keys, key) => self.argument(true, key),
            (TableType::Argv, key) => self.argument(false, key),
            (TableType::Decoded, _) => self.types.add(Type::of(Kinds::UNKNOWN).from(Source::Decoded)),
            (TableType::List(list), key) => {
                let list = list.clone();
                self.read_list(&list, key, nonempty)
            }
            (TableType::Built(expr), key) => self.read_site(*expr, key),
        }
    }

    fn read_list(&mut self, list: &List, key: &Key, nonempty: bool) -> TypeId {
        match key {
            Key::Name(_) => Types::NIL,
            Key::Number(number) => {
                let at = usize::try_from(*number - 1).unwrap_or(usize::MAX);
                if let Some(items) = &list.items {
                    return items.get(at).copied().unwrap_or(Types::NIL);
                }
                let element = match list.pairs {
                    Some(pairs) => pairs[at % 2],
                    None => list.element,
                };
                let sure = match list.length {
                    Some(length) => at < length as usize,
                    None => nonempty && at <= usize::from(list.pairs.is_some()),
                };
                if sure { element } else { self.types.map(element, |of| of.or(Kinds::ABSENT)) }
            }
            Key::AnyNumber => self.types.map(list.element, |of| of.or(Kinds::ABSENT)),
            Key::AnyText | Key::Unknown => self.types.map(list.element, |of| of.or(Kinds::ABSENT)),
        }
    }

    fn read_site(&mut self, expr: ExprId, key: &Key) -> TypeId {
        let Some(site) = self.sites.get_mut(&expr) else { return Types::ANY };
        site.asked = true;
        if site.escaped {
            return Types::ANY;
        }
        let site = site.clone();
        let absent = self.types.add(Type::of(Kinds::ABSENT));
        match key {
            Key::Name(name) => {
                let known = site.fields.get(name).copied().unwrap_or(Types::NEVER);
                let found = self.types.join(known, site.other);
                if site.listed.contains(name) && !site.shrinks { found } else { self.types.join(found, absent) }
            }
            Key::Number(number) => {
                let at = usize::try_from(*number - 1).unwrap_or(usize::MAX);
                let item = site.items.get(at).copied().unwrap_or(Types::NEVER);
                if item != Types::NEVER && site.is_fixed() {
                    return item;
                }
                let found = self.types.join(item, site.element);
                let found = self.types.join(found, site.rest.unwrap_or(Types::NEVER));
                self.types.join(found, absent)
            }
            Key::AnyNumber | Key::AnyText | Key::Unknown => {
                let mut all = self.elements(&site);
                if !matches!(key, Key::AnyNumber) {
                    all = self.types.join(all, site.other);
                    for value in site.fields.values() {
                        all = self.types.join(all, *value);
                    }
                }
                self.types.join(all, absent)
            }
        }
    }

    /// What is at the numbers of a built table.
    fn elements(&mut self, site: &Site) -> TypeId {
        let mut all = self.types.join(site.element, site.rest.unwrap_or(Types::NEVER));
        for item in &site.items {
            all = self.types.join(all, *item);
        }
        all
    }

    /// What is in a table at its numbers, `nil` aside, and what is in it at all.
    fn contents(&mut self, held: TypeId) -> [TypeId; 2] {
        let of = self.types[held].clone();
        let (mut numbered, mut named) =
            if of.is_known() { (Types::NEVER, Types::NEVER) } else { (Types::ANY, Types::ANY) };
        for table in &of.tables {
            let [a, b] = match table {
                TableType::List(list) => [list.element, Types::NEVER],
                TableType::Keys => [self.argument(true, &Key::AnyNumber), Types::NEVER],
                TableType::Argv => [self.argument(false, &Key::AnyNumber), Types::NEVER],
                TableType::Entries([_, value]) => [Types::NEVER, *value],
                TableType::Built(expr) => match self.sites.get_mut(expr) {
                    Some(site) if !site.escaped => {
                        site.asked = true;
                        let site = site.clone();
                        let numbered = self.elements(&site);
                        let named = site.fields.values().fold(site.other, |all, &value| self.types.join(all, value));
                        [numbered, named]
                    }
                    _ => [Types::ANY, Types::ANY],
                },
                TableType::Decoded => {
                    let any = self.types.add(Type::of(Kinds::UNKNOWN).from(Source::Decoded));
                    [any, any]
                }
                _ => [Types::ANY, Types::ANY],
            };
            numbered = self.types.join(numbered, a);
            named = self.types.join(named, b);
        }
        [numbered, named].map(|id| self.types.map(id, |of| of.without(Kinds::ANY_NIL)))
    }

    /// What `ipairs` gives as values, or `unpack`.
    pub(super) fn numbered(&mut self, held: TypeId) -> TypeId {
        self.contents(held)[0]
    }

    /// The values that `unpack` gives, one by one where they are known.
    pub(super) fn unpacked(&mut self, held: TypeId) -> Values {
        let of = self.types[held].clone();
        if of.is(Kinds::TABLE) {
            match of.the_table() {
                Some(TableType::List(list)) => {
                    if let Some(items) = &list.items {
                        return Values { list: items.to_vec(), rest: None };
                    }
                    if let Some(length) = list.length {
                        return Values { list: vec![list.element; length as usize], rest: None };
                    }
                }
                Some(TableType::Built(expr)) => {
                    if let Some(site) = self.sites.get_mut(expr) {
                        site.asked = true;
                        if site.is_fixed() {
                            return Values { list: site.items.clone(), rest: None };
                        }
                    }
                }
                _ => {}
            }
        }
        let each = self.numbered(held);
        Values { list: Vec::new(), rest: Some(each) }
    }

    /// The variables of `for … in values`.
    pub(super) fn iterated(&mut self, values: &[ExprId], count: usize) -> Vec<TypeId> {
        let script = self.script;
        if let [single] = values
            && let ExprKind::Call(call) = &script.tree()[*single].kind
            && let [table] = *call.args
        {
            match script.api(call.callee) {
                Some(ApiPath::Global("ipairs")) => {
                    let held = self.eval(table);
                    self.eval_multi(*single);
                    let index = self.types.add(Type::number(Number::INTEGER));
                    let value = self.numbered(held);
                    return [index, value].into_iter().chain(std::iter::repeat(Types::NIL)).take(count).collect();
                }
                Some(ApiPath::Global("pairs")) => {
                    let held = self.eval(table);
                    self.eval_multi(*single);
                    let pair = self.pairs(held);
                    return pair.into_iter().chain(std::iter::repeat(Types::NIL)).take(count).collect();
                }
                _ => {}
            }
        }
        self.eval_list(values);
        // The first variable is never nil: that ends the loop.
        vec![Types::ANY; count]
    }

    /// Key and value as `pairs` and `next` give them.
    pub(super) fn pairs(&mut self, held: TypeId) -> [TypeId; 2] {
        let [numbered, named] = self.contents(held);
        let of = self.types[held].clone();
        let mut key = Types::NEVER;
        if numbered != Types::NEVER {
            key = self.types.add(Type::number(Number::INTEGER));
        }
        if named != Types::NEVER {
            let text = match of.the_table() {
                Some(TableType::Entries([key, _])) => *key,
                Some(TableType::Built(_)) => self.types.add(Type::of(Kinds::STRING)),
                _ => Types::ANY,
            };
            key = self.types.join(key, text);
        }
        if !of.is_known() || of.tables.contains(&TableType::Unknown) || of.tables.contains(&TableType::Decoded) {
            key = Types::ANY;
        }
        let value = self.types.join(numbered, named);
        [key, value]
    }

    /// The table surely has an element from here on.
    pub(super) fn mark_nonempty(&mut self, expr: ExprId) {
        self.refine(expr, |of| Type { nonempty: of.kinds.has(Kinds::TABLE), ..of });
    }
}
