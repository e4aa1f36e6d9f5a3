//! Numbers as text: what the servers accept, and the digits that they write.

/// An integer as the servers read it: no sign but `-`, no blanks, no leading zeros.
pub fn parse_int(text: &[u8]) -> Option<i64> {
    match text {
        [b'0'] => return Some(0),
        [b'1'..=b'9', ..] | [b'-', b'1'..=b'9', ..] if text.len() <= 20 => {}
        _ => return None,
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Returns `value` as a length or a position: 0 if it is negative, `usize::MAX` if it is beyond the machine's words.
///
/// A count of 64 bits that is merely cut to 32 bits would be a small one.
pub fn to_usize(value: impl Into<i128>) -> usize {
    usize::try_from(value.into().max(0)).unwrap_or(usize::MAX)
}

/// A floating-point number as `strtod` reads it where all of the text must be one; infinities count, no numbers do not, nor
/// do numbers too great or too small to tell from infinity or zero.
pub fn parse_double(text: &[u8]) -> Option<f64> {
    let value = strtod(text)?;
    let lost = (value.is_infinite() && text.iter().any(u8::is_ascii_digit)) || (value == 0.0 && has_value(text));
    (!value.is_nan() && !lost).then_some(value)
}

/// True if a digit of a number, not of its exponent, is not zero.
fn has_value(text: &[u8]) -> bool {
    let hex = text.iter().any(|byte| matches!(byte, b'x' | b'X'));
    let exponent = |byte: &u8| if hex { matches!(byte, b'p' | b'P') } else { matches!(byte, b'e' | b'E') };
    text.iter().take_while(|byte| !exponent(byte)).any(|byte| byte.is_ascii_hexdigit() && *byte != b'0')
}

/// Parses a whole text like `strtod`: decimal, hexadecimal, `inf`, `nan`. The text must not begin with a blank.
pub fn strtod(text: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(text).ok()?;
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = digits.to_ascii_lowercase();
    let value = match lower.as_str() {
        "inf" | "infinity" => f64::INFINITY,
        "nan" => f64::NAN,
        _ if lower.starts_with("0x") => hexadecimal(&lower[2..])?,
        // Rust takes what C does, but for signs twice over and names.
        _ if lower.starts_with(|c: char| c.is_ascii_digit() || c == '.') => lower.parse().ok()?,
        _ => return None,
    };
    Some(if negative { -value } else { value })
}

fn hexadecimal(text: &str) -> Option<f64> {
    let (digits, exponent) = match text.split_once('p') {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value = 0f64;
    for digit in whole.chars().chain(fraction.chars()) {
        value = value * 16.0 + f64::from(digit.to_digit(16)?);
    }
    Some(value * 2f64.powi(exponent.saturating_sub(4 * fraction.len() as i32)))
}

/// `%.<precision>g` of C.
pub fn format_g(value: f64, precision: usize) -> String {
    if value.is_nan() {
        return if value.is_sign_negative() { "-nan" } else { "nan" }.to_owned();
    }
    if value.is_infinite() {
        return if value < 0.0 { "-inf" } else { "inf" }.to_owned();
    }
    let precision = precision.max(1);
    if let Some(int) = small_int(value).filter(|int| int.unsigned_abs() < 10u64.pow(precision.min(9) as u32)) {
        return int.to_string();
    }
    let scientific = match precision {
        // Where as few digits as tell the number apart are no more than these, they are what it is rounded to.
        ..=15 if value.abs() > f64::MIN_POSITIVE * 4.0 => {
            Some(format!("{value:e}")).filter(|text| digits_of(text) <= precision)
        }
        _ => None,
    };
    let scientific = scientific.unwrap_or_else(|| format!("{value:.*e}", precision - 1));
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trimmed = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    if exponent < -4 || exponent >= precision as i32 {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", trimmed(mantissa), exponent.abs());
    }
    plain(mantissa, exponent)
}

/// Number of digits before the exponent.
fn digits_of(scientific: &str) -> usize {
    scientific.bytes().take_while(|byte| *byte != b'e').filter(u8::is_ascii_digit).count()
}

/// A number without an exponent, made of the mantissa and the exponent that it has, without zeros behind its point.
fn plain(mantissa: &str, exponent: i32) -> String {
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let mut digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let mut out = sign.to_owned();
    if exponent < 0 {
        out.push_str("0.");
        out.extend(std::iter::repeat_n('0', exponent.unsigned_abs() as usize - 1));
        out.push_str(digits.trim_end_matches('0'));
        return out;
    }
    let whole = exponent as usize + 1;
    while digits.len() < whole {
        digits.push('0');
    }
    out.push_str(&digits[..whole]);
    let fraction = digits[whole..].trim_end_matches('0');
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// The integer that a number is, if all forms write it with its digits alone.
pub fn small_int(value: f64) -> Option<i64> {
    let int = value as i64;
    let is_small = value.abs() < 1e8 && int as f64 == value && (int != 0 || value.is_sign_positive());
    is_small.then_some(int)
}

/// Appends an integer in decimal.
pub fn push_int(out: &mut Vec<u8>, value: i64) {
    let mut digits = [0; 20];
    let (mut at, mut rest) = (digits.len(), value.unsigned_abs());
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(&digits[at..]);
}

/// Digits that read back as `value`, as few as the servers find, laid out as they do from 7.2 on.
pub fn format_shortest(value: f64) -> String {
    if value.is_nan() {
        return if value.is_sign_negative() { "-nan" } else { "nan" }.to_owned();
    }
    if value.is_infinite() {
        return if value < 0.0 { "-inf" } else { "inf" }.to_owned();
    }
    if let Some(int) = small_int(value) {
        return int.to_string();
    }
    if value == 0.0 {
        return "-0".to_owned();
    }
    let (digits, power) = crate::grisu::digits(value.abs());
    let digits = String::from_utf8_lossy(&digits).into_owned();
    let count = digits.len() as i32;
    // The value is the digits times ten to the power.
    let exponent = power + count - 1;
    let sign = if value < 0.0 { "-" } else { "" };
    if power >= 0 && exponent.abs() < count + 7 {
        return format!("{sign}{digits}{}", "0".repeat(power as usize));
    }
    if power < 0 && (power > -7 || exponent.abs() < 4) {
        let point = exponent + 1;
        return if point <= 0 {
            format!("{sign}0.{}{digits}", "0".repeat(-point as usize))
        } else {
            format!("{sign}{}.{}", &digits[..point as usize], &digits[point as usize..])
        };
    }
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    let plus = if exponent < 0 { '-' } else { '+' };
    format!("{sign}{first}{point}{rest}e{plus}{}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers() {
        for (text, value) in [
            ("0", Some(0)),
            ("-1", Some(-1)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("01", None),
            ("-0", None),
            ("+1", None),
            (" 1", None),
            ("1 ", None),
            ("", None),
            ("-", None),
        ] {
            assert_eq!(parse_int(text.as_bytes()), value, "{text}");
        }
    }

    #[test]
    fn short_forms_are_what_the_long_way_gives() {
        let mut seed = 0x9E37_79B9_7F4A_7C15u64;
        for round in 0..200_000 {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            let value = match round % 4 {
                0 => f64::from_bits(seed),
                1 => (seed % 2_000_000) as f64 / 100.0 - 10_000.0,
                2 => (seed % 1_000_000_000_000) as f64 - 1e9,
                _ => (seed % 1000) as f64 / 7.0,
            };
            if !value.is_finite() {
                continue;
            }
            for precision in [1, 3, 14, 15, 17] {
                let long = format!("{value:.*e}", precision - 1);
                let (mantissa, exponent) = long.split_once('e').unwrap();
                let exponent: i32 = exponent.parse().unwrap();
                let trim = |text: &str| match text.contains('.') {
                    true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
                    false => text.to_owned(),
                };
                let expected = if exponent < -4 || exponent >= precision as i32 {
                    format!("{}e{}{:02}", trim(mantissa), if exponent < 0 { '-' } else { '+' }, exponent.abs())
                } else {
                    trim(&format!("{value:.*}", (precision as i32 - 1 - exponent).max(0) as usize))
                };
                assert_eq!(format_g(value, precision), expected, "{value:e} with {precision}");
            }
        }
        let mut out = b"x".to_vec();
        for value in [0, 7, -10, i64::MAX, i64::MIN] {
            push_int(&mut out, value);
        }
        assert_eq!(out, b"x07-109223372036854775807-9223372036854775808");
    }

    #[test]
    fn digits_of_doubles() {
        for (value, g17, shortest) in [
            (0.1, "0.10000000000000001", "0.1"),
            (1.5e-7, "1.4999999999999999e-07", "1.5e-7"),
            (1e-5, "1.0000000000000001e-05", "0.00001"),
            (9_223_372_036_854_775_808.0, "9.2233720368547758e+18", "9223372036854776000"),
            (1e19, "1e+19", "1e+19"),
            (3.0, "3", "3"),
            (-2.5, "-2.5", "-2.5"),
            (1e17, "1e+17", "1e+17"),
            (f64::INFINITY, "inf", "inf"),
            (1234.5678, "1234.5678", "1234.5678"),
        ] {
            assert_eq!(format_g(value, 17), g17);
            assert_eq!(format_shortest(value), shortest);
        }
        assert_eq!(format_g(1e15, 14), "1e+15");
        assert_eq!(format_g(0.1 + 0.2, 14), "0.3");
        assert_eq!(format_g(100.0, 14), "100");
    }

    #[test]
    fn doubles_are_read_as_strtod_does() {
        for (text, value) in [
            ("3.5", Some(3.5)),
            ("-inf", Some(f64::NEG_INFINITY)),
            ("+1e3", Some(1000.0)),
            ("0x10", Some(16.0)),
            (".5", Some(0.5)),
            ("5.", Some(5.0)),
            ("nan", None),
            ("", None),
            ("1x", None),
            ("--1", None),
            ("1e400", None),
            ("1e-400", None),
            ("0e5", Some(0.0)),
            ("5e-324", Some(5e-324)),
        ] {
            assert_eq!(parse_double(text.as_bytes()), value, "{text}");
        }
    }
}
