//! Arguments of the commands that compare the workspace with a server or a build.

use std::path::PathBuf;

use super::On;

// Plain comments: the documentation of what is flattened would replace that of the command.
#[derive(clap::Args, Debug)]
pub(crate) struct Workspace {
    /// Files and folders
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Read settings from this file instead of the nearest redlua.toml
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Compare the function libraries of the workspace with those of a server, and load them.
///
/// `diff` tells what `load` would change, `load` loads libraries that are new or differ, on every master of a cluster, and `list` shows
/// what the server has. Libraries that only the server has are told and left alone.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  redlua functions diff --on prod               exit status 1 if the server has others
  redlua functions load lua/ --on prod --write  loads what is new, replaces what differs
  redlua functions list --on redis://localhost

Exit status:
  0  done; with `diff`: the server has what the workspace has
  1  with `diff`: something is missing or differs; with `load`: --write is missing, or the server refuses a library
  2  a mistake in the command line, a file that cannot be read, or a server that cannot be reached")]
pub(crate) struct Functions {
    /// The action
    #[arg(value_enum)]
    pub action: FunctionsAction,
    #[command(flatten)]
    pub workspace: Workspace,
    /// Write JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub on: On,
}

/// Actions of `redlua functions`.
#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FunctionsAction {
    /// Show what differs
    Diff,
    /// Load what is new or differs
    Load,
    /// Show the libraries of the server
    List,
}

/// Print the permissions that scripts need, or check those of a user.
///
/// The line is one of an ACL file, without a password: no more commands, keys and channels than the scripts use. The keys that a program
/// passes in KEYS come from `--keys`, else from the examples in the scripts' comments; where neither tells, any key is granted, and
/// that is said.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  redlua acl lua/ --name shop --keys 'stock:*'   user shop on resetkeys ~stock:* … +eval +evalsha +decrby +get
  redlua acl lua/ --read-only                    for a user who runs them with EVAL_RO and FCALL_RO
  redlua acl lua/ --check shop --on prod         what user shop of a server lacks (ACL DRYRUN, Redis 7.0)

Exit status:
  0  done; with `--check`: the user may run the scripts
  1  with `--check`: something is lacking, or the server refuses to tell
  2  a mistake in the command line, a file that cannot be read, or a server that cannot be reached")]
pub(crate) struct Acl {
    #[command(flatten)]
    pub workspace: Workspace,
    /// Name of the user in the line
    #[arg(long, value_name = "USER", default_value = "app")]
    pub name: String,
    /// A pattern of the keys that programs pass in KEYS; may be repeated
    #[arg(long, value_name = "PATTERN")]
    pub keys: Vec<String>,
    /// For a user who only runs scripts that read, with EVAL_RO and FCALL_RO
    #[arg(long)]
    pub read_only: bool,
    /// Check a user of the server instead
    #[arg(long, value_name = "USER", requires = "on")]
    pub check: Option<String>,
    #[command(flatten)]
    pub on: On,
}

/// Tell which scripts of the workspace a server has found slow.
///
/// Reads SLOWLOG (and COMMANDLOG of Valkey 8.1), INFO commandstats, FUNCTION STATS and LATENCY LATEST, of all masters of a cluster, and finds the
/// scripts by their texts, SHA1s and functions. The log has what took longer than `slowlog-log-slower-than`, 10 ms if nobody changed it.
#[derive(clap::Args, Debug)]
pub(crate) struct Profile {
    #[command(flatten)]
    pub workspace: Workspace,
    /// Entries to read of each log
    #[arg(long, value_name = "N", default_value_t = 128)]
    pub entries: u32,
    /// Write JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub on: On,
}

/// Tell which scripts of the workspace a server knows by their SHA1 (SCRIPT EXISTS).
///
/// A server knows a script after EVAL or SCRIPT LOAD, until it is restarted or flushed; Redis from 7.4 on forgets the oldest of what EVAL
/// loaded. On a cluster each master has scripts of its own.
#[derive(clap::Args, Debug)]
pub(crate) struct Scripts {
    #[command(flatten)]
    pub workspace: Workspace,
    /// Write JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub on: On,
}

/// Print or write scripts as they are sent: with their includes, and minified if asked.
///
/// One script is printed as it is, without a line break behind it. With `--out` those below the paths are written into a folder, with
/// `--check` they are compared with what a folder ships: a `.lua` file byte by byte, a script in the string of another file by its code.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  redlua bundle take.lua                     the text that a server gets
  redlua bundle --sha take.lua               the SHA1 by which EVALSHA knows it
  redlua bundle app.py:TAKE                  a script in a string
  redlua bundle --minify --map take.map.json take.lua > take.min.lua
  redlua bundle lua/ --out dist/lua          all scripts of a folder, without their fragments
  redlua bundle lua/ --check dist/lua        in CI: is what we ship fresh?

Exit status:
  0  done; with `--check`: all is fresh
  1  with `--check`: something is missing or stale
  2  a mistake in the command line, an include that is not there, or a file that cannot be read")]
pub(crate) struct Bundle {
    /// Files and folders; `app.py:NAME` is a script in a string
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// Print the SHA1 instead of the text; of several scripts with their paths
    #[arg(long, conflicts_with_all = ["out", "check"])]
    pub sha: bool,
    /// Write where each line of the text comes from, as JSON
    #[arg(long, value_name = "FILE", conflicts_with_all = ["out", "check"])]
    pub map: Option<PathBuf>,
    /// Leave out comments, indentation and blank lines; names, literals and lines with code stay
    #[arg(long)]
    pub minify: bool,
    /// With `--minify`: keep the comments before the first statement
    #[arg(long, requires = "minify")]
    pub keep_header: bool,
    /// Write the scripts into this folder
    #[arg(long, value_name = "DIR", conflicts_with = "check")]
    pub out: Option<PathBuf>,
    /// Compare the scripts with those in this folder, and write nothing
    #[arg(long, value_name = "DIR")]
    pub check: Option<PathBuf>,
    /// Read settings from this file instead of the nearest redlua.toml
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}
