//! Ctrl-C during a run on a server.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use remote::Stop;

use crate::notice;

/// A stop that Ctrl-C uses. A second Ctrl-C ends the program at once.
pub(super) fn stop() -> Result<Stop> {
    static BEFORE: AtomicBool = AtomicBool::new(false);
    let stop = Stop::default();
    let handle = stop.clone();
    ctrlc::set_handler(move || {
        if BEFORE.swap(true, Ordering::Relaxed) {
            #[allow(clippy::exit, reason = "the user asks for the second time")]
            std::process::exit(130);
        }
        notice::plain("the server is asked to end the script; Ctrl-C again leaves without waiting");
        handle.stop();
    })?;
    Ok(stop)
}
