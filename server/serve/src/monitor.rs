//! `MONITOR`: the commands that run, as they run.

use std::time::{SystemTime, UNIX_EPOCH};

use commands::{CommandId, CommandSpec, Flags};

use crate::{hub::Hub, queue::Words};

/// Tells those who monitor of a command.
pub(crate) fn feed(hub: &mut Hub, id: u64, spec: &'static CommandSpec, words: &Words) {
    // What administrators do is not shown, for it may hold secrets.
    if hub.monitors.is_empty() || spec.flags(hub.target).has(Flags::ADMIN) {
        return;
    }
    let Some(client) = hub.clients.get(&id) else { return };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let head = format!("+{}.{:06} [{} {}]", now.as_secs(), now.subsec_micros(), client.db, client.peer);
    let mut line = head.into_bytes();
    for (at, word) in words.iter().enumerate() {
        line.push(b' ');
        quote(if is_secret(spec, words, at) { b"(redacted)" } else { word }, &mut line);
    }
    line.extend_from_slice(b"\r\n");
    for monitor in hub.monitors.clone() {
        hub.push(monitor, &line);
    }
}

/// Whether a word is a name or a password.
fn is_secret(spec: &'static CommandSpec, words: &Words, at: usize) -> bool {
    match spec.id {
        CommandId::Auth => at > 0,
        CommandId::Hello => {
            let auth = words.iter().skip(2).position(|word| word.eq_ignore_ascii_case(b"AUTH")).map(|auth| auth + 2);
            auth.is_some_and(|auth| at == auth + 1 || at == auth + 2)
        }
        _ => false,
    }
}

/// A word in quotes, its unprintable bytes written out.
fn quote(word: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in word {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            7 => out.extend_from_slice(b"\\a"),
            8 => out.extend_from_slice(b"\\b"),
            b' '..=b'~' => out.push(*byte),
            other => out.extend_from_slice(format!("\\x{other:02x}").as_bytes()),
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    #[test]
    fn words_are_quoted() {
        let mut out = Vec::new();
        super::quote(b"a\"\\\n\x01\xff", &mut out);
        assert_eq!(out, br#""a\"\\\n\x01\xff""#);
    }
}
