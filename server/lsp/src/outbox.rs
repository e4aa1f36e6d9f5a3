//! What the server says of its own accord, in order: one task sends it, so that a slow client holds up nobody.

use std::collections::VecDeque;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tower_lsp_server::{
    Client,
    ls_types::{
        Diagnostic, MessageType, ProgressParams, ProgressParamsValue, ProgressToken, Registration, Uri,
        WorkDoneProgress, WorkDoneProgressBegin, WorkDoneProgressEnd, notification::Progress,
    },
};

/// A message to the client.
#[derive(Debug)]
pub(crate) enum Message {
    /// The client has its answer to `initialize`. Before that the protocol allows no requests and no findings, and the
    /// framework would drop them: whatever is put earlier waits for this.
    Greeted,
    /// The findings of a file.
    Diagnostics {
        uri: Uri,
        version: Option<i32>,
        items: Vec<Diagnostic>,
    },
    /// Something for the client's log.
    Log(MessageType, String),
    /// Something that the user should see.
    Show(MessageType, String),
    /// The client should be asked for its settings; the answer goes to the world.
    Configuration {
        scopes: Vec<Uri>,
        answer: std::sync::mpsc::Sender<crate::event::Event>,
    },
    /// What the client should watch.
    Register(Vec<Registration>),
    /// A long task begins, or ends with a word.
    Begin(String),
    End(String),
    /// The client should ask for findings again.
    RefreshDiagnostics,
}

/// Where messages are put.
#[derive(Clone, Debug)]
pub(crate) struct Outbox(UnboundedSender<Message>);

impl Outbox {
    /// An outbox whose messages go to `client`.
    pub(crate) fn new(client: Client) -> Self {
        let (sender, messages) = unbounded_channel();
        tokio::spawn(send(client, messages));
        Self(sender)
    }

    /// Sends a message. Once the client is gone there is nobody to tell.
    pub(crate) fn put(&self, message: Message) {
        self.0.send(message).ok();
    }
}

async fn send(client: Client, mut messages: UnboundedReceiver<Message>) {
    let token = ProgressToken::String("redlua/load".to_owned());
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
                    let begin = WorkDoneProgressBegin { title, ..WorkDoneProgressBegin::default() };
                    progress(&client, &token, WorkDoneProgress::Begin(begin)).await;
                }
            }
            Message::End(message) => {
                let end = WorkDoneProgressEnd { message: Some(message) };
                progress(&client, &token, WorkDoneProgress::End(end)).await;
            }
            Message::RefreshDiagnostics => {
                let client = client.clone();
                tokio::spawn(async move { client.workspace_diagnostic_refresh().await });
            }
        }
    }
}

async fn progress(client: &Client, token: &ProgressToken, value: WorkDoneProgress) {
    let params = ProgressParams { token: token.clone(), value: ProgressParamsValue::WorkDone(value) };
    client.send_notification::<Progress>(params).await;
}
