//! Scripts whose lines stand further right than column 1, as those in strings of other languages do.

use syntax::ExprKind;
use text::TextRange;

use crate::{Error, Indent, Style, format};

/// Formats a script and keeps the indentation that all of its lines have, and the blank text before and behind it.
///
/// # Errors
///
/// The same as for [`format()`].
pub fn format_indented(source: &[u8], style: Style) -> Result<String, Error> {
    let text = std::str::from_utf8(source).map_err(|error| Error::NotUtf8(error.valid_up_to()))?;
    let code = text.trim();
    if code.is_empty() {
        return Ok(text.to_owned());
    }
    let start = text.len() - text.trim_start().len();
    let (before, behind) = (&text[..start], &text[start + code.len()..]);
    let begins_line = before.contains('\n');
    let base = indentation(source, begins_line);
    // The indentation of the first line is what stands before it.
    let before = match before.rfind('\n') {
        Some(end) => format!("{}{base}", &before[..=end]),
        None => before.to_owned(),
    };
    let formatted = format(code.as_bytes(), style, None).map_err(|error| moved(error, source, start))?;
    let formatted = formatted.trim_end();
    let mut out = String::with_capacity(text.len() + 64);
    out.push_str(&before);
    let inner = insides(formatted.as_bytes());
    let mut offset = 0;
    for (nth, line) in formatted.split_inclusive('\n').enumerate() {
        let at = offset as u32;
        let is_inside = inner.iter().any(|range| range.start < at && at < range.end);
        if nth > 0 && !is_inside && !line.trim().is_empty() {
            out.push_str(base);
        }
        out.push_str(line);
        offset += line.len();
    }
    out.push_str(behind);
    Ok(out)
}

/// The indent that a script has by its lines: that of the first line which stands further right than all of them must; none if no
/// line does.
pub fn indent_of(source: &[u8]) -> Option<Indent> {
    let text = std::str::from_utf8(source).ok()?;
    let base = indentation(source, text.len() > text.trim_start().len());
    let deeper = |line: &str| {
        let line = line.strip_prefix(base)?;
        let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
        match line.chars().next()? {
            '\t' => Some(Indent::Tab),
            ' ' if blanks < line.trim_end().len() && (1..=8).contains(&blanks) => Some(Indent::Blanks(blanks)),
            _ => None,
        }
    };
    text.lines().skip(1).filter(|line| !line.trim().is_empty()).find_map(deeper)
}

/// Text of more than one line that is the user's as it stands: strings and comments.
fn insides(source: &[u8]) -> Vec<TextRange> {
    let parse = syntax::parse(source);
    let strings = parse.tree.exprs().filter(|(_, expr)| expr.kind == ExprKind::String).map(|(_, expr)| expr.range);
    let all = strings.chain(parse.comments.iter().map(|comment| comment.range));
    all.filter(|range| range.slice(source).contains(&b'\n')).collect()
}

/// The indentation that all lines of code have which are not blank; the first line counts if `with_first` is true.
fn indentation(source: &[u8], with_first: bool) -> &str {
    let text = std::str::from_utf8(source).unwrap_or_default();
    let inner = insides(source);
    let mut common: Option<&str> = None;
    let mut offset = 0;
    for (nth, line) in text.split_inclusive('\n').enumerate() {
        let at = offset as u32;
        offset += line.len();
        let is_inside = inner.iter().any(|range| range.start < at && at < range.end);
        if line.trim().is_empty() || is_inside || (nth == 0 && !with_first) {
            continue;
        }
        let own = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
        common = Some(common.map_or(own, |known| shared(known, own)));
    }
    common.unwrap_or_default()
}

/// The longest beginning of two indentations.
fn shared<'a>(one: &'a str, other: &str) -> &'a str {
    let len = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    &one[..len]
}

/// An error of the code behind `start` bytes as one of the whole script.
fn moved(error: Error, source: &[u8], start: usize) -> Error {
    match error {
        Error::NotUtf8(at) => Error::NotUtf8(at + start),
        Error::Syntax { line, column, message } => {
            let above = &source[..start];
            let breaks = memchr::memchr_iter(b'\n', above).count() as u32;
            let last = above.iter().rev().take_while(|it| **it != b'\n').count() as u32;
            Error::Syntax { line: line + breaks, column: if line == 1 { column + last } else { column }, message }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formatted(source: &str) -> Result<String, Error> {
        format_indented(source.as_bytes(), Style::default())
    }

    #[test]
    fn the_indentation_of_the_surroundings_stays() -> Result<(), Error> {
        let source = "\n    local a   = 1\n    if a then\n    return   a\n    end\n    ";
        let wanted = "\n    local a = 1\n    if a then\n      return a\n    end\n    ";
        assert_eq!(formatted(source)?, wanted);
        assert_eq!(formatted(wanted)?, wanted, "it is formatted");
        Ok(())
    }

    #[test]
    fn a_script_may_begin_behind_the_quote() -> Result<(), Error> {
        let source = "local a   = 1\n      if a then\n  return   a\n      end";
        let wanted = "local a = 1\n  if a then\n    return a\n  end";
        assert_eq!(formatted(source)?, wanted);
        Ok(())
    }

    #[test]
    fn strings_of_several_lines_stay() -> Result<(), Error> {
        let source = "\n\tlocal a   = [[\nx\n  y]]\n\n\treturn   a\n";
        assert_eq!(formatted(source)?, "\n\tlocal a = [[\nx\n  y]]\n\n\treturn a\n");
        Ok(())
    }

    #[test]
    fn mistakes_have_their_places_in_the_whole() {
        let error = formatted("\n   return  +\n").err();
        assert!(matches!(error, Some(Error::Syntax { line: 3, .. } | Error::Syntax { line: 2, .. })), "{error:?}");
    }

    #[test]
    fn the_indent_is_that_of_the_lines() {
        assert_eq!(indent_of(b"\n  if a then\n      b()\n  end\n"), Some(Indent::Blanks(4)));
        assert_eq!(indent_of(b"\n\tif a then\n\t\tb()\n\tend\n"), Some(Indent::Tab));
        assert_eq!(indent_of(b"\n  a()\n  b()\n"), None);
        assert_eq!(indent_of(b"return 1"), None);
    }
}
