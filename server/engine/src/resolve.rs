//! Finds the command that words name on a target, or the server's error if there is none.

use commands::{CommandId, CommandSpec, Target, lookup, subcommand};

use crate::error::Error;

/// The command that the first words name on a server. The table has subcommands since 7.0; older servers have those that
/// it says are old.
///
/// # Errors
/// The server's reply where it has no such command or subcommand.
pub fn command(target: Target, words: &[Vec<u8>]) -> Result<&'static CommandSpec, Error> {
    let name = words.first().map_or(&[][..], Vec::as_slice);
    let Some(spec) = lookup(name).filter(|spec| spec.is_available(target)) else {
        return Err(unknown_command(target, words));
    };
    if spec.subcommands.is_empty() || words.len() < 2 {
        return Ok(spec);
    }
    // Before 7.0 the key was looked at before the subcommand's name and count.
    let key_first = !target.since(7, 0)
        && (spec.id == CommandId::Xinfo && words.len() > 2 || spec.id == CommandId::Xgroup && words.len() > 3);
    match subcommand(spec, &words[1]).filter(|sub| sub.is_available(target)) {
        Some(sub) if key_first && !fits(target, sub, words.len()) => Ok(spec),
        Some(sub) => Ok(sub),
        None if spec.id == CommandId::Cluster && !target.since(7, 0) => Ok(spec),
        None if key_first => Ok(spec),
        None => Err(unknown_subcommand(target, spec, &words[1])),
    }
}

fn unknown_command(target: Target, words: &[Vec<u8>]) -> Error {
    let mut text = b"ERR unknown command '".to_vec();
    if !target.since(7, 0) {
        text = b"ERR unknown command `".to_vec();
    }
    let quote = if target.since(7, 0) { b'\'' } else { b'`' };
    // A zero byte ends a word for the servers.
    let start = |word: &'_ [u8], most: usize| {
        word.iter().take(most).copied().take_while(|byte| *byte != 0).collect::<Vec<u8>>()
    };
    text.extend(start(words.first().map_or(&[][..], Vec::as_slice), 128));
    text.push(quote);
    // Redis 8.6 says nothing of words that are not there.
    if words.len() > 1 || !target.redis_since(8, 6) {
        text.extend_from_slice(b", with args beginning with: ");
    }
    let mut shown = 0;
    for word in words.iter().skip(1) {
        if shown >= 128 {
            break;
        }
        let word = start(word, 128 - shown);
        text.push(quote);
        text.extend_from_slice(&word);
        text.push(quote);
        text.extend_from_slice(if target.since(7, 0) { b" " } else { b", " });
        shown += word.len() + if target.since(7, 0) { 3 } else { 4 };
    }
    Error(text.into_iter().map(|byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte }).collect())
}

pub(crate) fn unknown_subcommand(target: Target, spec: &CommandSpec, word: &[u8]) -> Error {
    let text = if target.since(7, 0) {
        b"ERR unknown subcommand '".to_vec()
    } else {
        b"ERR Unknown subcommand or wrong number of arguments for '".to_vec()
    };
    Error::quoting(&[&text, &word[..word.len().min(128)], format!("'. Try {} HELP.", spec.name).as_bytes()])
}

/// Returns true if a call has as many words as its command takes.
pub fn fits(target: Target, spec: &CommandSpec, count: usize) -> bool {
    // The table counts the words of subcommands since 7.0; this one took fewer before.
    if spec.id == CommandId::CommandGetkeys && !target.since(7, 0) {
        return count >= 3;
    }
    match spec.arity(target) {
        Some(arity) if arity >= 0 => count == arity as usize,
        Some(arity) => count >= arity.unsigned_abs() as usize,
        None => true,
    }
}

/// Returns the error of a call with too few or too many words. Before 7.0 only containers had a count: their
/// subcommands said the same of a wrong count as of a wrong name.
pub fn wrong_count(target: Target, spec: &'static CommandSpec, words: &[Vec<u8>]) -> Error {
    match spec.name.split_once(' ') {
        Some((container, _)) if !target.since(7, 0) => match lookup(container.as_bytes()) {
            Some(container) if fits(target, container, words.len()) => {
                unknown_subcommand(target, container, words.get(1).map_or(&[][..], Vec::as_slice))
            }
            Some(container) => Error::wrong_count(container),
            None => Error::wrong_count(spec),
        },
        _ => Error::wrong_count(spec),
    }
}
