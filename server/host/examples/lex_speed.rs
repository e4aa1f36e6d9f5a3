//! Time to lex a megabyte of each language: `cargo run --release -p host --example lex_speed [FILE…]`. Without files these are
//! samples, again and again, which have far more literals than code has.
#![allow(clippy::print_stdout, reason = "a command-line tool for developers")]

use std::{path::Path, time::Instant};

use host::Language;

#[path = "../tests/common/mod.rs"]
mod common;

/// Bytes that are lexed.
const SIZE: usize = 1 << 20;

fn main() {
    let files: Vec<String> = std::env::args().skip(1).collect();
    for file in &files {
        if let Ok(source) = std::fs::read(file) {
            measure(file, &source);
        }
    }
    if files.is_empty() {
        for (file, sample) in common::SAMPLES {
            // What stands behind it is no code.
            let sample = sample.replace("__END__\n", "");
            measure(file, sample.as_bytes());
        }
    }
}

/// Prints the shortest time of several runs.
fn measure(file: &str, source: &[u8]) {
    let Some(language) = Language::of_path(Path::new(file)).or_else(|| Language::of_lua(source)) else { return };
    let text = source.repeat(SIZE.div_ceil(source.len().max(1)));
    let mut best = f64::INFINITY;
    let mut literals = 0;
    for _ in 0..20 {
        let start = Instant::now();
        literals = language.lex(&text).literals.len();
        best = best.min(start.elapsed().as_secs_f64());
    }
    let megabytes = text.len() as f64 / SIZE as f64;
    println!("{:14} {:6.2} ms a MB, {literals:6} literals  {file}", language.name(), best * 1000.0 / megabytes);
}
