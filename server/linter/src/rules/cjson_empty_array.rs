//! Empty lists in JSON.

use semantic::{
    ApiPath,
    flow::{Flow, TableType, Type},
};
use syntax::{ExprId, ExprKind};

use crate::rule::declare_rule;
use crate::{Context, Edit, Sink};

declare_rule! {
    /// ## What it does
    /// Points out `cjson.encode` of a list that may be empty: `{}`, a list that is filled in a loop, a reply.
    ///
    /// ## Why it is bad
    /// Lua has no empty list that is not an empty map too, and cjson takes it for a map: the reader gets `{}` where it gets
    /// `[…]` at other times.
    ///
    /// ## Example
    /// ```lua
    /// return cjson.encode(redis.call('SMEMBERS', KEYS[1]))
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local members = redis.call('SMEMBERS', KEYS[1])
    /// return #members == 0 and '[]' or cjson.encode(members)
    /// ```
    code: "cjson-empty-array",
    group: Json,
    level: Hint,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let (script, tree) = (context.script, context.tree());
    let flow = script.flow();
    for (id, expr) in tree.calls() {
        let ExprKind::Call(call) = &expr.kind else { continue };
        let (Some(ApiPath::Member("cjson", "encode")), [value]) = (script.api(call.callee), &*call.args) else {
            continue;
        };
        let Some(of) = flow.of(*value) else { continue };
        let range = context.range(*value);
        if tree[tree.unparen(*value)].kind == ExprKind::Table(Default::default()) {
            sink.report(range, "JSON gets `{}`, an empty object")
                .help("for an empty list write '[]'")
                .fix("Write an empty list", vec![Edit::replace(expr.range, "'[]'")]);
        } else if is_measured(context, *value) {
            // A length that is asked for somewhere shows that the author knows.
        } else if may_be_empty(flow, of) {
            let finding = sink
                .report(range, "when this list is empty, JSON gets `{}`, an empty object")
                .help("write '[]' for an empty list");
            if matches!(tree[*value].kind, ExprKind::Name(_)) {
                let shown = context.shown(range);
                let edits = vec![
                    Edit::insert(expr.range.start, format!("(#{shown} == 0 and '[]' or ")),
                    Edit::insert(context.range(id).end, ")"),
                ];
                finding.fix("Write '[]' for an empty list", edits);
            }
        } else if let Some(name) = field(flow, of) {
            sink.report(range, format!("when the list `{name}` is empty, JSON gets `{{}}` for it, an empty object"))
                .help("leave an empty list out, or put the JSON together as text");
        }
    }
}

/// True if a value is a list for all that is known, and may be empty.
fn may_be_empty(flow: &Flow, of: &Type) -> bool {
    if of.nonempty || !of.is(semantic::flow::Kinds::TABLE) {
        return false;
    }
    match of.the_table() {
        Some(TableType::List(list)) => list.length.is_none() && list.items.is_none() && list.unbounded,
        Some(TableType::Built(expr)) => flow.site(*expr).is_some_and(|site| {
            let fills = flow.get(site.element).kinds;
            site.is_list() && site.items.is_empty() && site.rest.is_none() && !fills.is_empty()
        }),
        _ => false,
    }
}

/// A field of a table that is such a list.
fn field(flow: &Flow, of: &Type) -> Option<String> {
    let Some(TableType::Built(expr)) = of.the_table() else { return None };
    let site = flow.site(*expr).filter(|site| !site.escaped)?;
    let (name, _) = site.fields.iter().find(|&(_, &value)| may_be_empty(flow, flow.get(value)))?;
    Some(String::from_utf8_lossy(name).into_owned())
}

/// True if the script tests the length of the value, or its first element.
fn is_measured(context: &Context<'_>, value: ExprId) -> bool {
    let (script, tree) = (context.script, context.tree());
    let Some(local) = script.scopes.local_of(tree.unparen(value)) else { return false };
    script.scopes[local].reads.iter().any(|&read| {
        let Some(parent) = script.parent(read) else { return false };
        match &tree[parent].kind {
            ExprKind::Unary { op: syntax::UnaryOp::Len, .. } => {
                // `t[#t + 1] = x` asks for another reason.
                script.parent(parent).is_some_and(|outer| match tree[outer].kind {
                    ExprKind::Binary { op, .. } => op.is_equality() || op.is_order(),
                    _ => false,
                })
            }
            ExprKind::Call(call) => script.api(call.callee) == Some(ApiPath::Global("next")),
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn lists_that_may_be_empty() {
        check(
            "cjson-empty-array",
            "
local due = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], 0, ARGV[1])) do
  if redis.call('EXISTS', id) == 1 then due[#due + 1] = id end
end
redis.call('SET', KEYS[2], cjson.encode({ids = due, at = ARGV[1]}))
                                      --^^^^^^^^^^^^^^^^^^^^^^^^^ hint[cjson-empty-array]: when the list `ids` is empty, JSON gets `{}` for it, an empty object
redis.call('SET', KEYS[3], cjson.encode({}))
                                      --^^ hint[cjson-empty-array]: JSON gets `{}`, an empty object
return cjson.encode(due)
                  --^^^ hint[cjson-empty-array]: when this list is empty, JSON gets `{}`, an empty object
",
        );
    }

    #[test]
    fn lists_that_are_not() {
        check(
            "cjson-empty-array",
            "
local due = redis.call('LRANGE', KEYS[1], 0, -1)
if #due == 0 then return '[]' end
local named = {}
for i = 1, #ARGV, 2 do named[ARGV[i]] = ARGV[i + 1] end
local time = redis.call('TIME')
local one = {}
table.insert(one, KEYS[1])
return {cjson.encode(due), cjson.encode(named), cjson.encode({1, 2}), cjson.encode(time), cjson.encode({a = {[1] = ARGV[1]}}), cjson.encode({ids = one})}
",
        );
    }

    #[test]
    fn an_empty_list_in_json() {
        assert_eq!(
            fixed("cjson-empty-array", "local t = {} for i = 1, #ARGV do t[i] = 1 end return cjson.encode(t)"),
            "local t = {} for i = 1, #ARGV do t[i] = 1 end return (#t == 0 and '[]' or cjson.encode(t))"
        );
    }
}
