//! Addresses of servers as URLs.

use std::{fmt, path::PathBuf, str::FromStr};

use crate::Secret;

/// The port of a URL that names none.
pub const DEFAULT_PORT: u16 = 6379;

/// Place of a server: a TCP port or a Unix socket.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Endpoint {
    /// Host name or IP address, and port. An IPv6 address stands without brackets.
    Tcp(String, u16),
    /// Path of a Unix socket.
    Unix(PathBuf),
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(host, port) if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp(host, port) => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "{}", path.display()),
        }
    }
}

/// Address of a server or of one node of a cluster. `Display` and `Debug` show `***` in place of the password.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// Place to connect to; of a cluster, the node to begin with.
    pub endpoint: Endpoint,
    /// True for `rediss://` and `rediss-cluster://`.
    pub tls: bool,
    /// True for `redis-cluster://` and `rediss-cluster://`.
    pub cluster: bool,
    /// User of the ACL; none for the default user.
    pub user: Option<String>,
    /// Password; none if the URL has none.
    pub password: Option<Secret>,
    /// Number of the database; 0 on a cluster.
    pub database: u32,
}

/// Reason why a text is not an address. It repeats nothing of the text, which may hold a password.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AddressError {
    /// The scheme is not one of the known ones.
    Scheme,
    /// The host is missing.
    Host,
    /// The port is no number from 1 to 65535.
    Port,
    /// The database is no number.
    Database,
    /// A `%` is not followed by two hexadecimal digits, or the bytes are not UTF-8.
    Percent,
    /// The `@` stands behind the first `/`, `?` or `#`.
    Unescaped,
    /// An option behind `?` is not known.
    Option,
    /// A cluster with a database other than 0.
    ClusterDatabase,
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheme => {
                "the URL of a server begins with redis://, rediss:// (TLS), unix:, redis-cluster:// or rediss-cluster://"
            }
            Self::Host => "the URL of the server has no host: redis://HOST:PORT",
            Self::Port => "the port in the URL of the server must be a number from 1 to 65535",
            Self::Database => "the database in the URL of the server must be a number: redis://HOST:PORT/0",
            Self::Percent => "a % in the URL of the server must begin an escape such as %40: write %25 for % itself",
            Self::Unescaped => {
                "the password in the URL of the server must be percent-encoded: %2F for /, %3F for ?, %23 for #, %40 for @"
            }
            Self::Option => "the options in the URL of a server are db, user and password: name certificates by --cacert, \
                             --cert and --key",
            Self::ClusterDatabase => "a cluster has database 0 alone: leave the number at the end of the URL out",
        })
    }
}

impl std::error::Error for AddressError {}

impl Address {
    /// Address of a TCP port on database 0, without TLS and password.
    pub fn tcp(host: impl Into<String>, port: u16) -> Self {
        Self {
            endpoint: Endpoint::Tcp(host.into(), port),
            tls: false,
            cluster: false,
            user: None,
            password: None,
            database: 0,
        }
    }

    /// True if a text is meant as a URL rather than as a name of `[servers]`.
    pub fn is_url(text: &str) -> bool {
        text.contains("://") || text.starts_with("unix:")
    }

    fn scheme(&self) -> &'static str {
        match (&self.endpoint, self.tls, self.cluster) {
            (Endpoint::Unix(_), ..) => "unix:",
            (_, false, false) => "redis://",
            (_, true, false) => "rediss://",
            (_, false, true) => "redis-cluster://",
            (_, true, true) => "rediss-cluster://",
        }
    }

    fn read_option(&mut self, option: &str) -> Result<(), AddressError> {
        let (key, value) = option.split_once('=').ok_or(AddressError::Option)?;
        match key {
            "db" => self.database = value.parse().map_err(|_| AddressError::Database)?,
            "user" | "username" => self.user = Some(decoded_text(value)?),
            "pass" | "password" => self.password = Some(Secret::new(decoded(value)?)),
            _ => return Err(AddressError::Option),
        }
        Ok(())
    }
}

impl FromStr for Address {
    type Err = AddressError;

