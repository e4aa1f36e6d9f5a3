//! Patterns that come from outside.

use semantic::{
    ApiPath,
    flow::Kinds,
    values::{Piece, Template},
};
use syntax::{ExprId, ExprKind};

use crate::rule::declare_rule;
use crate::{Context, Sink, helpers::values};

declare_rule! {
    /// ## What it does
    /// Points out arguments, keys and replies that `string.find`, `match`, `gmatch` or `gsub` takes for a pattern. What is
    /// named a pattern, in the script or in the comment at its top, is taken for one that callers mean to pass.
    ///
    /// ## Why it is bad
    /// `-`, `.`, `%`, `+`, `*`, `?`, `[`, `(`, `^` and `$` stand for something else in a pattern: `user-1` does not find
    /// itself, and a lone `[` or `%` stops the script.
    ///
    /// ## Example
    /// ```lua
    /// return string.find(redis.call('GET', KEYS[1]) or '', ARGV[1])
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// return string.find(redis.call('GET', KEYS[1]) or '', ARGV[1], 1, true)
    /// ```
    code: "pattern-from-data",
    group: Types,
    level: Hint,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (_, expr) in context.tree().calls().chain(context.tree().method_calls()) {
        let (name, args): (&str, Vec<ExprId>) = match &expr.kind {
            ExprKind::Call(call) => match context.script.api(call.callee) {
                Some(ApiPath::Member("string", name)) => (name, call.args.to_vec()),
                _ => continue,
            },
            ExprKind::MethodCall(call) if values::is_text(context, call.base) => {
                let args = std::iter::once(call.base).chain(call.args.iter().copied());
                (call.name.as_str(context.source()), args.collect())
            }
            _ => continue,
        };
        let Some(&pattern) = args.get(1).filter(|_| matches!(name, "find" | "match" | "gmatch" | "gfind" | "gsub"))
        else {
            continue;
        };
        let is_falsy = |&plain: &ExprId| values::of(context, plain).is_some_and(|of| of.is(Kinds::FALSY));
        if name == "find" && args.get(3).is_some_and(|plain| !is_falsy(plain)) {
            continue;
        }
        let templates = context.templates(pattern);
        let Some(from) = templates.iter().find_map(|template| foreign(context, template)) else { continue };
        if is_called_pattern(context, pattern) || values::of(context, pattern).is_some_and(|of| of.is(Kinds::NUMBER)) {
            continue;
        }
        let help = match name {
            "find" => "for the text itself: `string.find(text, part, 1, true)`",
            _ => "put a `%` before each sign that is magic: `part:gsub('%p', '%%%0')`",
        };
        sink.report(context.range(pattern), format!("{from} is taken for a pattern: `-`, `.` and `%` in it are magic"))
            .help(help);
    }
}

/// Describes the first piece of a pattern that comes from outside; none without one, or if a piece is unknown.
fn foreign(context: &Context<'_>, template: &Template) -> Option<String> {
    if template.0.iter().any(|piece| matches!(piece, Piece::Unknown(_) | Piece::Within(..))) {
        return None;
    }
    // `'[^' .. separator .. ']+'`: in a set hardly anything is magic.
    let is_in_set = |at: usize| match at.checked_sub(1).map(|before| &template.0[before]) {
        Some(Piece::Text(text)) => text.ends_with(b"[") || text.ends_with(b"[^"),
        _ => false,
    };
    template.0.iter().enumerate().find_map(|(at, piece)| match piece {
        _ if is_in_set(at) => None,
        Piece::Argument(index) => {
            let entry = context.script.header.args.iter().find(|entry| Some(entry.index) == *index);
            let is_pattern = entry.is_some_and(|entry| names_pattern(&context.script.text_of(entry.text)));
            (!is_pattern).then(|| piece.to_string())
        }
        Piece::Key(_) => Some(piece.to_string()),
        Piece::Reply(Some(name)) => Some(format!("the reply of {name}")),
        _ => None,
    })
}

/// Returns true if a value has a name by which it is meant for a pattern.
fn is_called_pattern(context: &Context<'_>, expr: ExprId) -> bool {
    let range = context.range(expr);
    context.tree().exprs().any(|(id, inner)| {
        range.contains_range(inner.range)
            && matches!(inner.kind, ExprKind::Name(_) | ExprKind::Field { .. })
            && names_pattern(&context.script.text_of(context.range(id)))
    })
}

fn names_pattern(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["pat", "regex", "glob", "filter"].iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn from_outside() {
        check(
            "pattern-from-data",
            "
local prefix, text = KEYS[1] .. ':', redis.call('GET', KEYS[2]) or ''
local a = string.find(text, ARGV[1])
                          --^^^^^^^ hint[pattern-from-data]: ARGV[1] is taken for a pattern: `-`, `.` and `%` in it are magic
local b = text:gsub('^' .. prefix, '')
                  --^^^^^^^^^^^^^ hint[pattern-from-data]: KEYS[1] is taken for a pattern: `-`, `.` and `%` in it are magic
local c = text:find(ARGV[1], 1, true)
local d = text:match('^%d+$')
local pattern = ARGV[2]
local e = text:match(pattern)
local f = text:match((ARGV[3]:gsub('%p', '%%%0')))
local g = text:match('[^' .. ARGV[4] .. ']+')
",
        );
        check("pattern-from-data", "-- ARGV[1] a Lua pattern\nreturn string.match(KEYS[1], ARGV[1])\n");
    }
}
