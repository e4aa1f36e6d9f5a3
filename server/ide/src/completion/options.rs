//! Texts that are one of few: what `type(…)` gives and the types of keys where they are compared, and the options that the
//! sandbox's functions take.

use std::collections::BTreeSet;

use commands::{CommandSpec, api, lookup, reply::Shape, subcommand};
use semantic::{ApiPath, Init};
use syntax::{
    ExprId, ExprKind,
    lexer::{Token, TokenKind},
    string_value,
};
use text::TextRange;

use super::{Completion, CompletionKind, Completions, commands::quote, place::Place};
use crate::{call_site, path::Path, visibility};

/// The results of `type`.
const TYPES: &[&str] = &["table", "string", "number", "nil", "boolean", "function", "userdata", "thread"];

/// The names that `TYPE` replies.
const KEY_TYPES: &[&str] = &["none", "string", "list", "set", "zset", "hash", "stream"];

/// The encodings that `OBJECT ENCODING` replies, and what they are of.
const ENCODINGS: &[(&str, &str)] = &[
    ("int", "a string that is an integer"),
    ("embstr", "a string of 44 bytes at most"),
    ("raw", "a longer string, or one that was changed"),
    ("listpack", "a small hash, sorted set, list or set"),
    ("hashtable", "a hash or a set"),
    ("skiplist", "a sorted set"),
    ("quicklist", "a list"),
    ("intset", "a small set of integers"),
    ("stream", "a stream"),
];

