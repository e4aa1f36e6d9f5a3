//! Vectors as they are kept: normalized to length 1, and in fewer bits.

/// Format in which the numbers of a vector are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Quantization {
    /// 32-bit floating-point numbers (`NOQUANT`).
    None,
    /// Integers from -127 to 127, scaled by the largest number of the vector (`Q8`).
    Integers,
    /// One bit a number: set if it is above zero (`BIN`).
    Bits,
}

impl Quantization {
    /// The name that replies have.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "f32",
            Self::Integers => "int8",
            Self::Bits => "bin",
        }
    }

    /// Bytes of a vector of a dimension.
    pub fn size(self, dimension: usize) -> usize {
        match self {
            Self::None => 4 * dimension,
            Self::Integers => dimension,
            Self::Bits => 8 * dimension.div_ceil(64),
        }
    }
}

/// Order in which a server adds, which decides the last digit of a distance between vectors that are not quantized.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arithmetic {
    /// One number after the other, in two sums.
    Scalar,
    /// Sixteen at once, as Redis does since 8.4 where the processor has AVX-512; elsewhere the last digit may differ.
    Wide,
}

impl Arithmetic {
    fn dot(self, a: &[f32], b: &[f32]) -> f32 {
        match self {
            Self::Wide if a.len() >= LANES => wide_dot(a, b),
            _ => scalar_dot(a, b),
        }
    }
}

/// Numbers that are multiplied at once.
const LANES: usize = 16;

/// The numbers of a vector.
#[derive(Clone, PartialEq, Debug)]
enum Numbers {
    Floats(Vec<f32>),
    Integers(Vec<i8>),
    /// Words of 64 bits, from the lowest bit.
    Bits(Vec<u64>),
}

/// A normalized vector.
#[derive(Clone, PartialEq, Debug)]
pub struct Vector {
    numbers: Numbers,
    /// Length before it was normalized; 1 for a vector of zeros.
    pub norm: f32,
    /// Largest absolute number, for integers alone.
    pub range: f32,
}

impl Vector {
    /// Normalizes and quantizes numbers.
    pub fn new(numbers: &[f32], quantization: Quantization) -> Self {
        let (normalized, norm) = normalize(numbers);
        let (numbers, range) = match quantization {
            Quantization::None => (Numbers::Floats(normalized), 0.0),
            Quantization::Integers => {
                let (integers, range) = to_integers(&normalized);
                (Numbers::Integers(integers), range)
            }
            Quantization::Bits => {
                let word = |numbers: &[f32]| {
                    numbers.iter().enumerate().fold(0, |word, (at, number)| word | u64::from(*number > 0.0) << at)
                };
                (Numbers::Bits(normalized.chunks(64).map(word).collect()), 0.0)
            }
        };
        Self { numbers, norm, range }
    }

    /// The vector whose quantized numbers are these little-endian bytes, if there are as many as the dimension asks for.
    pub fn from_bytes(
        bytes: &[u8],
        dimension: usize,
        quantization: Quantization,
        norm: f32,
        range: f32,
    ) -> Option<Self> {
        if bytes.len() != quantization.size(dimension) {
            return None;
        }
        let numbers = match quantization {
            Quantization::None => {
                Numbers::Floats(bytes.as_chunks().0.iter().map(|it| f32::from_le_bytes(*it)).collect())
            }
            Quantization::Integers => Numbers::Integers(bytes.iter().map(|byte| *byte as i8).collect()),
            Quantization::Bits => Numbers::Bits(bytes.as_chunks().0.iter().map(|it| u64::from_le_bytes(*it)).collect()),
        };
        Some(Self { numbers, norm, range })
    }

