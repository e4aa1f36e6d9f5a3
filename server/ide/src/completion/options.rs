//! Texts that are one of few: what `type(…)` gives and the types of keys where they are compared, and the options that the
//! sandbox's functions take.

use commands::{api, lookup};
use semantic::{ApiPath, CommandCall, Init};
use syntax::{
    ExprId, ExprKind,
    lexer::{Token, TokenKind},
    string_value,
};
use text::TextRange;

use super::{Completion, CompletionKind, Completions, Place, commands::quote};
use crate::{call_site, path::Path};

/// The names that `type` gives.
const TYPES: &[&str] = &["table", "string", "number", "nil", "boolean", "function", "userdata", "thread"];

/// The names that `TYPE` replies.
const KEY_TYPES: &[&str] = &["none", "string", "list", "set", "zset", "hash", "stream"];

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
    let items = texts(place, before)?;
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
        item.label = format!("{quote}{}{quote}", item.label);
        item.insert.clone_from(&item.label);
        found.push(item);
    }
}

/// The texts that may stand behind the tokens.
fn texts(place: &Place<'_>, before: &[Token]) -> Option<Vec<Completion>> {
    let item = |(nth, (text, detail)): (usize, (&str, &str))| Completion {
        detail: detail.to_owned(),
        rank: nth as u32,
        ..Completion::new(text, CompletionKind::Option)
    };
    let (sign, operand) = before.split_last()?;
    if sign.kind.is("==") || sign.kind.is("~=") {
        let names: Vec<&str> = match compared(place, operand)? {
            Compared::Type => TYPES.to_vec(),
            Compared::KeyType => {
                let targets = &place.project.files[place.file].options.targets;
                let vectors =
                    lookup(b"VADD").is_some_and(|spec| targets.iter().any(|&target| spec.is_available(target)));
                KEY_TYPES.iter().copied().chain(vectors.then_some("vectorset")).collect()
            }
        };
        return Some(names.into_iter().map(|name| (name, "")).enumerate().map(item).collect());
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
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Compared {
    /// The value of `type(…)`.
    Type,
    /// The text of the reply to `TYPE`.
    KeyType,
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
        let local = call_site::visible(place.project, place.file, &path.names()?, place.offset)?;
        let script = &place.project.files[place.file].script;
        return match script.scopes.fixed(local)? {
            Init::Expr(value) | Init::Nth(value, 0) if of_status => {
                is_type_reply(place, value).then_some(Compared::KeyType)
            }
            Init::Expr(value) | Init::Nth(value, 0) => of_value(place, value),
            _ => None,
        };
    }
    let open = opening(operand)?;
    let callee = Path::before(source, &operand[..open])?.names()?;
    let (table, name) = call_site::api_of(place.project, place.file, &callee, place.offset)?;
    let is_call = matches!(table.as_str(), "redis" | "server") && matches!(name.as_str(), "call" | "pcall");
    let command = operand.get(open + 1)?;
    let is_type =
        command.kind == TokenKind::String && string_value(command.range.slice(source)).eq_ignore_ascii_case(b"TYPE");
    match (of_status, table.as_str(), name.as_str()) {
        (false, "", "type") => Some(Compared::Type),
        (true, ..) if is_call && is_type => Some(Compared::KeyType),
        _ => None,
    }
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
        ExprKind::Call(call) => {
            matches!(script.api(call.callee), Some(ApiPath::Global("type"))).then_some(Compared::Type)
        }
        ExprKind::Field { base, name } => {
            (name.text(&script.source) == b"ok" && is_type_reply(place, *base)).then_some(Compared::KeyType)
        }
        _ => None,
    }
}

/// True for a call of `TYPE`.
fn is_type_reply(place: &Place<'_>, value: ExprId) -> bool {
    let script = &place.project.files[place.file].script;
    let value = script.tree().unparen(value);
    script.command_call(value).and_then(CommandCall::name) == Some("TYPE")
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
