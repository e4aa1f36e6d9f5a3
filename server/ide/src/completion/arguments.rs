//! Arguments of the sandbox's own functions that are one of few: log levels, protocols, flags of functions.

use commands::api;
use syntax::lexer::{Token, TokenKind};
use text::TextRange;

use super::{Completion, CompletionKind, Completions, Docs, api::first_sentence, place::Place, shebang};
use crate::call_site;

/// The fields that `register_function` takes in a table.
const REGISTRATION: &[(&str, &str)] = &[
    ("function_name", "function_name = '$1'"),
    ("callback", "callback = ${1:function(keys, args)\n\t$2\nend}"),
    ("flags", "flags = { '$1' }"),
    ("description", "description = '$1'"),
];

/// The log levels, by how much is logged.
const LEVELS: &[&str] = &["LOG_DEBUG", "LOG_VERBOSE", "LOG_NOTICE", "LOG_WARNING"];

impl Place<'_> {
    /// The beginning of the constants that the first argument of `redis.log` and `redis.set_repl` is one of.
    pub(super) fn constants(&self) -> Option<&'static str> {
        match self.api_call()?.1.as_str() {
            "log" => Some("LOG_"),
            "set_repl" => Some("REPL_"),
            _ => None,
        }
    }

    /// The table and name of the function of `redis` whose first argument the cursor is at.
    fn api_call(&self) -> Option<(String, String)> {
        let call = self.call.as_ref().filter(|call| call.before.is_empty())?;
        let (table, name) = call_site::api_of(self.project, self.file, &call.callee, self.offset)?;
        matches!(table.as_str(), "redis" | "server").then_some((table, name))
    }
}

/// Adds the values of the argument at the cursor.
pub(super) fn completions(place: &Place<'_>, found: &mut Vec<Completion>) {
    let Some((table, name)) = place.api_call() else { return };
    if name == "setresp" {
        for protocol in ["2", "3"] {
            found.push(Completion {
                detail: format!("RESP{protocol}"),
                rank: 0,
                ..Completion::new(protocol, CompletionKind::Constant)
            });
        }
    }
    let callee = place.call.as_ref().map_or("", |call| &call.callee);
    let (Some(prefix), Some((base, _))) = (place.constants(), callee.rsplit_once('.')) else { return };
    let mut members: Vec<_> = api::members(&table).filter(|item| item.name.starts_with(prefix)).collect();
    members.sort_by_key(|item| LEVELS.iter().position(|level| *level == item.name));
    for (nth, item) in members.into_iter().enumerate() {
        if place.has(item) {
            found.push(Completion {
                detail: first_sentence(item.docs),
                rank: nth as u32,
                docs: Docs::Api(item.table, item.name),
                ..Completion::new(format!("{base}.{}", item.name), CompletionKind::Constant)
            });
        }
    }
}

/// Adds the fields that are still missing where one begins in the table of `redis.register_function{…}`.
pub(super) fn registration(place: &Place<'_>, tokens: &[Token], word: TextRange, found: &mut Vec<Completion>) {
    let source = place.project.files[place.file].source();
    let before = &tokens[..tokens.partition_point(|token| token.range.start < word.start)];
    if !before.last().is_some_and(|last| last.kind.is("{") || last.kind.is(",") || last.kind.is(";")) {
        return;
    }
    let mut depth = 0_u32;
    let mut given: Vec<&[u8]> = Vec::new();
    for (at, token) in before.iter().enumerate().rev() {
        match token.kind {
            kind if kind.is("}") || kind.is(")") || kind.is("]") => depth += 1,
            TokenKind::Keyword(syntax::lexer::Keyword::End) => return,
            kind if depth == 0 && kind.is("=") => {
                given.extend(before[..at].last().map(|name| name.range.slice(source)))
            }
            kind if depth == 0 && kind.is("{") => {
                if registers(place, &before[..at]) {
                    add_fields(&given, found);
                }
                return;
            }
            kind if kind.is("{") || kind.is("(") || kind.is("[") => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return,
            },
            _ => {}
        }
    }
}

fn add_fields(given: &[&[u8]], found: &mut Vec<Completion>) {
    for (nth, (name, code)) in REGISTRATION.iter().enumerate() {
        if !given.contains(&name.as_bytes()) {
            found.push(Completion {
                insert: (*code).to_owned(),
                is_snippet: true,
                rank: nth as u32,
                ..Completion::new(*name, CompletionKind::Field)
            });
        }
    }
}

/// Returns whether `tokens` end with `redis.register_function`, with or without a parenthesis.
fn registers(place: &Place<'_>, tokens: &[Token]) -> bool {
    let source = place.project.files[place.file].source();
    let tokens = match tokens {
        [before @ .., last] if last.kind.is("(") => before,
        _ => tokens,
    };
    let Some(last) = tokens.last() else { return false };
    let path = super::names::path_before(source, last.range.end);
    call_site::api_of(place.project, place.file, &path, last.range.start)
        .is_some_and(|(table, name)| matches!(table.as_str(), "redis" | "server") && name == "register_function")
}

/// Returns the flags in a string of `flags = {…}` in a library; the last of the tokens is that string.
pub(super) fn flags_in_string(place: &Place<'_>, tokens: &[Token]) -> Option<Completions> {
    let file = &place.project.files[place.file];
    let source = file.source();
    file.script.library.as_ref()?;
    let (string, before) = tokens.split_last()?;
    let is_listed = |token: &Token| token.kind == TokenKind::String || token.kind.is(",");
    let (before, listed) = before.split_at(before.iter().rposition(|token| !is_listed(token))? + 1);
    let [.., name, equals, brace] = before else { return None };
    if !(brace.kind.is("{") && equals.kind.is("=") && name.range.slice(source) == b"flags") {
        return None;
    }
    let text = string.range.slice(source);
    let closed = text.len() > 1 && text.last() == text.first();
    let end = if closed { string.range.end - 1 } else { place.offset };
    let given: Vec<_> = listed.iter().map(|token| file.text(token.range)).collect();
    let is_given = |flag: &str| given.iter().any(|text| text.trim_matches(['\'', '"']) == flag);
    let items = shebang::flags().filter(|item| !is_given(&item.label)).collect();
    Some(Completions { range: TextRange::new(string.range.start + 1, end.max(place.offset)), items })
}
