//! The state that commands work with, and the thread that they run scripts on.

use std::sync::{Arc, mpsc::Sender};

use script::Cancel;
use serde_json::Value;
use tokio::sync::oneshot;
use tower_lsp_server::{
    jsonrpc::{Error, Result},
    ls_types::{MessageType, ProgressToken, TextDocumentIdentifier, TextDocumentPositionParams, Uri},
};

use super::arguments::Arguments;
use crate::{
    event::Event,
    outbox::{Message, Outbox},
    run::{
        self,
        job::Job,
        sessions::{Session, Sessions},
    },
};
use requests::snapshot::Snapshot;

/// One request of a client, and the state of the server that it works with.
#[derive(Clone)]
pub(crate) struct Context {
    pub sessions: Arc<Sessions>,
    /// The number of the request.
    pub number: u64,
    pub outbox: Outbox,
    pub events: Sender<Event>,
    pub snapshot: Arc<Snapshot>,
    /// The command's arguments.
    pub arguments: Vec<Value>,
    /// The client's name for the progress, if it gave one.
    pub token: Option<ProgressToken>,
}

/// A run on its thread.
pub(super) struct Running<'a> {
    pub session: &'a Session,
    pub cancel: &'a Cancel,
    superseded: &'a dyn Fn() -> bool,
}

impl Running<'_> {
    /// True if the client has requested a later run of the document.
    pub(super) fn is_superseded(&self) -> bool {
        (self.superseded)()
    }
}

/// Cancels a run whose request is withdrawn: the framework then drops the waiting future.
pub(super) struct Guard(pub Cancel);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl Context {
    /// Reads the arguments of a command with this name. A file of another language is replaced by its script at the position
    /// or, without one, by its only script.
    pub(super) fn read(&self, name: &str) -> Result<Arguments> {
        let mut arguments = Arguments::read(name, &self.arguments).map_err(Error::invalid_params)?;
        if let Some(script) = self.embedded(&arguments) {
            arguments.uri = script;
        }
        Ok(arguments)
    }

    fn embedded(&self, arguments: &Arguments) -> Option<Uri> {
        if self.snapshot.view(&arguments.uri).is_some() {
            return None;
        }
        let text_document = TextDocumentIdentifier { uri: arguments.uri.clone() };
        match arguments.position {
            Some(position) => {
                let (view, _) = self.snapshot.at(&TextDocumentPositionParams { text_document, position })?;
                Some(view.name())
            }
            None => match &self.snapshot.embedded(&arguments.uri)[..] {
                [only] => Some(only.name()),
                _ => None,
            },
        }
    }

    /// Reads the arguments, and the document that they name.
    pub(super) fn read_job(&self, name: &str) -> Result<(Arguments, Job)> {
        let arguments = self.read(name)?;
        let is_in_script = arguments.position.is_none() || self.snapshot.view(&arguments.uri).is_some();
        if !is_in_script && !self.snapshot.embedded(&arguments.uri).is_empty() {
            return Err(Error::invalid_params(format!("{name}: place the cursor in one of the scripts of the file")));
        }
        let job = Job::new(&self.snapshot, &arguments.uri).map_err(Error::invalid_params)?;
        Ok((arguments, job))
    }

    /// Shows a message to the user.
    pub(super) fn show(&self, kind: MessageType, text: String) {
        self.outbox.put(Message::Show(kind, text));
    }

    /// Works on a run's thread: shows progress if it takes long, and is cancelled when the request is dropped.
    pub(super) async fn work(
        self,
        key: &str,
        title: String,
        work: impl FnOnce(&Running<'_>) -> Value + Send + 'static,
    ) -> Result<Option<Value>> {
        let (session, ticket) = self.sessions.begin(key, self.number);
        let guard = Guard(ticket.cancel.clone());
        let (done, answer) = oneshot::channel();
        let (running, over) = oneshot::channel::<()>();
        let is_given = self.token.is_some();
        let token = self.sessions.show(self.token, &ticket.cancel);
        if is_given || self.snapshot.client.progress {
            self.outbox.put(Message::Running { token: token.clone(), given: is_given, title, over });
        }
        let sessions = self.sessions;
        let begun = run::spawn("redlua-run", move || {
            let superseded = || session.is_superseded(&ticket);
            let json = work(&Running { session: &session, cancel: &ticket.cancel, superseded: &superseded });
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
        json.map(Some)
    }
}
