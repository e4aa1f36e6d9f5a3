//! `ACL`.

use std::sync::Arc;

use commands::Family;
use protocol::Reply;

use super::help;
use crate::{
    acl::{DEFAULT, Selector, User, rules},
    call::{Answer, Call},
    error::Error,
    names::{CATEGORIES, name_of},
    resolve,
};

const HELP: &[(&str, &str)] = &[
    ("CAT [<category>]", "The categories of commands, or the commands of one."),
    ("DELUSER <name> [<name> ...]", "Deletes users."),
    ("DRYRUN <name> <call>", "Whether a user may make a call."),
    ("GENPASS [<bits>]", "A password left to chance."),
    ("GETUSER <name>", "What a user may do."),
    ("LIST", "All users as they would be written in a file."),
    ("LOAD", "Reads users from the ACL file."),
    ("LOG [<count> | RESET]", "What was refused."),
    ("SAVE", "Writes users to the ACL file."),
    ("SETUSER <name> [<rule> ...]", "Makes or changes a user."),
    ("USERS", "The names of users."),
    ("WHOAMI", "The user of this connection."),
];

/// ACL WHOAMI
pub(crate) fn whoami(call: &mut Call<'_>) -> Answer {
    Ok(Reply::bulk(&call.engine.caller.user))
}

/// ACL USERS
pub(crate) fn users(call: &mut Call<'_>) -> Answer {
    Ok(Reply::bulks(call.engine.acl.users.iter().map(|user| &user.name)))
}

/// ACL LIST
pub(crate) fn list(call: &mut Call<'_>) -> Answer {
    Ok(Reply::bulks(call.engine.acl.users.iter().map(|user| user.line(call.engine.target))))
}

/// ACL GETUSER username
pub(crate) fn getuser(call: &mut Call<'_>) -> Answer {
    let engine = &*call.engine;
    let Some(user) = engine.acl.users.get(call.word(2)) else { return Ok(Reply::Nil) };
    let field = |name: &str, value: Reply| (Reply::bulk(name), value);
    let selector = &user.selectors[0];
    let mut fields = vec![
        field("flags", Reply::Set(user.flags(engine.target).into_iter().map(Reply::bulk).collect())),
        field("passwords", Reply::bulks(&user.passwords)),
        field("commands", Reply::bulk(selector.commands_text(engine.target))),
    ];
    if !engine.since(7, 0) {
        let star = vec![b"*".to_vec()];
        let keys: Vec<_> = selector.keys.iter().map(|key| key.pattern.clone()).collect();
        fields.push(field("keys", Reply::bulks(if selector.all_keys { &star } else { &keys })));
        fields.push(field("channels", Reply::bulks(if selector.all_channels { &star } else { &selector.channels })));
        return Ok(Reply::Map(fields));
    }
    let rest = |selector: &Selector| {
        let mut fields = vec![
            field("keys", Reply::bulk(selector.keys_text())),
            field("channels", Reply::bulk(selector.channels_text())),
        ];
        if engine.is_valkey(9, 1) {
            let none = selector.databases.as_ref().is_some_and(|numbers| numbers.is_empty());
            let text = if none { Vec::new() } else { selector.databases_text() };
            fields.push(field("databases", Reply::bulk(text)));
        }
        fields
    };
    fields.extend(rest(selector));
    let selectors = user.selectors[1..].iter().map(|selector| {
        let commands = field("commands", Reply::bulk(selector.commands_text(engine.target)));
        Reply::Map(std::iter::once(commands).chain(rest(selector)).collect())
    });
    fields.push(field("selectors", Reply::Array(selectors.collect())));
    Ok(Reply::Map(fields))
}

/// ACL SETUSER username [rule [rule ...]]
pub(crate) fn setuser(call: &mut Call<'_>) -> Answer {
    let name = call.word(2);
    if name.iter().any(|byte| byte.is_ascii_whitespace() || *byte == 0) {
        return Err("ERR Usernames can't contain spaces or null characters".into());
    }
    let engine = &*call.engine;
    let rules = rules::joined(engine.target, call.rest(3)).map_err(|text| Error(text.into()))?;
    let all_channels = engine.config.get("acl-pubsub-default").is_some_and(|value| value == "allchannels");
    // All rules are applied, or none.
    let known = engine.acl.users.get(name).map(|user| User::clone(user));
    let mut user = known.unwrap_or_else(|| User::new(name, engine.target, all_channels));
    for rule in &rules {
        if let Err(error) = rules::apply(engine.target, all_channels, &mut user, rule) {
            let text = [b"ERR Error in ACL SETUSER modifier '", rule.as_slice(), b"': ", error.text().as_bytes()];
            return Err(Error::quoting(&text));
        }
    }
    Arc::make_mut(&mut call.engine.acl.users).insert(user);
    Ok(Reply::ok())
}

