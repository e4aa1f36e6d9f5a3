//! Asks a server for its errors on calls.

use anyhow::{Result, bail};
use commands::bind::Word;

use super::generate::Made;
use crate::resp::{Client, Reply};

/// The answers of a server to a call in the states in which it was tried.
#[derive(Default, Clone)]
pub(super) struct Answer {
    pub(super) accepted: bool,
    /// True if the last state accepted it: the one in which no key is missing, so that the words are read to the end.
    pub(super) accepted_last: bool,
    pub(super) errors: Vec<String>,
}

impl Answer {
    /// Returns true if some state refuses the words themselves.
    pub(super) fn refused(&self) -> bool {
        self.errors.iter().any(|error| !of_state(error))
    }
}

/// Returns true if an error is about the keyspace or the server, not about the words.
pub(super) fn of_state(error: &str) -> bool {
    const STATE: &[&str] = &[
        "WRONGTYPE",
        "NOGROUP",
        "BUSYGROUP",
        "BUSYKEY",
        "NOTBUSY",
        "OOM",
        "INVALIDOBJ",
        "no such key",
        "could not decode requested zset member",
        "cluster support disabled",
        "index out of range",
        "would produce",
        "would overflow",
        "hash value is not",
        "The ID specified in",
        "payload version or checksum",
        "Bad data format",
        "source and destination objects are the same",
        "requires the key to exist",
    ];
    STATE.iter().any(|state| error.contains(state))
}

pub(super) fn ask(client: &mut Client, sha: &str, group: &str, calls: &[Vec<Made>]) -> Result<Vec<Answer>> {
    let mut answers = vec![Answer::default(); calls.len()];
    let key = match group {
        "hash" => "h",
        "list" => "l",
        "set" => "set",
        "sorted-set" => "z",
        "stream" => "st",
        "geo" => "geo",
        "hyperloglog" => "hll",
        _ => "s",
    };
    let last = format!("full {key}");
    for state in ["empty", "full", &last] {
        for (chunk, answers) in calls.chunks(50).zip(answers.chunks_mut(50)) {
            let evals: Vec<Vec<String>> = chunk
                .iter()
                .map(|call| {
                    let mut words = vec!["EVALSHA".to_owned(), sha.to_owned(), "0".to_owned(), state.to_owned()];
                    words.extend(call.iter().map(|word| match word {
                        Made::Text(text) => format!("t{text}"),
                        Made::Number(number) if number.is_infinite() => "n1e999".to_owned(),
                        Made::Number(number) => format!("n{number:e}"),
                    }));
                    words
                })
                .collect();
            for (nth, reply) in client.pipeline(&evals)?.into_iter().enumerate() {
                match reply {
                    Reply::Integer(1) => {
                        answers[nth].accepted = true;
                        answers[nth].accepted_last = state == last;
                    }
                    Reply::Bulk(Some(error)) => answers[nth].errors.push(String::from_utf8_lossy(&error).into_owned()),
                    other => bail!("{other:?} to {}", line(&chunk[nth])),
                }
            }
        }
    }
    Ok(answers)
}

pub(super) fn line(call: &[Made]) -> String {
    call.iter().map(Made::to_string).collect::<Vec<_>>().join(" ")
}

pub(super) fn words(call: &[Made]) -> Vec<Word<'_>> {
    call.iter()
        .map(|word| match word {
            Made::Text(text) => Word::Known(text.as_bytes()),
            Made::Number(number) => Word::Number(*number),
        })
        .collect()
}
