//! Types of values, which are also those of their layouts.

pub(super) const STRING: u8 = 0;
pub(super) const LIST: u8 = 1;
pub(super) const SET: u8 = 2;
pub(super) const ZSET: u8 = 3;
pub(super) const HASH: u8 = 4;
pub(super) const ZSET_BINARY: u8 = 5;
/// A value of a module, with marks between its parts.
pub(super) const MODULE: u8 = 7;
pub(super) const HASH_ZIPMAP: u8 = 9;
pub(super) const LIST_ZIPLIST: u8 = 10;
pub(super) const SET_INTS: u8 = 11;
pub(super) const ZSET_ZIPLIST: u8 = 12;
pub(super) const HASH_ZIPLIST: u8 = 13;
pub(super) const LIST_ZIPLISTS: u8 = 14;
pub(super) const STREAM: u8 = 15;
pub(super) const HASH_LISTPACK: u8 = 16;
pub(super) const ZSET_LISTPACK: u8 = 17;
pub(super) const LIST_LISTPACKS: u8 = 18;
pub(super) const STREAM_2: u8 = 19;
pub(super) const SET_LISTPACK: u8 = 20;
pub(super) const STREAM_3: u8 = 21;
/// Valkey 9; in Redis it was for a moment what 24 is now.
pub(super) const HASH_EXPIRING: u8 = 22;
pub(super) const HASH_METADATA: u8 = 24;
pub(super) const HASH_LISTPACK_EXPIRING: u8 = 25;
/// With idempotent IDs (Redis 8.6).
pub(super) const STREAM_4: u8 = 26;
