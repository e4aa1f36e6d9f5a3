//! The 80-bit numbers that `INCRBYFLOAT` counts with: 64 bits of precision, where a `f64` has 53.

use num_bigint::BigInt;
use protocol::number::strtod;

/// A number `mantissa · 2^exponent` with at most 64 bits of mantissa.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct LongDouble {
    mantissa: BigInt,
    exponent: i32,
}

/// Longer numbers are refused, as by the servers.
const LONGEST: usize = 5 * 1024;

impl LongDouble {
    /// Reads a decimal number, or what else is finite to `strtod`.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        if text.is_empty() || text.len() >= LONGEST {
            return None;
        }
        let value = strtod(text)?;
        if !value.is_finite() && !text.iter().any(u8::is_ascii_digit) {
            return None;
        }
        if text.iter().any(|byte| matches!(byte, b'x' | b'X')) {
            let bits = value.to_bits();
            let fraction = (bits & ((1 << 52) - 1)) as i64;
            let power = (bits >> 52 & 0x7ff) as i32;
            let mantissa = if power == 0 { fraction } else { fraction | 1 << 52 };
            let sign = if value < 0.0 { -1 } else { 1 };
            return Some(Self::rounded(BigInt::from(mantissa * sign), power.max(1) - 1075));
        }
        let text = std::str::from_utf8(text).ok()?;
        let (digits, power) = match text.split_once(['e', 'E']) {
            Some((digits, power)) => (digits, power.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let power = power.checked_sub(fraction.len() as i32)?;
        if power.unsigned_abs() > 5200 {
            return None;
        }
        let digits: BigInt = format!("{whole}{fraction}").trim_start_matches('+').parse().ok()?;
        let ten = BigInt::from(10);
        if power >= 0 {
            return Some(Self::rounded(digits * ten.pow(power.unsigned_abs()), 0))
                .filter(|number| !number.is_infinite());
        }
        // Enough bits for 64 of them to be right, and one that says whether something is left.
        let digits_are_zero = digits == BigInt::ZERO;
        let divisor = ten.pow(power.unsigned_abs());
        let shift = divisor.bits() + 130;
        let numerator = digits << shift;
        let quotient = &numerator / &divisor;
        let rest = numerator - &quotient * divisor;
        let sticky = i32::from(rest != BigInt::ZERO) * if quotient < BigInt::ZERO { -1 } else { 1 };
        let is_zero = digits_are_zero;
        Some(Self::rounded((quotient << 1) + sticky, -(shift as i32) - 1)).filter(|number| is_zero || !number.is_lost())
    }

    /// Rounds to 64 bits, to even where two are as near.
    fn rounded(mantissa: BigInt, exponent: i32) -> Self {
        let extra = mantissa.bits() as i64 - 64;
        if extra <= 0 {
            return Self { mantissa, exponent };
        }
        Self { mantissa: shift_right_to_even(mantissa, extra as u64), exponent: exponent + extra as i32 }
    }

    /// The sum, rounded.
    pub(crate) fn add(&self, other: &Self) -> Self {
        let exponent = self.exponent.min(other.exponent);
        let align = |number: &Self| &number.mantissa << (number.exponent - exponent).unsigned_abs();
        Self::rounded(align(self) + align(other), exponent)
    }

    /// True if it is beyond what 80 bits can hold.
    pub(crate) fn is_infinite(&self) -> bool {
        self.mantissa.bits() as i64 + i64::from(self.exponent) > 16_384
    }

    /// True if 80 bits cannot distinguish it from zero.
    fn is_lost(&self) -> bool {
        self.mantissa.bits() as i64 + i64::from(self.exponent) < -16_445
    }

    /// The number with up to 17 decimals, without zeros at the end: `%.17Lf`, trimmed.
    pub(crate) fn print(&self) -> String {
        let scaled = &self.mantissa * BigInt::from(10).pow(17);
        let rounded = if self.exponent >= 0 {
            scaled << self.exponent.unsigned_abs()
        } else {
            shift_right_to_even(scaled, u64::from(self.exponent.unsigned_abs()))
        };
        let negative = rounded < BigInt::ZERO;
        let digits = format!("{:0>18}", rounded.to_string().trim_start_matches('-'));
        let (whole, fraction) = digits.split_at(digits.len() - 17);
        let fraction = fraction.trim_end_matches('0');
        let sign = if negative { "-" } else { "" };
        match fraction {
            "" => format!("{sign}{whole}"),
            fraction => format!("{sign}{whole}.{fraction}"),
        }
    }
}

fn shift_right_to_even(number: BigInt, bits: u64) -> BigInt {
    let negative = number < BigInt::ZERO;
    let number = if negative { -number } else { number };
    let floor: BigInt = &number >> bits;
    let rest = number - (&floor << bits);
    let half = BigInt::from(1) << (bits - 1);
    let up = rest > half || (rest == half && floor.bit(0));
    let rounded = if up { floor + 1 } else { floor };
    if negative { -rounded } else { rounded }
}

#[cfg(test)]
mod tests {
    use super::LongDouble;

    #[test]
    fn sums_as_the_server_gives_them() {
        // Seen on Redis 7.0.
        for (a, b, sum) in [
            ("10.5", "0.1", "10.6"),
            ("5.0e3", "2.0e2", "5200"),
            ("3", "1.1", "4.1"),
            ("1", "-1", "0"),
            ("0.1", "0.2", "0.3"),
            ("1e20", "1", "100000000000000000000"),
            ("-1.5", "0", "-1.5"),
            ("0x10", "0", "16"),
        ] {
            let parse = |text: &str| LongDouble::parse(text.as_bytes());
            assert_eq!(parse(a).zip(parse(b)).map(|(a, b)| a.add(&b).print()).as_deref(), Some(sum), "{a} + {b}");
        }
        for text in ["", "abc", "1x", "nan", "inf", " 1"] {
            assert_eq!(LongDouble::parse(text.as_bytes()), None, "{text}");
        }
    }
}
