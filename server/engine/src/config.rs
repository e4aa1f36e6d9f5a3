//! Settings of `CONFIG`: those that change what commands do, and others that are only stored.

use std::collections::BTreeMap;

use commands::{Family, Target, Version};
use protocol::number::{parse_int, to_usize};

use crate::{
    notify::{Class, Classes},
    settings::{self, Kind, canonical},
};

/// The settings of a server. The limits of the compact forms are those of its version.
#[derive(Clone, Debug)]
pub struct Config {
    /// Fields that a compact hash may have.
    pub hash_entries: i64,
    /// Bytes that a field or value of a compact hash may have.
    pub hash_value: i64,
    /// Members that a set of integers may have.
    pub set_ints: i64,
    /// Members that a compact set may have.
    pub set_entries: i64,
    /// Bytes that a member of a compact set may have.
    pub set_value: i64,
    /// Members that a compact sorted set may have.
    pub zset_entries: i64,
    /// Bytes that a member of a compact sorted set may have.
    pub zset_value: i64,
    /// Items of a compact list, or, negative, its size: −1 for 4 KiB, −2 for 8, … −5 for 64.
    pub list_size: i64,
    /// Entries in a node of a stream; 0 for any number.
    pub stream_entries: i64,
    /// Bytes in a node of a stream; 0 for any number.
    pub stream_bytes: i64,
    /// Bytes up to which a HyperLogLog stays sparse.
    pub hll_sparse: i64,
    /// The longest string, in bytes.
    pub max_bulk: i64,
    /// Bytes that the server may use; 0 for any number.
    pub max_memory: i64,
    /// Commands that take longer are noted, in microseconds; below zero none are.
    pub slower_than: i64,
    /// The keyspace notifications that are enabled (`notify-keyspace-events`).
    pub notify: Classes,
    /// True if overwritten keys have events of their own (Redis 8.2).
    has_overwritten: bool,
    /// Bytes from which a request is logged as large (Valkey 8.1); below zero none is.
    pub large_request: i64,
    /// Bytes from which a reply is logged as large (Valkey 8.1); below zero none is.
    pub large_reply: i64,
    /// Milliseconds from which an event is noted for `LATENCY`; 0 for none.
    pub latency_threshold: i64,
    /// True if the durations of commands are counted (`latency-tracking`).
    pub tracks_latency: bool,
    /// True if hashes and sorted sets are listpacks when small (7.0), before ziplists.
    pub has_listpacks: bool,
    /// True if small sorted sets know no zero below zero (7.0 and later).
    pub zero_has_no_sign: bool,
    /// Bytes that a key, its string and what belongs to them may have to be kept in one piece, where the key counts (Redis
    /// 8.2, Valkey 8.1).
    pub embedded: Option<usize>,
    /// True if small lists have a form of their own (7.2).
    pub has_compact_lists: bool,
    /// Payloads are taken whatever their checksum says (`DEBUG SET-SKIP-CHECKSUM-VALIDATION`).
    pub skips_checksums: bool,
    /// True if small sets have a form of their own (7.2).
    pub has_compact_sets: bool,
    /// True if small hashes stay compact when fields expire (Redis); Valkey makes tables of them.
    pub has_compact_expiries: bool,
    values: BTreeMap<&'static str, String>,
    kinds: BTreeMap<&'static str, Kind>,
    newer: bool,
}

impl Config {
    /// The defaults of a server version.
    pub fn new(target: Target) -> Self {
        Self {
            hash_entries: 512,
            hash_value: 64,
            set_ints: 512,
            set_entries: 128,
            set_value: 64,
            zset_entries: 128,
            zset_value: 64,
            list_size: -2,
            stream_entries: 100,
            stream_bytes: 4096,
            hll_sparse: 3000,
            max_bulk: 512 * 1024 * 1024,
            max_memory: 0,
            slower_than: 10_000,
            notify: Classes::default(),
            has_overwritten: target.family == Family::Redis && target.version >= Version::new(8, 2),
            large_request: 1024 * 1024,
            large_reply: 1024 * 1024,
            latency_threshold: 0,
            tracks_latency: target.since(7, 0),
            has_listpacks: target.since(7, 0),
            zero_has_no_sign: target.since(7, 0),
            embedded: match (target.family, target.version) {
                (Family::Redis, version) if version < Version::new(8, 2) => None,
                (Family::Valkey, version) if version < Version::new(8, 1) => None,
                (Family::Valkey, version) if version >= Version::new(9, 1) => Some(113),
                _ => Some(41),
            },
            has_compact_lists: target.since(7, 2),
            skips_checksums: false,
            has_compact_sets: target.since(7, 2),
            has_compact_expiries: target.family == Family::Redis,
            values: settings::of(target).map(|(name, _, value)| (canonical(name), value.to_owned())).collect(),
            kinds: settings::of(target).map(|(name, kind, _)| (name, kind)).collect(),
            newer: target.since(7, 0),
        }
    }

