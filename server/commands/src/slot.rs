//! Cluster hash slots.

/// Number of hash slots a cluster has.
pub const SLOTS: u16 = 16_384;

/// The part of a key that decides its slot: the content of the first pair of braces if it is not empty, else the whole key.
pub fn hash_tag(key: &[u8]) -> &[u8] {
    let Some(open) = memchr::memchr(b'{', key) else { return key };
    match memchr::memchr(b'}', &key[open + 1..]) {
        // `{}` is no tag: the whole key counts.
        None | Some(0) => key,
        Some(len) => &key[open + 1..open + 1 + len],
    }
}

/// The cluster slot of a key: CRC-16/XMODEM of its tag, modulo [`SLOTS`].
pub fn key_slot(key: &[u8]) -> u16 {
    let crc = hash_tag(key).iter().fold(0u16, |crc, &byte| {
        (0..8)
            .fold(crc ^ (u16::from(byte) << 8), |crc, _| if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 })
    });
    crc % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_the_server() {
        // Asked of a real server with CLUSTER KEYSLOT.
        for (key, slot) in
            [("foo", 12182), ("{user1000}.following", 3443), ("foo{}{bar}", 8363), ("foo{{bar}}zap", 4015), ("", 0)]
        {
            assert_eq!(key_slot(key.as_bytes()), slot, "{key}");
        }
        assert_eq!(hash_tag(b"a{b}c{d}"), b"b");
    }
}
