//! `HOTKEYS` (Redis 8.6): nothing is measured, so there never is a session to stop or to show.

use protocol::Reply;

use super::help;
use crate::call::{Answer, Call};

const HELP: &[(&str, &str)] = &[
    ("GET", "Results of the session, if there was one."),
    ("RESET", "Drops the results."),
    (
        "START METRICS <count> [CPU] [NET] [COUNT <k>] [DURATION <seconds>] [SAMPLE <ratio>] [SLOTS <count> <slot> ...]",
        "Begins a session; unsupported here.",
    ),
    ("STOP", "Ends the session."),
];

/// HOTKEYS GET, HOTKEYS STOP
pub(crate) fn nothing(_: &mut Call<'_>) -> Answer {
    Ok(Reply::Nil)
}

/// HOTKEYS RESET
pub(crate) fn reset(_: &mut Call<'_>) -> Answer {
    Ok(Reply::ok())
}

/// HOTKEYS HELP
pub(crate) fn help(call: &mut Call<'_>) -> Answer {
    help::reply(call, HELP)
}
