//! The rules by which the servers find the keys of some commands, for which the table of key specs is not enough.

use commands::{CommandId, CommandSpec, Target, spec::Access};

use super::key::Key;

/// Finds the keys of a call; nothing where the words do not fit the command.
pub(super) type Rule = fn(&'static CommandSpec, &[Vec<u8>]) -> Option<Vec<Key>>;

/// The rule of a command, if it has one. `compares` is true if `SET` has the conditions of Redis 8.4.
pub(super) fn rule(id: CommandId, since_7_0: bool, compares: bool) -> Option<Rule> {
    use CommandId as Id;
    Some(match id {
        Id::Eval | Id::EvalRo | Id::Evalsha | Id::EvalshaRo | Id::Fcall | Id::FcallRo => {
            |spec, words| counted(spec, words, 2)
        }
        Id::Zunion | Id::Zinter | Id::Zdiff | Id::Sintercard | Id::Zintercard | Id::Lmpop | Id::Zmpop => {
            |spec, words| counted(spec, words, 1)
        }
        Id::Blmpop | Id::Bzmpop => |spec, words| counted(spec, words, 2),
        Id::Zunionstore | Id::Zinterstore | Id::Zdiffstore => |spec, words| {
            let mut keys = counted(spec, words, 2)?;
            keys.push(key(spec, 1, None));
            Some(keys)
        },
        Id::Sort => sort,
        Id::SortRo => |spec, _| Some(vec![key(spec, 1, Some(Access::Read))]),
        Id::Georadius | Id::Georadiusbymember => georadius,
        Id::Migrate if since_7_0 => |spec, words| migrate(spec, words, true),
        Id::Migrate => |spec, words| migrate(spec, words, false),
        Id::Xread | Id::Xreadgroup => xread,
        Id::Bitfield => bitfield,
        Id::Set if compares => set_comparing,
        Id::Set => set,
        Id::Delex => delex,
        _ => return None,
    })
}

/// True if the specs are not asked, for what is done to the keys depends on the options. Of `STORE` and `STOREDIST` only the
/// last counts in Valkey 9.1.
pub(super) fn depends_on_options(target: Target, id: CommandId) -> bool {
    match id {
        CommandId::Bitfield | CommandId::Delex | CommandId::Set => true,
        CommandId::Georadius | CommandId::Georadiusbymember => target.valkey_since(9, 1),
        _ => false,
    }
}

fn key(spec: &'static CommandSpec, at: usize, access: Option<Access>) -> Key {
    Key { at, spec, nth: usize::MAX, access }
}

fn is(words: &[Vec<u8>], at: usize, word: &str) -> bool {
    words[at].eq_ignore_ascii_case(word.as_bytes())
}

/// The number at the beginning of a text as C's `atoi` reads it: 0 if there is none, cut to 32 bits.
fn leading_int(text: &[u8]) -> i32 {
    let text = text.trim_ascii_start();
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    };
    let value = digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .fold(0i64, |value, byte| value.saturating_mul(10).saturating_add(i64::from(byte - b'0')));
    (if negative { -value } else { value }) as i32
}

/// The keys behind their count, which is the word at `at`.
fn counted(spec: &'static CommandSpec, words: &[Vec<u8>], at: usize) -> Option<Vec<Key>> {
    let count = usize::try_from(leading_int(words.get(at)?)).ok().filter(|count| *count > 0)?;
    (count < words.len() - at).then(|| (1..=count).map(|nth| key(spec, at + nth, None)).collect())
}

/// `SORT key [BY pattern] [LIMIT offset count] [GET pattern …] [ASC | DESC] [ALPHA] [STORE destination]`: the last `STORE`.
fn sort(spec: &'static CommandSpec, words: &[Vec<u8>]) -> Option<Vec<Key>> {
    let (mut stored, mut at) = (None, 2);
    while at < words.len() {
        if is(words, at, "LIMIT") {
            at += 2;
        } else if is(words, at, "GET") || is(words, at, "BY") {
            at += 1;
        } else if is(words, at, "STORE") && at + 1 < words.len() {
            stored = Some(key(spec, at + 1, Some(Access::Overwrite)));
        }
        at += 1;
    }
    Some([key(spec, 1, Some(Access::Read))].into_iter().chain(stored).collect())
}

