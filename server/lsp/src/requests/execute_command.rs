//! `workspace/executeCommand`: runs on the embedded engine.

use std::sync::{Arc, mpsc::Sender};

use commands::Target;
use ide::entry::Entry;
use protocol::{Reply, notation};
use script::Cancel;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tower_lsp_server::{
    jsonrpc::{Error, Result},
    ls_types::{ExecuteCommandParams, MessageType, ProgressToken},
};

use crate::{
    event::Event,
    explain,
    outbox::{Message, Outbox},
    run::{
        self,
        arguments::Arguments,
        assembled::Assembled,
        embedded, examples,
        inputs::{self, Inputs, Offer, Source},
        job::Job,
        left::Judged,
        locate,
        sessions::Sessions,
    },
    scratch,
    snapshot::{Snapshot, View},
};

/// Runs a script or a function.
pub(crate) const RUN: &str = "redlua.run";
/// Runs the examples in a script's comments.
pub(crate) const RUN_EXAMPLES: &str = "redlua.runExamples";
/// Empties the keyspace of a document.
pub(crate) const RESET: &str = "redlua.resetKeyspace";
/// Tells what a client should ask for before it runs a script.
pub(crate) const INPUTS: &str = "redlua.inputs";
/// Shows what a script does as a whole.
pub(crate) const SUMMARY: &str = "redlua.showSummary";

/// Tells what is in the keyspace of a document.
pub(crate) const KEYSPACE: &str = "redlua.keyspace";
/// Calls a command on the keyspace of a document.
pub(crate) const CALL: &str = "redlua.call";
/// Writes the reply that came into an example that differs.
pub(crate) const UPDATE_EXAMPLE: &str = "redlua.updateExample";
/// Tells what a document is, and which settings are in force for it.
pub(crate) const STATUS: &str = "redlua.status";

/// Shows a script with its includes pasted.
pub(crate) const ASSEMBLED: &str = "redlua.showAssembled";

/// Finds the script and the line that an error of a server's came from.
pub(crate) const WHERE: &str = "redlua.where";

/// Explains a rule, a command or a function.
pub(crate) const EXPLAIN: &str = "redlua.explain";

/// Our commands.
pub(crate) const COMMANDS: [&str; 12] =
    [RUN, RUN_EXAMPLES, RESET, INPUTS, SUMMARY, KEYSPACE, CALL, UPDATE_EXAMPLE, STATUS, ASSEMBLED, WHERE, EXPLAIN];

/// So many keys are told.
const MOST_KEYS: usize = 1000;
/// Characters of a command's reply.
const MAX_REPLY: usize = 100_000;

/// The keyspaces of all documents together may take the memory of so many runs.
const MAX_KEPT_RUNS: usize = 2;

/// What a command works with.
pub(crate) struct Desk {
    pub sessions: Arc<Sessions>,
    /// The number of the request.
    pub number: u64,
    pub outbox: Outbox,
    pub events: Sender<Event>,
}

pub(crate) async fn answer(desk: Desk, snapshot: Arc<Snapshot>, params: ExecuteCommandParams) -> Result<Option<Value>> {
    let name = params.command.as_str();
    let read = || {
        let arguments = Arguments::read(name, &params.arguments).map_err(Error::invalid_params)?;
        let job = Job::new(&snapshot, &arguments.uri).map_err(Error::invalid_params)?;
        Ok::<_, Error>((arguments, job))
    };
    if snapshot.client.no_runs && [RUN, RUN_EXAMPLES, CALL].contains(&name) {
        return Err(Error::invalid_params("nothing is run here, for the editor does not trust this folder"));
    }
    let token = params.work_done_progress_params.work_done_token;
    match name {
        RUN => {
            let (arguments, job) = read()?;
            desk.run(job, arguments, token).await
        }
        RUN_EXAMPLES => desk.examples(read()?.1, token).await.map(Some),
        RESET if params.arguments.is_empty() => Ok(Some(desk.reset(None, "all scripts", &snapshot))),
        RESET => {
            let job = read()?.1;
            Ok(Some(desk.reset(Some(&job.key), &job.name, &snapshot)))
        }
        INPUTS => {
            let (arguments, job) = read()?;
            let entry = embedded::entry(&job, arguments.function.as_deref()).map_err(Error::invalid_params)?;
            let offers = job.offers(&entry);
            Ok(Some(inputs::form(&entry, &offers)))
        }
        SUMMARY => {
            let arguments = Arguments::read(name, &params.arguments).map_err(Error::invalid_params)?;
            desk.summary(&snapshot, &arguments).map(Some).map_err(Error::invalid_params)
        }
        KEYSPACE => desk.keyspace(read()?.1, !snapshot.client.no_runs).await.map(Some),
        ASSEMBLED => {
            let (arguments, job) = read()?;
            desk.assembled(job, arguments.show).await.map(Some)
        }
        CALL => {
            let (arguments, job) = read()?;
            desk.call(job, arguments, token).await.map(Some)
        }
        UPDATE_EXAMPLE => {
            let arguments = Arguments::read(name, &params.arguments).map_err(Error::invalid_params)?;
            let view = snapshot.view(&arguments.uri);
            let edit = view.zip(arguments.example).and_then(|(view, line)| run::update::at_line(view, line));
            let is_there = edit.is_some();
            if let Some(edit) = edit {
                desk.outbox.put(Message::Apply(edit));
            }
            Ok(Some(json!({ "updated": is_there })))
        }
        WHERE => {
            let asked = locate::Asked::read(&params.arguments).map_err(Error::invalid_params)?;
            desk.locate(snapshot, asked).await.map(Some)
        }
        EXPLAIN => {
            let asked = explain::Asked::read(&params.arguments).map_err(Error::invalid_params)?;
            desk.explain(&snapshot, &asked).map(Some).map_err(Error::invalid_params)
        }
        STATUS => {
            let uri = Arguments::read(name, &params.arguments).map_err(Error::invalid_params)?.uri;
            Ok(snapshot.view(&uri).map(status))
        }
        _ => Err(Error::invalid_params(format!("there is no command `{name}`; there are {}", COMMANDS.join(", ")))),
    }
}

