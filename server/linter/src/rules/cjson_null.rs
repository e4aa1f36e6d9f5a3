//! JSON's null, which is not nil.

use semantic::{
    ApiPath,
    flow::{Source, TableType},
};
use syntax::{BinaryOp, ExprKind};

use crate::rule::declare_rule;
use crate::{Context, Edit, Sink};

declare_rule! {
    /// ## What it does
    /// Points out comparisons of a field of decoded JSON with `nil`, in scripts that never look for `cjson.null`.
    ///
    /// ## Why it is bad
    /// `null` becomes `cjson.null`, a value that is not `nil` and counts as true. Most writers of JSON send `null` for what
    /// they do not have, and a script that only asks for `nil` takes it for a value: `..` and arithmetic then fail.
    ///
    /// ## Example
    /// ```lua
    /// local job = cjson.decode(ARGV[1])
    /// if job.delay ~= nil then redis.call('ZADD', KEYS[1], job.delay, job.id) end
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local job = cjson.decode(ARGV[1])
    /// if job.delay ~= nil and job.delay ~= cjson.null then redis.call('ZADD', KEYS[1], job.delay, job.id) end
    /// ```
    code: "cjson-null",
    group: Json,
    level: Hint,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let (script, tree) = (context.script, context.tree());
    let mentions = tree.exprs().any(|(id, expr)| match expr.kind {
        ExprKind::Field { .. } | ExprKind::Index { .. } => script.api(id) == Some(ApiPath::Member("cjson", "null")),
        // `type(x) == 'userdata'`
        ExprKind::String => &*syntax::string_value(script.text(id)) == b"userdata",
        _ => false,
    });
    if mentions {
        return;
    }
    for (_, expr) in tree.binaries() {
        let ExprKind::Binary { op, lhs, rhs, .. } = expr.kind else { continue };
        if !op.is_equality() {
            continue;
        }
        let value = match (&tree[tree.unparen(lhs)].kind, &tree[tree.unparen(rhs)].kind) {
            (_, ExprKind::Nil) => lhs,
            (ExprKind::Nil, _) => rhs,
            _ => continue,
        };
        // What `cjson.decode` returns as a whole is hardly ever null.
        let is_field = script.flow().of(value).is_some_and(|of| {
            of.source == Source::Decoded && !of.tables.contains(&TableType::Decoded) && !of.is_known()
        });
        if !is_field {
            continue;
        }
        let shown = context.shown(context.range(value));
        let (word, sign) = if op == BinaryOp::Eq { ("or", "==") } else { ("and", "~=") };
        let edits = vec![
            Edit::insert(expr.range.start, "("),
            Edit::insert(expr.range.end, format!(" {word} {shown} {sign} cjson.null)")),
        ];
        sink.report(expr.range, format!("JSON's null is not nil: where `{shown}` is null, this takes it for a value"))
            .help("ask for `cjson.null` too")
            .fix("Ask for cjson.null too", edits);
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn fields_that_may_be_null() {
        check(
            "cjson-null",
            "
local data = cjson.decode(redis.call('GET', KEYS[1]))
local owner = data.owner
if owner == nil then return 0 end
 --^^^^^^^^^^^^ hint[cjson-null]: JSON's null is not nil: where `owner` is null, this takes it for a value
if nil ~= data['lease'] then return 1 end
 --^^^^^^^^^^^^^^^^^^^^ hint[cjson-null]: JSON's null is not nil: where `data['lease']` is null, this takes it for a value
if data == nil then return 2 end
return owner
",
        );
    }

    #[test]
    fn fields_that_are_looked_at() {
        check(
            "cjson-null",
            "
local data = cjson.decode(ARGV[1])
if data.owner == nil or data.owner == cjson.null then return 0 end
if data.lease == nil then return 1 end
",
        );
        check("cjson-null", "local data = {a = ARGV[1]} if data.a == nil then return 1 end");
    }

    #[test]
    fn null_too() {
        assert_eq!(
            fixed("cjson-null", "local d = cjson.decode(ARGV[1]) return d.a == nil and 1 or 2"),
            "local d = cjson.decode(ARGV[1]) return (d.a == nil or d.a == cjson.null) and 1 or 2"
        );
    }
}