fn georadius(spec: &'static CommandSpec, words: &[Vec<u8>]) -> Option<Vec<Key>> {
    let (mut stored, mut at) = (None, 5);
    while at + 1 < words.len() {
        if is(words, at, "STORE") || is(words, at, "STOREDIST") {
            at += 1;
            stored = Some(key(spec, at, Some(Access::Overwrite)));
        }
        at += 1;
    }
    Some([key(spec, 1, Some(Access::Read))].into_iter().chain(stored).collect())
}

/// The passwords are passed over since 7.0; before, `KEYS` also was no mistake behind a key.
fn migrate(spec: &'static CommandSpec, words: &[Vec<u8>], skips: bool) -> Option<Vec<Key>> {
    let one = |at| Key { at, spec, nth: 0, access: Some(Access::ReadWrite) };
    let mut at = 6;
    while at < words.len() {
        if is(words, at, "KEYS") && (skips || words[3].is_empty()) {
            return words[3].is_empty().then(|| (at + 1..words.len()).map(one).collect());
        }
        at += if skips && is(words, at, "AUTH2") {
            3
        } else if skips && is(words, at, "AUTH") {
            2
        } else {
            1
        };
    }
    Some(vec![one(3)])
}

fn xread(spec: &'static CommandSpec, words: &[Vec<u8>]) -> Option<Vec<Key>> {
    let mut at = 1;
    while at < words.len() && !is(words, at, "STREAMS") {
        at += if is(words, at, "GROUP") {
            3
        } else if is(words, at, "BLOCK") || is(words, at, "COUNT") {
            2
        } else if is(words, at, "NOACK") {
            1
        } else {
            return None;
        };
    }
    let count = words.len().checked_sub(at + 1).filter(|count| *count > 0 && count % 2 == 0)?;
    Some((1..=count / 2).map(|nth| key(spec, at + nth, None)).collect())
}

/// A `BITFIELD` that only reads has the flags of one that reads.
fn bitfield(spec: &'static CommandSpec, words: &[Vec<u8>]) -> Option<Vec<Key>> {
    let mut at = 2;
    while at < words.len() {
        let left = words.len() - at - 1;
        at += match () {
            () if is(words, at, "GET") && left >= 2 => 3,
            () if is(words, at, "OVERFLOW") && left >= 1 => 2,
            () => break,
        };
    }
    let reads = at >= words.len();
    Some(vec![match reads {
        true => key(spec, 1, Some(Access::Read)),
        false => Key { at: 1, spec, nth: 0, access: Some(Access::ReadWrite) },
    }])
}

/// `SET`, which reads the old value only with `GET`.
fn set(spec: &'static CommandSpec, words: &[Vec<u8>]) -> Option<Vec<Key>> {
    let tells = words.iter().skip(3).any(|word| word.eq_ignore_ascii_case(b"GET"));
    Some(vec![match tells {
        true => Key { at: 1, spec, nth: 0, access: Some(Access::ReadWrite) },
        false => key(spec, 1, Some(Access::Overwrite)),
    }])
}

/// `SET` of Redis 8.4, whose conditions read the key.
fn set_comparing(spec: &'static CommandSpec, words: &[Vec<u8>]) -> Option<Vec<Key>> {
    match words.iter().skip(3).any(|word| is_condition(word))
        && !words.iter().skip(3).any(|word| word.eq_ignore_ascii_case(b"GET"))
    {
        true => Some(vec![key(spec, 1, Some(Access::ReadWrite))]),
        false => set(spec, words),
    }
}

fn is_condition(word: &[u8]) -> bool {
    ["IFEQ", "IFNE", "IFDEQ", "IFDNE"].iter().any(|name| word.eq_ignore_ascii_case(name.as_bytes()))
}

fn delex(spec: &'static CommandSpec, words: &[Vec<u8>]) -> Option<Vec<Key>> {
    let access = if words.len() > 2 { Access::ReadWrite } else { Access::Remove };
    Some(vec![key(spec, 1, Some(access))])
}
