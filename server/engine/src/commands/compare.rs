//! Strings compared with a value or with a digest (Redis 8.4; Valkey has `IFEQ` alone): `DIGEST`, `DELEX`, the conditions of `SET`.

use protocol::Reply;

use crate::{
    call::{Answer, Call},
    error::Error,
    value::Text,
};

/// A condition on the string that a key holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Condition {
    /// `IFEQ`
    Equals,
    /// `IFNE`
    Differs,
    /// `IFDEQ`
    DigestEquals,
    /// `IFDNE`
    DigestDiffers,
}

/// Hexadecimal digits of a digest.
const DIGITS: usize = 16;

impl Condition {
    fn of(word: &[u8]) -> Option<Self> {
        let conditions = [
            ("IFEQ", Self::Equals),
            ("IFNE", Self::Differs),
            ("IFDEQ", Self::DigestEquals),
            ("IFDNE", Self::DigestDiffers),
        ];
        let found = conditions.iter().find(|(name, _)| word.eq_ignore_ascii_case(name.as_bytes()))?;
        Some(found.1)
    }

    /// The condition that a word of `SET` begins, if this server has it.
    pub(super) fn of_option(call: &Call<'_>, at: usize) -> Option<Self> {
        let condition = Self::of(call.word(at))?;
        (call.redis(8, 4) || (condition == Self::Equals && call.valkey(8, 1))).then_some(condition)
    }

    /// True if a string fulfils it.
    ///
    /// # Errors
    /// The operand has not the length of a digest. That it has other letters than a digest only makes it differ.
    pub(super) fn holds(self, text: &Text, operand: &[u8]) -> Result<bool, Error> {
        if matches!(self, Self::DigestEquals | Self::DigestDiffers) && operand.len() != DIGITS {
            return Err("ERR must be exactly 16 hexadecimal characters".into());
        }
        Ok(text.with(|bytes| match self {
            Self::Equals => bytes == operand,
            Self::Differs => bytes != operand,
            Self::DigestEquals => digest_of(bytes).as_bytes().eq_ignore_ascii_case(operand),
            Self::DigestDiffers => !digest_of(bytes).as_bytes().eq_ignore_ascii_case(operand),
        }))
    }

    /// True if `SET` goes on when there is no key.
    pub(super) fn holds_of_nothing(self) -> bool {
        matches!(self, Self::Differs | Self::DigestDiffers)
    }
}

fn digest_of(bytes: &[u8]) -> String {
    format!("{:016x}", twox_hash::XxHash3_64::oneshot(bytes))
}

/// DIGEST key
pub(crate) fn digest(call: &mut Call<'_>) -> Answer {
    let text = call.read::<Text>(call.word(1))?;
    Ok(text.map_or(Reply::Nil, |text| Reply::bulk(text.with(digest_of))))
}

/// DELEX key [IFEQ value | IFNE value | IFDEQ digest | IFDNE digest]
pub(crate) fn delex(call: &mut Call<'_>) -> Answer {
    let key = call.word(1);
    if call.count() == 2 {
        return Ok(Reply::Int(i64::from(call.delete_notifying(key))));
    }
    if call.count() != 4 {
        return call.wrong_count();
    }
    if !call.exists(key) {
        return Ok(Reply::Int(0));
    }
    if call.read::<Text>(key).is_err() {
        return Err("ERR Key should be of string type if conditions are specified".into());
    }
    let Some(condition) = Condition::of(call.word(2)) else {
        return Err("ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE".into());
    };
    let operand = call.word(3);
    let holds = match call.read::<Text>(key)? {
        Some(text) => condition.holds(text, operand)?,
        None => false,
    };
    Ok(Reply::Int(i64::from(holds && call.delete_notifying(key))))
}
