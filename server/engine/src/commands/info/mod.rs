//! `INFO`.

use std::{collections::BTreeMap, fmt::Write as _};

use commands::{Family, Target};
use protocol::Reply;

use crate::{
    call::{Answer, Call},
    engine::Engine,
    release,
    value::Value,
};

/// Adds lines of a name and a value.
macro_rules! lines {
    ($out:expr, $($name:literal: $value:expr),* $(,)?) => {
        $(let _ = write!($out, concat!($name, ":{}\r\n"), $value);)*
    };
}

mod memory;
mod stats;

type Section = (&'static str, fn(&mut Engine, &mut String));

/// The sections in their order.
const SECTIONS: &[Section] = &[
    ("Server", server),
    ("TLS", tls),
    ("Clients", clients),
    ("Memory", memory::memory),
    ("Persistence", persistence),
    ("Threads", threads),
    ("Stats", stats::stats),
    ("Replication", replication),
    ("CPU", cpu),
    ("Modules", modules),
    ("Commandstats", stats::commands),
    ("Errorstats", stats::errors),
    ("Latencystats", stats::latencies),
    ("Cluster", |_, out| out.push_str("cluster_enabled:0\r\n")),
    // Empty outside of clusters.
    ("Cluster Info", |_, _| {}),
    ("Scripting Engines", scripting_engines),
    ("Keyspace", keyspace),
    ("Keysizes", keysizes),
];

/// True if a server has a section.
fn has(target: Target, section: &str) -> bool {
    match section {
        "Latencystats" => target.since(7, 0),
        "Threads" | "Keysizes" => target.redis_since(8, 0),
        "TLS" | "Cluster Info" | "Scripting Engines" => target.valkey_since(9, 1),
        _ => true,
    }
}

/// Sections that are shown only on request.
const ASKED: &[&str] = &["Commandstats", "Latencystats", "TLS", "Cluster Info", "Scripting Engines"];

/// INFO [section [section ...]]
pub(crate) fn info(call: &mut Call<'_>) -> Answer {
    // Before 7.0 there was one section a call.
    if !call.since(7, 0) && call.count() > 2 {
        return call.syntax();
    }
    let asked = call.rest(1);
    let is = |word: &Vec<u8>, name: &str| word.eq_ignore_ascii_case(name.as_bytes());
    let defaults = asked.is_empty() || asked.iter().any(|word| is(word, "default"));
    let all = asked.iter().any(|word| is(word, "all") || is(word, "everything"));
    let target = call.engine.target;
    let mut out = String::new();
    for (name, write) in SECTIONS.iter().filter(|(name, _)| has(target, name)) {
        let word = match *name {
            "Scripting Engines" => "scriptingengines".to_owned(),
            "Cluster Info" => "cluster_info".to_owned(),
            name => name.to_ascii_lowercase(),
        };
        let told = all || (defaults && !ASKED.contains(name)) || asked.iter().any(|asked| is(asked, &word));
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

fn server(engine: &mut Engine, out: &mut String) {
    let target = engine.target;
    let uptime = (engine.micros() - engine.started).max(0) / 1_000_000;
    let valkey = target.family == Family::Valkey;
    let (hz, port) = (engine.config.get("hz").unwrap_or_default(), engine.config.get("port").unwrap_or_default());
    lines!(out, "redis_version": release::redis(target));
    if valkey && engine.is_valkey(8, 0) {
        lines!(out, "server_name": "valkey", "valkey_version": release::text(target));
        if engine.is_valkey(8, 1) {
            lines!(out, "valkey_release_stage": "ga");
        }
    }
    lines!(out,
        "redis_git_sha1": "00000000",
        "redis_git_dirty": 0,
        "redis_build_id": "0000000000000000",
    );
    if engine.is_valkey(8, 0) {
        lines!(out, "server_mode": "standalone");
    } else {
        lines!(out, "redis_mode": "standalone");
    }
    lines!(out,
        "os": format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        "arch_bits": usize::BITS,
        "monotonic_clock": "POSIX clock_gettime",
        "multiplexing_api": "none",
    );
    if !engine.is_valkey(8, 0) {
        lines!(out, "atomicvar_api": "none");
    }
    lines!(out,
        "gcc_version": "0.0.0",
        "process_id": std::process::id(),
        "process_supervised": "no",
        "run_id": release::RUN_ID,
        "tcp_port": port,
        "server_time_usec": engine.micros(),
        "uptime_in_seconds": uptime,
        "uptime_in_days": uptime / 86_400,
        "hz": hz,
        "configured_hz": hz,
    );
    if engine.is_valkey(8, 1) {
        lines!(out, "clients_hz": hz);
    }
    lines!(out, "lru_clock": (engine.now() / 1000) & 0x00FF_FFFF, "executable": "redlua", "config_file": "");
    if engine.is_valkey(8, 0) {
        lines!(out, "availability_zone": engine.config.get("availability-zone").unwrap_or_default());
    }
    lines!(out, "io_threads_active": 0);
    if engine.since(7, 2) {
        lines!(out, "listener0": format!("name=tcp,bind={},port={port}", engine.config.get("bind").unwrap_or_default()));
    }
}

fn tls(_: &mut Engine, out: &mut String) {
    for of in ["server", "client", "ca"] {
        let _ = write!(out, "tls_{of}_cert_serial:none\r\ntls_{of}_cert_expires_in_seconds:0\r\n");
    }
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
    if engine.is_redis(7, 4) || engine.is_valkey(8, 0) {
        lines!(out, "pubsub_clients": clients.subscribed, "watching_clients": clients.watching);
    }
    lines!(out, "clients_in_timeout_table": clients.with_timeout);
    if engine.is_redis(7, 4) || engine.is_valkey(8, 0) {
        lines!(out, "total_watched_keys": clients.watched_keys);
    }
    if engine.since(7, 2) {
        lines!(out,
            "total_blocking_keys": clients.blocking_keys,
            "total_blocking_keys_on_nokey": clients.blocking_keys_on_nokey,
        );
    }
    if engine.is_valkey(8, 1) {
        lines!(out,
            "paused_reason": if clients.paused_millis > 0 { "client_pause" } else { "none" },
            "paused_actions": clients.paused,
            "paused_timeout_milliseconds": clients.paused_millis,
        );
    }
}

fn persistence(engine: &mut Engine, out: &mut String) {
    let newer = engine.since(7, 0);
    lines!(out, "loading": 0);
    if newer {
        lines!(out, "async_loading": 0, "current_cow_peak": 0);
    }
    lines!(out,
        "current_cow_size": 0,
        "current_cow_size_age": 0,
        "current_fork_perc": "0.00",
        "current_save_keys_processed": 0,
        "current_save_keys_total": 0,
        "rdb_changes_since_last_save": engine.dirty,
        "rdb_bgsave_in_progress": 0,
        "rdb_last_save_time": engine.saved,
        "rdb_last_bgsave_status": "ok",
        "rdb_last_bgsave_time_sec": -1,
        "rdb_current_bgsave_time_sec": -1,
    );
    if newer {
        lines!(out, "rdb_saves": 0);
    }
    lines!(out, "rdb_last_cow_size": 0);
    if newer {
        lines!(out, "rdb_last_load_keys_expired": 0, "rdb_last_load_keys_loaded": 0);
    }
    lines!(out,
        "aof_enabled": u8::from(engine.config.get("appendonly").is_some_and(|value| value == "yes")),
        "aof_rewrite_in_progress": 0,
        "aof_rewrite_scheduled": 0,
        "aof_last_rewrite_time_sec": -1,
        "aof_current_rewrite_time_sec": -1,
        "aof_last_bgrewrite_status": "ok",
    );
    if newer {
        lines!(out, "aof_rewrites": 0, "aof_rewrites_consecutive_failures": 0);
    }
    lines!(out,
        "aof_last_write_status": "ok",
        "aof_last_cow_size": 0,
        "module_fork_in_progress": 0,
        "module_fork_last_cow_size": 0,
    );
    if engine.is_valkey(9, 0) {
        lines!(out, "slot_migration_fork_in_progress": 0);
    }
}

fn threads(engine: &mut Engine, out: &mut String) {
    let clients = &engine.clients;
    lines!(out,
        "io_thread_0": format!("clients={},reads={},writes={}", clients.connected.max(1), clients.reads, clients.writes),
    );
}

fn replication(engine: &mut Engine, out: &mut String) {
    lines!(out, "role": "master", "connected_slaves": 0);
    if engine.is_valkey(8, 0) {
        lines!(out, "replicas_waiting_psync": 0);
    }
    lines!(out,
        "master_failover_state": "no-failover",
        "master_replid": release::RUN_ID,
        "master_replid2": "0".repeat(40),
        "master_repl_offset": 0,
        "second_repl_offset": -1,
        "repl_backlog_active": 0,
        "repl_backlog_size": engine.config.get("repl-backlog-size").unwrap_or_default(),
        "repl_backlog_first_byte_offset": 0,
        "repl_backlog_histlen": 0,
    );
}

fn cpu(engine: &mut Engine, out: &mut String) {
    lines!(out,
        "used_cpu_sys": "0.000000",
        "used_cpu_user": "0.000000",
        "used_cpu_sys_children": "0.000000",
        "used_cpu_user_children": "0.000000",
        "used_cpu_sys_main_thread": "0.000000",
        "used_cpu_user_main_thread": "0.000000",
    );
    if engine.is_valkey(9, 1) {
        lines!(out, "used_active_time_main_thread": format!("{:.6}", engine.active.as_secs_f64()));
    }
}

fn modules(engine: &mut Engine, out: &mut String) {
    if engine.is_redis(8, 0) {
        out.push_str(
            "module:name=vectorset,ver=1,api=1,filters=0,usedby=[],using=[],\
             options=[handle-io-errors|handle-repl-async-load]\r\n",
        );
    } else if engine.is_valkey(9, 1) {
        out.push_str(
            "module:name=lua,ver=1,api=1,filters=0,usedby=[],using=[],\
             options=[handle-repl-async-load|handle-atomic-slot-migration]\r\n",
        );
    }
}

fn scripting_engines(_: &mut Engine, out: &mut String) {
    lines!(out,
        "engines_count": 1,
        "engines_total_used_memory": 0,
        "engines_total_memory_overhead": 0,
        "engine_0": "name=LUA,module=lua,abi_version=4,used_memory=0,memory_overhead=0",
    );
}

/// Number of keys by size, in powers of two.
fn keysizes(engine: &mut Engine, out: &mut String) {
    for db in 0..engine.keyspace.databases() {
        let mut counts: BTreeMap<(&str, u32), u64> = BTreeMap::new();
        for (_, entry) in engine.keyspace.keys(db) {
            let (name, size) = match &*entry.value {
                Value::Text(text) => ("strings_sizes", text.len()),
                Value::List(list) => ("lists_items", list.len()),
                Value::Set(set) => ("sets_items", set.len()),
                Value::Zset(zset) => ("zsets_items", zset.len()),
                Value::Hash(hash) => ("hashes_items", hash.len()),
                _ => continue,
            };
            *counts.entry((name, size.checked_ilog2().map_or(0, |power| power + 1))).or_default() += 1;
        }
        for kind in ["strings_sizes", "lists_items", "sets_items", "zsets_items", "hashes_items"] {
            let bins: Vec<String> = counts
                .iter()
                .filter(|((name, _), _)| *name == kind)
                .map(|((_, power), count)| format!("{}={count}", size_name(*power)))
                .collect();
            if !bins.is_empty() {
                let _ = write!(out, "db{db}_distrib_{kind}:{}\r\n", bins.join(","));
            }
        }
    }
}

/// The least size of a bin, with a unit: `0`, `1`, `512`, `1K`.
fn size_name(power: u32) -> String {
    match power {
        0 => "0".to_owned(),
        power => {
            let (exponent, units) = ((power - 1) % 10, ["", "K", "M", "G", "T", "P", "E"]);
            format!("{}{}", 1u64 << exponent, units[(power as usize - 1) / 10])
        }
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
