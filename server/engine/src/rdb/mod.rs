//! The servers' snapshot format, as far as one value needs it: what `DUMP` gives and `RESTORE` takes.
//!
//! A payload is a byte for the type, the value, the version of the format in two bytes and a checksum in eight.

mod encode;
mod kind;
mod libraries;
mod lzf;
mod packed;
mod read;
mod stream;
mod vectors;
mod write;

use commands::{Family, Target, Version};
use crc::{CRC_64_REDIS, Crc, Table};

use crate::{config::Config, value::Value};

pub use encode::{Reader, Writer};
pub use libraries::{dump_libraries, read_libraries};

static CRC: Crc<u64, Table<1>> = Crc::<u64, Table<1>>::new(&CRC_64_REDIS);

/// Reason why a payload is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refused {
    /// The format is newer, or the checksum is wrong.
    Footer,
    /// The data does not encode a value.
    Data,
}

/// The version of the format that a server writes.
pub fn version(target: Target) -> u16 {
    let Version { major, minor } = target.version;
    match (target.family, major, minor) {
        (Family::Redis, ..=6, _) => 9,
        (Family::Redis, 7, 0..=1) => 10,
        (Family::Redis, 7, 2..=3) => 11,
        (Family::Redis, ..=7, _) | (Family::Redis, 8, 0..=5) => 12,
        (Family::Redis, ..) => 13,
        // Valkey took numbers far from those of Redis when the formats had parted.
        (Family::Valkey, ..=8, _) => 11,
        (Family::Valkey, ..) => 80,
    }
}

/// Adds version and checksum to a payload.
pub fn seal(mut payload: Vec<u8>, target: Target) -> Vec<u8> {
    meter::tick(payload.len() / 256);
    meter::grow(&mut payload, 10);
    payload.extend_from_slice(&version(target).to_le_bytes());
    let crc = CRC.checksum(&payload);
    payload.extend_from_slice(&crc.to_le_bytes());
    payload
}

/// A payload without version and checksum, which must fit. Valkey's `rdb-version-check relaxed` lets any version pass.
///
/// # Errors
/// They do not.
pub fn unseal<'a>(sealed: &'a [u8], target: Target, config: &Config) -> Result<&'a [u8], Refused> {
    let relaxed = config.get("rdb-version-check").is_some_and(|value| value == "relaxed");
    let (rest, crc) = sealed.split_last_chunk::<8>().ok_or(Refused::Footer)?;
    let (payload, found) = rest.split_last_chunk::<2>().ok_or(Refused::Footer)?;
    let (found, own) = (u16::from_le_bytes(*found), version(target));
    // What lies between is Redis' own, which Valkey 9 does not read.
    let foreign = own == 80 && (12..80).contains(&found);
    if ((found > own || foreign) && !relaxed)
        || !config.skips_checksums && CRC.checksum(rest) != u64::from_le_bytes(*crc)
    {
        return Err(Refused::Footer);
    }
    Ok(payload)
}

/// Returns the payload of `DUMP` for a value.
pub fn dump(value: &Value, target: Target, config: &Config) -> Vec<u8> {
    let compresses = config.get("rdbcompression").is_none_or(|value| value == "yes");
    let mut writer = Writer::new(compresses);
    write::value(&mut writer, value, target, config);
    seal(writer.into_bytes(), target)
}

/// The sizes of the pieces that the server keeps a list in, in bytes.
pub fn pieces(list: &crate::value::List, target: Target, config: &Config) -> Vec<usize> {
    write::pieces(list, target, config).iter().map(|(_, bytes)| bytes.len()).collect()
}

/// Returns the value that a payload of `DUMP` holds.
///
/// # Errors
/// The payload's footer is invalid, or its data does not encode a value that this server reads.
pub fn restore(sealed: &[u8], target: Target, config: &Config) -> Result<Value, Refused> {
    unseal(sealed, target, config)?;
    // The servers read on into version and checksum where the value asks for more, and so take some broken payloads.
    let mut reader = Reader::new(sealed);
    let value = read::value(&mut reader, target, config).ok_or(Refused::Data)?;
    if value.is_empty() { Err(Refused::Data) } else { Ok(value) }
}

#[cfg(test)]
mod tests {
    use commands::Target;

    use super::*;
    use crate::Engine;

    /// Values of all types, small and large, as payloads of a server.
    fn payloads(target: Target) -> Vec<Vec<u8>> {
        let mut engine = Engine::new(target);
        let mut db = 0;
        let long = "x".repeat(100);
        let many: String = (0..300).map(|n| format!(" {n} value:{n}")).collect();
        let lines = [
            "SET text hello".to_owned(),
            "SET int 70000".to_owned(),
            format!("SET long {long}"),
            "RPUSH list a 5 -70000".to_owned(),
            format!("RPUSH lists {long}{many}"),
            "SADD ints 1 2 70000".to_owned(),
            "SADD set a b".to_owned(),
            format!("SADD sets{many}"),
            "ZADD zset 1 a 2.5 b".to_owned(),
            format!("ZADD zsets{many}"),
            "HSET hash f v n 5".to_owned(),
            format!("HSET hashes{many}"),
            "HSET expiring f v g w".to_owned(),
            "HPEXPIREAT expiring 4102444800000 FIELDS 1 f".to_owned(),
            "VADD vectors VALUES 3 1 2 3 a SETATTR {\"n\":1}".to_owned(),
            "VADD floats VALUES 2 1 2 a NOQUANT M 4".to_owned(),
            "VADD bits REDUCE 3 VALUES 5 1 2 -3 4 5 a BIN".to_owned(),
        ];
        for line in lines {
            let words: Vec<Vec<u8>> = line.split(' ').map(|word| word.as_bytes().to_vec()).collect();
            engine.call(&words, &mut db, false);
        }
        engine.keyspace.keys(0).map(|(_, entry)| dump(&entry.value, target, &engine.config)).collect()
    }

    #[test]
    fn values_come_back() {
        for &target in Target::KNOWN {
            let config = Config::new(target);
            for payload in payloads(target) {
                let value = restore(&payload, target, &config).expect("a payload of our own");
                assert_eq!(dump(&value, target, &config), payload, "{target}");
            }
        }
    }

    #[test]
    fn broken_payloads_are_refused_or_read() {
        let mut state = 1u64;
        let mut random = move |bound: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % bound
        };
        for target in [Target::redis(6, 2), Target::redis(8, 2), Target::valkey(9, 1)] {
            let config = Config::new(target);
            for payload in payloads(target) {
                assert_eq!(restore(&payload[..payload.len() - 1], target, &config).err(), Some(Refused::Footer));
                for _ in 0..300 {
                    let mut broken = payload[..payload.len() - 10].to_vec();
                    for _ in 0..=random(3) {
                        let at = random(broken.len());
                        broken[at] = random(256) as u8;
                    }
                    broken.truncate(broken.len() - random(broken.len().min(4)));
                    // Whatever comes of it, it can be written again.
                    if let Ok(value) = restore(&seal(broken, target), target, &config) {
                        dump(&value, target, &config);
                    }
                }
            }
        }
    }
}
