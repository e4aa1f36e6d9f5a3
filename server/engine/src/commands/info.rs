//! `INFO`.

use std::fmt::Write as _;

use commands::{Family, Target};
use protocol::Reply;

use crate::{
    call::{Answer, Call},
    engine::Engine,
    release,
    value::Value,
};

type Section = (&'static str, fn(&mut Engine, &mut String));

/// The sections in their order.
const SECTIONS: &[Section] = &[
    ("Server", server),
    ("Clients", clients),
    ("Memory", memory),
    ("Persistence", persistence),
    ("Stats", stats),
    ("Replication", replication),
    ("CPU", cpu),
    ("Modules", |_, _| {}),
    ("Commandstats", command_stats),
    ("Errorstats", error_stats),
    ("Latencystats", |_, _| {}),
    ("Cluster", |_, out| out.push_str("cluster_enabled:0\r\n")),
    ("Keyspace", keyspace),
];

/// Sections that are told only when they are asked for.
const ASKED: &[&str] = &["Commandstats", "Latencystats"];

pub(crate) fn info(call: &mut Call<'_>) -> Answer {
    // Before 7.0 there was one section a call.
    if !call.since(7, 0) && call.count() > 2 {
        return call.syntax();
    }
    let asked = call.rest(1);
    let is = |word: &Vec<u8>, name: &str| word.eq_ignore_ascii_case(name.as_bytes());
    let defaults = asked.is_empty() || asked.iter().any(|word| is(word, "default"));
    let all = asked.iter().any(|word| is(word, "all") || is(word, "everything"));
    let mut out = String::new();
    let newer = call.since(7, 0);
    for (name, write) in SECTIONS.iter().filter(|(name, _)| *name != "Latencystats" || newer) {
        let told = all || (defaults && !ASKED.contains(name)) || asked.iter().any(|word| is(word, name));
        if told {
            if !out.is_empty() {
                out.push_str("\r\n");
            }
            let _ = write!(out, "# {name}\r\n");
            write(call.engine, &mut out);
        }
    }
    Ok(Reply::Verbatim { format: *b"txt", text: out.into_bytes() })
}

/// Adds lines of a name and a value.
macro_rules! lines {
    ($out:expr, $($name:literal: $value:expr),* $(,)?) => {
        $(let _ = write!($out, concat!($name, ":{}\r\n"), $value);)*
    };
}

fn server(engine: &mut Engine, out: &mut String) {
    let target = engine.target;
    let uptime = (engine.micros() - engine.started).max(0) / 1_000_000;
    let valkey = target.family == Family::Valkey;
    lines!(out, "redis_version": release::redis(target));
    if valkey {
        lines!(out, "server_name": "valkey", "valkey_version": release::text(target));
        if target >= Target::valkey(8, 1) {
            lines!(out, "valkey_release_stage": "ga");
        }
    }
    lines!(out,
        "redis_git_sha1": "00000000",
        "redis_git_dirty": 0,
        "redis_build_id": "0000000000000000",
    );
    if valkey && target >= Target::valkey(8, 0) {
        lines!(out, "server_mode": "standalone");
    } else {
        lines!(out, "redis_mode": "standalone");
    }
    lines!(out,
        "os": std::env::consts::OS,
        "arch_bits": usize::BITS,
        "multiplexing_api": "none",
        "process_id": std::process::id(),
        "run_id": release::RUN_ID,
        "tcp_port": engine.config.get("port").unwrap_or_default(),
        "server_time_usec": engine.micros(),
        "uptime_in_seconds": uptime,
        "uptime_in_days": uptime / 86_400,
        "hz": engine.config.get("hz").unwrap_or_default(),
        "configured_hz": engine.config.get("hz").unwrap_or_default(),
        "lru_clock": (engine.now() / 1000) & 0x00FF_FFFF,
        "executable": "redlua",
        "config_file": "",
    );
}

fn clients(engine: &mut Engine, out: &mut String) {
    let clients = &engine.clients;
    // Whoever asks without a network is a client all the same.
    lines!(out,
        "connected_clients": clients.connected.max(1),
        "cluster_connections": 0,
        "maxclients": engine.config.get("maxclients").unwrap_or_default(),
        "client_recent_max_input_buffer": 0,
        "client_recent_max_output_buffer": 0,
        "blocked_clients": clients.blocked,
        "tracking_clients": clients.tracking,
    );
    if engine.since(7, 4) {
        lines!(out, "pubsub_clients": clients.subscribed, "watching_clients": clients.watching);
    }
    lines!(out, "clients_in_timeout_table": 0);
    if engine.since(7, 2) {
        lines!(out, "total_blocking_keys": 0, "total_blocking_keys_on_nokey": 0);
    }
}

/// A number of bytes for people.
fn human(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["K", "M", "G", "T", "P"];
    if bytes < 1024 {
        return format!("{bytes}B");
    }
    let (mut value, mut unit) = (bytes as f64 / 1024.0, 0);
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.2}{}", UNITS[unit])
}

fn memory(engine: &mut Engine, out: &mut String) {
    let used = super::memory::used(engine);
    let max = u64::try_from(engine.config.max_memory).unwrap_or(0);
    lines!(out,
        "used_memory": used,
        "used_memory_human": human(used),
        "used_memory_rss": used,
        "used_memory_rss_human": human(used),
        "used_memory_peak": engine.peak_memory,
        "used_memory_peak_human": human(engine.peak_memory),
        "used_memory_lua": 0,
        "used_memory_scripts": 0,
        "number_of_cached_scripts": engine.cached_scripts,
        "maxmemory": max,
        "maxmemory_human": human(max),
        "maxmemory_policy": engine.config.get("maxmemory-policy").unwrap_or_default(),
        "mem_fragmentation_ratio": "1.00",
        "mem_allocator": "redlua",
        "active_defrag_running": 0,
        "lazyfree_pending_objects": 0,
        "lazyfreed_objects": 0,
    );
}

