//! A run of a script or a function on a real server.

use std::{
    sync::mpsc::{RecvTimeoutError, channel},
    time::Duration,
};

use ide::entry::Entry;
use protocol::{Reply, notation};
use remote::{Failure as Broken, Outcome, Ran as Result, Refusal, Server, Stop, Why};
use script::{Cancel, Entry as Code};
use serde_json::{Value, json};
use tower_lsp_server::ls_types::MessageType;
use workspace::Flattened;

use crate::run::{
    connected::{Connected, wants_password},
    consent::{self, Need, Subject},
    embedded::{self, Ended},
    job::Job,
    view,
};
use requests::run::{
    candidates::{Candidate, Source},
    results::{Failed, Ran},
    show,
};

/// Choices of a run that are not its inputs.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// The server, by its name or URL.
    pub on: String,
    /// Consent to writes.
    pub write: bool,
    /// The name that the user has typed.
    pub confirm: Option<String>,
    /// True to speak RESP3.
    pub resp3: bool,
    /// True to return the lines that a client shows.
    pub view: bool,
}

/// A run with all that its result is told of.
struct Run<'a> {
    job: &'a Job,
    entry: &'a Entry,
    candidate: &'a Candidate,
    flat: &'a Flattened,
    server: &'a Server,
    /// The script or function, as users know it.
    name: &'a str,
    /// Name of the server with its product and version.
    place: String,
    view: bool,
}

/// Runs, unless consent or the server lacks. Passwords of the settings are read now.
pub(crate) fn run(
    job: &Job,
    entry: &Entry,
    candidate: &Candidate,
    options: &Options,
    connected: &Connected,
    cancel: &Cancel,
) -> Ended {
    let (server, settings) = match connected.find(&options.on, &job.settings, options.resp3) {
        Ok(found) => found,
        Err(why) => return embedded::never_started(job, &why),
    };
    let flat = job.flatten();
    let name = match &entry.function {
        None => job.name.clone(),
        Some(function) => format!("{function} of {}", job.name),
    };
    let place = |identity: Option<remote::Identity>| match identity {
        Some(identity) => format!("{} ({identity})", server.name),
        None => server.name.to_string(),
    };
    let identity = connected.identity(&server);
    let (flat, name) = (&flat, name.as_str());
    let mut run =
        Run { job, entry, candidate, flat, server: &server, name, place: place(identity.clone()), view: options.view };
    let ask = |run: &Run<'_>, need: &Need, identity: Option<&remote::Identity>| {
        let function = entry.function.as_deref();
        let subject = Subject { name, code: &flat.code, function, server: &server, identity, settings };
        run.refused(need, consent::question(need, &subject))
    };
    let must_be_typed = settings.is_some_and(|it| it.confirm.is_some());
    if options.write && must_be_typed && options.confirm.as_deref() != Some(&*server.name) {
        return ask(&run, &Need::Confirm, identity.as_ref());
    }
    let request = servers::Request {
        entry: match &entry.function {
            None => Code::Script(flat.code.clone()),
            Some(name) => Code::Function { library: flat.code.clone(), name: name.clone().into_bytes() },
        },
        keys: candidate.inputs.keys.clone(),
        args: candidate.inputs.args.clone(),
        write: options.write,
        time: job.settings.config.run.time.unwrap_or(servers::TIME),
        replicas: false,
    };
    let stop = Stop::default();
    let ran = until_cancelled(cancel, &stop, || servers::run(&server, &request, &stop, |_| {}));
    let in_files = |line: u32| run.in_files(line);
    match ran {
        Err(error) => {
            connected.forget(&server, &error.failure);
            let error = servers::in_files(error, &in_files);
            let identity = connected.identity(&server);
            if let Broken::Refusal(refusal) = &error.failure
                && let Some(need) = Need::of(refusal)
            {
                let identity = match refusal {
                    Refusal::NeedsConsent(identity) => Some(identity.clone()),
                    _ => identity,
                };
                return ask(&run, &need, identity.as_ref());
            }
            run.broken(&error)
        }
        Ok(outcome) => {
            connected.set_identity(&server, outcome.identity.as_ref());
            let advice = servers::advice(&server, &outcome, &in_files);
            run.place = place(outcome.identity.clone());
            if let Some(Broken::Refusal(refusal)) = advice.as_ref().map(|it| &it.failure)
                && let Some(need) = Need::of(refusal)
            {
                return ask(&run, &need, outcome.identity.as_ref());
            }
            run.told(&outcome, advice.map(|it| it.to_string()))
        }
    }
}

/// Works, and uses `stop` when the run is cancelled meanwhile.
pub(crate) fn until_cancelled<T>(cancel: &Cancel, stop: &Stop, work: impl FnOnce() -> T) -> T {
    /// Interval of the looks: a person waits for it.
    const EVERY: Duration = Duration::from_millis(10);
    let (working, is_over) = channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            while is_over.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                if cancel.is_cancelled() {
                    return stop.stop();
                }
            }
        });
        let done = work();
        drop(working);
        done
    })
}

