//! Real servers, started for a test on ports of their own.

mod certificates;
mod cluster;

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use tempfile::TempDir;

pub use certificates::Certificates;
pub use cluster::Cluster;

/// Longest wait for what must come, in a test that would fail otherwise.
pub const LONGEST: Duration = Duration::from_secs(60);

/// A running server, killed when it is dropped. SIGTERM would not end one that is busy with a script.
pub struct RealServer {
    child: Child,
    folder: TempDir,
    /// Port on 127.0.0.1 without TLS.
    pub port: u16,
}

/// The program of a server that `tests/setup/servers.sh` installs.
///
/// # Panics
/// If it is not installed.
pub fn program(name: &str) -> PathBuf {
    let path = crate::cache().join("servers").join(name).join("redis-server");
    assert!(path.exists(), "{} is not there: run tests/setup/servers.sh {name}", path.display());
    path
}

/// A port on 127.0.0.1 that nothing listens on at the moment, nor on the one 10000 higher, which is the bus of a cluster's node. Both are below
/// those that systems give to clients. No port is given twice: nodes of a cluster take a stranger on the port of one that has died for
/// that one, and never call it dead.
///
/// # Panics
/// If there is none.
pub fn free_port() -> u16 {
    const FIRST: u32 = 10_000;
    const COUNT: u32 = 12_000;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    for _ in 0..COUNT {
        // Tests in other processes begin elsewhere.
        let nth = NEXT.fetch_add(1, Ordering::Relaxed) + std::process::id().wrapping_mul(131);
        let port = u16::try_from(FIRST + nth % COUNT).unwrap_or(0);
        if [port, port + 10_000].iter().all(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()) {
            return port;
        }
    }
    panic!("no port is free")
}

/// Waits until something is there.
///
/// # Panics
/// If it does not come within [`LONGEST`].
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < LONGEST, "{what} does not come");
        std::thread::sleep(Duration::from_millis(10));
    }
}

impl RealServer {
    /// Starts the server of a name with arguments, and waits until it answers.
    ///
    /// # Panics
    /// If it does not.
    pub fn start(name: &str, args: &[&str]) -> Self {
        Self::start_in(name, tempfile::tempdir().expect("a folder"), args)
    }

    /// Starts a server whose files are in a folder.
    ///
    /// # Panics
    /// If it does not answer.
    pub fn start_in(name: &str, mut folder: TempDir, args: &[&str]) -> Self {
        loop {
            let mut server = Self::launch(name, folder, args);
            let is_there = wait_for(&format!("{name} on port {}", server.port), || {
                if server.child.try_wait().ok().flatten().is_some() {
                    return Some(false);
                }
                std::net::TcpStream::connect(("127.0.0.1", server.port)).is_ok().then_some(true)
            });
            if is_there {
                return server;
            }
            // Another process has taken the port meanwhile.
            assert!(server.log().contains("Address already in use"), "{name} ended: {}", server.log());
            folder = std::mem::replace(&mut server.folder, tempfile::tempdir().expect("a folder"));
        }
    }

    /// Starts a server without waiting for it.
    ///
    /// # Panics
    /// If the program does not start.
    pub fn launch(name: &str, folder: TempDir, args: &[&str]) -> Self {
        let port = free_port();
        let log = std::fs::File::create(folder.path().join("log")).expect("a log");
        let child = Command::new(program(name))
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port", &port.to_string()])
            .args(args)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        Self { child, folder, port }
    }

    /// The URL of the server, without user and password.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Folder of the server's files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Text that the server has written so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Runs redis-cli, and returns its standard output without the last line break.
    ///
    /// # Panics
    /// If it does not start.
    pub fn cli(&self, words: &[&str]) -> String {
        cli(self.port, words)
    }

    /// Sends a signal by its name without SIG.
    ///
    /// # Panics
    /// If `kill` fails.
    pub fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// Kills the server.
    pub fn kill(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Drop for RealServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Sends a signal to a process.
///
/// # Panics
/// If `kill` fails.
pub fn signal(process: u32, name: &str) {
    let done = Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status();
    assert!(done.is_ok_and(|status| status.success()), "kill -{name} {process}");
}

/// Runs redis-cli against a port without TLS.
///
/// # Panics
/// If it does not start.
pub fn cli(port: u16, words: &[&str]) -> String {
    let output = Command::new("redis-cli")
        .args(["--no-auth-warning", "-p", &port.to_string()])
        .args(words)
        .output()
        .unwrap_or_else(|error| panic!("redis-cli: {error}: install Debian's redis-tools"));
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}