    /// Reads `redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]` and the other schemes. A text before `@` without a colon is a
    /// password, as for redis-cli.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (scheme, rest) = text.split_once(':').ok_or(AddressError::Scheme)?;
        let mut address = Self::tcp(String::new(), DEFAULT_PORT);
        match scheme {
            "redis" | "valkey" => {}
            "rediss" | "valkeys" => address.tls = true,
            "redis-cluster" | "valkey-cluster" => address.cluster = true,
            "rediss-cluster" | "valkeys-cluster" => (address.tls, address.cluster) = (true, true),
            "unix" => return unix(rest),
            _ => return Err(AddressError::Scheme),
        }
        let rest = rest.strip_prefix("//").ok_or(AddressError::Scheme)?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let place = match authority.rsplit_once('@') {
            Some((user, place)) => {
                read_user(user, &mut address)?;
                place
            }
            None if rest.contains('@') => return Err(AddressError::Unescaped),
            None => authority,
        };
        address.endpoint = endpoint(place)?;
        let (path, options) = rest.split_once('?').unwrap_or((rest, ""));
        let database = path.trim_start_matches('/');
        if !database.is_empty() {
            address.database = database.parse().map_err(|_| AddressError::Database)?;
        }
        options.split('&').filter(|it| !it.is_empty()).try_for_each(|it| address.read_option(it))?;
        if address.cluster && address.database != 0 {
            return Err(AddressError::ClusterDatabase);
        }
        Ok(address)
    }
}

/// Reads what follows `unix:`: a path, with `//` before it or not, and options.
fn unix(rest: &str) -> Result<Address, AddressError> {
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let (path, options) = rest.split_once('?').unwrap_or((rest, ""));
    let mut address = Address::tcp(String::new(), 0);
    let path = match path.split_once('@') {
        // Only what stands before an absolute path is a user.
        Some((user, path)) if path.starts_with('/') && !user.contains('/') => {
            read_user(user, &mut address)?;
            path
        }
        _ => path,
    };
    if path.is_empty() {
        return Err(AddressError::Host);
    }
    address.endpoint = Endpoint::Unix(PathBuf::from(decoded_text(path)?));
    options.split('&').filter(|it| !it.is_empty()).try_for_each(|it| address.read_option(it))?;
    Ok(address)
}

fn read_user(text: &str, address: &mut Address) -> Result<(), AddressError> {
    let (user, password) = text.split_once(':').unwrap_or(("", text));
    let user = decoded_text(user)?;
    address.user = Some(user).filter(|user| !user.is_empty());
    let password = decoded(password)?;
    address.password = (!password.is_empty()).then(|| Secret::new(password));
    Ok(())
}

/// Reads `HOST`, `HOST:PORT` or `[IPv6]:PORT`.
pub(crate) fn endpoint(text: &str) -> Result<Endpoint, AddressError> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']').ok_or(AddressError::Host)?;
            match rest.strip_prefix(':') {
                Some(port) => (host, port),
                None if rest.is_empty() => (host, ""),
                None => return Err(AddressError::Port),
            }
        }
        None => text.rsplit_once(':').unwrap_or((text, "")),
    };
    let port = match port {
        "" => DEFAULT_PORT,
        digits => digits.parse().ok().filter(|port| *port > 0).ok_or(AddressError::Port)?,
    };
    let host = decoded_text(host)?;
    if host.is_empty() {
        return Err(AddressError::Host);
    }
    Ok(Endpoint::Tcp(host, port))
}

fn decoded_text(text: &str) -> Result<String, AddressError> {
    String::from_utf8(decoded(text)?).map_err(|_| AddressError::Percent)
}

