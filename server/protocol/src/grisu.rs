//! The digits of a double as the servers find them from 7.2 on: by Grisu2, which now and then needs a digit more than the
//! fewest that read back as the same number.

use std::sync::OnceLock;

use num_bigint::BigUint;

/// A number as a significand of 64 bits and a power of two.
#[derive(Clone, Copy)]
struct Float {
    significand: u64,
    exponent: i32,
}

const HIDDEN: u64 = 1 << 52;

/// The powers of ten that are kept: each eighth from the first on.
const FIRST: i32 = -348;
const STEP: i32 = 8;
const COUNT: usize = 87;

/// Between these the power of two of a product leaves the whole part in 32 bits.
const LEAST: i32 = -60;
const MOST: i32 = -32;

/// The powers of ten, rounded to 64 bits.
fn powers() -> &'static [Float; COUNT] {
    static POWERS: OnceLock<[Float; COUNT]> = OnceLock::new();
    POWERS.get_or_init(|| std::array::from_fn(|at| power(FIRST + at as i32 * STEP)))
}

fn power(exponent: i32) -> Float {
    let ten = BigUint::from(10u8).pow(exponent.unsigned_abs());
    // Two bits more than are kept decide the rounding.
    let (number, shift) = if exponent >= 0 {
        (ten << 66u32, -66)
    } else {
        let scale = ten.bits() + 66;
        ((BigUint::from(1u8) << scale) / ten, -(scale as i32))
    };
    let drop = number.bits() - 64;
    let rounded = (number + (BigUint::from(1u8) << (drop - 1))) >> drop;
    let carry = rounded.bits() - 64;
    let significand = (rounded >> carry).iter_u64_digits().next().unwrap_or(0);
    Float { significand, exponent: shift + (drop + carry) as i32 }
}

impl Float {
    fn times(self, other: Self) -> Self {
        let product = u128::from(self.significand) * u128::from(other.significand);
        Self { significand: ((product + (1 << 63)) >> 64) as u64, exponent: self.exponent + other.exponent + 64 }
    }

    /// With the highest bit set.
    fn normal(self) -> Self {
        let shift = self.significand.leading_zeros();
        Self { significand: self.significand << shift, exponent: self.exponent - shift as i32 }
    }
}

/// The power of ten that brings a number near one, and its exponent.
fn near(exponent: i32) -> (Float, i32) {
    let powers = powers();
    let at = powers.partition_point(|power| exponent + power.exponent + 64 < LEAST);
    // The servers guess from the logarithm and go on from there; several fit, and this is the one that they end at.
    let guess = (-(f64::from(exponent + COUNT as i32)) * 0.301_029_995_663_981_14) as i32;
    let mut at_guess = (((guess - FIRST) / STEP).max(0) as usize).min(COUNT - 1).max(at.min(COUNT - 1));
    while at_guess > 0 && exponent + powers[at_guess].exponent + 64 > MOST {
        at_guess -= 1;
    }
    (powers[at_guess], FIRST + at_guess as i32 * STEP)
}

/// Decreases the last digit while that brings the number nearer to the intended one.
fn round(digits: &mut [u8], delta: u64, mut rest: u64, unit: u64, goal: u64) {
    while rest < goal && delta - rest >= unit && (rest + unit < goal || goal - rest > (rest + unit).wrapping_sub(goal))
    {
        if let Some(last) = digits.last_mut() {
            *last -= 1;
        }
        rest += unit;
    }
}

/// The digits of a number that is finite and above zero, and the power of ten of the last of them.
pub(crate) fn digits(value: f64) -> (Vec<u8>, i32) {
    let bits = value.to_bits();
    let fraction = bits & (HIDDEN - 1);
    let number = match (bits >> 52) & 0x7FF {
        0 => Float { significand: fraction, exponent: -1074 },
        exponent => Float { significand: fraction | HIDDEN, exponent: exponent as i32 - 1075 },
    };
    // Half-way to the neighbours, of which the lower is nearer where a power of two begins.
    let upper = Float { significand: (number.significand << 1) + 1, exponent: number.exponent - 1 }.normal();
    let shift = if number.significand == HIDDEN { 2 } else { 1 };
    let lower = Float { significand: (number.significand << shift) - 1, exponent: number.exponent - shift };
    let lower = Float { significand: lower.significand << (lower.exponent - upper.exponent), exponent: upper.exponent };
    let (ten, exponent) = near(upper.exponent);
    let (number, upper, lower) = (number.normal().times(ten), upper.times(ten), lower.times(ten));
    // The products are off by one at most.
    let (upper_bits, lower_bits) = (upper.significand - 1, lower.significand + 1);
    generate(number.significand, upper_bits, lower_bits, -upper.exponent, -exponent)
}

fn generate(number: u64, upper: u64, lower: u64, shift: i32, mut power: i32) -> (Vec<u8>, i32) {
    let goal = upper.wrapping_sub(number);
    let mut delta = upper - lower;
    let one = 1u64 << shift;
    let (mut whole, mut part) = (upper >> shift, upper & (one - 1));
    let mut digits: Vec<u8> = Vec::with_capacity(18);
    for kappa in (0..10u32).rev() {
        let ten = 10u64.pow(kappa);
        let digit = (whole / ten) as u8;
        if digit > 0 || !digits.is_empty() {
            digits.push(b'0' + digit);
        }
        whole %= ten;
        let rest = (whole << shift) + part;
        if rest <= delta {
            power += kappa as i32;
            round(&mut digits, delta, rest, ten << shift, goal);
            return (digits, power);
        }
    }
    let mut unit = 1u64;
    loop {
        part = part.wrapping_mul(10);
        delta = delta.wrapping_mul(10);
        unit = unit.wrapping_mul(10);
        power -= 1;
        let digit = (part >> shift) as u8;
        if digit > 0 || !digits.is_empty() {
            digits.push(b'0' + digit);
        }
        part &= one - 1;
        // Seventeen digits tell all doubles apart; the bound only keeps the loop from going on for ever.
        if part < delta || digits.len() > 18 {
            round(&mut digits, delta, part, one, goal.wrapping_mul(unit));
            return (digits, power);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_read_back() {
        // Seen on Redis 8.2, where one digit less would do.
        assert_eq!(digits(257.713_257_457_202_9), (b"25771325745720287".to_vec(), -14));
        assert_eq!(digits(1.0), (b"1".to_vec(), 0));
        assert_eq!(digits(1e17), (b"1".to_vec(), 17));
        assert_eq!(digits(0.1), (b"1".to_vec(), -1));
        let mut state = 88_172_645_463_325_252u64;
        for _ in 0..200_000 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let value = f64::from_bits(state & (u64::MAX >> 1));
            if !value.is_finite() || value == 0.0 {
                continue;
            }
            let (digits, power) = digits(value);
            let text = format!("{}e{power}", String::from_utf8_lossy(&digits));
            assert_eq!(text.parse(), Ok(value), "{text}");
        }
        for value in [f64::MIN_POSITIVE, f64::MAX, 5e-324, 2.2e-308, 4_503_599_627_370_496.0] {
            let (digits, power) = digits(value);
            let text = format!("{}e{power}", String::from_utf8_lossy(&digits));
            assert_eq!(text.parse(), Ok(value), "{text}");
        }
    }
}
