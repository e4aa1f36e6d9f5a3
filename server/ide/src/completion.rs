//! What may be typed at the cursor. Each source is a file; this one finds out which of them are asked.

mod api;
mod command_line;
mod commands;
mod comments;
mod fields;
mod names;
mod snippets;

use text::TextRange;

use crate::{
    Project,
    call_site::{self, CallSite},
    command_line::CommandLine,
    path::Path,
};

/// The kinds of completion.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CompletionKind {
    /// A command of the server.
    Command,
    /// An option word of a command.
    Option,
    /// A function.
    Function,
    /// A constant.
    Constant,
    /// A table of the server's.
    Table,
    /// A local.
    Variable,
    /// A field of a table.
    Field,
    /// An element of KEYS or ARGV.
    Element,
    /// A word of Lua.
    Keyword,
    /// A piece of code.
    Snippet,
    /// A lint rule.
    Rule,
    /// A file.
    File,
}

/// Something that may be typed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Completion {
    /// What is shown and compared with what is typed.
    pub label: String,
    /// What it is.
    pub kind: CompletionKind,
    /// A few words beside it.
    pub detail: String,
    /// What is put in the place of `range`; with `$1` and `${1:name}` where `is_snippet`.
    pub insert: String,
    /// Whether `insert` has places to fill in.
    pub is_snippet: bool,
    /// Its place in the list: lower is higher.
    pub rank: u32,
    /// Whether the first target calls it deprecated.
    pub deprecated: bool,
    /// What its documentation is found by, with [`resolve`].
    pub docs: Docs,
}

/// By what the documentation of a completion is found.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub enum Docs {
    /// There is none.
    #[default]
    None,
    /// A command, by its name.
    Command(&'static str),
    /// An item of the sandbox, by its table (empty for a global) and name.
    Api(&'static str, &'static str),
    /// A rule, by its code.
    Rule(&'static str),
    /// A text by itself.
    Text(String),
}

/// The completions at a place.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Completions {
    /// What is replaced by the one that is chosen.
    pub range: TextRange,
    /// The completions, unsorted.
    pub items: Vec<Completion>,
}

impl Completion {
    fn new(label: impl Into<String>, kind: CompletionKind) -> Self {
        let label = label.into();
        Self {
            insert: label.clone(),
            label,
            kind,
            detail: String::new(),
            is_snippet: false,
            rank: 500,
            deprecated: false,
            docs: Docs::None,
        }
    }
}

/// Where the cursor is, as the sources need it.
pub(crate) struct Place<'a> {
    project: &'a Project,
    file: usize,
    offset: u32,
    /// The call around the cursor.
    call: Option<CallSite>,
}

/// What may be typed at a place.
pub fn completions(project: &Project, file: usize, offset: u32) -> Completions {
    let it = &project.files[file];
    let source = it.source();
    if let Some(line) = CommandLine::at(it, offset) {
        return command_line::completions(it, &line, offset);
    }
    if it.is_transcript() {
        return Completions::default();
    }
    if let Some(comment) = comments::around(it, offset) {
        return comments::completions(project, file, comment, offset);
    }
    let tokens = call_site::tokens_before(source, offset);
    let call = call_site::enclosing(source, &tokens, offset);
    let place = Place { project, file, offset, call };
    if let Some(string) = tokens.last().filter(|token| is_string(token.kind) && is_inside(source, token.range, offset))
    {
        return match place.command_call() {
            Some(call) => commands::in_string(&place, call, string.range),
            None => fields::in_string(&place, &tokens),
        };
    }
    let range = word_before(source, offset);
    let mut found = Completions { range, items: Vec::new() };
    let before = source[..range.start as usize].trim_ascii_end();
    let sign = before.last().filter(|sign| matches!(sign, b'.' | b':') && !before.ends_with(b".."));
    if let Some(sign) = sign {
        let end = tokens.partition_point(|token| token.range.start < before.len() as u32 - 1);
        let path = Path::before(source, &tokens[..end]);
        if *sign == b':' {
            match path.as_ref().and_then(|path| fields::methods(&place, path)) {
                Some(methods) => found.items = methods,
                None => api::methods(&mut found.items),
            }
            return found;
        }
        if let Some(path) = path {
            if let Some(names) = path.names() {
                api::members(&place, &names, &mut found.items);
            }
            fields::members(&place, &path, &mut found.items);
        }
        return found;
    }
    // A name is being made up here.
    let last_word = names::path_before(source, before.len() as u32);
    if matches!(last_word.as_str(), "local" | "function" | "for")
        || range.slice(source).first().is_some_and(u8::is_ascii_digit)
    {
        return Completions::default();
    }
    if let Some(table) = names::index_of(source, before) {
        names::elements(&place, table, &mut found.items);
    }
    if !it.is_script && !names::may_become_script(it) {
        return Completions::default();
    }
    if let Some(call) = place.command_call() {
        commands::unquoted(&place, call, &mut found.items);
    }
    names::visible(&place, &mut found.items);
    api::globals(&place, &mut found.items);
    if place.call.is_none() {
        snippets::completions(&place, &mut found.items);
    }
    found
}

