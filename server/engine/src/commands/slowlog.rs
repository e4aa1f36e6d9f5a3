//! The logs of what took long: `SLOWLOG`, Valkey's `COMMANDLOG`, `LATENCY`.

use protocol::{Reply, number::to_usize};

use super::help;
use crate::{
    call::{Answer, Call},
    error::{Error, NOT_INT},
    stats::Slow,
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

const LATENCY_HELP: &[(&str, &str)] = &[
    ("DOCTOR", "A report in words."),
    ("GRAPH <event>", "A picture of an event."),
    ("HISTOGRAM [<command> ...]", "How long commands took."),
    ("HISTORY <event>", "When an event took how long."),
    ("LATEST", "The last of each event."),
    ("RESET [<event> ...]", "Forgets events."),
];

fn entry(slow: &Slow) -> Reply {
    Reply::Array(vec![
        Reply::Int(slow.id),
        Reply::Int(slow.time),
        Reply::Int(slow.micros),
        Reply::bulks(&slow.words),
        Reply::bulk(""),
        Reply::bulk(""),
    ])
}

/// The newest entries, as many as the word at `at` says, −1 being all.
fn newest(call: &Call<'_>, at: usize) -> Answer {
    let count = match call.int(at) {
        Ok(count) if count >= -1 || !call.since(7, 0) => count,
        Err(_) if !call.since(7, 0) => return Err(NOT_INT.into()),
        _ => return Err("ERR count should be greater than or equal to -1".into()),
    };
    let entries = &call.engine.slow.entries;
    let count = match count {
        -1 if call.since(7, 0) => entries.len(),
        count => to_usize(count),
    };
    Ok(Reply::Array(entries.iter().take(count).map(entry).collect()))
}

pub(crate) fn get(call: &mut Call<'_>) -> Answer {
    match call.count() {
        2 => Ok(Reply::Array(call.engine.slow.entries.iter().take(10).map(entry).collect())),
        3 => newest(call, 2),
        _ => Err(help::unknown(call)),
    }
}

pub(crate) fn len(call: &mut Call<'_>) -> Answer {
    Ok(Reply::Int(call.engine.slow.entries.len() as i64))
}

pub(crate) fn reset(call: &mut Call<'_>) -> Answer {
    call.engine.slow.entries.clear();
    Ok(Reply::ok())
}

pub(crate) fn slowlog_help(call: &mut Call<'_>) -> Answer {
    help::reply(call, HELP)
}

/// Whether the type of a command log is that of slow commands; nothing large is logged here.
fn is_slow(call: &Call<'_>, at: usize) -> Result<bool, Error> {
    if call.is(at, "slow") {
        Ok(true)
    } else if call.is(at, "large-request") || call.is(at, "large-reply") {
        Ok(false)
    } else {
        Err("ERR type should be one of the following: slow, large-request, large-reply".into())
    }
}

pub(crate) fn commandlog_get(call: &mut Call<'_>) -> Answer {
    let slow = is_slow(call, 3)?;
    let found = newest(call, 2)?;
    Ok(if slow { found } else { Reply::Array(vec![]) })
}

pub(crate) fn commandlog_len(call: &mut Call<'_>) -> Answer {
    if is_slow(call, 2)? { len(call) } else { Ok(Reply::Int(0)) }
}

pub(crate) fn commandlog_reset(call: &mut Call<'_>) -> Answer {
    if is_slow(call, 2)? { reset(call) } else { Ok(Reply::ok()) }
}

pub(crate) fn commandlog_help(call: &mut Call<'_>) -> Answer {
    help::reply(call, COMMANDLOG_HELP)
}

pub(crate) fn latency_none(_: &mut Call<'_>) -> Answer {
    Ok(Reply::Array(vec![]))
}

pub(crate) fn latency_histogram(_: &mut Call<'_>) -> Answer {
    Ok(Reply::Map(vec![]))
}

pub(crate) fn latency_reset(_: &mut Call<'_>) -> Answer {
    Ok(Reply::Int(0))
}

pub(crate) fn latency_graph(call: &mut Call<'_>) -> Answer {
    Err(format!("ERR No samples available for event '{}'", String::from_utf8_lossy(call.word(2))).into())
}

pub(crate) fn latency_doctor(_: &mut Call<'_>) -> Answer {
    let text = b"The engine does not watch latencies: nothing between a client and its keys could be slow.\n".to_vec();
    Ok(Reply::Verbatim { format: *b"txt", text })
}

pub(crate) fn latency_help(call: &mut Call<'_>) -> Answer {
    help::reply(call, LATENCY_HELP)
}