    /// Bytes and items that a compact list may have.
    pub(crate) fn list_limits(&self) -> (usize, usize) {
        match self.list_size {
            // What is out of range counts as the nearest that is not.
            size if size < 0 => (2048 << (-size).min(5), usize::MAX),
            size => (8192, to_usize(size.max(1))),
        }
    }

    /// The setting that commands look at, by the name under which it is kept.
    fn number(&mut self, name: &str) -> Option<&mut i64> {
        Some(match name {
            "hash-max-listpack-entries" => &mut self.hash_entries,
            "hash-max-listpack-value" => &mut self.hash_value,
            "set-max-intset-entries" => &mut self.set_ints,
            "set-max-listpack-entries" => &mut self.set_entries,
            "set-max-listpack-value" => &mut self.set_value,
            "zset-max-listpack-entries" => &mut self.zset_entries,
            "zset-max-listpack-value" => &mut self.zset_value,
            "list-max-listpack-size" => &mut self.list_size,
            "stream-node-max-entries" => &mut self.stream_entries,
            "stream-node-max-bytes" => &mut self.stream_bytes,
            "hll-sparse-max-bytes" => &mut self.hll_sparse,
            "proto-max-bulk-len" => &mut self.max_bulk,
            "maxmemory" => &mut self.max_memory,
            "commandlog-execution-slower-than" => &mut self.slower_than,
            "commandlog-request-larger-than" => &mut self.large_request,
            "commandlog-reply-larger-than" => &mut self.large_reply,
            "latency-monitor-threshold" => &mut self.latency_threshold,
            _ => return None,
        })
    }

    /// True if keys go by when they were last modified (Redis 8.6), so that a read is no use.
    pub(crate) fn evicts_by_writes(&self) -> bool {
        self.values.get("maxmemory-policy").is_some_and(|policy| policy.ends_with("-lrm"))
    }

    /// All settings with their values, sorted by name.
    pub fn all(&self) -> Vec<(String, String)> {
        let value = |name: &str| self.values.get(canonical(name)).cloned().unwrap_or_default();
        self.kinds.keys().map(|name| ((*name).to_owned(), value(name))).collect()
    }

    /// A setting's value.
    pub fn get(&self, name: &str) -> Option<String> {
        self.kinds.get_key_value(name)?;
        self.values.get(canonical(name)).cloned()
    }

    /// A setting that is a number.
    pub fn int(&self, name: &str) -> Option<i64> {
        self.values.get(canonical(name))?.parse().ok()
    }

    /// Sets a setting that is only set when a server starts, such as its port and folder.
    pub fn set_at_start(&mut self, name: &str, value: &str) {
        if let Some((name, _)) = self.kinds.get_key_value(name) {
            self.values.insert(canonical(name), value.to_owned());
        }
    }

    /// Reason why a setting cannot be set at all, whatever the value.
    pub fn refusal(&self, name: &str) -> Option<Refused> {
        match self.kinds.get(name) {
            None => Some(Refused::Unknown),
            Some(Kind::Fixed) => Some(Refused::Fixed),
            Some(Kind::Protected) => Some(Refused::Protected),
            Some(_) => None,
        }
    }

