//! `ACL`: there is one user, who may do everything.

use commands::Family;
use protocol::Reply;

use super::{
    command::{self, CATEGORIES},
    help,
};
use crate::call::{Answer, Call};

const HELP: &[(&str, &str)] = &[
    ("CAT [<category>]", "The categories of commands, or the commands of one."),
    ("DELUSER <name> [<name> ...]", "Deletes users."),
    ("DRYRUN <name> <call>", "Whether a user may make a call."),
    ("GENPASS [<bits>]", "A password left to chance."),
    ("GETUSER <name>", "What a user may do."),
    ("LIST", "All users as they would be written in a file."),
    ("LOG [<count> | RESET]", "What was refused."),
    ("USERS", "The names of users."),
    ("WHOAMI", "The user of this connection."),
];

const USER: &[u8] = b"default";

/// Whether users tell that payloads are checked for them: from 7.2 on, which Valkey 9.1 gave up.
fn tells_sanitizing(call: &Call<'_>) -> bool {
    call.since(7, 2) && !call.valkey(9, 1)
}

pub(crate) fn whoami(_: &mut Call<'_>) -> Answer {
    Ok(Reply::bulk(USER))
}

pub(crate) fn users(_: &mut Call<'_>) -> Answer {
    Ok(Reply::bulks([USER]))
}

pub(crate) fn list(call: &mut Call<'_>) -> Answer {
    let sanitizing = if tells_sanitizing(call) { " sanitize-payload" } else { "" };
    Ok(Reply::bulks([format!("user default on nopass{sanitizing} ~* &* +@all")]))
}

pub(crate) fn getuser(call: &mut Call<'_>) -> Answer {
    if call.word(2) != USER {
        return Ok(Reply::Nil);
    }
    let mut flags = vec![Reply::bulk("on")];
    if !call.since(7, 0) {
        flags.extend(["allkeys", "allchannels", "allcommands"].map(Reply::bulk));
    }
    flags.push(Reply::bulk("nopass"));
    if tells_sanitizing(call) {
        flags.push(Reply::bulk("sanitize-payload"));
    }
    let mut fields = vec![
        (Reply::bulk("flags"), Reply::Set(flags)),
        (Reply::bulk("passwords"), Reply::Array(vec![])),
        (Reply::bulk("commands"), Reply::bulk("+@all")),
    ];
    if call.since(7, 0) {
        fields.push((Reply::bulk("keys"), Reply::bulk("~*")));
        fields.push((Reply::bulk("channels"), Reply::bulk("&*")));
        if call.valkey(9, 1) {
            fields.push((Reply::bulk("databases"), Reply::bulk("alldbs")));
        }
        fields.push((Reply::bulk("selectors"), Reply::Array(vec![])));
    } else {
        fields.push((Reply::bulk("keys"), Reply::bulks(["*"])));
        fields.push((Reply::bulk("channels"), Reply::bulks(["*"])));
    }
    Ok(Reply::Map(fields))
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
    let target = call.engine.target;
    let mut names = Vec::new();
    for spec in command::available(target) {
        let subs: Vec<_> = command::subcommands(call.engine, spec).collect();
        // Where subcommands have categories, their container is not told.
        let all = if subs.is_empty() { vec![spec] } else { subs };
        names.extend(
            all.into_iter().filter(|spec| command::has_category(spec, target, &category)).map(command::name_of),
        );
    }
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

pub(crate) fn dryrun(call: &mut Call<'_>) -> Answer {
    if call.word(2) != USER {
        return Err(format!("ERR User '{}' not found", String::from_utf8_lossy(call.word(2))).into());
    }
    let words = call.rest(3);
    match call.engine.find(words) {
        Err(_) => Err(format!("ERR Command '{}' not found", String::from_utf8_lossy(call.word(3))).into()),
        Ok(spec) if !call.engine.fits(spec, words.len()) => Err(call.engine.wrong_count(spec, words)),
        Ok(_) => Ok(Reply::ok()),
    }
}

pub(crate) fn log(call: &mut Call<'_>) -> Answer {
    match call.count() {
        2 => Ok(Reply::Array(vec![])),
        3 if call.is(2, "RESET") => Ok(Reply::ok()),
        3 => call.int(2).map(|_| Reply::Array(vec![])),
        _ => Err(help::unknown(call)),
    }
}

pub(crate) fn deluser(call: &mut Call<'_>) -> Answer {
    match call.rest(2).iter().any(|name| name == USER) {
        true => Err("ERR The 'default' user cannot be removed".into()),
        false => Ok(Reply::Int(0)),
    }
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
