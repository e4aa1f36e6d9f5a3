//! The logs of commands that took long or much: `SLOWLOG`, Valkey's `COMMANDLOG`.

use protocol::{Reply, number::to_usize};

use super::help;
use crate::{
    call::{Answer, Call},
    error::{Error, NOT_INT},
    stats::{CommandLog, Logged},
};

const HELP: &[(&str, &str)] = &[
    ("GET [<count>]", "The last slow commands, ten unless told otherwise."),
    ("LEN", "How many are kept."),
    ("RESET", "Forgets all."),
];

const COMMANDLOG_HELP: &[(&str, &str)] = &[
    ("GET <count> <type>", "The last commands of a type: slow, large-request or large-reply."),
    ("LEN <type>", "How many are kept."),
    ("RESET <type>", "Forgets all of a type."),
];

fn entry(logged: &Logged) -> Reply {
    Reply::Array(vec![
        Reply::Int(logged.id),
        Reply::Int(logged.time),
        Reply::Int(logged.amount),
        Reply::bulks(&logged.words),
        Reply::bulk(&logged.address),
        Reply::bulk(&logged.name),
    ])
}

/// The newest entries of a log, as many as the word at `at` says, −1 being all.
fn newest(call: &Call<'_>, at: usize, log: &CommandLog) -> Answer {
    let count = match call.int(at) {
        Ok(count) if count >= -1 || !call.since(7, 0) => count,
        Err(_) if !call.since(7, 0) => return Err(NOT_INT.into()),
        _ => return Err("ERR count should be greater than or equal to -1".into()),
    };
    let count = match count {
        -1 if call.since(7, 0) => log.entries.len(),
        count => to_usize(count),
    };
    Ok(Reply::array(log.entries.iter().take(count).map(entry)))
}

/// SLOWLOG GET [count]
pub(crate) fn get(call: &mut Call<'_>) -> Answer {
    match call.count() {
        2 => Ok(Reply::Array(call.engine.slow.entries.iter().take(10).map(entry).collect())),
        3 => newest(call, 2, &call.engine.slow),
        _ => Err(help::unknown(call)),
    }
}

/// SLOWLOG LEN
pub(crate) fn len(call: &mut Call<'_>) -> Answer {
    Ok(Reply::Int(call.engine.slow.entries.len() as i64))
}

/// SLOWLOG RESET
pub(crate) fn reset(call: &mut Call<'_>) -> Answer {
    call.engine.slow.entries.clear();
    Ok(Reply::ok())
}

pub(crate) fn slowlog_help(call: &mut Call<'_>) -> Answer {
    help::reply(call, HELP)
}

/// The log that a word names.
fn log_of<'a>(call: &'a mut Call<'_>, at: usize) -> Result<&'a mut CommandLog, Error> {
    if call.is(at, "slow") {
        Ok(&mut call.engine.slow)
    } else if call.is(at, "large-request") {
        Ok(&mut call.engine.large_requests)
    } else if call.is(at, "large-reply") {
        Ok(&mut call.engine.large_replies)
    } else {
        Err("ERR type should be one of the following: slow, large-request, large-reply".into())
    }
}

/// COMMANDLOG GET count type
pub(crate) fn commandlog_get(call: &mut Call<'_>) -> Answer {
    // The log is taken out while its entries are told.
    let log = std::mem::take(log_of(call, 3)?);
    let found = newest(call, 2, &log);
    *log_of(call, 3)? = log;
    found
}

/// COMMANDLOG LEN type
pub(crate) fn commandlog_len(call: &mut Call<'_>) -> Answer {
    Ok(Reply::Int(log_of(call, 2)?.entries.len() as i64))
}

/// COMMANDLOG RESET type
pub(crate) fn commandlog_reset(call: &mut Call<'_>) -> Answer {
    log_of(call, 2)?.entries.clear();
    Ok(Reply::ok())
}

pub(crate) fn commandlog_help(call: &mut Call<'_>) -> Answer {
    help::reply(call, COMMANDLOG_HELP)
}
