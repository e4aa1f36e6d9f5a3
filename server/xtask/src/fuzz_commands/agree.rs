//! Comparison of replies: times may differ a little, and elements of a hash table have no order.

use protocol::Reply;

/// Maximum difference of two clocks, in milliseconds.
const SLACK: i64 = 5000;

/// Comparison of two replies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum How {
    /// Byte for byte.
    Exact,
    /// All numbers are times, some seconds apart.
    Clock,
    /// Great numbers may be times.
    Times,
    /// Elements in any order.
    AnyOrder,
    /// Pairs in any order.
    AnyOrderOfPairs,
    /// Only the type and the number of elements.
    Shape,
}

/// Selects how replies to a call are compared; `tables` is true if a key that it names is kept in a hash table.
pub(super) fn how(call: &[Vec<u8>], tables: bool, resp3: bool) -> How {
    let word = |at: usize| call.get(at).map(|word| word.to_ascii_uppercase()).unwrap_or_default();
    match word(0).as_slice() {
        b"TTL" | b"PTTL" | b"EXPIRETIME" | b"PEXPIRETIME" | b"HTTL" | b"HPTTL" | b"HEXPIRETIME" | b"HPEXPIRETIME" => {
            How::Clock
        }
        b"XPENDING" | b"XINFO" => How::Times,
        b"SUNION" | b"SDIFF" => How::AnyOrder,
        b"SPOP" | b"SRANDMEMBER" | b"ZRANDMEMBER" | b"HRANDFIELD" => match word(2).as_slice() {
            b"1000" if call.len() == 3 => How::AnyOrder,
            _ => How::Shape,
        },
        b"RANDOMKEY" => How::Shape,
        b"SINTER" | b"SMEMBERS" | b"HKEYS" | b"HVALS" | b"SORT" | b"SORT_RO" if tables => How::AnyOrder,
        b"HGETALL" if tables && !resp3 => How::AnyOrderOfPairs,
        b"HGETALL" if tables => How::AnyOrder,
        b"KEYS" => How::AnyOrder,
        b"SCAN" => How::AnyOrder,
        b"SSCAN" | b"HSCAN" | b"ZSCAN" if tables && !call.iter().any(|word| word == b"1000") => How::Shape,
        b"SSCAN" | b"HSCAN" | b"ZSCAN" if tables => How::AnyOrder,
        _ => How::Exact,
    }
}

/// True if two replies are the same.
pub(super) fn agree(a: &Reply, b: &Reply, how: How) -> bool {
    match how {
        How::Exact => a == b,
        How::Times => times(a, b, false),
        How::Clock => clock(a, b),
        How::Shape => shape(a) == shape(b),
        How::AnyOrder => sorted(a) == sorted(b),
        How::AnyOrderOfPairs => pairs(a) == pairs(b),
    }
}

fn clock(a: &Reply, b: &Reply) -> bool {
    match (a, b) {
        (Reply::Array(a), Reply::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| times(a, b, true)),
        _ => times(a, b, true),
    }
}

fn times(a: &Reply, b: &Reply, here: bool) -> bool {
    match (a, b) {
        (Reply::Int(a), Reply::Int(b)) => {
            a == b || (*a >= 0 && *b >= 0 && (a - b).abs() <= SLACK && (here || *a > 10_000))
        }
        (Reply::Array(a), Reply::Array(b)) => {
            // In what XPENDING tells of an entry the third is a time, and so is what XINFO says idle is.
            let entry = a.len() == 4 && matches!(a[2], Reply::Int(_)) && matches!(a[0], Reply::Bulk(_));
            a.len() == b.len()
                && a.iter().zip(b).enumerate().all(|(nth, (x, y))| {
                    let named = nth > 0 && is_time(&a[nth - 1]);
                    times(x, y, named || (entry && nth == 2))
                })
        }
        (Reply::Map(a), Reply::Map(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(x, y)| x.0 == y.0 && times(&x.1, &y.1, is_time(&x.0)))
        }
        _ => a == b,
    }
}

fn is_time(name: &Reply) -> bool {
    matches!(name, Reply::Bulk(name) if [&b"idle"[..], b"inactive"].contains(&name.as_slice()))
}

fn shape(reply: &Reply) -> String {
    match reply {
        Reply::Error(text) => String::from_utf8_lossy(text).into_owned(),
        Reply::Array(all) | Reply::Set(all) => format!("{} of", all.len()),
        other => format!("{:?}", std::mem::discriminant(other)),
    }
}

fn sorted(reply: &Reply) -> Vec<String> {
    let mut all: Vec<String> = match reply {
        Reply::Array(all) | Reply::Set(all) => all
            .iter()
            .flat_map(|one| match one {
                Reply::Array(_) => sorted(one),
                one => vec![format!("{one:?}")],
            })
            .collect(),
        Reply::Map(all) => all.iter().map(|pair| format!("{pair:?}")).collect(),
        other => vec![format!("{other:?}")],
    };
    all.sort();
    all
}

fn pairs(reply: &Reply) -> Vec<String> {
    let Reply::Array(all) = reply else { return sorted(reply) };
    let mut all: Vec<String> = all.chunks(2).map(|pair| format!("{pair:?}")).collect();
    all.sort();
    all
}
