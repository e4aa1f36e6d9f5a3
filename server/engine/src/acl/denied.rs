//! Errors and log entries of refusals.

use commands::{CommandSpec, Target};

use super::{Context, Denial, LogEntry, Reason, User, command_name};

/// The word that a denial is about.
fn object(words: &[Vec<u8>], at: usize) -> &[u8] {
    words.get(at).map_or(&[], Vec::as_slice)
}

impl Denial {
    /// The error of a call that a user may not make.
    pub fn text(self, target: Target, user: &User, spec: &CommandSpec) -> Vec<u8> {
        let name = command_name(spec, target);
        let text = match (self, target.since(7, 2), target.since(7, 0)) {
            (Self::Command, true, _) => {
                let user = String::from_utf8_lossy(&user.name);
                format!("NOPERM User {user} has no permissions to run the '{name}' command")
            }
            (Self::Command, _, true) => format!("NOPERM this user has no permissions to run the '{name}' command"),
            (Self::Command, ..) => {
                format!("NOPERM this user has no permissions to run the '{name}' command or its subcommand")
            }
            (Self::Key(_), true, _) => "NOPERM No permissions to access a key".to_owned(),
            (Self::Key(_), ..) => {
                "NOPERM this user has no permissions to access one of the keys used as arguments".to_owned()
            }
            (Self::Channel(_), true, _) => "NOPERM No permissions to access a channel".to_owned(),
            (Self::Channel(_), ..) => {
                "NOPERM this user has no permissions to access one of the channels used as arguments".to_owned()
            }
            (Self::Database(_), ..) => "NOPERM No permissions to access database".to_owned(),
        };
        text.into_bytes()
    }

    /// The error of a call in a transaction that was allowed when it was queued.
    pub fn text_at_exec(self) -> String {
        let why = match self {
            Self::Command => "no permission to execute the command or subcommand",
            Self::Key(_) => "no permission to touch the specified keys",
            Self::Channel(_) => "no permission to access one of the channels used as arguments",
            Self::Database(_) => "no permission to access the database",
        };
        format!(
            "NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This \
             command is no longer allowed for the following reason: {why}"
        )
    }

    /// The error of a call of a script, without a code.
    pub fn text_in_script(self, target: Target, user: &User, spec: &CommandSpec) -> String {
        if target.since(7, 2) {
            let text = String::from_utf8_lossy(&self.text(target, user, spec)).into_owned();
            return format!("ACL failure in script: {}", text.trim_start_matches("NOPERM "));
        }
        match self {
            Self::Command => "The user executing the script can't run this command or subcommand",
            Self::Channel(_) => "The user executing the script can't publish to the channel mentioned in the command",
            _ => {
                "The user executing the script can't access at least one of the keys mentioned in the command arguments"
            }
        }
        .to_owned()
    }

    /// Reply of `ACL DRYRUN` to a denied call.
    pub(crate) fn text_of_dry_run(self, target: Target, user: &User, spec: &CommandSpec, words: &[Vec<u8>]) -> Vec<u8> {
        let who: Vec<u8> = match target.since(7, 2) {
            true => [b"User ", user.name.as_slice()].concat(),
            false => b"This user".to_vec(),
        };
        let access = |at: usize, what: &[u8]| {
            [who.as_slice(), b" has no permissions to access the '", object(words, at), b"' ", what].concat()
        };
        match self {
            Self::Command => {
                let name = command_name(spec, target);
                [who.as_slice(), b" has no permissions to run the '", name.as_bytes(), b"' command"].concat()
            }
            Self::Key(at) => access(at, b"key"),
            Self::Channel(at) => access(at, b"channel"),
            Self::Database(at) => {
                [who.as_slice(), b" has no permissions to access database ", object(words, at)].concat()
            }
        }
    }

    /// The entry of the log; `client` is the client's line.
    pub fn entry(
        self,
        target: Target,
        user: &User,
        spec: &CommandSpec,
        words: &[Vec<u8>],
        context: Context,
        client: Vec<u8>,
    ) -> LogEntry {
        let (reason, object) = match self {
            Self::Command => (Reason::Command, command_name(spec, target).into_bytes()),
            Self::Key(at) => (Reason::Key, object(words, at).to_vec()),
            Self::Channel(at) => (Reason::Channel, object(words, at).to_vec()),
            Self::Database(at) => (Reason::Database, object(words, at).to_vec()),
        };
        LogEntry { reason, context, object, user: user.name.clone(), client }
    }
}
