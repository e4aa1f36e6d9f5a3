//! Hashes, whose fields may expire.

use super::{Bytes, Dict};
use crate::config::Config;
use protocol::number::to_usize;

/// A field of a hash.
#[derive(Clone, PartialEq, Debug)]
pub struct Field {
    /// Its value.
    pub value: Bytes,
    /// Expiry, in milliseconds since 1970.
    pub expires: Option<i64>,
}

impl Field {
    /// True if it has not expired. Servers keep expired fields until they are collected.
    pub fn is_live(&self, now: i64) -> bool {
        self.expires.is_none_or(|at| at > now)
    }
}

/// A hash. Its compact form keeps the fields in the order in which they came.
#[derive(Clone, Debug)]
pub struct Hash {
    fields: Dict<Field>,
    compact: bool,
    /// True if a field has had an expiry: the servers lay it out differently from then on.
    expiring: bool,
}

impl Default for Hash {
    fn default() -> Self {
        Self { fields: Dict::default(), compact: true, expiring: false }
    }
}

impl Hash {
    /// Number of fields.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// True if it has none.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    pub(crate) fn is_compact(&self) -> bool {
        self.compact
    }

    pub(crate) fn had_expiries(&self) -> bool {
        self.expiring
    }

    /// The fields.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Bytes, &Field)> + ExactSizeIterator {
        self.fields.iter()
    }

    /// A field.
    pub fn get(&self, name: &[u8]) -> Option<&Field> {
        self.fields.get(name)
    }

    /// A field that has not expired.
    pub fn live(&self, name: &[u8], now: i64) -> Option<&Field> {
        self.fields.get(name).filter(|field| field.is_live(now))
    }

    /// The fields that have not expired.
    pub fn iter_live(&self, now: i64) -> impl Iterator<Item = (&Bytes, &Field)> {
        self.iter().filter(move |(_, field)| field.is_live(now))
    }

    /// The field at a place of the order.
    pub fn get_index(&self, at: usize) -> Option<(&Bytes, &Field)> {
        self.fields.get_index(at)
    }

    /// Leaves the compact form if texts of these lengths, in bytes, do not fit in it.
    pub fn make_room(&mut self, lengths: impl IntoIterator<Item = usize>, config: &Config) {
        if self.compact && lengths.into_iter().any(|len| len > to_usize(config.hash_value)) {
            self.compact = false;
        }
    }

    /// Sets a field, which loses its expiry. Returns true if it is new.
    pub fn set(&mut self, name: &[u8], value: Bytes, config: &Config) -> bool {
        self.make_room([name.len(), value.len()], config);
        let field = Field { value, expires: None };
        let new = match self.fields.get_full_mut(name) {
            Some((at, _, old)) => {
                let expired = std::mem::replace(old, field).expires.is_some();
                if expired && self.compact && self.expiring {
                    // Without its expiry the field goes to the end.
                    self.fields.move_index(at, self.fields.len() - 1);
                }
                false
            }
            None => self.fields.insert(name.into(), field).is_none(),
        };
        self.check_count(config);
        new
    }

    /// Sets the value of a field, whose expiry stays.
    pub fn set_value(&mut self, name: &[u8], value: Bytes, config: &Config) {
        match self.fields.get(name).and_then(|field| field.expires) {
            None if !config.has_listpacks => {
                // Before 7.0 lengths were not looked at here.
                let compact = self.compact;
                self.set(name, value, config);
                self.compact = compact;
                self.check_count(config);
            }
            None => {
                self.set(name, value, config);
            }
            Some(_) => {
                self.make_room([value.len()], config);
                if let Some(field) = self.fields.get_mut(name) {
                    field.value = value;
                }
            }
        }
    }

    fn check_count(&mut self, config: &Config) {
        if self.fields.len() > to_usize(config.hash_entries) {
            self.compact = false;
        }
    }

    /// Leaves the compact form.
    pub fn make_table(&mut self) {
        self.compact = false;
    }

    /// Lays the hash out for fields that go, even before one does.
    pub fn expect_expiries(&mut self) {
        self.expiring = true;
    }

    /// Sets the expiry of a field; `None` for never.
    pub fn set_expiry(&mut self, name: &[u8], expires: Option<i64>) {
        if let Some(at) = self.fields.get_index_of(name) {
            self.expiring |= expires.is_some();
            if let Some(field) = self.fields.get_index_mut(at) {
                field.expires = expires;
            }
            // The compact form with expiries is ordered by them, the latest to be set first where they are the same, those
            // without coming last.
            if self.compact && self.expiring {
                let earlier = |other: &Field| match (other.expires, expires) {
                    (_, None) => true,
                    (Some(other), Some(new)) => other < new,
                    (None, Some(_)) => false,
                };
                let others = self.fields.iter().enumerate().filter(|(other, _)| *other != at);
                let target = others.filter(|(_, (_, field))| earlier(field)).count();
                self.fields.move_index(at, target);
            }
        }
    }

    /// Removes a field.
    pub fn remove(&mut self, name: &[u8]) -> Option<Field> {
        if self.compact { self.fields.shift_remove(name) } else { self.fields.swap_remove(name) }
    }

    /// Earliest expiry of a field.
    pub fn next_expiry(&self) -> Option<i64> {
        if self.expiring { self.fields.iter().filter_map(|(_, field)| field.expires).min() } else { None }
    }

    /// Removes the fields whose time has come; their names.
    pub fn expire(&mut self, now: i64) -> Vec<Bytes> {
        let mut expired = Vec::new();
        expired.extend(self.fields.iter().filter(|(_, field)| !field.is_live(now)).map(|(name, _)| name.clone()));
        if !expired.is_empty() {
            self.fields.retain(|field| field.is_live(now));
        }
        expired
    }
}
