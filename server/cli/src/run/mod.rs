//! `redlua run`.

mod output;
mod script;

use std::{ffi::OsString, io::Write as _, path::Path, process::ExitCode};

use ::script::{Budget, Entry, Invocation, NoObserver, Outcome, Server};
use anyhow::{Context as _, Result, bail};
use clap::CommandFactory as _;
use commands::Target;
use workspace::Settings;

use crate::{
    args::{Args, Check, Run},
    check, notice,
};
pub(crate) use script::Source;

/// The stack of a thread that runs a script: Lua's C functions call each other up to 200 deep.
const STACK: usize = 64 * 1024 * 1024;

pub(crate) fn run(args: &Run) -> Result<ExitCode> {
    let asked = Check {
        target: args.target.into_iter().collect(),
        cluster: args.cluster,
        config: args.config.clone(),
        ..Check::for_paths(std::slice::from_ref(&args.file))
    };
    let settings = check::load_settings(&asked)?;
    let source = Source::read(&args.file, &settings)?;
    for missing in &source.flat.missing {
        notice::warning(&format!("the include `{missing}` leads to no file: what it would define is not there"));
    }
    let (keys, words) = (bytes(&args.keys), bytes(args.arguments.as_deref().unwrap_or_default()));
    warn_of_words(args);
    let entry = entry(args, &source)?;
    let mut invocation = Invocation::script(Vec::new(), keys, words);
    invocation.entry = entry;
    invocation.resp3 = args.resp3;
    invocation.read_only = args.read_only;
    invocation.budget = budget(&settings, args.time);
    let target = target(&settings);
    let seed = seed(args.seed.as_deref(), &settings)?;
    let cluster = settings.config.options.cluster;
    let memory = invocation.budget.memory;
    let (outcome, held) = on_large_stack(move || -> Result<(Outcome, usize)> {
        let before = meter::held();
        let mut server = Server::new(target);
        server.cluster = cluster;
        spec::seed(&mut server, &seed, invocation.budget).context("the seed cannot be used")?;
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
    Ok(if outcome.reply.is_error() { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// Runs something on a thread with room for whatever a script does.
pub(crate) fn on_large_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let thread = std::thread::Builder::new().name("run".to_owned()).stack_size(STACK).spawn(work)?;
    thread.join().map_err(|_| anyhow::anyhow!("the run broke: this is a mistake of redlua, please report it"))
}

/// The server that is asked for: the first, where there are several.
pub(crate) fn target(settings: &Settings) -> Target {
    settings.config.options.targets.first().copied().unwrap_or(Target::DEFAULT)
}

/// What a run may take.
pub(crate) fn budget(settings: &Settings, time: Option<std::time::Duration>) -> Budget {
    let (run, default) = (&settings.config.run, Budget::default());
    Budget {
        time: time.or(run.time).unwrap_or(default.time),
        instructions: run.instructions.unwrap_or(default.instructions),
        memory: run.memory.unwrap_or(default.memory),
    }
}

/// The commands of a seed: of the file that is named, else of the one in the settings.
pub(crate) fn seed(named: Option<&Path>, settings: &Settings) -> Result<Vec<(u32, Vec<Vec<u8>>)>> {
    let path = match (named, &settings.config.run.seed) {
        (Some(path), _) => path.to_path_buf(),
        (None, Some(path)) => settings.root.join(path),
        (None, None) => return Ok(Vec::new()),
    };
    let text = std::fs::read(&path).with_context(|| format!("the seed {} cannot be read", path.display()))?;
    spec::commands_of(&text).with_context(|| format!("the seed {}", path.display()))
}

fn bytes(words: &[OsString]) -> Vec<Vec<u8>> {
    words.iter().map(|word| word.as_encoded_bytes().to_vec()).collect()
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

/// What is run: the script, or a function of the library.
fn entry(args: &Run, source: &Source) -> Result<Entry> {
    let code = source.flat.code.clone();
    if !source.is_library() {
        if args.function.is_some() {
            bail!("--function is for function libraries, which begin with `#!lua name=…`: this is a script");
        }
        return Ok(Entry::Script(code));
    }
    match (&args.function, source.functions().as_slice()) {
        (Some(name), _) => Ok(Entry::Function { library: code, name: name.clone().into_bytes() }),
        (None, [name]) => Ok(Entry::Function { library: code, name: name.clone().into_bytes() }),
        (None, names) => bail!(
            "this is a function library: name the function to call with --function{}",
            if names.is_empty() { String::new() } else { format!("; it registers {}", names.join(", ")) }
        ),
    }
}
