//! Texts with values in them, as a program writes them.

use crate::bindings::Interpolation;

/// A part of a string of the script with values in it.
pub(crate) enum Part {
    Text(String),
    Value(String),
}

/// True for a value of a template with a conversion or format behind it: `n:05d`, `name!r`.
pub(crate) fn has_specification(text: &str) -> bool {
    let mut depth = 0;
    let bytes = text.as_bytes();
    bytes.iter().enumerate().any(|(at, it)| {
        match it {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            _ => {}
        }
        depth == 0 && (*it == b':' || *it == b'!' && bytes.get(at + 1) != Some(&b'='))
    })
}

/// Takes the quotes of a Lua string from its parts.
pub(crate) fn unquote(parts: &mut [Part]) -> Result<(), String> {
    let is_long = |text: &str| text.starts_with("[[");
    let open = match parts.first() {
        Some(Part::Text(text)) if is_long(text) => 2,
        Some(Part::Text(text)) if text.starts_with(['\'', '"']) => 1,
        _ => return Err("the value is a part of a name".to_owned()),
    };
    let last = parts.len() - 1;
    for (nth, part) in parts.iter_mut().enumerate() {
        let Part::Text(text) = part else { continue };
        if nth == 0 {
            text.drain(..open);
        }
        if nth == last {
            text.truncate(text.len().saturating_sub(open));
        }
        if text.contains(['\\', '\n', '\r']) {
            return Err("the Lua string has escapes".to_owned());
        }
    }
    Ok(())
}

/// The parts as one text of the program.
pub(crate) fn render(row: &Interpolation, parts: &[Part]) -> String {
    let written = |text: &str| {
        let mut out = String::new();
        for it in text.chars() {
            if row.double.contains(it) {
                out.push(it);
            } else if it == '\\' || row.escape.contains(it) {
                out.push('\\');
            }
            out.push(it);
        }
        out
    };
    if let Some(plus) = &row.join {
        let texts = parts.iter().map(|it| match it {
            Part::Text(text) => format!("{}{}{}", row.open, written(text), row.close),
            Part::Value(text) => text.clone(),
        });
        return texts.collect::<Vec<_>>().join(plus);
    }
    let mut out = row.open.clone();
    let mut values = String::new();
    for part in parts {
        match part {
            Part::Text(text) => out.push_str(&written(text)),
            Part::Value(text) => match &row.placeholder {
                Some(placeholder) => {
                    out.push_str(placeholder);
                    values.push_str(", ");
                    values.push_str(text);
                }
                None => {
                    out.push_str(&row.before);
                    out.push_str(text.trim_matches('"'));
                    out.push_str(&row.behind);
                }
            },
        }
    }
    out + &row.close + &values + &row.end
}
