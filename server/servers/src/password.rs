//! The password of a server, from where its settings say.

use config::ServerConfig;
use remote::{Error, PasswordSource, Secret, Server};

/// Finds the password: in the URL, by the settings, else by `REDISCLI_AUTH`. There may be none.
///
/// # Errors
/// A setting names one that is not there.
pub fn find(server: &Server, settings: Option<&ServerConfig>) -> Result<Option<Secret>, Error> {
    let source = PasswordSource {
        env: settings.and_then(|it| it.password_env.clone()),
        command: settings.and_then(|it| it.password_command.clone()),
    };
    source.find(server)
}