    /// The quantized numbers as little-endian bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        match &self.numbers {
            Numbers::Floats(floats) => floats.iter().flat_map(|it| it.to_le_bytes()).collect(),
            Numbers::Integers(integers) => integers.iter().map(|it| *it as u8).collect(),
            Numbers::Bits(words) => words.iter().flat_map(|it| it.to_le_bytes()).collect(),
        }
    }

    /// About the numbers that it was made of; of bits there is but 1 and -1 left.
    pub fn to_floats(&self, dimension: usize) -> Vec<f32> {
        match &self.numbers {
            Numbers::Floats(floats) => floats.iter().map(|it| it * self.norm).collect(),
            Numbers::Integers(integers) => {
                integers.iter().map(|it| f32::from(*it) * self.range / 127.0 * self.norm).collect()
            }
            Numbers::Bits(words) => {
                (0..dimension).map(|at| if words[at / 64] >> (at % 64) & 1 == 1 { 1.0 } else { -1.0 }).collect()
            }
        }
    }

    /// Cosine distance to another vector of the same set: 0 for the same direction, 2 for the opposite one.
    pub fn distance(&self, other: &Self, dimension: usize, arithmetic: Arithmetic) -> f32 {
        match (&self.numbers, &other.numbers) {
            (Numbers::Floats(a), Numbers::Floats(b)) => 1.0 - arithmetic.dot(a, b),
            (Numbers::Integers(a), Numbers::Integers(b)) => {
                if self.range == 0.0 || other.range == 0.0 {
                    return 1.0;
                }
                let dot: i32 = a.iter().zip(b).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum();
                let scale = (self.range / 127.0) * (other.range / 127.0);
                let distance = match arithmetic {
                    // Without rounding between the multiplication and the subtraction.
                    Arithmetic::Wide if a.len() >= 2 * LANES => (-dot as f32).mul_add(scale, 1.0),
                    _ => 1.0 - dot as f32 * scale,
                };
                distance.clamp(0.0, 2.0)
            }
            (Numbers::Bits(a), Numbers::Bits(b)) => {
                let opposite: u32 = a.iter().zip(b).map(|(a, b)| (a ^ b).count_ones()).sum();
                opposite as f32 * 2.0 / dimension as f32
            }
            // A set keeps all its vectors alike.
            _ => 1.0,
        }
    }
}

/// Numbers divided by their length, and the length. The order of the additions is the servers', which decides the last digit.
fn normalize(numbers: &[f32]) -> (Vec<f32>, f32) {
    let (fours, rest) = numbers.as_chunks::<4>();
    let mut sum = 0.0f32;
    for four in fours {
        sum += four[0] * four[0] + four[1] * four[1] + four[2] * four[2] + four[3] * four[3];
    }
    for number in rest {
        sum += number * number;
    }
    if sum == 0.0 {
        return (numbers.to_vec(), 1.0);
    }
    let norm = sum.sqrt();
    (numbers.iter().map(|number| number / norm).collect(), norm)
}

fn to_integers(numbers: &[f32]) -> (Vec<i8>, f32) {
    let range = numbers.iter().fold(0.0f32, |range, number| range.max(number.abs()));
    if range == 0.0 {
        return (vec![0; numbers.len()], 0.0);
    }
    let scale = 127.0 / range;
    (numbers.iter().map(|number| (number * scale).round() as i8).collect(), range)
}

fn wide_dot(a: &[f32], b: &[f32]) -> f32 {
    let (a_lanes, a_rest) = a.as_chunks::<LANES>();
    let (b_lanes, b_rest) = b.as_chunks::<LANES>();
    let mut sums = [0.0f32; LANES];
    for (x, y) in a_lanes.iter().zip(b_lanes) {
        for (sum, (x, y)) in sums.iter_mut().zip(x.iter().zip(y)) {
            *sum = x.mul_add(*y, *sum);
        }
    }
    // The halves are added until one number is left.
    let mut width = LANES / 2;
    while width > 0 {
        for at in 0..width {
            sums[at] += sums[at + width];
        }
        width /= 2;
    }
    // Of what is left eight are multiplied at once, the others together with the addition.
    let mut sum = sums[0];
    let (a_eights, a_rest) = a_rest.as_chunks::<8>();
    let (b_eights, b_rest) = b_rest.as_chunks::<8>();
    for (x, y) in a_eights.as_flattened().iter().zip(b_eights.as_flattened()) {
        sum += x * y;
    }
    for (x, y) in a_rest.iter().zip(b_rest) {
        sum = x.mul_add(*y, sum);
    }
    sum
}

fn scalar_dot(a: &[f32], b: &[f32]) -> f32 {
    let (mut even, mut odd) = (0.0f32, 0.0f32);
    let (a_eights, a_rest) = a.as_chunks::<8>();
    let (b_eights, b_rest) = b.as_chunks::<8>();
    for (x, y) in a_eights.iter().zip(b_eights) {
        even += x[0] * y[0] + x[1] * y[1] + x[2] * y[2] + x[3] * y[3];
        odd += x[4] * y[4] + x[5] * y[5] + x[6] * y[6] + x[7] * y[7];
    }
    for (x, y) in a_rest.iter().zip(b_rest) {
        even += x * y;
    }
    even + odd
}
