//! `CLUSTER`, as answered by a server that is in no cluster.

use protocol::Reply;

use super::help;
use crate::call::{Answer, Call};

const HELP: &[(&str, &str)] =
    &[("KEYSLOT <key>", "The hash slot of a key."), ("INFO, NODES, SLOTS, ...", "Refused: the engine is no cluster.")];

const DISABLED: &str = "ERR This instance has cluster support disabled";

pub(crate) fn disabled(_: &mut Call<'_>) -> Answer {
    Err(DISABLED.into())
}

pub(crate) fn keyslot(call: &mut Call<'_>) -> Answer {
    // Only since Valkey 9.1 a server outside a cluster tells slots.
    match call.valkey(9, 1) {
        true => Ok(Reply::Int(i64::from(commands::key_slot(call.word(2))))),
        false => disabled(call),
    }
}

pub(crate) fn help(call: &mut Call<'_>) -> Answer {
    help::reply(call, HELP)
}
