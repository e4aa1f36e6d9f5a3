//! Writes text as it stands in a literal.

use crate::lexed::{Holes, Indent, Literal};

/// The text as it stands in the body of a literal; none if the literal cannot have it. `line_break` is the line break of the file,
/// with the indentation that the literal's lines lose.
pub(crate) fn encode(text: &str, literal: &Literal, line_break: &str) -> Option<String> {
    let style = literal.style;
    let close = std::str::from_utf8(&literal.close).ok()?;
    let quote = literal.close.first().copied()?;
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some(it) = rest.chars().next() {
        let len = it.len_utf8();
        let doubled = match (style.holes, it) {
            (Holes::Braces(1), '{' | '}') => true,
            _ => style.doubles_quote && rest.starts_with(close),
        };
        if doubled {
            out.push(it);
            out.push(it);
            rest = &rest[len..];
            continue;
        }
        if it == '\n' || (it == '\r' && rest[1..].starts_with('\n') && style.escapes.is_none()) {
            if style.is_multiline {
                out.push_str(line_break);
            } else {
                out.push_str(&style.escapes?.write('\n', quote)?);
            }
            rest = &rest[len..];
            continue;
        }
        let begins_hole = begins_hole(style.holes, rest);
        let Some(escapes) = style.escapes else {
            let is_refused = begins_hole
                || it == '\r'
                || it == '\0'
                || (style.indent == Indent::None && rest.starts_with(close) && !close.is_empty());
            if is_refused {
                return None;
            }
            out.push(it);
            rest = &rest[len..];
            continue;
        };
        // A run of quotes may close a literal in three quotes, together with the next text.
        let is_quote = it.is_ascii() && it as u8 == quote && quote.is_ascii_punctuation();
        let is_plain = !is_quote && it != '\\' && !begins_hole && (it >= ' ' || it == '\t') && it != '\u{7f}';
        if is_plain {
            out.push(it);
        } else if begins_hole {
            // `$`, `#` or a brace before what would be a hole.
            if escapes.literal.contains(&(it as u8)) {
                out.push('\\');
                out.push(it);
            } else {
                out.push_str(&escapes.write(it, quote)?);
            }
        } else {
            out.push_str(&escapes.write(it, quote)?);
        }
        rest = &rest[len..];
    }
    Some(out)
}

/// True if a hole would begin here.
fn begins_hole(holes: Holes, rest: &str) -> bool {
    let next = rest.as_bytes();
    let second = next.get(1).copied().unwrap_or(0);
    let is_name = second.is_ascii_alphabetic() || second == b'_' || second >= 0x80;
    match (holes, next[0]) {
        (Holes::None | Holes::Braces(1), _) => false,
        (Holes::DollarBrace, b'$') => second == b'{',
        (Holes::DollarName, b'$') => second == b'{' || is_name,
        (Holes::Dollars(count), b'$') => {
            let run = next.iter().take_while(|&&it| it == b'$').count();
            let behind = next.get(run).copied().unwrap_or(0);
            run >= usize::from(count)
                && (behind == b'{' || behind.is_ascii_alphabetic() || behind == b'_' || behind >= 0x80)
        }
        (Holes::Php, b'$') => second == b'{' || is_name,
        (Holes::Php, b'{') => second == b'$',
        (Holes::Shell, b'$') => true,
        (Holes::Shell, b'`') => true,
        (Holes::Hash, b'#') => matches!(second, b'{' | b'@' | b'$'),
        (Holes::Braces(_), b'{' | b'}') => true,
        _ => false,
    }
}
