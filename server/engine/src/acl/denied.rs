//! What is said of refusals, and how they are noted.

use commands::CommandSpec;

use super::{Context, Denial, LogEntry, Reason, User, command_name};
use crate::engine::Engine;

/// The word that a denial is about.
fn object(words: &[Vec<u8>], at: usize) -> &[u8] {
    words.get(at).map_or(&[], Vec::as_slice)
}

impl Engine {
    /// The error of a call that a user may not make.
    pub fn denial_text(&self, user: &User, spec: &CommandSpec, denial: Denial) -> Vec<u8> {
        let name = command_name(spec, self.target);
        let text = match (denial, self.since(7, 2), self.since(7, 0)) {
            (Denial::Command, true, _) => {
                let user = String::from_utf8_lossy(&user.name);
                format!("NOPERM User {user} has no permissions to run the '{name}' command")
            }
            (Denial::Command, _, true) => format!("NOPERM this user has no permissions to run the '{name}' command"),
            (Denial::Command, ..) => {
                format!("NOPERM this user has no permissions to run the '{name}' command or its subcommand")
            }
            (Denial::Key(_), true, _) => "NOPERM No permissions to access a key".to_owned(),
            (Denial::Key(_), ..) => {
                "NOPERM this user has no permissions to access one of the keys used as arguments".to_owned()
            }
            (Denial::Channel(_), true, _) => "NOPERM No permissions to access a channel".to_owned(),
            (Denial::Channel(_), ..) => {
                "NOPERM this user has no permissions to access one of the channels used as arguments".to_owned()
            }
            (Denial::Database(_), ..) => "NOPERM No permissions to access database".to_owned(),
        };
        text.into_bytes()
    }

    /// The error of a call in a transaction that was allowed when it was queued.
    pub fn denial_text_at_exec(&self, denial: Denial) -> String {
        let why = match denial {
            Denial::Command => "no permission to execute the command or subcommand",
            Denial::Key(_) => "no permission to touch the specified keys",
            Denial::Channel(_) => "no permission to access one of the channels used as arguments",
            Denial::Database(_) => "no permission to access the database",
        };
        format!(
            "NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This \
             command is no longer allowed for the following reason: {why}"
        )
    }

    /// The error of a call of a script, without a code.
    pub fn denial_text_in_script(&self, user: &User, spec: &CommandSpec, denial: Denial) -> String {
        if self.since(7, 2) {
            let text = String::from_utf8_lossy(&self.denial_text(user, spec, denial)).into_owned();
            return format!("ACL failure in script: {}", text.trim_start_matches("NOPERM "));
        }
        match denial {
            Denial::Command => "The user executing the script can't run this command or subcommand",
            Denial::Channel(_) => "The user executing the script can't publish to the channel mentioned in the command",
            _ => {
                "The user executing the script can't access at least one of the keys mentioned in the command arguments"
            }
        }
        .to_owned()
    }

    /// What `ACL DRYRUN` says.
    pub(crate) fn denial_text_of_dry_run(
        &self,
        user: &User,
        spec: &CommandSpec,
        words: &[Vec<u8>],
        denial: Denial,
    ) -> Vec<u8> {
        let who: Vec<u8> = match self.since(7, 2) {
            true => [b"User ", user.name.as_slice()].concat(),
            false => b"This user".to_vec(),
        };
        let access = |at: usize, what: &[u8]| {
            [who.as_slice(), b" has no permissions to access the '", object(words, at), b"' ", what].concat()
        };
        match denial {
            Denial::Command => {
                let name = command_name(spec, self.target);
                [who.as_slice(), b" has no permissions to run the '", name.as_bytes(), b"' command"].concat()
            }
            Denial::Key(at) => access(at, b"key"),
            Denial::Channel(at) => access(at, b"channel"),
            Denial::Database(at) => {
                [who.as_slice(), b" has no permissions to access database ", object(words, at)].concat()
            }
        }
    }

    /// Notes that a call was refused: in the log, and in the counters of INFO. `client` is the client's line.
    pub fn note_denial(
        &mut self,
        user: &[u8],
        spec: &CommandSpec,
        words: &[Vec<u8>],
        denial: Denial,
        context: Context,
        client: Vec<u8>,
    ) {
        let (reason, object) = match denial {
            Denial::Command => (Reason::Command, command_name(spec, self.target).into_bytes()),
            Denial::Key(at) => (Reason::Key, object(words, at).to_vec()),
            Denial::Channel(at) => (Reason::Channel, object(words, at).to_vec()),
            Denial::Database(at) => (Reason::Database, object(words, at).to_vec()),
        };
        self.note_refusal(LogEntry { reason, context, object, user: user.to_vec(), client });
    }

    /// Notes a refusal.
    pub fn note_refusal(&mut self, entry: LogEntry) {
        let denied = &mut self.stats.denied;
        *match entry.reason {
            Reason::Auth => &mut denied.auth,
            Reason::Command => &mut denied.command,
            Reason::Key => &mut denied.key,
            Reason::Channel => &mut denied.channel,
            Reason::Database => &mut denied.database,
        } += 1;
        let limit = self.log_limit("acllog-max-len");
        self.acl.log.add(entry, self.now(), limit);
    }
}