fn persistence(engine: &mut Engine, out: &mut String) {
    lines!(out, "loading": 0);
    if engine.since(7, 0) {
        lines!(out, "async_loading": 0);
    }
    lines!(out,
        "rdb_changes_since_last_save": engine.dirty,
        "rdb_bgsave_in_progress": 0,
        "rdb_last_save_time": engine.saved,
        "rdb_last_bgsave_status": "ok",
        "rdb_last_bgsave_time_sec": -1,
        "rdb_current_bgsave_time_sec": -1,
        "aof_enabled": u8::from(engine.config.get("appendonly").is_some_and(|value| value == "yes")),
        "aof_rewrite_in_progress": 0,
        "aof_rewrite_scheduled": 0,
        "aof_last_bgrewrite_status": "ok",
        "aof_last_write_status": "ok",
    );
}

fn stats(engine: &mut Engine, out: &mut String) {
    let (stats, clients) = (&engine.stats, &engine.clients);
    lines!(out,
        "total_connections_received": clients.accepted,
        "total_commands_processed": stats.processed,
        "instantaneous_ops_per_sec": 0,
        "rejected_connections": clients.rejected,
        "sync_full": 0,
        "sync_partial_ok": 0,
        "sync_partial_err": 0,
        "expired_keys": stats.expired,
        "expired_stale_perc": "0.00",
        "expired_time_cap_reached_count": 0,
        "evicted_keys": stats.evicted,
        "keyspace_hits": stats.hits,
        "keyspace_misses": stats.misses,
        "pubsub_channels": engine.subscribers.channels.len(),
        "pubsub_patterns": engine.subscribers.patterns.len(),
    );
    if engine.since(7, 0) {
        lines!(out, "pubsubshard_channels": engine.subscribers.shard_channels.len());
    }
    lines!(out,
        "latest_fork_usec": 0,
        "total_forks": 0,
        "tracking_total_keys": 0,
        "tracking_total_items": 0,
        "tracking_total_prefixes": 0,
        "unexpected_error_replies": 0,
        "total_error_replies": stats.errors.values().sum::<u64>(),
    );
}

fn replication(_: &mut Engine, out: &mut String) {
    lines!(out,
        "role": "master",
        "connected_slaves": 0,
        "master_failover_state": "no-failover",
        "master_replid": release::RUN_ID,
        "master_replid2": "0".repeat(40),
        "master_repl_offset": 0,
        "second_repl_offset": -1,
        "repl_backlog_active": 0,
        "repl_backlog_size": 1_048_576,
        "repl_backlog_first_byte_offset": 0,
        "repl_backlog_histlen": 0,
    );
}

fn cpu(_: &mut Engine, out: &mut String) {
    lines!(out,
        "used_cpu_sys": "0.000000",
        "used_cpu_user": "0.000000",
        "used_cpu_sys_children": "0.000000",
        "used_cpu_user_children": "0.000000",
    );
}

fn command_stats(engine: &mut Engine, out: &mut String) {
    let mut all: Vec<_> = engine.stats.calls.iter().collect();
    all.sort_by_key(|(name, _)| *name);
    for (name, calls) in all {
        let name = name.to_ascii_lowercase().replace(' ', "|");
        let each = calls.micros as f64 / calls.count.max(1) as f64;
        let _ = write!(
            out,
            "cmdstat_{name}:calls={},usec={},usec_per_call={each:.2},rejected_calls={},failed_calls={}\r\n",
            calls.count, calls.micros, calls.rejected, calls.failed
        );
    }
}

fn error_stats(engine: &mut Engine, out: &mut String) {
    for (code, count) in &engine.stats.errors {
        // What would end the name is not told as it is.
        let code = code.replace(['#', ':', '\n', '\r'], "_");
        let _ = write!(out, "errorstat_{code}:count={count}\r\n");
    }
}

fn keyspace(engine: &mut Engine, out: &mut String) {
    for db in 0..engine.keyspace.databases() {
        let (keys, expires) = (engine.keyspace.len(db), engine.keyspace.expiring(db));
        if keys == 0 {
            continue;
        }
        let left: i64 = match expires {
            0 => 0,
            _ => engine.keyspace.keys(db).filter_map(|(_, entry)| entry.expires).map(|at| at - engine.now()).sum(),
        };
        let average = left.max(0) / expires.max(1) as i64;
        let _ = write!(out, "db{db}:keys={keys},expires={expires},avg_ttl={average}");
        // Hashes with fields that expire are counted where the servers have such.
        let name = match (engine.target.family, engine.target) {
            (Family::Redis, target) if target >= Target::redis(7, 4) => ",subexpiry=",
            (Family::Valkey, target) if target >= Target::valkey(9, 0) => ",keys_with_volatile_items=",
            _ => "",
        };
        if !name.is_empty() {
            let is = |value: &Value| matches!(value, Value::Hash(hash) if hash.next_expiry().is_some());
            let count = engine.keyspace.keys(db).filter(|(_, entry)| is(&entry.value)).count();
            let _ = write!(out, "{name}{count}");
        }
        out.push_str("\r\n");
    }
}
