//! Code as it is while somebody types: statements that are begun and that the parser gives up whole functions for. They are
//! taken out of the text before its tree is made; what there is to complain of is told of the text as it stands.

use text::TextRange;

use crate::lexer::{Keyword, Lexer, Token, TokenKind};

/// The text without what is no statement yet, places unchanged: names (`key`, `M.count`), dots and colons that no name
/// follows, `local` alone, conditions and loops without `then` and `do`. None if there are no such.
pub(crate) fn without_beginnings(text: &str) -> Option<String> {
    let tokens: Vec<Token> = Lexer::new(text.as_bytes())
        .filter(|token| !matches!(token.kind, TokenKind::Comment | TokenKind::UnterminatedComment))
        .collect();
    let mut blanks: Vec<TextRange> = Vec::new();
    // Heads whose block ends nevertheless.
    let mut blocks: Vec<u32> = Vec::new();
    let mut unended = unended_blocks(&tokens);
    let mut brackets = Brackets::default();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let before = at.checked_sub(1).map(|at| tokens[at].kind);
        let mut next = at + 1;
        if is_sign(token.kind) && tokens.get(next).is_none_or(|next| next.kind != TokenKind::Name) {
            blanks.push(token.range);
        } else if brackets.is_outside() {
            match token.kind {
                TokenKind::Name if may_follow_statement(before) => {
                    if let Some(end) = bare_path(&tokens, at) {
                        blanks.push(token.range.cover(tokens[end - 1].range));
                        next = end;
                    }
                }
                TokenKind::Keyword(Keyword::Local)
                    if tokens.get(next).is_none_or(|next| {
                        !matches!(next.kind, TokenKind::Name | TokenKind::Keyword(Keyword::Function))
                    }) =>
                {
                    blanks.push(token.range);
                }
                TokenKind::Keyword(Keyword::If | Keyword::For | Keyword::While) => {
                    if let Some(end) = unfinished_head(&tokens, at) {
                        blanks.push(token.range.cover(tokens[end - 1].range));
                        next = end;
                        if unended > 0 {
                            unended -= 1;
                        } else {
                            blocks.push(token.range.start);
                            brackets.pass(TokenKind::Keyword(Keyword::Do));
                        }
                        at = next;
                        continue;
                    }
                }
                _ => {}
            }
        }
        tokens[at..next].iter().for_each(|token| brackets.pass(token.kind));
        at = next;
    }
    if blanks.is_empty() {
        return None;
    }
    let mut bytes = text.as_bytes().to_vec();
    for range in blanks {
        bytes[range.to_usize()]
            .iter_mut()
            .filter(|byte| !matches!(**byte, b'\n' | b'\r'))
            .for_each(|byte| *byte = b' ');
    }
    for start in blocks {
        bytes[start as usize..][..2].copy_from_slice(b"do");
    }
    String::from_utf8(bytes).ok()
}

/// Returns the number of blocks without an end.
fn unended_blocks(tokens: &[Token]) -> u32 {
    let mut open = 0_u32;
    let mut loops = 0_u32;
    for token in tokens {
        match token.kind {
            TokenKind::Keyword(Keyword::Function | Keyword::If | Keyword::Repeat) => open += 1,
            TokenKind::Keyword(Keyword::For | Keyword::While) => {
                open += 1;
                loops += 1;
            }
            TokenKind::Keyword(Keyword::Do) if loops > 0 => loops -= 1,
            TokenKind::Keyword(Keyword::Do) => open += 1,
            TokenKind::Keyword(Keyword::End | Keyword::Until) => open = open.saturating_sub(1),
            _ => {}
        }
    }
    open
}

/// The end of the head of a condition or loop, if no `then` or `do` ends it.
fn unfinished_head(tokens: &[Token], head: usize) -> Option<usize> {
    let mut inner = Brackets::default();
    let mut before = tokens[head].kind;
    for (at, token) in tokens.iter().enumerate().skip(head + 1) {
        if inner.open.is_empty() {
            match token.kind {
                TokenKind::Keyword(Keyword::Then | Keyword::Do) => return None,
                TokenKind::Keyword(Keyword::Function) if !before.ends_operand() => {}
                TokenKind::Name if !before.ends_operand() => {}
                kind if begins_statement(kind) => return Some(at),
                _ => {}
            }
        }
        inner.pass(token.kind);
        before = token.kind;
    }
    Some(tokens.len())
}

fn is_sign(kind: TokenKind) -> bool {
    kind.is(".") || kind.is(":")
}

/// True if a name behind such a token begins a statement.
fn may_follow_statement(before: Option<TokenKind>) -> bool {
    match before {
        None => true,
        Some(TokenKind::Keyword(Keyword::Then | Keyword::Do | Keyword::Else | Keyword::Repeat | Keyword::Break)) => {
            true
        }
        Some(kind) => kind.ends_operand() || kind.is(";"),
    }
}

