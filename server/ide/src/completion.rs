//! What may be typed at the cursor. Each source is a file; this one finds out which of them are asked.

mod annotations;
mod api;
mod arguments;
mod command_line;
mod commands;
mod comments;
mod elements;
mod fields;
mod keywords;
mod names;
mod options;
mod position;
mod shebang;
mod snippets;

use ::commands::{bind::Expected, spec::ArgumentKind};
use text::TextRange;

use self::position::Position;
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
    /// A class or an alias of annotations.
    Class,
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
    /// The text that is compared with the typed one in place of the label.
    pub filter: Option<String>,
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

impl Completions {
    /// Returns what is replaced where the user wants to keep what is behind the cursor, and where not.
    pub fn ranges(&self, source: &[u8], offset: u32) -> (TextRange, TextRange) {
        let insert = TextRange::new(self.range.start, self.range.end.min(offset).max(self.range.start));
        let mut replace = self.range;
        let in_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        // Nothing is typed yet before a word that begins at the cursor: it is another one.
        if replace.end == offset && insert.slice(source).last().is_some_and(in_word) {
            let rest = source.get(offset as usize..).unwrap_or_default();
            replace.end += rest.iter().take_while(|byte| in_word(byte)).count() as u32;
        }
        (insert, replace)
    }
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
            filter: None,
            deprecated: false,
            docs: Docs::None,
        }
    }
}

/// The reason why completions are asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trigger {
    /// The user asks, or the client does when a word begins.
    Invoked,
    /// The client asks at each letter of a word. A whole word gets no list, for Enter would take it and not end the line.
    Letter,
    /// One of [`TRIGGER_CHARACTERS`] was typed. It is answered only where what may follow is known in particular: a list that opens
    /// by itself takes the next Enter or Tab.
    Character,
}

/// The characters behind which completions may be asked for.
pub const TRIGGER_CHARACTERS: &[&str] = &[".", ":", "'", "\"", "[", "(", " ", "@", "=", ","];

/// Where the cursor is, as the sources need it.
pub(crate) struct Place<'a> {
    project: &'a Project,
    file: usize,
    offset: u32,
    /// The call around the cursor.
    call: Option<CallSite>,
    /// The argument that the cursor is at.
    wanted: Wanted,
}

/// The argument that a command's grammar has at the cursor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wanted {
    Key,
    Value,
    /// An option word, or nothing that is known.
    Other,
}

/// Returns what may be typed at a place.
pub fn completions(project: &Project, file: usize, offset: u32, trigger: Trigger) -> Completions {
    let it = &project.files[file];
    let source = it.source();
    let typed_last = source.get((offset as usize).wrapping_sub(1)).copied();
    let by_itself = trigger == Trigger::Character;
    if let Some(line) = CommandLine::at(it, offset) {
        return match typed_last {
            Some(b'.' | b'\'' | b'"' | b'[' | b'(' | b'@' | b'=' | b',') if by_itself => Completions::default(),
            _ => unless_whole(source, command_line::completions(it, &line, offset), trigger),
        };
    }
    if it.is_transcript() {
        return Completions::default();
    }
    if let Some(comment) = comments::around(it, offset) {
        let found = annotations::in_comment(project, file, comment, offset, trigger);
        return found.unwrap_or_else(|| comments::completions(project, file, comment, offset, trigger));
    }
    if let Some(found) = shebang::completions(it, offset) {
        return unless_whole(source, found, trigger);
    }
    let tokens = call_site::tokens_before(source, offset);
    let call = call_site::enclosing(source, &tokens, offset);
    let mut place = Place { project, file, offset, call, wanted: Wanted::Other };
    place.wanted = place.wanted();
    if let Some(string) = tokens.last().filter(|token| is_string(token.kind) && is_inside(source, token.range, offset))
    {
        return match place.command_call() {
            _ if by_itself && offset != string.range.start + 1 => Completions::default(),
            Some(call) => commands::in_string(&place, call, string.range),
            None => arguments::flags_in_string(&place, &tokens)
                .or_else(|| annotations::in_string(&place, &tokens))
                .or_else(|| options::in_string(&place, &tokens))
                .unwrap_or_else(|| fields::in_string(&place, &tokens)),
        };
    }
    let range = word_before(source, offset);
    let mut found = Completions { range, items: Vec::new() };
    code(&place, &tokens, range, by_itself, &mut found.items);
    for item in &mut found.items {
        item.filter = item.filter.take().or_else(|| filter(item, range.is_empty()));
    }
    unless_whole(source, found, trigger)
}

