//! Messages from the server to the client. One task sends them in order, so that a slow client blocks nothing else.

use std::collections::{HashMap, VecDeque};

use tokio::sync::{
    mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    oneshot,
};
use tower_lsp_server::{
    Client,
    ls_types::{
        Diagnostic, MessageActionItem, MessageType, ProgressParams, ProgressParamsValue, ProgressToken, Registration,
        ShowDocumentParams, Uri, WorkDoneProgress, WorkDoneProgressBegin, WorkDoneProgressEnd, WorkDoneProgressReport,
        WorkspaceEdit, notification::Progress,
    },
};

/// A message to the client.
#[derive(Debug)]
pub(crate) enum Message {
    /// The client has its answer to `initialize`. Before that the protocol allows no requests and no findings, and the
    /// framework would drop them: whatever is put earlier waits for this.
    Greeted,
    /// The findings of a file.
    Diagnostics { uri: Uri, version: Option<i32>, items: Vec<Diagnostic> },
    /// A message for the client's log.
    Log(MessageType, String),
    /// A message to the user.
    Show(MessageType, String),
    /// A file that the client should open, at a line that counts from 0.
    Open(Uri, Option<u32>),
    /// Asks the client for its settings; the answer goes to the main loop.
    Configuration { scopes: Vec<Uri>, answer: std::sync::mpsc::Sender<crate::event::Event> },
    /// Asks the client to watch files.
    Register(Vec<Registration>),
    /// A long task begins.
    Begin(String),
    /// Files that the long task has read, of so many.
    Report { read: usize, total: usize },
    /// It ends, with a word.
    End(String),
    /// Asks the client to pull diagnostics again.
    RefreshDiagnostics,
    /// Asks the client to ask for inlay hints again.
    RefreshHints,
    /// Asks the client to ask for lenses again.
    RefreshLenses,
    /// Asks the client to apply edits.
    Apply(WorkspaceEdit),
    /// Asks the user to choose.
    Ask { text: String, choices: Vec<String>, answer: oneshot::Sender<Option<String>> },
    /// A run has begun, which is shown if it takes a while.
    Running {
        token: ProgressToken,
        /// True if the client gave the token.
        given: bool,
        title: String,
        /// Falls silent when the run is over.
        over: oneshot::Receiver<()>,
    },
}

/// Queue of messages to the client.
#[derive(Clone, Debug)]
pub(crate) struct Outbox(UnboundedSender<Message>);

impl Outbox {
    /// An outbox whose messages go to `client`.
    pub(crate) fn new(client: Client) -> Self {
        let (sender, messages) = unbounded_channel();
        tokio::spawn(send(client, messages));
        Self(sender)
    }

    /// Queues a message. Does nothing when the client is gone.
    pub(crate) fn put(&self, message: Message) {
        self.0.send(message).ok();
    }
}

