//! The tags of annotations: `@param`, `@return`, `@class` and their kin.

use text::TextRange;

use super::types::{FieldKey, Reader, TypeExpr, TypeField, TypeKind};

/// A tag: from `@`, or from the `|` of a further member of an alias, to the end of its comment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tag {
    /// The whole, without the blanks at its end.
    pub range: TextRange,
    /// Its name, without `@`; empty for a member of an alias.
    pub name: TextRange,
    /// Its contents.
    pub kind: TagKind,
}

/// The contents of a tag.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TagKind {
    /// `@param name? type text`
    Param {
        /// The name; `...` for the parameters that have none.
        name: TextRange,
        /// True for `name?`.
        is_optional: bool,
        /// The type; [`TypeKind::Missing`] if there is none.
        value: TypeExpr,
        /// The description.
        text: TextRange,
    },
    /// `@return type name text`
    Return {
        /// Types with the names that they are given.
        values: Vec<(TypeExpr, Option<TextRange>)>,
        /// The description.
        text: TextRange,
    },
    /// `@type type`, one for each variable
    Type(Vec<TypeExpr>, TextRange),
    /// `@class name: parent`
    Class {
        /// The name.
        name: TextRange,
        /// The classes that it has the fields of.
        parents: Vec<TypeExpr>,
        /// The description.
        text: TextRange,
    },
    /// `@field name type text`
    Field(TypeField, TextRange),
    /// `@alias name type`, `@enum name`
    Alias {
        /// The name.
        name: TextRange,
        /// The type; [`TypeKind::Missing`] if only members follow.
        value: TypeExpr,
        /// The description.
        text: TextRange,
    },
    /// `| type # text`: another member of the alias above
    Member(TypeExpr, TextRange),
    /// `@deprecated text`
    Deprecated(TextRange),
    /// `@as type`, the type of the expression before the comment
    As(TypeExpr),
    /// `@cast name type`, `@cast name +type, -?`
    Cast {
        /// The name of the variable.
        name: TextRange,
        /// The changes of its type, in order.
        changes: Vec<Change>,
    },
    /// `@generic name: type, …`: the names
    Generic(Vec<TextRange>),
    /// `@overload fun(name: type): type`
    Overload(TypeExpr, TextRange),
    /// `@see name text`
    See {
        /// A variable, a type, or one of their fields; empty if the text names none.
        name: TextRange,
        /// The whole text.
        text: TextRange,
    },
    /// Any other.
    Other(TextRange),
}

/// A part of `@cast`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// Sets the type.
    To(TypeExpr),
    /// Adds a type.
    Add(TypeExpr),
    /// Removes a type.
    Remove(TypeExpr),
    /// `+?`
    AddNil,
    /// `-?`
    RemoveNil,
}

impl Change {
    fn read(reader: &mut Reader<'_>) -> Self {
        reader.skip_blanks();
        if reader.eat("+?") {
            Self::AddNil
        } else if reader.eat("-?") {
            Self::RemoveNil
        } else if reader.eat("+") {
            Self::Add(reader.ty())
        } else if reader.eat("-") {
            Self::Remove(reader.ty())
        } else {
            Self::To(reader.ty())
        }
    }

    fn of(&self) -> Option<&TypeExpr> {
        match self {
            Self::To(of) | Self::Add(of) | Self::Remove(of) => Some(of),
            Self::AddNil | Self::RemoveNil => None,
        }
    }
}

/// The tags that completion offers, with their purpose.
pub const TAGS: [(&str, &str); 13] = [
    ("param", "A parameter of the function below: name, type, description"),
    ("return", "A result of the function below: type, name, description"),
    ("type", "The type of the variable below"),
    ("class", "A table with named fields: name, parent"),
    ("field", "A field of the class above: name, type, description"),
    ("alias", "Another name of a type"),
    ("enum", "A table whose values are the members of a type"),
    ("deprecated", "The function below should not be used any more"),
    ("as", "The type of the expression before the comment"),
    ("cast", "Another type of a variable from here on"),
    ("generic", "A type that each call of the function below decides"),
    ("overload", "Another way to call the function below"),
    ("see", "Where to read more"),
];

