//! The password of a server: asked for, or from where the user keeps it.

use config::ServerConfig;
use remote::{Error, Failure, PasswordSource, Secret, Server};

/// Finds the password. There may be none.
///
/// # Errors
/// A setting names one that is not there, or nobody can be asked.
pub(super) fn find(server: &Server, settings: Option<&ServerConfig>, asks: bool) -> Result<Option<Secret>, Error> {
    if asks {
        let password = rpassword::prompt_password(format!("Password for {}: ", server.name));
        let missing = |why: String| Error::new(&server.name, Failure::NoPassword("the terminal".to_owned(), why));
        return Ok(Some(Secret::new(password.map_err(|error| missing(error.to_string()))?)));
    }
    let source = PasswordSource {
        env: settings.and_then(|it| it.password_env.clone()),
        command: settings.and_then(|it| it.password_command.clone()),
    };
    source.find(server)
}
