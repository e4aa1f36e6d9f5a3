//! Replies that a client receives from a script: Redis converts a Lua value by fixed rules, and some values lose data.
//!
//! The order of the tests is Redis's own: of a table it asks for `err`, `ok`, `double`, `map` and `set` in turn, and takes it
//! as a list if none of them is of the right kind.

use std::fmt;

use syntax::{ExprId, ExprKind, FunctionId, StmtId, TableField};

use super::{Flow, Kinds, Resp, Site, Source, TableType, Type, TypeId, Types, Whole};
use crate::Script;

/// Replies that a client receives, by its protocol.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Received {
    /// With RESP2.
    pub resp2: Reply,
    /// With RESP3.
    pub resp3: Reply,
    /// Data that the conversion loses.
    pub losses: Vec<String>,
}

/// A reply: one of these.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Reply(pub Vec<Item>);

/// A form of a reply.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Item {
    /// An integer, and which if that is known.
    Integer(Option<i64>),
    /// A bulk string, and its text if that is known.
    Text(Option<String>),
    /// A simple string.
    Status(Option<String>),
    /// An error, and its text if that is known.
    Error(Option<String>),
    /// Null.
    Nil,
    /// A boolean of RESP3.
    Bool(Option<bool>),
    /// A double of RESP3.
    Double,
    /// An array without elements.
    Empty,
    /// An array of any length.
    Array(Reply),
    /// An array of these elements.
    Tuple(Vec<Reply>),
    /// An array in which keys and values take turns.
    Flat(Reply, Reply),
    /// A map of RESP3.
    Map(Reply, Reply),
    /// A set of RESP3.
    Set(Reply),
    /// Unknown.
    Anything,
}

/// A conversion of a value for a client.
struct Conversion<'a> {
    flow: &'a Flow,
    script: &'a Script,
    /// The protocol that the script has asked for.
    resp: Resp,
    /// True if the client speaks RESP3.
    client_has_3: bool,
    losses: Vec<String>,
}

/// Greatest depth of nested tables that is followed.
const MAX_DEPTH: u32 = 4;

/// Most forms at one place that are listed.
const MOST_FORMS: usize = 6;

impl Flow {
    /// Returns the client's replies from a `return`. `None` if it is never reached, or if it is in a function of the script's
    /// own, which returns to no client.
    pub fn received(&self, script: &Script, stmt: StmtId) -> Option<Received> {
        let of = self.returns.get(&stmt).filter(|_| !self.gave_up)?;
        if !self.is_entry(script, of.function) {
            return None;
        }
        let mut losses = Vec::new();
        let first = of.values.first().copied().unwrap_or(Types::NIL);
        if of.values.len() > 1 {
            losses.push("only the first value arrives".to_owned());
        }
        let [resp2, resp3] = [false, true].map(|client_has_3| {
            let mut conversion =
                Conversion { flow: self, script, resp: of.resp, client_has_3, losses: std::mem::take(&mut losses) };
            let reply = conversion.reply(first, 0);
            losses = conversion.losses;
            reply
        });
        Some(Received { resp2, resp3, losses })
    }

    /// Returns the client's replies from the whole script, or from a function that it registers: from any `return`, and nil where
    /// it ends without one. Errors that are raised are not included.
    pub fn received_from(&self, script: &Script, function: FunctionId) -> Option<Received> {
        let results = self.results(function)?;
        let mut all = Received::default();
        let mut stmts: Vec<StmtId> =
            self.returns.iter().filter(|(_, of)| of.function == function).map(|(&stmt, _)| stmt).collect();
        stmts.sort_unstable_by_key(|stmt| stmt.index());
        for stmt in stmts {
            let one = self.received(script, stmt)?;
            one.resp2.0.into_iter().for_each(|item| all.resp2.add(item));
            one.resp3.0.into_iter().for_each(|item| all.resp3.add(item));
            for loss in one.losses {
                if !all.losses.contains(&loss) {
                    all.losses.push(loss);
                }
            }
        }
        if results.falls_through {
            all.resp2.add(Item::Nil);
            all.resp3.add(Item::Nil);
        }
        Some(all)
    }

