//! Members that the sandbox's tables do not have.

use commands::{Target, api};
use semantic::{
    ApiPath,
    flow::{Kinds, Type},
};
use syntax::{ExprId, ExprKind, Name};
use text::TextRange;

use crate::rule::declare_rule;
use crate::{
    Context, Edit, Level, Sink,
    context::on_targets,
    helpers::{
        command_problems::{self, targets_where},
        values,
    },
};

declare_rule! {
    /// ## What it does
    /// Reports `redis.cal`, `cjson.endcode`, `string.trim`: names that a table of the server does not have; as a warning also
    /// fields of text, `ARGV[1].length`.
    ///
    /// ## Why it is bad
    /// The value is nil, and calling it stops the script: `attempt to call field 'cal' (a nil value)`.
    ///
    /// ## Example
    /// ```lua
    /// return redis.cal('GET', KEYS[1])
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// return redis.call('GET', KEYS[1])
    /// ```
    code: "unknown-member",
    group: Names,
    level: Error,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let script = context.script;
    let written: Vec<(&str, &str)> = context
        .tree()
        .fields()
        .filter(|(id, _)| context.script.is_target(*id))
        .filter_map(|(id, _)| match script.api(id)? {
            ApiPath::Member(table, member) if api::member(table, member).is_none() => Some((table, member)),
            _ => None,
        })
        .collect();
    for (id, expr) in context.tree().fields() {
        let ExprKind::Field { base, name } = &expr.kind else { continue };
        let Some(ApiPath::Member(table, member)) = script.api(id) else {
            if !context.script.is_target(id) {
                field_of_text(context, sink, *base, name);
            }
            continue;
        };
        // An assignment to it is told of by readonly-table, once.
        if !api::TABLES.contains(&table) || context.script.is_target(id) || written.contains(&(table, member)) {
            continue;
        }
        let here = context.api_context(script.scopes.function_of(id));
        let has_table = |target: Target| api::has_global(table, target, here);
        if !context.targets.iter().any(|&target| has_table(target)) {
            continue;
        }
        let known = api::member(table, member);
        let lacks =
            |target: Target| has_table(target) && !known.is_some_and(|known| api::has_member(known, target, here));
        let Some(targets) = targets_where(context, lacks) else { continue };
        // A look whether it is there, as in `redis.replicate_commands and …`, is how scripts serve several versions.
        if known.is_some() && is_tested(context, id) {
            continue;
        }
        let shown = context.shown(context.range(*base));
        let range = name.range;
        if let Some(known) = known {
            let when = match here {
                api::Context::Eval => "in a script",
                api::Context::LibraryLoad => "while a library loads",
                api::Context::Function => "inside a function of a library",
            };
            // Where no server has it here the version does not matter.
            let is_new = Target::KNOWN.iter().any(|&target| api::has_member(known, target, here));
            let came =
                known.since.began().filter(|_| is_new).map_or_else(String::new, |it| format!(": it came with {it}"));
            let on = match came.is_empty() {
                true => on_targets(&targets),
                false => command_problems::on_these(context, &on_targets(&targets)),
            };
            if here == api::Context::LibraryLoad && matches!(member, "call" | "pcall") {
                continue;
            }
            sink.report(range, format!("`{shown}.{member}` is not there {when}{on}{came}"));
        } else if matches!(table, "redis" | "server") && commands::lookup(member.as_bytes()).is_some() {
            let name = member.to_ascii_uppercase();
            let finding = sink
                .report(range, format!("`{shown}` has no `{member}`: commands are called by their name"))
                .help(format!("write `{shown}.call('{name}', …)`"));
            if let Some(edits) = as_call(context, id, range, &name) {
                finding.fix(format!("Call {name} by `{shown}.call`"), edits);
            }
        } else if let Some(instead) = api::instead_of_member(table, member) {
            sink.report(range, format!("`{shown}` has no `{member}`")).help(instead);
        } else if let Some(meant) = api::suggest_member(table, member, context.targets, here) {
            sink.report(range, format!("`{shown}` has no `{member}`: did you mean `{meant}`?"))
                .fix(format!("Replace by `{meant}`"), vec![Edit::replace(range, meant)]);
        } else {
            sink.report(range, format!("`{shown}` has no `{member}`"));
        }
    }
}

