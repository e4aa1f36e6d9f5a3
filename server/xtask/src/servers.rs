//! Real servers, started on a socket of their own and asked through `redis-cli`.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    socket: PathBuf,
}

/// Where the set-up script puts the servers.
pub(crate) fn folder() -> PathBuf {
    let cache = std::env::var_os("REDLUA_CACHE")
        .map(PathBuf::from)
        .unwrap_or_else(|| PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache").join("redlua"));
    cache.join("servers")
}

impl Server {
    /// Starts the server program at `path`.
    pub(crate) fn start(path: &Path) -> Result<Self> {
        let socket = std::env::temp_dir().join(format!("redlua-xtask-{}.sock", std::process::id()));
        std::fs::remove_file(&socket).ok();
        let child = Command::new(path)
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
            .arg(&socket)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {}", path.display()))?;
        let server = Self { child, socket };
        let start = Instant::now();
        while server.ask(&["PING"]).is_err() {
            if start.elapsed() > Duration::from_secs(20) {
                bail!("{} does not answer", path.display());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(server)
    }

    /// The socket it listens on.
    pub(crate) fn socket(&self) -> &Path {
        &self.socket
    }

    /// The reply to a command, under RESP3, as JSON.
    pub(crate) fn ask(&self, words: &[&str]) -> Result<Value> {
        let output = Command::new("redis-cli")
            .arg("-s")
            .arg(&self.socket)
            .args(["-3", "--json"])
            .args(words)
            .output()
            .context("cannot run redis-cli: install Debian's redis-tools")?;
        let text = String::from_utf8_lossy(&output.stdout);
        serde_json::from_str(text.trim()).with_context(|| format!("{words:?}: {text}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        std::fs::remove_file(&self.socket).ok();
    }
}
