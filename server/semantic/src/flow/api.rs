//! Results of the functions of the sandbox's libraries.

use syntax::ExprId;

use super::{
    interpreter::{Interpreter, Values},
    kinds::Kinds,
    state::Held,
    types::{Number, Real, Source, TableType, Type, TypeId, Types, Whole, is_no_numeral},
};
use crate::{
    ApiPath,
    pattern::{Capture, captures},
};

/// A pattern without captures gives all that it matches.
fn whole_if_none(captures: Vec<Capture>) -> Vec<Capture> {
    if captures.is_empty() { vec![Capture::Text] } else { captures }
}

impl Interpreter<'_> {
    /// A call of an API function with these values; `args` are the expressions, as far as there are any.
    pub(super) fn api_call(&mut self, path: ApiPath<'_>, args: &[ExprId], given: Values) -> Values {
        let first = given.get(0);
        let of = match path {
            ApiPath::Global("tonumber") => return Values::one(self.tonumber(&given)),
            ApiPath::Global("tostring") => return Values::one(self.tostring(first)),
            ApiPath::Global("type") => return Values::one(self.type_name(first)),
            ApiPath::Global("unpack") => {
                if given.list.len() > 1 || given.rest.is_some() {
                    let each = self.numbered(first);
                    return Values { list: Vec::new(), rest: Some(each) };
                }
                return self.unpacked(first);
            }
            ApiPath::Global("select") => return self.select(&given),
            ApiPath::Global("next") => {
                let [key, value] = self.pairs(first);
                let pair = [key, value].map(|id| self.types.map(id, |of| of.or(Kinds::ABSENT)));
                return Values { list: pair.to_vec(), rest: None };
            }
            ApiPath::Global("rawset") => {
                let key = self.key_of(given.get(1));
                if let Some(&table) = args.first() {
                    self.forget_places(table);
                }
                self.write(first, &key, given.get(2));
                return Values::one(first);
            }
            ApiPath::Global("rawget") => return Values::unknown(),
            ApiPath::Global("rawequal") => Type::of(Kinds::BOOLEAN),
            ApiPath::Global("ipairs" | "pairs") => {
                return Values { list: Vec::new(), rest: Some(Types::ANY) };
            }
            ApiPath::Global("setmetatable") => {
                self.give_away(&given);
                // Fields may be the metatable's.
                self.spoil(first);
                return Values::one(first);
            }
            ApiPath::Member("redis" | "server", name) => return self.redis_call(name, &given),
            ApiPath::Member("math", name) => self.math(name, &given),
            ApiPath::Member("string", name) => return self.string(name, &given),
            ApiPath::Member("table", name) => return self.table(name, args, &given),
            ApiPath::Member("cjson", "encode") | ApiPath::Member("cmsgpack" | "struct", "pack") => {
                Type::of(Kinds::STRING)
            }
            ApiPath::Member("cjson", "decode") => {
                let decoded = Type::table(TableType::Decoded).or(Kinds::UNKNOWN).from(Source::Decoded);
                return Values::one(self.types.add(decoded));
            }
            ApiPath::Member("bit", "tohex") => Type::of(Kinds::STRING),
            ApiPath::Member("bit", _) => Type::number(Number::INTEGER),
            ApiPath::Member("os", "clock") => Type::number(Number { whole: Whole::No, ..Number::ANY }),
            _ => {
                self.give_away(&given);
                return Values::unknown();
            }
        };
        Values::one(self.types.add(of))
    }

    fn tonumber(&mut self, given: &Values) -> TypeId {
        let id = given.get(0);
        let of = self.types[id].clone();
        if given.list.len() > 1 || given.rest.is_some_and(|_| given.list.is_empty()) {
            // Another base, or a word that cannot be told.
            return self.types.add(Type::number(Number::ANY).or(Kinds::ABSENT).from(of.source));
        }
        let mut result = Type::of(Kinds::NONE);
        if of.kinds.has(Kinds::NUMBER) {
            result.kinds |= Kinds::NUMBER;
            result.number = of.number;
        }
        let mut all = self.types.add(result);
        if of.kinds.has(Kinds::STRING) {
            let read = match (&of.text.constant, of.text.number) {
                (_, Some(number)) => Type::number(number),
                (Some(text), None) if is_no_numeral(text) => Type::of(Kinds::NIL),
                _ => Type::number(Number::ANY).or(Kinds::ABSENT),
            };
            let read = self.types.add(read);
            all = self.types.join(all, read);
        }
        if of.kinds.has(!(Kinds::NUMBER | Kinds::STRING | Kinds::UNKNOWN)) {
            // The `false` of a reply that is not said to be missing is one that the script has seen to be there.
            let seen = of.missing.is_none() && matches!(of.source, Source::Reply(_));
            let strong = of.kinds.has(Kinds::NIL | Kinds::TABLE) || (of.kinds.has(Kinds::FALSE) && !seen);
            let mut none = Type::of(if strong { Kinds::NIL } else { Kinds::ABSENT });
            none.missing = of.may_be_missing();
            let none = self.types.add(none);
            all = self.types.join(all, none);
        }
        if !of.is_known() {
            let any = self.types.add(Type::number(Number::ANY).or(Kinds::ABSENT));
            all = self.types.join(all, any);
        }
        self.types.map(all, |result| result.from(of.source))
    }

    fn tostring(&mut self, id: TypeId) -> TypeId {
        let of = self.types[id].clone();
        let constant = match (&of.text.constant, of.number.constant) {
            (Some(text), _) if of.is(Kinds::STRING) => Some(text.to_vec()),
            (_, Some(Real(number))) if of.is(Kinds::NUMBER) => {
                crate::Constant::Number(number).as_bytes().map(std::borrow::Cow::into_owned)
            }
            _ => None,
        };
        let mut text = constant.map_or_else(|| Type::of(Kinds::STRING), |text| Type::constant(&text));
        if of.is(Kinds::NUMBER) && text.text.number.is_none() {
            text.text.number = Some(of.number);
        } else if of.is(Kinds::STRING) {
            text.text = of.text;
        }
        self.types.add(text.from(of.source))
    }

    fn type_name(&mut self, id: TypeId) -> TypeId {
        let kinds = self.types[id].kinds;
        let names = [
            (Kinds::ANY_NIL, "nil"),
            (Kinds::BOOLEAN, "boolean"),
            (Kinds::NUMBER, "number"),
            (Kinds::STRING, "string"),
            (Kinds::TABLE, "table"),
            (Kinds::FUNCTION, "function"),
        ];
        let of = match names.iter().find(|(which, _)| kinds.is_only(*which)) {
            Some((_, name)) => Type::constant(name.as_bytes()),
            None => Type::of(Kinds::STRING),
        };
        self.types.add(of)
    }

    fn select(&mut self, given: &Values) -> Values {
        let of = &self.types[given.get(0)];
        if of.text.constant.as_deref() == Some(b"#") {
            return Values::one(self.types.add(Type::number(Number::INTEGER)));
        }
        match of.number.constant {
            Some(Real(at)) if (1.0..250.0).contains(&at) => {
                Values { list: given.list.get(at as usize..).unwrap_or_default().to_vec(), rest: given.rest }
            }
            _ => Values::unknown(),
        }
    }

    fn redis_call(&mut self, name: &str, given: &Values) -> Values {
        let of = match name {
            "error_reply" => self.made_reply(Type::table(TableType::Error)),
            // For anything but one string the server gives an error reply, and does not raise it.
            "status_reply"
                if given.list.len() == 1 && given.rest.is_none() && self.types[given.list[0]].is(Kinds::STRING) =>
            {
                self.made_reply(Type::table(TableType::Status(None)))
            }
            "status_reply" => {
                let of = Type { tables: vec![TableType::Status(None), TableType::Error], ..Type::of(Kinds::TABLE) };
                self.made_reply(of)
            }
            "sha1hex" => Type::of(Kinds::STRING),
            "acl_check_cmd" | "replicate_commands" | "breakpoint" => Type::of(Kinds::BOOLEAN),
            "setresp" => {
                let id = given.get(0);
                let number = self.number_of(id);
                let version = self.types.add(Type::number(number));
                self.state.set(self.resp, Held { id: version, activation: 0 });
                return Values::default();
            }
            "log" | "set_repl" | "debug" => return Values::default(),
            "register_function" => {
                self.give_away(given);
                return Values::default();
            }
            _ => return Values::unknown(),
        };
        Values::one(self.types.add(of))
    }

    fn math(&mut self, name: &str, given: &Values) -> Type {
        let a = self.number_of(given.get(0));
        let same = |whole| Number { constant: None, whole, size: a.size };
        let number = match name {
            "floor" | "ceil" => match a.constant {
                Some(Real(value)) => Number::of(if name == "floor" { value.floor() } else { value.ceil() }),
                None => same(Whole::Yes),
            },
            "abs" => same(a.whole),
            "max" | "min" => given
                .list
                .iter()
                .map(|&id| self.number_of(id))
                .reduce(|a, b| {
                    let whole = match (a.whole, b.whole) {
                        (Whole::Yes, Whole::Yes) => Whole::Yes,
                        (Whole::No, _) | (_, Whole::No) => Whole::No,
                        _ => Whole::Unknown,
                    };
                    let size = if name == "max" { a.size.0.max(b.size.0) } else { a.size.0.min(b.size.0) };
                    Number { constant: None, whole, size: Real(size) }
                })
                .unwrap_or(Number::ANY),
            "random" if given.list.is_empty() && given.rest.is_none() => Number { whole: Whole::No, ..Number::ANY },
            "random" => Number::INTEGER,
            "fmod" | "mod" if a.whole == Whole::Yes && self.number_of(given.get(1)).whole == Whole::Yes => {
                Number::INTEGER
            }
            "sqrt" | "log" | "log10" | "exp" | "sin" | "cos" | "tan" => Number { whole: Whole::No, ..Number::ANY },
            "modf" | "frexp" | "randomseed" => return Type::of(Kinds::UNKNOWN),
            _ => Number::ANY,
        };
        Type::number(number)
    }

    fn string(&mut self, name: &str, given: &Values) -> Values {
        let of = match name {
            "len" => Type::number(Number::INTEGER),
            "byte" => {
                return Values {
                    list: Vec::new(),
                    rest: Some(self.types.add(Type::number(Number::INTEGER).or(Kinds::ABSENT))),
                };
            }
            "find" => {
                let place = self.types.add(Type::number(Number::INTEGER).or(Kinds::ABSENT));
                // `plain` may be given, and then there are no captures.
                let several = given.list.len() > 3 || given.rest.is_some();
                let known = if !several { self.captures(given.get(1)) } else { None };
                let captures = self.captured(known.as_deref(), Kinds::ABSENT);
                return Values { list: [vec![place, place], captures.list].concat(), rest: captures.rest };
            }
            "match" => {
                let known = self.captures(given.get(1)).map(whole_if_none);
                return self.captured(known.as_deref(), Kinds::ABSENT);
            }
            "gsub" => {
                self.give_away(given);
                let text = self.types.add(Type::of(Kinds::STRING));
                let count = self.types.add(Type::number(Number::INTEGER));
                return Values { list: vec![text, count], rest: None };
            }
            "gmatch" | "gfind" => Type::of(Kinds::FUNCTION),
            "sub" | "lower" | "upper" | "rep" | "reverse" | "format" | "char" | "dump" => Type::of(Kinds::STRING),
            _ => Type::of(Kinds::UNKNOWN),
        };
        Values::one(self.types.add(of))
    }

    /// The captures of a pattern, if it is always the same.
    fn captures(&self, pattern: TypeId) -> Option<Vec<Capture>> {
        captures(self.types[pattern].text.constant.as_deref()?).ok()
    }

    /// The values of captures, or `or`.
    fn captured(&mut self, captures: Option<&[Capture]>, or: Kinds) -> Values {
        let text = self.types.add(Type::of(Kinds::STRING).or(or));
        let position = self.types.add(Type::number(Number::INTEGER).or(or));
        match captures {
            Some(captures) => {
                let of = |capture: &Capture| if *capture == Capture::Text { text } else { position };
                Values { list: captures.iter().map(of).collect(), rest: None }
            }
            // Any of them may be a position, `()`.
            None => Values {
                list: Vec::new(),
                rest: Some(self.types.add(Type::of(Kinds::STRING | Kinds::ABSENT | Kinds::UNKNOWN))),
            },
        }
    }

    /// The variables of a loop over `string.gmatch` with this pattern. The first is never nil, which ends the loop.
    pub(super) fn matched(&mut self, pattern: TypeId) -> Values {
        let known = self.captures(pattern).map(whole_if_none);
        let mut values = self.captured(known.as_deref(), Kinds::NONE);
        if known.is_none() {
            values.list.push(self.types.add(Type::of(Kinds::STRING | Kinds::UNKNOWN)));
        }
        values
    }

    fn table(&mut self, name: &str, args: &[ExprId], given: &Values) -> Values {
        let held = given.get(0);
        let of = match name {
            "insert" => {
                let value = match given.list.len() {
                    0 | 1 => given.get(1),
                    2 => given.list[1],
                    _ => given.list[2],
                };
                self.insert(held, value);
                if let Some(&table) = args.first()
                    && !self.types[value].kinds.may_be(Kinds::NIL)
                {
                    self.mark_nonempty(table);
                }
                return Values::default();
            }
            "remove" => {
                let value = self.numbered(held);
                self.shrink(held);
                if let Some(&table) = args.first() {
                    self.refine(table, |of| Type { nonempty: false, ..of });
                }
                return Values::one(self.types.map(value, |of| of.or(Kinds::ABSENT)));
            }
            "concat" => Type::of(Kinds::STRING),
            "getn" | "maxn" => Type::number(Number::INTEGER),
            "sort" | "foreach" | "foreachi" => {
                for &value in given.list.iter().skip(1) {
                    self.escape(value);
                }
                self.reorder(held);
                return if name == "sort" { Values::default() } else { Values::unknown() };
            }
            _ => Type::of(Kinds::UNKNOWN),
        };
        Values::one(self.types.add(of))
    }
}
