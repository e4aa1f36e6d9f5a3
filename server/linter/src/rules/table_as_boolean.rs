//! Tables from the server used as conditions.

use semantic::{CallForm, flow::Kinds};
use syntax::{ExprId, ExprKind, StmtKind, UnaryOp};

use crate::rule::declare_rule;
use crate::{
    Context, Level, Sink,
    helpers::{server_tables, values},
};

declare_rule! {
    /// ## What it does
    /// Reports lists, statuses, KEYS and ARGV used as conditions: `if redis.call('HGETALL', key) then`. It is silent where the
    /// script asks for more of the same table, or where nothing depends on the outcome.
    ///
    /// ## Why it is bad
    /// A table is true, also when it is empty: a missing key has an empty list, and a command that fails raises an error. So the
    /// condition has always the same outcome, and the case of the missing key is never handled.
    ///
    /// ## Example
    /// ```lua
    /// local members = redis.call('SMEMBERS', KEYS[1])
    /// if not members then
    ///   return redis.error_reply('NOGROUP there is no such group')
    /// end
    /// return members
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local members = redis.call('SMEMBERS', KEYS[1])
    /// if #members == 0 then
    ///   return redis.error_reply('NOGROUP there is no such group')
    /// end
    /// return members
    /// ```
    code: "table-as-boolean",
    group: Replies,
    level: Warning,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let tree = context.tree();
    for (id, expr) in tree.exprs() {
        if !matches!(
            expr.kind,
            ExprKind::Name(_)
                | ExprKind::Field { .. }
                | ExprKind::Index { .. }
                | ExprKind::Call(_)
                | ExprKind::MethodCall(_)
        ) {
            continue;
        }
        let Some(of) = values::of(context, id).filter(|of| of.is(Kinds::TABLE)) else { continue };
        if !values::is_condition(context, id) {
            continue;
        }
        // Where KEYS is asked for, the file may be read outside of a server too.
        if context.script.scopes.is_global(id) {
            continue;
        }
        let Some(what) = server_tables::described(context, of) else { continue };
        if values::looks_again(context, id, id, |_, _| true)
            || server_tables::is_measured(context, of)
            || server_tables::is_mere_guard(context, id)
        {
            continue;
        }
        let (whole, parent) = values::user(context, id);
        let negated = parent.filter(|&parent| matches!(tree[parent].kind, ExprKind::Unary { op: UnaryOp::Not, .. }));
        if negated.is_some_and(|not| values::compared(context, not).is_some()) {
            continue;
        }
        let always = if negated.is_some() { "never" } else { "always" };
        let subject = values::subject(context, id);
        let empty = if server_tables::is_list(of) { "true even when it is empty" } else { "which is true" };
        let finding = sink.report(
            context.range(negated.unwrap_or(whole)),
            format!("{subject} is {what}, {empty}: this is {always} true"),
        );
        let finding = match negated.is_none() && !server_tables::is_list(of) && is_only_arm(context, whole) {
            // The author relies on the command's success, which is right.
            true => finding.level(Level::Hint),
            false => finding,
        };
        if server_tables::is_list(of) {
            let test = if negated.is_some() { "== 0" } else { "> 0" };
            server_tables::length_fix(context, finding, negated.unwrap_or(whole), id, test);
        } else if values::replied(context, of).is_some_and(|call| call.form == CallForm::Call) {
            finding
                .help("where the command fails, `redis.call` raises an error; `redis.pcall` gives it as `{err = …}`");
        }
    }
}

/// Returns true if an expression is the condition of an `if` without other arms.
fn is_only_arm(context: &Context<'_>, cond: ExprId) -> bool {
    match &context.tree()[context.script.scopes.stmt_of(cond)].kind {
        StmtKind::If(stmt) => stmt.otherwise.is_none() && matches!(*stmt.arms, [(of, _)] if of == cond),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn tables_are_true() {
        check(
            "table-as-boolean",
            "
local call = redis.call
local vals = call('HVALS', KEYS[1])
if not vals then return 'none' end
 --^^^^^^^^ warning[table-as-boolean]: `vals` is a list, the reply of HVALS, true even when it is empty: this is never true
local first = redis.call('ZRANGE', KEYS[2], 0, 0)
local word = first and 'some' or 'none'
           --^^^^^ warning[table-as-boolean]: `first` is a list, the reply of ZRANGE, true even when it is empty: this is always true
if redis.call('SET', KEYS[3], word) then return 1 end
 --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ hint[table-as-boolean]: this is a status, `{ok = …}`, the reply of SET, which is true: this is always true
if redis.call('SET', KEYS[4], word) then return 1 else return 0 end
 --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[table-as-boolean]: this is a status, `{ok = …}`, the reply of SET, which is true: this is always true
",
        );
    }

    #[test]
    fn more_is_asked_or_nothing_depends_on_it() {
        check(
            "table-as-boolean",
            "
local all = redis.call('SMEMBERS', KEYS[1])
if all and #all > 0 then return 1 end
local vals = redis.call('HVALS', KEYS[1])
if not vals then return 0 end
if #vals == 0 then return 0 end
local ids = redis.call('LRANGE', KEYS[2], 0, -1)
if ids then
  for _, id in ipairs(ids) do redis.call('DEL', id) end
end
if redis.call('SET', KEYS[3], 'x', 'NX') then return 1 end
if redis.call('LPOP', KEYS[4], 2) then return 2 end
local keys = redis.call('KEYS', '*') or {}
if KEYS and redis.call(ARGV[1]) then return keys end
",
        );
    }

    #[test]
    fn mended() {
        assert_eq!(
            fixed("table-as-boolean", "local v = redis.call('HVALS', KEYS[1])\nif not v then return 0 end\nreturn v"),
            "local v = redis.call('HVALS', KEYS[1])\nif #v == 0 then return 0 end\nreturn v"
        );
    }
}
