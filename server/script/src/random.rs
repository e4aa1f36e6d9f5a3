//! The servers' `math.random`: 48 bits of state, 31 of them in each result.

/// The generator. Since 7.0 its state goes on from script to script.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Random(u64);

/// One less than two to the power of 31.
const LARGEST: u64 = 2_147_483_647;

impl Random {
    /// The generator in its initial state.
    pub(crate) fn new() -> Self {
        Self(0x1234_ABCD_330E)
    }

    /// Sets the state from a number.
    pub(crate) fn seed(&mut self, seed: i32) {
        self.0 = (u64::from(seed.cast_unsigned()) << 16) | 0x330E;
    }

    /// A number from 0 on, less than 1.
    pub(crate) fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(0x5_DEEC_E66D).wrapping_add(0xB) & 0xFFFF_FFFF_FFFF;
        ((self.0 >> 17) % LARGEST) as f64 / LARGEST as f64
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn numbers_are_the_servers() {
        // Seen on Redis 7.0 and 6.2.
        let mut random = Random::new();
        assert_eq!(format!("{:.14}", random.next()), "0.39646477363839");
        assert_eq!(format!("{:.14}", random.next()), "0.84048536971234");
        random.seed(0);
        let all: Vec<i64> = (0..8).map(|_| (random.next() * 1e6).floor() as i64 + 1).collect();
        assert_eq!(all, [170829, 749902, 96372, 870466, 577304, 785800, 692195, 368767]);
    }
}