/// What a document is, and what its settings say.
fn status(view: View<'_>) -> Value {
    let (file, settings) = (view.file(), &view.root.settings);
    let targets: Vec<String> = settings.config.options.targets.iter().map(ToString::to_string).collect();
    let functions: Vec<String> = ide::entry::entries(file).into_iter().filter_map(|entry| entry.function).collect();
    json!({
        "script": file.is_script,
        "library": file.is_script && file.script.library.is_some(),
        "functions": functions,
        "transcript": file.is_transcript(),
        "examples": examples::may_have(file) && !examples::of(file).is_empty(),
        "targets": if targets.is_empty() { vec![Target::DEFAULT.to_string()] } else { targets },
        "cluster": settings.config.options.cluster,
        "settings": settings.file,
    })
}

/// Ends a run whose request is withdrawn: then the framework drops who waits for it.
struct Guard(Cancel);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl Desk {
    async fn run(mut self, job: Job, arguments: Arguments, token: Option<ProgressToken>) -> Result<Option<Value>> {
        let entry = embedded::entry(&job, arguments.function.as_deref()).map_err(Error::invalid_params)?;
        let Some(offer) = self.choose(&job, &entry, &arguments).await else { return Ok(None) };
        if arguments.ask {
            // It is later than what came while the user chose.
            self.number = self.sessions.number();
        }
        let (knows, progress) = (job.snapshot.client.inputs, job.snapshot.client.progress);
        let terse = job.snapshot.client.terse;
        let title = format!("Running {}", entry.function.as_deref().unwrap_or(&job.name));
        let key = job.key.clone();
        let (outbox, events, sessions) = (self.outbox.clone(), self.events.clone(), Arc::clone(&self.sessions));
        let work = move |session: &run::sessions::Session, cancel: &Cancel, superseded: &dyn Fn() -> bool| {
            let ended = embedded::run(&job, &entry, &offer, &arguments, session, cancel);
            let limit = job.budget(None).memory.saturating_mul(MAX_KEPT_RUNS);
            let dropped = sessions.bound(&job.key, limit);
            if !dropped.is_empty() {
                let text = format!(
                    "The keyspaces of all documents took more than {} MiB: as at the beginning again: {}",
                    limit >> 20,
                    dropped.join(", ")
                );
                outbox.put(Message::Show(MessageType::WARNING, text));
            }
            if let Some(ran) = ended.ran.filter(|_| !superseded()) {
                let remember = matches!(offer.source, Source::Given | Source::Example(_)).then_some(offer.inputs);
                events.send(Event::Ran { key: job.key.clone(), ran: Box::new(ran), remember }).ok();
            }
            // Who ran it again waits for the other reply; who has a box of its own shows the result there.
            if !knows && !superseded() {
                let text = if terse { run::show::one_line(&ended.message) } else { ended.message };
                outbox.put(Message::Show(ended.kind, text));
            }
            ended.json
        };
        self.work(&key, title, token, progress, work).await.map(Some)
    }