    fn is_entry(&self, script: &Script, function: FunctionId) -> bool {
        match &script.library {
            Some(library) => library.is_callback(function),
            None => function == syntax::Tree::CHUNK && !script.is_definitions(),
        }
    }
}

impl<'a> Conversion<'a> {
    fn lose(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.losses.contains(&text) {
            self.losses.push(text);
        }
    }

    fn reply(&mut self, id: TypeId, depth: u32) -> Reply {
        let mut reply = Reply::default();
        if depth > MAX_DEPTH {
            reply.add(Item::Anything);
            return reply;
        }
        let flow: &'a Flow = self.flow;
        let of = flow.get(id);
        if of.kinds.has(Kinds::STRING) {
            reply.add(Item::Text(of.text.constant.as_deref().and_then(shown)));
        }
        if of.kinds.has(Kinds::NUMBER) {
            reply.add(self.integer(of));
        }
        // Redis converts by the protocol that the script asked for last, and a boolean of RESP3 by that of the client too.
        let three = self.resp != Resp::Two;
        let two = self.resp != Resp::Three;
        if of.kinds.has(Kinds::TRUE) {
            if three && self.client_has_3 {
                reply.add(Item::Bool(Some(true)));
            }
            if two || !self.client_has_3 {
                self.lose(if three { "with RESP2 `true` arrives as 1" } else { "`true` arrives as 1" });
                reply.add(Item::Integer(Some(1)));
            }
        }
        if of.kinds.has(Kinds::FALSE) {
            if three && self.client_has_3 {
                reply.add(Item::Bool(Some(false)));
            } else if three {
                self.lose("with RESP2 `false` arrives as 0");
                reply.add(Item::Integer(Some(0)));
            }
            if two {
                // A reply that is missing was nil before it was `false`.
                if of.missing.is_none() && !matches!(of.source, Source::Reply(_)) {
                    self.lose("`false` arrives as nil");
                }
                reply.add(Item::Nil);
            }
        }
        for table in &of.tables {
            self.table_reply(table, depth, &mut reply);
        }
        if of.kinds.has(Kinds::ANY_NIL | Kinds::FUNCTION | Kinds::OTHER) {
            if of.kinds.has(Kinds::FUNCTION) {
                self.lose("a function arrives as nil");
            }
            reply.add(Item::Nil);
        }
        if of.kinds.has(Kinds::UNKNOWN) {
            reply.add(Item::Anything);
        }
        reply
    }

    fn table_reply(&mut self, table: &TableType, depth: u32, reply: &mut Reply) {
        let has_3 = self.client_has_3;
        let item = match table {
            TableType::Status(text) => Item::Status(text.map(str::to_owned)),
            TableType::Error => Item::Error(None),
            TableType::Double if has_3 => Item::Double,
            TableType::Double => Item::Text(None),
            TableType::Keys | TableType::Argv => Item::Array(Reply(vec![Item::Text(None)])),
            TableType::List(list) => match (&list.items, list.pairs) {
                (Some(items), _) => self.tuple(items, depth),
                (None, Some(pair)) => {
                    let [key, value] = pair.map(|id| self.element_reply(id, depth));
                    Item::Flat(key, value)
                }
                (None, None) => Item::Array(self.element_reply(list.element, depth)),
            },
            TableType::Map(pair) => {
                let [key, value] = pair.map(|id| self.element_reply(id, depth));
                if has_3 { Item::Map(key, value) } else { Item::Flat(key, value) }
            }
            TableType::Set(member) => {
                let member = self.element_reply(*member, depth);
                if has_3 { Item::Set(member) } else { Item::Array(member) }
            }
            TableType::Entries([key, _]) if self.flow.get(*key).is(Kinds::STRING) => {
                self.named(&[]);
                Item::Empty
            }
            TableType::Built(expr) | TableType::Altered(expr) => {
                match self.flow.site(*expr).filter(|site| !site.escaped) {
                    Some(site) => return self.site_reply(*expr, site, depth, reply),
                    None => Item::Anything,
                }
            }
            TableType::Entries(_) | TableType::Extended | TableType::Decoded | TableType::Unknown => Item::Anything,
        };
        reply.add(item);
    }

