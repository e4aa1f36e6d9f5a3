//! `redlua run`.

pub(crate) mod output;
mod script;

use std::{ffi::OsString, io::Write as _, path::Path, process::ExitCode};

use ::script::{Budget, Entry, Invocation, NoObserver, Outcome, Server};
use anyhow::{Context as _, Result, bail};
use clap::CommandFactory as _;
use commands::{Target, Targets, api::closest};
use workspace::Settings;

use crate::{
    args::{Args, Check, Run},
    check, notice,
};
pub(crate) use script::Source;

/// The stack of a thread that runs a script: Lua's C functions call each other up to 200 deep.
const STACK: usize = 64 * 1024 * 1024;

/// A run as it is asked for, read and put together.
pub(crate) struct Request {
    /// The script.
    pub source: Source,
    /// The settings.
    pub settings: Settings,
    /// The script or function.
    pub entry: Entry,
    /// The keys.
    pub keys: Vec<Vec<u8>>,
    /// The arguments.
    pub arguments: Vec<Vec<u8>>,
}

impl Request {
    /// Reads the script and the settings.
    pub(crate) fn read(args: &Run) -> Result<Self> {
        let asked = Check {
            target: args.target.map(|target| Targets(vec![target])).into_iter().collect(),
            cluster: args.cluster,
            config: args.config.clone(),
            ..Check::for_paths(std::slice::from_ref(&args.file))
        };
        let settings = check::load_settings(&asked)?;
        let source = Source::read(&args.file, args.line, &settings)?;
        for missing in &source.flat.missing {
            notice::warning(&format!("the include `{missing}` leads to no file: what it would define is not there"));
        }
        warn_of_words(args);
        let entry = entry(args, &source)?;
        let (keys, arguments) = (bytes(&args.keys), bytes(args.arguments.as_deref().unwrap_or_default()));
        Ok(Self { source, settings, entry, keys, arguments })
    }
}