/// `redis.get(key)` as `redis.call('GET', key)`.
fn as_call(context: &Context<'_>, member: ExprId, range: TextRange, name: &str) -> Option<Vec<Edit>> {
    let ExprKind::Call(call) = &context.tree()[context.script.parent(member)?].kind else { return None };
    let open = call.args_range.start;
    (call.callee == member && context.source().get(open as usize) == Some(&b'(')).then(|| {
        let comma = if call.args.is_empty() { "" } else { ", " };
        vec![Edit::replace(range, "call"), Edit::insert(open + 1, format!("'{name}'{comma}"))]
    })
}

/// A field of text that strings do not have: `ARGV[1].length`.
fn field_of_text(context: &Context<'_>, sink: &mut Sink<'_>, base: ExprId, name: &Name) {
    let is_text = |of: &Type| of.kinds.has(Kinds::STRING) && of.is(Kinds::STRING | Kinds::FALSY);
    let member = name.as_str(&context.script.source);
    if !values::of(context, base).is_some_and(is_text) || member.is_empty() || api::member("string", member).is_some() {
        return;
    }
    let subject = values::subject(context, base);
    let message = format!("{subject} is text, which has no field `{member}`: this is always nil");
    let finding = sink.report(name.range, message).level(Level::Warning);
    if matches!(member, "length" | "size" | "count") {
        finding.help("`#text` is its length");
    }
}

/// True if the value is only looked at: a condition, an operand of `and`, `or`, `not`, `==`.
fn is_tested(context: &Context<'_>, id: syntax::ExprId) -> bool {
    use syntax::{BinaryOp, StmtKind, UnaryOp};
    match context.script.parent(id).map(|parent| &context.tree()[parent].kind) {
        Some(ExprKind::Binary { op: BinaryOp::And | BinaryOp::Or | BinaryOp::Eq | BinaryOp::Ne, .. })
        | Some(ExprKind::Unary { op: UnaryOp::Not, .. }) => true,
        None => match &context.tree()[context.script.scopes.stmt_of(id)].kind {
            StmtKind::If(stmt) => stmt.arms.iter().any(|(cond, _)| *cond == id),
            _ => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn names_that_tables_lack() {
        check(
            "unknown-member",
            "
local v = redis.cal('GET', KEYS[1])
              --^^^ error[unknown-member]: `redis` has no `cal`: did you mean `call`?
local j = cjson.endcode(v)
              --^^^^^^^ error[unknown-member]: `cjson` has no `endcode`: did you mean `encode`?
local s = string.trim(v)
               --^^^^ error[unknown-member]: `string` has no `trim`
local g = redis.get(KEYS[1])
              --^^^ error[unknown-member]: `redis` has no `get`: commands are called by their name
redis.log(redis.LOG_WARN, g)
              --^^^^^^^^ error[unknown-member]: `redis` has no `LOG_WARN`: did you mean `LOG_WARNING`?
if ARGV[1].length > 5 then return 1 end
         --^^^^^^ warning[unknown-member]: `ARGV[1]` is text, which has no field `length`: this is always nil
function string.split(text) return { text } end
return table.getn(KEYS), math.mod(5, 3), redis.LOG_NOTICE, string.split(s)
",
        );
        assert_eq!(
            fixed("unknown-member", "return redis.hget(KEYS[1], 'f')"),
            "return redis.call('HGET', KEYS[1], 'f')"
        );
        assert_eq!(fixed("unknown-member", "return redis.time()"), "return redis.call('TIME')");
        let old = crate::Options { targets: vec![commands::Target::redis(6, 2)], ..Default::default() };
        check_with(
            "unknown-member",
            "
return redis.REDIS_VERSION or redis.acl_check_cmd('GET')
                                  --^^^^^^^^^^^^^ error[unknown-member]: `redis.acl_check_cmd` is not there in a script on redis 6.2: it came with Redis 7.0
",
            &old,
            None,
        );
    }
}
