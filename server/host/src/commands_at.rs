//! Commands that a program defines on its client, and names that mean something at a place of it: for renames and completion.

use text::TextRange;

use crate::{calls::matches, document::HostDocument, names::is_member, scopes::Scopes, tokens::Tokens};

/// A command that a program defines: `redis.defineCommand("take", …)`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Defined {
    /// Its name.
    pub name: String,
    /// Place of the name in its definition, within the quotes.
    pub place: TextRange,
    /// The last name before `.defineCommand`: the client.
    pub client: String,
}

impl HostDocument {
    /// The commands that the program defines, in the order of their definitions.
    pub fn defined_commands(&self, source: &[u8]) -> Vec<Defined> {
        if self.language.bindings().call.iter().all(|it| it.defines.is_none()) {
            return Vec::new();
        }
        let lexed = self.language.lex(source);
        let tokens = Tokens::new(source, &lexed, self.language);
        let defined = |call: &crate::calls::Matched<'_>| {
            let nth = usize::from(call.row.defines?).checked_sub(1)?;
            let &(start, end) = call.arguments.get(nth)?;
            let literal = lexed.literals.get(tokens.literal(start).filter(|_| end == start + 1)? as usize)?;
            let name = std::str::from_utf8(literal.body.slice(source)).ok()?.to_owned();
            let client = String::from_utf8_lossy(tokens.text(call.name.checked_sub(2)?)).into_owned();
            (!name.is_empty()).then_some(Defined { name, place: literal.body, client })
        };
        matches(&tokens, &[]).iter().filter_map(defined).collect()
    }

    /// The places at which commands that the program defines are called by a name, without `Buffer` behind it.
    pub fn uses_of_command(&self, source: &[u8], name: &str) -> Vec<TextRange> {
        let own = |text: &[u8]| text == name.as_bytes() || text.strip_suffix(b"Buffer") == Some(name.as_bytes());
        let range = |it: TextRange| TextRange::new(it.start, it.start + name.len() as u32);
        let calls = self.calls.iter().filter(|it| it.what == it.name && own(it.name.slice(source)));
        calls.map(|it| range(it.name)).collect()
    }

    /// The client before a point and the part of a member's name behind it, if such a place of the program is at an offset.
    pub fn member_at(&self, source: &[u8], offset: u32) -> Option<(String, TextRange)> {
        let before = source.get(..offset as usize)?;
        let is_part = |it: &u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'$');
        let start = before.iter().rposition(|it| !is_part(it)).map_or(0, |at| at + 1);
        let client = before.get(..start)?.strip_suffix(b".")?;
        let from = client.iter().rposition(|it| !is_part(it)).map_or(0, |at| at + 1);
        let name = std::str::from_utf8(&client[from..]).ok().filter(|it| !it.is_empty())?;
        Some((name.to_owned(), TextRange::new(start as u32, offset)))
    }

    /// Names that the functions around a place have: of parameters, and of variables that are given a value before.
    pub fn names_at(&self, source: &[u8], offset: u32) -> Vec<String> {
        let lexed = self.language.lex(source);
        let tokens = Tokens::new(source, &lexed, self.language);
        let at = lexed.tokens.partition_point(|it| it.range.end <= offset).min(tokens.len().saturating_sub(1));
        let scopes = Scopes::new(&tokens);
        let mut found: Vec<String> = Vec::new();
        let mut add = |at: usize| {
            let name = String::from_utf8_lossy(tokens.text(at)).into_owned();
            if !found.contains(&name) {
                found.push(name);
            }
        };
        for nth in scopes.around(at) {
            let function = scopes.function(nth);
            (function.parameters.0..function.parameters.1).filter(|&it| tokens.is_name(it)).for_each(&mut add);
            let gives = |it: &usize| {
                tokens.is_name(*it) && !is_member(&tokens, *it) && {
                    let equals = if tokens.is(it + 1, ":") { it + 2 } else { it + 1 };
                    tokens.is(equals, "=") && !tokens.is(equals + 1, "=")
                }
            };
            (function.body.0..at).filter(gives).for_each(&mut add);
        }
        found
    }
}
