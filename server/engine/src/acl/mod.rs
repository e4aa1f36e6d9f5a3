//! ACL users: who may call what, on which keys, channels and databases.

mod check;
mod denied;
mod describe;
mod error;
mod log;
pub(crate) mod rules;
mod selector;
mod user;

use std::{collections::BTreeMap, sync::Arc};

use commands::{CommandSpec, Family, Target, lookup};

pub use check::Denial;
pub use log::{Context, LogEntry, Reason};
pub use selector::Selector;
pub use user::User;

/// The name of the user that clients are before they authenticate.
pub const DEFAULT: &[u8] = b"default";

/// The users of a server and the log of refusals. The users are shared with whoever authenticates clients while
/// a script has the engine.
#[derive(Debug)]
pub struct Acl {
    /// The users.
    pub users: Arc<Users>,
    /// Refusals, the newest first.
    pub log: log::Log,
}

impl Acl {
    pub(crate) fn new(target: Target) -> Self {
        Self { users: Arc::new(Users::new(target)), log: log::Log::default() }
    }
}

/// Users by name.
#[derive(Clone, Debug)]
pub struct Users(BTreeMap<Vec<u8>, Arc<User>>);

impl Users {
    /// The users of a new server: one who may do everything.
    pub fn new(target: Target) -> Self {
        let user = User::everything(DEFAULT, target);
        Self(BTreeMap::from([(DEFAULT.to_vec(), Arc::new(user))]))
    }

    /// A user.
    pub fn get(&self, name: &[u8]) -> Option<&Arc<User>> {
        self.0.get(name)
    }

    /// All users by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<User>> {
        self.0.values()
    }

    /// The user of a name if the password is right and the user is enabled.
    pub fn authenticate(&self, name: &[u8], password: &[u8]) -> Option<&Arc<User>> {
        self.get(name).filter(|user| user.enabled && user.accepts(password))
    }

    /// True if clients must authenticate: the default user is disabled or has a password.
    pub fn need_authentication(&self) -> bool {
        self.get(DEFAULT).is_none_or(|user| !user.enabled || !user.no_password)
    }

    /// Gives the default user a password, or none if it is empty (`requirepass`).
    pub fn set_default_password(&mut self, password: &[u8]) {
        if let Some(user) = self.0.get_mut(DEFAULT) {
            Arc::make_mut(user).set_only_password(password);
        }
    }

    /// Removes a user. Returns true if it existed.
    pub fn remove(&mut self, name: &[u8]) -> bool {
        self.0.remove(name).is_some()
    }

    pub(crate) fn insert(&mut self, user: User) {
        self.0.insert(user.name.clone(), Arc::new(user));
    }
}

/// The name by which rules and messages know a command: before 7.0 that of its container.
pub(crate) fn command_name(spec: &CommandSpec, target: Target) -> String {
    let name = spec.name.to_ascii_lowercase();
    if !target.since(7, 0) && target.family == Family::Redis {
        name.split(' ').next().unwrap_or(&name).to_owned()
    } else {
        name.replace(' ', "|")
    }
}

/// The command whose permission counts: before 7.0 the container.
pub(crate) fn permitted(target: Target, spec: &'static CommandSpec) -> &'static CommandSpec {
    if target.since(7, 0) {
        return spec;
    }
    spec.name.split(' ').next().and_then(|name| lookup(name.as_bytes())).unwrap_or(spec)
}