impl Tag {
    /// Reads a tag from the text behind the dashes of a comment. None if there is none.
    pub fn read(source: &[u8], body: TextRange) -> Option<Self> {
        let mut reader = Reader::new(source, body);
        reader.skip_blanks();
        let start = reader.offset();
        if reader.eat("|") {
            // `|>` and `|+` mark what older tools complete first.
            let _ = reader.eat(">") || reader.eat("+");
            let kind = TagKind::Member(reader.ty(), reader.text());
            return Some(Self { range: trimmed(source, start, body.end), name: TextRange::at(start), kind });
        }
        if !reader.eat("@") {
            return None;
        }
        let name = reader.name(false).unwrap_or(TextRange::at(reader.offset()));
        let kind = match name.slice(source) {
            b"param" => param(&mut reader, source),
            b"vararg" => {
                let name = TextRange::at(reader.offset());
                TagKind::Param { name, is_optional: false, value: reader.ty(), text: reader.text() }
            }
            b"return" | b"returns" => returned(&mut reader, source),
            b"type" => {
                let mut types = vec![reader.ty()];
                while reader.eat_after_blanks(",") {
                    types.push(reader.ty());
                }
                TagKind::Type(types, reader.text())
            }
            b"class" => class(&mut reader),
            b"field" => field(&mut reader, source),
            b"alias" | b"enum" => {
                reader.skip_blanks();
                if reader.eat("(") {
                    reader.word();
                    reader.skip_blanks();
                }
                let name = reader.name(true).unwrap_or(TextRange::at(reader.offset()));
                TagKind::Alias { name, value: reader.ty(), text: reader.text() }
            }
            b"deprecated" => TagKind::Deprecated(reader.text()),
            b"as" => TagKind::As(reader.ty()),
            b"cast" => {
                reader.skip_blanks();
                let name = reader.name(false).unwrap_or(TextRange::at(reader.offset()));
                let mut changes = vec![Change::read(&mut reader)];
                while reader.eat_after_blanks(",") {
                    changes.push(Change::read(&mut reader));
                }
                TagKind::Cast { name, changes }
            }
            b"overload" => TagKind::Overload(reader.ty(), reader.text()),
            b"see" => {
                reader.skip_blanks();
                let before = reader.offset();
                let name = reader.path();
                reader.back_to(before);
                TagKind::See { name, text: reader.text() }
            }
            b"generic" => {
                let mut names = Vec::new();
                loop {
                    reader.skip_blanks();
                    names.extend(reader.name(false));
                    if reader.eat_after_blanks(":") {
                        reader.ty();
                    }
                    if !reader.eat_after_blanks(",") {
                        break TagKind::Generic(names);
                    }
                }
            }
            _ => TagKind::Other(reader.text()),
        };
        Some(Self { range: trimmed(source, start, body.end), name, kind })
    }

    /// True if it begins with `|`: it is prose unless a tag stands above it whose type it adds to.
    pub fn is_member(&self) -> bool {
        matches!(self.kind, TagKind::Member(..))
    }

    /// True if a member on a line of its own may stand below another tag: it adds to the type of that. Below other tags than
    /// `@alias` it stands as `---| 'x'`, for a description may go on with a `|`.
    pub fn is_member_of(&self, above: &Self, source: &[u8]) -> bool {
        let at = self.range.start as usize;
        let is_after = |byte: &u8| matches!(byte, b' ' | b'\t' | b'>' | b'+' | b'\'' | b'"');
        let is_strict = source[..at].ends_with(b"-") && source.get(at + 1).is_some_and(is_after);
        match above.kind {
            TagKind::Alias { .. } | TagKind::Member(..) => true,
            TagKind::Param { .. } | TagKind::Return { .. } | TagKind::Type(..) => is_strict,
            _ => false,
        }
    }

    /// The types that stand in the tag.
    pub fn types(&self) -> Vec<&TypeExpr> {
        match &self.kind {
            TagKind::Param { value, .. }
            | TagKind::Alias { value, .. }
            | TagKind::Member(value, _)
            | TagKind::As(value)
            | TagKind::Overload(value, _) => vec![value],
            TagKind::Cast { changes, .. } => changes.iter().filter_map(Change::of).collect(),
            TagKind::Return { values, .. } => values.iter().map(|(value, _)| value).collect(),
            TagKind::Type(types, _) | TagKind::Class { parents: types, .. } => types.iter().collect(),
            TagKind::Field(field, _) => match &field.key {
                FieldKey::Type(key) => vec![key, &field.value],
                FieldKey::Name(_) => vec![&field.value],
            },
            TagKind::Deprecated(_) | TagKind::Generic(_) | TagKind::See { .. } | TagKind::Other(_) => Vec::new(),
        }
    }
}

