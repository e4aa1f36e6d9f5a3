//! Integer replies as conditions.

use semantic::ApiPath;
use syntax::{ExprId, ExprKind, UnaryOp};

use crate::rule::declare_rule;
use crate::{Context, Edit, Sink, helpers::values};

declare_rule! {
    /// ## What it does
    /// Reports integer replies whose truth is asked for: `if redis.call('EXISTS', key) then`. Where the same condition
    /// looks at the number too (`n and n > 0`), nothing is said.
    ///
    /// ## Why it is bad
    /// In Lua every number is true, 0 as well: the condition always holds. Nearly all commands that answer yes or no do so
    /// with 1 or 0.
    ///
    /// ## Example
    /// ```lua
    /// if redis.call('SISMEMBER', KEYS[1], ARGV[1]) then
    ///   return 'known'
    /// end
    /// return 'new'
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// if redis.call('SISMEMBER', KEYS[1], ARGV[1]) == 1 then
    ///   return 'known'
    /// end
    /// return 'new'
    /// ```
    code: "integer-as-boolean",
    group: Replies,
    level: Warning,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let tree = context.tree();
    for (id, expr) in tree.exprs() {
        if matches!(
            expr.kind,
            ExprKind::Number(_) | ExprKind::Paren(_) | ExprKind::Unary { .. } | ExprKind::Binary { .. }
        ) {
            continue;
        }
        let Some((call, binary)) = values::integer_reply(context, id) else { continue };
        if !values::is_condition(context, id) || values::looks_again(context, id, id, is_looked_at) {
            continue;
        }
        let (whole, parent) = values::user(context, id);
        let negated = parent.filter(|&parent| matches!(tree[parent].kind, ExprKind::Unary { op: UnaryOp::Not, .. }));
        // `not x == 1` is read as `(not x) == 1`: the comparison is the mistake.
        if negated.is_some_and(|not| values::compared(context, not).is_some()) {
            continue;
        }
        let name = call.name().unwrap_or("the command");
        let subject = match values::subject(context, id) {
            this if this == "this" => format!("{name} replies with a number"),
            text => format!("{text} is the number that {name} replied"),
        };
        let always = if negated.is_some() { "never" } else { "always" };
        let range = context.range(negated.unwrap_or(id));
        let finding = sink.report(range, format!("{subject}, and 0 is true as well: this is {always} true"));
        let finding = if call.call == id {
            finding
        } else {
            finding.related(values::place(context, call.call), format!("{name} is called here"))
        };
        match negated {
            None => {
                let test = if binary { " == 1" } else { " > 0" };
                finding.fix(format!("Add `{}`", test.trim_start()), vec![Edit::insert(context.range(whole).end, test)]);
            }
            Some(not) => {
                let text = format!("{} == 0", context.script.text_of(context.range(whole)));
                finding.fix("Compare with 0", vec![Edit::replace(context.range(not), text)]);
            }
        }
    }
}

/// True if this use of the value tests the number.
fn is_looked_at(context: &Context<'_>, other: ExprId) -> bool {
    values::compared(context, other).is_some()
        || matches!(values::argument_of(context, other), Some((ApiPath::Global("tonumber" | "type"), _)))
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn zero_is_true() {
        check(
            "integer-as-boolean",
            "
local rcall = redis.call
if not rcall('EXISTS', KEYS[1]) then return 0 end
 --^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[integer-as-boolean]: EXISTS replies with a number, and 0 is true as well: this is never true
local added = rcall('SADD', KEYS[2], ARGV[1])
local word = added and 'new' or 'old'
           --^^^^^ warning[integer-as-boolean]: `added` is the number that SADD replied, and 0 is true as well: this is always true
while rcall('LLEN', KEYS[3]) do rcall('LPOP', KEYS[3]) end
    --^^^^^^^^^^^^^^^^^^^^^^ warning[integer-as-boolean]: LLEN replies with a number, and 0 is true as well: this is always true
return word
",
        );
    }

    #[test]
    fn the_number_is_asked_for() {
        check(
            "integer-as-boolean",
            "
local n = redis.call('LLEN', KEYS[1])
if n and n > 0 then return n end
if not n or tonumber(n) == 0 then return 0 end
if redis.call('EXISTS', KEYS[1]) == 1 then return 1 end
local size = redis.call('SCARD', KEYS[2]) or 0
local rank = redis.call('ZRANK', KEYS[3], ARGV[1])
if rank then return rank end
local got = redis.call('GET', KEYS[4])
return got and size or redis.call('TTL', KEYS[4])
",
        );
    }

    #[test]
    fn mended() {
        let fixed = |source| fixed("integer-as-boolean", source);
        assert_eq!(
            fixed("if redis.call('EXISTS', KEYS[1]) and redis.call('LLEN', KEYS[2]) then return 1 end"),
            "if redis.call('EXISTS', KEYS[1]) == 1 and redis.call('LLEN', KEYS[2]) > 0 then return 1 end"
        );
        assert_eq!(
            fixed("if not redis.call('SETNX', KEYS[1], 1) then return 0 end"),
            "if redis.call('SETNX', KEYS[1], 1) == 0 then return 0 end"
        );
    }
}
