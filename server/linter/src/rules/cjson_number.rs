//! Large numbers in JSON.

use rustc_hash::FxHashSet;
use semantic::{
    ApiPath,
    flow::{Flow, Kinds, TableType, TypeId},
};
use syntax::{ExprId, ExprKind};

use crate::rule::declare_rule;
use crate::{Context, Sink};

declare_rule! {
    /// ## What it does
    /// Reports `cjson.encode` of numbers that surely have more than 14 digits, such as a time in microseconds.
    ///
    /// ## Why it is bad
    /// cjson writes 14 digits: 1712345678123456 becomes `1.7123456781235e+15`, which reads back as another number.
    /// `cjson.encode_number_precision` takes no more than 14 either.
    ///
    /// ## Example
    /// ```lua
    /// local t = redis.call('TIME')
    /// return cjson.encode({at = t[1] * 1000000 + t[2]})
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local t = redis.call('TIME')
    /// return cjson.encode({at = string.format('%.0f', t[1] * 1000000 + t[2])})
    /// ```
    code: "cjson-number",
    group: Json,
    level: Warning,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let (script, tree) = (context.script, context.tree());
    let flow = script.flow();
    let mut encoded = Vec::new();
    for (_, expr) in tree.calls() {
        let ExprKind::Call(call) = &expr.kind else { continue };
        match script.api(call.callee) {
            Some(ApiPath::Member("cjson", "encode")) => encoded.extend(call.args.first().copied()),
            Some(ApiPath::Member("cjson", "encode_number_precision")) => return,
            _ => {}
        }
    }
    for value in encoded {
        let Some(of) = flow.of(value) else { continue };
        let range = context.range(value);
        let is_number = of.kinds.has(Kinds::NUMBER);
        if is_number && is_long(flow, value) {
            sink.report(range, "JSON gets 14 digits of this number")
                .help("encode it as text: string.format('%.0f', …)");
            continue;
        }
        let mut seen = FxHashSet::default();
        let mut names = Vec::new();
        for table in &of.tables {
            inside(flow, table, None, &mut seen, &mut names);
        }
        if let Some(name) = names.first() {
            let what = name.as_ref().map_or_else(|| "a number in this table".to_owned(), |name| format!("`{name}`"));
            sink.report(range, format!("JSON gets 14 digits of {what}, which has more"))
                .help("encode it as text: string.format('%.0f', …)");
        }
    }
}

fn is_long(flow: &Flow, value: ExprId) -> bool {
    flow.of(value).is_some_and(|of| of.is(Kinds::NUMBER) && of.number.size.0 >= 1e14)
}

/// The names of long numbers in a table that the script makes; none for elements.
fn inside(
    flow: &Flow,
    table: &TableType,
    name: Option<&str>,
    seen: &mut FxHashSet<ExprId>,
    names: &mut Vec<Option<String>>,
) {
    let TableType::Built(expr) = table else { return };
    let Some(site) = flow.site(*expr).filter(|site| !site.escaped && seen.insert(*expr)) else { return };
    let mut look = |id: TypeId, name: Option<&str>| {
        let of = flow.get(id);
        if of.is(Kinds::NUMBER) && of.number.size.0 >= 1e14 {
            names.push(name.map(str::to_owned));
        }
        for table in &of.tables {
            inside(flow, table, name, seen, names);
        }
    };
    for (field, &value) in &site.fields {
        look(value, Some(&String::from_utf8_lossy(field)));
    }
    for &value in site.items.iter().chain([&site.element, &site.other]) {
        look(value, name);
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn long_numbers() {
        check(
            "cjson-number",
            "
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local event = {id = ARGV[1], meta = {seen = now}}
redis.call('RPUSH', KEYS[1], cjson.encode(event))
                                        --^^^^^ warning[cjson-number]: JSON gets 14 digits of `seen`, which has more
return cjson.encode(now)
                  --^^^ warning[cjson-number]: JSON gets 14 digits of this number
",
        );
    }

    #[test]
    fn numbers_of_unknown_length() {
        check(
            "cjson-number",
            "
local t = redis.call('TIME')
local event = {at = t[1] * 1000, n = tonumber(ARGV[1]), text = string.format('%.0f', t[1] * 1000000)}
return cjson.encode(event)
",
        );
    }
}