fn decoded(text: &str) -> Result<Vec<u8>, AddressError> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let mut digit = || bytes.next().and_then(|byte| char::from(byte).to_digit(16)).ok_or(AddressError::Percent);
        let value = digit()? * 16 + digit()?;
        out.push(u8::try_from(value).map_err(|_| AddressError::Percent)?);
    }
    Ok(out)
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.scheme())?;
        match (&self.user, &self.password) {
            (None, None) => {}
            (user, None) => write!(f, "{}@", user.as_deref().unwrap_or(""))?,
            (user, Some(_)) => write!(f, "{}:***@", user.as_deref().unwrap_or(""))?,
        }
        write!(f, "{}", self.endpoint)?;
        match (&self.endpoint, self.database) {
            (_, 0) => Ok(()),
            (Endpoint::Unix(_), database) => write!(f, "?db={database}"),
            (Endpoint::Tcp(..), database) => write!(f, "/{database}"),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Address, AddressError> {
        text.parse()
    }

    fn shown(text: &str) -> String {
        read(text).map_or_else(|error| format!("{error:?}"), |address| address.to_string())
    }

    #[test]
    fn urls_are_read() {
        for (text, told) in [
            ("redis://localhost", "redis://localhost:6379"),
            ("valkey://localhost", "redis://localhost:6379"),
            ("rediss://cache.example.com:6380/3", "rediss://cache.example.com:6380/3"),
            ("redis://[::1]:7000/1", "redis://[::1]:7000/1"),
            ("redis://[::1]", "redis://[::1]:6379"),
            ("redis-cluster://10.0.0.1:7000", "redis-cluster://10.0.0.1:7000"),
            ("rediss-cluster://a", "rediss-cluster://a:6379"),
            ("redis://alice:s3cret@h:1/2", "redis://alice:***@h:1/2"),
            ("redis://:s3cret@h", "redis://:***@h:6379"),
            ("redis://s3cret@h", "redis://:***@h:6379"),
            ("redis://alice:@h", "redis://alice@h:6379"),
            ("redis://h/?db=4&user=a&password=b", "redis://a:***@h:6379/4"),
            ("unix:/run/redis.sock", "unix:/run/redis.sock"),
            ("unix:///run/redis.sock?db=2&password=x", "unix::***@/run/redis.sock?db=2"),
            ("unix://alice:s3cret@/run/r.sock", "unix:alice:***@/run/r.sock"),
            ("unix:redis.sock", "unix:redis.sock"),
        ] {
            assert_eq!(shown(text), told, "{text}");
        }
    }

    #[test]
    fn passwords_are_decoded_and_never_shown() {
        let address = read("rediss://al%40ice:p%40%2F%00ss%ff@h:1").expect("an address");
        assert_eq!(address.user.as_deref(), Some("al@ice"));
        assert_eq!(address.password.as_ref().map(Secret::expose), Some(&b"p@/\0ss\xff"[..]));
        for text in [format!("{address:?}"), format!("{address:#?}"), format!("{:?}", address.password)] {
            assert!(text.contains("***") && !text.contains("ss%") && !text.contains("p@"), "{text}");
        }
        // The last `@` ends the password.
        let address = read("redis://a:p@ss@h").expect("an address");
        assert_eq!(address.password.as_ref().map(Secret::expose), Some(&b"p@ss"[..]));
    }

    #[test]
    fn mistakes_repeat_nothing_of_the_text() {
        for (text, error) in [
            ("http://s3cret@h", AddressError::Scheme),
            ("localhost:6379", AddressError::Scheme),
            ("redis:s3cret", AddressError::Scheme),
            ("redis://", AddressError::Host),
            ("redis://a:s3cret@", AddressError::Host),
            ("redis://h:s3cret", AddressError::Port),
            ("redis://h:0", AddressError::Port),
            ("redis://h:70000", AddressError::Port),
            ("redis://:s3/cret@h", AddressError::Unescaped),
            ("redis://:s3?cret@h", AddressError::Unescaped),
            ("redis://:s3%cret@h", AddressError::Percent),
            ("redis://h/s3cret", AddressError::Database),
            ("redis://h?s3cret=1", AddressError::Option),
            ("redis-cluster://h/1", AddressError::ClusterDatabase),
            ("unix:", AddressError::Host),
        ] {
            assert_eq!(read(text).err(), Some(error), "{text}");
            assert!(!error.to_string().contains("s3"), "{error}");
        }
    }
}
