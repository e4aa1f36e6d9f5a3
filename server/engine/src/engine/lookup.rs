//! From words to the command that they name, and what the servers say where there is none.

use commands::{CommandId, CommandSpec, lookup, subcommand};

use super::Engine;
use crate::{call, dispatch, error::Error};

impl Engine {
    /// The command that the first words name, on this server.
    ///
    /// # Errors
    /// The server's reply where it has no such command or subcommand.
    pub fn find(&self, words: &[Vec<u8>]) -> Result<&'static CommandSpec, Error> {
        let name = words.first().map_or(&[][..], Vec::as_slice);
        let Some(spec) = lookup(name).filter(|spec| spec.is_available(self.target)) else {
            return Err(self.unknown_command(words));
        };
        if spec.subcommands.is_empty() || words.len() < 2 {
            return Ok(spec);
        }
        // Before 7.0 the key was looked at before the subcommand's name and count.
        let key_first = !self.since(7, 0)
            && (spec.id == CommandId::Xinfo && words.len() > 2 || spec.id == CommandId::Xgroup && words.len() > 3);
        match subcommand(spec, &words[1]).filter(|sub| self.has_subcommand(sub)) {
            Some(sub) if key_first && !self.fits(sub, words.len()) => Ok(spec),
            Some(sub) => Ok(sub),
            None if dispatch::takes_bare_words(spec.id) || (spec.id == CommandId::Cluster && !self.since(7, 0)) => {
                Ok(spec)
            }
            None if key_first => Ok(spec),
            None => Err(self.unknown_subcommand(spec, &words[1])),
        }
    }

    /// The table knows subcommands since 7.0; older servers have those that 7.0 says are old.
    fn has_subcommand(&self, sub: &CommandSpec) -> bool {
        sub.is_available(self.target)
    }

    fn unknown_command(&self, words: &[Vec<u8>]) -> Error {
        let mut text = b"ERR unknown command '".to_vec();
        if !self.since(7, 0) {
            text = b"ERR unknown command `".to_vec();
        }
        let quote = if self.since(7, 0) { b'\'' } else { b'`' };
        // A zero byte ends a word for the servers.
        let start = |word: &'_ [u8], most: usize| {
            word.iter().take(most).copied().take_while(|byte| *byte != 0).collect::<Vec<u8>>()
        };
        text.extend(start(words.first().map_or(&[][..], Vec::as_slice), 128));
        text.push(quote);
        // Redis 8.6 says nothing of words that are not there.
        if words.len() > 1 || !self.is_redis(8, 6) {
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
            text.extend_from_slice(if self.since(7, 0) { b" " } else { b", " });
            shown += word.len() + if self.since(7, 0) { 3 } else { 4 };
        }
        Error(text.into_iter().map(|byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte }).collect())
    }

    pub(crate) fn unknown_subcommand(&self, spec: &CommandSpec, word: &[u8]) -> Error {
        let text = if self.since(7, 0) {
            b"ERR unknown subcommand '".to_vec()
        } else {
            b"ERR Unknown subcommand or wrong number of arguments for '".to_vec()
        };
        Error::quoting(&[&text, &word[..word.len().min(128)], format!("'. Try {} HELP.", spec.name).as_bytes()])
    }

    /// Tells if a call has as many words as its command takes.
    pub fn fits(&self, spec: &CommandSpec, count: usize) -> bool {
        // The table counts the words of subcommands since 7.0; this one took fewer before.
        if spec.id == CommandId::CommandGetkeys && !self.since(7, 0) {
            return count >= 3;
        }
        match spec.arity(self.target) {
            Some(arity) if arity >= 0 => count == arity as usize,
            Some(arity) => count >= arity.unsigned_abs() as usize,
            None => true,
        }
    }

    /// Returns the error of a call with too few or too many words. Before 7.0 only containers had a count: their
    /// subcommands said the same of a wrong count as of a wrong name.
    pub fn wrong_count(&self, spec: &'static CommandSpec, words: &[Vec<u8>]) -> Error {
        match spec.name.split_once(' ') {
            Some((container, _)) if !self.since(7, 0) => match lookup(container.as_bytes()) {
                Some(container) if self.fits(container, words.len()) => {
                    self.unknown_subcommand(container, words.get(1).map_or(&[][..], Vec::as_slice))
                }
                Some(container) => call::wrong_count(container).into(),
                None => call::wrong_count(spec).into(),
            },
            _ => call::wrong_count(spec).into(),
        }
    }

    /// The command of a call of a client, whose words have been counted.
    ///
    /// # Errors
    /// The server's reply to a call that it does not run.
    pub fn prepare(&mut self, words: &[Vec<u8>]) -> Result<&'static CommandSpec, Error> {
        match self.find(words) {
            Ok(spec) if self.fits(spec, words.len()) => Ok(spec),
            Ok(spec) => {
                let error = self.wrong_count(spec, words);
                self.stats.reject(Some(spec), &error.0);
                Err(error)
            }
            Err(error) => {
                self.stats.reject(None, &error.0);
                Err(error)
            }
        }
    }
}
