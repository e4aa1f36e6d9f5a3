//! `DEBUG`, as far as tests of scripts and the servers' own suites ask for it.

use std::time::{Duration, Instant};

use protocol::{
    Reply,
    number::{strtod, to_usize},
};

use super::{digest::Digest, help};
use crate::{
    call::{Answer, Call},
    error::NO_KEY,
    rdb,
    value::{List, Text, Value},
};

const HELP: &[(&str, &str)] = &[
    ("CHANGE-REPL-ID", "Does nothing: there are no replicas."),
    ("DIGEST", "A digest of all keys."),
    ("DIGEST-VALUE <key> [<key> ...]", "Digests of the values of keys."),
    ("ERROR <text>", "Replies with an error."),
    ("HTSTATS <db>", "The tables of a database."),
    ("HTSTATS-KEY <key>", "The table of a value."),
    ("LISTPACK <key>", "Whether the value is a listpack."),
    ("LOADAOF", "Reads all values anew."),
    ("LOG <text>", "Does nothing: there is no log."),
    ("OBJECT <key>", "What is known of a value."),
    ("POPULATE <count> [<prefix>] [<size>]", "Makes keys."),
    ("PROTOCOL <type>", "A reply of the type."),
    ("QUICKLIST-PACKED-THRESHOLD <size>", "Does nothing: lists have no nodes here."),
    ("RELOAD", "Writes all values and reads them anew."),
    ("SET-ACTIVE-EXPIRE <0|1>", "Whether keys go by themselves when their time comes."),
    ("SET-DISABLE-DENY-SCRIPTS <0|1>", "Whether scripts may call every command."),
    ("SET-SKIP-CHECKSUM-VALIDATION <0|1>", "Whether RESTORE takes payloads with wrong checksums."),
    ("SLEEP <seconds>", "Waits."),
];

/// The longest wait, in seconds: the engine serves no other client meanwhile.
const LONGEST: f64 = 60.0;

fn verbatim(text: &str) -> Reply {
    Reply::Verbatim { format: *b"txt", text: text.as_bytes().to_vec() }
}

pub(crate) fn debug(call: &mut Call<'_>) -> Answer {
    let name = String::from_utf8_lossy(call.word(1)).to_ascii_uppercase();
    let newer = call.since(7, 0);
    match (name.as_str(), call.count()) {
        ("HELP", 2) => help::reply(call, HELP),
        ("SLEEP", 3) => sleep(call),
        ("OBJECT", 3 | 4) => object(call),
        ("SET-ACTIVE-EXPIRE", 3) => {
            call.engine.active_expire = flag(call);
            Ok(Reply::ok())
        }
        ("SET-DISABLE-DENY-SCRIPTS", 3) if newer => {
            call.engine.scripts_may_all = flag(call);
            Ok(Reply::ok())
        }
        ("SET-SKIP-CHECKSUM-VALIDATION", 3) => {
            call.engine.config.skips_checksums = flag(call);
            Ok(Reply::ok())
        }
        ("RELOAD" | "LOADAOF", _) => reload(call),
        ("DIGEST", 2) => Ok(Reply::Status(Digest::of_all(call.engine).to_string().into_bytes())),
        ("DIGEST-VALUE", _) => digest_value(call),
        ("ERROR", 3) => Err(crate::Error(call.word(2).to_vec().into())),
        ("PROTOCOL", 3) => protocol(call),
        ("POPULATE", 3..=5) => populate(call),
        ("HTSTATS", 3 | 4) => {
            let db = call.int(2)?;
            if usize::try_from(db).map_or(true, |db| db >= call.engine.keyspace.databases()) {
                return Err("ERR Out of range database".into());
            }
            Ok(verbatim(&format!("[Dictionary HT]\n{} keys\n", call.engine.keyspace.len(to_usize(db)))))
        }
        ("HTSTATS-KEY", 3 | 4) => table_of_key(call),
        ("LISTPACK", 3) if newer => match call.entry(call.word(2)).map(|entry| entry.value.clone()) {
            None => Err(NO_KEY.into()),
            Some(value) if value.encoding(&call.engine.config).starts_with("listpack") => {
                Ok(Reply::Status(b"Listpack structure printed on stdout".to_vec()))
            }
            Some(_) => Err("ERR Not a listpack encoded object.".into()),
        },
        ("SDSLEN", 3) => match call.entry(call.word(2)).map(|entry| entry.value.clone()).as_deref() {
            None => Err(NO_KEY.into()),
            Some(Value::Text(text @ (Text::Bytes(_) | Text::Raw(_)))) => Ok(Reply::Status(
                format!("key_sds_len:{}, val_sds_len:{}", call.word(2).len(), text.len()).into_bytes(),
            )),
            Some(_) => Err("ERR Not an sds encoded string.".into()),
        },
        ("QUICKLIST-PACKED-THRESHOLD", 3) | ("REPLYBUFFER", 4) if newer => Ok(Reply::ok()),
        ("PAUSE-CRON", 3) => Ok(Reply::ok()),
        ("DICT-RESIZING", 3) if call.redis(7, 4) || call.valkey(8, 0) => Ok(Reply::ok()),
        ("CHANGE-REPL-ID", 2) | ("LOG", 3) | ("MALLCTL" | "MALLCTL-STR", _) => Ok(Reply::ok()),
        ("SEGFAULT" | "PANIC" | "ASSERT" | "OOM" | "RESTART" | "CRASH-AND-RECOVER", _) => {
            Err(format!("ERR DEBUG {name} is not supported by the embedded engine: it does not crash").into())
        }
        _ => {
            let text = String::from_utf8_lossy(call.word(1)).into_owned();
            let begin = if newer { "unknown" } else { "Unknown" };
            Err(format!("ERR {begin} subcommand or wrong number of arguments for '{text}'. Try DEBUG HELP.").into())
        }
    }
}