    fn site_reply(&mut self, expr: ExprId, site: &Site, depth: u32, reply: &mut Reply) {
        let listed = |name: &str| {
            match &self.script.tree()[expr].kind {
            ExprKind::Table(fields) => fields.iter().any(|field| {
                matches!(field, TableField::Named { name: given, .. } if given.text(&self.script.source) == name.as_bytes())
            }),
            _ => false,
        }
        };
        for (name, kind) in [
            ("err", Kinds::STRING),
            ("ok", Kinds::STRING),
            ("double", Kinds::NUMBER),
            ("big_number", Kinds::STRING),
            ("verbatim_string", Kinds::TABLE),
            ("map", Kinds::TABLE),
            ("set", Kinds::TABLE),
        ] {
            let Some(&id) = site.fields.get(name.as_bytes()) else { continue };
            let flow: &'a Flow = self.flow;
            let of = flow.get(id);
            if !of.kinds.may_be(kind) {
                continue;
            }
            let text = of.text.constant.as_deref().and_then(shown);
            reply.add(match name {
                "err" => Item::Error(text),
                "ok" => Item::Status(text),
                "double" if self.client_has_3 => Item::Double,
                "double" => Item::Text(None),
                _ => Item::Anything,
            });
            // A field that is given later may not be there yet.
            if listed(name) && of.is(kind) {
                return;
            }
        }
        let names: Vec<String> = site
            .fields
            .keys()
            .filter(|name| !matches!(&name[..], b"err" | b"ok" | b"double" | b"map" | b"set"))
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect();
        if !names.is_empty() || site.other != Types::NEVER {
            self.named(&names);
        }
        if site.is_fixed_list() {
            let item = self.tuple(&site.items, depth);
            reply.add(item);
            return;
        }
        let mut element = Reply::default();
        for &id in site.items.iter().chain(&site.rest).chain([&site.element]) {
            for item in self.element_reply(id, depth).0 {
                element.add(item);
            }
        }
        reply.add(if element.0.is_empty() { Item::Empty } else { Item::Array(element) });
    }

    /// Returns the reply for an array's element: never `nil`, because the array ends there.
    fn element_reply(&mut self, id: TypeId, depth: u32) -> Reply {
        let flow: &'a Flow = self.flow;
        let of = flow.get(id);
        let mut reply = self.reply(id, depth + 1);
        let other_nil = Kinds::FUNCTION | Kinds::OTHER;
        let false_is_nil = of.kinds.has(Kinds::FALSE) && self.resp != Resp::Three;
        if of.kinds.has(Kinds::ANY_NIL) {
            self.lose("the array ends before the first `nil`");
            if !false_is_nil && !of.kinds.has(other_nil) {
                reply.0.retain(|item| *item != Item::Nil);
            }
        }
        reply
    }

    fn tuple(&mut self, items: &[TypeId], depth: u32) -> Item {
        let mut all = Vec::new();
        for &id in items {
            let reply = self.element_reply(id, depth);
            if self.flow.get(id).is(Kinds::ANY_NIL) {
                break;
            }
            all.push(reply);
        }
        if all.is_empty() { Item::Empty } else { Item::Tuple(all) }
    }

    fn named(&mut self, names: &[String]) {
        let text = match names {
            [] => "what has a name is lost: only a list arrives".to_owned(),
            [..] if names.len() <= 3 => {
                let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
                format!(
                    "{} {} lost: only a list arrives",
                    names.join(", "),
                    if names.len() == 1 { "is" } else { "are" }
                )
            }
            _ => "named fields are lost: only a list arrives".to_owned(),
        };
        self.lose(text);
    }

