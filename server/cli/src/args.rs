//! The command line.

mod on;
mod workspace;

use std::{ffi::OsString, path::PathBuf};

use clap::{Parser, Subcommand, ValueEnum};
use commands::{Target, Targets};
pub(crate) use on::On;
pub(crate) use workspace::{Acl, Bundle, Functions, FunctionsAction, Profile, Scripts};

/// Everything for Lua scripts of Redis and Valkey.
///
/// redlua knows every command of every server version, the sandbox that scripts run in, and the traps that both lay.
#[derive(Parser, Debug)]
#[command(name = "redlua", version, long_version = env!("REDLUA_VERSION"), max_term_width = 100, propagate_version = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub color: colorchoice_clap::Color,
}

impl Args {
    /// Reads the process's arguments. Ends the process when they are wrong, or ask for help.
    ///
    /// What follows the lone comma of `redlua run` is kept from clap: these words are arguments of the script, also where
    /// they look like options (`-inf`, `--`, `-h`).
    pub(crate) fn read() -> Self {
        let mut words: Vec<OsString> = std::env::args_os().collect();
        let arguments = split_at_comma(&mut words);
        let mut args = Self::parse_from(words);
        if let Command::Run(run) = &mut args.command {
            run.arguments = arguments;
        }
        args
    }
}

/// Cuts a command line of `run` at its lone comma, and returns the words behind it.
fn split_at_comma(words: &mut Vec<OsString>) -> Option<Vec<OsString>> {
    let mut options = words.iter().enumerate().skip(1).peekable();
    // `--color WHEN` is the only option before the subcommand that takes a word of its own.
    while let Some((_, option)) = options.next_if(|(_, word)| word.as_encoded_bytes().starts_with(b"-")) {
        if option == "--color" {
            options.next();
        }
    }
    let (subcommand, _) = options.next().filter(|(_, word)| *word == "run")?;
    let comma = subcommand + words[subcommand..].iter().position(|word| word == ",")?;
    let arguments = words.split_off(comma + 1);
    words.pop();
    Some(arguments)
}

/// The commands. Their documentation is that of their arguments: a line here would stand in place of all of it.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Check(Check),
    Run(Run),
    Test(Test),
    Lsp(Lsp),
    Serve(Serve),
    Bundle(Bundle),
    Functions(Functions),
    Scripts(Scripts),
    Profile(Profile),
    Acl(Acl),
    Where(Where),
    Explain(Explain),
    Fmt(Fmt),
    Setup(Setup),
    Completions(Completions),
}

/// Find mistakes in scripts.
///
/// Folders are searched for `.lua` files, leaving out what `.gitignore` names and what is no Redis Lua by its content;
/// a file that is named is always checked. Settings are read from `redlua.toml` in the folder or above it.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  redlua check                               every script below this folder
  redlua check --target 'redis 7.0' lua/     as Redis 7.0 would take them
  redlua check --target 'valkey 8.0..'       as each Valkey from 8.0 on would
  redlua check --cluster --deny warnings     for a cluster, failing on warnings
  redlua check --fix                         apply safe fixes
  redlua check --diff --unsafe | less        what all fixes would change
  redlua check --statistics                  how many findings of each rule
  redlua check --summary take.lua            what the script does as a whole
  redlua check --watch                       again after each change
  cat take.lua | redlua check -              a script from standard input

Exit status:
  0  nothing at or above the failing level
  1  something is
  2  a mistake in the command line, or a file that cannot be read")]
