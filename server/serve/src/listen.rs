//! The port: opening it, taking in connections, and the end.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use commands::Target;
use engine::config::Config;
use parking_lot::Mutex;
use script::Server;
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    runtime::Builder,
};

use crate::{
    busy, connection,
    executor::{self, Executor},
    settings::Settings,
    state::{Core, Hub, Job, Link},
};

/// Address and server to serve.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The address; anything but a loopback lets others in, and there is no password.
    pub bind: IpAddr,
    /// The port; 0 for any that is free.
    pub port: u16,
    /// Family and version of the server.
    pub target: Target,
}

/// The stack of the thread that runs commands: replies and scripts may be nested deeply.
const STACK: usize = 64 * 1024 * 1024;

/// Serves until a signal or `SHUTDOWN` ends it. `ready` is called with the address.
///
/// # Errors
/// The port cannot be opened.
pub fn run(options: Options, ready: impl FnOnce(SocketAddr)) -> io::Result<()> {
    // Each client needs a descriptor. Where there are fewer, fewer clients get in.
    rlimit::increase_nofile_limit(u64::MAX).ok();
    // Keys are made by scripts and deleted by clients, on two threads.
    meter::share_arena();
    run_with(options, Settings::read(&Config::new(options.target), options.target), ready)
}

pub(crate) fn run_with(options: Options, settings: Settings, ready: impl FnOnce(SocketAddr)) -> io::Result<()> {
    let target = options.target;
    let core = Arc::new(Core::new(Hub::new(target, settings)));
    // One thread reads from all clients, as in the server: it takes what they send in the order of arrival. A runtime of
    // several threads runs the task that it woke last first.
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let done = runtime.block_on(async {
        let listener = listen(options)?;
        let address = listener.local_addr()?;
        let mut server = Server::new(target);
        server.engine.times_scripts = true;
        server.engine.config.set_at_start("port", &address.port().to_string());
        server.engine.config.set_at_start("bind", &address.ip().to_string());
        let executor = Arc::new(Mutex::new(Executor::new(server)));
        let for_scripts = (Arc::clone(&core), Arc::clone(&executor));
        // A Lua VM may not change its thread.
        std::thread::Builder::new().name("redlua-scripts".to_owned()).stack_size(STACK).spawn(move || {
            let (core, executor) = for_scripts;
            executor::run(&core, &executor);
        })?;
        tokio::spawn(executor::attend(Arc::clone(&core), executor));
        tokio::spawn(busy::watch(Arc::clone(&core)));
        ready(address);
        tokio::select! {
            () = accept(&listener, &core) => {}
            () = core.stop.notified() => {}
            end = signals() => end?,
        }
        Ok(())
    });
    // Whatever is under way is not waited for: a script may never end.
    runtime.shutdown_background();
    done
}

/// Number of connections that may wait to be accepted: test suites open thousands at a stroke, and one that finds no room is
/// tried again only after a second.
const BACKLOG: u32 = 16_384;

fn listen(options: Options) -> io::Result<TcpListener> {
    let socket = if options.bind.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // Elsewhere the option means that others may take the port over.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::new(options.bind, options.port))?;
    socket.listen(BACKLOG)
}

async fn accept(listener: &TcpListener, core: &Arc<Core>) {
    let next = AtomicU64::new(1);
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let id = next.fetch_add(1, Ordering::Relaxed);
                open(stream, peer, id, core);
            }
            // Descriptors have run out, most likely; they come back as clients go.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

fn open(stream: TcpStream, peer: SocketAddr, id: u64, core: &Arc<Core>) {
    let Ok(local) = stream.local_addr() else { return };
    stream.set_nodelay(true).ok();
    let link = Arc::new(Link::new(id, stream));
    core.queue.push(Job::Opened { link: Arc::clone(&link), peer, local });
    tokio::spawn(connection::serve(link, Arc::clone(core)));
}

#[cfg(unix)]
async fn signals() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        end = tokio::signal::ctrl_c() => end,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn signals() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
