//! Real servers, started on a socket of their own and asked through `redis-cli`.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use commands::Target;
use serde_json::Value;

use crate::resp::{Client, Reply};

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    folder: PathBuf,
    socket: PathBuf,
}

/// The server programs with these names or paths; all that the set-up script installs for none.
pub(crate) fn named<'a>(names: &[&'a str]) -> Result<Vec<(&'a str, PathBuf)>> {
    let names = if names.is_empty() { ::tests::SERVERS } else { names };
    names
        .iter()
        .map(|&name| {
            let is_path = name.contains('/');
            let path = if is_path { PathBuf::from(name) } else { folder().join(name).join("redis-server") };
            if !path.exists() {
                bail!("{} is not there: run tests/setup/servers.sh", path.display());
            }
            Ok((name, path))
        })
        .collect()
}

/// Determines the target that a server is, by its INFO.
pub(crate) fn target_of(client: &mut Client) -> Result<Target> {
    let Some(Reply::Bulk(Some(info))) = client.pipeline(&[vec!["INFO", "server"]])?.pop() else { bail!("no INFO") };
    let info = String::from_utf8_lossy(&info).into_owned();
    let field = |name: &str| info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim);
    let text = match field("valkey_version") {
        Some(version) => format!("valkey {version}"),
        None => format!("redis {}", field("redis_version").context("no version in INFO")?),
    };
    text.parse().map_err(anyhow::Error::new)
}

/// Folder into which the set-up script puts the servers.
pub(crate) fn folder() -> PathBuf {
    let cache = std::env::var_os("REDLUA_CACHE")
        .map(PathBuf::from)
        .unwrap_or_else(|| PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache").join("redlua"));
    cache.join("servers")
}

/// Makes the kernel kill the program when this thread ends. Linux only; elsewhere a killed xtask leaves it running.
fn end_with_parent(command: &mut Command) {
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::process::CommandExt as _;
        let parent = std::process::id();
        let hook = move || {
            // SAFETY: both are plain system calls, which are allowed between fork and exec.
            #[allow(unsafe_code, reason = "functions of the C library")]
            let (result, now) =
                unsafe { (libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as libc::c_ulong), libc::getppid()) };
            match result {
                0 if now.cast_unsigned() == parent => Ok(()),
                // The parent ended before the kernel was asked.
                0 => Err(std::io::ErrorKind::Interrupted.into()),
                _ => Err(std::io::Error::last_os_error()),
            }
        };
        // SAFETY: the hook allocates nothing and takes no lock.
        #[allow(unsafe_code, reason = "code that runs between fork and exec")]
        unsafe {
            command.pre_exec(hook);
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = command;
}

impl Server {
    /// Starts the server program at `path`.
    pub(crate) fn start(path: &Path) -> Result<Self> {
        Self::start_with(path, &["--port", "0"])
    }

    /// Starts the server program at `path` with more settings, in a folder of its own.
    pub(crate) fn start_with(path: &Path, settings: &[&str]) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("redlua-xtask-{}", std::process::id()));
        std::fs::remove_dir_all(&folder).ok();
        std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        let socket = folder.join("server.sock");
        std::fs::write(folder.join("users.acl"), "")?;
        let mut command = Command::new(path);
        end_with_parent(&mut command);
        let child = command
            .current_dir(&folder)
            .args(["--save", "", "--appendonly", "no", "--aclfile", "users.acl", "--unixsocket"])
            .arg(&socket)
            .args(settings)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {}", path.display()))?;
        let server = Self { child, folder, socket };
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
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// State of a process in `/proc`; `Z` is one that has ended and was not waited for.
    fn state(process: u32) -> Option<char> {
        let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        text.rsplit_once(") ")?.1.chars().next()
    }

    #[test]
    fn a_server_ends_with_what_started_it() {
        let start = || -> std::io::Result<Child> {
            let mut command = Command::new("sleep");
            end_with_parent(&mut command);
            command.arg("600").spawn()
        };
        let Ok(Ok(mut child)) = std::thread::spawn(start).join() else { panic!("sleep does not start") };
        let begun = Instant::now();
        while !matches!(state(child.id()), Some('Z') | None) {
            if begun.elapsed() > Duration::from_secs(60) {
                child.kill().ok();
                panic!("it still runs");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        child.wait().ok();
    }
}
