//! `MONITOR`: the commands that run, as they run.

use std::time::{SystemTime, UNIX_EPOCH};

use commands::{CommandId, CommandSpec, Flags};

use crate::state::{Hub, Words};

/// Sends a command to the clients in `MONITOR`.
pub(crate) fn feed(hub: &mut Hub, id: u64, spec: &'static CommandSpec, words: &Words) {
    // What administrators do is not shown, for it may hold secrets.
    if hub.monitors.is_empty() || spec.flags(hub.target).has(Flags::ADMIN) {
        return;
    }
    let Some(client) = hub.clients.get(&id) else { return };
    let (db, peer) = (client.db, client.peer.to_string());
    let shown = words.iter().enumerate();
    let shown = shown.map(|(at, word)| if is_secret(spec, words, at) { b"(redacted)" } else { word.as_slice() });
    tell(hub, db, &peer, shown);
}

/// Sends a command that a script has called to the clients in `MONITOR`.
pub(crate) fn feed_script(hub: &mut Hub, db: usize, words: &Words) {
    tell(hub, db, "lua", words.iter().map(Vec::as_slice));
}

fn tell<'a>(hub: &mut Hub, db: usize, from: &str, words: impl Iterator<Item = &'a [u8]>) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut line = format!("+{}.{:06} [{db} {from}]", now.as_secs(), now.subsec_micros()).into_bytes();
    for word in words {
        line.push(b' ');
        quote(word, &mut line);
    }
    line.extend_from_slice(b"\r\n");
    for monitor in hub.monitors.clone() {
        hub.push(monitor, &line);
    }
}

/// True if a word is a name or a password.
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
