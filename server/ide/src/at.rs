//! Classifies the code at a position. Shared by hover, definition and related features.

use commands::CommandSpec;
use semantic::{ApiPath, CommandCall, Constant, Include, LocalId, Script};
use syntax::{ExprId, ExprKind};

use crate::{FieldAt, TypeName};

/// An element of KEYS or ARGV.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Element {
    /// True if it is one of KEYS.
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

/// The code at a position.
#[derive(Clone, Debug)]
pub enum At<'a> {
    /// A local, of this file or another: its file and itself.
    Local(usize, LocalId),
    /// A name of the sandbox: `redis.call`, `tonumber`.
    Api(ApiPath<'a>),
    /// A word of a command call, by its index.
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

/// The command call that has an expression as a word of its own, and the index of the word.
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
