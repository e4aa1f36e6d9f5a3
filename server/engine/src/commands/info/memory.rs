//! The section `Memory`.

use std::fmt::Write as _;

use crate::{commands::memory::used, engine::Engine, size};

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

pub(super) fn memory(engine: &mut Engine, out: &mut String) {
    let (used, newer) = (used(engine), engine.since(7, 0));
    let (peak, data) = (engine.peak_memory, used - size::EMPTY);
    let max = u64::try_from(engine.config.max_memory).unwrap_or(0);
    lines!(out,
        "used_memory": used,
        "used_memory_human": human(used),
        "used_memory_rss": used,
        "used_memory_rss_human": human(used),
        "used_memory_peak": peak,
        "used_memory_peak_human": human(peak),
    );
    if engine.is_redis(8, 2) {
        lines!(out, "used_memory_peak_time": engine.peak_time);
    }
    lines!(out,
        "used_memory_peak_perc": format!("{:.2}%", used as f64 / peak.max(1) as f64 * 100.0),
        "used_memory_overhead": size::EMPTY,
        "used_memory_startup": size::EMPTY,
        "used_memory_dataset": data,
        "used_memory_dataset_perc": format!("{:.2}%", if data > 0 { 100.0 } else { 0.0 }),
        "allocator_allocated": used,
        "allocator_active": used,
        "allocator_resident": used,
    );
    if engine.is_redis(7, 4) || engine.is_valkey(8, 0) {
        lines!(out, "allocator_muzzy": 0);
    }
    lines!(out,
        "total_system_memory": 0,
        "total_system_memory_human": "0B",
        "used_memory_lua": 0,
    );
    if newer {
        lines!(out, "used_memory_vm_eval": 0);
    }
    lines!(out, "used_memory_lua_human": "0B");
    if newer {
        lines!(out, "used_memory_scripts_eval": 0);
    }
    lines!(out, "number_of_cached_scripts": engine.cached_scripts);
    if newer {
        let (libraries, functions) = engine.libraries;
        lines!(out,
            "number_of_functions": functions,
            "number_of_libraries": libraries,
            "used_memory_vm_functions": 0,
            "used_memory_vm_total": 0,
            "used_memory_vm_total_human": "0B",
            "used_memory_functions": 0,
        );
    }
    lines!(out,
        "used_memory_scripts": 0,
        "used_memory_scripts_human": "0B",
        "maxmemory": max,
        "maxmemory_human": human(max),
        "maxmemory_policy": engine.config.get("maxmemory-policy").unwrap_or_default(),
        "allocator_frag_ratio": "1.00",
        "allocator_frag_bytes": 0,
        "allocator_rss_ratio": "1.00",
        "allocator_rss_bytes": 0,
        "rss_overhead_ratio": "1.00",
        "rss_overhead_bytes": 0,
        "mem_fragmentation_ratio": "1.00",
        "mem_fragmentation_bytes": 0,
        "mem_not_counted_for_evict": 0,
        "mem_replication_backlog": 0,
    );
    if newer {
        lines!(out, "mem_total_replication_buffers": 0);
    }
    if engine.is_valkey(9, 1) {
        lines!(out, "mem_replicas_repl_buffer": 0);
    }
    if engine.is_redis(8, 0) {
        lines!(out, "mem_replica_full_sync_buffer": 0);
    }
    lines!(out, "mem_clients_slaves": 0, "mem_clients_normal": 0);
    if newer {
        lines!(out, "mem_cluster_links": 0);
    }
    if engine.is_valkey(9, 0) {
        lines!(out, "mem_cluster_slot_import": 0, "mem_cluster_slot_export": 0);
    }
    lines!(out, "mem_aof_buffer": 0, "mem_allocator": "redlua");
    if engine.is_redis(7, 4) || engine.is_valkey(8, 0) {
        lines!(out, "mem_overhead_db_hashtable_rehashing": 0);
    }
    lines!(out, "active_defrag_running": 0, "lazyfree_pending_objects": 0, "lazyfreed_objects": 0);
}
