//! C's `strtod`: the number at the beginning of a text.

/// The number at the beginning of a text, and its length in bytes; `None` if there is no number. Blanks are not skipped.
pub(super) fn strtod(text: &[u8]) -> Option<(f64, usize)> {
    let sign = usize::from(matches!(text.first(), Some(b'-' | b'+')));
    let digits = &text[sign..];
    let whole = count(&digits[..digits.len().min(16)], |byte| byte.is_ascii_digit());
    // A short integer, as most numbers are.
    if (1..16).contains(&whole) && !matches!(digits.get(whole), Some(b'.' | b'e' | b'E' | b'x' | b'X')) {
        let value = digits[..whole].iter().fold(0.0, |value, digit| value * 10.0 + f64::from(digit - b'0'));
        return Some((if text[0] == b'-' { -value } else { value }, sign + whole));
    }
    let (value, len) = named(digits).or_else(|| hexadecimal(digits)).or_else(|| decimal(digits))?;
    Some((if text[0] == b'-' { -value } else { value }, sign + len))
}

/// True if a text begins with a lowercase word, in whatever case.
pub(super) fn starts_with(text: &[u8], word: &[u8]) -> bool {
    text.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word))
}

fn named(text: &[u8]) -> Option<(f64, usize)> {
    if starts_with(text, b"infinity") {
        return Some((f64::INFINITY, 8));
    }
    if starts_with(text, b"inf") {
        return Some((f64::INFINITY, 3));
    }
    if !starts_with(text, b"nan") {
        return None;
    }
    // A payload in brackets belongs to it.
    let payload = text[3..].strip_prefix(b"(").and_then(|rest| {
        let len = count(rest, |byte| byte.is_ascii_alphanumeric() || byte == b'_');
        (rest.get(len) == Some(&b')')).then_some(len + 2)
    });
    Some((f64::NAN, 3 + payload.unwrap_or(0)))
}

fn count(text: &[u8], is: impl Fn(u8) -> bool) -> usize {
    text.iter().take_while(|byte| is(**byte)).count()
}

/// The length of digits with a point among them, if there is a digit.
fn mantissa(text: &[u8], is_digit: fn(&u8) -> bool) -> Option<usize> {
    let whole = count(text, |byte| is_digit(&byte));
    let fraction = match text.get(whole) {
        Some(b'.') => 1 + count(&text[whole + 1..], |byte| is_digit(&byte)),
        _ => 0,
    };
    (whole > 0 || fraction > 1).then_some(whole + fraction)
}

/// The length of an exponent with its letter, 0 if there is none.
fn exponent(text: &[u8], letter: u8) -> usize {
    if !text.first().is_some_and(|byte| byte.eq_ignore_ascii_case(&letter)) {
        return 0;
    }
    let sign = usize::from(matches!(text.get(1), Some(b'-' | b'+')));
    match count(&text[1 + sign..], |byte| byte.is_ascii_digit()) {
        0 => 0,
        digits => 1 + sign + digits,
    }
}

fn decimal(text: &[u8]) -> Option<(f64, usize)> {
    let len = mantissa(text, u8::is_ascii_digit)?;
    let len = len + exponent(&text[len..], b'e');
    let value = std::str::from_utf8(&text[..len]).ok()?.parse().ok()?;
    Some((value, len))
}

fn hexadecimal(text: &[u8]) -> Option<(f64, usize)> {
    if !starts_with(text, b"0x") {
        return None;
    }
    let digits = &text[2..];
    let len = mantissa(digits, u8::is_ascii_hexdigit)?;
    let power = exponent(&digits[len..], b'p');
    let mut bits = 0u64;
    // What the bits are to be multiplied with, as a power of two.
    let mut shift = 0i64;
    let mut is_fraction = false;
    for byte in &digits[..len] {
        let Some(digit) = char::from(*byte).to_digit(16) else {
            is_fraction = true;
            continue;
        };
        if bits >> 59 == 0 {
            bits = bits << 4 | u64::from(digit);
            shift -= if is_fraction { 4 } else { 0 };
        } else {
            // Beyond what a number can hold only whether anything follows counts, for the rounding.
            bits |= u64::from(digit != 0);
            shift += if is_fraction { 0 } else { 4 };
        }
    }
    let written = match power {
        0 => 0,
        _ => {
            let text = &digits[len + 1..len + power];
            let negative = text[0] == b'-';
            let value = text
                .iter()
                .filter(|byte| byte.is_ascii_digit())
                .fold(0i64, |value, byte| value.saturating_mul(10).saturating_add(i64::from(byte - b'0')));
            if negative { -value } else { value }
        }
    };
    let mut shift = shift.saturating_add(written);
    let mut value = bits as f64;
    while shift != 0 && value != 0.0 && value.is_finite() {
        let step = shift.clamp(-1000, 1000);
        value *= 2f64.powi(step as i32);
        shift -= step;
    }
    Some((value, 2 + len + power))
}

#[cfg(test)]
mod tests {
    use super::strtod;

    #[test]
    fn beginnings() {
        for (text, found) in [
            ("12ab", Some((12.0, 2))),
            ("-.5e", Some((-0.5, 3))),
            ("1.e+2x", Some((100.0, 5))),
            (".", None),
            ("-", None),
            ("", None),
            ("0x", Some((0.0, 1))),
            ("0x.p1", Some((0.0, 1))),
            ("0x1.8p1", Some((3.0, 7))),
            ("0x1p99999999999999999999", Some((f64::INFINITY, 24))),
            ("0x1p-99999999999999999999", Some((0.0, 25))),
            ("0x20000000000001000001", Some((151115727451828663615489.0, 22))),
            ("INFINITYx", Some((f64::INFINITY, 8))),
            ("infinit", Some((f64::INFINITY, 3))),
            ("1e999", Some((f64::INFINITY, 5))),
        ] {
            assert_eq!(strtod(text.as_bytes()), found, "{text}");
        }
        for (text, len) in [("nan(a_1)", 8), ("nan(a", 3), ("-NaN", 4)] {
            assert!(
                matches!(strtod(text.as_bytes()), Some((value, found)) if value.is_nan() && found == len),
                "{text}"
            );
        }
    }
}
