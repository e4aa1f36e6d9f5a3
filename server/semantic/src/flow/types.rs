//! Types of values: their kinds and, for numbers, texts and tables, details. Each type is kept once in an arena,
//! so that comparing and joining them is cheap.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use syntax::{ExprId, FunctionId};

use super::kinds::Kinds;

/// A type of a [`Types`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TypeId(pub(super) u32);

/// A float that is compared by its bits, so that types have an order in a map.
#[derive(Clone, Copy, Debug)]
pub struct Real(pub f64);

impl PartialEq for Real {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl Eq for Real {}

impl std::hash::Hash for Real {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

/// Presence of a fraction in a number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Whole {
    /// The number has no fraction.
    Yes,
    /// Unknown.
    Unknown,
    /// The number most likely has a fraction at some time: a quotient, a constant like `0.5`.
    No,
}

/// Details of a number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Number {
    /// Its value, if it is always the same.
    pub constant: Option<Real>,
    /// Knowledge of its fraction.
    pub whole: Whole,
    /// Lower bound of its absolute value, as far as known: seconds since 1970 are more than 10^9.
    pub size: Real,
}

impl Number {
    /// Nothing is known.
    pub const ANY: Self = Self { constant: None, whole: Whole::Unknown, size: Real(0.0) };
    /// Some integer.
    pub const INTEGER: Self = Self { constant: None, whole: Whole::Yes, size: Real(0.0) };

    /// A number by its value.
    pub fn of(value: f64) -> Self {
        let whole = if value.fract() == 0.0 { Whole::Yes } else { Whole::No };
        Self { constant: Some(Real(value)), whole, size: Real(value.abs()) }
    }

    fn join(self, other: Self) -> Self {
        let whole = match (self.whole, other.whole) {
            (Whole::No, _) | (_, Whole::No) => Whole::No,
            (Whole::Yes, Whole::Yes) => Whole::Yes,
            _ => Whole::Unknown,
        };
        let constant = if self.constant == other.constant { self.constant } else { None };
        Self { constant, whole, size: if self.size.0 <= other.size.0 { self.size } else { other.size } }
    }
}

/// Details of a string.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Text {
    /// Its bytes, if they are always the same.
    pub constant: Option<Arc<[u8]>>,
    /// The number that it surely reads as.
    pub number: Option<Number>,
}

impl Text {
    fn join(&self, other: &Self) -> Self {
        Self {
            constant: if self.constant == other.constant { self.constant.clone() } else { None },
            number: self.number.zip(other.number).map(|(a, b)| a.join(b)),
        }
    }
}

/// A list as a command replies with it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct List {
    /// Type of the elements.
    pub element: TypeId,
    /// The elements one by one, where each has its own meaning.
    pub items: Option<Box<[TypeId]>>,
    /// Key and value, where these take turns.
    pub pairs: Option<[TypeId; 2]>,
    /// Number of elements, if the call fixes it.
    pub length: Option<u32>,
    /// True if it is as long as the stored value: nothing in the call bounds it.
    pub unbounded: bool,
    /// True if it is empty where the command finds nothing: then each element is missing.
    pub may_be_empty: bool,
    /// The call that it is from.
    pub call: ExprId,
}

/// A kind of table.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum TableType {
    /// `{ok = …}`: a status reply, with its text where that is known.
    Status(Option<&'static str>),
    /// `{err = …}`: an error reply.
    Error,
    /// A list that a command replied.
    List(Arc<List>),
    /// `{map = {…}}`, key and value.
    Map([TypeId; 2]),
    /// `{set = {…}}`, the member.
    Set(TypeId),
    /// `{double = …}`
    Double,
    /// `{big_number = …}` or `{verbatim_string = …}`
    Extended,
    /// KEYS.
    Keys,
    /// ARGV.
    Argv,
    /// A table that the script itself makes with the constructor at this expression.
    Built(ExprId),
    /// A list that the call at this expression replied, and that the script also gives named fields.
    Altered(ExprId),
    /// The inner table of a RESP3 map.
    Entries([TypeId; 2]),
    /// A table made by `cjson.decode`.
    Decoded,
    /// Any other.
    Unknown,
}

/// Origin of a value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Source {
    /// No known origin.
    None,
    /// An element of KEYS.
    Key(Option<u32>),
    /// An element of ARGV.
    Argument(Option<u32>),
    /// The reply to a call.
    Reply(ExprId),
    /// The error that a protected call caught.
    Caught(ExprId),
    /// A field of the result of `cjson.decode`.
    Decoded,
    /// Several of these.
    Many,
}

impl Source {
    fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, source) | (source, Self::None) => source,
            (a, b) if a == b => a,
            (Self::Key(_), Self::Key(_)) => Self::Key(None),
            (Self::Argument(_), Self::Argument(_)) => Self::Argument(None),
            _ => Self::Many,
        }
    }
}