/// Empties a list at a letter that makes the word one of its items.
fn unless_whole(source: &[u8], mut found: Completions, trigger: Trigger) -> Completions {
    let typed = found.range.slice(source);
    let is_whole =
        |item: &Completion| !item.is_snippet && [&item.insert, &item.label].iter().any(|it| it.as_bytes() == typed);
    if trigger == Trigger::Letter && found.items.iter().any(is_whole) {
        found.items.clear();
    }
    found
}

/// Adds what may be typed in code, outside of strings and comments.
fn code(
    place: &Place<'_>,
    tokens: &[syntax::lexer::Token],
    word: TextRange,
    by_itself: bool,
    found: &mut Vec<Completion>,
) {
    let it = &place.project.files[place.file];
    let source = it.source();
    let before = source[..word.start as usize].trim_ascii_end();
    let typed = word.slice(source);
    let sign = before.last().filter(|sign| matches!(sign, b'.' | b':') && !before.ends_with(b".."));
    if let Some(sign) = sign {
        let end = tokens.partition_point(|token| token.range.start < before.len() as u32 - 1);
        let path = Path::before(source, &tokens[..end]);
        if *sign == b':' {
            match path.as_ref().and_then(|path| fields::methods(place, path)) {
                Some(methods) => *found = methods,
                None => api::methods(found),
            }
            return;
        }
        if let Some(path) = path {
            if let Some(names) = path.names() {
                api::members(place, &names, found);
            }
            fields::members(place, &path, found);
        }
        return;
    }
    if let (Some(is_key), true) = (elements::index_of(source, before), typed.iter().all(u8::is_ascii_digit)) {
        elements::indices(place, is_key, word.start, found);
        return;
    }
    let position = Position::of(source, tokens, word);
    if matches!(position, Position::Declaration | Position::Adjacent)
        || typed.first().is_some_and(u8::is_ascii_digit)
        || (!it.is_script && !names::may_become_script(it))
    {
        return;
    }
    let call = place.command_call();
    if by_itself {
        // Behind a comma's space in a command call stands its next word; anywhere else the space is just a space.
        if let (Some(call), true) = (call, source[..word.start as usize].ends_with(b", ")) {
            commands::unquoted(place, call, found);
            if place.wanted != Wanted::Other {
                names::visible(place, found);
                elements::completions(place, found);
            }
        }
        return;
    }
    if position != Position::AfterOperand {
        if let Some(call) = call {
            commands::unquoted(place, call, found);
        }
        arguments::completions(place, found);
        options::unquoted(place, tokens, word, found);
        arguments::registration(place, tokens, word, found);
        annotations::in_constructor(place, tokens, word, found);
        annotations::values(place, tokens, word, found);
        names::visible(place, found);
        elements::completions(place, found);
        api::globals(place, found);
        if place.call.is_none() && position == Position::Statement {
            snippets::completions(place, found);
        }
    }
    let rest = source.get(place.offset as usize..).unwrap_or_default();
    let rest = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
    keywords::completions(position, rest.trim_ascii().is_empty(), found);
}

/// Returns the text that an item is found by, if it is not its label. Clients filter a list while the user types on, so nothing
/// in it may match a digit, a bracket or a space that belongs to something else.
fn filter(item: &Completion, nothing_typed: bool) -> Option<String> {
    match item.kind {
        CompletionKind::Snippet => Some(item.label.replace(' ', "")),
        CompletionKind::Variable | CompletionKind::Function if nothing_typed => {
            let end = item.label.find(|c: char| c.is_ascii_digit())?;
            Some(item.label[..end].to_owned())
        }
        _ => None,
    }
}

