//! What `CONFIG` sets, as far as it changes what commands do, and what it merely remembers.

use std::collections::BTreeMap;

use commands::{Family, Target, Version};

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
    /// Whether hashes and sorted sets are listpacks when small (7.0), before ziplists.
    pub has_listpacks: bool,
    /// Whether small sorted sets know no zero below zero (7.0 and later).
    pub zero_has_no_sign: bool,
    /// Bytes that a key, its string and what belongs to them may have to be kept in one piece, where the key counts (Redis
    /// 8.2, Valkey 8.1).
    pub embedded: Option<usize>,
    /// Whether small lists have a form of their own (7.2).
    pub has_compact_lists: bool,
    /// Whether small sets have a form of their own (7.2).
    pub has_compact_sets: bool,
    /// Whether small hashes stay compact when fields expire (Redis); Valkey makes tables of them.
    pub has_compact_expiries: bool,
    others: BTreeMap<String, String>,
}

/// Settings that are remembered and have no effect here; clients and test suites ask for them.
const OTHERS: &[(&str, &str)] = &[
    ("appendonly", "no"),
    ("appendfsync", "everysec"),
    ("active-expire-effort", "1"),
    ("activedefrag", "no"),
    ("activerehashing", "yes"),
    ("bind", "127.0.0.1"),
    ("busy-reply-threshold", "5000"),
    ("client-query-buffer-limit", "1073741824"),
    ("databases", "16"),
    ("dir", "."),
    ("dbfilename", "dump.rdb"),
    ("hz", "10"),
    ("latency-monitor-threshold", "0"),
    ("lazyfree-lazy-user-del", "no"),
    ("lazyfree-lazy-user-flush", "no"),
    ("lfu-decay-time", "1"),
    ("lfu-log-factor", "10"),
    ("list-compress-depth", "0"),
    ("loglevel", "notice"),
    ("lua-time-limit", "5000"),
    ("maxclients", "10000"),
    ("maxmemory", "0"),
    ("maxmemory-clients", "0"),
    ("maxmemory-policy", "noeviction"),
    ("maxmemory-samples", "5"),
    ("min-replicas-to-write", "0"),
    ("notify-keyspace-events", ""),
    ("port", "0"),
    ("rdbcompression", "yes"),
    ("requirepass", ""),
    ("save", ""),
    ("slowlog-log-slower-than", "10000"),
    ("slowlog-max-len", "128"),
    ("timeout", "0"),
    ("tcp-keepalive", "300"),
    ("tracking-table-max-keys", "1000000"),
];

impl Config {
    /// The defaults of a server version.
    pub fn new(target: Target) -> Self {
        let since = |major, minor| target.family == Family::Valkey || target.version >= Version::new(major, minor);
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
            has_listpacks: since(7, 0),
            zero_has_no_sign: since(7, 0),
            embedded: match (target.family, target.version) {
                (Family::Redis, version) if version < Version::new(8, 2) => None,
                (Family::Valkey, version) if version < Version::new(8, 1) => None,
                (Family::Valkey, version) if version >= Version::new(9, 1) => Some(113),
                _ => Some(41),
            },
            has_compact_lists: since(7, 2),
            has_compact_sets: since(7, 2),
            has_compact_expiries: target.family == Family::Redis,
            others: OTHERS.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        }
    }

    /// Bytes and items that a compact list may have.
    pub(crate) fn list_limits(&self) -> (usize, usize) {
        match self.list_size {
            size @ -5..=-1 => (2048 << -size, usize::MAX),
            size => (8192, size.max(0) as usize),
        }
    }

    fn number(&mut self, name: &str) -> Option<&mut i64> {
        Some(match name {
            "hash-max-listpack-entries" | "hash-max-ziplist-entries" => &mut self.hash_entries,
            "hash-max-listpack-value" | "hash-max-ziplist-value" => &mut self.hash_value,
            "set-max-intset-entries" => &mut self.set_ints,
            "set-max-listpack-entries" if self.has_compact_sets => &mut self.set_entries,
            "set-max-listpack-value" if self.has_compact_sets => &mut self.set_value,
            "zset-max-listpack-entries" | "zset-max-ziplist-entries" => &mut self.zset_entries,
            "zset-max-listpack-value" | "zset-max-ziplist-value" => &mut self.zset_value,
            "list-max-listpack-size" | "list-max-ziplist-size" => &mut self.list_size,
            "stream-node-max-entries" => &mut self.stream_entries,
            "stream-node-max-bytes" => &mut self.stream_bytes,
            "hll-sparse-max-bytes" => &mut self.hll_sparse,
            "proto-max-bulk-len" => &mut self.max_bulk,
            _ => return None,
        })
    }

    const NUMBERS: &[&str] = &[
        "hash-max-listpack-entries",
        "hash-max-listpack-value",
        "hash-max-ziplist-entries",
        "hash-max-ziplist-value",
        "hll-sparse-max-bytes",
        "list-max-listpack-size",
        "list-max-ziplist-size",
        "proto-max-bulk-len",
        "set-max-intset-entries",
        "set-max-listpack-entries",
        "set-max-listpack-value",
        "stream-node-max-bytes",
        "stream-node-max-entries",
        "zset-max-listpack-entries",
        "zset-max-listpack-value",
        "zset-max-ziplist-entries",
        "zset-max-ziplist-value",
    ];

    /// All settings with their values, sorted by name.
    pub fn all(&self) -> Vec<(String, String)> {
        let mut all = self.others.clone();
        let mut copy = self.clone();
        for name in Self::NUMBERS.iter().filter(|name| self.has_listpacks || !name.contains("listpack")) {
            if let Some(value) = copy.number(name) {
                all.insert((*name).to_owned(), value.to_string());
            }
        }
        all.into_iter().collect()
    }

    /// A setting's value.
    pub fn get(&self, name: &str) -> Option<String> {
        match self.clone().number(name) {
            Some(value) => Some(value.to_string()),
            None => self.others.get(name).cloned(),
        }
    }

    /// Sets a value.
    ///
    /// # Errors
    /// What the server says of a value that does not fit, or none for a name that is not known.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), Option<String>> {
        if let Some(number) = self.number(name) {
            *number = memory(value).ok_or_else(|| Some("argument couldn't be parsed into an integer".to_owned()))?;
            return Ok(());
        }
        match self.others.get_mut(name) {
            Some(old) => {
                let was_number = old.parse::<i64>().is_ok() && memory(value).is_some();
                *old = match memory(value) {
                    Some(number) if was_number => number.to_string(),
                    _ => value.to_owned(),
                };
                Ok(())
            }
            None => Err(None),
        }
    }
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
    digits.parse::<i64>().ok()?.checked_mul(unit)
}
