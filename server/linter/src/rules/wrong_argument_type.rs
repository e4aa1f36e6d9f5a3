//! Tables, booleans, functions and nil as arguments of commands.

use semantic::{ApiPath, Constant, Init};
use syntax::{BinaryOp, ExprId, ExprKind, UnaryOp};

use crate::{Context, Sink, commands_help};
use crate::rule::declare_rule;

declare_rule! {
    /// ## What it does
    /// Reports arguments of `redis.call` and `redis.pcall` that are neither strings nor numbers.
    ///
    /// ## Why it is bad
    /// The server refuses the call: `Lua redis lib command arguments must be strings or integers`.
    ///
    /// ## Example
    /// ```lua
    /// redis.call('SADD', KEYS[1], {'a', 'b'})
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// redis.call('SADD', KEYS[1], unpack({'a', 'b'}))
    /// ```
    "wrong-argument-type", Error, None, check
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for call in &context.script.calls {
        for (at, &word) in call.words.iter().enumerate() {
            let Some((what, help)) = kind(context, word) else { continue };
            sink.report(
                commands_help::word_range(context, call, at),
                format!("{what} cannot be an argument of a command: only strings and numbers can"),
            )
            .help(help);
        }
    }
}

/// What `expr` is, if it is surely of a type that no command takes.
fn kind(context: &Context<'_>, expr: ExprId) -> Option<(&'static str, &'static str)> {
    let script = context.script;
    match script.constant(expr) {
        Some(Constant::Nil) => return Some(("nil", "a missing value must be left out or be an empty string")),
        Some(Constant::Bool(_)) => return Some(("a boolean", "write it as 1 and 0, or as text")),
        Some(_) => return None,
        None => {}
    }
    let tree = context.tree();
    let resolved = script.resolve(expr);
    match &tree[resolved].kind {
        ExprKind::Table(_) => {
            Some(("a table", "pass its elements with `unpack(…)`, or its text with `cjson.encode(…)`"))
        }
        ExprKind::Function(_) => Some(("a function", "pass what it returns")),
        ExprKind::Unary { op: UnaryOp::Not, .. } => Some(("a boolean", "write it as 1 and 0, or as text")),
        ExprKind::Binary { op, .. } if op.is_equality() || op.is_order() => {
            Some(("a boolean", "write `condition and 1 or 0`"))
        }
        ExprKind::Binary { op: BinaryOp::And, lhs, rhs, .. } => {
            // `a == b and …` leaves `false` only where nothing follows with `or`.
            let _ = (lhs, rhs);
            None
        }
        ExprKind::Name(_) => match script.api(resolved) {
            Some(ApiPath::Global("KEYS" | "ARGV")) => Some(("a table", "pass its elements with `unpack(…)`")),
            _ => {
                let local = script.scopes.local_of(resolved)?;
                matches!(script.scopes.fixed(local)?, Init::Function(_))
                    .then_some(("a function", "call it and pass what it returns"))
            }
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn what_the_server_refuses() {
        check(
            "wrong-argument-type",
            "
redis.call('SET', KEYS[1], nil)
                         --^^^ error[wrong-argument-type]: nil cannot be an argument of a command: only strings and numbers can
local flag = true
redis.call('SET', KEYS[1], flag)
                         --^^^^ error[wrong-argument-type]: a boolean cannot be an argument of a command: only strings and numbers can
redis.call('DEL', KEYS)
                --^^^^ error[wrong-argument-type]: a table cannot be an argument of a command: only strings and numbers can
redis.call('SET', KEYS[1], a == b)
                         --^^^^^^ error[wrong-argument-type]: a boolean cannot be an argument of a command: only strings and numbers can
redis.call('SET', KEYS[1], a == b and 1 or 0)
redis.call('SET', KEYS[1], ARGV[1] or '')
local t = {}
t = 'x'
redis.call('SET', KEYS[1], t)
",
        );
    }
}