    /// A number arrives without its fraction, cut towards zero; numbers too large for 64 bits arrive as the least of them.
    fn integer(&mut self, of: &Type) -> Item {
        match of.number.constant {
            Some(value) if value.0.abs() < 9e15 => {
                if value.0.fract() != 0.0 {
                    self.lose(format!("{} arrives as {}", value.0, value.0.trunc()));
                }
                Item::Integer(Some(value.0.trunc() as i64))
            }
            Some(_) => Item::Integer(None),
            None => {
                if of.number.whole == Whole::No {
                    self.lose("a fraction is cut off");
                }
                Item::Integer(None)
            }
        }
    }
}

impl Site {
    /// True if its array has just the elements that the constructor lists; it may have other fields.
    fn is_fixed_list(&self) -> bool {
        self.is_fixed() && !self.items.is_empty()
    }
}

/// Text for display.
fn shown(text: &[u8]) -> Option<String> {
    let fits = text.len() <= 40 && text.iter().all(|byte| (0x20..0x7f).contains(byte));
    fits.then(|| String::from_utf8_lossy(text).into_owned())
}

impl Reply {
    fn add(&mut self, item: Item) {
        fn join<T: PartialEq>(known: &mut Option<T>, other: Option<T>) {
            if *known != other {
                *known = None;
            }
        }
        // Few numbers, as of a state, are worth telling apart; many are not.
        let alike = |a: &Item, b: &Item| std::mem::discriminant(a) == std::mem::discriminant(b);
        let constants = self.0.iter().filter(|known| alike(known, &item)).count();
        for known in &mut self.0 {
            match (known, &item) {
                (known, item) if known == item => return,
                (Item::Array(known), Item::Array(other)) => {
                    other.0.iter().cloned().for_each(|item| known.add(item));
                    return;
                }
                (Item::Integer(None), Item::Integer(_))
                | (Item::Text(None), Item::Text(_))
                | (Item::Status(None), Item::Status(_))
                | (Item::Error(None), Item::Error(_)) => return,
                (Item::Integer(known), Item::Integer(other)) if other.is_none() || constants >= MOST_FORMS => {
                    join(known, *other);
                }
                (Item::Text(known), Item::Text(other)) if other.is_none() || constants >= 3 => {
                    join(known, other.clone());
                }
                (Item::Status(known), Item::Status(other)) if other.is_none() || constants >= 3 => {
                    join(known, other.clone());
                }
                (Item::Error(known), Item::Error(other)) if other.is_none() || constants >= 3 => {
                    join(known, other.clone());
                }
                _ => {}
            }
        }
        self.0.push(item);
        let mut at = 0;
        while at < self.0.len() {
            let open = |known: &Item| {
                matches!(known, Item::Integer(None) | Item::Text(None) | Item::Status(None) | Item::Error(None))
            };
            let first = self.0.iter().position(|known| alike(known, &self.0[at]) && open(known));
            if first.is_some_and(|first| first != at) {
                self.0.remove(at);
            } else {
                at += 1;
            }
        }
        // Arrays that differ in their elements are not told apart where there are many.
        if self.0.iter().filter(|item| matches!(item, Item::Tuple(_))).count() > 3 {
            let (tuples, others) = std::mem::take(&mut self.0).into_iter().partition(|it| matches!(it, Item::Tuple(_)));
            self.0 = others;
            let mut element = Self::default();
            for tuple in tuples {
                let Item::Tuple(items) = tuple else { continue };
                items.into_iter().flat_map(|item| item.0).for_each(|item| element.add(item));
            }
            self.add(Item::Array(element));
            return;
        }
        // Null stands behind values, and what is not known last.
        for last in [Item::Nil, Item::Anything] {
            if let Some(at) = self.0.iter().position(|item| *item == last) {
                let item = self.0.remove(at);
                self.0.push(item);
            }
        }
        if self.0.len() > 2 * MOST_FORMS {
            self.0 = vec![Item::Anything];
        }
    }

    /// True if it is known at least in part.
    pub fn is_known(&self) -> bool {
        self.0.iter().any(|item| *item != Item::Anything)
    }
}

