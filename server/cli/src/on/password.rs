//! The password of a server, from where the user keeps it.

use std::process::{Command, Stdio};

use config::ServerConfig;
use remote::{Error, Failure, Secret, Server};

/// Variable that redis-cli reads too.
const VARIABLE: &str = "REDISCLI_AUTH";

/// Finds the password: asked for, in the URL, by the settings, else by [`VARIABLE`]. There may be none.
///
/// # Errors
/// A setting names one that is not there.
pub(super) fn find(server: &Server, settings: Option<&ServerConfig>, asks: bool) -> Result<Option<Secret>, Error> {
    let missing = |setting: String, why: &str| Error::new(&server.name, Failure::NoPassword(setting, why.to_owned()));
    if asks {
        let password = rpassword::prompt_password(format!("Password for {}: ", server.name));
        let password = password.map_err(|error| missing("the terminal".to_owned(), &error.to_string()))?;
        return Ok(Some(Secret::new(password)));
    }
    if let Some(password) = &server.address.password {
        return Ok(Some(password.clone()));
    }
    if let Some(name) = settings.and_then(|it| it.password_env.as_deref()) {
        let value = std::env::var_os(name).filter(|value| !value.is_empty());
        let value = value.ok_or_else(|| missing(format!("password-env {name}"), "the variable is not set"))?;
        return Ok(Some(Secret::new(value.into_encoded_bytes())));
    }
    if let Some(command) = settings.and_then(|it| it.password_command.as_deref()) {
        return printed_by(command).map(Some).map_err(|why| missing("password-command".to_owned(), &why));
    }
    let value = std::env::var_os(VARIABLE).filter(|value| !value.is_empty());
    Ok(value.map(|value| Secret::new(value.into_encoded_bytes())))
}

/// Runs a command of the shell, and takes the first line that it prints. It may ask on the terminal.
fn printed_by(command: &str) -> Result<Secret, String> {
    let (shell, option) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let output = Command::new(shell).args([option, command]).stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("{shell} does not start: {error}"))?;
    if !output.status.success() {
        return Err(format!("it ended with {}", output.status));
    }
    let line = output.stdout.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let password = Secret::new(line);
    if line.is_empty() { Err("it printed nothing".to_owned()) } else { Ok(password) }
}