    async fn examples(self, job: Job, token: Option<ProgressToken>) -> Result<Value> {
        let (knows, progress) = (job.snapshot.client.inputs, job.snapshot.client.progress);
        let title = format!("Running the examples of {}", job.name);
        let key = job.key.clone();
        let (outbox, events) = (self.outbox.clone(), self.events.clone());
        let work = move |_: &run::sessions::Session, cancel: &Cancel, superseded: &dyn Fn() -> bool| {
            let verdicts = examples::judge(&job, None, cancel);
            let json = spec::json::verdicts(&verdicts);
            if !superseded() {
                if !knows {
                    let (kind, text) = examples::summary(&job, &verdicts);
                    outbox.put(Message::Show(kind, text));
                }
                let judged = Judged { stamp: job.stamp.clone(), verdicts };
                events.send(Event::Judged { key: job.key.clone(), judged, own: false }).ok();
            }
            json
        };
        self.work(&key, title, token, progress, work).await
    }

    /// Does work on a thread of its own: shown to the user if it takes long, and ended when nobody waits for it any more.
    async fn work(
        self,
        key: &str,
        title: String,
        given: Option<ProgressToken>,
        progress: bool,
        work: impl FnOnce(&run::sessions::Session, &Cancel, &dyn Fn() -> bool) -> Value + Send + 'static,
    ) -> Result<Value> {
        let (session, ticket) = self.sessions.begin(key, self.number);
        let guard = Guard(ticket.cancel.clone());
        let (done, answer) = oneshot::channel();
        let (running, over) = oneshot::channel::<()>();
        let is_given = given.is_some();
        let token = self.sessions.show(given, &ticket.cancel);
        if is_given || progress {
            self.outbox.put(Message::Running { token: token.clone(), given: is_given, title, over });
        }
        let sessions = Arc::clone(&self.sessions);
        let begun = run::spawn("redlua-run", move || {
            let superseded = || session.is_superseded(&ticket);
            let json = work(&session, &ticket.cancel, &superseded);
            sessions.hide(&token);
            drop(running);
            done.send(json).ok();
        });
        if let Err(error) = begun {
            self.outbox.put(Message::Show(MessageType::ERROR, format!("no thread for a run can be begun: {error}")));
            return Err(Error::internal_error());
        }
        let json = answer.await.map_err(|_| Error::internal_error());
        drop(guard);
        json
    }

    /// What a run is given. `None` if the user was asked and chose nothing.
    async fn choose(&self, job: &Job, entry: &Entry, arguments: &Arguments) -> Option<Offer> {
        if arguments.keys.is_some() || arguments.args.is_some() {
            let (keys, args) = (arguments.keys.clone(), arguments.args.clone());
            let inputs = Inputs {
                function: entry.function.clone(),
                keys: keys.unwrap_or_default(),
                args: args.unwrap_or_default(),
            };
            return Some(Offer { inputs, source: arguments.example.map_or(Source::Given, Source::Example) });
        }
        let mut offers = job.offers(entry);
        if !arguments.ask || offers.len() < 2 {
            return (!offers.is_empty()).then(|| offers.remove(0));
        }
        let (sender, answer) = oneshot::channel();
        let mut titles: Vec<String> = offers.iter().map(|offer| offer.inputs.title()).collect();
        // Long ones may be cut to the same words.
        for at in 1..titles.len() {
            if titles[..at].contains(&titles[at]) {
                titles[at] = format!("{} ({})", titles[at], at + 1);
            }
        }
        self.outbox.put(Message::Ask {
            text: format!("Run {} with which keys and arguments?", entry.function.as_deref().unwrap_or(&job.name)),
            choices: titles.clone(),
            answer: sender,
        });
        let chosen = answer.await.ok().flatten()?;
        let at = titles.iter().position(|title| *title == chosen)?;
        Some(offers.swap_remove(at))
    }

    /// The facts of a script as text, for clients that have no other place for it also as a message.
    fn summary(&self, snapshot: &Snapshot, arguments: &Arguments) -> std::result::Result<Value, String> {
        let view = snapshot
            .view(&arguments.uri)
            .ok_or_else(|| format!("{SUMMARY}: there is no document `{}`", arguments.uri.as_str()))?;
        let function = arguments.function.as_deref();
        let text = ide::summary::text(view.project(), view.at, function)
            .ok_or_else(|| format!("{SUMMARY}: there is no script to tell of here"))?;
        if !snapshot.client.inputs {
            self.outbox.put(Message::Show(MessageType::INFO, text));
        }
        let scripts: Vec<Value> = ide::summary::facts(view.project(), view.at)
            .iter()
            .filter(|facts| function.is_none() || facts.function.as_deref() == function)
            .map(|facts| json!({ "function": facts.function, "line": facts.line(), "text": facts.block() }))
            .collect();
        Ok(Value::Array(scripts))
    }