/// In redis-cli's notation: `(integer) | (nil)`.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("…");
        }
        for (at, item) in self.0.iter().enumerate() {
            let bar = if at > 0 { " | " } else { "" };
            match item {
                Item::Tuple(_) if self.0.len() > 1 => write!(f, "{bar}({item})")?,
                _ => write!(f, "{bar}{item}")?,
            }
        }
        Ok(())
    }
}

impl Reply {
    fn grouped(&self) -> String {
        let text = self.to_string();
        let is_tuple = matches!(&self.0[..], [Item::Tuple(_) | Item::Array(_) | Item::Flat(..) | Item::Map(..)]);
        if self.0.len() > 1 || is_tuple { format!("({text})") } else { text }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(Some(value)) => write!(f, "(integer) {value}"),
            Self::Integer(None) => f.write_str("(integer)"),
            Self::Text(Some(text)) => write!(f, "{text:?}"),
            Self::Text(None) => f.write_str("\"…\""),
            Self::Status(Some(text)) => f.write_str(text),
            Self::Status(None) => f.write_str("(status)"),
            Self::Error(Some(text)) => write!(f, "(error) {text}"),
            Self::Error(None) => f.write_str("(error)"),
            Self::Nil => f.write_str("(nil)"),
            Self::Bool(Some(value)) => write!(f, "({value})"),
            Self::Bool(None) => f.write_str("(boolean)"),
            Self::Double => f.write_str("(double)"),
            Self::Empty => f.write_str("(empty array)"),
            Self::Array(element) => write!(f, "array of {}", element.grouped()),
            Self::Tuple(items) => {
                for (at, item) in items.iter().enumerate() {
                    write!(f, "{}{}) {}", if at > 0 { " " } else { "" }, at + 1, item.grouped())?;
                }
                Ok(())
            }
            Self::Flat(key, value) => write!(f, "flat array of {}, {}", key.grouped(), value.grouped()),
            Self::Map(key, value) => write!(f, "map of {} => {}", key.grouped(), value.grouped()),
            Self::Set(member) => write!(f, "set of {}", member.grouped()),
            Self::Anything => f.write_str("…"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(source: &str) -> Received {
        let mut script = Script::new(source.as_bytes().into(), None);
        script.bind_commands(&[commands::Target::DEFAULT]);
        assert!(script.parse.errors.is_empty(), "{:?} in {source}", script.parse.errors);
        let function = script
            .library
            .as_ref()
            .and_then(|library| library.registrations.first()?.callback)
            .unwrap_or(syntax::Tree::CHUNK);
        script.flow().received_from(&script, function).unwrap_or_default()
    }

    /// Checks the reply with RESP2, with RESP3 if it differs, and the losses.
    #[track_caller]
    fn check(source: &str, wanted: &str) {
        let found = of(source);
        let mut text = found.resp2.to_string();
        if found.resp3 != found.resp2 {
            text = format!("{text} / {}", found.resp3);
        }
        for loss in found.losses {
            text = format!("{text}; {loss}");
        }
        assert_eq!(text, wanted, "{source}");
    }

    #[test]
    fn replies_pass_through() {
        check("return redis.call('GET', KEYS[1])", "\"…\" | (nil)");
        check("return redis.call('SET', KEYS[1], 'v', 'NX')", "OK | (nil)");
        check("return redis.call('INCR', KEYS[1])", "(integer)");
        check("return redis.pcall('INCR', KEYS[1])", "(integer) | (error)");
        check("return redis.call('TYPE', KEYS[1])", "(status)");
        check("return redis.call('HMGET', KEYS[1], 'a', 'b')", "array of (\"…\" | (nil))");
        check("return redis.call('HGETALL', KEYS[1])", "flat array of \"…\", \"…\"");
        check("return redis.call('TIME')", "1) \"…\" 2) \"…\"");
        check("redis.call('SET', KEYS[1], 1) return redis.call('GET', KEYS[1])", "\"…\" | (nil)");
        check("return KEYS", "array of \"…\"");
    }

    #[test]
    fn resp3_has_more() {
        check(
            "redis.setresp(3) return redis.call('HGETALL', KEYS[1])",
            "flat array of \"…\", \"…\" / map of \"…\" => \"…\"",
        );
        check("redis.setresp(3) return redis.call('ZSCORE', KEYS[1], 'a')", "\"…\" | (nil) / (double) | (nil)");
        check("redis.setresp(3) return redis.call('SMEMBERS', KEYS[1])", "array of \"…\" / set of \"…\"");
        check("redis.setresp(3) return false", "(integer) 0 / (false); with RESP2 `false` arrives as 0");
        check("return {double = 0.5}", "\"…\" / (double)");
    }

    #[test]
    fn values_are_converted() {
        check("return 3.7", "(integer) 3; 3.7 arrives as 3");
        check("return -3.7", "(integer) -3; -3.7 arrives as -3");
        check("return tonumber(ARGV[1]) / 2", "(integer); a fraction is cut off");
        check("return true", "(integer) 1; `true` arrives as 1");
        check("return false", "(nil); `false` arrives as nil");
        check(
            "return redis.call('EXISTS', KEYS[1]) == 1",
            "(integer) 1 | (nil); `true` arrives as 1; `false` arrives as nil",
        );
        check("return", "(nil)");
        check("redis.call('INCR', KEYS[1])", "(nil)");
        check("return 1, 2", "(integer) 1; only the first value arrives");
        check("return cjson.null", "(nil)");
        check("return tonumber(ARGV[1])", "(integer) | (nil)");
        check("if ARGV[1] then return 1 end return 0", "(integer) 1 | (integer) 0");
        check("if ARGV[1] then return 1 end return redis.call('DBSIZE')", "(integer)");
        check("if ARGV[1] then return 1 end", "(integer) 1 | (nil)");
    }

    #[test]
    fn tables_are_converted() {
        check("return {1, 'a', {true}}", "1) (integer) 1 2) \"a\" 3) (1) (integer) 1); `true` arrives as 1");
        check("return {}", "(empty array)");
        check("return {a = 1, 2}", "1) (integer) 2; `a` is lost: only a list arrives");
        check("return {a = 1}", "(empty array); `a` is lost: only a list arrives");
        check("return {1, nil, 3}", "1) (integer) 1; the array ends before the first `nil`");
        check("return {ok = 'fine'}", "fine");
        check("return {err = 'MY no'}", "(error) MY no");
        check("return redis.error_reply('MY no')", "(error)");
        check("return {err = 'a', ok = 'b'}", "(error) a");
        check("return {ok = 1}", "(empty array)");
        check("local t = {} for i = 1, 3 do t[#t + 1] = i end return t", "array of (integer)");
        check(
            "return {redis.call('GET', 'a'), tonumber(ARGV[1])}",
            "1) (\"…\" | (nil)) 2) (integer); the array ends before the first `nil`",
        );
        check("return cjson.decode(ARGV[1])", "…");
        check("if ARGV[1] then return {1, 'a'} end", "(1) (integer) 1 2) \"a\") | (nil)");
        let many: String =
            ["1", "1, 2", "'a'", "'a', 1"].map(|it| format!("if ARGV[1] then return {{{it}}} end ")).concat();
        check(&format!("{many} return {{}}"), "array of ((integer) 1 | (integer) 2 | \"a\") | (empty array)");
        check("local t = {} t[ARGV[1]] = 1 return t", "(empty array); what has a name is lost: only a list arrives");
    }

    #[test]
    fn only_what_goes_to_the_client() {
        let library = "#!lua name=l\nlocal function f() return 'x' end\n\
                       redis.register_function('f', function(keys) return #f() + #keys end)\n";
        check(library, "(integer)");
        let source = "local function f() return 'x' end return #f()";
        let mut script = Script::new(source.as_bytes().into(), None);
        script.bind_commands(&[commands::Target::DEFAULT]);
        let told: Vec<bool> = script
            .tree()
            .stmts()
            .filter(|(_, stmt)| matches!(stmt.kind, syntax::StmtKind::Return(_)))
            .map(|(id, _)| script.flow().received(&script, id).is_some())
            .collect();
        assert_eq!(told, [false, true]);
    }
}