pub(crate) struct Check {
    /// Files and folders; `-` is standard input
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// How findings are written
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// The servers that the scripts are meant for: `redis 7.0`, `redis 6.2..8.6`, `valkey 8.0..`, `all`; may be repeated
    #[arg(long, value_name = "SERVERS")]
    pub target: Vec<Targets>,
    /// The scripts are to run on a cluster: slots matter
    #[arg(long)]
    pub cluster: bool,
    /// Fail on findings of this level too, or on a rule: `warnings`, `hints` or a rule's name; may be repeated
    #[arg(long, value_name = "LEVEL|RULE")]
    pub deny: Vec<String>,
    /// Write hints too (JSON always has them)
    #[arg(long)]
    pub hints: bool,
    /// Tell what each script does as a whole: its keys, its cost, where it may run (with `human` and `json`)
    #[arg(long)]
    pub summary: bool,
    /// Count the findings by rule instead of listing them (with `human` and `json`)
    #[arg(long)]
    pub statistics: bool,
    /// Print every script and the calls in programs that run it, instead of findings
    #[arg(long, help_heading = "Output", conflicts_with_all = ["fix", "diff", "watch", "summary", "statistics"])]
    pub calls: bool,
    /// Apply safe fixes to the files; a script from standard input is printed with its fixes
    #[arg(long)]
    pub fix: bool,
    /// With `--fix` and `--diff`: also apply fixes that may change what a script does
    #[arg(long = "unsafe", alias = "unsafe-fixes")]
    pub unsafe_fixes: bool,
    /// Write no file: print what `--fix` would change as a unified diff. The exit status is 1 if there is anything
    #[arg(long)]
    pub diff: bool,
    /// Check again whenever a file changes
    #[arg(long, conflicts_with_all = ["fix", "diff"])]
    pub watch: bool,
    /// Ignore a rule; may be repeated
    #[arg(long, value_name = "RULE")]
    pub allow: Vec<String>,
    /// Print findings and nothing else
    #[arg(long, short)]
    pub quiet: bool,
    /// Print nothing: the exit status tells
    #[arg(long, short, conflicts_with = "quiet")]
    pub silent: bool,
    /// The name that a script from standard input is checked as
    #[arg(long, value_name = "PATH", default_value = "stdin.lua")]
    pub stdin_filename: PathBuf,
    /// Read settings from this file instead of the nearest redlua.toml
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Run a script on the embedded engine, or with `--on` on a real server.
///
/// The engine answers as a server of the target's version does: it needs no server and keeps nothing. Keys come before a lone
/// comma and arguments behind it, as for `redis-cli --eval`. Includes are pasted first.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  redlua run take.lua stock:42 , 2              with one key and one argument
  redlua run --trace take.lua stock:42 , 2      with every command that it calls
  redlua run --seed shop.redis take.lua stock:42 , 2
  redlua run --function counters_add counters.lua visits , 3 10
  redlua run --target 'redis 6.2' --json take.lua stock:42 , 2
  redlua run scores.lua board , -inf +inf       all behind the comma are arguments
  redlua run --on redis://localhost take.lua stock:42 , 2       on a real server, reading only
  redlua run --on staging --write take.lua stock:42 , 2         on a server of redlua.toml
  redlua run --on embedded --on staging take.lua stock:42 , 2   is the reply the same?
  cat take.lua | redlua run - stock:42 , 2

Options stand before the comma. A key that begins with `-` stands behind `--`.

A seed is a file of commands, one a line, as typed into redis-cli.

Exit status:
  0  the script replied
  1  the reply is an error, or a real server refused the run
  2  a mistake in the command line, a file that cannot be read, or a server that does not answer")]
pub(crate) struct Run {
    /// The script; `-` is standard input, `app.py:NAME` a script in a string of a file of another language
    pub file: PathBuf,
    /// Keys, a lone comma, arguments
    #[arg(value_name = "KEY… , ARG", allow_negative_numbers = true)]
    pub keys: Vec<OsString>,
    /// The arguments, which never come from clap: see [`Args::read`].
    #[arg(skip)]
    pub arguments: Option<Vec<OsString>>,
    /// A file of commands that fill the keyspace first
    #[arg(long, value_name = "FILE", conflicts_with = "on")]
    pub seed: Option<PathBuf>,
    /// The function to call, where the file is a function library
    #[arg(long, value_name = "NAME")]
    pub function: Option<String>,
    /// The script at this line of a file of another language
    #[arg(long, value_name = "LINE")]
    pub line: Option<u32>,
    /// Show every command that the script calls, with its line and reply
    #[arg(long)]
    pub trace: bool,
    /// One JSON object
    #[arg(long)]
    pub json: bool,
    /// As a client that speaks RESP3
    #[arg(long)]
    pub resp3: bool,
    /// As `EVAL_RO` and `FCALL_RO`, which may not write
    #[arg(long, conflicts_with = "write")]
    pub read_only: bool,
    /// The server that the engine is to be, such as `redis 7.0` or `valkey 8.1`
    #[arg(long, value_name = "SERVER", value_parser = one_target)]
    pub target: Option<Target>,
    /// As on a node of a cluster, where keys must be declared and in one slot
    #[arg(long)]
    pub cluster: bool,
    /// How long the script may run, such as `5s` or `500ms` (default: 5s, and 30s on a real server)
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub time: Option<std::time::Duration>,
    /// Read settings from this file instead of the nearest redlua.toml
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    #[command(flatten)]
    pub on: On,
    /// On a cluster, read from replicas
    #[arg(long, help_heading = "Real servers", requires = "on", conflicts_with = "write")]
    pub replicas: bool,
}

/// Reads the one server that the engine is to be.
fn one_target(text: &str) -> Result<Target, String> {
    match text.parse::<Targets>().as_ref().map(|targets| targets.0.as_slice()) {
        Ok(&[target]) => Ok(target),
        Ok(several) => Err(format!("these are {} servers, and the engine is one at a time", several.len())),
        Err(_) => text.parse::<Target>().map_err(|unknown| unknown.to_string()),
    }
}

fn time(text: &str) -> Result<std::time::Duration, String> {
    config::time(text).ok_or_else(|| "a time is a number with a unit, such as 5s or 500ms".to_owned())
}

/// Run the examples in scripts, and transcripts.
///
/// An example is a comment: `-->` before a command, `--=` before each line of the reply that it must give; `.` in the
/// command stands for the script. A transcript is a file named `*.redis` with `> ` before each command and its reply below.
/// Each file begins with an empty keyspace.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
On a real server (`--on`) examples need `--write` and a database that is empty and that nobody else uses, such as
redis://HOST/9: it is emptied behind each file.

Exit status:
  0  every example gives what it says
  1  one does not
  2  a mistake in the command line, or a file that cannot be read")]
pub(crate) struct Test {
    /// Files and folders
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// The servers that the engine is to be, one after the other: `redis 7.0`, `redis 6.2..8.6`, `all`; may be repeated
    #[arg(long, value_name = "SERVERS")]
    pub target: Vec<Targets>,
    /// As on a node of a cluster
    #[arg(long)]
    pub cluster: bool,
    /// A file of commands that fill the keyspace before each file
    #[arg(long, value_name = "FILE")]
    pub seed: Option<PathBuf>,
    /// One JSON object
    #[arg(long)]
    pub json: bool,
    /// Read settings from this file instead of the nearest redlua.toml
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    #[command(flatten)]
    pub on: On,
}

/// The forms of output.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
pub(crate) enum Format {
    /// For people
    Human,
    /// One JSON object
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Workflow commands of GitHub
    Github,
    /// JUnit's XML, for build servers
    Junit,
}

/// Serve an editor on standard input and output, by the Language Server Protocol.
///
/// Editors start this themselves; see docs/settings.md for their settings.
#[derive(clap::Args, Debug)]
pub(crate) struct Lsp {
    /// Taken for the sake of clients that always pass it: there is no other way to talk
    #[arg(long, hide = true)]
    pub stdio: bool,
}

/// Serve the embedded engine on a port, as a Redis or Valkey server.
///
/// Client libraries, redis-cli and test suites talk to it as to the real one. It keeps everything in memory and forgets it
/// at the end. It is ready when it writes `ready` with its address, and ends on SIGTERM, Ctrl-C or the command SHUTDOWN.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  redlua serve                               on 127.0.0.1:6379, as Redis 7.2
  redlua serve --port 0                      on any free port
  redlua serve --target 'valkey 8.1'         as Valkey 8.1")]
pub(crate) struct Serve {
    /// The port; 0 for any that is free
    #[arg(long, default_value_t = 6379)]
    pub port: u16,
    /// The address; others than this machine's own let everybody in
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub bind: std::net::IpAddr,
    /// The server version to be, such as `redis 7.0` or `valkey 8.1` (default: redis 7.2)
    #[arg(long, value_name = "SERVER", value_parser = one_target)]
    pub target: Option<Target>,
}

/// Find the script and the line that an error of a server's came from.
///
/// Servers name a script by the SHA1 of its text, as the client loaded it. Each script below the paths is put together with its
/// includes, as `run` does, and compared; a function is looked for in the libraries that register it.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  redlua where 'ERR user_script:37: … script: 6b1f…, on @user_script:37.'
  redlua where 'ERR user_function:9: … script: take, on @user_function:9.' lua/
  tail -1 service.log | redlua where -

Exit status:
  0  found
  1  no script here is the one that the error names
  2  a mistake in the command line, an error that names no script, or a file that cannot be read")]
pub(crate) struct Where {
    /// The error, as the server or the client wrote it; `-` is standard input
    pub error: String,
    /// Files and folders
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Write JSON
    #[arg(long)]
    pub json: bool,
    /// Read settings from this file instead of the nearest redlua.toml
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Explain a rule, a command or a function of the sandbox, or list the rules.
#[derive(clap::Args, Debug)]
pub(crate) struct Explain {
    /// A rule's name, as it stands in brackets after a finding; `HSET`, `XINFO STREAM`, `cjson.encode`
    pub name: Vec<String>,
}

/// Format scripts.
///
/// The style is that of the nearest `stylua.toml`, else that of `.editorconfig`, else StyLua's own with two blanks for a level.
/// Strings keep their quotes unless one of these files says which to use. Shebang lines stay as they are, and a script that does
/// not parse is left alone.
#[derive(clap::Args, Debug)]
pub(crate) struct Fmt {
    /// Files and folders; `-` formats standard input to standard output
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Only tell which files are not formatted; the exit status is 1 if there are any
    #[arg(long)]
    pub check: bool,
    /// Write no file: print what would change as a unified diff. The exit status is 1 if there is anything
    #[arg(long)]
    pub diff: bool,
}

/// Make redlua work in an editor, or take it out again.
///
/// Without an editor it tells which ones are here and what state redlua is in. With one it shows every file that it would
/// create, update or remove, and what it would change in files of yours, and asks before it does that. What you change
/// afterwards is left as it is. To bring an editor up to date, run it again.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "\
Examples:
  redlua setup                               which editors are here
  redlua setup neovim                        show what would change, and ask
  redlua setup helix --dry-run               only show it
  redlua setup helix --undo                  take it out again
  redlua setup neovim --yes --with /opt/redlua/bin/redlua
  redlua setup vscode --vsix redlua-linux-x64.vsix

What it does:
  vscode   installs the extension into each VS Code, VSCodium, code-server,
           Cursor and Windsurf that it finds. Without a packed extension it
           packs one, in the clone that redlua was built in; this takes npm
           and Node 22.
  neovim   puts the plug-in into site/pack/redlua below stdpath('data'),
           where Neovim finds it by itself
  helix    puts the server and three languages into languages.toml, between
           marks, and queries into runtime/queries

Exit status:
  0  it is done, or nothing was to be done
  1  the question was answered with no
  2  a mistake in the command line, or something could not be done")]
pub(crate) struct Setup {
    /// The editor
    #[arg(value_parser = clap::builder::PossibleValuesParser::new(crate::setup::editors::names()))]
    pub editor: Option<String>,
    /// Only show what would change
    #[arg(long, requires = "editor")]
    pub dry_run: bool,
    /// Do it without asking
    #[arg(long, short, requires = "editor")]
    pub yes: bool,
    /// Take out again what was put in; what you changed since stays
    #[arg(long, requires = "editor")]
    pub undo: bool,
    /// The `redlua` that the editor starts (default: this one)
    #[arg(long, value_name = "PROGRAM", requires = "editor", conflicts_with = "undo")]
    pub with: Option<PathBuf>,
    /// The packed extension (only for VS Code)
    #[arg(long, value_name = "FILE", requires = "editor", conflicts_with = "undo")]
    pub vsix: Option<PathBuf>,
}

/// Write a completion script for a shell.
#[derive(clap::Args, Debug)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

impl Check {
    /// The arguments that check `paths` in the ordinary way.
    pub(crate) fn for_paths(paths: &[PathBuf]) -> Self {
        Self {
            paths: paths.to_vec(),
            format: Format::Human,
            target: Vec::new(),
            cluster: false,
            deny: Vec::new(),
            hints: false,
            summary: false,
            calls: false,
            statistics: false,
            fix: false,
            unsafe_fixes: false,
            diff: false,
            watch: false,
            allow: Vec::new(),
            quiet: false,
            silent: false,
            stdin_filename: PathBuf::from("stdin.lua"),
            config: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_behind_the_comma_of_run_are_kept_from_clap() {
        let split = |line: &str| {
            let mut words: Vec<OsString> = line.split(' ').map(Into::into).collect();
            let arguments = split_at_comma(&mut words);
            (words.len(), arguments.map(|it| it.join(std::ffi::OsStr::new(" "))))
        };
        assert_eq!(split("redlua run a k , -inf -- -h ,"), (4, Some("-inf -- -h ,".into())));
        assert_eq!(split("redlua --color never run a ,"), (5, Some("".into())));
        assert_eq!(split("redlua --color=never run -- a -k , x"), (6, Some("x".into())));
        assert_eq!(split("redlua run a k"), (4, None));
        assert_eq!(split("redlua check run , -x"), (5, None));
    }
}
