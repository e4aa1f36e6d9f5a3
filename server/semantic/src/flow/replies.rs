//! Types of command replies in Lua: the table's shapes, refined by what the call itself shows.

use std::sync::Arc;

use commands::{
    bind::{Binding, Role},
    reply::{ReplyCase, Shape},
};
use syntax::ExprId;

use super::{
    kinds::Kinds,
    types::{List, Number, Real, Source, TableType, Text, Type, TypeId, Types, Whole},
};

/// The protocol that the script has asked for with `redis.setresp`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Resp {
    /// RESP2, which every script begins with.
    Two,
    /// RESP3.
    Three,
    /// Either protocol.
    Either,
}

/// A call whose reply is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub call: ExprId,
    pub binding: &'a Binding,
    pub cases: &'a [&'static ReplyCase],
    /// True if the number of words is known.
    pub closed: bool,
    pub bounds: Bounds,
}

/// Limits of a call that asks for a range.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// True if it says how much at most.
    pub limited: bool,
    /// True if it may ask for nothing: `COUNT 0`.
    pub may_be_none: bool,
}

/// The type of the reply to a call, errors aside: `redis.call` raises them.
pub(super) fn reply(types: &mut Types, asked: Asked<'_>, resp: Resp) -> TypeId {
    let mut all = Types::NEVER;
    // Where it is open which form the reply has nothing is said to be missing, unless it may be so in each.
    let is_nullable = |case: &ReplyCase| case.resp2.alternatives().contains(&Shape::Nil);
    let is_sure = asked.cases.len() < 2 || asked.cases.iter().all(|case| is_nullable(case));
    for case in asked.cases {
        let mut forms = Vec::new();
        if resp != Resp::Three {
            forms.push(shape(types, asked, case.resp2, Some(case.resp3)));
        }
        if resp != Resp::Two {
            forms.push(shape_in_resp3(types, asked, case.resp3));
        }
        for form in forms {
            let form = if is_sure { form } else { without_missing(types, form) };
            all = types.join(all, form);
        }
    }
    if asked.binding.spec.is_some_and(|spec| spec.name.starts_with("XINFO")) {
        // Which of its values may be null depends on their place.
        all = without_missing(types, all);
    }
    if asked.cases.is_empty() {
        all = Types::ANY;
    }
    if is_empty_rather_than_null(asked) {
        let sure = asked.closed && !asked.bounds.may_be_none;
        all = types
            .map(all, |of| if sure { of.without(Kinds::FALSE | Kinds::NIL) } else { Type { missing: None, ..of } });
    }
    let time = asked.binding.spec.is_some_and(|spec| spec.name == "TIME");
    if time {
        all = time_reply(types, asked);
    }
    let spec = asked.binding.spec;
    types.map(all, |mut of| {
        for table in &mut of.tables {
            let TableType::List(list) = table else { continue };
            let mut known = List::clone(list);
            known.may_be_empty = known.length.is_none() && spec.is_some_and(|spec| may_be_empty(spec.name));
            of.nonempty |= spec.is_some_and(|spec| is_null_rather_than_empty(spec.name));
            *table = TableType::List(known.into());
        }
        of.from(Source::Reply(asked.call))
    })
}

/// Returns the type without its marks of missing values.
fn without_missing(types: &mut Types, id: TypeId) -> TypeId {
    let mut of = types[id].clone();
    of.missing = None;
    for table in &mut of.tables {
        let TableType::List(list) = table else { continue };
        let mut known = List::clone(list);
        known.element = without_missing(types, known.element);
        for item in known.items.iter_mut().flatten().chain(known.pairs.iter_mut().flatten()) {
            *item = without_missing(types, *item);
        }
        *table = TableType::List(known.into());
    }
    types.add(of)
}

/// True if a command replies with an empty list if there is no data.
fn may_be_empty(name: &str) -> bool {
    matches!(
        name,
        "LRANGE"
            | "ZRANGE"
            | "ZREVRANGE"
            | "ZRANGEBYSCORE"
            | "ZREVRANGEBYSCORE"
            | "ZRANGEBYLEX"
            | "ZREVRANGEBYLEX"
            | "ZPOPMIN"
            | "ZPOPMAX"
            | "ZRANDMEMBER"
            | "ZUNION"
            | "ZINTER"
            | "ZDIFF"
            | "SPOP"
            | "SRANDMEMBER"
            | "SMEMBERS"
            | "SUNION"
            | "SINTER"
            | "SDIFF"
            | "HKEYS"
            | "HVALS"
            | "HGETALL"
            | "HRANDFIELD"
            | "KEYS"
            | "SORT"
            | "SORT_RO"
            | "XRANGE"
            | "XREVRANGE"
            | "GEOSEARCH"
            | "GEORADIUS"
            | "GEORADIUS_RO"
            | "GEORADIUSBYMEMBER"
            | "GEORADIUSBYMEMBER_RO"
    )
}