async fn send(client: Client, mut messages: UnboundedReceiver<Message>) {
    // Some clients tell the tokens of their servers apart by nothing else.
    let token = ProgressToken::String(format!("redlua/load/{}", std::process::id()));
    let mut early = VecDeque::new();
    loop {
        match messages.recv().await {
            Some(Message::Greeted) => break,
            Some(message) => early.push_back(message),
            None => return,
        }
    }
    loop {
        let message = match early.pop_front() {
            Some(message) => message,
            None => match messages.recv().await {
                Some(message) => message,
                None => return,
            },
        };
        match message {
            Message::Greeted => {}
            Message::Diagnostics { uri, version, items } => client.publish_diagnostics(uri, items, version).await,
            Message::Log(kind, text) => client.log_message(kind, text).await,
            Message::Show(kind, text) => client.show_message(kind, text).await,
            Message::Open(uri, line) => {
                let client = client.clone();
                let at = |line| tower_lsp_server::ls_types::Position { line, character: 0 };
                let selection = line.map(|line| tower_lsp_server::ls_types::Range { start: at(line), end: at(line) });
                let params = ShowDocumentParams { uri, external: None, take_focus: Some(true), selection };
                tokio::spawn(async move { client.show_document(params).await });
            }
            // What waits for an answer must not hold up what follows.
            Message::Configuration { scopes, answer } => {
                let client = client.clone();
                tokio::spawn(async move {
                    let items = scopes
                        .into_iter()
                        .map(|scope| tower_lsp_server::ls_types::ConfigurationItem {
                            scope_uri: Some(scope),
                            section: Some("redlua".to_owned()),
                        })
                        .collect();
                    if let Ok(values) = client.configuration(items).await {
                        answer.send(crate::event::Event::Configured(values)).ok();
                    }
                });
            }
            Message::Register(registrations) => {
                let client = client.clone();
                tokio::spawn(async move { client.register_capability(registrations).await });
            }
            Message::Begin(title) => {
                if client.create_work_done_progress(token.clone()).await.is_ok() {
                    let begin =
                        WorkDoneProgressBegin { title, percentage: Some(0), ..WorkDoneProgressBegin::default() };
                    progress(&client, &token, WorkDoneProgress::Begin(begin)).await;
                }
            }
            Message::Report { read, total } => {
                let report = WorkDoneProgressReport {
                    message: Some(format!("{read} of {total} files")),
                    percentage: u32::try_from(read * 100 / total.max(1)).ok(),
                    ..WorkDoneProgressReport::default()
                };
                progress(&client, &token, WorkDoneProgress::Report(report)).await;
            }
            Message::End(message) => {
                let end = WorkDoneProgressEnd { message: Some(message) };
                progress(&client, &token, WorkDoneProgress::End(end)).await;
            }
            Message::RefreshDiagnostics => {
                let client = client.clone();
                tokio::spawn(async move { client.workspace_diagnostic_refresh().await });
            }
            Message::RefreshHints => {
                let client = client.clone();
                tokio::spawn(async move { client.inlay_hint_refresh().await });
            }
            Message::RefreshLenses => {
                let client = client.clone();
                tokio::spawn(async move { client.code_lens_refresh().await });
            }
            Message::Apply(edit) => {
                let client = client.clone();
                tokio::spawn(async move { client.apply_edit(edit).await });
            }
            Message::Ask { text, choices, answer } => {
                let client = client.clone();
                let action = |title| MessageActionItem { title, properties: HashMap::new() };
                let actions = choices.into_iter().map(action).collect();
                tokio::spawn(async move {
                    let chosen = client.show_message_request(MessageType::INFO, text, Some(actions)).await;
                    answer.send(chosen.ok().flatten().map(|action| action.title)).ok();
                });
            }
            Message::Running { token, given, title, over } => {
                tokio::spawn(running(client.clone(), token, given, title, over));
            }
        }
    }
}

/// Shows that a run takes long, until it is over.
async fn running(client: Client, token: ProgressToken, given: bool, title: String, mut over: oneshot::Receiver<()>) {
    /// Runs that end sooner show no progress.
    const PATIENCE: std::time::Duration = std::time::Duration::from_millis(500);
    if tokio::time::timeout(PATIENCE, &mut over).await.is_ok() {
        return;
    }
    if !given && client.create_work_done_progress(token.clone()).await.is_err() {
        return;
    }
    let begin = WorkDoneProgressBegin { title, cancellable: Some(true), ..WorkDoneProgressBegin::default() };
    progress(&client, &token, WorkDoneProgress::Begin(begin)).await;
    over.await.ok();
    progress(&client, &token, WorkDoneProgress::End(WorkDoneProgressEnd { message: None })).await;
}

async fn progress(client: &Client, token: &ProgressToken, value: WorkDoneProgress) {
    let params = ProgressParams { token: token.clone(), value: ProgressParamsValue::WorkDone(value) };
    client.send_notification::<Progress>(params).await;
}
