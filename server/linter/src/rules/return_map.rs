//! Fields of returned tables.

use semantic::flow::{Kinds, Site};

use crate::rule::declare_rule;
use crate::{
    Context, Edit, Sink,
    context::on_targets,
    helpers::{
        command_problems::targets_where,
        returns::{self, REPLIES},
    },
};

declare_rule! {
    /// ## What it does
    /// Reports tables with named fields that the script returns, by themselves or within another.
    ///
    /// ## Why it is bad
    /// The server sends the elements 1, 2, 3 and so on up to the first that is missing; whatever has a name is dropped, and
    /// `{count = 3}` reaches the client as an empty list. Only the fields that stand for another kind of reply are taken:
    /// `ok`, `err`, `double`, `map`, `set`, `big_number` and `verbatim_string`, and these only with a value of the right type.
    ///
    /// ## Example
    /// ```lua
    /// local left = redis.call('DECR', KEYS[1])
    /// return {allowed = left >= 0, left = left}
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local left = redis.call('DECR', KEYS[1])
    /// return cjson.encode({allowed = left >= 0, left = left})
    /// ```
    code: "return-map",
    group: Client,
    level: Warning,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let flow = context.script.flow();
    for table in returns::find(context).tables {
        let Some(site) = flow.site(table.site).filter(|_| !table.keyed) else { continue };
        if is_module(context, site) {
            continue;
        }
        let replies = replies(context, site);
        let lost = lost(context, site, &replies);
        // Text that is computed and may be a number, as `t[k]` of any `k`, is not counted.
        let computed = flow.get(site.other);
        let computed = !computed.kinds.is_empty() && flow.get(site.element).kinds.is_empty();
        let too_old = targets_where(context, |target| {
            !target.since(7, 0) && replies.iter().any(|name| matches!(*name, "big_number" | "verbatim_string"))
        });
        let message = if let (Some(targets), true) = (&too_old, lost.is_empty() && !computed) {
            format!(
                "the client gets an empty list{}: `{}` is a reply from Redis 7.0 on",
                on_targets(targets),
                replies[0]
            )
        } else if lost.is_empty() && (!computed || !replies.is_empty()) {
            continue;
        } else {
            let what = match (&*lost, computed) {
                ([], _) => "what is stored under names".to_owned(),
                ([one], _) => format!("the field `{one}`"),
                ([first @ .., last], _) if lost.len() < 5 => {
                    format!("the fields `{}` and `{last}`", first.join("`, `"))
                }
                ([first, second, rest @ ..], _) => {
                    format!("the fields `{first}`, `{second}` and {} more", rest.len())
                }
            };
            let instead = match replies.first() {
                Some(&"err") => "of an error reply nothing but its text is sent",
                Some(&"ok") => "of a status reply nothing but its text is sent",
                Some(_) => "nothing but the reply that it stands for is sent",
                None if site.items.is_empty() && site.rest.is_none() && flow.get(site.element).kinds.is_empty() => {
                    "it gets an empty list"
                }
                None => "it gets the elements alone",
            };
            format!("the client does not get {what}: {instead}")
        };
        let range = context.range(table.given);
        let mut finding =
            sink.report(range, message).help("return the values in a list, or all as text by `cjson.encode`");
        if table.site != table.given {
            finding = finding.related(context.range(table.site), "the table is made here");
        }
        let only = flow.of(table.given).is_some_and(|of| of.is(Kinds::TABLE) && of.the_table().is_some());
        if only && replies.is_empty() {
            let edits = vec![Edit::insert(range.start, "cjson.encode("), Edit::insert(range.end, ")")];
            finding.fix("Return it as JSON", edits);
        }
    }
}

/// Returns true if a table has functions under names: what other files get by `require`, and no client.
fn is_module(context: &Context<'_>, site: &Site) -> bool {
    let of = |id| context.script.flow().get(id);
    let empty = |id| of(id).kinds.is_empty();
    let is_list = !site.items.is_empty() || !empty(site.element);
    !is_list && site.fields.values().any(|&id| of(id).is(Kinds::FUNCTION) && !empty(id))
}