    /// Sets a value.
    ///
    /// # Errors
    /// The name is unknown, the setting cannot be changed, or the value is invalid.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), Refused> {
        let (name, kind) = self.kinds.get_key_value(name).map(|(name, kind)| (*name, *kind)).ok_or(Refused::Unknown)?;
        let name = canonical(name);
        let value = self.check(name, kind, value)?;
        if let Some(why) = settings::unsupported(name)
            && self.values.get(name).is_none_or(|default| *default != value)
        {
            return Err(Refused::Invalid(format!("not supported by the embedded engine: {why}")));
        }
        if let (Some(number), Ok(new)) = (self.number(name), value.parse()) {
            *number = new;
        }
        if name == "notify-keyspace-events"
            && let Some(classes) = self.events(&value)
        {
            self.notify = classes;
            self.values.insert(name, classes.to_string());
            return Ok(());
        }
        if name == "latency-tracking" {
            self.tracks_latency = value == "yes";
        }
        self.values.insert(name, value);
        Ok(())
    }

    /// The value as it is kept.
    fn check(&self, name: &str, kind: Kind, value: &str) -> Result<String, Refused> {
        let invalid = |text: &str| Err(Refused::Invalid(text.to_owned()));
        let between = |number: i64, low: i64, high: i64| match (low..=high).contains(&number) {
            true => Ok(number.to_string()),
            false => invalid(&format!("argument must be between {low} and {high} inclusive")),
        };
        match kind {
            Kind::Fixed => Err(Refused::Fixed),
            Kind::Protected => Err(Refused::Protected),
            Kind::Yes => match value.to_ascii_lowercase().as_str() {
                lower @ ("yes" | "no") => Ok(lower.to_owned()),
                _ => invalid("argument must be 'yes' or 'no'"),
            },
            Kind::Choice(words) => match words.iter().find(|word| word.eq_ignore_ascii_case(value)) {
                Some(word) => Ok((*word).to_owned()),
                // 7.0 allowed several words for some settings, and says so for all.
                None => {
                    let argument = if self.newer { "argument(s)" } else { "argument" };
                    invalid(&format!("{argument} must be one of the following: {}", words.join(", ")))
                }
            },
            Kind::Int(low, high) => match parse_int(value.as_bytes()) {
                // The frequency of the server's own work is cut to what makes sense.
                Some(number) if name == "hz" && (low..=high).contains(&number) => Ok(number.clamp(1, 500).to_string()),
                Some(number) => between(number, low, high),
                None => invalid("argument couldn't be parsed into an integer"),
            },
            Kind::Memory | Kind::Share if kind == Kind::Share && value.ends_with('%') => {
                match parse_int(&value.as_bytes()[..value.len() - 1]) {
                    Some(0) => Ok("0".to_owned()),
                    Some(1..=100) => Ok(value.to_owned()),
                    Some(101..) => invalid("percentage argument must be less or equal to 100"),
                    _ => invalid("argument must be a memory or percent value"),
                }
            }
            Kind::Memory | Kind::Share => match memory(value) {
                Some(number) if name == "proto-max-bulk-len" => between(number, 1024 * 1024, i64::MAX),
                Some(number) => Ok(number.to_string()),
                None if kind == Kind::Share => invalid("argument must be a memory or percent value"),
                None => invalid("argument must be a memory value"),
            },
            Kind::Text => self.check_text(name, value),
        }
    }

    /// Checks texts whose meaning the servers read.
    fn check_text(&self, name: &str, value: &str) -> Result<String, Refused> {
        let invalid = |text: &str| Err(Refused::Invalid(text.to_owned()));
        match name {
            "notify-keyspace-events" => match self.events(value) {
                // Its meaning is kept beside the text, which does not tell all of it.
                Some(_) => Ok(value.to_owned()),
                // 6.2 gave no reason.
                None if !self.newer => invalid(""),
                // Redis 8.2 does not name its new classes here either.
                None => invalid("Invalid event class character. Use 'Ag$lshzxeKEtmdn'."),
            },
            "latency-tracking-info-percentiles" => {
                let numbers: Option<Vec<f64>> = value.split_ascii_whitespace().map(|word| word.parse().ok()).collect();
                match numbers {
                    None => Err(Refused::Invalid("Invalid latency-tracking-info-percentiles parameters".into())),
                    Some(all) if all.iter().any(|number| !(0.0..=100.0).contains(number)) => Err(Refused::Invalid(
                        "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]".into(),
                    )),
                    Some(_) => Ok(value.split_ascii_whitespace().collect::<Vec<_>>().join(" ")),
                }
            }
            "save" => {
                let words: Vec<&str> = value.split_ascii_whitespace().collect();
                let fits = words.len().is_multiple_of(2) && words.iter().all(|word| word.parse::<u32>().is_ok());
                match fits {
                    true => Ok(words.join(" ")),
                    false => Err(Refused::Invalid(if self.newer { "Invalid save parameters" } else { "" }.to_owned())),
                }
            }
            "client-output-buffer-limit" => self.output_limits(value),
            _ => Ok(value.to_owned()),
        }
    }

    fn events(&self, value: &str) -> Option<Classes> {
        Classes::parse(value, |class| match class {
            Class::New => self.newer,
            Class::Overwritten | Class::TypeChanged => self.has_overwritten,
            _ => true,
        })
    }

    /// Limits by class of client: those given replace those that are there.
    fn output_limits(&self, value: &str) -> Result<String, Refused> {
        // 6.2 gave no reasons.
        let invalid = |text: &str| Refused::Invalid(if self.newer { text } else { "" }.to_owned());
        let old = self.values.get("client-output-buffer-limit").cloned().unwrap_or_default();
        let mut limits: Vec<[String; 4]> = Vec::new();
        let words: Vec<&str> = value.split_ascii_whitespace().collect();
        let old: Vec<&str> = old.split_ascii_whitespace().collect();
        for group in old.chunks(4) {
            if let Ok(group) = <[&str; 4]>::try_from(group) {
                limits.push(group.map(str::to_owned));
            }
        }
        if !words.len().is_multiple_of(4) {
            return Err(invalid("Wrong number of arguments in buffer limit configuration."));
        }
        for group in words.chunks(4) {
            let class = match group[0].to_ascii_lowercase().as_str() {
                "replica" => "slave".to_owned(),
                class => class.to_owned(),
            };
            let numbers = (memory(group[1]), memory(group[2]), group[3].parse::<i64>().ok());
            let Some(limit) = limits.iter_mut().find(|limit| limit[0] == class) else {
                return Err(invalid("Invalid client class specified in buffer limit configuration."));
            };
            let (Some(hard), Some(soft), Some(seconds)) = numbers else {
                return Err(invalid("Error in hard, soft or soft_seconds setting in buffer limit configuration."));
            };
            *limit = [class, hard.to_string(), soft.to_string(), seconds.to_string()];
        }
        Ok(limits.iter().map(|limit| limit.join(" ")).collect::<Vec<_>>().join(" "))
    }
}

