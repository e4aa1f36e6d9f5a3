//! What stands at a place of a script: the one classification that hover, definition and their kin share.

use commands::{CommandSpec, bind::Role};
use semantic::{ApiPath, CommandCall, Constant, Include, LocalId, Script, annotations::NameKind};
use syntax::{ExprId, ExprKind};
use text::TextRange;

use crate::{FieldAt, File, Project, TypeName, see};

/// An element of KEYS or ARGV.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Element {
    /// Whether it is one of KEYS.
    pub is_key: bool,
    /// Its index, from 1.
    pub index: u32,
}

impl Element {
    /// The table's name.
    pub const fn table(self) -> &'static str {
        if self.is_key { "KEYS" } else { "ARGV" }
    }
}

/// What stands at a place.
#[derive(Clone, Debug)]
pub enum At<'a> {
    /// A local, of this file or another: its file and itself.
    Local(usize, LocalId),
    /// A name of the sandbox: `redis.call`, `tonumber`.
    Api(ApiPath<'a>),
    /// A word of a command call, by its number.
    Word(&'a CommandCall, usize),
    /// `KEYS[1]`, or the comment that names it.
    Element(Element),
    /// An include directive, by its number.
    Include(usize, &'a Include),
    /// A string or number that is no word of a command.
    Literal,
    /// A global that is not known.
    Global,
    /// A field of a table of the script's own.
    Field(FieldAt),
    /// The name of a class or an alias in an annotation.
    Type(TypeName),
}

impl<'a> At<'a> {
    /// What stands at `offset`, and where exactly.
    pub fn find(project: &'a Project, file: usize, offset: u32) -> Option<(Self, TextRange)> {
        let it = &project.files[file];
        let script = &it.script;
        if let Some(found) = comment(it, offset) {
            return Some(found);
        }
        if see::is_at(project, file, offset) {
            return see::find(project, file, offset);
        }
        if let Some((name, range)) = TypeName::find(project, file, offset) {
            return Some((Self::Type(name), range));
        }
        if let Some((range, NameKind::Variable(Some(local)))) = script.annotations().name_at(offset) {
            return Some((Self::Local(file, local), range));
        }
        if let Some((local, range)) = declaration(script, offset) {
            return Some((Self::Local(file, local), range));
        }
        if let Some(field) = FieldAt::find(project, file, offset) {
            let range = field.field_use().range;
            let method = commands::api::member("string", field.name()).filter(|_| field.is_string_method());
            return match method {
                Some(item) => Some((Self::Api(ApiPath::Member(item.table, item.name)), range)),
                None => Some((Self::Field(field), range)),
            };
        }
        let expr = expr_at(script, offset)?;
        let range = script.tree()[expr].range;
        if let Some((call, nth)) = word(script, expr) {
            let decisive =
                matches!(call.binding.roles.get(nth), Some(Role::Command | Role::Subcommand | Role::Token(_)));
            if decisive || matches!(script.tree()[expr].kind, ExprKind::String | ExprKind::Number(_)) {
                return Some((Self::Word(call, nth), range));
            }
        }
        match &script.tree()[expr].kind {
            ExprKind::Name(_) => {
                if let Some((file, local)) = project.local(file, expr) {
                    return Some((Self::Local(file, local), range));
                }
                if let Some(element) = script.parent(expr).and_then(|parent| element(script, parent)) {
                    return Some((Self::Element(element), range));
                }
                let name = std::str::from_utf8(script.text(expr)).unwrap_or_default();
                if commands::api::global(name).is_some() {
                    return Some((Self::Api(ApiPath::Global(name)), range));
                }
                Some((Self::Global, range))
            }
            ExprKind::Field { name, .. } if name.range.start <= offset => {
                Some((Self::Api(script.api(expr)?), name.range))
            }
            ExprKind::Index { .. } => Some((Self::Element(element(script, expr)?), range)),
            ExprKind::String | ExprKind::Number(_) => {
                if let Some(parent) = script.parent(expr)
                    && let Some(element) = element(script, parent)
                {
                    return Some((Self::Element(element), script.tree()[parent].range));
                }
                Some((Self::Literal, range))
            }
            _ => None,
        }
    }
}

/// The element that an expression `KEYS[1]` is.
pub(crate) fn element(script: &Script, expr: ExprId) -> Option<Element> {
    let ExprKind::Index { base, key } = &script.tree()[expr].kind else { return None };
    let is_key = script.is_keys(*base);
    if !is_key && !script.is_argv(*base) {
        return None;
    }
    match script.constant(*key) {
        Some(Constant::Number(index)) if index >= 1.0 && index.fract() == 0.0 && index < 1e9 => {
            Some(Element { is_key, index: index as u32 })
        }
        _ => None,
    }
}

/// The command call of which an expression is a word of its own, and its number among the words.
pub(crate) fn word(script: &Script, expr: ExprId) -> Option<(&CommandCall, usize)> {
    let parent = script.parent(expr)?;
    script
        .calls
        .iter()
        .filter(|call| call.call == parent || call.words.contains(&expr))
        .find_map(|call| Some((call, call.words.iter().position(|&word| word == expr)?)))
}

/// The command or subcommand that a call names.
pub(crate) fn spec(call: &CommandCall) -> Option<&'static CommandSpec> {
    call.binding.spec
}

/// What a comment at `offset` says: an include, or a key or argument by its name.
fn comment(file: &File, offset: u32) -> Option<(At<'_>, TextRange)> {
    let script = &file.script;
    let inside = |range: TextRange| range.start <= offset && offset <= range.end;
    if let Some((nth, include)) = script.includes.iter().enumerate().find(|(_, include)| inside(include.range)) {
        return Some((At::Include(nth, include), include.range));
    }
    let header = &script.header;
    let named = header.keys.iter().map(|entry| (true, entry)).chain(header.args.iter().map(|entry| (false, entry)));
    named
        .filter(|(_, entry)| inside(entry.range))
        .map(|(is_key, entry)| (At::Element(Element { is_key, index: entry.index }), entry.range))
        .next()
}

/// The local whose declaration `offset` is on.
fn declaration(script: &Script, offset: u32) -> Option<(LocalId, TextRange)> {
    let on = |range: TextRange| !range.is_empty() && range.start <= offset && offset <= range.end;
    script.scopes.locals().find(|(_, local)| on(local.name.range)).map(|(id, local)| (id, local.name.range))
}

/// The smallest expression that `offset` is in, or just behind.
pub(crate) fn expr_at(script: &Script, offset: u32) -> Option<ExprId> {
    let mut best: Option<(u32, ExprId)> = None;
    for (id, expr) in script.tree().exprs() {
        let range = expr.range;
        if range.start <= offset && offset <= range.end && !range.is_empty() {
            // Just behind one expression may be the start of the next, which is meant.
            let weight = range.len() * 2 + u32::from(offset == range.end);
            if best.is_none_or(|(least, _)| weight < least) {
                best = Some((weight, id));
            }
        }
    }
    best.map(|(_, id)| id)
}
