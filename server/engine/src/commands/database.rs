//! Commands on whole databases, and those that need none.

use protocol::Reply;

use crate::{
    call::{Answer, Call},
    error::Error,
};

const NO_SUCH: &str = "ERR DB index is out of range";

/// The number of a database that the word at `at` is.
pub(super) fn number(call: &Call<'_>, at: usize) -> Result<usize, Error> {
    let number = call.int_in(at, i64::from(i32::MIN)..=i64::from(i32::MAX))?;
    checked(call, number)
}

fn checked(call: &Call<'_>, number: i64) -> Result<usize, Error> {
    let found = usize::try_from(number).ok().filter(|number| *number < call.engine.keyspace.databases());
    found.ok_or_else(|| NO_SUCH.into())
}

pub(crate) fn select(call: &mut Call<'_>) -> Answer {
    *call.db = number(call, 1)?;
    Ok(Reply::ok())
}

pub(crate) fn swapdb(call: &mut Call<'_>) -> Answer {
    let int = |at, error: &'static str| {
        call.int(at).ok().filter(|number| i32::try_from(*number).is_ok()).ok_or(Error::from(error))
    };
    let first = int(1, "ERR invalid first DB index")?;
    let second = int(2, "ERR invalid second DB index")?;
    let (first, second) = (checked(call, first)?, checked(call, second)?);
    if first != second {
        // 6.2 took keys that have expired for keys that are there.
        let now = if call.since(7, 0) { call.engine.expiry_time() } else { i64::MIN };
        call.engine.keyspace.swap(first, second, now);
    }
    call.engine.dirty += 1;
    Ok(Reply::ok())
}

/// Checks that the only option is one that says how to flush; here there is one way only.
fn flush_option(call: &Call<'_>) -> Result<(), Error> {
    match call.count() {
        1 => Ok(()),
        2 if call.is(1, "ASYNC") || call.is(1, "SYNC") => Ok(()),
        _ => call.syntax(),
    }
}

pub(crate) fn flushdb(call: &mut Call<'_>) -> Answer {
    flush_option(call)?;
    call.engine.dirty += call.engine.keyspace.len(*call.db) as u64;
    call.engine.keyspace.flush(*call.db);
    Ok(Reply::ok())
}

pub(crate) fn flushall(call: &mut Call<'_>) -> Answer {
    flush_option(call)?;
    for db in 0..call.engine.keyspace.databases() {
        call.engine.dirty += call.engine.keyspace.len(db) as u64;
        call.engine.keyspace.flush(db);
    }
    // 6.2 made sure that also a flush of nothing is replicated.
    call.engine.dirty += u64::from(!call.since(7, 0));
    Ok(Reply::ok())
}

pub(crate) fn dbsize(call: &mut Call<'_>) -> Answer {
    Ok(Reply::Int(call.engine.keyspace.len(*call.db) as i64))
}

pub(crate) fn time(call: &mut Call<'_>) -> Answer {
    let micros = call.engine.micros();
    Ok(Reply::bulks([(micros / 1_000_000).to_string(), (micros % 1_000_000).to_string()]))
}

pub(crate) fn echo(call: &mut Call<'_>) -> Answer {
    Ok(Reply::bulk(call.word(1)))
}

pub(crate) fn ping(call: &mut Call<'_>) -> Answer {
    match call.count() {
        1 => Ok(Reply::Status(b"PONG".to_vec())),
        2 => Ok(Reply::bulk(call.word(1))),
        _ => call.wrong_count(),
    }
}

#[cfg(test)]
mod tests {
    use commands::Target;

    use crate::{Clock, Engine};

    /// Runs calls before and after `x` is watched in a database, `wait` for 50 ms; true if its transaction is aborted.
    fn aborted(target: Target, before: &[&str], db: usize, after: &[&str]) -> bool {
        let mut engine = Engine::new(target);
        let mut time = 1_000_000_000;
        engine.set_clock(Clock::Fixed(time));
        engine.active_expire = false;
        let mut selected = 0;
        let mut call = |engine: &mut Engine, line: &str| {
            if line == "wait" {
                time += 50_000;
                engine.set_clock(Clock::Fixed(time));
            } else {
                let words: Vec<Vec<u8>> = line.split(' ').map(|word| word.as_bytes().to_vec()).collect();
                engine.call(&words, &mut selected, false);
            }
        };
        before.iter().for_each(|line| call(&mut engine, line));
        let watch = engine.watch(db, b"x");
        after.iter().for_each(|line| call(&mut engine, line));
        engine.is_aborted(db, b"x", watch)
    }

    #[test]
    fn swapdb_and_keys_that_have_expired() {
        const STALE: &[&str] = &["SELECT 1", "SET x 1 PX 10", "wait", "SELECT 0"];
        const BOTH: &[&str] = &["SELECT 1", "SET x 1 PX 10", "SELECT 0", "SET x 1 PX 10", "wait"];
        const SWAP: &[&str] = &["SWAPDB 0 1"];
        // Seen on eight servers.
        for (target, sees_them) in
            [(Target::redis(6, 2), true), (Target::redis(7, 0), false), (Target::valkey(9, 1), false)]
        {
            assert_eq!(aborted(target, STALE, 1, SWAP), sees_them, "{target}: expired, then absent");
            assert_eq!(aborted(target, STALE, 0, SWAP), sees_them, "{target}: absent, then expired");
            assert_eq!(aborted(target, BOTH, 0, SWAP), sees_them, "{target}: expired before and after");
            let live = &["SELECT 1", "SET x 1", "SELECT 0", "SET x 1 PX 10", "wait"];
            assert!(aborted(target, live, 0, SWAP), "{target}: expired, then there");
            assert!(aborted(target, &["SET x 1 PX 100"], 0, &["wait", "wait", "SWAPDB 0 1"]), "{target}: expires");
            let both = &["SELECT 1", "SET x 1 PX 100", "SELECT 0", "SET x 1 PX 100"];
            assert!(aborted(target, both, 0, &["wait", "wait", "SWAPDB 0 1"]), "{target}: expires in both");
            let read = &["SWAPDB 0 1", "SELECT 0", "GET x"];
            assert_eq!(aborted(target, STALE, 0, read), sees_them, "{target}: absent, then expired and deleted");
            assert!(!aborted(target, &[], 0, SWAP), "{target}: never there");
            assert!(aborted(target, STALE, 0, &["SWAPDB 0 1", "SET x 2 PX 10", "wait"]), "{target}: written anew");
        }
    }
}
