//! The settings that matter to connections, read when they change: to read one goes through all of them.

use commands::Target;
use engine::config::Config;

/// Limit on the bytes that wait to be written to a client: at once, and over a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct OutputLimit {
    /// Bytes at which the client is dropped; 0 for none.
    pub(crate) hard: usize,
    /// Bytes at which it is dropped after a while; 0 for none.
    pub(crate) soft: usize,
    /// Seconds beyond `soft` after which it is dropped.
    pub(crate) seconds: u64,
}

/// The settings.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Maximum number of clients.
    pub(crate) max_clients: usize,
    /// Bytes that all clients together may take before the largest are dropped (`maxmemory-clients`); 0 for no limit.
    pub(crate) client_memory: usize,
    /// Seconds after which an idle client is dropped; 0 for never.
    pub(crate) timeout: u64,
    /// Milliseconds after which a script counts as long.
    pub(crate) busy: i64,
    /// Most bytes that a client may send before a command is whole.
    pub(crate) query_limit: usize,
    /// Maximum number of keys tracked for clients that cache them (`tracking-table-max-keys`); 0 for no limit.
    pub(crate) tracked_keys: usize,
    /// True if keys are copied from another server: nothing is expired or evicted here (`import-mode`, Valkey 8.1).
    pub(crate) import_mode: bool,
    /// Zone in the reply of `HELLO`; empty for none.
    pub(crate) availability_zone: String,
    /// Output limit of ordinary clients.
    pub(crate) normal: OutputLimit,
    /// Output limit of subscribers.
    pub(crate) pubsub: OutputLimit,
}

impl Settings {
    pub(crate) fn read(config: &Config, target: Target) -> Self {
        let all = config.all();
        let text = |name: &str| all.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
        let number = |name: &str, default: i64| text(name).parse().unwrap_or(default);
        let threshold = if target == Target::redis(6, 2) { "lua-time-limit" } else { "busy-reply-threshold" };
        let mut normal = OutputLimit { hard: 0, soft: 0, seconds: 0 };
        let mut pubsub = OutputLimit { hard: 32 << 20, soft: 8 << 20, seconds: 60 };
        let limits: Vec<&str> = text("client-output-buffer-limit").split_ascii_whitespace().collect();
        for four in limits.chunks_exact(4) {
            let number = |at: usize| four[at].parse().unwrap_or(0usize);
            let limit = OutputLimit { hard: number(1), soft: number(2), seconds: number(3) as u64 };
            match four[0] {
                "normal" => normal = limit,
                "pubsub" => pubsub = limit,
                _ => {}
            }
        }
        Self {
            max_clients: usize::try_from(number("maxclients", 10_000)).unwrap_or(10_000),
            client_memory: client_memory(text("maxmemory-clients"), config.max_memory),
            timeout: number("timeout", 0).unsigned_abs(),
            busy: number(threshold, 5000),
            query_limit: usize::try_from(number("client-query-buffer-limit", 1 << 30)).unwrap_or(1 << 30),
            tracked_keys: usize::try_from(number("tracking-table-max-keys", 1_000_000)).unwrap_or(0),
            import_mode: text("import-mode") == "yes",
            availability_zone: text("availability-zone").to_owned(),
            normal,
            pubsub,
        }
    }
}

/// Parses a number of bytes, or a percentage of `maxmemory`.
fn client_memory(value: &str, max_memory: i64) -> usize {
    let bytes = match value.strip_suffix('%') {
        Some(percent) => percent.parse::<i64>().map_or(0, |percent| max_memory.saturating_mul(percent) / 100),
        None => value.parse().unwrap_or(0),
    };
    usize::try_from(bytes).unwrap_or(0)
}