    /// The script with its includes pasted, which the client shows as a file unless it has a place of its own.
    async fn assembled(&self, job: Job, show: bool) -> Result<Value> {
        if !job.file.is_script {
            return Err(Error::invalid_params(format!("{ASSEMBLED}: {} is no script", job.name)));
        }
        let client = job.snapshot.client;
        let outbox = self.outbox.clone();
        let work = tokio::task::spawn_blocking(move || {
            let assembled = Assembled::of(&job);
            if show {
                outbox.put(scratch::shown(client, "assembled", &assembled.file_name(), &assembled.text, "The script"));
            }
            assembled.json()
        });
        work.await.map_err(|_| Error::internal_error())
    }

    /// The page of a rule, a command or a function, which the client shows unless it has a place of its own.
    fn explain(&self, snapshot: &Arc<Snapshot>, asked: &explain::Asked) -> std::result::Result<Value, String> {
        let page = asked.page(snapshot)?;
        if asked.show {
            self.outbox.put(explain::shown(snapshot.client, &page));
        }
        Ok(explain::json(&page))
    }

    /// The places that an error may have come from; one alone is opened.
    async fn locate(&self, snapshot: Arc<Snapshot>, asked: locate::Asked) -> Result<Value> {
        let outbox = self.outbox.clone();
        let work = tokio::task::spawn_blocking(move || {
            let places = asked.find(&snapshot);
            match &places[..] {
                _ if !asked.show => {}
                [] => outbox.put(Message::Show(MessageType::WARNING, asked.nothing())),
                [place] => {
                    outbox.put(match locate::uri(&snapshot, &place.file).filter(|_| snapshot.client.shows_documents) {
                        Some(uri) => Message::Open(uri, place.line.checked_sub(1)),
                        None => Message::Show(MessageType::INFO, format!("{}:{}", place.file.display(), place.line)),
                    })
                }
                several => {
                    let named = several.iter().map(|place| format!("{}:{}", place.file.display(), place.line));
                    outbox.put(Message::Show(MessageType::INFO, named.collect::<Vec<_>>().join("\n")));
                }
            }
            locate::json(&snapshot, &places)
        });
        work.await.map_err(|_| Error::internal_error())
    }

    /// The keys of a document, once the run under way has left them.
    async fn keyspace(&self, job: Job, runs: bool) -> Result<Value> {
        let session = self.sessions.find(&job.key);
        let cancel = Cancel::default();
        let guard = Guard(cancel.clone());
        let looked = tokio::task::spawn_blocking(move || {
            let mut held = session.as_ref().and_then(|session| session.wait(&cancel));
            // Before the first run there is what the run would find.
            let mut first = match held.as_deref() {
                Some(Some(_)) => None,
                _ => runs.then(|| embedded::seeded(&job, job.target()).ok()).flatten(),
            };
            let server = held.as_deref_mut().and_then(Option::as_mut).or(first.as_mut());
            let target = server.as_ref().map_or_else(|| job.target(), |server| server.engine.target);
            let (keys, more) = server.map(|server| server.contents(MOST_KEYS)).unwrap_or_default();
            json!({ "target": target.to_string(), "keys": spec::json::keys(&keys), "more": more })
        });
        let looked = looked.await.map_err(|_| Error::internal_error());
        drop(guard);
        looked
    }

    /// Calls a command on the keyspace of a document. Returns its reply, like that of a run.
    async fn call(self, job: Job, arguments: Arguments, token: Option<ProgressToken>) -> Result<Value> {
        let words = arguments.command.filter(|words| !words.is_empty());
        let words = words.ok_or_else(|| Error::invalid_params(format!("{CALL}: `command` is missing")))?;
        let progress = job.snapshot.client.progress;
        let title = format!("Calling {} on the keyspace of {}", String::from_utf8_lossy(&words[0]), job.name);
        let key = job.key.clone();
        let work = move |session: &run::sessions::Session, cancel: &Cancel, _: &dyn Fn() -> bool| {
            let reply = embedded::call(&job, &words, arguments.db, session, cancel);
            let reply = reply.unwrap_or_else(|why| Reply::Error(format!("ERR {why}").into_bytes()));
            json!({ "reply": notation::print_start(&reply, MAX_REPLY) })
        };
        self.work(&key, title, token, progress, work).await
    }

    fn reset(&self, key: Option<&str>, name: &str, snapshot: &Snapshot) -> Value {
        let count = self.sessions.reset(key, self.number);
        if !snapshot.client.inputs {
            let text = if count == 0 {
                format!("The keyspace of {name} has not been used yet")
            } else {
                format!("The keyspace of {name} is as at the beginning")
            };
            self.outbox.put(Message::Show(MessageType::INFO, text));
        }
        json!({ "reset": count })
    }
}
