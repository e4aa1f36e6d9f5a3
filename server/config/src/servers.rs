//! The tables `servers.NAME` of `redlua.toml`: real servers by the names that `--on` takes.

use std::{fmt, path::PathBuf, time::Duration};

use toml::de::DeValue;

use crate::time;

/// A URL that may have a password. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ServerUrl(String);

impl ServerUrl {
    /// The text, for the parser of addresses alone.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A real server.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct ServerConfig {
    /// Its name.
    pub name: String,
    /// Its URL.
    pub url: ServerUrl,
    /// The user of the ACL.
    pub user: Option<String>,
    /// The variable of the environment that has the password.
    pub password_env: Option<String>,
    /// A shell command that prints the password.
    pub password_command: Option<String>,
    /// PEM file of the authorities that are trusted, relative to the configuration's folder, as the next two.
    pub cacert: Option<PathBuf>,
    /// PEM file of the client's certificate.
    pub cert: Option<PathBuf>,
    /// PEM file of the client's key.
    pub key: Option<PathBuf>,
    /// The name that the server's certificate must have.
    pub server_name: Option<String>,
    /// Version of the protocol, 2 or 3; none for the newest that the server knows.
    pub resp: Option<u8>,
    /// Longest time of each wait for a connection and for replies other than of scripts.
    pub timeout: Option<Duration>,
    /// The text that the user must type before anything is written: for servers of production.
    pub confirm: Option<String>,
}

/// Values of a setting of servers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ServerValue {
    /// A text.
    Text,
    /// The path of a file.
    File,
    /// A time with its unit, such as `5s`.
    Time,
    /// 2 or 3.
    Resp,
}

/// A setting of a server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ServerSetting {
    /// Its name.
    pub key: &'static str,
    /// Its values.
    pub value: ServerValue,
    /// Its default; empty if it has none.
    pub default: &'static str,
    /// Its effect, in Markdown.
    pub docs: &'static str,
}

const fn setting(key: &'static str, value: ServerValue, default: &'static str, docs: &'static str) -> ServerSetting {
    ServerSetting { key, value, default, docs }
}

/// The settings of a server.
pub const SERVER_SETTINGS: &[ServerSetting] = &[
    setting(
        "url",
        ServerValue::Text,
        "",
        "Where it is: `redis://HOST:PORT/DATABASE`, `rediss://` with TLS, `unix:PATH`, `redis-cluster://`, `rediss-cluster://`.",
    ),
    setting("user", ServerValue::Text, "", "The user of its ACL."),
    setting("password-env", ServerValue::Text, "", "The environment variable that has the password."),
    setting(
        "password-command",
        ServerValue::Text,
        "",
        "A shell command that prints the password. It runs when `--on`, or a run in an editor, names the server, and not before.",
    ),
    setting("cacert", ServerValue::File, "", "A PEM file of the authorities to trust instead of the system's."),
    setting("cert", ServerValue::File, "", "A PEM file with the client's certificate."),
    setting("key", ServerValue::File, "", "A PEM file with the client's key."),
    setting(
        "server-name",
        ServerValue::Text,
        "",
        "The name that the server's certificate must have, if it is not the host.",
    ),
    setting("resp", ServerValue::Resp, "", "The version of the protocol; by default the newest that the server knows."),
    setting(
        "timeout",
        ServerValue::Time,
        "5s",
        "The longest wait for a connection and for each reply, but for those of scripts.",
    ),
    setting(
        "confirm",
        ServerValue::Text,
        "",
        "What must be typed before anything is written there, such as `\"type its name\"`: the mark of a server of production.",
    ),
];

impl ServerConfig {
    /// Sets a key to a value.
    ///
    /// # Errors
    /// A description of the value's mistake; none for an unknown key.
    pub(crate) fn set(&mut self, key: &str, value: &DeValue<'_>) -> Result<(), Option<String>> {
        let setting = SERVER_SETTINGS.iter().find(|setting| setting.key == key).ok_or(None)?;
        let wrong = |what: &str| Some(format!("`{key}` must be {what}"));
        let text = match (value, setting.value) {
            (DeValue::Integer(digits), ServerValue::Resp) => {
                self.resp = Some(digits.as_str().parse().ok().filter(|it| matches!(it, 2 | 3)).ok_or(wrong("2 or 3"))?);
                return Ok(());
            }
            (_, ServerValue::Resp) => return Err(wrong("2 or 3")),
            (DeValue::String(text), ServerValue::Time) => {
                self.timeout = Some(time(text).ok_or(wrong("a time such as \"5s\" or \"500ms\""))?);
                return Ok(());
            }
            (_, ServerValue::Time) => return Err(wrong("a time such as \"5s\" or \"500ms\"")),
            (DeValue::String(text), _) if !text.is_empty() => text.as_ref().to_owned(),
            (_, ServerValue::File) => return Err(wrong("the path of a file")),
            _ => return Err(wrong("a text")),
        };
        match key {
            "url" => self.url = ServerUrl(text),
            "user" => self.user = Some(text),
            "password-env" => self.password_env = Some(text),
            "password-command" => self.password_command = Some(text),
            "cacert" => self.cacert = Some(text.into()),
            "cert" => self.cert = Some(text.into()),
            "key" => self.key = Some(text.into()),
            "server-name" => self.server_name = Some(text),
            "confirm" => self.confirm = Some(text),
            _ => return Err(None),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;

    #[test]
    fn servers_are_read_and_hide_their_passwords() {
        let (config, problems) = Config::parse(
            "[servers.prod]\nurl = 'rediss://a:s3cret@h'\npassword-env = 'PROD'\ncacert = 'ca.crt'\nresp = 2\ntimeout = '2s'\n\
             confirm = 'type its name'\n[servers]\ndev.url = 'redis://localhost'\n",
        );
        assert_eq!(problems, []);
        let prod = config.servers.iter().find(|server| server.name == "prod").expect("a server");
        assert_eq!((prod.url.expose(), prod.resp), ("rediss://a:s3cret@h", Some(2)));
        assert_eq!((prod.timeout, config.servers.len()), (Some(Duration::from_secs(2)), 2));
        assert!(!format!("{config:?}").contains("s3cret"));
    }

    #[test]
    fn each_setting_is_read_and_mistakes_are_told() {
        for setting in SERVER_SETTINGS {
            let value = match setting.value {
                ServerValue::Text | ServerValue::File => "'a'",
                ServerValue::Time => "'5s'",
                ServerValue::Resp => "3",
            };
            let url = if setting.key == "url" { "" } else { "url = 'redis://h'\n" };
            let file = |value: &str| format!("[servers.a]\n{url}{} = {value}\n", setting.key);
            assert_eq!(Config::parse(&file(value)).1, [], "{}", setting.key);
            assert_eq!(Config::parse(&file("1.5")).1.len(), 1, "{}", setting.key);
        }
        let told = |text: &str| Config::parse(text).1.into_iter().map(|it| it.message).collect::<Vec<_>>();
        assert_eq!(told("[servers.a]\nurll = 'x'\nurl = 'y'"), ["unknown key `urll`: did you mean `url`?"]);
        assert_eq!(told("[servers.a]\nuser = 'x'"), ["the server `a` needs its `url`"]);
        assert_eq!(told("[servers]\na = 'redis://h'"), ["a server is a table: [servers.a] with its `url`"]);
        assert_eq!(told("servers = 1"), ["`servers` must be a table"]);
        assert_eq!(told("[servers.embedded]\nurl = 'x'"), ["`embedded` is the name of the embedded engine"]);
    }
}
