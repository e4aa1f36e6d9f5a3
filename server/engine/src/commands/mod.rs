//! The commands, a file a group.

pub(crate) mod bitmap;
mod blocking;
pub(crate) mod database;
pub(crate) mod dump;
pub(crate) mod expiry;
pub(crate) mod hash;
pub(crate) mod hash_expiry;
pub(crate) mod help;
pub(crate) mod hyperloglog;
pub(crate) mod keys;
pub(crate) mod list;
pub(crate) mod object;
pub(crate) mod pubsub;
pub(crate) mod scan;
pub(crate) mod set;
pub(crate) mod sort;
pub(crate) mod stream;
pub(crate) mod stream_delete;
pub(crate) mod stream_group;
pub(crate) mod stream_info;
pub(crate) mod stream_pending;
pub(crate) mod stream_read;
mod stream_trim;
pub(crate) mod string;
pub(crate) mod zset;
pub(crate) mod zset_combine;
pub(crate) mod zset_range;