impl Place<'_> {
    /// The call around the cursor, if it calls a command.
    fn command_call(&self) -> Option<&CallSite> {
        let call = self.call.as_ref()?;
        let (table, name) = call_site::api_of(self.project, self.file, &call.callee, self.offset)?;
        (matches!(table.as_str(), "redis" | "server") && matches!(name.as_str(), "call" | "pcall")).then_some(call)
    }
}

/// The documentation of a completion, in Markdown.
pub fn resolve(docs: &Docs, targets: &[::commands::Target]) -> Option<String> {
    match docs {
        Docs::None => None,
        Docs::Text(text) => Some(text.clone()),
        Docs::Command(name) => {
            let (container, sub) = name.split_once(' ').map_or((*name, None), |(name, sub)| (name, Some(sub)));
            let spec = ::commands::lookup(container.as_bytes())?;
            let spec = match sub {
                Some(sub) => ::commands::subcommand(spec, sub.as_bytes())?,
                None => spec,
            };
            Some(crate::hover::command(spec, &[], targets))
        }
        Docs::Api(table, name) => {
            let item =
                if table.is_empty() { ::commands::api::global(name)? } else { ::commands::api::member(table, name)? };
            let prefix = if table.is_empty() { String::new() } else { format!("{table}.") };
            Some(crate::hover::item_text(item, &prefix, targets))
        }
        Docs::Rule(code) => linter::registry::rule(code).map(|rule| rule.docs.to_owned()),
    }
}

fn is_string(kind: syntax::lexer::TokenKind) -> bool {
    use syntax::lexer::TokenKind;
    matches!(kind, TokenKind::String | TokenKind::UnterminatedString)
}

/// Whether a place is behind the opening quote of a string and not behind its closing one.
fn is_inside(source: &[u8], string: TextRange, offset: u32) -> bool {
    let text = string.slice(source);
    let closed = text.len() > 1 && matches!(text[0], b'\'' | b'"') && text.last() == text.first();
    string.start < offset && (offset < string.end || !closed)
}