/// Type of a value.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Type {
    /// Possible kinds.
    pub kinds: Kinds,
    /// Details if it is a number.
    pub number: Number,
    /// Details if it is a string.
    pub text: Text,
    /// Possible tables: it is one of these.
    pub tables: Vec<TableType>,
    /// True if the table surely has an element.
    pub nonempty: bool,
    /// The function that it is.
    pub function: Option<FunctionId>,
    /// The call whose reply lacks the requested data when this is `false` or `nil`.
    pub missing: Option<ExprId>,
    /// Origin of the value.
    pub source: Source,
}

impl Type {
    /// Returns a type of these kinds without details.
    pub fn of(kinds: Kinds) -> Self {
        Self {
            kinds,
            number: Number::ANY,
            text: Text::default(),
            tables: if kinds.has(Kinds::TABLE) { vec![TableType::Unknown] } else { Vec::new() },
            nonempty: false,
            function: None,
            missing: None,
            source: Source::None,
        }
    }

    /// A number.
    pub fn number(number: Number) -> Self {
        Self { number, ..Self::of(Kinds::NUMBER) }
    }

    /// A text that is always the same.
    pub fn constant(text: &[u8]) -> Self {
        let text = Text { constant: Some(text.into()), number: numeral(text).map(Number::of) };
        Self { text, ..Self::of(Kinds::STRING) }
    }

    /// A table.
    pub fn table(table: TableType) -> Self {
        Self { tables: vec![table], ..Self::of(Kinds::TABLE) }
    }

    /// Returns the type with another origin.
    #[must_use]
    pub fn from(self, source: Source) -> Self {
        Self { source, ..self }
    }

    /// Adds `kind`, `nil` or `false`, for where the reply to `call` lacks the value.
    #[must_use]
    pub fn or_missing(mut self, kind: Kinds, call: ExprId) -> Self {
        self.kinds |= kind;
        self.missing = Some(call);
        self
    }

    /// Adds kinds.
    #[must_use]
    pub fn or(mut self, kinds: Kinds) -> Self {
        self.kinds |= kinds;
        self
    }

    /// Keeps only some kinds.
    #[must_use]
    pub fn only(mut self, kinds: Kinds) -> Self {
        self.kinds = self.kinds & (kinds | Kinds::UNKNOWN);
        self.forget_details();
        self
    }

    /// Removes kinds.
    #[must_use]
    pub fn without(mut self, kinds: Kinds) -> Self {
        self.kinds = self.kinds.without(kinds);
        self.forget_details();
        self
    }

    /// Drops details of absent kinds, which would make equal types differ.
    fn forget_details(&mut self) {
        if !self.kinds.has(Kinds::NUMBER) {
            self.number = Number::ANY;
        }
        if !self.kinds.has(Kinds::STRING) {
            self.text = Text::default();
        }
        if !self.kinds.has(Kinds::TABLE) {
            self.tables.clear();
            self.nonempty = false;
        }
        if !self.kinds.has(Kinds::FUNCTION) {
            self.function = None;
        }
        if !self.kinds.has(Kinds::FALSE | Kinds::NIL) {
            self.missing = None;
        }
    }

    /// True if nothing was left out in following it.
    pub fn is_known(&self) -> bool {
        !self.kinds.has(Kinds::UNKNOWN)
    }

    /// True if it is surely of these kinds.
    pub fn is(&self, kinds: Kinds) -> bool {
        self.kinds.is_only(kinds)
    }

    /// The call whose reply may lack it, if it may be `false` or `nil` for that.
    pub fn may_be_missing(&self) -> Option<ExprId> {
        self.missing.filter(|_| self.kinds.has(Kinds::FALSE | Kinds::NIL))
    }

    /// The only table that it can be as a table.
    pub fn the_table(&self) -> Option<&TableType> {
        match &*self.tables {
            [one] => Some(one),
            _ => None,
        }
    }

    /// The list that it is, if it can be no other table.
    pub fn list(&self) -> Option<&Arc<List>> {
        match self.the_table() {
            Some(TableType::List(list)) => Some(list),
            _ => None,
        }
    }

    fn join(&self, other: &Self) -> Self {
        if self.kinds.is_empty() {
            return other.clone();
        }
        if other.kinds.is_empty() {
            return self.clone();
        }
        fn both<T: Clone>(a: &Type, b: &Type, kind: Kinds, pick: impl Fn(&Type) -> T, join: impl Fn(T, T) -> T) -> T {
            match (a.kinds.has(kind), b.kinds.has(kind)) {
                (true, false) => pick(a),
                (false, _) => pick(b),
                _ => join(pick(a), pick(b)),
            }
        }
        let mut tables = self.tables.clone();
        for table in &other.tables {
            if !tables.contains(table) {
                tables.push(table.clone());
            }
        }
        if tables.len() > MOST_TABLES || tables.contains(&TableType::Unknown) {
            tables = vec![TableType::Unknown];
        }
        let mut joined = Self {
            kinds: self.kinds | other.kinds,
            number: both(self, other, Kinds::NUMBER, |it| it.number, Number::join),
            text: both(self, other, Kinds::STRING, |it| it.text.clone(), |a, b| a.join(&b)),
            tables,
            nonempty: both(self, other, Kinds::TABLE, |it| it.nonempty, |a, b| a && b),
            function: both(self, other, Kinds::FUNCTION, |it| it.function, |a, b| a.filter(|_| a == b)),
            missing: self.missing.or(other.missing),
            source: self.source.join(other.source),
        };
        joined.forget_details();
        joined
    }
}