pub(crate) fn run(args: &Run) -> Result<ExitCode> {
    let Request { source, settings, entry, keys, arguments } = Request::read(args)?;
    let mut invocation = Invocation::script(Vec::new(), keys, arguments);
    invocation.entry = entry;
    invocation.resp3 = args.resp3;
    invocation.read_only = args.read_only;
    invocation.budget = budget(&settings, args.time);
    let target = target(&settings);
    let seed = Seed::read(args.seed.as_deref(), &settings)?;
    let cluster = settings.config.options.cluster;
    let memory = invocation.budget.memory;
    let (outcome, held) = on_large_stack(move || -> Result<(Outcome, usize)> {
        let before = meter::held();
        let mut server = Server::new(target);
        server.cluster = cluster;
        spec::seed(&mut server, &seed.commands, invocation.budget).with_context(|| seed.context())?;
        let outcome = server.run(&invocation, &mut NoObserver);
        drop(server);
        Ok((outcome, usize::try_from(meter::held() - before).unwrap_or(0)))
    })??;
    let mut out = std::io::BufWriter::new(anstream::stdout());
    if args.json {
        let limits = meter::Limits { memory: Some(memory.saturating_sub(held)), ..meter::Limits::default() };
        let json = meter::within(&limits, || spec::json::outcome(&outcome, &|line| source.place(line)));
        let json = json.ok().with_context(|| {
            format!(
                "as JSON the result takes more memory than the budget of {} MiB; without --json it is printed as it comes",
                memory / (1024 * 1024)
            )
        })?;
        serde_json::to_writer_pretty(&mut out, &json)?;
        writeln!(out)?;
    } else {
        output::write(&mut out, &outcome, &source, args.trace)?;
    }
    out.flush()?;
    drop(out);
    if outcome.reply.is_error() {
        warn_of_comma(args, &source);
    }
    Ok(if outcome.reply.is_error() { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// Runs a request on the embedded engine, for a comparison with servers: writes need consent there too.
pub(crate) fn embedded(args: &Run, request: &Request) -> Result<Outcome> {
    let mut invocation = Invocation::script(Vec::new(), request.keys.clone(), request.arguments.clone());
    invocation.entry = request.entry.clone();
    invocation.resp3 = args.resp3 || args.on.resp == Some(3);
    invocation.read_only = !args.on.write;
    invocation.budget = budget(&request.settings, args.time);
    let (target, cluster) = (target(&request.settings), request.settings.config.options.cluster);
    on_large_stack(move || {
        let mut server = Server::new(target);
        server.cluster = cluster;
        server.run(&invocation, &mut NoObserver)
    })
}

/// Runs something on a thread with room for whatever a script does.
pub(crate) fn on_large_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let thread = std::thread::Builder::new().name("run".to_owned()).stack_size(STACK).spawn(work)?;
    thread.join().map_err(|_| anyhow::anyhow!("the run broke: this is a mistake of redlua, please report it"))
}

/// The server to run as: the first target of the settings.
pub(crate) fn target(settings: &Settings) -> Target {
    settings.config.options.targets.first().copied().unwrap_or(Target::DEFAULT)
}

/// Limits of a run: `time` if given, else the settings, else the defaults.
pub(crate) fn budget(settings: &Settings, time: Option<std::time::Duration>) -> Budget {
    let (run, default) = (&settings.config.run, Budget::default());
    Budget {
        time: time.or(run.time).unwrap_or(default.time),
        instructions: run.instructions.unwrap_or(default.instructions),
        memory: run.memory.unwrap_or(default.memory),
    }
}

/// A file of commands that fill the keyspace first.
#[derive(Clone, Default)]
pub(crate) struct Seed {
    /// Its path, for messages.
    path: String,
    /// The commands as words, with their lines.
    pub commands: Vec<(u32, Vec<Vec<u8>>)>,
}

impl Seed {
    /// Reads the file that is named, else the one in the settings. There may be none.
    pub(crate) fn read(named: Option<&Path>, settings: &Settings) -> Result<Self> {
        let path = match (named, &settings.config.run.seed) {
            (Some(path), _) => path.to_path_buf(),
            (None, Some(path)) => settings.root.join(path),
            (None, None) => return Ok(Self::default()),
        };
        let mut seed = Self { path: path.display().to_string(), commands: Vec::new() };
        let text = std::fs::read(&path).with_context(|| format!("the seed {} cannot be read", seed.path))?;
        seed.commands = spec::commands_of(&text).with_context(|| seed.context())?;
        Ok(seed)
    }

    /// Context for errors about the seed.
    pub(crate) fn context(&self) -> String {
        format!("the seed {}", self.path)
    }
}

fn bytes(words: &[OsString]) -> Vec<Vec<u8>> {
    words.iter().map(|word| word.as_encoded_bytes().to_vec()).collect()
}

/// Warns, behind an error, of keys that were most likely meant as arguments.
pub(crate) fn warn_of_comma(args: &Run, source: &Source) {
    // A function gets its arguments under a name of its own.
    let reads_arguments = source.is_library() || source.flat.code.windows(4).any(|word| word == b"ARGV");
    if args.arguments.is_some() || args.keys.is_empty() || !reads_arguments {
        return;
    }
    let keys = args.keys.len();
    let keys = if keys == 1 { "1 key".to_owned() } else { format!("{keys} keys") };
    notice::warning(&format!(
        "{keys} and no arguments were given: arguments follow a lone comma, as in `{} KEY , ARGUMENT`",
        args.file.display()
    ));
}

/// Warns of words that are most likely meant otherwise: a comma that sticks to a key, options behind the comma.
fn warn_of_words(args: &Run) {
    let Some(arguments) = &args.arguments else {
        if let Some(word) = args.keys.iter().find(|word| word.as_encoded_bytes().ends_with(b",")) {
            let word = word.to_string_lossy();
            notice::warning(&format!(
                "`{word}` is taken as a key with its comma: the comma before the arguments stands alone, with blanks \
                 around it"
            ));
        }
        return;
    };
    let command = Args::command();
    let options = command.find_subcommand("run").into_iter().flat_map(clap::Command::get_arguments);
    let options: Vec<String> = options.filter_map(|it| Some(format!("--{}", it.get_long()?))).collect();
    for word in arguments.iter().filter(|word| options.iter().any(|option| *word == option.as_str())) {
        let word = word.to_string_lossy();
        notice::warning(&format!("`{word}` is taken as an argument of the script: options stand before the comma"));
    }
}

/// Finds what to run: the script, or a function of the library.
fn entry(args: &Run, source: &Source) -> Result<Entry> {
    let code = source.flat.code.clone();
    if !source.is_library() {
        if args.function.is_some() {
            bail!("--function is for function libraries, which begin with `#!lua name=…`: this is a script");
        }
        return Ok(Entry::Script(code));
    }
    match (&args.function, source.functions().as_slice()) {
        (Some(name), names) if !names.contains(name) && source.names_all_functions() => {
            let meant = closest(name, names.iter().map(String::as_str));
            let list = names.join(", ");
            match meant {
                Some(meant) => {
                    bail!("the library has no function `{name}`: did you mean `{meant}`? It registers {list}")
                }
                None => bail!("the library has no function `{name}`: it registers {list}"),
            }
        }
        (Some(name), _) => Ok(Entry::Function { library: code, name: name.clone().into_bytes() }),
        (None, [name]) => Ok(Entry::Function { library: code, name: name.clone().into_bytes() }),
        (None, names) => bail!(
            "this is a function library: name the function to call with --function{}",
            if names.is_empty() { String::new() } else { format!("; it registers {}", names.join(", ")) }
        ),
    }
}
