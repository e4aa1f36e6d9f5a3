//! Text that Enter adds, if the user has enabled it: the word that closes a block, and the dashes of a comment.

use syntax::{
    ExprKind,
    lexer::{Keyword, Lexer, Token, TokenKind},
};
use text::{LineIndex, TextRange};

use crate::File;

/// An addition made by Enter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Addition {
    /// Continues the comment: the dashes to put before the text of the new line.
    Comment(&'static str),
    /// The block that the line above begins is closed, on a line of its own below the new one.
    Close {
        /// `end`, or `until` and a blank.
        word: &'static str,
        /// The line that the block's statement begins on, from 0.
        line: u32,
    },
}

/// Returns the addition after a line break, on the line of `offset` or below it.
pub fn on_enter(file: &File, offset: u32) -> Option<Addition> {
    let (source, lines) = (file.source(), &file.lines);
    let line = lines.line(offset);
    let left = line.checked_sub(1)?;
    let text = |line: u32| lines.line_range(source, line).slice(source).trim_ascii();
    let (left_text, new_text) = (text(left), text(line));
    if is_inside_text(file, lines.line_start(left)) || is_inside_text(file, lines.line_start(line)) {
        return None;
    }
    if left_text.starts_with(b"--") {
        return comment(left_text, new_text).map(Addition::Comment);
    }
    if new_text.is_empty() { unclosed(source, lines, left) } else { None }
}

/// True if a long string or comment that begins before a place ends behind it: there the text is the user's.
pub fn is_inside_text(file: &File, offset: u32) -> bool {
    let is_around = |range: TextRange| range.start < offset && offset < range.end;
    file.script.tree().exprs().any(|(_, expr)| expr.kind == ExprKind::String && is_around(expr.range))
        || file.script.parse.comments.iter().any(|comment| is_around(comment.range))
}

/// The dashes with which a comment goes on. A plain one goes on where Enter parts it, an annotation at its end too.
fn comment(left: &[u8], new: &[u8]) -> Option<&'static str> {
    let dashes = left.iter().take_while(|byte| **byte == b'-').count();
    let body = left[dashes..].trim_ascii();
    let is_long = dashes == 2 && (left[2..].starts_with(b"[[") || left[2..].starts_with(b"[="));
    if is_long || new.starts_with(b"--") {
        return None;
    }
    let is_annotation = dashes == 3;
    let goes_on = if new.is_empty() {
        is_annotation && !body.is_empty() && !body.starts_with(b"@include")
    } else {
        !body.is_empty()
    };
    goes_on.then_some(if is_annotation { "--- " } else { "-- " })
}

/// The closing of the block that the end of a line begins, if the block is not closed: some block of the text is not, and what
/// seems to close this one stands further left, so it is another's.
fn unclosed(source: &[u8], lines: &LineIndex, left: u32) -> Option<Addition> {
    use Keyword::{Do, End, For, Function, If, Repeat, Until, While};
    let tokens: Vec<Token> = Lexer::new(source)
        .filter(|token| !matches!(token.kind, TokenKind::Comment | TokenKind::UnterminatedComment))
        .collect();
    let line_of = |at: usize| lines.line(tokens[at].range.start);
    let last = tokens.partition_point(|token| lines.line(token.range.start) <= left).checked_sub(1)?;
    if line_of(last) != left {
        return None;
    }
    // The tokens that begin the open blocks, and the loops whose `do` is still to come.
    let (mut open, mut loops): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
    let mut begun: Option<(usize, usize)> = None;
    let mut closer = None;
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Keyword(Function | If | Repeat) => open.push(at),
            TokenKind::Keyword(For | While) => loops.push(at),
            TokenKind::Keyword(Do) => open.push(loops.pop().unwrap_or(at)),
            TokenKind::Keyword(End | Until) => {
                open.pop();
                if closer.is_none() && begun.is_some_and(|(_, depth)| open.len() < depth) {
                    closer = Some(at);
                }
            }
            _ => {}
        }
        if at == last {
            let opener = open.last().copied().filter(|&opener| begins_block(&tokens[..=at], opener))?;
            begun = Some((opener, open.len()));
        }
    }
    let (opener, _) = begun?;
    let indent = |line: u32| {
        let text = lines.line_range(source, line).slice(source);
        text.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
    };
    let own = indent(line_of(opener));
    let is_of_another = closer.is_none_or(|at| line_of(at) != line_of(at - 1) && indent(line_of(at)) < own);
    // What stands further right below is the block's, and the user who closes it.
    let wraps = tokens.get(last + 1).is_some_and(|_| indent(line_of(last + 1)) > own);
    if open.is_empty() || !is_of_another || wraps {
        return None;
    }
    let word = if tokens[opener].kind == TokenKind::Keyword(Repeat) { "until " } else { "end" };
    Some(Addition::Close { word, line: line_of(opener) })
}