impl Place<'_> {
    /// The call around the cursor, if it calls a command.
    fn command_call(&self) -> Option<&CallSite> {
        let call = self.call.as_ref()?;
        let (table, name) = call_site::api_of(self.project, self.file, &call.callee, self.offset)?;
        (matches!(table.as_str(), "redis" | "server") && matches!(name.as_str(), "call" | "pcall")).then_some(call)
    }

    /// The argument at the cursor.
    fn wanted(&self) -> Wanted {
        let Some(call) = self.command_call() else { return Wanted::Other };
        let expected = commands::expected_next(self, call);
        let has = |is_wanted: fn(ArgumentKind) -> bool| {
            expected.iter().any(|it| matches!(it, Expected::Value(argument) if is_wanted(argument.kind)))
        };
        if has(|kind| kind == ArgumentKind::Key) {
            Wanted::Key
        } else if has(|_| true) {
            Wanted::Value
        } else {
            Wanted::Other
        }
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
        let mut found = completions(&project, 0, offset, Trigger::Invoked).items;
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
    fn what_is_replaced() {
        let ranges = |source: &str| {
            let (project, offset) = cursor(source);
            let source = project.files[0].source();
            let found = completions(&project, 0, offset, Trigger::Invoked);
            let (insert, replace) = found.ranges(source, offset);
            [insert, replace].map(|range| String::from_utf8_lossy(range.slice(source)).into_owned())
        };
        assert_eq!(ranges("return red$0is.call('TIME')"), ["red", "redis"]);
        assert_eq!(ranges("return redis.ca$0ll('TIME')"), ["ca", "call"]);
        assert_eq!(ranges("return redis.call('HG$0ETALL', KEYS[1])"), ["HG", "HGETALL"]);
        assert_eq!(ranges("return $0redis"), ["", ""]);
        assert_eq!(ranges("return redis.call('GE$0"), ["GE", "GE"]);
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
    fn a_typed_character_is_answered_only_where_something_is_known() {
        let typed = |source: &str| {
            let (project, offset) = cursor(source);
            completions(&project, 0, offset, Trigger::Character).items
        };
        let header = "-- KEYS[1] the lock\n-- ARGV[1] token\n";
        for code in [
            "return $0",
            "local x = $0",
            "local x = '$0",
            "local x = 'hello'$0",
            "local t = redis.call('TIME')[$0",
            "local t = {}\nreturn t[$0",
            "return 0.$0",
            "return 'a' .$0",
            "return 'a' .. $0",
            "return 'a' ..$0",
            "if x == 1 $0",
            "redis.call($0",
            "redis.call('GET'$0",
            "redis.call('GET', KEYS[1], $0",
            "redis.call('SET', KEYS[1], 'a $0",
            "redis.call('HGET', KEYS[1], '$0",
            "f(a, $0",
            "f($0",
            "-- $0",
            "-- note: $0",
            "-- see 'x'$0",
            "-- redlua: allow(unknown-command) $0",
            "local $0",
            "for $0",
        ] {
            let found = typed(&format!("{header}{code}"));
            assert!(found.is_empty(), "{code}: {found:?}");
        }
        for (code, wanted) in [
            ("redis.$0", "call"),
            ("local s = KEYS[1]\nreturn s:$0", "sub"),
            ("redis.call('$0", "GET"),
            ("redis.call('GET', $0", "KEYS[1]"),
            ("redis.call('SET', KEYS[1], ARGV[1], $0", "'NX'"),
            ("return KEYS[$0", "1"),
            ("-- redlua: allow($0", "unknown-command"),
            ("-- @$0", "@include"),
            ("--> $0", "GET"),
        ] {
            let found = typed(&format!("{header}{code}\nreturn redis.call('GET', KEYS[1])"));
            assert!(found.iter().any(|it| it.label == wanted), "{code}: {found:?}");
        }
    }

    #[test]
    fn a_whole_word_has_no_list_where_each_letter_asks() {
        let typed = |source: &str| {
            let (project, offset) = cursor(source);
            completions(&project, 0, offset, Trigger::Letter).items
        };
        for source in
            ["local count, counter = KEYS[1], 1\nreturn count$0", "if KEYS[1] then$0", "--- transcript\n> GET$0"]
        {
            assert!(typed(source).is_empty(), "{source}");
            assert!(!labels(source).is_empty(), "{source}");
        }
        for source in
            ["local count = KEYS[1]\nreturn coun$0", "if KEYS[1] the$0", "redis.call('GET$0", "--- transcript\n> GE$0"]
        {
            assert!(!typed(source).is_empty(), "{source}");
        }
    }

    #[test]
    fn options_and_flags_of_the_shebang() {
        assert_eq!(labels("#!l$0"), ["lua"]);
        assert_eq!(labels("#!lua $0"), ["name=", "flags="]);
        assert_eq!(labels("#!lua name=shop $0"), Vec::<String>::new());
        assert_eq!(labels("#!lua name=sh$0"), Vec::<String>::new());
        has("#!lua flags=$0\nreturn 1", &["no-writes", "allow-stale"]);
        let more = labels("#!lua flags=no-writes,al$0\nreturn 1");
        assert!(more.contains(&"allow-oom".to_owned()) && !more.contains(&"no-writes".to_owned()), "{more:?}");
    }

    #[test]
    fn fields_and_flags_of_a_registration() {
        let library = |call: &str| format!("#!lua name=l\nlocal function f(keys) return 1 end\n{call}");
        has(&library("redis.register_function{$0}"), &["function_name", "callback", "flags", "description"]);
        has(&library("redis.register_function({ function_name = 'f', c$0 })"), &["callback"]);
        lacks(&library("redis.register_function({ function_name = 'f', c$0 })"), &["function_name"]);
        lacks(&library("redis.register_function{ callback = $0 }"), &["flags"]);
        lacks(&library("local t = { $0 }"), &["callback"]);
        has(&library("redis.register_function{ flags = { '$0' } }"), &["no-writes", "allow-oom"]);
        lacks(&library("redis.register_function{ flags = { 'no-writes', '$0' } }"), &["no-writes"]);
        lacks(&library("local t = { '$0' }"), &["no-writes"]);
    }

    #[test]
    fn arguments_that_are_one_of_few() {
        assert_eq!(labels("return redis.setresp($0)")[..2], ["2", "3"]);
        assert_eq!(labels("return redis.log($0)")[0], "redis.LOG_DEBUG");
        assert!(labels("return redis.log(redis.$0)")[0].starts_with("LOG_"));
        assert_eq!(labels("local r = redis\nreturn r.set_repl($0)")[0], "r.REPL_ALL");
        lacks("return redis.log(redis.LOG_DEBUG, $0)", &["redis.LOG_WARNING"]);
    }

    #[test]
    fn names_that_are_declared_are_the_users() {
        for source in [
            "local na$0",
            "local a, b$0",
            "for i$0",
            "for k, v$0",
            "function f$0",
            "local function f(a, b$0",
            "f(function(k$0",
        ] {
            assert!(labels(&format!("local name = KEYS[1]\n{source}")).is_empty(), "{source}");
        }
    }

    #[test]
    fn nothing_begins_right_behind_an_operand() {
        for source in
            ["return 'a'$0", "return KEYS[1]$0", "return 1$0", "return tonumber(KEYS[1])$0", "return KEYS[1]a$0"]
        {
            assert!(labels(source).is_empty(), "{source}");
        }
    }

    #[test]
    fn keywords_where_they_stand() {
        has("if redis.call('GET', KEYS[1]) t$0", &["then", "or"]);
        lacks("local count = KEYS[1]\nif count t$0", &["count", "tonumber", "return"]);
        has("return redis.call('GET', KEYS[1]) or n$0", &["nil", "function … end"]);
        lacks("return redis.call('GET', KEYS[1]) or n$0", &["if … then … end", "then"]);
        has("redis.call('GET', KEYS[1])\n$0", &["if … then … end", "end", "local function … end"]);
        has("redis.call('GET', KEYS[1])\ni$0 x then", &["if"]);
        lacks("redis.call('GET', KEYS[1])\ni$0 x then", &["if … then … end"]);
    }

    #[test]
    fn keys_come_first_where_a_key_is_due() {
        let first = |source: &str| labels(source).into_iter().take(2).collect::<Vec<_>>();
        let header = "-- KEYS[1] the lock\n-- KEYS[2] the log\n-- ARGV[1] token\nlocal now = 1\n";
        assert_eq!(first(&format!("{header}redis.call('SET', $0")), ["KEYS[1]", "KEYS[2]"]);
        assert_eq!(first(&format!("{header}redis.call('SET', KEYS[1], $0")), ["ARGV[1]", "now"]);
        assert_eq!(first(&format!("{header}redis.call('SMOVE', KEYS[1], $0")), ["KEYS[2]", "KEYS[1]"]);
        assert_eq!(first("redis.call('SMOVE', KEYS[1], $0"), ["KEYS[2]", "KEYS[1]"]);
        assert_eq!(first("redis.call('GET', $0")[0], "KEYS[1]");
        assert_eq!(labels("redis.call('GET', KEYS[1])\nreturn KEYS[$0]"), ["1", "2"]);
        assert_eq!(labels(&format!("{header}return redis.call('SMOVE', KEYS[1], KEYS[$0])")), ["2", "1"]);
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