/// Most kinds of table at one place.
const MOST_TABLES: usize = 6;

/// The number that Lua's `tonumber` reads, for decimal numerals.
pub fn numeral(text: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(text).ok()?.trim_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    // `inf` and `nan` are left to strtod's mood.
    digits.starts_with(|first: char| first.is_ascii_digit() || first == '.').then(|| text.parse().ok())?
}

/// Returns true if text surely reads as no number, in no base.
pub fn is_no_numeral(text: &[u8]) -> bool {
    let begins = text.trim_ascii_start();
    let digits = begins.strip_prefix(b"-").or_else(|| begins.strip_prefix(b"+")).unwrap_or(begins);
    let hexadecimal = digits.len() > 1 && digits[0] == b'0' && digits[1].eq_ignore_ascii_case(&b'x');
    let word = digits.trim_ascii_end().to_ascii_lowercase();
    let named = matches!(&*word, b"inf" | b"infinity" | b"nan") || word.starts_with(b"nan(");
    numeral(text).is_none() && !hexadecimal && !named
}

/// All types of an analysis.
#[derive(Debug)]
pub struct Types {
    all: Vec<Type>,
    ids: FxHashMap<Type, TypeId>,
    joins: FxHashMap<(TypeId, TypeId), TypeId>,
}

impl Types {
    /// Type of unreachable values.
    pub const NEVER: TypeId = TypeId(0);
    /// Anything.
    pub const ANY: TypeId = TypeId(1);
    /// `nil`
    pub const NIL: TypeId = TypeId(2);

    pub(super) fn new() -> Self {
        let mut types = Self { all: Vec::new(), ids: FxHashMap::default(), joins: FxHashMap::default() };
        types.add(Type::of(Kinds::NONE));
        types.add(Type::of(Kinds::UNKNOWN));
        types.add(Type::of(Kinds::NIL));
        types
    }

    /// The id of a type.
    pub fn add(&mut self, mut of: Type) -> TypeId {
        if of.kinds.has(Kinds::UNKNOWN) && !of.kinds.has(!Kinds::UNKNOWN) {
            of = Type { source: of.source, ..Type::of(Kinds::UNKNOWN) };
        }
        if let Some(&id) = self.ids.get(&of) {
            return id;
        }
        let id = TypeId(self.all.len() as u32);
        self.all.push(of.clone());
        self.ids.insert(of, id);
        id
    }

    /// Returns the union of two types.
    pub fn join(&mut self, a: TypeId, b: TypeId) -> TypeId {
        if a == b || b == Self::NEVER {
            return a;
        }
        if a == Self::NEVER {
            return b;
        }
        let pair = if a < b { (a, b) } else { (b, a) };
        if let Some(&id) = self.joins.get(&pair) {
            return id;
        }
        let mut joined = self[pair.0].join(&self[pair.1]);
        self.join_lists(&mut joined);
        let id = self.add(joined);
        self.joins.insert(pair, id);
        id
    }

    /// Joins lists of the same call, which differ only in their elements.
    fn join_lists(&mut self, of: &mut Type) {
        let mut at = 0;
        while at < of.tables.len() {
            let mut other = at + 1;
            while other < of.tables.len() {
                let (TableType::List(a), TableType::List(b)) = (&of.tables[at], &of.tables[other]) else {
                    other += 1;
                    continue;
                };
                if a.call != b.call || a.pairs.is_some() != b.pairs.is_some() {
                    other += 1;
                    continue;
                }
                let (a, b) = (a.clone(), b.clone());
                let pairs = a.pairs.zip(b.pairs);
                let list = List {
                    element: self.join(a.element, b.element),
                    items: a.items.clone().filter(|_| a.items == b.items),
                    pairs: pairs.map(|(x, y)| [self.join(x[0], y[0]), self.join(x[1], y[1])]),
                    length: a.length.filter(|_| a.length == b.length),
                    unbounded: a.unbounded || b.unbounded,
                    may_be_empty: a.may_be_empty || b.may_be_empty,
                    call: a.call,
                };
                of.tables[at] = TableType::List(Arc::new(list));
                of.tables.remove(other);
            }
            at += 1;
        }
    }

    /// A type derived from another.
    pub fn map(&mut self, id: TypeId, change: impl FnOnce(Type) -> Type) -> TypeId {
        let changed = change(self[id].clone());
        self.add(changed)
    }
}

impl std::ops::Index<TypeId> for Types {
    type Output = Type;

    fn index(&self, id: TypeId) -> &Type {
        &self.all[id.0 as usize]
    }
}