/// True if a block of the statement or function that begins at `opener` begins behind the tokens.
fn begins_block(tokens: &[Token], opener: usize) -> bool {
    use Keyword::{Do, Else, Function, Repeat, Then};
    let Some(last) = tokens.last() else { return false };
    match last.kind {
        TokenKind::Keyword(Then | Else | Do | Repeat) => true,
        // The parenthesis behind the parameters, of which there is one pair.
        kind if kind.is(")") => {
            let inside = &tokens[opener..];
            let count = |sign: &str| inside.iter().filter(|token| token.kind.is(sign)).count();
            tokens[opener].kind == TokenKind::Keyword(Function) && count("(") == 1 && count(")") == 1
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::*;

    fn added(source: &str) -> Option<Addition> {
        let (project, offset) = cursor(source);
        on_enter(&project.files[0], offset)
    }

    fn word(source: &str) -> Option<(&'static str, u32)> {
        match added(source) {
            Some(Addition::Close { word, line }) => Some((word, line)),
            _ => None,
        }
    }

    #[test]
    fn open_blocks_are_closed() {
        for (source, wanted) in [
            ("if x then\n  $0\n", ("end", 0)),
            ("if x then -- why\n$0\nreturn 1", ("end", 0)),
            ("if x\n  and y then\n$0\n", ("end", 0)),
            ("if x then\n  $0", ("end", 0)),
            ("for i = 1, 2 do\n$0\n", ("end", 0)),
            ("while x do\n$0\n", ("end", 0)),
            ("do\n$0\n", ("end", 0)),
            ("repeat\n$0\nreturn 1", ("until ", 0)),
            ("local function f(a, b)\n$0\n", ("end", 0)),
            ("f(1)\nlocal g = function(...)\n$0\n", ("end", 1)),
            ("if x then\n  y()\nelse\n$0\n", ("end", 0)),
            // The last `end` is the function's.
            ("local function f()\n  if x then\n  $0\nend\n", ("end", 1)),
            ("local function f()\n  if x then\n  $0\n  if y then\n    z()\n  end\nend\n", ("end", 1)),
        ] {
            assert_eq!(word(source), Some(wanted), "{source}");
        }
    }

    #[test]
    fn closed_blocks_and_what_cannot_be_told_are_left() {
        for source in [
            "if x then\n$0\nend\n",
            "if x then\n$0foo()\n",
            "if x then\n$0\n  foo()\n",
            "if x then y() end\n$0\n",
            "local t = f(1)\n$0\nif x then\n",
            "x = [[\nif x then\n$0\n]]",
            "-- if x then\n$0\n",
            "if x then\n  if y then\n  $0\n  end\n",
            "local function f()\n  if x then\n    $0\n  end\nend\n",
            "if f(function() return 1 end)\n$0\n",
            "\n$0\n",
        ] {
            assert_eq!(word(source), None, "{source}");
        }
    }

    #[test]
    fn comments_go_on() {
        let dashes = |source: &str| match added(source) {
            Some(Addition::Comment(dashes)) => Some(dashes),
            _ => None,
        };
        assert_eq!(dashes("-- one\n$0two\n"), Some("-- "));
        assert_eq!(dashes("  --- one\n  $0two\n"), Some("--- "));
        assert_eq!(dashes("--- @param a string\n$0\n"), Some("--- "));
        for none in [
            "-- one\n$0\n",
            "---\n$0\n",
            "--- @include \"a\"\n$0\n",
            "--[[ one\n$0two ]]",
            "-- one\n-- $0two",
            "--\n$0f()",
        ] {
            assert_eq!(dashes(none), None, "{none}");
        }
    }
}
