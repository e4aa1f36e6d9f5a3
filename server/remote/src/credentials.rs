//! Passwords, from where users keep them.

use std::{
    ffi::OsString,
    process::{Command, Stdio},
};

use crate::{Error, Failure, Secret, Server};

/// Variable that holds a password if no setting names one; redis-cli reads it too.
pub const PASSWORD_VARIABLE: &str = "REDISCLI_AUTH";

/// Settings that lead to a password.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct PasswordSource {
    /// Variable of the environment.
    pub env: Option<String>,
    /// Command of the shell that prints the password.
    pub command: Option<String>,
}

impl PasswordSource {
    /// Finds the password of a server: that of its URL, of the variable, of the command, else of [`PASSWORD_VARIABLE`]. There may be none.
    /// The command may ask on the terminal.
    ///
    /// # Errors
    /// A setting names a password that is not there.
    pub fn find(&self, server: &Server) -> Result<Option<Secret>, Error> {
        let missing = |setting: String, why: String| Error::new(&server.name, Failure::NoPassword(setting, why));
        if let Some(password) = &server.address.password {
            return Ok(Some(password.clone()));
        }
        if let Some(name) = &self.env {
            let password = variable(name);
            let why = || missing(format!("password-env {name}"), "the variable is not set".to_owned());
            return password.map(Some).ok_or_else(why);
        }
        match &self.command {
            Some(command) => printed(command).map(Some).map_err(|why| missing("password-command".to_owned(), why)),
            None => Ok(variable(PASSWORD_VARIABLE)),
        }
    }
}

fn variable(name: &str) -> Option<Secret> {
    let value = std::env::var_os(name).filter(|value| !value.is_empty())?;
    Some(Secret::new(OsString::into_encoded_bytes(value)))
}

/// The first line that a command prints.
fn printed(command: &str) -> Result<Secret, String> {
    let (shell, option) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let output = Command::new(shell).args([option, command]).stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("{shell} does not start: {error}"))?;
    let text = Secret::new(output.stdout);
    if !output.status.success() {
        return Err(format!("it ended with {}", output.status));
    }
    let line = text.expose().split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.is_empty() { Err("it printed nothing".to_owned()) } else { Ok(Secret::new(line)) }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn found(url: &str, env: Option<&str>, command: Option<&str>) -> Result<Option<Vec<u8>>, String> {
        let server = Server::new(url.parse().expect("an address"));
        let source = PasswordSource { env: env.map(str::to_owned), command: command.map(str::to_owned) };
        let found = source.find(&server).map_err(|error| error.to_string())?;
        Ok(found.map(|password| password.expose().to_vec()))
    }

    #[test]
    fn the_first_source_counts() {
        assert_eq!(found("redis://:own@h", Some("NOT_SET"), None), Ok(Some(b"own".to_vec())));
        assert_eq!(found("redis://h", None, Some("printf 'word\\r\\nmore\\n'")), Ok(Some(b"word".to_vec())));
        // PATH stands for any variable.
        let path = std::env::var("PATH").expect("a path").into_bytes();
        assert_eq!(found("redis://h", Some("PATH"), Some("printf other")), Ok(Some(path)));
    }

    #[test]
    fn a_source_without_a_password_is_an_error() {
        let told = |env, command| found("redis://h", env, command).err().unwrap_or_default();
        assert!(
            told(Some("REDLUA_NOT_SET"), None).contains("from password-env REDLUA_NOT_SET: the variable is not set")
        );
        assert!(told(None, Some("exit 3")).contains("from password-command: it ended with exit status: 3"));
        assert!(told(None, Some("true")).contains("it printed nothing"));
    }
}