/// ACL DELUSER username [username ...]
pub(crate) fn deluser(call: &mut Call<'_>) -> Answer {
    if call.rest(2).iter().any(|name| name == DEFAULT) {
        return Err("ERR The 'default' user cannot be removed".into());
    }
    let users = Arc::make_mut(&mut call.engine.acl.users);
    Ok(Reply::Int(call.words[2..].iter().filter(|name| users.remove(name)).count() as i64))
}

pub(crate) fn cat(call: &mut Call<'_>) -> Answer {
    if call.count() > 3 {
        return Err(help::unknown(call));
    }
    if call.count() == 2 {
        return Ok(Reply::bulks(CATEGORIES));
    }
    let asked = String::from_utf8_lossy(call.word(2)).into_owned();
    let category = asked.to_ascii_lowercase();
    if !CATEGORIES.contains(&category.as_str()) {
        return Err(format!("ERR Unknown category '{asked}'").into());
    }
    let names: Vec<String> = rules::of_category(call.engine.target, &category).map(name_of).collect();
    Ok(Reply::bulks(names))
}

pub(crate) fn genpass(call: &mut Call<'_>) -> Answer {
    if call.count() > 3 {
        return Err(help::unknown(call));
    }
    let bits = if call.count() == 3 { call.int(2)? } else { 256 };
    if !(1..=4096).contains(&bits) {
        return Err("ERR ACL GENPASS argument must be the number of bits for the output password, a positive number \
                    up to 4096"
            .into());
    }
    let digits = (bits + 3) / 4;
    let text: String = (0..digits).map(|_| format!("{:x}", call.engine.random(16))).collect();
    Ok(Reply::bulk(text))
}

/// ACL DRYRUN username command [arg [arg ...]]
pub(crate) fn dryrun(call: &mut Call<'_>) -> Answer {
    let Some(user) = call.engine.acl.users.get(call.word(2)) else {
        return Err(format!("ERR User '{}' not found", String::from_utf8_lossy(call.word(2))).into());
    };
    let (target, words) = (call.engine.target, call.rest(3));
    let spec = match resolve::command(target, words) {
        Err(_) => return Err(format!("ERR Command '{}' not found", String::from_utf8_lossy(call.word(3))).into()),
        Ok(spec) if !resolve::fits(target, spec, words.len()) => return Err(resolve::wrong_count(target, spec, words)),
        Ok(spec) => spec,
    };
    Ok(match user.permit(target, spec, words, *call.db) {
        Ok(()) => Reply::ok(),
        Err(denial) => Reply::bulk(denial.text_of_dry_run(target, user, spec, words)),
    })
}

/// ACL LOG [count | RESET]
pub(crate) fn log(call: &mut Call<'_>) -> Answer {
    let count = match call.count() {
        2 => 10,
        3 if call.is(2, "RESET") => {
            call.engine.acl.log.entries.clear();
            return Ok(Reply::ok());
        }
        3 => usize::try_from(call.int(2)?).unwrap_or(0),
        _ => return Err(help::unknown(call)),
    };
    let now = call.now();
    let numbered = call.since(7, 2);
    let all = call.engine.acl.log.entries.iter().take(count).map(|kept| {
        let (entry, field) = (&kept.entry, |name: &str, value: Reply| (Reply::bulk(name), value));
        let age = (now - kept.updated) as f64 / 1000.0;
        let mut fields = vec![
            field("count", Reply::Int(kept.count)),
            field("reason", Reply::bulk(entry.reason.name())),
            field("context", Reply::bulk(entry.context.name())),
            field("object", Reply::bulk(&entry.object)),
            field("username", Reply::bulk(&entry.user)),
            field("age-seconds", Reply::Double(call.digits(age))),
            field("client-info", Reply::bulk(&entry.client)),
        ];
        if numbered {
            fields.push(field("entry-id", Reply::Int(kept.id)));
            fields.push(field("timestamp-created", Reply::Int(kept.created)));
            fields.push(field("timestamp-last-updated", Reply::Int(kept.updated)));
        }
        Reply::Map(fields)
    });
    Ok(Reply::Array(all.collect()))
}

/// Users cannot be kept in a file.
pub(crate) fn no_file(call: &mut Call<'_>) -> Answer {
    Err(match call.engine.target.family {
        Family::Redis => {
            "ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL \
             SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in \
             order to store users in the Redis configuration."
        }
        Family::Valkey => {
            "ERR This instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER \
             command and then issue a CONFIG REWRITE (assuming you have a configuration file set) in order to store \
             users in the configuration."
        }
    }
    .into())
}

pub(crate) fn help(call: &mut Call<'_>) -> Answer {
    help::reply(call, HELP)
}