impl Tag {
    /// Adds a member on a line of its own to the last type of the tag.
    pub(super) fn add_member(&mut self, member: TypeExpr) {
        let value = match &mut self.kind {
            TagKind::Param { value, .. } => Some(value),
            TagKind::Return { values, .. } => values.last_mut().map(|(value, _)| value),
            TagKind::Type(types, _) => types.last_mut(),
            _ => None,
        };
        if let Some(value) = value {
            value.add(member);
        }
    }
}

fn trimmed(source: &[u8], start: u32, end: u32) -> TextRange {
    let range = TextRange::new(start, end.max(start));
    TextRange::new(start, start + range.slice(source).trim_ascii_end().len() as u32)
}

/// Words with which a description begins whose author gave no type, as LDoc has it: `@param key the key`.
const PROSE: [&str; 14] =
    ["a", "an", "how", "if", "in", "of", "optional", "that", "the", "this", "what", "when", "which", "whether"];

/// Reads a type, unless a description begins.
fn type_or_prose(reader: &mut Reader<'_>, source: &[u8]) -> TypeExpr {
    reader.skip_blanks();
    let before = reader.offset();
    let value = reader.ty();
    let word = value.name(source).map(str::to_ascii_lowercase);
    let follows = source.get(reader.offset() as usize) == Some(&b' ');
    if follows && word.is_some_and(|word| PROSE.contains(&word.as_str())) {
        reader.back_to(before);
        return TypeExpr { range: TextRange::at(before), kind: TypeKind::Missing };
    }
    value
}

fn param(reader: &mut Reader<'_>, source: &[u8]) -> TagKind {
    reader.skip_blanks();
    let start = reader.offset();
    let name = match reader.eat("...") {
        true => TextRange::new(start, reader.offset()),
        false => reader.name(false).unwrap_or(TextRange::at(start)),
    };
    let is_optional = reader.eat("?");
    TagKind::Param { name, is_optional, value: type_or_prose(reader, source), text: reader.text() }
}

fn returned(reader: &mut Reader<'_>, source: &[u8]) -> TagKind {
    let mut values = Vec::new();
    loop {
        let value = type_or_prose(reader, source);
        let before = reader.offset();
        if value.kind == TypeKind::Missing {
            values.push((value, None));
            return TagKind::Return { values, text: reader.text() };
        }
        reader.skip_blanks();
        let name = reader.name(false);
        // A word is a name where a comma, a description or nothing follows; elsewhere it begins the description.
        let behind = reader.offset();
        reader.skip_blanks();
        let next = source.get(reader.offset() as usize);
        let is_name = name.is_some() && next.is_none_or(|byte| matches!(byte, b',' | b'#' | b'\r' | b'\n'));
        reader.back_to(if is_name { behind } else { before });
        values.push((value, name.filter(|_| is_name)));
        if !reader.eat_after_blanks(",") {
            return TagKind::Return { values, text: reader.text() };
        }
    }
}

fn class(reader: &mut Reader<'_>) -> TagKind {
    reader.skip_blanks();
    if reader.eat("(") {
        reader.word();
        reader.skip_blanks();
    }
    let name = reader.name(true).unwrap_or(TextRange::at(reader.offset()));
    if reader.eat("<") {
        while !reader.eat(">") && reader.name(false).is_some() {
            reader.skip_blanks();
            reader.eat(",");
            reader.skip_blanks();
        }
    }
    let mut parents = Vec::new();
    if reader.eat_after_blanks(":") {
        loop {
            parents.push(reader.ty());
            if !reader.eat_after_blanks(",") {
                break;
            }
        }
    }
    TagKind::Class { name, parents, text: reader.text() }
}

fn field(reader: &mut Reader<'_>, source: &[u8]) -> TagKind {
    reader.skip_blanks();
    let before = reader.offset();
    if let Some(word) = reader.name(false)
        && matches!(word.slice(source), b"public" | b"private" | b"protected" | b"package")
    {
        reader.skip_blanks();
        // It may be the name of the field itself.
        let behind = reader.offset();
        let follows = reader.field_key().is_some();
        reader.skip_blanks();
        let is_scope = follows && reader.ty().kind != TypeKind::Missing;
        reader.back_to(if is_scope { behind } else { before });
    } else {
        reader.back_to(before);
    }
    match reader.field_key() {
        // `a.b` is no name of a field.
        Some((key, is_optional)) if reader.is_at_end_of_word() => {
            let value = reader.ty();
            TagKind::Field(TypeField { key, is_optional, value }, reader.text())
        }
        _ => TagKind::Other(reader.text()),
    }
}
