//! The call around the cursor, by the tokens alone, so that it is known while it is typed and nothing parses.

use commands::bind::Word;
use semantic::{ApiPath, Constant, Init};
use syntax::lexer::{Keyword, Lexer, Token, TokenKind};
use text::TextRange;

use crate::{Project, path::Path, visibility::visible};

/// A call that is being typed.
#[derive(Clone, Debug)]
pub(crate) struct CallSite {
    /// The callee as written, if it is a name with fields: `redis.call`, `s:sub`. Else empty.
    pub callee: String,
    /// The callee.
    pub path: Path,
    /// True if it is called with `:`.
    pub is_method: bool,
    /// The arguments before the cursor, whole.
    pub before: Vec<TextRange>,
    /// The part of the current argument that is already typed.
    pub current: TextRange,
}

impl CallSite {
    /// The number of arguments, those behind the cursor among them, and whether the call is closed.
    pub(crate) fn count(&self, source: &[u8]) -> (usize, bool) {
        /// Maximum number of tokens to search for the end of the call.
        const MOST_TOKENS: usize = 2_000;
        let (mut depth, mut commas, mut is_empty) = (0_i32, 0, true);
        for token in Lexer::at(source, self.current.start as usize).take(MOST_TOKENS) {
            let kind = token.kind;
            if matches!(kind, TokenKind::Comment | TokenKind::UnterminatedComment) {
                continue;
            }
            if depth == 0 && (kind.is(")") || begins_statement(kind)) {
                let is_none = is_empty && self.before.is_empty();
                return (if is_none { 0 } else { self.before.len() + 1 + commas }, kind.is(")"));
            }
            is_empty = false;
            let opens = matches!(kind, TokenKind::Keyword(Keyword::Function | Keyword::If | Keyword::Do));
            if opens || kind.is("(") || kind.is("[") || kind.is("{") {
                depth += 1;
            } else if kind.is(")") || kind.is("]") || kind.is("}") || kind == TokenKind::Keyword(Keyword::End) {
                depth -= 1;
            } else if kind.is(",") && depth == 0 {
                commas += 1;
            }
        }
        (self.before.len() + usize::from(!is_empty || !self.before.is_empty()), false)
    }
}

/// The innermost call whose parentheses are open at `offset`.
pub(crate) fn enclosing(source: &[u8], tokens: &[Token], offset: u32) -> Option<CallSite> {
    /// Maximum number of tokens to search back for an unclosed parenthesis.
    const MOST_TOKENS: usize = 2_000;
    let mut depth = 0_i32;
    let from = tokens.len().saturating_sub(MOST_TOKENS);
    let mut commas: Vec<u32> = Vec::new();
    for at in (from..tokens.len()).rev() {
        let token = tokens[at];
        let kind = token.kind;
        // A bracket under the cursor, or a string around it, is not yet behind us.
        if token.range.end > offset {
            continue;
        }
        if kind.is(")") || kind.is("]") || kind.is("}") {
            depth += 1;
        } else if kind.is("[") || kind.is("{") {
            depth -= 1;
            if depth < 0 {
                return None;
            }
        } else if kind.is("(") {
            depth -= 1;
            if depth < 0 {
                let path = Path::before(source, &tokens[..at])?;
                let is_method = at >= 2 && tokens[at - 2].kind.is(":");
                let callee = callee(source, &tokens[..at]).unwrap_or(TextRange::at(token.range.start));
                commas.reverse();
                let mut start = token.range.end;
                let mut before = Vec::with_capacity(commas.len());
                for comma in commas {
                    before.push(trimmed(source, TextRange::new(start, comma)));
                    start = comma + 1;
                }
                let current = trimmed(source, TextRange::new(start, offset));
                return Some(CallSite {
                    callee: String::from_utf8_lossy(callee.slice(source)).into_owned(),
                    path,
                    is_method,
                    before,
                    current,
                });
            }
        } else if kind.is(",") && depth == 0 {
            commas.push(token.range.start);
        } else if depth == 0 && begins_statement(kind) {
            // An unclosed call above does not reach into another statement.
            return None;
        }
    }
    None
}

fn begins_statement(kind: TokenKind) -> bool {
    use syntax::lexer::Keyword::{Break, Do, Else, Elseif, End, For, If, Local, Repeat, Return, Then, Until, While};
    matches!(
        kind,
        TokenKind::Keyword(
            Break | Do | Else | Elseif | End | For | If | Local | Repeat | Return | Then | Until | While
        )
    ) || kind.is(";")
}

/// The name, with its tables, that ends at the last token.
fn callee(source: &[u8], tokens: &[Token]) -> Option<TextRange> {
    let mut range: Option<TextRange> = None;
    for token in tokens.iter().rev() {
        let wants_name = range.is_none_or(|range| matches!(source.get(range.start as usize), Some(b'.' | b':')));
        match token.kind {
            TokenKind::Name if wants_name => {
                range = Some(range.map_or(token.range, |range| token.range.cover(range)));
            }
            kind if !wants_name && (kind.is(".") || kind.is(":")) => {
                range = range.map(|range| token.range.cover(range));
            }
            _ => break,
        }
    }
    range.filter(|range| {
        source.get(range.start as usize).is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
    })
}

