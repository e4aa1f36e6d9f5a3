//! Real servers that the editor has connected to: their passwords, as long as this process lives, and their versions.

use std::{collections::HashMap, sync::Mutex};

use config::ServerConfig;
use remote::{Failure, Identity, Resp, Secret, Server};
use workspace::Settings;

use crate::run::lock;

/// Servers by their addresses without passwords. A name of the settings may come to mean another address; what was typed for the
/// first does not go there.
#[derive(Default)]
pub(crate) struct Connected(Mutex<HashMap<String, Known>>);

/// A server as far as it is known.
#[derive(Clone, Default)]
struct Known {
    /// Password that the user has typed.
    password: Option<Secret>,
    /// Product and version.
    identity: Option<Identity>,
}

fn key(server: &Server) -> String {
    let mut address = server.address.clone();
    address.password = None;
    address.to_string()
}

impl Connected {
    /// Remembers the password that a user has typed for a server.
    pub(crate) fn set_password(&self, server: &Server, password: Secret) {
        lock(&self.0).entry(key(server)).or_default().password = Some(password);
    }

    /// Forgets a password that the server does not take.
    pub(crate) fn forget(&self, server: &Server, failure: &Failure) {
        if let (Failure::WrongPassword(_) | Failure::NoPasswordSet, Some(known)) =
            (failure, lock(&self.0).get_mut(&key(server)))
        {
            known.password = None;
        }
    }

    /// Remembers product and version of a server.
    pub(crate) fn set_identity(&self, server: &Server, identity: Option<&Identity>) {
        lock(&self.0).entry(key(server)).or_default().identity = identity.cloned();
    }

    /// Product and version of a server, once it was connected to.
    pub(crate) fn identity(&self, server: &Server) -> Option<Identity> {
        lock(&self.0).get(&key(server))?.identity.clone()
    }

    /// The server that a name or a URL means, with its password.
    ///
    /// # Errors
    /// A sentence: there is no such server, its URL is wrong, or its settings name a password that is not there.
    pub(crate) fn find<'a>(
        &self,
        name: &str,
        settings: &'a Settings,
        resp3: bool,
    ) -> Result<(Server, Option<&'a ServerConfig>), String> {
        let (mut server, known) = servers::named(name, &settings.config.servers, &settings.root)?;
        if resp3 {
            server.resp = Some(Resp::Three);
        } else {
            server.resp.get_or_insert(Resp::Two);
        }
        let typed = lock(&self.0).get(&key(&server)).and_then(|it| it.password.clone());
        server.address.password = match typed {
            Some(password) => Some(password),
            None => servers::password(&server, known).map_err(|error| error.to_string())?,
        };
        Ok((server, known))
    }
}

/// True if a password that the user types may help.
pub(crate) fn wants_password(failure: &Failure) -> bool {
    matches!(failure, Failure::WantsPassword | Failure::WrongPassword(_))
}
