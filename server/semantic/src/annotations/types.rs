//! Types as annotations write them: `string|nil`, `Job[]`, `table<string, Job>`, `fun(job: Job): boolean`.

use text::TextRange;

/// Deepest nesting of types; deeper ones are read as [`TypeKind::Missing`].
const MAX_DEPTH: u32 = 32;

/// A type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TypeExpr {
    /// Its text.
    pub range: TextRange,
    /// Its form.
    pub kind: TypeKind,
}

/// The forms of types.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TypeKind {
    /// `string`, `Job`, `table<string, Job>`: a name and its arguments.
    Name(TextRange, Vec<TypeExpr>),
    /// `'x'`, `1`, `true`
    Literal,
    /// `A|B`
    Union(Vec<TypeExpr>),
    /// `T?`
    Optional(Box<TypeExpr>),
    /// `T[]`
    Array(Box<TypeExpr>),
    /// `{ name: T, [K]: V }`
    Table(Vec<TypeField>),
    /// `[A, B]`
    Tuple(Vec<TypeExpr>),
    /// `fun(name: T, …): R, …`
    Function {
        /// The parameters.
        params: Vec<TypeParam>,
        /// The results.
        returns: Vec<TypeExpr>,
    },
    /// Not a type.
    Missing,
}

/// A field of a table type or of a class.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TypeField {
    /// The name of the field, or the type of its keys.
    pub key: FieldKey,
    /// True for `name?`.
    pub is_optional: bool,
    /// The type of its value.
    pub value: TypeExpr,
}

/// The key of a field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FieldKey {
    /// A name, without the quotes of `['name']`.
    Name(TextRange),
    /// The type of a key in brackets.
    Type(TypeExpr),
}

/// A parameter of a function type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TypeParam {
    /// Its name.
    pub name: TextRange,
    /// Its type, if one is given.
    pub value: Option<TypeExpr>,
}

impl TypeExpr {
    /// The name that the type is, without its arguments.
    pub fn name<'a>(&self, source: &'a [u8]) -> Option<&'a str> {
        match self.kind {
            TypeKind::Name(name, _) => std::str::from_utf8(name.slice(source)).ok(),
            _ => None,
        }
    }

    /// Adds an alternative. A type from several places has no single place: its range is empty.
    pub(super) fn add(&mut self, other: Self) {
        let range = TextRange::at(self.range.start);
        let before = std::mem::replace(self, Self { range, kind: TypeKind::Missing });
        let mut all = match before.kind {
            TypeKind::Missing => Vec::new(),
            TypeKind::Union(all) => all,
            _ => vec![before],
        };
        all.push(other);
        *self = if all.len() == 1 { all.remove(0) } else { Self { range, kind: TypeKind::Union(all) } };
    }

    /// The type's source text, on one line; for a type from several places, their texts.
    pub fn text(&self, source: &[u8]) -> String {
        if self.range.is_empty() {
            return match &self.kind {
                TypeKind::Union(all) => all.iter().map(|it| it.text(source)).collect::<Vec<_>>().join(" | "),
                TypeKind::Optional(inner) if matches!(inner.kind, TypeKind::Union(_) | TypeKind::Function { .. }) => {
                    format!("({})?", inner.text(source))
                }
                TypeKind::Optional(inner) => format!("{}?", inner.text(source)),
                _ => String::new(),
            };
        }
        let text = String::from_utf8_lossy(self.range.slice(source)).replace('`', "");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Calls `visit` for the type and all types in it.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        visit(self);
        match &self.kind {
            TypeKind::Name(_, inner) | TypeKind::Union(inner) | TypeKind::Tuple(inner) => {
                inner.iter().for_each(|it| it.walk(visit));
            }
            TypeKind::Optional(inner) | TypeKind::Array(inner) => inner.walk(visit),
            TypeKind::Table(fields) => fields.iter().for_each(|field| {
                if let FieldKey::Type(key) = &field.key {
                    key.walk(visit);
                }
                field.value.walk(visit);
            }),
            TypeKind::Function { params, returns } => {
                params.iter().filter_map(|param| param.value.as_ref()).for_each(|it| it.walk(visit));
                returns.iter().for_each(|it| it.walk(visit));
            }
            TypeKind::Literal | TypeKind::Missing => {}
        }
    }
}

/// Reads types, names and texts from a part of a source, which does not go beyond a line as a rule.
pub(super) struct Reader<'a> {
    source: &'a [u8],
    at: usize,
    end: usize,
    depth: u32,
}

impl<'a> Reader<'a> {
    pub(super) fn new(source: &'a [u8], range: TextRange) -> Self {
        let end = (range.end as usize).min(source.len());
        Self { source, at: (range.start as usize).min(end), end, depth: 0 }
    }

    /// Goes back to an offset that it was at.
    pub(super) fn back_to(&mut self, offset: u32) {
        self.at = offset as usize;
    }

