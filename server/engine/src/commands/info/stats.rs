//! The sections of counters: `Stats`, `Commandstats`, `Errorstats`, `Latencystats`.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::{Calls, engine::Engine};

pub(super) fn stats(engine: &mut Engine, out: &mut String) {
    let (stats, clients, rates) = (&engine.stats, &engine.clients, &engine.rates);
    let newer = engine.since(7, 0);
    let later = engine.is_redis(7, 4) || engine.is_valkey(8, 0);
    let kilobytes = |rate: f64| format!("{:.2}", rate / 1024.0);
    lines!(out,
        "total_connections_received": clients.accepted - stats.base.accepted,
        "total_commands_processed": stats.processed,
        "instantaneous_ops_per_sec": rates.per_second(0).round(),
        "total_net_input_bytes": clients.received - stats.base.received,
        "total_net_output_bytes": clients.sent - stats.base.sent,
    );
    if newer {
        lines!(out, "total_net_repl_input_bytes": 0, "total_net_repl_output_bytes": 0);
    }
    if engine.is_valkey(9, 0) {
        lines!(out, "total_net_cluster_slot_import_bytes": 0, "total_net_cluster_slot_export_bytes": 0);
    }
    lines!(out,
        "instantaneous_input_kbps": kilobytes(rates.per_second(1)),
        "instantaneous_output_kbps": kilobytes(rates.per_second(2)),
    );
    if newer {
        lines!(out, "instantaneous_input_repl_kbps": "0.00", "instantaneous_output_repl_kbps": "0.00");
    }
    lines!(out,
        "rejected_connections": clients.rejected - stats.base.rejected,
        "sync_full": 0,
        "sync_partial_ok": 0,
        "sync_partial_err": 0,
        "expired_keys": stats.expired,
    );
    if engine.is_redis(7, 4) {
        lines!(out, "expired_subkeys": stats.expired_fields);
    }
    if engine.is_valkey(9, 0) {
        lines!(out, "expired_fields": stats.expired_fields, "expired_keys_with_volatile_items_stale_perc": "0.00");
    }
    lines!(out,
        "expired_stale_perc": "0.00",
        "expired_time_cap_reached_count": 0,
        "expire_cycle_cpu_milliseconds": 0,
        "evicted_keys": stats.evicted,
    );
    if newer {
        lines!(out,
            "evicted_clients": clients.evicted - stats.base.evicted,
            "total_eviction_exceeded_time": 0,
            "current_eviction_exceeded_time": 0,
        );
    }
    if later {
        lines!(out, "evicted_scripts": stats.evicted_scripts);
    }
    lines!(out,
        "keyspace_hits": stats.hits,
        "keyspace_misses": stats.misses,
        "pubsub_channels": engine.subscribers.channels.len(),
        "pubsub_patterns": engine.subscribers.patterns.len(),
    );
    if newer {
        lines!(out, "pubsubshard_channels": engine.subscribers.shard_channels.len());
    }
    lines!(out,
        "latest_fork_usec": 0,
        "total_forks": 0,
        "migrate_cached_sockets": 0,
        "slave_expires_tracked_keys": 0,
        "active_defrag_hits": 0,
        "active_defrag_misses": 0,
        "active_defrag_key_hits": 0,
        "active_defrag_key_misses": 0,
    );
    if newer {
        lines!(out, "total_active_defrag_time": 0, "current_active_defrag_time": 0);
    }
    lines!(out,
        "tracking_total_keys": clients.tracked_keys,
        "tracking_total_items": clients.tracked_items,
        "tracking_total_prefixes": clients.tracked_prefixes,
        "unexpected_error_replies": 0,
        "total_error_replies": stats.errors.values().sum::<u64>(),
        "dump_payload_sanitizations": 0,
        "total_reads_processed": clients.reads - stats.base.reads,
        "total_writes_processed": clients.writes - stats.base.writes,
        "io_threaded_reads_processed": 0,
        "io_threaded_writes_processed": 0,
    );
    if engine.is_valkey(8, 0) {
        lines!(out, "io_threaded_freed_objects": 0, "io_threaded_poll_processed": 0);
    }
    if engine.is_valkey(8, 1) {
        lines!(out, "io_threaded_accept_processed": 0);
    }
    if engine.is_redis(8, 0) || engine.is_valkey(8, 0) {
        lines!(out, "io_threaded_total_prefetch_batches": 0, "io_threaded_total_prefetch_entries": 0);
    }
    if later {
        lines!(out,
            "client_query_buffer_limit_disconnections": clients.query_disconnections,
            "client_output_buffer_limit_disconnections": clients.output_disconnections,
        );
    }
    if newer {
        lines!(out, "reply_buffer_shrinks": 0, "reply_buffer_expands": 0);
    }
    if engine.since(7, 2) {
        lines!(out,
            "eventloop_cycles": clients.reads,
            "eventloop_duration_sum": 0,
            "eventloop_duration_cmd_sum": stats.calls.iter().map(|(_, calls)| calls.micros).sum::<u64>(),
            "instantaneous_eventloop_cycles_per_sec": 0,
            "instantaneous_eventloop_duration_usec": 0,
            "acl_access_denied_auth": stats.denied.auth,
            "acl_access_denied_cmd": stats.denied.command,
            "acl_access_denied_key": stats.denied.key,
            "acl_access_denied_channel": stats.denied.channel,
        );
    }
    if engine.is_valkey(9, 0) {
        lines!(out, "acl_access_denied_tls_cert": 0);
    }
    if engine.is_valkey(9, 1) {
        lines!(out, "acl_access_denied_db": stats.denied.database);
    }
}

