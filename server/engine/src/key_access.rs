//! Key flags in `COMMAND`'s replies: the access, and the effect on the value where that does not follow from the access.

use commands::{CommandId as Id, spec::Access};

/// Access flag of a key.
pub(super) fn kind(access: Access) -> &'static str {
    match access {
        Access::Read => "RO",
        Access::ReadWrite => "RW",
        Access::Overwrite => "OW",
        Access::Remove => "RM",
    }
}

/// Flags for the effect on the value of the key that a command's spec at `nth` finds.
pub(crate) fn effects(id: Id, nth: usize, access: Access) -> &'static [&'static str] {
    match (id, nth) {
        (Id::Delex, _) => &["delete"],
        (Id::Msetnx, 0) | (Id::Renamenx, 1) | (Id::Setnx, 0) => &["insert"],
        (Id::Exists, 0)
        | (Id::Hexists, 0)
        | (Id::Hlen, 0)
        | (Id::Hstrlen, 0)
        | (Id::Llen, 0)
        | (Id::MemoryUsage, 0)
        | (Id::ObjectEncoding, 0)
        | (Id::ObjectFreq, 0)
        | (Id::ObjectIdletime, 0)
        | (Id::ObjectRefcount, 0)
        | (Id::Scard, 0)
        | (Id::Sismember, 0)
        | (Id::Strlen, 0)
        | (Id::Touch, 0)
        | (Id::Type, 0)
        | (Id::Watch, 0)
        | (Id::Xlen, 0)
        | (Id::Zcard, 0) => &[],
        (Id::Pfcount, 0) | (Id::Pfdebug, 0) => &["access"],
        (Id::Blmove, 0)
        | (Id::Blmpop, 0)
        | (Id::Blpop, 0)
        | (Id::Brpop, 0)
        | (Id::Brpoplpush, 0)
        | (Id::Bzmpop, 0)
        | (Id::Bzpopmax, 0)
        | (Id::Bzpopmin, 0)
        | (Id::Getdel, 0)
        | (Id::Hgetdel, 0)
        | (Id::Lmove, 0)
        | (Id::Lmpop, 0)
        | (Id::Lpop, 0)
        | (Id::Migrate, 0)
        | (Id::Migrate, 1)
        | (Id::Rename, 0)
        | (Id::Renamenx, 0)
        | (Id::Rpop, 0)
        | (Id::Rpoplpush, 0)
        | (Id::Smove, 0)
        | (Id::Spop, 0)
        | (Id::Zmpop, 0)
        | (Id::Zpopmax, 0)
        | (Id::Zpopmin, 0) => &["access", "delete"],
        (Id::Pfmerge, 0) => &["access", "insert"],
        (Id::Bitfield, 0)
        | (Id::Decr, 0)
        | (Id::Decrby, 0)
        | (Id::Eval, 0)
        | (Id::Evalsha, 0)
        | (Id::Fcall, 0)
        | (Id::Getex, 0)
        | (Id::Getset, 0)
        | (Id::Hgetex, 0)
        | (Id::Hincrby, 0)
        | (Id::Hincrbyfloat, 0)
        | (Id::Incr, 0)
        | (Id::Incrby, 0)
        | (Id::Incrbyfloat, 0)
        | (Id::Move, 0)
        | (Id::Set, 0)
        | (Id::Setbit, 0)
        | (Id::Zincrby, 0) => &["access", "update"],
        (Id::Hdel, 0)
        | (Id::Lrem, 0)
        | (Id::Ltrim, 0)
        | (Id::Srem, 0)
        | (Id::Xautoclaim, 0)
        | (Id::Xdel, 0)
        | (Id::Xdelex, 0)
        | (Id::XgroupDelconsumer, 0)
        | (Id::XgroupDestroy, 0)
        | (Id::Xtrim, 0)
        | (Id::Zrem, 0)
        | (Id::Zremrangebylex, 0)
        | (Id::Zremrangebyrank, 0)
        | (Id::Zremrangebyscore, 0) => &["delete"],
        (Id::Append, 0)
        | (Id::Blmove, 1)
        | (Id::Brpoplpush, 1)
        | (Id::Hsetex, 0)
        | (Id::Hsetnx, 0)
        | (Id::Linsert, 0)
        | (Id::Lmove, 1)
        | (Id::Lpush, 0)
        | (Id::Lpushx, 0)
        | (Id::Pfadd, 0)
        | (Id::Rpoplpush, 1)
        | (Id::Rpush, 0)
        | (Id::Rpushx, 0)
        | (Id::Sadd, 0)
        | (Id::Smove, 1)
        | (Id::XgroupCreate, 0)
        | (Id::XgroupCreateconsumer, 0) => &["insert"],
        (Id::Xackdel, 0) => &["update", "delete"],
        _ => match access {
            Access::Read => &["access"],
            Access::ReadWrite | Access::Overwrite => &["update"],
            Access::Remove => &["delete"],
        },
    }
}