/// Fields that turn the table into another reply, if their values fit.
fn replies(context: &Context<'_>, site: &Site) -> Vec<&'static str> {
    let fits = |(name, kind): &&(&str, Kinds)| {
        let value = site.fields.get(name.as_bytes());
        value.is_some_and(|&value| context.script.flow().get(value).kinds.may_be(*kind))
    };
    REPLIES.iter().filter(fits).map(|(name, _)| *name).collect()
}

/// The fields that are not sent.
fn lost(context: &Context<'_>, site: &Site, replies: &[&str]) -> Vec<String> {
    let flow = context.script.flow();
    site.fields
        .iter()
        .filter(|&(_, &value)| !flow.get(value).is(Kinds::ANY_NIL) && !flow.get(value).kinds.is_empty())
        .map(|(name, _)| String::from_utf8_lossy(name).into_owned())
        .filter(|name| !replies.contains(&name.as_str()))
        // What the server itself puts beside an error's text.
        .filter(|name| {
            let beside = matches!(name.as_str(), "ignore_error_stats_update" | "source" | "line");
            !(beside && replies.contains(&"err"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn fields_on_their_way_out() {
        check(
            "return-map",
            "
local function find(id)
  local job = {}
  job.id = id
  job.state = redis.call('HGET', KEYS[1], id)
  return job
end
if #ARGV == 1 then return find(ARGV[1]) end
                        --^^^^^^^^^^^^^ warning[return-map]: the client does not get the fields `id` and `state`: it gets an empty list
local found = {}
for i, id in ipairs(ARGV) do
  found[i] = {id, ttl = redis.call('TTL', id)}
           --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[return-map]: the client does not get the field `ttl`: it gets the elements alone
end
if #found == 0 then return {ok = true} end
                         --^^^^^^^^^^^ warning[return-map]: the client does not get the field `ok`: it gets an empty list
if #found == 1 then return {err = 'ERR none', code = 4} end
                         --^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[return-map]: the client does not get the field `code`: of an error reply nothing but its text is sent
local counts = {}
counts[KEYS[1] .. ':n'] = 4
if #found == 2 then return counts end
                         --^^^^^^ warning[return-map]: the client does not get what is stored under names: it gets an empty list
return found
",
        );
    }

    #[test]
    fn lists_and_replies() {
        check(
            "return-map",
            "
local seen = {}
seen[ARGV[1]] = true
local rows = {}
for i, id in ipairs(ARGV) do rows[i] = {id, redis.call('TTL', id)} end
local function options(t) t.limit = 3 return t end
local given = options({})
if given.limit == 1 then return {map = {a = 1, b = {1, 2}}} end
if given.limit == 2 then return {double = 0.5} end
if given.limit == 4 then return redis.error_reply('ERR no') end
if given.limit == 5 then return {err = ARGV[1]} end
if given.limit == 6 then return cjson.encode({a = 1}) end
if given.limit == 7 then return {ok = ARGV[1]} end
local queue = { VERSION = '1.0', names = { 'a', 'b' } }
function queue.take(key) return redis.call('LPOP', key) end
if given.limit == 8 then return queue end
return rows
",
        );
    }

    #[test]
    fn by_server() {
        let options = crate::Options { targets: vec![commands::Target::redis(6, 2)], ..Default::default() };
        check_with(
            "return-map",
            "
return {big_number = '12345678901234567890'}
     --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[return-map]: the client gets an empty list: `big_number` is a reply from Redis 7.0 on
",
            &options,
            None,
        );
    }

    #[test]
    fn as_json() {
        assert_eq!(fixed("return-map", "return {1, {n = 2}}"), "return {1, cjson.encode({n = 2})}");
    }
}
