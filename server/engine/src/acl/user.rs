//! A user: passwords, and selectors that say what is allowed.

use commands::{Family, Target};
use sha2::{Digest as _, Sha256};

use super::{Selector, error::RuleError};

/// Checks of the payloads that the user gives to RESTORE. It is remembered and shown; the engine always checks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sanitize {
    /// Neither was said.
    Unset,
    Yes,
    Skip,
}

/// A user.
#[derive(Clone, Debug)]
pub struct User {
    /// The name.
    pub name: Vec<u8>,
    /// True if the user may authenticate.
    pub enabled: bool,
    /// True if any password is right.
    pub no_password: bool,
    /// SHA-256 of the passwords in hexadecimal digits.
    pub(crate) passwords: Vec<String>,
    pub(crate) sanitize: Sanitize,
    /// Selectors: the user's own, then those in parentheses. One that allows a call is enough.
    pub(crate) selectors: Vec<Selector>,
}

fn digest(password: &[u8]) -> String {
    Sha256::digest(password).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl User {
    /// A user as `ACL SETUSER` makes one without rules.
    pub(crate) fn new(name: &[u8], target: Target, all_channels: bool) -> Self {
        let tells = target >= Target::redis(7, 2) || target.family == Family::Valkey;
        Self {
            name: name.to_vec(),
            enabled: false,
            no_password: false,
            passwords: Vec::new(),
            sanitize: if tells { Sanitize::Yes } else { Sanitize::Unset },
            selectors: vec![Selector::new(all_channels)],
        }
    }

    /// A user who may do everything without a password.
    pub(crate) fn everything(name: &[u8], target: Target) -> Self {
        let mut user = Self::new(name, target, true);
        (user.enabled, user.no_password) = (true, true);
        let selector = &mut user.selectors[0];
        selector.all_keys = true;
        selector.allow_everything();
        user
    }

    /// True if a password is right.
    pub fn accepts(&self, password: &[u8]) -> bool {
        self.no_password || self.passwords.contains(&digest(password))
    }

    /// True if the user may call every command on every key, channel and database, so that nothing need be checked.
    pub fn is_unrestricted(&self) -> bool {
        self.selectors[0].is_unrestricted()
    }

    /// True if messages on a channel may be received; `pattern` if it is one of `PSUBSCRIBE`.
    pub fn may_listen(&self, channel: &[u8], pattern: bool) -> bool {
        self.selectors.iter().any(|selector| selector.allows_channel(channel, pattern))
    }

    pub(super) fn set_only_password(&mut self, password: &[u8]) {
        self.passwords.clear();
        self.no_password = password.is_empty();
        if !password.is_empty() {
            self.passwords.push(digest(password));
        }
    }

    /// Applies a rule of passwords or of the user as a whole. Returns false if it is none.
    pub(super) fn apply(&mut self, rule: &[u8], target: Target) -> Result<bool, RuleError> {
        match rule.to_ascii_lowercase().as_slice() {
            b"on" => self.enabled = true,
            b"off" => self.enabled = false,
            b"nopass" => {
                self.no_password = true;
                self.passwords.clear();
            }
            b"resetpass" => {
                self.no_password = false;
                self.passwords.clear();
            }
            b"sanitize-payload" => self.sanitize = Sanitize::Yes,
            b"skip-sanitize-payload" => self.sanitize = Sanitize::Skip,
            _ => return self.apply_password(rule),
        }
        // Valkey 9.1 takes the words for payloads and does nothing.
        if target.valkey_since(9, 1) {
            self.sanitize = Sanitize::Unset;
        }
        Ok(true)
    }

    fn apply_password(&mut self, rule: &[u8]) -> Result<bool, RuleError> {
        let Some((mark, text)) = rule.split_first() else { return Ok(false) };
        let hash = match mark {
            b'>' | b'<' => digest(text),
            b'#' | b'!' => match std::str::from_utf8(text) {
                Ok(hash) if hash.len() == 64 && hash.bytes().all(|byte| b"0123456789abcdef".contains(&byte)) => {
                    hash.to_owned()
                }
                _ => return Err(RuleError::Hash),
            },
            _ => return Ok(false),
        };
        let at = self.passwords.iter().position(|known| *known == hash);
        match (mark, at) {
            (b'>' | b'#', at) => {
                self.no_password = false;
                if at.is_none() {
                    self.passwords.push(hash);
                }
            }
            (_, Some(at)) => {
                self.passwords.remove(at);
            }
            (_, None) => return Err(RuleError::NoPassword),
        }
        Ok(true)
    }
}