/// A word that is a number, zero being no.
fn flag(call: &Call<'_>) -> bool {
    call.int(2).unwrap_or(0) != 0
}

fn sleep(call: &mut Call<'_>) -> Answer {
    let seconds = strtod(call.word(2)).unwrap_or(0.0);
    if seconds > 0.0 {
        let until = Instant::now() + Duration::from_secs_f64(seconds.min(LONGEST));
        while let Some(rest) = until.checked_duration_since(Instant::now()).filter(|rest| !rest.is_zero()) {
            std::thread::sleep(rest.min(Duration::from_millis(10)));
            meter::check();
        }
        // Inside a script time stands still.
        if !call.in_script {
            call.engine.tick();
        }
    }
    Ok(Reply::ok())
}

fn object(call: &mut Call<'_>) -> Answer {
    let key = call.word(2);
    // It sees what is over and not yet gone.
    let Some(entry) = call.engine.keyspace.get(*call.db, key).cloned() else { return Err(NO_KEY.into()) };
    let config = &call.engine.config;
    let encoding = entry.value.encoding(config);
    // A payload has a byte for the type before the value, and ten bytes behind it.
    let length = rdb::dump(&entry.value, call.engine.target, config).len().saturating_sub(11);
    let idle = (call.now() - entry.used).max(0) / 1000;
    let clock = (entry.used / 1000) & 0x00FF_FFFF;
    let mut text = format!(
        "Value at:0x7f0000000000 refcount:1 encoding:{encoding} serializedlength:{length} lru:{clock} \
         lru_seconds_idle:{idle}"
    );
    if let (Value::List(list), "quicklist") = (&*entry.value, encoding) {
        text.push_str(&nodes(call, list));
    }
    Ok(Reply::Status(text.into_bytes()))
}

/// Fields of `DEBUG OBJECT` for the nodes of a list.
fn nodes(call: &Call<'_>, list: &List) -> String {
    let config = &call.engine.config;
    let pieces = rdb::pieces(list, call.engine.target, config);
    let size: usize = pieces.iter().sum();
    let name = if config.has_listpacks { "listpack" } else { "ziplist" };
    format!(
        " ql_nodes:{} ql_avg_node:{:.2} ql_{name}_max:{} ql_compressed:0 ql_uncompressed_size:{size}",
        pieces.len(),
        list.len() as f64 / pieces.len().max(1) as f64,
        config.list_size
    )
}

