//! Commands that read a whole collection.

use semantic::{ApiPath, CommandCall, Constant};

use crate::Context;

/// A call that reads all elements of a collection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Whole {
    /// The type of the collection: "set", "hash".
    pub kind: &'static str,
    /// The command that counts the elements.
    pub count: &'static str,
    /// Values of the reply for each element.
    pub width: usize,
    /// True if the elements have an order and the call takes a range of it.
    pub ranged: bool,
}

/// Returns the collection that a call reads as a whole.
pub(crate) fn whole(context: &Context<'_>, call: &CommandCall) -> Option<Whole> {
    let script = context.script;
    let words = &call.words;
    if words.last().is_some_and(|&word| script.may_be_several(word)) {
        return None;
    }
    let is = |at: usize, text: &str| {
        let constant = words.get(at).and_then(|&word| script.constant(word));
        let bytes = constant.as_ref().and_then(Constant::as_bytes);
        bytes.is_some_and(|bytes| bytes.eq_ignore_ascii_case(text.as_bytes()))
    };
    let with_scores = words.len() == 5 && is(4, "WITHSCORES");
    let range = |least: &str, most: &str| is(2, least) && is(3, most) && (words.len() == 4 || with_scores);
    let width = if with_scores { 2 } else { 1 };
    let (kind, count, width, ranged) = match call.name()? {
        "SMEMBERS" => ("set", "SCARD", 1, false),
        "HKEYS" | "HVALS" => ("hash", "HLEN", 1, false),
        "HGETALL" => ("hash", "HLEN", 2, false),
        "LRANGE" if range("0", "-1") && words.len() == 4 => ("list", "LLEN", 1, true),
        "ZRANGE" | "ZREVRANGE" if range("0", "-1") => ("sorted set", "ZCARD", width, true),
        "ZRANGEBYSCORE" if range("-inf", "+inf") => ("sorted set", "ZCARD", width, false),
        "ZREVRANGEBYSCORE" if range("+inf", "-inf") => ("sorted set", "ZCARD", width, false),
        "XRANGE" if range("-", "+") && words.len() == 4 => ("stream", "XLEN", 1, false),
        "XREVRANGE" if range("+", "-") && words.len() == 4 => ("stream", "XLEN", 1, false),
        _ => return None,
    };
    Some(Whole { kind, count, width, ranged })
}

/// Returns true if the script may change the protocol of its replies, so that sets and hashes are no arrays.
pub(crate) fn sets_protocol(context: &Context<'_>) -> bool {
    memchr::memmem::find(context.source(), b"setresp").is_some()
        && context
            .tree()
            .exprs()
            .any(|(id, _)| matches!(context.script.api(id), Some(ApiPath::Member("redis" | "server", "setresp"))))
}