impl Run<'_> {
    /// A line of the text that was sent, in the files: the line, and the path where it is not the document.
    fn in_files(&self, line: u32) -> (u32, Option<String>) {
        let (key, path, line) = self.job.document_line(self.flat, line);
        (line, (key != self.job.key).then_some(path))
    }

    /// The run was refused for want of consent.
    fn refused(&self, need: &Need, question: Value) -> Ended {
        let mut ended = embedded::never_started(self.job, &need.reason(&self.server.name));
        ended.kind = MessageType::WARNING;
        ended.json["server"] = json!({ "name": &*self.server.name });
        ended.json["consent"] = question;
        self.with_inputs(&mut ended.json);
        ended
    }

    /// The server was not reached, or refused what was asked of it.
    fn broken(&self, error: &remote::Error) -> Ended {
        let mut ended = embedded::never_started(self.job, &error.to_string());
        ended.json["server"] = json!({ "name": &*self.server.name });
        if wants_password(&error.failure) {
            ended.json["wants"] = json!("password");
        }
        self.with_inputs(&mut ended.json);
        ended
    }

    fn with_inputs(&self, json: &mut Value) {
        let inputs = &self.candidate.inputs;
        json["inputs"] = inputs.as_json(self.job.uri.as_str()).unwrap_or_default();
        json["inputs"]["line"] = json!(inputs.line());
        json["inputs"]["madeUp"] = json!(self.candidate.source == Source::MadeUp);
    }

    fn told(&self, outcome: &Outcome, advice: Option<String>) -> Ended {
        let with = embedded::with(&self.candidate.inputs, self.candidate.source);
        let stopped = match &outcome.result {
            Result::Replied { .. } => None,
            Result::Stopped(why, end) => Some(self.stopped(*why, servers::end_text(end))),
        };
        let place = |line: u32| self.in_files(line);
        let json = meter::within(&embedded::limits(), || {
            servers::json(self.server, outcome, stopped.as_deref(), advice.as_deref(), &place)
        });
        let mut json = json.unwrap_or_else(|_| {
            let reply = outcome.reply().map(|reply| notation::print_start(reply, view::MAX_REPLY));
            json!({ "reply": reply, "resp": reply, "shortened": true, "server": { "name": &*self.server.name } })
        });
        if let Some(text) = &stopped {
            let reply = format!("(error) ERR {text}");
            (json["reply"], json["resp"]) = (json!(reply), json!({ "error": text }));
        }
        embedded::flatten_deep(&mut json["resp"], embedded::DEEPEST);
        self.with_inputs(&mut json);
        if self.view {
            let rows = meter::within(&embedded::limits(), || self.view(outcome, stopped.as_deref(), advice.as_deref()));
            json["view"] = rows.unwrap_or_else(|_| view::never_started("the reply is too long to be shown"));
        }
        let Some(reply) = outcome.reply() else {
            let text = stopped.unwrap_or_default();
            return Ended { json, kind: MessageType::WARNING, message: format!("{}: {text}", self.name), ran: None };
        };
        let failure = servers::failure(reply);
        let name = format!("{}{with} on {}", self.name, self.place);
        let message = match &failure {
            None => format!("{name}: {}", show::reply_text(reply)),
            Some(failure) => {
                let place = failure.line.map(|line| self.job.document_line(self.flat, line));
                let place = place.map(|(_, path, line)| format!(" (line {line} of {path})")).unwrap_or_default();
                format!("{name} failed{place}: {}", advice.as_deref().unwrap_or(&failure.message))
            }
        };
        let failed = failure.as_ref().map(|failure| {
            let (key, _, line) = self.job.origin(self.flat, failure.line.unwrap_or(1));
            let reason = advice.as_deref().unwrap_or_else(|| failure.reason());
            Failed { key, line, message: format!("{reason}\nThe run of {name}.") }
        });
        let kind = match &failure {
            Some(_) => MessageType::ERROR,
            None if reply.is_error() => MessageType::WARNING,
            None => MessageType::INFO,
        };
        let ran = Ran {
            stamp: self.job.stamp.clone(),
            inputs: self.candidate.inputs.clone(),
            at: self.entry.result,
            label: format!("{} (on {})", show::reply_label(reply), self.server.name),
            tooltip: format!("```\n{}\n```\n{name}\n\n**Time** {}", show::reply_text(reply), self.time(outcome)),
            failed,
        };
        Ended { json, kind, message, ran: Some(ran) }
    }

    fn stopped(&self, why: Why, end: &str) -> String {
        let why = match why {
            Why::TimeOver => format!("the script ran on {} for longer than its time", self.server.name),
            Why::Interrupted => format!("the run on {} was cancelled", self.server.name),
        };
        format!("{why}: {end}")
    }

    fn time(&self, outcome: &Outcome) -> String {
        spec::report::time(u64::try_from(outcome.time.as_micros()).unwrap_or(u64::MAX))
    }

    /// The lines that clients show: the server first, so that nobody takes it for the embedded engine.
    fn view(&self, outcome: &Outcome, stopped: Option<&str>, advice: Option<&str>) -> Value {
        let mut rows = vec![view::row(&format!("on {}, a real server", self.place), "warning", None)];
        if let Some(reply) = outcome.reply() {
            let failure = servers::failure(reply);
            let kind = match (&failure, reply) {
                (Some(_), _) => "error",
                (None, Reply::Error(_)) => "warning",
                (None, _) => "reply",
            };
            let text = notation::print_start(reply, view::MAX_REPLY);
            rows.extend(text.split('\n').map(|text| view::row(text, kind, None)));
            if let Some(line) = failure.and_then(|failure| failure.line) {
                let (key, path, at) = self.job.document_line(self.flat, line);
                let of = if key == self.job.key { String::new() } else { format!(" of {path}") };
                let location = view::location(self.job, self.flat, line);
                rows.push(view::row(&format!("at line {at}{of}"), "note", Some(location)));
            }
        }
        rows.extend(stopped.into_iter().chain(advice).map(|text| view::row(text, "error", None)));
        let line = self.candidate.inputs.line();
        if !line.is_empty() {
            rows.push(view::row(&format!("with {line}"), "note", None));
        }
        rows.push(view::row(&format!("in {}", self.time(outcome)), "note", None));
        Value::Array(rows)
    }
}