/// The options of an argument: its table (empty for a global), function, and index, counted from 0.
type Options = (&'static str, &'static str, usize, &'static [(&'static str, &'static str)]);

const OPTIONS: &[Options] = &[
    (
        "",
        "collectgarbage",
        0,
        &[
            ("count", "memory in use, in KiB"),
            ("collect", "a full cycle"),
            ("step", "a step"),
            ("stop", "no more collections"),
            ("restart", "collections again"),
            ("setpause", "how long it waits between cycles, in percent"),
            ("setstepmul", "how fast it is, in percent"),
        ],
    ),
    ("", "select", 0, &[("#", "the number of arguments")]),
    (
        "cjson",
        "encode_invalid_numbers",
        0,
        &[("on", "NaN and infinity are written"), ("off", "they are an error"), ("null", "they are written as null")],
    ),
    ("cjson", "decode_invalid_numbers", 0, &[("on", "NaN and infinity are read"), ("off", "they are an error")]),
];

/// The texts in a string that is the last of the tokens.
pub(super) fn in_string(place: &Place<'_>, tokens: &[Token]) -> Option<Completions> {
    let source = place.project.files[place.file].source();
    let (string, before) = tokens.split_last()?;
    let text = string.range.slice(source);
    if !matches!(text.first(), Some(b'\'' | b'"')) {
        return None;
    }
    let mut items = texts(place, before)?;
    items.retain(|item| item.kind == CompletionKind::Option);
    let closed = text.len() > 1 && text.last() == text.first();
    // An unterminated string is replaced up to the cursor, for what follows is code.
    let end = if closed { string.range.end - 1 } else { place.offset };
    Some(Completions { range: TextRange::new(string.range.start + 1, end.max(place.offset)), items })
}

/// Adds the texts with quotes where none is typed yet.
pub(super) fn unquoted(place: &Place<'_>, tokens: &[Token], word: TextRange, found: &mut Vec<Completion>) {
    let before = &tokens[..tokens.partition_point(|token| token.range.start < word.start)];
    let quote = quote(place);
    for mut item in texts(place, before).into_iter().flatten() {
        if item.kind != CompletionKind::Option {
            found.push(item);
            continue;
        }
        item.label = format!("{quote}{}{quote}", item.label);
        item.insert.clone_from(&item.label);
        found.push(item);
    }
}

/// The texts that are allowed after the tokens.
fn texts(place: &Place<'_>, before: &[Token]) -> Option<Vec<Completion>> {
    let item = |(nth, (text, detail)): (usize, (&str, &str))| Completion {
        detail: detail.to_owned(),
        rank: nth as u32,
        ..Completion::new(text, CompletionKind::Option)
    };
    let (sign, operand) = before.split_last()?;
    if sign.kind.is("==") || sign.kind.is("~=") {
        return match compared(place, operand)? {
            Compared::Type => Some(TYPES.iter().map(|name| (*name, "")).enumerate().map(item).collect()),
            Compared::Reply { spec, of_status } => replied(place, spec, of_status),
        };
    }
    if !(sign.kind.is("(") || sign.kind.is(",")) {
        return None;
    }
    let call = place.call.as_ref()?;
    let (table, name) = call_site::api_of(place.project, place.file, &call.callee, place.offset)?;
    let is_there = api::member(&table, &name).or_else(|| api::global(&name)).is_some_and(|item| place.has(item));
    let (.., options) = OPTIONS
        .iter()
        .find(|(of, function, nth, _)| *of == table && *function == name && *nth == call.before.len())
        .filter(|_| is_there)?;
    Some(options.iter().copied().enumerate().map(item).collect())
}

/// The other side of a comparison with a text.
#[derive(Clone, Copy, Debug)]
enum Compared {
    /// The value of `type(…)`.
    Type,
    /// The reply of a command, or the text of the status that it is.
    Reply { spec: &'static CommandSpec, of_status: bool },
}

/// The replies of a command, where they are few.
fn replied(place: &Place<'_>, spec: &'static CommandSpec, of_status: bool) -> Option<Vec<Completion>> {
    let targets = &place.project.files[place.file].options.targets;
    let text = |(text, detail): (&str, &str)| Completion {
        detail: detail.to_owned(),
        ..Completion::new(text, CompletionKind::Option)
    };
    let shapes = || spec.replies.iter().flat_map(|case| case.resp2.alternatives());
    let mut items: Vec<Completion> = match (spec.name, of_status) {
        ("TYPE", true) => {
            let vectors = lookup(b"VADD").is_some_and(|spec| targets.iter().any(|&target| spec.is_available(target)));
            KEY_TYPES.iter().copied().chain(vectors.then_some("vectorset")).map(|name| text((name, ""))).collect()
        }
        ("OBJECT ENCODING", false) => {
            let is_old = targets.iter().any(|target| !target.since(7, 0));
            let old = is_old.then_some(("ziplist", "a small hash, sorted set or list before Redis 7.0"));
            let has_expiry = targets.iter().any(|target| target.redis_since(7, 4));
            let with_expiry = has_expiry.then_some(("listpackex", "a small hash whose fields have expiries"));
            ENCODINGS.iter().copied().chain(old).chain(with_expiry).map(text).collect()
        }
        (_, true) if shapes().any(|shape| *shape == Shape::Ok) => vec![text(("OK", ""))],
        (_, true) => Vec::new(),
        (_, false) => {
            let numbers = shapes().filter_map(|shape| match shape {
                Shape::IntIs(number) => Some(*number),
                _ => None,
            });
            let numbers: BTreeSet<i64> = numbers.collect();
            numbers.into_iter().rev().map(|it| Completion::new(it.to_string(), CompletionKind::Constant)).collect()
        }
    };
    for (nth, item) in items.iter_mut().enumerate() {
        item.rank = nth as u32;
    }
    (!items.is_empty()).then_some(items)
}

/// Reads the operand at the end of the tokens.
fn compared(place: &Place<'_>, tokens: &[Token]) -> Option<Compared> {
    let source = place.project.files[place.file].source();
    let (operand, of_status) = match tokens {
        [before @ .., dot, name] if dot.kind.is(".") && name.range.slice(source) == b"ok" => (before, true),
        [before @ .., open, name, close]
            if open.kind.is("[")
                && close.kind.is("]")
                && name.kind == TokenKind::String
                && *string_value(name.range.slice(source)) == *b"ok" =>
        {
            (before, true)
        }
        _ => (tokens, false),
    };
    let last = operand.last()?;
    if last.kind == TokenKind::Name {
        let path = Path::before(source, operand)?;
        let local = visibility::visible(place.project, place.file, &path.names()?, place.offset)?;
        let script = &place.project.files[place.file].script;
        return match script.scopes.fixed(local)? {
            Init::Expr(value) | Init::Nth(value, 0) if of_status => {
                Some(Compared::Reply { spec: called(place, value)?, of_status })
            }
            Init::Expr(value) | Init::Nth(value, 0) => of_value(place, value),
            _ => None,
        };
    }
    let open = opening(operand)?;
    let callee = Path::before(source, &operand[..open])?.names()?;
    let (table, name) = call_site::api_of(place.project, place.file, &callee, place.offset)?;
    let is_call = matches!(table.as_str(), "redis" | "server") && matches!(name.as_str(), "call" | "pcall");
    if (table.as_str(), name.as_str()) == ("", "type") {
        return (!of_status).then_some(Compared::Type);
    }
    let word = |nth: usize| {
        let token = operand.get(open + 1 + 2 * nth).filter(|token| token.kind == TokenKind::String)?;
        Some(string_value(token.range.slice(source)))
    };
    let spec = lookup(&word(0).filter(|_| is_call)?)?;
    let spec = if spec.subcommands.is_empty() { spec } else { subcommand(spec, &word(1)?)? };
    Some(Compared::Reply { spec, of_status })
}

/// The parenthesis that the last token closes.
fn opening(tokens: &[Token]) -> Option<usize> {
    let mut depth = 0_u32;
    for (at, token) in tokens.iter().enumerate().rev() {
        if token.kind.is(")") {
            depth += 1;
        } else if token.kind.is("(") {
            depth -= 1;
        }
        if depth == 0 {
            return token.kind.is("(").then_some(at);
        }
    }
    None
}

/// Reads the first value of a local.
fn of_value(place: &Place<'_>, value: ExprId) -> Option<Compared> {
    let script = &place.project.files[place.file].script;
    let value = script.tree().unparen(value);
    match &script.tree()[value].kind {
        ExprKind::Call(call) if matches!(script.api(call.callee), Some(ApiPath::Global("type"))) => {
            Some(Compared::Type)
        }
        ExprKind::Call(_) => Some(Compared::Reply { spec: called(place, value)?, of_status: false }),
        ExprKind::Field { base, name } if name.text(&script.source) == b"ok" => {
            Some(Compared::Reply { spec: called(place, *base)?, of_status: true })
        }
        _ => None,
    }
}

/// The command that an expression calls.
fn called(place: &Place<'_>, value: ExprId) -> Option<&'static CommandSpec> {
    let script = &place.project.files[place.file].script;
    script.command_call(script.tree().unparen(value))?.binding.spec
}

#[cfg(test)]
mod tests {
    use crate::{
        completion::{Trigger, completions},
        test_support::*,
    };

    fn labels(source: &str, trigger: Trigger) -> Vec<String> {
        let (project, offset) = cursor(source);
        let mut found = completions(&project, 0, offset, trigger).items;
        found.sort_by_key(|it| it.rank);
        found.into_iter().map(|it| it.label).collect()
    }

    #[test]
    fn names_of_types() {
        for source in [
            "local v = cjson.decode(ARGV[1])\nif type(v) == '$0' then return 1 end",
            "local v = 1\nif type(v) ~= '$0",
            "if type(f(1, (2))) == \"$0\" then",
            "local kind = type(KEYS)\nreturn kind == '$0'",
            "local t = type\nreturn t(KEYS) == '$0'",
        ] {
            for trigger in [Trigger::Invoked, Trigger::Character] {
                assert_eq!(labels(source, trigger)[..3], ["table", "string", "number"], "{source}");
                assert_eq!(labels(source, trigger).len(), 8);
            }
        }
        let found = labels("local a = 'x'\nif type(a) == $0", Trigger::Invoked);
        assert!(found.contains(&"'table'".to_owned()), "{found:?}");
        let found = labels("local a = \"x\"\nif type(a) ~= $0", Trigger::Invoked);
        assert!(found.contains(&"\"nil\"".to_owned()), "{found:?}");
        assert!(labels("if type(a) == $0", Trigger::Character).is_empty());
        assert!(labels("if type(a) == 'nil' or a == '$0'", Trigger::Invoked).is_empty());
        assert!(labels("if my.type(a) == '$0'", Trigger::Invoked).is_empty());
    }

    #[test]
    fn types_of_keys() {
        for source in [
            "if redis.call('TYPE', KEYS[1]).ok == '$0' then return 1 end",
            "if redis.call('type', KEYS[1])['ok'] ~= '$0",
            "local t = redis.call('TYPE', KEYS[1])\nreturn t.ok == '$0'",
            "local t = redis.call('TYPE', KEYS[1]).ok\nreturn t == '$0'",
            "local rcall = redis.call\nreturn rcall('TYPE', KEYS[1])['ok'] == '$0'",
        ] {
            assert_eq!(labels(source, Trigger::Invoked)[..3], ["none", "string", "list"], "{source}");
        }
        assert!(labels("return redis.call('GET', KEYS[1]).ok == '$0'", Trigger::Invoked).is_empty());
        assert!(labels("return redis.call('TYPE', KEYS[1]) == '$0'", Trigger::Invoked).is_empty());
    }

    #[test]
    fn what_commands_reply() {
        for (source, wanted) in [
            ("return redis.call('OBJECT', 'ENCODING', KEYS[1]) == '$0'", "int"),
            ("local e = redis.call('object', 'encoding', KEYS[1])\nreturn e == '$0'", "int"),
            ("return redis.call('SET', KEYS[1], 1).ok == '$0'", "OK"),
            ("if redis.call('SETNX', KEYS[1], 1) == $0 then return 1 end", "1"),
            ("local is_new = redis.call('SISMEMBER', KEYS[1], 1)\nif is_new == $0 then return 1 end", "1"),
        ] {
            assert_eq!(labels(source, Trigger::Invoked).first().map(String::as_str), Some(wanted), "{source}");
        }
        assert!(labels("return redis.call('SISMEMBER', KEYS[1], 1) == '$0'", Trigger::Invoked).is_empty());
        assert!(labels("return redis.call('SISMEMBER', KEYS[1], 1) == $0", Trigger::Character).is_empty());
    }

    #[test]
    fn options_of_functions() {
        assert_eq!(labels("return select('$0', ...)", Trigger::Character), ["#"]);
        assert_eq!(labels("return collectgarbage('$0')", Trigger::Invoked)[0], "count");
        assert_eq!(
            labels("local json = cjson\njson.encode_invalid_numbers('$0')", Trigger::Invoked),
            ["on", "off", "null"]
        );
        assert!(labels("return select(1, '$0')", Trigger::Invoked).is_empty());
    }
}
