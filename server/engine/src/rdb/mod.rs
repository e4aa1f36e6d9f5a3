//! The servers' snapshot format, as far as one value needs it: what `DUMP` gives and `RESTORE` takes.
//!
//! A payload is a byte for the type, the value, the version of the format in two bytes and a checksum in eight.

mod encode;
mod lzf;
mod packed;
mod read;
mod stream;
mod write;

use commands::{Family, Target, Version};
use crc::{CRC_64_REDIS, Crc, Table};

use crate::{config::Config, value::Value};

pub use encode::{Reader, Writer};

static CRC: Crc<u64, Table<1>> = Crc::<u64, Table<1>>::new(&CRC_64_REDIS);

/// Why a payload is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refused {
    /// It is of a newer format, or its checksum is not that of its bytes.
    Footer,
    /// What it says makes no value.
    Data,
}

/// The types of values, which are also those of their layouts.
mod kind {
    pub(super) const STRING: u8 = 0;
    pub(super) const LIST: u8 = 1;
    pub(super) const SET: u8 = 2;
    pub(super) const ZSET: u8 = 3;
    pub(super) const HASH: u8 = 4;
    pub(super) const ZSET_BINARY: u8 = 5;
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
}

/// The version of the format that a server writes.
pub fn version(target: Target) -> u16 {
    let Version { major, minor } = target.version;
    match (target.family, major, minor) {
        (Family::Redis, ..=6, _) => 9,
        (Family::Redis, 7, 0..=1) => 10,
        (Family::Redis, 7, 2..=3) => 11,
        (Family::Redis, ..) => 12,
        // Valkey took numbers far from those of Redis when the formats had parted.
        (Family::Valkey, ..=8, _) => 11,
        (Family::Valkey, ..) => 80,
    }
}

/// Adds version and checksum to a payload.
pub fn seal(mut payload: Vec<u8>, target: Target) -> Vec<u8> {
    payload.extend_from_slice(&version(target).to_le_bytes());
    let crc = CRC.checksum(&payload);
    payload.extend_from_slice(&crc.to_le_bytes());
    payload
}

/// A payload without version and checksum, which must fit.
///
/// # Errors
/// They do not.
pub fn unseal(sealed: &[u8], target: Target) -> Result<&[u8], Refused> {
    let (rest, crc) = sealed.split_last_chunk::<8>().ok_or(Refused::Footer)?;
    let (payload, found) = rest.split_last_chunk::<2>().ok_or(Refused::Footer)?;
    let (found, own) = (u16::from_le_bytes(*found), version(target));
    // What lies between is Redis' own, which Valkey 9 does not read.
    let foreign = own == 80 && (12..80).contains(&found);
    if found > own || foreign || CRC.checksum(rest) != u64::from_le_bytes(*crc) {
        return Err(Refused::Footer);
    }
    Ok(payload)
}

/// What `DUMP` gives for a value.
pub fn dump(value: &Value, target: Target, config: &Config) -> Vec<u8> {
    let compresses = config.get("rdbcompression").is_none_or(|value| value == "yes");
    let mut writer = Writer::new(compresses);
    write::value(&mut writer, value, target, config);
    seal(writer.into_bytes(), target)
}

/// The value that a payload of `DUMP` holds.
///
/// # Errors
/// It is none that this server reads.
pub fn restore(sealed: &[u8], target: Target, config: &Config) -> Result<Value, Refused> {
    unseal(sealed, target)?;
    // The servers read on into version and checksum where the value asks for more, and so take some broken payloads.
    let mut reader = Reader::new(sealed);
    let value = read::value(&mut reader, target, config).ok_or(Refused::Data)?;
    if value.is_empty() { Err(Refused::Data) } else { Ok(value) }
}