/// True if a command replies with null if there is no data: its lists have elements.
fn is_null_rather_than_empty(name: &str) -> bool {
    matches!(
        name,
        "XREAD" | "XREADGROUP" | "LMPOP" | "ZMPOP" | "BLMPOP" | "BZMPOP" | "BLPOP" | "BRPOP" | "BZPOPMIN" | "BZPOPMAX"
    )
}

/// Some ranges are null for `COUNT 0` only; without data they are empty lists.
fn is_empty_rather_than_null(asked: Asked<'_>) -> bool {
    asked.binding.spec.is_some_and(|spec| matches!(spec.name, "XRANGE" | "XREVRANGE"))
}

/// Seconds since 1970 and microseconds, both as text: many scripts compute a time from them.
fn time_reply(types: &mut Types, asked: Asked<'_>) -> TypeId {
    let mut digits = |size: f64| {
        let number = Number { constant: None, whole: Whole::Yes, size: Real(size) };
        let text = Text { constant: None, number: Some(number) };
        types.add(Type { text, ..Type::of(Kinds::STRING) }.from(Source::Reply(asked.call)))
    };
    let items = [digits(1.7e9), digits(0.0)];
    let element = types.join(items[0], items[1]);
    let list = List {
        element,
        items: Some(items.into()),
        pairs: None,
        length: Some(2),
        unbounded: false,
        may_be_empty: false,
        call: asked.call,
    };
    types.add(Type { nonempty: true, ..Type::table(TableType::List(Arc::new(list))) })
}

/// `three` is the shape in RESP3 in place of `two`, if both have the same structure: it distinguishes numbers from texts.
fn shape(types: &mut Types, asked: Asked<'_>, two: Shape, three: Option<Shape>) -> TypeId {
    let reply = Source::Reply(asked.call);
    let of = match two {
        Shape::Ok => Type::table(TableType::Status(Some("OK"))),
        Shape::Status => Type::table(TableType::Status(None)),
        Shape::Int => Type::number(Number::INTEGER),
        Shape::IntIs(value) => Type::number(Number::of(value as f64)),
        Shape::Bulk => {
            let number = matches!(three, Some(Shape::Double)).then_some(Number::ANY);
            Type { text: Text { constant: None, number }, ..Type::of(Kinds::STRING) }
        }
        Shape::Nil => Type::of(Kinds::NONE).or_missing(Kinds::FALSE, asked.call),
        Shape::Double | Shape::Bool | Shape::Verbatim | Shape::Map(_) | Shape::Set(_) | Shape::Any => {
            Type::of(Kinds::UNKNOWN)
        }
        Shape::Array(element) => {
            let below = match three {
                Some(Shape::Array(below) | Shape::Set(below)) => Some(*below),
                _ => None,
            };
            let element = shape(types, asked, *element, below);
            return list(types, asked, element, None, None);
        }
        Shape::Tuple(items) => {
            let below = match three {
                Some(Shape::Tuple(below)) if below.len() == items.len() => below,
                _ => &[],
            };
            let items: Vec<TypeId> =
                items.iter().enumerate().map(|(at, &item)| shape(types, asked, item, below.get(at).copied())).collect();
            let element = items.iter().fold(Types::NEVER, |all, &item| types.join(all, item));
            return list(types, asked, element, Some(items.into()), None);
        }
        Shape::Flat([key, value]) => {
            let (key3, value3) = match three {
                Some(Shape::Map([key, value])) => (Some(*key), Some(*value)),
                Some(Shape::Array(Shape::Tuple([key, value]))) => (Some(*key), Some(*value)),
                _ => (None, None),
            };
            let pairs = [shape(types, asked, *key, key3), shape(types, asked, *value, value3)];
            let element = types.join(pairs[0], pairs[1]);
            return list(types, asked, element, None, Some(pairs));
        }
        Shape::OneOf(shapes) => {
            let below = three.as_ref().map(Shape::alternatives).filter(|below| below.len() == shapes.len());
            return shapes.iter().enumerate().fold(Types::NEVER, |all, (at, &one)| {
                let one = shape(types, asked, one, below.map(|below| below[at]));
                types.join(all, one)
            });
        }
    };
    types.add(of.from(reply))
}