/// True if a token can only begin a statement or end a block. A name may be the first of the next statement.
fn begins_statement(kind: TokenKind) -> bool {
    use Keyword::{Break, Do, Else, Elseif, End, For, Function, If, Local, Repeat, Return, Until, While};
    match kind {
        TokenKind::Keyword(keyword) => matches!(
            keyword,
            Break | Do | Else | Elseif | End | For | Function | If | Local | Repeat | Return | Until | While
        ),
        TokenKind::Name => true,
        kind => kind.is(";"),
    }
}

/// The end of a name with its fields that is no statement: no call, no assignment.
fn bare_path(tokens: &[Token], name: usize) -> Option<usize> {
    let mut at = name + 1;
    let mut is_call = false;
    while let Some(token) = tokens.get(at) {
        let kind = token.kind;
        if is_sign(kind) {
            is_call = false;
            at += 1;
            match tokens.get(at) {
                Some(token) if token.kind == TokenKind::Name => at += 1,
                _ => break,
            }
        } else if kind.is("[") {
            is_call = false;
            match closing(tokens, at) {
                Some(end) => at = end + 1,
                None => return bracket_end(tokens, at),
            }
        } else if kind.is("(") || kind.is("{") {
            is_call = true;
            at = closing(tokens, at)? + 1;
        } else if kind == TokenKind::String {
            is_call = true;
            at += 1;
        } else {
            break;
        }
    }
    (!is_call && tokens.get(at).is_none_or(|next| begins_statement(next.kind))).then_some(at)
}

/// The token that closes a bracket, unless a statement begins before it.
fn closing(tokens: &[Token], open: usize) -> Option<usize> {
    let mut inner = Brackets::default();
    for (at, token) in tokens.iter().enumerate().skip(open) {
        if inner.open.len() == 1 && matches!(token.kind, TokenKind::Keyword(_)) && begins_statement(token.kind) {
            // A function may stand in brackets, other statements not.
            if token.kind != TokenKind::Keyword(Keyword::Function) {
                return None;
            }
        }
        inner.pass(token.kind);
        if inner.open.is_empty() {
            return Some(at);
        }
    }
    None
}

/// Where the statement ends in which a bracket is open.
fn bracket_end(tokens: &[Token], open: usize) -> Option<usize> {
    let behind = tokens[open..].iter().position(|token| {
        matches!(token.kind, TokenKind::Keyword(keyword) if keyword != Keyword::Function)
            && begins_statement(token.kind)
    });
    Some(behind.map_or(tokens.len(), |behind| open + behind))
}

/// The brackets and blocks that are open.
#[derive(Default)]
struct Brackets {
    /// For each, whether it is a bracket.
    open: Vec<bool>,
}

impl Brackets {
    /// True if statements may stand here.
    fn is_outside(&self) -> bool {
        self.open.last() != Some(&true)
    }

    fn pass(&mut self, kind: TokenKind) {
        match kind {
            TokenKind::Keyword(Keyword::Function | Keyword::If | Keyword::Do | Keyword::Repeat) => {
                self.open.push(false)
            }
            TokenKind::Keyword(Keyword::End | Keyword::Until) => {
                // A bracket that is still open in a block that ends was not closed.
                while self.open.pop() == Some(true) {}
            }
            kind if kind.is("(") || kind.is("[") || kind.is("{") => self.open.push(true),
            kind if (kind.is(")") || kind.is("]") || kind.is("}")) && !self.is_outside() => {
                self.open.pop();
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::parse;

    /// The parameters of the functions of a script.
    fn params(source: &str) -> String {
        let parse = parse(source.as_bytes());
        let functions = parse.tree.functions().skip(1).map(|(_, function)| {
            let names: Vec<&str> = function.params.iter().map(|name| name.as_str(source.as_bytes())).collect();
            names.join(" ")
        });
        functions.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn a_function_is_kept_while_its_body_is_begun() {
        for begun in [
            "k",
            "M.",
            "M.a.b",
            "M:",
            "s.x:",
            "local",
            "local x",
            "local x =",
            "local x = M.",
            "x =",
            "x",
            "return M.",
            "k.",
            "redis.call(",
            "redis.call('GET',",
            "redis.call('GET', M.)",
            "if",
            "if k",
            "if k.",
            "if k then k",
            "if M. then end",
            "if k then M. end",
            "for",
            "for i",
            "for i = 1, M. do end",
            "while k. do k end",
            "k\nlocal y = 1",
            "M.\nlocal y = 1",
            "M.f()\nk",
            "local x = { a = M. }",
            "local x = k ..",
            "x = k +",
            "return k and M.",
            "M.f(k.",
            "M.f(function(q) k end)",
            "f(function(q) q. end)",
            "k; k",
            "do k end",
            "repeat k until k",
            "else",
            "x.y =",
            "k[",
            "k[1",
            "k[1]",
        ] {
            for head in ["function M.f", "local function f"] {
                for rest in ["", "\n  local y = n", "\n  g(n)"] {
                    let source = format!(
                        "local M = {{}}\n{head}(k, n)\n  {begun}{rest}\nend\nfunction M.g(a) end\nreturn M.f(KEYS[1])"
                    );
                    let found = params(&source);
                    assert!(found.starts_with("k n") && found.ends_with(", a"), "{source}: {found}");
                }
            }
        }
    }
}
