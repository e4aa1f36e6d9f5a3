//! `CONFIG`.

use std::sync::Arc;

use protocol::Reply;

use super::help;
use crate::{
    call::{Answer, Call},
    config::Refused,
    error::Error,
    glob,
    keyspace::Lfu,
    resolve, settings,
    stats::Stats,
};

const HELP: &[(&str, &str)] = &[
    ("GET <pattern> [<pattern> ...]", "The settings whose names match, with their values."),
    ("SET <name> <value> [<name> <value> ...]", "Changes settings: all of them, or none."),
    ("RESETSTAT", "Sets the counters of INFO to zero."),
    ("REWRITE", "Writes the settings to the configuration file."),
];

/// Before 7.0 only one setting was read or changed at a time.
fn old_count(call: &Call<'_>, count: usize) -> Result<(), Error> {
    if !call.since(7, 0) && call.count() != count {
        return Err(resolve::wrong_count(call.engine.target, call.spec, call.words));
    }
    Ok(())
}

pub(crate) fn get(call: &mut Call<'_>) -> Answer {
    old_count(call, 3)?;
    let all = call.engine.config.all();
    let mut found: Vec<(String, String)> = Vec::new();
    for pattern in call.rest(2) {
        let is_glob = pattern.iter().any(|byte| b"[*?".contains(byte));
        let lower = pattern.to_ascii_lowercase();
        for (name, value) in &all {
            if found.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
                continue;
            }
            if is_glob && !settings::is_hidden(name, call.engine.target) && glob::matches(&lower, name.as_bytes()) {
                found.push((name.clone(), value.clone()));
            } else if !is_glob && lower == name.as_bytes() {
                // Since 7.0 a name comes back as it was asked for.
                let name = if call.since(7, 0) { String::from_utf8_lossy(pattern).into_owned() } else { name.clone() };
                found.push((name, value.clone()));
            }
        }
    }
    Ok(Reply::map(found.into_iter().map(|(name, value)| (Reply::bulk(name), Reply::bulk(value)))))
}

/// Error for a setting that cannot be set.
fn refuse(call: &Call<'_>, name: &[u8], value: &[u8], refused: Refused) -> Error {
    let (name, value) = (String::from_utf8_lossy(name), String::from_utf8_lossy(value));
    if !call.since(7, 0) {
        return match refused {
            Refused::Invalid(why) if why.is_empty() => {
                format!("ERR Invalid argument '{value}' for CONFIG SET '{name}'").into()
            }
            Refused::Invalid(why) => format!("ERR Invalid argument '{value}' for CONFIG SET '{name}' - {why}").into(),
            _ => format!("ERR Unsupported CONFIG parameter: {name}").into(),
        };
    }
    let why = match refused {
        Refused::Unknown => {
            return format!("ERR Unknown option or number of arguments for CONFIG SET - '{name}'").into();
        }
        Refused::Fixed => "can't set immutable config".to_owned(),
        Refused::Protected => "can't set protected config".to_owned(),
        Refused::Invalid(why) => why,
    };
    format!("ERR CONFIG SET failed (possibly related to argument '{name}') - {why}").into()
}

pub(crate) fn set(call: &mut Call<'_>) -> Answer {
    old_count(call, 4)?;
    let pairs = call.rest(2);
    if pairs.len() % 2 == 1 {
        return call.syntax();
    }
    let before = call.engine.config.clone();
    let lower = |name: &[u8]| String::from_utf8_lossy(name).to_ascii_lowercase();
    // Names are looked at before any value is.
    for (at, pair) in pairs.chunks(2).enumerate() {
        if let Some(refused) = before.refusal(&lower(&pair[0])) {
            return Err(refuse(call, &pair[0], &pair[1], refused));
        }
        if pairs.chunks(2).take(at).any(|other| other[0].eq_ignore_ascii_case(&pair[0])) {
            return Err(refuse(call, &pair[0], &pair[1], Refused::Invalid("duplicate parameter".into())));
        }
    }
    for pair in pairs.chunks(2) {
        let value = String::from_utf8_lossy(&pair[1]).into_owned();
        if let Err(refused) = call.engine.config.set(&lower(&pair[0]), &value) {
            call.engine.config = before;
            return Err(refuse(call, &pair[0], &pair[1], refused));
        }
    }
    for pair in pairs.chunks(2).filter(|pair| pair[0].eq_ignore_ascii_case(b"requirepass")) {
        Arc::make_mut(&mut call.engine.acl.users).set_default_password(&pair[1]);
    }
    let number = |name: &str| call.engine.config.int(name).unwrap_or(0);
    let is_lfu = call.engine.config.get("maxmemory-policy").is_some_and(|policy| policy.ends_with("lfu"));
    let lfu = is_lfu.then(|| Lfu::new(number("lfu-log-factor"), number("lfu-decay-time")));
    let now = call.now();
    call.engine.keyspace.set_lfu(lfu, now);
    // A log that must be shorter is at once.
    let engine = &mut *call.engine;
    let limit = engine.log_limit("slowlog-max-len");
    engine.slow.entries.truncate(limit);
    let limit = engine.log_limit("commandlog-large-request-max-len");
    engine.large_requests.entries.truncate(limit);
    let limit = engine.log_limit("commandlog-large-reply-max-len");
    engine.large_replies.entries.truncate(limit);
    Ok(Reply::ok())
}

pub(crate) fn resetstat(call: &mut Call<'_>) -> Answer {
    call.engine.stats = Stats { base: call.engine.clients, ..Stats::default() };
    Ok(Reply::ok())
}

pub(crate) fn rewrite(_: &mut Call<'_>) -> Answer {
    Err("ERR The server is running without a config file".into())
}

pub(crate) fn help(call: &mut Call<'_>) -> Answer {
    help::reply(call, HELP)
}
