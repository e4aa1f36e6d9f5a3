//! The parser's complaints in words that help.

use full_moon::ast::AstResult;
use text::TextRange;

use crate::{SyntaxError, lexer::Keyword, lower::StandIns};

/// The parser's complaints, without those that only follow from an earlier one. Where a statement stands in for another, the
/// complaint is about that one's first word.
pub(crate) fn describe(result: &AstResult, code: &str, stand_ins: &StandIns) -> Vec<SyntaxError> {
    let mut found: Vec<SyntaxError> = Vec::new();
    for error in result.errors() {
        let (start, end) = error.range();
        let (start, message) = match error {
            full_moon::Error::AstError(ast) => {
                let token = ast.token();
                (token.start_position().bytes(), ast.error_message().to_owned())
            }
            full_moon::Error::TokenizerError(tokenizer) => (start.bytes(), tokenizer.error().to_string()),
        };
        let start = (start as u32).min(code.len() as u32);
        let end = match error {
            full_moon::Error::AstError(ast) => ast.token().end_position().bytes(),
            full_moon::Error::TokenizerError(_) => end.bytes(),
        };
        let end = match stand_ins.contains_key(&start) {
            true => start as usize + code[start as usize..].bytes().take_while(u8::is_ascii_alphanumeric).count(),
            false => end,
        };
        let range = TextRange::new(start, (end as u32).min(code.len() as u32));
        let text = &code[range.to_usize()];
        if message.starts_with("invalid number") {
            // The literal's own check tells it in Lua's words.
            continue;
        }
        if let Some(last) = found.last() {
            let same_line = !code
                [last.range.start.min(range.start) as usize..last.range.start.max(range.start) as usize]
                .contains('\n');
            // After the first error the parser has lost its place in the blocks: stray closers say nothing new.
            let stray =
                matches!(text, "end" | "else" | "elseif" | "until" | "then" | "do" | ")" | "}" | "]" | "," | "")
                    || message.contains("needs to be a statement");
            if same_line || stray {
                continue;
            }
        }
        found.push(word(message, range, text, code));
    }
    found
}

/// One complaint in words that help.
fn word(message: String, range: TextRange, text: &str, code: &str) -> SyntaxError {
    if let Some(error) = reserved_word(&message, range, text, code) {
        return error;
    }
    let near = if text.is_empty() { "the end of the script".to_owned() } else { format!("`{}`", first_line(text)) };
    let message = message.trim_end_matches('.');
    let before = code[..range.start as usize].trim_end();
    let last_word = before.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default();
    let whole = |message: String| SyntaxError::new(range, message);
    match (last_word, text) {
        ("elif" | "elsif" | "elseIf" | "elsei", _) => {
            return whole(format!("`{last_word}` is not Lua: the keyword is `elseif`"));
        }
        ("let" | "var" | "const", _) => {
            return whole(format!("`{last_word}` is not Lua: a variable is declared with `local`"));
        }
        ("fn" | "def" | "func" | "fun", _) => {
            return whole(format!("`{last_word}` is not Lua: a function is declared with `local function`"));
        }
        (_, "{") if before.ends_with(')') => {
            return whole("blocks have no braces in Lua".to_owned())
                .help("write `if … then … end`, `while … do … end`, `function … end`");
        }
        (_, "") if message.contains("`end`") && code.contains("else if ") => {
            return whole(format!("{message}, found the end of the script"))
                .help("`else if` opens a second `if` with an `end` of its own: did you mean `elseif`?");
        }
        _ => {}
    }
    if message.contains("needs to be a statement") {
        return match text {
            "end" | "else" | "elseif" | "until" => whole(format!("this `{text}` closes nothing")),
            ")" | "}" | "]" => whole(format!("this `{text}` was never opened")),
            ";" => whole("an empty statement is not Lua 5.1: remove this `;`".to_owned()).fix("Remove `;`", range, ""),
            _ => whole(format!("a statement cannot start with {near}")),
        };
    }
    whole(format!("{message}, found {near}"))
}

/// A reserved word where a name belongs.
fn reserved_word(message: &str, range: TextRange, text: &str, code: &str) -> Option<SyntaxError> {
    let at_end = message.contains("identifier after") || message.contains("expected a field");
    let rest = if at_end { &code[range.end as usize..] } else { text };
    let rest = rest.trim_start();
    let word = &rest[..rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len())];
    let names = at_end || message.contains("name");
    if !names
        || !Keyword::ALL.contains(&word)
        || (message.contains("a field") && !rest[word.len()..].trim_start().starts_with('='))
    {
        return None;
    }
    let start = range.start + (code[range.start as usize..].find(word)? as u32);
    Some(
        SyntaxError::new(
            TextRange::new(start, start + word.len() as u32),
            format!("`{word}` is a reserved word and cannot be a name"),
        )
        .help("as a key of a table it is written `t[\"end\"]` and `{ [\"end\"] = 1 }`"),
    )
}

fn first_line(text: &str) -> &str {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(40) {
        Some((at, _)) => &line[..at],
        None => line,
    }
}