fn list(
    types: &mut Types,
    asked: Asked<'_>,
    element: TypeId,
    items: Option<Box<[TypeId]>>,
    pairs: Option<[TypeId; 2]>,
) -> TypeId {
    let length = items.as_ref().map(|items| items.len() as u32).or_else(|| one_for_each(asked));
    let unbounded = length.is_none() && is_unbounded(asked);
    // RESP3's null is nil, and a list of nothing but nil is empty.
    let nonempty = length.is_some_and(|length| length > 0) && !types[element].kinds.may_be(Kinds::ANY_NIL);
    let list = List { element, items, pairs, length, unbounded, may_be_empty: false, call: asked.call };
    types.add(Type { nonempty, ..Type::table(TableType::List(Arc::new(list))).from(Source::Reply(asked.call)) })
}

/// After `redis.setresp(3)`: maps, sets and doubles are tables of their own, and missing values are `nil`.
fn shape_in_resp3(types: &mut Types, asked: Asked<'_>, three: Shape) -> TypeId {
    let of = match three {
        Shape::Nil => Type::of(Kinds::NONE).or_missing(Kinds::NIL, asked.call),
        Shape::Double => Type::table(TableType::Double),
        Shape::Bool => Type::of(Kinds::BOOLEAN),
        Shape::Verbatim => Type::table(TableType::Extended),
        Shape::Map([key, value]) => {
            let pair = [shape_in_resp3(types, asked, *key), shape_in_resp3(types, asked, *value)];
            Type::table(TableType::Map(pair))
        }
        Shape::Set(member) => Type::table(TableType::Set(shape_in_resp3(types, asked, *member))),
        Shape::Array(element) => {
            let element = shape_in_resp3(types, asked, *element);
            return list(types, asked, element, None, None);
        }
        Shape::Tuple(items) => {
            let items: Vec<TypeId> = items.iter().map(|&item| shape_in_resp3(types, asked, item)).collect();
            let element = items.iter().fold(Types::NEVER, |all, &item| types.join(all, item));
            return list(types, asked, element, Some(items.into()), None);
        }
        Shape::Flat([key, value]) => {
            let pairs = [shape_in_resp3(types, asked, *key), shape_in_resp3(types, asked, *value)];
            let element = types.join(pairs[0], pairs[1]);
            return list(types, asked, element, None, Some(pairs));
        }
        Shape::OneOf(shapes) => {
            return shapes.iter().fold(Types::NEVER, |all, &one| {
                let one = shape_in_resp3(types, asked, one);
                types.join(all, one)
            });
        }
        same => return shape(types, asked, same, None),
    };
    types.add(of.from(Source::Reply(asked.call)))
}

/// Number of elements of a reply that has one for each key, field or member asked for.
fn one_for_each(asked: Asked<'_>) -> Option<u32> {
    if !asked.closed {
        return None;
    }
    let role = match asked.binding.spec?.name {
        "MGET" => "key",
        "HMGET" => "field",
        "ZMSCORE" | "SMISMEMBER" | "GEOPOS" | "GEOHASH" => "member",
        _ => return None,
    };
    let count = asked.binding.roles.iter().filter(|given| match given {
        Role::Key(_) => role == "key",
        Role::Value(name) => *name == role,
        _ => false,
    });
    Some(count.count() as u32).filter(|&count| count > 0)
}

/// True if the reply holds all that is stored, however much that is.
fn is_unbounded(asked: Asked<'_>) -> bool {
    let Some(spec) = asked.binding.spec else { return false };
    match spec.name {
        "SMEMBERS" | "HGETALL" | "HKEYS" | "HVALS" | "KEYS" | "SUNION" | "SDIFF" | "ZUNION" | "ZDIFF" => true,
        "LRANGE" | "ZRANGE" | "ZREVRANGE" | "ZRANGEBYSCORE" | "ZREVRANGEBYSCORE" | "ZRANGEBYLEX" | "ZREVRANGEBYLEX"
        | "XRANGE" | "XREVRANGE" | "SORT" | "SORT_RO" | "SINTER" | "ZINTER" | "GEOSEARCH" | "GEORADIUS"
        | "GEORADIUS_RO" => !asked.bounds.limited,
        _ => false,
    }
}
