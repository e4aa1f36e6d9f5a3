//! Lists that end before their last element.

use semantic::flow::{Flow, Kinds};
use syntax::{ExprId, ExprKind, TableField};

use crate::rule::declare_rule;
use crate::{Context, Edit, Sink, helpers::returns};

declare_rule! {
    /// ## What it does
    /// Reports elements of returned lists that are `nil`, or become `nil` when a reply lacks a value, with other elements
    /// after them.
    ///
    /// ## Why it is bad
    /// The server sends a list up to its first `nil`: what comes after is lost, and the client gets fewer elements than it
    /// counts on. `false` keeps its place, as a nil reply.
    ///
    /// ## Example
    /// ```lua
    /// local limit = tonumber(redis.call('HGET', KEYS[1], 'limit'))
    /// return {limit, redis.call('TTL', KEYS[1])}
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local limit = tonumber(redis.call('HGET', KEYS[1], 'limit'))
    /// return {limit or false, redis.call('TTL', KEYS[1])}
    /// ```
    code: "return-hole",
    group: Client,
    level: Warning,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let tree = context.tree();
    let flow = context.script.flow();
    for table in returns::find(context).tables {
        let ExprKind::Table(fields) = &tree[table.site].kind else { continue };
        let items: Vec<ExprId> = fields
            .iter()
            .filter_map(|field| match field {
                TableField::Item(value) => Some(*value),
                _ => None,
            })
            .collect();
        // Elements that are put in later may fill it, but for those that come behind the last.
        let is_filled = flow.site(table.site).is_none_or(|site| !flow.get(site.element).kinds.is_empty());
        let ends = items.last().and_then(|&last| flow.of(last)).is_some_and(|of| !of.kinds.may_be(Kinds::ANY_NIL));
        if table.keyed || is_filled && !(ends && returns::is_appended_to(context, table.site)) {
            continue;
        }
        for (at, &item) in items.iter().enumerate() {
            let later = items[at + 1..].iter().any(|&later| !is_only_nil(flow, later));
            let Some(of) = flow.of(item).filter(|_| later) else { continue };
            let message = if of.is(Kinds::ANY_NIL) && of.kinds.has(Kinds::NIL) {
                "this is nil: the client gets the list up to here"
            } else if of.kinds.has(Kinds::NIL) {
                "this may be nil: the client then gets the list up to here"
            } else {
                continue;
            };
            let range = context.range(item);
            let mut finding =
                sink.report(range, message).help("`false` keeps its place: the client gets a nil reply for it");
            if let Some(call) = of.may_be_missing() {
                finding = finding.related(context.range(call), "nil where the reply lacks it");
            }
            if tree[item].kind == ExprKind::Nil {
                finding.fix("Return false", vec![Edit::replace(range, "false")]);
            } else {
                finding.fix("Return false for nil", vec![Edit::insert(range.end, " or false")]);
            }
            break;
        }
    }
}

fn is_only_nil(flow: &Flow, expr: ExprId) -> bool {
    flow.of(expr).is_none_or(|of| of.kinds.is_empty() || of.is(Kinds::ANY_NIL))
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn lists_with_holes() {
        check(
            "return-hole",
            "
local function reset(key)
  local left = redis.call('PTTL', key)
  if left > 0 then return left end
end
local count = tonumber(redis.call('GET', KEYS[1]))
if not count then return {nil, 'none'} end
                        --^^^ warning[return-hole]: this is nil: the client gets the list up to here
if count > 5 then
  return {reset(KEYS[1]), count}
        --^^^^^^^^^^^^^^ warning[return-hole]: this may be nil: the client then gets the list up to here
end
if count > 4 then
  local out = {redis.call('HGET', KEYS[2], 'a') or nil, 'end'}
             --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[return-hole]: this may be nil: the client then gets the list up to here
  table.insert(out, 'last')
  out[#out + 1] = 'more'
  return out
end
return {1, tonumber(redis.call('HGET', KEYS[2], 'max')), count}
         --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[return-hole]: this may be nil: the client then gets the list up to here
",
        );
    }

    #[test]
    fn lists_without() {
        check(
            "return-hole",
            "
local count = tonumber(redis.call('GET', KEYS[1]))
local max = tonumber(redis.call('HGET', KEYS[2], 'max')) or 10
if not count then return {false, max} end
local row = {nil, max}
row[1] = count
if count == 1 then return row end
if redis.call('HEXISTS', KEYS[3], 'a') == 1 then
  return {tonumber(redis.call('HGET', KEYS[3], 'a')), count}
end
local parts = {count, tonumber(ARGV[1]), ARGV[2], redis.call('GET', KEYS[4]), tonumber(redis.call('GET', KEYS[5]))}
return parts
",
        );
    }

    #[test]
    fn a_false_in_its_place() {
        assert_eq!(
            fixed("return-hole", "return {nil, tonumber(redis.call('GET', KEYS[1])), 1}"),
            "return {false, tonumber(redis.call('GET', KEYS[1])), 1}"
        );
    }
}
