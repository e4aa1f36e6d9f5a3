//! What a user should read of a refusal: who, what, and what to do.

use std::fmt;

use crate::{Place, Refusal, duration::seconds};

impl Refusal {
    /// Writes the message of a refusal by the server of this name.
    pub(crate) fn write(&self, server: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = |place: &Option<Place>| place.as_ref().map(|it| format!(" ({it})")).unwrap_or_default();
        let of = |master: &Option<String>| master.as_ref().map(|it| format!(" of {it}")).unwrap_or_default();
        match self {
            Self::NoPermission { user, command } => {
                write!(f, "user {user} may not call {command} on {server} (ACL)")?;
                match command.as_str() {
                    "EVAL" | "FCALL" => write!(f, ": {command}_RO may be allowed, which is called without --write"),
                    _ => Ok(()),
                }
            }
            Self::NoPermissionInScript { user, command, place } => {
                let command = command.as_deref().unwrap_or("the command that the script calls");
                write!(
                    f,
                    "user {user} may not call {command}{} on {server} (ACL); what the script did before stays",
                    at(place)
                )
            }
            Self::NoPermissionForKey { user, key, place } => {
                let key = key.as_deref().map_or_else(|| "one of the keys".to_owned(), |key| format!("the key {key}"));
                write!(f, "user {user} may not touch {key}{} on {server} (ACL)", at(place))
            }
            Self::NoScript => write!(f, "{server} does not know the script with this SHA1: load it first"),
            Self::NoFunction(name) => write!(f, "the library on {server} registers no function {name}"),
            Self::LibraryExists(library) => write!(f, "{server} has the library {library} already, with other code"),
            Self::LibraryBroken { message, place } => write!(f, "{server} refuses the library{}: {message}", at(place)),
            Self::OldServer { identity, needs, since } => {
                write!(f, "{server} is {identity}: {needs} came with Redis {since}")
            }
            Self::WriteRefused(Some(place)) => {
                write!(f, "{place} writes; nothing was written on {server}: --write lets it")
            }
            Self::WriteRefused(None) => write!(
                f,
                "the script or function may write by its flags, and was not run on {server}: --write lets it, \
                 flags=no-writes promises that it does not"
            ),
            Self::Busy(other) => {
                write!(f, "{server} is busy with another script")?;
                if let Some((name, time)) = other {
                    write!(f, " ({name}, for {})", seconds(*time))?;
                }
                f.write_str(": SCRIPT KILL or FUNCTION KILL ends it if it has not written")
            }
            Self::Unkillable => write!(f, "the script on {server} has written, so the server does not end it"),
            Self::Loading(eta) => {
                write!(f, "{server} is still loading its data")?;
                eta.map_or(Ok(()), |eta| write!(f, ", for {eta} s more by its own account"))
            }
            Self::ReplicaRefusesWrite(master) => {
                write!(f, "{server} is a replica{}, which takes no writes: run it there", of(master))
            }
            Self::MasterDown(master) => {
                write!(f, "{server} is a replica{} and has lost the connection to it", of(master))
            }
            Self::OutOfMemory(memory) => {
                write!(f, "{server} is full")?;
                if let Some((used, most)) = memory {
                    write!(f, " ({used} of {most} bytes)")?;
                }
                f.write_str(": flags=allow-oom in the shebang lets a script that frees memory run")
            }
            Self::SnapshotFailed => {
                write!(f, "{server} refuses writes, since it cannot save its snapshot: see its log")
            }
            Self::NoReplicas => {
                write!(f, "{server} refuses writes, since too few replicas follow it (min-replicas-to-write)")
            }
            Self::CrossSlot(Some([(a, a_key, a_slot), (b, b_key, b_slot)])) => write!(
                f,
                "KEYS[{a}] {a_key} is in slot {a_slot}, KEYS[{b}] {b_key} in slot {b_slot}, and a script on a cluster has keys of \
                 one slot: give both the same {{tag}}"
            ),
            Self::CrossSlot(None) => write!(f, "the keys are in several slots of {server}: give them the same {{tag}}"),
            Self::NodeUnreachable(node, why) => {
                write!(f, "{server} sends us to its node {node}, which cannot be used: {why}")
            }
            Self::SlotMoves(slot) => {
                write!(f, "slot {slot} of {server} is being moved to another node: try again later")
            }
            Self::ClusterDown(slots) if slots.is_empty() => write!(f, "the cluster {server} is down: see CLUSTER INFO"),
            Self::ClusterDown(slots) => {
                let slots: Vec<String> = slots.iter().map(|(from, to)| format!("{from} to {to}")).collect();
                write!(f, "the cluster {server} is down: no node serves the slots {}", slots.join(", "))
            }
            Self::UndeclaredKey(place) => write!(
                f,
                "the script{} touches a key that is not in KEYS and belongs to another node of {server}: declare it; a key of \
                 the same node passes by luck",
                at(place)
            ),
            Self::NoClusterSlots(user) => write!(
                f,
                "user {user} may not ask {server} for its slots (ACL): +cluster|slots, or +cluster|shards, is needed"
            ),
            Self::IsCluster(slot, node) => write!(
                f,
                "{server} is a node of a cluster, and {node} serves slot {slot}: redis-cluster:// instead of redis:// goes there"
            ),
            Self::NoCluster => write!(f, "{server} is no node of a cluster: try redis:// instead of redis-cluster://"),
            Self::NeedsConsent(identity) => write!(
                f,
                "{server} is {identity}, which has no EVAL_RO, and the script is not proved to read only: nothing was run; \
                 --write runs it"
            ),
            Self::LibraryDiffers { library, absent: true } => {
                write!(f, "{server} has no library {library}: nothing was run; --write loads it and runs the function")
            }
            Self::LibraryDiffers { library, absent: false } => write!(
                f,
                "the library {library} on {server} is not this one: nothing was run; --write replaces it and runs the function"
            ),
            Self::UnknownCommand(command) => write!(f, "{server} does not know {command}, which came with Redis 7.0"),
            Self::Other { command, code } => write!(f, "{server} answers {command} with the error {code}"),
            Self::TooLong => write!(f, "the script is larger than {server} takes (proto-max-bulk-len)"),
        }
    }
}