/// Writes and reads all values anew, which changes the form of some.
fn reload(call: &mut Call<'_>) -> Answer {
    let target = call.engine.target;
    for db in 0..call.engine.keyspace.databases() {
        call.engine.expire(db);
        let keys: Vec<_> = meter::collect(call.engine.keyspace.keys(db).map(|(key, _)| key.clone()));
        for key in keys {
            let Some(entry) = call.engine.keyspace.get(db, &key) else { continue };
            let payload = rdb::dump(&entry.value, target, &call.engine.config);
            if let Ok(value) = rdb::restore(&payload, target, &call.engine.config)
                && let Some(entry) = call.engine.keyspace.get_mut(db, &key)
            {
                entry.value = value.into();
            }
            // The keys are deleted and loaded.
            call.engine.keyspace.signal(db, &key);
        }
    }
    call.engine.dirty = 0;
    Ok(Reply::ok())
}

fn digest_value(call: &mut Call<'_>) -> Answer {
    let db = *call.db;
    let mut digests = Vec::new();
    for key in call.rest(2) {
        let digest = Digest::of_value(call.engine.keyspace.get(db, key), call.engine);
        digests.push(Reply::Status(digest.to_string().into_bytes()));
    }
    Ok(Reply::Array(digests))
}

fn table_of_key(call: &mut Call<'_>) -> Answer {
    let Some(entry) = call.entry(call.word(2)).cloned() else { return Err(NO_KEY.into()) };
    let count = match (&*entry.value, entry.value.encoding(&call.engine.config)) {
        (Value::Hash(hash), "hashtable") => hash.len(),
        (Value::Set(set), "hashtable") => set.len(),
        (Value::Zset(zset), "skiplist") => zset.len(),
        _ => return Err("ERR The value stored at the specified key is not represented using an hash table".into()),
    };
    Ok(verbatim(&format!("[Dictionary HT]\n{count} elements\n")))
}

fn populate(call: &mut Call<'_>) -> Answer {
    let count = call.int(2).ok().filter(|count| *count >= 0).ok_or("ERR value is out of range, must be positive")?;
    let prefix = if call.count() > 3 { call.word(3) } else { b"key" };
    let size = if call.count() > 4 { Some(to_usize(call.int_in(4, 0..=call.engine.config.max_bulk)?)) } else { None };
    for number in 0..count {
        let key = [prefix, format!(":{number}").as_bytes()].concat();
        if call.exists(&key) {
            continue;
        }
        let mut value = format!("value:{number}").into_bytes();
        if let Some(size) = size.filter(|size| *size > 0) {
            let more = size.saturating_sub(value.len());
            meter::tick(1 + more / 64);
            meter::grow(&mut value, more);
            value.resize(size, 0);
        }
        call.set(&key, Value::Text(Text::Bytes(value)));
    }
    Ok(Reply::ok())
}

fn protocol(call: &mut Call<'_>) -> Answer {
    let name = String::from_utf8_lossy(call.word(2)).to_ascii_lowercase();
    let ints = || (0..3).map(Reply::Int).collect();
    Ok(match name.as_str() {
        "string" => Reply::bulk("Hello World"),
        "integer" => Reply::Int(12_345),
        "double" => Reply::Double(if call.since(7, 0) { "3.141".to_owned() } else { "3.1415926535900001".to_owned() }),
        "null" => Reply::Nil,
        "array" => Reply::Array(ints()),
        "set" => Reply::Set(ints()),
        "map" => Reply::map((0..3).map(|at| (Reply::Int(at), Reply::Bool(at == 1)))),
        "verbatim" => verbatim("This is a verbatim\nstring"),
        "true" => Reply::Bool(true),
        "false" => Reply::Bool(false),
        "bignum" => Reply::BigNumber(b"1234567999999999999999999999999999999".to_vec()),
        "push" => {
            return match call.resp3 {
                true => Err("ERR DEBUG PROTOCOL push needs a connection".into()),
                false => Err("ERR RESP2 is not supported by this command".into()),
            };
        }
        "attrib" => Reply::Attributed {
            attributes: vec![(
                Reply::bulk("key-popularity"),
                Reply::Array(vec![Reply::bulk("key:123"), Reply::Int(90)]),
            )],
            reply: Box::new(Reply::bulk("Some real reply following the attribute")),
        },
        _ => {
            return Err("ERR Wrong protocol type name. Please use one of the following: \
                        string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false"
                .into());
        }
    })
}
