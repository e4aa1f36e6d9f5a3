//! Settings of the servers that are recorded.

/// Settings of a server that is recorded: since 7.0 DEBUG must be allowed.
pub(super) fn settings(name: &str) -> &'static [&'static str] {
    if name == "redis-6.2" { &[] } else { &["--enable-debug-command", "yes"] }
}