/// Reason why a setting cannot be set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refused {
    /// There is none of the name.
    Unknown,
    /// Only read when the server starts.
    Fixed,
    /// Changed only if the server was started to allow it.
    Protected,
    /// The value does not fit, and why.
    Invalid(String),
}

/// A number with an optional unit of memory.
fn memory(text: &str) -> Option<i64> {
    let lower = text.to_ascii_lowercase();
    let digits = lower.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &lower[digits.len()..] {
        "" | "b" => 1,
        "k" => 1000,
        "kb" => 1024,
        "m" => 1_000_000,
        "mb" => 1024 * 1024,
        "g" => 1_000_000_000,
        "gb" => 1024 * 1024 * 1024,
        _ => return None,
    };
    digits.parse::<u64>().ok().and_then(|number| i64::try_from(number).ok())?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use commands::Target;

    use super::*;

    #[test]
    fn what_is_not_done_is_refused_by_name() {
        for &target in Target::KNOWN {
            let mut config = Config::new(target);
            for (name, value) in config.all() {
                // Every setting takes the value that it has.
                match config.set(&name, &value) {
                    Ok(()) | Err(Refused::Fixed | Refused::Protected) => {}
                    Err(refused) => assert!(value.is_empty() || name == "bind", "{target} {name} {value}: {refused:?}"),
                }
            }
            assert_eq!(
                config.set("port", "1"),
                Err(Refused::Invalid(
                    "not supported by the embedded engine: it listens where it was told to at the start".into()
                ))
            );
            assert!(matches!(config.set("min-replicas-to-write", "1"), Err(Refused::Invalid(_))));
            assert_eq!(config.set("min-replicas-to-write", "0"), Ok(()));
        }
    }
}
