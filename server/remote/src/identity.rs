//! Product and version of a server.

use std::fmt;

use commands::{Family, Target, Version};
use protocol::Reply;

/// A product that speaks the protocol.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Product {
    /// Redis.
    Redis,
    /// Valkey.
    Valkey,
    /// Dragonfly, whose Lua is 5.4 and whose scripts may touch declared keys alone.
    Dragonfly,
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Redis => "Redis",
            Self::Valkey => "Valkey",
            Self::Dragonfly => "Dragonfly",
        })
    }
}

/// Product and version of a server, by `INFO server`, else by `HELLO`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Identity {
    /// The product.
    pub product: Product,
    /// Version as the server writes it: `7.2.4`.
    pub version: String,
    /// True for a node of a cluster.
    pub cluster: bool,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.product, self.version)
    }
}

impl Identity {
    /// Reads the text of `INFO server`; none if it names no version. Valkey tells 7.2.4 as `redis_version` for ever.
    pub fn of_info(info: &str) -> Option<Self> {
        let field = |name: &str| {
            let mut values = info.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            values.next().map(str::trim)
        };
        let products = [
            (Product::Dragonfly, "dragonfly_version"),
            (Product::Valkey, "valkey_version"),
            (Product::Redis, "redis_version"),
        ];
        let (product, version) = products.iter().find_map(|(product, name)| Some((*product, field(name)?)))?;
        let version = version.trim_start_matches(|c: char| !c.is_ascii_digit()).to_owned();
        let mode = ["redis_mode", "server_mode", "valkey_mode"].iter().find_map(|name| field(name));
        Some(Self { product, version, cluster: mode == Some("cluster") })
    }

    /// Reads the reply to `HELLO`, a map of RESP3 or the same flat; none if it is something else.
    pub fn of_hello(reply: &Reply) -> Option<Self> {
        let text = |reply: &Reply| match reply {
            Reply::Bulk(text) | Reply::Status(text) => Some(String::from_utf8_lossy(text).into_owned()),
            _ => None,
        };
        let field = |name: &str| {
            let is_name = |key: &Reply| text(key).as_deref() == Some(name);
            match reply {
                Reply::Map(pairs) => pairs.iter().find(|(key, _)| is_name(key)).and_then(|(_, value)| text(value)),
                Reply::Array(items) => items.chunks_exact(2).find(|two| is_name(&two[0])).and_then(|two| text(&two[1])),
                _ => None,
            }
        };
        let product = if field("server").as_deref() == Some("valkey") { Product::Valkey } else { Product::Redis };
        let cluster = field("mode").as_deref() == Some("cluster");
        Some(Self { product, version: field("version")?, cluster })
    }

    /// Major and minor number; zeros if the version is no number.
    pub fn numbers(&self) -> (u8, u8) {
        let mut parts = self.version.split('.').map(|part| part.parse().unwrap_or(0));
        (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
    }

    /// True if the server has the features of a version of Redis up to 7.2. Dragonfly claims to be Redis 7.
    pub fn since(&self, major: u8, minor: u8) -> bool {
        self.product != Product::Redis || self.numbers() >= (major, minor)
    }

    /// The known server version that this one is, or the last before it; none for other products, older and unknown ones.
    pub fn target(&self) -> Option<Target> {
        let family = match self.product {
            Product::Redis => Family::Redis,
            Product::Valkey => Family::Valkey,
            Product::Dragonfly => return None,
        };
        let (major, minor) = self.numbers();
        let known = Target::KNOWN.iter().filter(|known| known.family == family);
        known.filter(|known| known.version <= Version::new(major, minor)).max().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_and_versions() {
        let told =
            |info: &str| Identity::of_info(info).map(|it| (it.to_string(), it.target().map(|it| it.to_string())));
        let target = |text: &str| Some(text.to_owned());
        assert_eq!(
            told("# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\n"),
            Some(("Redis 7.0.15".to_owned(), target("redis 7.0")))
        );
        assert_eq!(
            told("redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:9.1.2\r\n"),
            Some(("Valkey 9.1.2".to_owned(), target("valkey 9.1")))
        );
        assert_eq!(
            told("redis_version:7.4.0\r\ndragonfly_version:df-v1.25.1\r\n"),
            Some(("Dragonfly 1.25.1".to_owned(), None))
        );
        assert_eq!(told("redis_version:8.7.0"), Some(("Redis 8.7.0".to_owned(), target("redis 8.6"))));
        assert_eq!(told("redis_version:5.0.9"), Some(("Redis 5.0.9".to_owned(), None)));
        assert_eq!(told("role:master"), None);
    }

    #[test]
    fn a_reply_to_hello() {
        let bulk = |text: &str| Reply::bulk(text);
        let flat = [bulk("server"), bulk("valkey"), bulk("version"), bulk("8.1.0"), bulk("proto"), Reply::Int(2)];
        let told = |reply: &Reply| Identity::of_hello(reply).map(|it| it.to_string());
        assert_eq!(told(&Reply::Array(flat.to_vec())).as_deref(), Some("Valkey 8.1.0"));
        let map = Reply::Map(vec![(bulk("version"), bulk("6.2.14")), (bulk("mode"), bulk("cluster"))]);
        assert_eq!(Identity::of_hello(&map).map(|it| (it.cluster, it.since(7, 0))), Some((true, false)));
        assert_eq!(told(&Reply::error("NOAUTH")), None);
    }
}