fn trimmed(source: &[u8], range: TextRange) -> TextRange {
    let text = range.slice(source);
    let start = text.len() - text.trim_ascii_start().len();
    let end = text.trim_ascii().len();
    TextRange::new(range.start + start as u32, range.start + (start + end) as u32)
}

/// Resolves a callee as written to a table and member of the API, also through aliases.
pub(crate) fn api_of(project: &Project, file: usize, callee: &str, offset: u32) -> Option<(String, String)> {
    let split = |path: ApiPath<'_>| match path {
        ApiPath::Global(name) => (String::new(), name.to_owned()),
        ApiPath::Member(table, name) => (table.to_owned(), name.to_owned()),
    };
    let (base, member) = match callee.split_once('.') {
        Some((base, member)) => (base, Some(member)),
        None => (callee, None),
    };
    let script = &project.files[file].script;
    let of_base = match visible(project, file, base, offset) {
        Some(local) => match script.scopes.fixed(local)? {
            Init::Expr(expr) => split(script.api(expr)?),
            _ => return None,
        },
        None => match given(project, file, base) {
            Some(api) => match api.split_once('.') {
                Some((table, name)) => (table.to_owned(), name.to_owned()),
                None => (String::new(), api),
            },
            None => (String::new(), base.to_owned()),
        },
    };
    match (of_base, member) {
        (found, None) => Some(found),
        ((table, base), Some(member)) if table.is_empty() => Some((base, member.to_owned())),
        _ => None,
    }
}

/// Returns the API path of a free name that another file defines.
fn given(project: &Project, file: usize, name: &str) -> Option<String> {
    let it = &project.files[file];
    it.script
        .environment
        .given()
        .find(|(offset, definition)| {
            TextRange::new(*offset, offset + definition.range.len()).slice(it.source()) == name.as_bytes()
        })
        .and_then(|(_, definition)| definition.api.clone())
}

/// A word of a command call from the text of an argument.
pub(crate) fn word<'a>(project: &'a Project, file: usize, range: TextRange, text: &'a mut Vec<u8>) -> Word<'a> {
    let it = &project.files[file];
    let source = range.slice(it.source());
    match source.first() {
        Some(b'\'' | b'"') => {
            *text = syntax::string_value(source).into_owned();
            Word::Known(text)
        }
        Some(byte) if byte.is_ascii_digit() => {
            std::str::from_utf8(source).ok().and_then(|text| text.parse().ok()).map_or(Word::Unknown, Word::Number)
        }
        _ if source.starts_with(b"unpack") || source == b"..." => Word::Many,
        _ => {
            let name = std::str::from_utf8(source).unwrap_or_default();
            let constant = visible(project, file, name, range.start)
                .and_then(|local| it.script.scopes.fixed(local))
                .and_then(|init| match init {
                    Init::Expr(expr) => it.script.constant(expr),
                    _ => None,
                });
            match constant {
                Some(Constant::String(bytes)) => {
                    *text = bytes.into_owned();
                    Word::Known(text)
                }
                Some(Constant::Number(number)) => Word::Number(number),
                _ => Word::Unknown,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(source: &str) -> Option<(String, usize, String)> {
        let offset = source.find("$0").unwrap_or(0) as u32;
        let source = source.replacen("$0", "", 1);
        let tokens = crate::tokens::tokens_before(source.as_bytes(), offset);
        enclosing(source.as_bytes(), &tokens, offset).map(|site| {
            let current = String::from_utf8_lossy(site.current.slice(source.as_bytes())).into_owned();
            (site.callee, site.before.len(), current)
        })
    }

    #[test]
    fn the_call_is_found_in_half_typed_code() {
        let some = |callee: &str, nth, current: &str| Some((callee.to_owned(), nth, current.to_owned()));
        assert_eq!(at("redis.call($0"), some("redis.call", 0, ""));
        assert_eq!(at("redis.call('SET', KEYS[1], $0)"), some("redis.call", 2, ""));
        assert_eq!(at("redis.call('SET', f(1, 2), 'N$0"), some("redis.call", 2, "'N"));
        assert_eq!(at("x = rcall('GET', a[b(1)]$0"), some("rcall", 1, "a[b(1)]"));
        assert_eq!(at("redis.call('SET', {1, $0"), None);
        assert_eq!(at("redis.call('GET', k)\n$0"), None);
        assert_eq!(at("redis.call('GET', \nlocal x = $0"), None);
        assert_eq!(at("#!lua name=it's\nredis.call('$0"), some("redis.call", 0, "'"));
        assert_eq!(at("s:sub(1, $0)"), some("s:sub", 1, ""));
    }
}
