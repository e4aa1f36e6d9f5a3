//! Replies in which the server tells of itself: INFO, CLIENT INFO, LATENCY, HELP.

use crate::port::{Client, Server};

/// INFO counts calls that a script may not make as rejected since 7.0.
#[test]
fn calls_that_scripts_may_not_make_are_counted() {
    for (target, rejected) in [("redis 7.0", "1"), ("redis 6.2", "0")] {
        let server = Server::start(&["--target", target]);
        let mut one = server.client();
        assert!(one.ask("EVAL return(redis.call('SUBSCRIBE','a')) 0").starts_with('-'));
        let stats = one.ask("INFO commandstats");
        let line = stats.lines().find(|line| line.starts_with("cmdstat_subscribe:")).unwrap_or_default();
        let counted = line.contains(&format!("rejected_calls={rejected}"));
        assert!(counted || (rejected == "0" && line.is_empty()), "{target}: {stats}");
    }
}

#[test]
fn info_tells_of_the_port_and_of_traffic() {
    let server = Server::start(&["--target", "valkey 8.1"]);
    let (mut one, mut two) = (server.client(), server.client());
    let port = server.address.rsplit(':').next().unwrap_or_default().to_owned();
    assert!(one.ask("INFO server").contains(&format!("\r\ntcp_port:{port}\r\n")));
    assert_eq!(one.ask("CONFIG GET port"), format!("[port {port}]"));
    two.send("BLPOP nothing 0");
    two.raw(b"");
    let field = |client: &mut Client, name: &str| -> i64 {
        let text = client.ask("INFO everything");
        let value = text.split("\r\n").find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        value.and_then(|value| value.parse().ok()).unwrap_or(-1)
    };
    one.wait_for_blocked(1);
    assert_eq!(field(&mut one, "total_blocking_keys"), 1);
    assert_eq!(field(&mut one, "connected_clients"), 2);
    assert_eq!(one.ask("CONFIG RESETSTAT"), "OK");
    assert_eq!(one.ask("SET a REP"), "OK");
    assert!((1..200).contains(&field(&mut one, "total_net_input_bytes")));
    assert_eq!(field(&mut one, "total_connections_received"), 0);
    let rates = one.ask("INFO latencystats");
    assert!(rates.contains("\r\nlatency_percentiles_usec_set:p50="), "{rates}");
}

/// Clients find forms in these lists by their first line.
#[test]
fn help_lists_the_forms_of_subcommands() {
    let server = Server::start(&["--target", "valkey 9.1"]);
    let mut one = server.client();
    let containers = "ACL CLIENT CLUSTER COMMAND COMMANDLOG CONFIG DEBUG FUNCTION LATENCY MEMORY OBJECT PUBSUB SCRIPT SLOWLOG XGROUP XINFO";
    for container in containers.split(' ') {
        let told = one.ask(&format!("{container} HELP"));
        let begin = format!("[{container} <subcommand> [<arg> [value] [opt] ...]. Subcommands are: ");
        assert!(told.starts_with(&begin) && told.contains(" HELP "), "{told}");
    }
    assert!(one.ask("FUNCTION HELP").contains(" LOAD [REPLACE] <FUNCTION CODE> "));
    assert!(one.ask("SCRIPT HELP").contains(" SHOW <sha1> "));
}

/// CLIENT INFO counts what is queued, and what EXEC runs. Valkey 8.1 counts zero instead of -1 after the first MULTI or WATCH.
#[test]
fn client_info_counts_commands_of_transactions() {
    for (target, after) in [("redis 6.2", "-1"), ("redis 8.6", "-1"), ("valkey 8.0", "-1"), ("valkey 8.1", "0")] {
        let server = Server::start(&["--target", target]);
        let field = |told: &str, name: &str| {
            let value = told.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
            value.unwrap_or_default().to_owned()
        };
        let multi = |client: &mut Client| field(&client.ask("CLIENT INFO"), "multi");
        for first in ["MULTI|DISCARD", "MULTI|EXEC", "MULTI|RESET", "WATCH k|UNWATCH"] {
            let mut one = server.client();
            assert_eq!(multi(&mut one), "-1", "{target}");
            first.split('|').for_each(|call| drop(one.ask(call)));
            assert_eq!(multi(&mut one), after, "{target}: {first}");
        }
        let (mut one, mut two) = (server.client(), server.client());
        for call in ["MULTI", "CLIENT INFO", "PING"] {
            one.ask(call);
        }
        assert!(two.ask("CLIENT LIST").contains(" multi=2 "), "{target}");
        let told = one.ask("EXEC");
        assert_eq!((field(&told, "multi"), field(&told, "flags")), ("2".to_owned(), "x".to_owned()), "{target}");
        assert_eq!(multi(&mut one), after, "{target}");
    }
}

/// LATENCY DOCTOR tells of spikes, also after monitoring has been disabled.
#[test]
fn latency_doctor_reports_what_was_seen() {
    let server = Server::start(&[]);
    let mut one = server.client();
    assert!(one.ask("LATENCY DOCTOR").contains("CONFIG SET latency-monitor-threshold"));
    assert_eq!(one.ask("CONFIG SET latency-monitor-threshold 10"), "OK");
    assert!(one.ask("LATENCY DOCTOR").starts_with("No latency spike"));
    assert_eq!(one.ask("DEBUG SLEEP 0.02"), "OK");
    assert!(one.ask("LATENCY DOCTOR").contains("\n\n1. command: 1 latency spikes (average "));
    assert_eq!(one.ask("CONFIG SET latency-monitor-threshold 0"), "OK");
    let told = one.ask("LATENCY DOCTOR");
    assert!(told.contains("\n\n1. command: 1 latency spikes") && told.contains("slowlog-log-slower-than"), "{told}");
    assert_eq!(one.ask("LATENCY RESET"), "1");
    assert!(one.ask("LATENCY DOCTOR").contains("CONFIG SET latency-monitor-threshold"));
}