pub(super) fn commands(engine: &mut Engine, out: &mut String) {
    let mut all: BTreeMap<String, Calls> = BTreeMap::new();
    for (name, calls) in engine.stats.calls.iter() {
        // Before 7.0 a container was counted as one command.
        let name = if engine.since(7, 0) { name } else { name.split(' ').next().unwrap_or(name) };
        let sum = all.entry(name.to_ascii_lowercase().replace(' ', "|")).or_default();
        sum.count += calls.count;
        sum.micros += calls.micros;
        sum.rejected += calls.rejected;
        sum.failed += calls.failed;
    }
    for (name, calls) in all {
        let each = calls.micros as f64 / calls.count.max(1) as f64;
        let _ = write!(
            out,
            "cmdstat_{name}:calls={},usec={},usec_per_call={each:.2},rejected_calls={},failed_calls={}\r\n",
            calls.count, calls.micros, calls.rejected, calls.failed
        );
    }
}

pub(super) fn errors(engine: &mut Engine, out: &mut String) {
    for (code, count) in &engine.stats.errors {
        // What would end the name is not told as it is.
        let code = code.replace(['#', ':', '\n', '\r'], "_");
        let _ = write!(out, "errorstat_{code}:count={count}\r\n");
    }
}

pub(super) fn latencies(engine: &mut Engine, out: &mut String) {
    let percentiles = engine.config.get("latency-tracking-info-percentiles").unwrap_or_default();
    let percentiles: Vec<&str> = percentiles.split_ascii_whitespace().collect();
    let mut all: Vec<_> = engine.stats.calls.iter().filter(|(_, calls)| !calls.latency.is_empty()).collect();
    all.sort_by_key(|(name, _)| *name);
    for (name, calls) in all {
        let name = name.to_ascii_lowercase().replace(' ', "|");
        let values: Vec<String> = percentiles
            .iter()
            .filter_map(|percent| {
                let nanos = calls.latency.percentile(percent.parse().ok()?);
                Some(format!("p{percent}={:.3}", nanos as f64 / 1000.0))
            })
            .collect();
        let _ = write!(out, "latency_percentiles_usec_{name}:{}\r\n", values.join(","));
    }
}

#[cfg(test)]
mod tests {
    use commands::Target;

    use crate::Engine;

    /// `expired_keys` and the count of expired fields after calls on an empty server.
    fn expired(target: Target, calls: &[&str]) -> (u64, u64) {
        let mut engine = Engine::new(target);
        for call in calls {
            let words: Vec<Vec<u8>> = call.split(' ').map(|word| word.as_bytes().to_vec()).collect();
            engine.call(&words, &mut 0, false);
        }
        (engine.stats.expired, engine.stats.expired_fields)
    }

    #[test]
    fn expiries_in_the_past_count_as_on_the_servers() {
        // Seen on all ten servers.
        for (target, keys) in [
            (Target::redis(7, 0), 0),
            (Target::redis(8, 2), 0),
            (Target::valkey(8, 0), 0),
            (Target::valkey(8, 1), 1),
            (Target::valkey(9, 1), 1),
        ] {
            for call in ["EXPIRE x -1", "PEXPIREAT x 1", "GETEX x PXAT 1"] {
                assert_eq!(expired(target, &["SET x 1", call]), (keys, 0), "{target}: {call}");
            }
        }
        let hash = "HSET h a 1 b 2";
        for (target, new_fields) in [(Target::redis(8, 2), 2), (Target::valkey(9, 0), 1), (Target::valkey(9, 1), 2)] {
            assert_eq!(expired(target, &[hash, "HEXPIRE h 0 FIELDS 1 a"]), (0, 1), "{target}");
            assert_eq!(expired(target, &[hash, "HGETEX h PXAT 1 FIELDS 1 a"]), (0, 1), "{target}");
            assert_eq!(expired(target, &[hash, "HSETEX h PXAT 1 FIELDS 2 a 1 c 2"]), (0, new_fields), "{target}");
        }
    }
}
