//! Tables that the script changes though no constructor of its makes them: replies, KEYS and ARGV.
//!
//! The values that are put into them are kept by their origin, without regard to time, as for the tables of a constructor.

use std::sync::Arc;

use syntax::ExprId;

use super::{
    effects::{Alteration, Origin},
    interpreter::Interpreter,
    kinds::Kinds,
    site::{Key, Site},
    types::{List, Source, TableType, Type, TypeId, Types},
};

impl Interpreter<'_> {
    /// Puts a value into a table that the script did not construct, a part of `held`. False if the value is not followed there.
    pub(super) fn alter(&mut self, held: &Type, table: &TableType, key: &Key, value: TypeId) -> bool {
        let Some(origin) = Origin::of(held, table) else { return false };
        let of = &self.types[value];
        if let (TableType::Error, Key::Name(name)) = (table, key)
            && name == b"err"
            && of.is(Kinds::STRING)
        {
            return true;
        }
        let numbered = matches!(key, Key::Number(_) | Key::AnyNumber | Key::Unknown);
        let mut change = Alteration::NONE;
        change.shrinks = of.kinds.may_be(Kinds::ANY_NIL);
        change.named = !matches!(key, Key::Number(_) | Key::AnyNumber);
        change.others = !matches!(table, TableType::List(_) | TableType::Keys | TableType::Argv);
        let plain = of.is_known() && of.tables.is_empty() && of.function.is_none();
        if numbered {
            let kept = if plain { self.types.map(value, |of| of.without(Kinds::ANY_NIL)) } else { Types::ANY };
            change.element = kept;
        }
        self.note_alteration(origin, change);
        if !plain {
            self.spoil(value);
        }
        // What is at names is kept with the reply once it is known to have some.
        plain
    }

    /// Elements of a table of another's making change places, and are taken out if it `shrinks`.
    pub(super) fn alter_order(&mut self, held: &Type, table: &TableType, shrinks: bool) {
        if let Some(origin) = Origin::of(held, table) {
            self.note_alteration(origin, Alteration { moves: true, shrinks, ..Alteration::NONE });
        }
    }

    /// The tables go where changes to them are not seen.
    pub(super) fn spoil(&mut self, value: TypeId) {
        let of = self.types[value].clone();
        for table in &of.tables {
            if let Some(origin) = Origin::of(&of, table) {
                let all = Alteration { element: Types::ANY, moves: true, shrinks: true, named: true, others: true };
                self.note_alteration(origin, all);
            }
        }
    }

    fn note_alteration(&mut self, origin: Origin, change: Alteration) {
        let known = self.altered.get(&origin).copied();
        let before = known.unwrap_or(Alteration::NONE);
        let mut element = self.types.join(before.element, change.element);
        if element != before.element && self.is_late() {
            element = Types::ANY;
        }
        let all = Alteration {
            element,
            moves: before.moves || change.moves,
            shrinks: before.shrinks || change.shrinks,
            named: before.named || change.named,
            others: before.others || change.others,
        };
        if known == Some(all) {
            return;
        }
        self.altered.insert(origin, all);
        // What the tables were taken for until now is in what functions share.
        self.anew |= known.is_none_or(|known| known.named != all.named || known.others != all.others);
        self.changed(true);
    }

    /// The reply to a call as the script makes it in the end.
    pub(super) fn as_altered(&mut self, reply: TypeId, call: ExprId) -> TypeId {
        let other = self.altered.get(&Origin::Other).is_some_and(|other| other.others);
        let mut alteration = match self.altered.get(&Origin::Reply(call)) {
            Some(alteration) => *alteration,
            None if other => Alteration::NONE,
            None => return reply,
        };
        alteration.others |= other;
        self.altered_type(reply, call, &alteration, true)
    }

    /// The reply of a protected call, which may be an error: all may.
    pub(super) fn or_error(&mut self, reply: TypeId, call: ExprId) -> TypeId {
        let error = self.types.add(Type::table(TableType::Error).from(Source::Reply(call)));
        let error = self.as_altered(error, call);
        self.types.join(reply, error)
    }

    /// `redis.status_reply` and `redis.error_reply`
    pub(super) fn made_reply(&mut self, of: Type) -> Type {
        let altered = self.altered.get(&Origin::Other).is_some_and(|other| other.others);
        if altered { Type::of(Kinds::TABLE) } else { of }
    }

    fn altered_type(&mut self, id: TypeId, call: ExprId, by: &Alteration, outermost: bool) -> TypeId {
        let mut of = self.types[id].clone();
        if of.tables.is_empty() {
            return id;
        }
        for table in &mut of.tables {
            *table = match &*table {
                TableType::List(list) if by.named => {
                    if outermost && by.element != Types::ANY {
                        self.altered_list(call, list, by)
                    } else {
                        TableType::Unknown
                    }
                }
                TableType::List(list) => {
                    let element = self.altered_type(list.element, call, by, false);
                    let element = self.types.join(element, by.element);
                    let changed = by.moves || by.shrinks || by.element != Types::NEVER;
                    let mut inside = |id| self.altered_type(id, call, by, false);
                    let list = List {
                        element,
                        items: list
                            .items
                            .as_ref()
                            .filter(|_| !changed)
                            .map(|all| all.iter().map(|&id| inside(id)).collect()),
                        pairs: list.pairs.filter(|_| !changed).map(|pair| pair.map(&mut inside)),
                        length: list.length.filter(|_| !changed),
                        may_be_empty: list.may_be_empty && !changed,
                        ..**list
                    };
                    TableType::List(Arc::new(list))
                }
                _ if by.others => TableType::Unknown,
                TableType::Map(pair) => TableType::Map(pair.map(|id| self.altered_type(id, call, by, false))),
                same => same.clone(),
            };
        }
        if of.tables.contains(&TableType::Unknown) {
            of.tables = vec![TableType::Unknown];
        }
        of.nonempty &= !by.shrinks;
        self.types.add(of)
    }

    /// A list that is given names.
    fn altered_list(&mut self, call: ExprId, list: &List, by: &Alteration) -> TableType {
        let element = self.altered_type(list.element, call, by, false);
        let element = self.types.join(element, by.element);
        let mut site = self.sites.remove(&call).unwrap_or_else(Site::new);
        let joined = self.types.join(site.element, element);
        let changed = joined != site.element || (by.shrinks && !site.shrinks);
        site.element = joined;
        site.shrinks |= by.shrinks;
        self.keep(call, site, changed);
        TableType::Altered(call)
    }

    /// The changes that the script makes to KEYS or ARGV.
    pub(super) fn put_into_arguments(&self, is_keys: bool) -> Option<Alteration> {
        self.altered.get(if is_keys { &Origin::Keys } else { &Origin::Argv }).copied()
    }
}
