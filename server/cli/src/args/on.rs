//! Options for real servers.

use std::path::PathBuf;

/// Options of `--on`.
#[derive(clap::Args, Clone, Default, Debug)]
#[command(next_help_heading = "Real servers")]
pub(crate) struct On {
    /// On a real server instead of the embedded engine: a URL (redis://, rediss://, unix:, redis-cluster://), or a name of
    /// [servers] in redlua.toml. Several, `embedded` among them, are compared. A URL with a password is seen in the process list
    #[arg(long, value_name = "URL|NAME")]
    pub on: Vec<String>,
    /// Let the script write. Without it the server itself refuses writes, by EVAL_RO and FCALL_RO
    #[arg(long, requires = "on")]
    pub write: bool,
    /// For servers with `confirm` in [servers]: their name, instead of the question
    #[arg(long, value_name = "NAME", requires = "write")]
    pub confirm: Option<String>,
    /// The user of the ACL
    #[arg(long, value_name = "NAME", requires = "on")]
    pub user: Option<String>,
    /// Ask for the password on the terminal; otherwise it comes from [servers] or REDISCLI_AUTH
    #[arg(long, requires = "on")]
    pub ask_password: bool,
    /// The authorities to trust for rediss://, instead of the system's
    #[arg(long, value_name = "FILE", requires = "on")]
    pub cacert: Option<PathBuf>,
    /// The client's certificate
    #[arg(long, value_name = "FILE", requires = "on")]
    pub cert: Option<PathBuf>,
    /// The client's key
    #[arg(long, value_name = "FILE", requires = "on")]
    pub key: Option<PathBuf>,
    /// The name that the server's certificate must have
    #[arg(long, value_name = "NAME", requires = "on")]
    pub server_name: Option<String>,
    /// The version of the protocol (default: 2)
    #[arg(long, value_name = "2|3", requires = "on", value_parser = clap::value_parser!(u8).range(2..=3))]
    pub resp: Option<u8>,
}
