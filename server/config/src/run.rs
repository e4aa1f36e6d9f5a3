//! The table `run` of `redlua.toml`: what a run may take, and the keyspace that it begins with.

use std::{path::PathBuf, time::Duration};

use toml::de::DeValue;

/// Settings for runs of scripts.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct RunConfig {
    /// Wall time.
    pub time: Option<Duration>,
    /// Memory of the Lua VM, in bytes.
    pub memory: Option<usize>,
    /// Instructions of the Lua VM.
    pub instructions: Option<u64>,
    /// A file of commands that fill the keyspace, relative to the configuration's folder.
    pub seed: Option<PathBuf>,
    /// True if the editor must not run the examples in comments by itself.
    pub no_examples: bool,
}

impl RunConfig {
    /// Sets a key to a value.
    ///
    /// # Errors
    /// A description of the value's mistake; none for an unknown key.
    pub(crate) fn set(&mut self, key: &str, value: &DeValue<'_>) -> Result<(), Option<&'static str>> {
        match key {
            "time" => {
                let text = if let DeValue::String(text) = value { time(text) } else { None };
                self.time = Some(text.ok_or("a time is a text such as \"5s\" or \"500ms\"")?);
            }
            "memory" => {
                self.memory = Some(memory(value).ok_or("an amount of memory is a text such as \"256 MiB\"")?);
            }
            "instructions" => {
                self.instructions = Some(integer(value).ok_or("`instructions` must be a number above 0")?);
            }
            "seed" => match value {
                DeValue::String(path) => self.seed = Some(PathBuf::from(path.as_ref())),
                _ => return Err(Some("`seed` must be the path of a file of commands")),
            },
            "examples" => match value {
                DeValue::Boolean(on) => self.no_examples = !on,
                _ => return Err(Some("`examples` must be true or false")),
            },
            _ => return Err(None),
        }
        Ok(())
    }
}

fn integer(value: &DeValue<'_>) -> Option<u64> {
    match value {
        DeValue::Integer(digits) => u64::from_str_radix(&digits.as_str().replace('_', ""), digits.radix()).ok(),
        _ => None,
    }
    .filter(|value| *value > 0)
}

/// A number with its unit.
fn with_unit(text: &str) -> Option<(f64, String)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 = text[..end].parse().ok()?;
    (number > 0.0 && number < 1e15).then(|| (number, text[end..].trim().to_ascii_lowercase()))
}

/// Reads a time: `5s`, `500ms`, `2min`.
pub fn time(text: &str) -> Option<Duration> {
    let (number, unit) = with_unit(text.trim())?;
    let seconds = match unit.as_str() {
        "ms" => number / 1000.0,
        "s" => number,
        "min" | "m" => number * 60.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(seconds).ok()
}

fn memory(value: &DeValue<'_>) -> Option<usize> {
    let DeValue::String(text) = value else { return None };
    let (number, unit) = with_unit(text.trim())?;
    let factor = match unit.as_str() {
        "kib" | "kb" | "k" => 1024.0,
        "mib" | "mb" | "m" => 1024.0 * 1024.0,
        "gib" | "gb" | "g" => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    Some((number * factor) as usize)
}
