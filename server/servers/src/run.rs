//! A run on one server.

use std::time::Duration;

use commands::Target;
use remote::{Entry, Identity, Invocation, Outcome, Server, Session, Stop};

use crate::reads_only;

/// Longest time of a run on a server, if none is given.
pub const TIME: Duration = Duration::from_secs(30);

/// A script or a function of the workspace with its inputs.
#[derive(Clone, Debug)]
pub struct Request {
    /// The code, with its includes pasted.
    pub entry: script::Entry,
    /// Words that the script sees as `KEYS`.
    pub keys: Vec<Vec<u8>>,
    /// Words that it sees as `ARGV`.
    pub args: Vec<Vec<u8>>,
    /// Consent to writes.
    pub write: bool,
    /// Longest time of the run.
    pub time: Duration,
    /// True to read from replicas of a cluster.
    pub replicas: bool,
}

/// Runs a request on a server: on a connection of its own, by EVAL_RO or FCALL_RO without consent. `told` hears what the run waits
/// for.
///
/// # Errors
/// As [`Session::open`] and [`Session::run`].
pub fn run(
    server: &Server,
    request: &Request,
    stop: &Stop,
    told: impl FnMut(&remote::Error) + Send + 'static,
) -> Result<Outcome, remote::Error> {
    let mut session = Session::open(server)?;
    session.on_wait(told);
    let target = session.identity().and_then(Identity::target).unwrap_or(Target::DEFAULT);
    let entry = match request.entry.clone() {
        script::Entry::Script(code) => Entry::Script(code),
        script::Entry::Function { library, name } => Entry::Function {
            library: library_name(&library),
            code: library,
            name: String::from_utf8_lossy(&name).into_owned(),
        },
    };
    let proved_read_only = matches!(&entry, Entry::Script(code) if reads_only(code, target));
    let invocation = Invocation {
        entry,
        keys: request.keys.clone(),
        args: request.args.clone(),
        write: request.write,
        proved_read_only,
        time: request.time,
        replicas: request.replicas,
    };
    session.run(&invocation, stop)
}

/// The name in `#!lua name=shop` at the beginning of a library.
pub fn library_name(code: &[u8]) -> String {
    let line = code.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let words = protocol::split_line(line).unwrap_or_default();
    let name = words.iter().find_map(|word| word.strip_prefix(b"name=")).unwrap_or_default();
    String::from_utf8_lossy(name).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_libraries() {
        assert_eq!(library_name(b"#!lua name=shop\nreturn"), "shop");
        assert_eq!(library_name(b"#!lua engine=lua name=a\n"), "a");
        assert_eq!(library_name(b"#!lua\n"), "");
    }
}
