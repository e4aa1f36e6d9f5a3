//! The language server.
//!
//! The [`backend`] holds no state: it turns what the client says into events. One main loop ([`world`]) owns the documents
//! and makes an immutable [snapshot](requests::snapshot::Snapshot) of them, from which requests are answered on other threads.

mod backend;
mod capabilities;
mod config;
mod disk;
mod event;
mod execute_command;
mod outbox;
mod registrations;
mod root;
mod run;
mod scratch;
mod spelling;
mod wire;
mod world;

use tower_lsp_server::{LspService, Server};

/// Number of requests that are answered at once. A client that asks more waits; its edits are not held up by slow answers.
const CONCURRENCY: usize = 64;

/// Serves a client on standard input and output until it exits or goes away. The status is 0 if it sent `shutdown` first, as
/// the protocol requires, else 1.
///
/// # Errors
///
/// Fails if the runtime cannot be started.
pub fn run() -> std::io::Result<u8> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(2).build()?;
    let orderly = runtime.block_on(async {
        let (service, socket) = LspService::build(backend::Backend::new)
            // The framework has no name for this one.
            .custom_method("window/workDoneProgress/cancel", backend::Backend::progress_cancelled)
            .finish();
        let orderly = service.inner().orderly_end();
        let (input, output) = wire::cleaned(tokio::io::stdin(), tokio::io::stdout());
        Server::new(input, output, socket).concurrency_level(CONCURRENCY).serve(service).await;
        orderly.load(std::sync::atomic::Ordering::Relaxed)
    });
    // A thread that still reads standard input must not hold the end up.
    runtime.shutdown_background();
    Ok(u8::from(!orderly))
}