    pub(super) fn offset(&self) -> u32 {
        self.at as u32
    }

    fn peek(&self) -> Option<u8> {
        self.source[self.at..self.end].first().copied()
    }

    fn rest(&self) -> &'a [u8] {
        &self.source[self.at..self.end]
    }

    pub(super) fn skip_blanks(&mut self) {
        self.at += self.rest().iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    }

    /// Reads a sign that follows directly.
    pub(super) fn eat(&mut self, sign: &str) -> bool {
        let is_there = self.rest().starts_with(sign.as_bytes());
        self.at += if is_there { sign.len() } else { 0 };
        is_there
    }

    /// Reads a sign that may stand behind blanks; these are left where it does not.
    pub(super) fn eat_after_blanks(&mut self, sign: &str) -> bool {
        let before = self.at;
        self.skip_blanks();
        let is_there = self.eat(sign);
        if !is_there {
            self.at = before;
        }
        is_there
    }

    /// Reads a name: letters, digits, `_`, and, in names of types, `.` and `-` inside.
    pub(super) fn name(&mut self, is_type: bool) -> Option<TextRange> {
        let rest = self.rest();
        let is_first = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80;
        if !rest.first().is_some_and(|&byte| is_first(byte)) {
            return None;
        }
        let is_inner = |byte: u8| is_first(byte) || byte.is_ascii_digit() || is_type && matches!(byte, b'.' | b'-');
        let mut len = rest.iter().take_while(|&&byte| is_inner(byte)).count();
        while matches!(rest[len - 1], b'.' | b'-') {
            len -= 1;
        }
        let start = self.at;
        self.at += len;
        Some(TextRange::new(start as u32, self.at as u32))
    }

    /// True if a blank follows, a type in brackets or nothing.
    pub(super) fn is_at_end_of_word(&self) -> bool {
        self.peek().is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b':' | b'(' | b'{' | b'['))
    }

    /// Reads names with `.`, `:` or `#` between them; empty where none stands.
    pub(super) fn path(&mut self) -> TextRange {
        let _ = self.eat("`") || self.eat("#");
        let start = self.at;
        while self.name(false).is_some() {
            let is_sign = matches!(self.peek(), Some(b'.' | b':' | b'#'));
            let behind = self.rest().get(1);
            if !is_sign || !behind.is_some_and(|&byte| byte.is_ascii_alphabetic() || byte == b'_') {
                break;
            }
            self.at += 1;
        }
        TextRange::new(start as u32, self.at as u32)
    }

    /// Reads a word: all up to the next blank.
    pub(super) fn word(&mut self) -> TextRange {
        let start = self.at;
        self.at += self.rest().iter().take_while(|byte| !byte.is_ascii_whitespace()).count();
        TextRange::new(start as u32, self.at as u32)
    }

    /// The text that is left, without the blanks around it and the sign that begins a description.
    pub(super) fn text(&mut self) -> TextRange {
        self.skip_blanks();
        if self.eat("#") || self.eat("@") || self.eat("--") || self.eat("-") || self.eat(":") {
            self.skip_blanks();
        }
        let len = self.rest().trim_ascii_end().len();
        let range = TextRange::new(self.at as u32, (self.at + len) as u32);
        self.at = self.end;
        range
    }

    fn from(&self, start: usize, kind: TypeKind) -> TypeExpr {
        TypeExpr { range: TextRange::new(start as u32, self.at.max(start) as u32), kind }
    }

    /// Reads a type; one is missing where nothing is that begins one.
    pub(super) fn ty(&mut self) -> TypeExpr {
        self.skip_blanks();
        let start = self.at;
        if self.depth == MAX_DEPTH {
            self.at = self.end;
            return self.from(start, TypeKind::Missing);
        }
        self.depth += 1;
        self.eat("|");
        let mut all = vec![self.postfix()];
        while self.eat_after_blanks("|") {
            self.skip_blanks();
            all.push(self.postfix());
        }
        self.depth -= 1;
        match all.len() {
            1 => all.remove(0),
            _ => self.from(start, TypeKind::Union(all)),
        }
    }

    fn postfix(&mut self) -> TypeExpr {
        let start = self.at;
        let mut found = self.primary();
        // A name in backticks stands for the type that an argument names.
        self.eat("`");
        while found.kind != TypeKind::Missing {
            if self.eat("[]") {
                found = self.from(start, TypeKind::Array(Box::new(found)));
            } else if self.eat("?") {
                found = self.from(start, TypeKind::Optional(Box::new(found)));
            } else {
                break;
            }
        }
        found
    }

    fn primary(&mut self) -> TypeExpr {
        let start = self.at;
        self.eat("`");
        match self.peek() {
            Some(b'(') => {
                self.at += 1;
                let mut inner = self.list(")");
                match inner.len() {
                    1 => TypeExpr { range: TextRange::new(start as u32, self.at as u32), kind: inner.remove(0).kind },
                    _ => self.from(start, TypeKind::Tuple(inner)),
                }
            }
            Some(b'[') => {
                self.at += 1;
                let inner = self.list("]");
                self.from(start, TypeKind::Tuple(inner))
            }
            Some(b'{') => {
                self.at += 1;
                let fields = self.fields();
                self.from(start, TypeKind::Table(fields))
            }
            Some(quote @ (b'\'' | b'"')) => {
                self.at += 1;
                let len = self.rest().iter().take_while(|&&byte| byte != quote).count();
                self.at = (self.at + len + 1).min(self.end);
                self.from(start, TypeKind::Literal)
            }
            Some(b'-' | b'0'..=b'9') => {
                self.at += 1;
                self.at += self.rest().iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'.').count();
                if self.source[self.at - 1].is_ascii_alphanumeric() {
                    return self.from(start, TypeKind::Literal);
                }
                self.at = start;
                self.from(start, TypeKind::Missing)
            }
            Some(b'.') if self.eat("...") => {
                let name = TextRange::new(start as u32, self.at as u32);
                self.from(start, TypeKind::Name(name, Vec::new()))
            }
            _ => self.named(start),
        }
    }

    fn named(&mut self, start: usize) -> TypeExpr {
        let Some(name) = self.name(true) else { return self.from(start, TypeKind::Missing) };
        match name.slice(self.source) {
            b"true" | b"false" => return self.from(start, TypeKind::Literal),
            b"fun" | b"async" if self.eat_after_blanks("(") => return self.function(start),
            _ => {}
        }
        let arguments = if self.eat("<") { self.list(">") } else { Vec::new() };
        self.from(start, TypeKind::Name(name, arguments))
    }

    /// Reads types between commas up to a sign, or to the end where that is missing: there the last may still be typed.
    fn list(&mut self, close: &str) -> Vec<TypeExpr> {
        let mut all = Vec::new();
        loop {
            self.skip_blanks();
            if self.eat(close) {
                return all;
            }
            let before = self.at;
            // Results of a function type may have names.
            let is_named = close == ")" && (self.eat("...") || self.name(false).is_some()) && self.eat(":");
            if !is_named {
                self.at = before;
            }
            all.push(self.ty());
            if self.at == self.end {
                return all;
            }
            self.skip_blanks();
            if !self.eat(",") && !self.rest().starts_with(close.as_bytes()) && self.at == before {
                self.at += 1;
            }
        }
    }

    fn fields(&mut self) -> Vec<TypeField> {
        let mut all = Vec::new();
        loop {
            self.skip_blanks();
            if self.at == self.end || self.eat("}") {
                return all;
            }
            let before = self.at;
            if let Some((key, is_optional)) = self.field_key() {
                self.skip_blanks();
                self.eat(":");
                all.push(TypeField { key, is_optional, value: self.ty() });
            }
            self.skip_blanks();
            if !self.eat(",") && !self.eat(";") && self.at == before {
                self.at += 1;
            }
        }
    }

    /// Reads the key of a field, with its `?`.
    pub(super) fn field_key(&mut self) -> Option<(FieldKey, bool)> {
        let key = if self.eat("[") {
            self.skip_blanks();
            let key = self.ty();
            self.eat_after_blanks("]");
            match key.range.slice(self.source) {
                [b'\'' | b'"', inner @ .., b'\'' | b'"'] if key.kind == TypeKind::Literal => {
                    let start = key.range.start + 1;
                    FieldKey::Name(TextRange::new(start, start + inner.len() as u32))
                }
                _ => FieldKey::Type(key),
            }
        } else {
            FieldKey::Name(self.name(false)?)
        };
        Some((key, self.eat("?")))
    }

    fn function(&mut self, start: usize) -> TypeExpr {
        let mut params = Vec::new();
        loop {
            self.skip_blanks();
            if self.at == self.end || self.eat(")") {
                break;
            }
            let before = self.at;
            let name =
                if self.eat("...") { Some(TextRange::new(before as u32, self.at as u32)) } else { self.name(false) };
            if let Some(name) = name {
                self.eat("?");
                let value = self.eat_after_blanks(":").then(|| self.ty());
                params.push(TypeParam { name, value });
            }
            self.skip_blanks();
            if !self.eat(",") && self.at == before {
                self.at += 1;
            }
        }
        let mut returns = Vec::new();
        if self.eat_after_blanks(":") {
            loop {
                self.skip_blanks();
                // A result may have a name.
                let before = self.at;
                let is_named = self.name(false).is_some() && self.eat(":") && self.rest().first() == Some(&b' ');
                if !is_named {
                    self.at = before;
                }
                returns.push(self.ty());
                if self.depth > 1 || !self.eat_after_blanks(",") {
                    break;
                }
            }
        }
        self.from(start, TypeKind::Function { params, returns })
    }
}
