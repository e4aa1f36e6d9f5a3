//! Elements and fields of tables, read: one, all in turn, or unpacked.

use syntax::{ExprId, ExprKind};

use super::{
    interpreter::{Interpreter, Values},
    kinds::Kinds,
    site::{Key, PlaceKey, Site},
    state::State,
    types::{List, Number, Source, TableType, Type, TypeId, Types},
};
use crate::{ApiPath, LocalId};

impl Interpreter<'_> {
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
        if let Some(known) = self.place_of(expr).and_then(|place| self.at_place(&place)) {
            return known;
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

    /// The type of an element of a local, if something was stored in it before.
    fn at_place(&self, place: &(LocalId, PlaceKey)) -> Option<TypeId> {
        let known = self.state.get(*self.places.get(place)?);
        (known != State::NOTHING && known.activation == self.activation()).then_some(known.id)
    }

    /// The method `name` of `base`, whose value is `held`.
    pub(super) fn method(&mut self, base: ExprId, held: TypeId, name: &[u8]) -> TypeId {
        let place = self.place_in(base, PlaceKey::Name(name.to_vec()));
        match place.and_then(|place| self.at_place(&place)) {
            Some(known) => known,
            None => self.read_key(held, &Key::Name(name.to_vec())),
        }
    }

    fn argument(&mut self, is_key: bool, key: &Key) -> TypeId {
        let index = match key {
            Key::Number(number) => u32::try_from(*number).ok(),
            _ => None,
        };
        let put = self.put_into_arguments(is_key);
        // What is taken out moves the others.
        let index = index.filter(|_| !put.is_some_and(|put| put.moves));
        let source = if is_key { Source::Key(index) } else { Source::Argument(index) };
        match key {
            Key::Name(_) if put.is_some_and(|put| put.named) => Types::ANY,
            Key::Name(_) => Types::NIL,
            Key::AnyText if !put.is_some_and(|put| put.named) => Types::NIL,
            _ => {
                let given = self.types.add(Type::of(Kinds::STRING | Kinds::ABSENT).from(source));
                put.map_or(given, |put| self.types.join(given, put.element))
            }
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
            let mut found = self.read_table(table, key, of.nonempty);
            if let TableType::Map(_) | TableType::Set(_) = table {
                // What is put into it is put into the reply.
                found = self.types.map(found, |found| found.from(of.source));
            }
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
            (TableType::Built(expr) | TableType::Altered(expr), key) => self.read_site(*expr, key),
        }
    }

    fn read_list(&mut self, list: &List, key: &Key, nonempty: bool) -> TypeId {
        match key {
            Key::Name(_) | Key::AnyText => Types::NIL,
            Key::Number(..=0) => Types::NIL,
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
                if sure {
                    element
                } else if list.may_be_empty {
                    self.types.map(element, |of| of.or_missing(Kinds::NIL, list.call))
                } else {
                    self.types.map(element, |of| of.or(Kinds::ABSENT))
                }
            }
            Key::AnyNumber | Key::Unknown => self.types.map(list.element, |of| of.or(Kinds::ABSENT)),
        }
    }

    fn read_site(&mut self, expr: ExprId, key: &Key) -> TypeId {
        let Some(site) = self.sites.get_mut(&expr) else { return Types::ANY };
        site.asked = true;
        if site.escaped {
            return Types::ANY;
        }
        let absent = self.types.add(Type::of(Kinds::ABSENT));
        let Some(site) = self.sites.get(&expr) else { return Types::ANY };
        let types = &mut self.types;
        match key {
            Key::Name(name) => {
                let known = site.fields.get(name).copied().unwrap_or(Types::NEVER);
                let found = types.join(known, site.other);
                if site.listed.contains(name) && !site.shrinks { found } else { types.join(found, absent) }
            }
            Key::Number(number) => {
                let at = usize::try_from(*number - 1).unwrap_or(usize::MAX);
                let item = site.items.get(at).copied().unwrap_or(Types::NEVER);
                if item != Types::NEVER && site.is_fixed() {
                    return item;
                }
                let found = types.join(item, site.element);
                let found = types.join(found, site.rest.unwrap_or(Types::NEVER));
                types.join(found, absent)
            }
            Key::AnyNumber => {
                let all = elements(types, site);
                types.join(all, absent)
            }
            Key::AnyText | Key::Unknown => {
                let (numbered, named) = (elements(types, site), fields(types, site));
                let all = types.join(numbered, named);
                types.join(all, absent)
            }
        }
    }

    /// Returns the types of a table's values at numbers and at other keys, without `nil`.
    fn contents(&mut self, held: TypeId) -> [TypeId; 2] {
        let of = self.types[held].clone();
        let (mut numbered, mut named) =
            if of.is_known() { (Types::NEVER, Types::NEVER) } else { (Types::ANY, Types::ANY) };
        for table in &of.tables {
            let [a, b] = match table {
                TableType::List(list) => [list.element, Types::NEVER],
                TableType::Keys | TableType::Argv => {
                    let is_keys = *table == TableType::Keys;
                    let named = self.put_into_arguments(is_keys).is_some_and(|put| put.named);
                    [self.argument(is_keys, &Key::AnyNumber), if named { Types::ANY } else { Types::NEVER }]
                }
                TableType::Entries([_, value]) => [Types::NEVER, *value],
                TableType::Built(expr) | TableType::Altered(expr) => match self.sites.get_mut(expr) {
                    Some(site) if !site.escaped => {
                        site.asked = true;
                        [elements(&mut self.types, site), fields(&mut self.types, site)]
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

    /// Returns the type of the values that `ipairs` or `unpack` gives.
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
        if let [single] = values
            && let Some(pattern) = self.gmatch_pattern(*single)
        {
            let pattern = self.eval(pattern);
            self.eval_multi(*single);
            let variables = self.matched(pattern);
            return (0..count).map(|at| variables.get(at)).collect();
        }
        self.eval_list(values);
        // The first variable is never nil: that ends the loop.
        vec![Types::ANY; count]
    }

    /// The pattern of a call of `string.gmatch`, also as a method of a string.
    fn gmatch_pattern(&mut self, call: ExprId) -> Option<ExprId> {
        let script = self.script;
        match &script.tree()[call].kind {
            ExprKind::Call(call) => match (script.api(call.callee)?, &*call.args) {
                (ApiPath::Member("string", "gmatch" | "gfind"), &[_, pattern]) => Some(pattern),
                _ => None,
            },
            ExprKind::MethodCall(call) => match (call.name.as_str(&script.source), &*call.args) {
                ("gmatch" | "gfind", &[pattern]) => {
                    let base = self.eval(call.base);
                    self.types[base].is(Kinds::STRING | Kinds::ABSENT | Kinds::FALSE | Kinds::NIL).then_some(pattern)
                }
                _ => None,
            },
            _ => None,
        }
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
                Some(TableType::Built(_) | TableType::Altered(_)) => self.types.add(Type::of(Kinds::STRING)),
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
}

/// The values at the numbers of a built table.
fn elements(types: &mut Types, site: &Site) -> TypeId {
    let behind = types.join(site.element, site.rest.unwrap_or(Types::NEVER));
    site.items.iter().fold(behind, |all, &item| types.join(all, item))
}

/// The values at its other keys.
fn fields(types: &mut Types, site: &Site) -> TypeId {
    site.fields.values().fold(site.other, |all, &value| types.join(all, value))
}
