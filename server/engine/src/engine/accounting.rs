//! Counts and logs calls: `INFO`, `SLOWLOG`, `COMMANDLOG`, `LATENCY`.

use std::time::Duration;

use commands::{CommandId, CommandSpec, Flags};
use protocol::{Reply, number::to_usize};

use super::Engine;
use crate::{
    acl::{LogEntry, Reason},
    stats::{self, Logged},
};

impl Engine {
    /// Counts a call that has run, and logs it by the time it took, where that was measured. Callers that run commands
    /// beside [`Self::run`] report them here.
    pub fn note(
        &mut self,
        spec: &CommandSpec,
        words: &[Vec<u8>],
        took: Option<Duration>,
        in_script: bool,
        reply: &Reply,
    ) {
        self.stats.processed += 1;
        let calls = self.stats.calls.of(spec);
        calls.count += 1;
        if let Reply::Error(_) = reply {
            calls.failed += 1;
        }
        if let Some(took) = took {
            let micros = took.as_micros() as u64;
            calls.micros += micros;
            if !in_script {
                self.active += took;
            }
            if self.config.tracks_latency {
                calls.latency.add(micros);
            }
            self.log(spec, words, micros as i64, reply);
        }
        if let Reply::Error(text) = reply {
            // An error that a script only hands on was counted when it came up inside; 6.2 counted it again.
            let inside = &self.stats.inside;
            if inside.is_empty() || !text.starts_with(inside) || !self.since(7, 0) {
                self.stats.error(text);
            }
        }
        match (in_script, reply) {
            (true, Reply::Error(text)) => self.stats.inside.clone_from(text),
            (true, _) => {}
            (false, _) => self.stats.inside.clear(),
        }
    }

    /// Notes an event that took as long as `latency-monitor-threshold` or longer.
    pub(super) fn latency_event(&mut self, name: &'static str, took: Duration) {
        let (threshold, millis) = (self.config.latency_threshold, took.as_millis() as i64);
        if threshold > 0 && millis >= threshold {
            self.latency.add(name, self.time / 1_000_000, millis);
        }
    }

    /// Takes back what the logs have of the last call: one that waits is logged when it has been served.
    pub fn take_back_log(&mut self) {
        let logs = [&mut self.slow, &mut self.large_requests, &mut self.large_replies];
        for (log, is_newest) in logs.into_iter().zip(std::mem::take(&mut self.newest)) {
            if is_newest {
                log.take_back();
            }
        }
    }

    /// Notes a call of a client in the logs that it belongs to.
    fn log(&mut self, spec: &CommandSpec, words: &[Vec<u8>], micros: i64, reply: &Reply) {
        self.newest = [false; 3];
        let name = if spec.flags(self.target).has(Flags::FAST) { "fast-command" } else { "command" };
        self.latency_event(name, Duration::from_micros(micros.max(0) as u64));
        // EXEC is there by the commands of its transaction.
        if spec.id == CommandId::Exec {
            return;
        }
        let over = |limit: i64, amount: i64| limit >= 0 && amount >= limit;
        if over(self.config.slower_than, micros) {
            let logged = self.logged(spec, words, micros);
            self.slow.push(logged, self.log_limit("slowlog-max-len"));
            self.newest[0] = true;
        }
        if !self.is_valkey(8, 1) {
            return;
        }
        let size = stats::request_size(words) as i64;
        if over(self.config.large_request, size) {
            let logged = self.logged(spec, words, size);
            self.large_requests.push(logged, self.log_limit("commandlog-large-request-max-len"));
            self.newest[1] = true;
        }
        let size = stats::reply_size(reply) as i64;
        if over(self.config.large_reply, size) {
            let logged = self.logged(spec, words, size);
            self.large_replies.push(logged, self.log_limit("commandlog-large-reply-max-len"));
            self.newest[2] = true;
        }
    }

    pub(crate) fn log_limit(&self, setting: &str) -> usize {
        self.config.int(setting).map_or(0, to_usize)
    }

    /// Notes a refusal by ACL: in its log, and in the counters of INFO.
    pub fn note_refusal(&mut self, entry: LogEntry) {
        let denied = &mut self.stats.denied;
        *match entry.reason {
            Reason::Auth => &mut denied.auth,
            Reason::Command => &mut denied.command,
            Reason::Key => &mut denied.key,
            Reason::Channel => &mut denied.channel,
            Reason::Database => &mut denied.database,
        } += 1;
        let limit = self.log_limit("acllog-max-len");
        self.acl.log.add(entry, self.now(), limit);
    }

    fn logged(&self, spec: &CommandSpec, words: &[Vec<u8>], amount: i64) -> Logged {
        let words = stats::shortened(&redacted(spec, words));
        let address = self.caller.address.map_or_else(String::new, |address| address.to_string());
        Logged { id: 0, time: self.time / 1_000_000, amount, words, address, name: self.caller.name.clone() }
    }
}

/// The words of a call without passwords.
fn redacted<'a>(spec: &CommandSpec, words: &'a [Vec<u8>]) -> std::borrow::Cow<'a, [Vec<u8>]> {
    let is = |at: usize, word: &[u8]| words.get(at).is_some_and(|found| found.eq_ignore_ascii_case(word));
    let secret = |at: usize| match spec.id {
        CommandId::Auth => at >= 1,
        CommandId::AclSetuser | CommandId::AclDeluser | CommandId::AclGetuser => at >= 2,
        CommandId::Hello => at >= 3 && (is(at - 1, b"AUTH") || is(at - 2, b"AUTH")),
        CommandId::ConfigSet => {
            let secrets: [&[u8]; 4] = [b"requirepass", b"masterauth", b"masteruser", b"primaryauth"];
            at >= 3 && secrets.iter().any(|name| is(at - 1, name))
        }
        _ => false,
    };
    if !(1..words.len()).any(secret) {
        return words.into();
    }
    let redact = |(at, word): (usize, &Vec<u8>)| if secret(at) { b"(redacted)".to_vec() } else { word.clone() };
    words.iter().enumerate().map(redact).collect::<Vec<_>>().into()
}
