//! JSON that is read and written again.

use commands::Family;
use semantic::{
    ApiPath,
    flow::{Flow, Source, TableType, Type},
};
use syntax::{ExprId, ExprKind};

use crate::rule::declare_rule;
use crate::{Context, Edit, Sink};

declare_rule! {
    /// ## What it does
    /// Points out, once a script, `cjson.encode` of what `cjson.decode` made.
    ///
    /// ## Why it is bad
    /// It is not the same text: an empty list becomes an empty object, `{}`, and a number of more than 14 digits, such as an
    /// id, becomes `1.2345678901235e+16`. From Redis 8.4 on `cjson.decode_array_with_array_mt(true)` keeps empty lists, for
    /// this script and all that the server runs after it; no version keeps the digits.
    ///
    /// ## Example
    /// ```lua
    /// local job = cjson.decode(redis.call('GET', KEYS[1]))
    /// job.state = 'done'
    /// return redis.call('SET', KEYS[1], cjson.encode(job))
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local job = cjson.decode(redis.call('HGET', KEYS[1], 'data'))
    /// return redis.call('HSET', KEYS[1], 'state', 'done', 'owner', job.owner)
    /// ```
    code: "json-round-trip",
    group: Json,
    level: Hint,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let (script, tree) = (context.script, context.tree());
    let is_called = |name: &str| {
        tree.exprs().any(|(_, expr)| match &expr.kind {
            ExprKind::Call(call) => script.api(call.callee) == Some(ApiPath::Member("cjson", name)),
            _ => false,
        })
    };
    if is_called("decode_array_with_array_mt") {
        return;
    }
    let encoded = tree.calls().find_map(|(_, expr)| {
        let ExprKind::Call(call) = &expr.kind else { return None };
        let &value = call.args.first()?;
        let is_encode = script.api(call.callee) == Some(ApiPath::Member("cjson", "encode"));
        let of = script.flow().of(value).filter(|_| is_encode)?;
        is_decoded(script.flow(), of, &mut Vec::new()).then_some(value)
    });
    let Some(value) = encoded else { return };
    let is_new = context.targets.iter().all(|target| target.family == Family::Redis && target.since(8, 4));
    let finding = sink.report(
        context.range(value),
        "of JSON that was decoded empty lists become `{}`, and numbers lose what they have beyond 14 digits",
    );
    if !is_new {
        finding.help("keep lists and long numbers out of it, or store what changes in a hash");
        return;
    }
    let finding = finding
        .help("`cjson.decode_array_with_array_mt(true)` before decoding keeps empty lists; keep long numbers as text");
    if let Some(edit) = keep_lists(context) {
        finding.fix("Keep empty lists", vec![edit]);
    }
}

/// The edit that lets `cjson.decode` mark lists, before the statement at which it is first used.
fn keep_lists(context: &Context<'_>) -> Option<Edit> {
    let (script, tree) = (context.script, context.tree());
    let is_decode = |id: ExprId| script.api(id) == Some(ApiPath::Member("cjson", "decode"));
    let (first, _) = tree.exprs().filter(|(id, _)| is_decode(*id)).min_by_key(|(_, expr)| expr.range.start)?;
    let start = tree[script.scopes.stmt_of(first)].range.start;
    let source = context.source();
    let line = memchr::memrchr(b'\n', &source[..start as usize]).map_or(0, |at| at + 1);
    let indent = std::str::from_utf8(&source[line..start as usize]).ok()?;
    let gap = if indent.trim().is_empty() { format!("\n{indent}") } else { " ".to_owned() };
    Some(Edit::insert(start, format!("cjson.decode_array_with_array_mt(true){gap}")))
}

/// Returns true if a value is what `cjson.decode` made, a part of it, or a table with such a value.
fn is_decoded(flow: &Flow, of: &Type, seen: &mut Vec<ExprId>) -> bool {
    if of.kinds.is_empty() {
        return false;
    }
    if of.tables.is_empty() {
        // A field may be a scalar; where nothing else tells, it is as it was read.
        return of.source == Source::Decoded && !of.is_known();
    }
    of.tables.iter().all(|table| match table {
        TableType::Decoded => true,
        TableType::Unknown => of.source == Source::Decoded,
        TableType::Built(site) if !seen.contains(site) => {
            seen.push(*site);
            let Some(site) = flow.site(*site) else { return false };
            let inside = site.items.iter().chain(site.fields.values()).chain([&site.element, &site.other]);
            inside.copied().any(|id| is_decoded_table(flow, flow.get(id), seen))
        }
        _ => false,
    })
}

/// True if a value in a table is a decoded table. A field of a decoded table may be a number or a text, and mostly is.
fn is_decoded_table(flow: &Flow, of: &Type, seen: &mut Vec<ExprId>) -> bool {
    !of.tables.is_empty() && is_decoded(flow, of, seen)
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn lists_are_kept() {
        let options = crate::Options { targets: vec![commands::Target::redis(8, 6)], ..Default::default() };
        let source = "local job = cjson.decode(ARGV[1])\nreturn cjson.encode(job)\n";
        let mut script = semantic::Script::new(source.as_bytes().into(), None);
        script.bind_commands(&options.targets);
        let found = crate::lint(&script, &options);
        let fix = found.iter().find(|it| it.code == "json-round-trip").and_then(|it| it.fix.as_ref());
        let edits = fix.map(|fix| fix.edits.clone()).unwrap_or_default();
        assert_eq!(edits, [crate::Edit::insert(0, "cjson.decode_array_with_array_mt(true)\n")]);
    }

    #[test]
    fn read_and_written() {
        check(
            "json-round-trip",
            "
local job = cjson.decode(ARGV[1])
job.tries = (job.tries or 0) + 1
redis.call('SET', KEYS[1], cjson.encode(job))
                                      --^^^ hint[json-round-trip]: of JSON that was decoded empty lists become `{}`, and numbers lose what they have beyond 14 digits
return cjson.encode(cjson.decode(ARGV[2]))
",
        );
        check(
            "json-round-trip",
            "
local job = cjson.decode(ARGV[1])
redis.call('SET', KEYS[1], cjson.encode({ id = job.id }))
return job.id
",
        );
        check(
            "json-round-trip",
            "
local list = {}
for i, raw in ipairs(redis.call('LRANGE', KEYS[1], 0, 9)) do list[i] = cjson.decode(raw) end
return cjson.encode(list)
                  --^^^^ hint[json-round-trip]: of JSON that was decoded empty lists become `{}`, and numbers lose what they have beyond 14 digits
",
        );
        check("json-round-trip", "cjson.decode_array_with_array_mt(true) return cjson.encode(cjson.decode(ARGV[1]))");
    }
}
