//! Completions at the cursor. Each source has its own file; this one selects the sources to ask.

mod annotations;
mod api;
mod arguments;
mod command_line;
mod commands;
mod comments;
mod elements;
mod elsewhere;
mod fields;
mod grammar;
mod item;
mod keywords;
mod names;
mod options;
mod place;
mod position;
mod shebang;
mod snippets;
#[cfg(test)]
mod tests;

use ::commands::{bind::Expected, spec::ArgumentKind};
use text::TextRange;

use self::{
    place::{Place, Wanted, unless_whole},
    position::Position,
};
use crate::{
    Project,
    call_site::{self, CallSite},
    command_line::CommandLine,
    path::Path,
    tokens,
};

pub use self::{
    item::{Completion, CompletionKind, Completions, Docs},
    place::Trigger,
};

/// Characters after which a client asks for completions.
pub const TRIGGER_CHARACTERS: &[&str] = &[".", ":", "'", "\"", "[", "(", " ", "@", "=", ","];

/// Returns what may be typed at a place.
pub fn completions(project: &Project, file: usize, offset: u32, trigger: Trigger) -> Completions {
    let it = &project.files[file];
    let source = it.source();
    let typed_last = source.get((offset as usize).wrapping_sub(1)).copied();
    let by_itself = trigger == Trigger::Character;
    if let Some(line) = CommandLine::at(it, offset) {
        return match typed_last {
            Some(b'.' | b'\'' | b'"' | b'[' | b'(' | b'@' | b'=' | b',') if by_itself => Completions::default(),
            _ => unless_whole(source, command_line::completions(project, file, &line, offset, trigger), trigger),
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
    let tokens = tokens::tokens_before(source, offset);
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
        if found.is_empty() {
            let operand = before[..before.len() - 1].trim_ascii_end();
            fields::of_call(place, operand.len() as u32, found);
        }
        return;
    }
    if typed.iter().all(u8::is_ascii_digit)
        && let Some(table) = elements::index_of(place, before)
    {
        elements::indices(place, &table, word.start, found);
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
        CompletionKind::Constant if nothing_typed && item.label.starts_with(['\'', '"']) => {
            let end = item.label.find(|c: char| c.is_ascii_digit())?;
            Some(item.label[..end].to_owned())
        }
        _ => None,
    }
}

impl Place<'_> {
    /// The call around the cursor, if its arguments are the words of a command.
    fn command_call(&self) -> Option<&CallSite> {
        let call = self.call.as_ref()?;
        let (table, name) = call_site::api_of(self.project, self.file, &call.callee, self.offset)?;
        let is_command = matches!(name.as_str(), "call" | "pcall" | "acl_check_cmd");
        (matches!(table.as_str(), "redis" | "server") && is_command).then_some(call)
    }

    /// The argument at the cursor.
    fn wanted(&self) -> Wanted {
        let Some(call) = self.command_call() else { return Wanted::Other };
        let expected = grammar::expected_next(self, call);
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
        Docs::Command(name) => Some(crate::render::command(::commands::by_name(name)?, &[], targets)),
        Docs::Option(name, token) => crate::render::option(::commands::by_name(name)?, token),
        Docs::Api(table, name) => {
            let item =
                if table.is_empty() { ::commands::api::global(name)? } else { ::commands::api::member(table, name)? };
            let prefix = if table.is_empty() { String::new() } else { format!("{table}.") };
            Some(crate::render::item_text(item, &prefix, targets))
        }
        Docs::Rule(code) => linter::registry::rule(code).map(|rule| rule.docs.to_owned()),
    }
}

fn is_string(kind: syntax::lexer::TokenKind) -> bool {
    use syntax::lexer::TokenKind;
    matches!(kind, TokenKind::String | TokenKind::UnterminatedString)
}

/// True if a place is behind the opening quote of a string and not behind its closing one.
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
