//! `tostring` of what may be missing, as a key or an argument.

use semantic::{ApiPath, CallForm, Init};
use syntax::{BinaryOp, ExprId, ExprKind};

use crate::rule::declare_rule;
use crate::{
    Context, Sink,
    helpers::{missing_values, values},
};

declare_rule! {
    /// ## What it does
    /// Reports `tostring` of a reply that may be missing, where the text becomes a key or an argument of a command.
    ///
    /// ## Why it is bad
    /// A missing key or field is `false`, and `tostring` makes the text `false` of it. The command takes that as any other
    /// text: it stores `false`, or reads and deletes a key of this name.
    ///
    /// ## Example
    /// ```lua
    /// local owner = redis.call('GET', KEYS[1])
    /// redis.call('SADD', KEYS[2], tostring(owner))
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local owner = redis.call('GET', KEYS[1])
    /// if owner then
    ///   redis.call('SADD', KEYS[2], owner)
    /// end
    /// ```
    code: "missing-as-text",
    group: Replies,
    level: Warning,
    fix: None,
    since: "0.1.0",
    check: check,
}

/// Longer chains of `..` are not looked into.
const MAX_PARTS: usize = 32;

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let mut reported = Vec::new();
    for call in &context.script.calls {
        // Of a wrapper's words only its caller knows.
        if matches!(call.form, CallForm::Wrapper(_)) {
            continue;
        }
        for &word in call.words.iter().skip(1) {
            for (converted, value) in conversions(context, word) {
                if reported.contains(&converted) {
                    continue;
                }
                let Some(found) = missing_values::missing(context, value) else { continue };
                let Some(reply) = found.call else { continue };
                reported.push(converted);
                let subject = values::subject(context, value);
                let text = if found.what == "nil" { "nil" } else { "false" };
                let name = call.name().unwrap_or("the command");
                sink.report(
                    context.range(converted),
                    format!(
                        "{subject} may be {}, when {} finds nothing: {name} gets the text '{text}' then",
                        found.what,
                        values::name_and_line(context, reply, value)
                    ),
                )
                .help("test it first, or give a default: `value or ''`");
            }
        }
    }
}

/// The calls of `tostring` whose result is, or is joined into, a word; each with its argument.
fn conversions(context: &Context<'_>, word: ExprId) -> Vec<(ExprId, ExprId)> {
    let (script, tree) = (context.script, context.tree());
    let mut found = Vec::new();
    let mut parts = vec![given(context, word)];
    let mut steps = 0;
    while let Some(part) = parts.pop() {
        steps += 1;
        match &tree[part].kind {
            ExprKind::Call(call) if script.api(call.callee) == Some(ApiPath::Global("tostring")) => {
                if let [value] = *call.args {
                    found.push((part, value));
                }
            }
            ExprKind::Binary { op: BinaryOp::Concat, lhs, rhs, .. } if steps < MAX_PARTS => {
                parts.extend([rhs, lhs].map(|part| given(context, *part)));
            }
            _ => {}
        }
    }
    found
}

/// The expression behind a local that is never assigned again, also if that is a call.
fn given(context: &Context<'_>, expr: ExprId) -> ExprId {
    let scopes = &context.script.scopes;
    let resolved = context.script.resolve(expr);
    match scopes.local_of(resolved).and_then(|local| scopes.fixed(local)) {
        Some(Init::Nth(call, 0)) => call,
        _ => resolved,
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn nothing_becomes_text() {
        check(
            "missing-as-text",
            "
local row = redis.call('HGET', KEYS[1], ARGV[1])
redis.call('DEL', tostring(row))
                --^^^^^^^^^^^^^ warning[missing-as-text]: `row` may be `false`, when HGET on line 1 finds nothing: DEL gets the text 'false' then
local name = tostring(redis.call('GET', KEYS[1]))
           --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[missing-as-text]: this may be `false`, when GET finds nothing: SET gets the text 'false' then
redis.call('SET', KEYS[2], name)
redis.call('SET', KEYS[4], name)
redis.call('DEL', 'job:' .. tostring(redis.call('LRANGE', KEYS[3], 0, 0)[1]))
                          --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[missing-as-text]: this may be nil, when LRANGE finds nothing: DEL gets the text 'nil' then
",
        );
        check(
            "missing-as-text",
            "
local row = redis.call('HGET', KEYS[1], ARGV[1])
redis.log(redis.LOG_NOTICE, 'row ' .. tostring(row))
if row then redis.call('DEL', tostring(row)) end
redis.call('SET', KEYS[2], tostring(redis.call('GET', KEYS[3]) or 0))
redis.call('SET', KEYS[2], tostring(redis.call('INCR', KEYS[3])))
",
        );
    }
}
