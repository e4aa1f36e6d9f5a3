//! `CLIENT PAUSE`: for a while no commands run, or none that write.

use std::time::{Duration, Instant};

use commands::{CommandId, CommandSpec};
use protocol::{Reply, number::parse_int};

use crate::state::{Client, Hold, Hub, Pause, Words};

/// `CLIENT PAUSE`
pub(crate) fn pause(hub: &mut Hub, words: &Words) -> Result<Reply, Vec<u8>> {
    let mut writes_only = match words.get(3).map(|word| word.to_ascii_lowercase()).as_deref() {
        None | Some(b"all") => false,
        Some(b"write") => true,
        Some(_) => return Err(b"ERR CLIENT PAUSE mode must be WRITE or ALL".to_vec()),
    };
    let millis = parse_int(&words[2]).ok_or("ERR timeout is not an integer or out of range")?;
    let millis = u64::try_from(millis).map_err(|_| "ERR timeout is negative")?;
    let mut until = Instant::now()
        .checked_add(Duration::from_millis(millis))
        .ok_or("ERR timeout is not an integer or out of range")?;
    // A pause that is under way is neither shortened nor weakened by another.
    if let Some(old) = hub.pause {
        writes_only &= old.writes_only;
        until = until.max(old.until);
    }
    hub.pause = Some(Pause { until, writes_only });
    Ok(Reply::ok())
}

/// Ends the pause. Clients that wait go on in the order in which they came.
pub(crate) fn unpause(hub: &mut Hub) {
    if hub.pause.take().is_none() {
        return;
    }
    let mut paused: Vec<u64> = Vec::new();
    for client in hub.clients.values_mut().filter(|client| matches!(client.hold, Hold::Paused)) {
        client.hold = Hold::None;
        paused.push(client.link.id);
    }
    paused.sort_unstable();
    hub.resume.extend(paused);
}

/// Ends the pause if its time has come.
pub(crate) fn check(hub: &mut Hub) {
    if hub.pause.is_some_and(|pause| pause.until <= Instant::now()) {
        unpause(hub);
    }
}

/// Time at which the pause ends.
pub(crate) fn deadline(hub: &Hub) -> Option<Instant> {
    hub.pause.map(|pause| pause.until)
}

/// Returns true if a command must wait for the end of the pause. `writes` says that it may write.
pub(crate) fn holds(hub: &Hub, client: &Client, spec: &'static CommandSpec, writes: bool) -> bool {
    let Some(pause) = hub.pause else { return false };
    let in_transaction = || spec.id == CommandId::Exec && client.multi.as_ref().is_some_and(|multi| multi.may_write);
    !pause.writes_only || writes || in_transaction()
}
