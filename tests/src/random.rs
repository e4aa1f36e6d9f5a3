//! Chance for the fuzzers: the same in every run, unless a seed is given.

use std::path::Path;

/// A small generator of numbers.
pub struct Random(pub u64);

impl Random {
    /// The generator that the environment asks for, or the usual one.
    pub fn new() -> Self {
        Self(number("REDLUA_FUZZ_SEED", 0x5DEE_CE66_D1CE_4E5B))
    }

    /// A number below `count`.
    pub fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % count.max(1) as u64) as usize
    }

    /// One of several.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

impl Default for Random {
    fn default() -> Self {
        Self::new()
    }
}

/// A number from the environment.
pub fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// The `.lua` files below a folder.
pub fn scripts(folder: &Path, out: &mut Vec<Vec<u8>>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|it| it.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            scripts(&path, out);
        } else if path.extension().is_some_and(|it| it == "lua") {
            out.extend(std::fs::read(path));
        }
    }
}