/// The word that ends at a place.
fn word_before(source: &[u8], offset: u32) -> TextRange {
    let before = &source[..(offset as usize).min(source.len())];
    let len = before.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    TextRange::new(before.len() as u32 - len as u32, before.len() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::*;

    fn found(source: &str) -> Vec<Completion> {
        let (project, offset) = cursor(source);
        let mut found = completions(&project, 0, offset).items;
        found.sort_by(|a, b| (a.rank, &a.label).cmp(&(b.rank, &b.label)));
        found
    }

    fn labels(source: &str) -> Vec<String> {
        found(source).into_iter().map(|it| it.label).collect()
    }

    #[track_caller]
    fn has(source: &str, wanted: &[&str]) {
        let found = labels(source);
        for label in wanted {
            assert!(found.iter().any(|it| it == label), "{label} is not among {found:?}");
        }
    }

    #[track_caller]
    fn lacks(source: &str, unwanted: &[&str]) {
        let found = labels(source);
        for label in unwanted {
            assert!(!found.iter().any(|it| it == label), "{label} is among {found:?}");
        }
    }

    #[test]
    fn members_of_the_sandbox() {
        has("return redis.$0", &["call", "pcall", "sha1hex", "LOG_NOTICE"]);
        lacks("return redis.$0", &["register_function", "VALKEY_VERSION", "encode"]);
        has("#!lua name=x\nredis.$0", &["register_function", "log"]);
        lacks("#!lua name=x\nredis.$0", &["call"]);
        has("local json = cjson\nreturn json.$0", &["encode", "decode"]);
        has("local s = KEYS[1]\nreturn s:$0", &["sub", "match"]);
        has("local x = cj$0", &["cjson", "cmsgpack"]);
    }

    #[test]
    fn commands_in_strings() {
        let all = found("return redis.call('$0')");
        assert_eq!(all[0].label, "GET");
        has("return redis.call('ZR$0'", &["ZRANGE", "ZREM"]);
        lacks("return redis.call('$0')", &["SUBSCRIBE", "MULTI", "DELIFEQ"]);
        has("redis.call('get', 'a')\nredis.call('$0')", &["hget"]);
        has("redis.call('XINFO', '$0')", &["STREAM", "GROUPS"]);
        lacks("redis.call('XINFO', '$0')", &["GET"]);
        assert!(labels("local x = 'a$0'").is_empty());
        assert!(labels("redis.call('GET', '$0')").is_empty(), "a key is the user's");
    }

    #[test]
    fn options_where_the_grammar_has_them() {
        has("redis.call('SET', KEYS[1], ARGV[1], '$0')", &["NX", "EX", "KEEPTTL"]);
        has("redis.call('set', KEYS[1], ARGV[1], '$0')", &["nx", "ex"]);
        lacks("redis.call('SET', KEYS[1], ARGV[1], 'NX', '$0')", &["NX", "XX"]);
        has("redis.call('ZADD', KEYS[1], '$0'", &["NX", "CH"]);
        has("redis.call('SET', KEYS[1], ARGV[1], $0)", &["'NX'"]);
        has("redis.call($0", &["'GET'"]);
        has("redis.call(\"GET\", \"a\")\nredis.call($0", &["\"SET\""]);
    }

    #[test]
    fn keys_by_their_names() {
        let all = found("-- KEYS[1] the lock\nreturn redis.call('GET', KEYS[$0])");
        assert_eq!((all[0].label.as_str(), all[0].detail.as_str()), ("1", "the lock"));
        let all = found("-- KEYS[1] the lock\n-- ARGV[1] token\nlocal x = KE$0");
        assert!(all.iter().any(|it| it.label == "KEYS[1]" && it.detail == "the lock"));
    }

    #[test]
    fn locals_and_what_includes_give() {
        has("local stock = KEYS[1]\nreturn redis.call('GET', st$0)", &["stock"]);
        lacks("do local inner = KEYS[1] end\nreturn in$0", &["inner"]);
        has("-- @include part.lua\nreturn KEYS[1] .. he$0\n--- file: part.lua\nlocal function help() end", &["help"]);
        has("local t = {alpha = 1}\nt.beta = 2\nreturn redis.call('ECHO', t.$0)", &["alpha", "beta"]);
        has("local function f(amount) return redis.call('INCRBY', KEYS[1], am$0) end", &["amount"]);
        assert!(labels("local na$0").is_empty());
    }

    #[test]
    fn half_typed_code() {
        has("if redis.call('EX$0", &["EXISTS"]);
        has("local a = KEYS[1]\nfor i = 1, #ARGV do\n  local b = a\n  redis.call('SADD', $0", &["a", "b"]);
        has("redis.call('SET', KEYS[1], 1, 'EX', 10, '$0\nreturn 1", &["NX"]);
    }

    #[test]
    fn comments() {
        has("-- redlua: allow($0)\nreturn KEYS[1]", &["unknown-command"]);
        has("-- $0\nreturn redis.call('SET', KEYS[1], ARGV[1])", &["KEYS[1]", "ARGV[1]"]);
        has("-- @include $0\nreturn KEYS[1]\n--- file: part.lua\nlocal x", &["part.lua"]);
    }

    #[test]
    fn commands_of_transcripts() {
        has("--- transcript\n> SE$0", &["SET", "MULTI", "SUBSCRIBE"]);
        has("--- transcript\n> SET a 1 $0", &["NX", "EX"]);
        has("--- transcript\n> set a 1 $0", &["nx", "ex"]);
        has("--- transcript\n> XINFO $0", &["STREAM"]);
        has("--- transcript\n> SET stock:42 5\nOK\n> GET st$0", &["stock:42"]);
        has("--- transcript\nSET 'a b' 5\nGET $0", &["'a b'"]);
        lacks("--- transcript\n> SET a b$0", &["b", "NX"]);
        assert!(labels("--- transcript\n> SET a\nO$0").is_empty());
        assert!(labels("--- transcript\n> SET a 'N$0").is_empty());
    }

    #[test]
    fn commands_of_examples() {
        let script = "-- KEYS[1] stock\n-- ARGV[1] amount\nreturn redis.call('DECRBY', KEYS[1], ARGV[1])\n";
        let all = found(&format!("{script}--> $0"));
        assert_eq!((all[0].label.as_str(), all[0].insert.as_str()), ("EVAL .", "EVAL . 1 ${1:stock} ${2:amount}"));
        has(&format!("{script}--> E$0"), &["EVAL .", "EXISTS"]);
        has(&format!("{script}--> EVAL $0"), &["."]);
        has(&format!("{script}--> SET stock:1 5\n--> EVAL . 1 s$0"), &["stock:1"]);
        let library =
            "#!lua name=l\nredis.register_function('take', function(keys) return redis.call('GET', keys[1]) end)\n";
        has(&format!("{library}--> $0"), &["FCALL take"]);
        has(&format!("{library}--> FCALL $0"), &["take"]);
    }

    #[test]
    fn idioms() {
        has("$0", &["lock release", "compare and set", "token bucket", "scan loop", "function library"]);
        for item in found("$0").into_iter().filter(|it| it.kind == CompletionKind::Snippet) {
            let mut text = item.insert.clone();
            while let Some(at) = text.find("${") {
                let end = text[at..].find('}').map_or(text.len(), |end| at + end);
                let name = text[at..end].split_once(':').map_or("", |(_, name)| name).to_owned();
                text.replace_range(at..=end, &name);
            }
            let text = text.replace("$0", "");
            let script = semantic::Script::new(text.as_bytes().into(), None);
            assert!(script.parse.errors.is_empty(), "{}: {:?}\n{text}", item.label, script.parse.errors);
        }
    }

    #[test]
    fn documentation_comes_later() {
        let get = found("redis.call('$0')").into_iter().find(|it| it.label == "GET");
        let docs = get.and_then(|it| resolve(&it.docs, &[::commands::Target::DEFAULT])).unwrap_or_default();
        assert!(docs.contains("Reads a string."), "{docs}");
    }

    #[test]
    fn plain_lua_is_left_alone() {
        assert!(labels("local x = require('x')\nlocal y = pri$0").is_empty());
    }
}
