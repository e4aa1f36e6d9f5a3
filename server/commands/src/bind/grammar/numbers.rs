//! Words that the servers read as numbers.

use crate::spec::Argument;

/// True for an integer in the servers' sense: no blank, no plus sign, no needless zero.
pub(super) fn is_integer(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits == "0" || (!digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit()));
    plain && text != "-0" && text.parse::<i64>().is_ok()
}

/// True if an argument is an end of a range of scores.
pub(super) fn is_bound(arg: &Argument) -> bool {
    matches!(arg.name, "min" | "max")
}

/// True for an end of a range of scores in the servers' sense: `(` excludes it; `strtod` skips blanks and reads nothing as 0.
pub(super) fn is_score_bound(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"(").unwrap_or(text).trim_ascii_start();
    text.is_empty() || is_float(text)
}

/// True for a floating-point number in the servers' sense: C's `strtold` accepts the whole word.
pub(crate) fn is_float(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    if text.is_empty() || text.starts_with(char::is_whitespace) {
        return false;
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    // Hexadecimal floats are rare enough to be trusted.
    unsigned.starts_with("0x") || unsigned.starts_with("0X") || text.parse::<f64>().is_ok()
}
