//! Handlers of the client's messages. They keep no state: notifications become events before anything is awaited, which
//! keeps their order; requests are answered from a snapshot, on threads where they may take their time.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
    mpsc::Sender,
};

use tokio::sync::oneshot;
use tower_lsp_server::{
    Client, LanguageServer,
    jsonrpc::{Error, ErrorCode, Result},
    ls_types::*,
};

use crate::{capabilities, event::Event, outbox::Outbox, registrations, run::sessions::Sessions, world::World};
use requests::{
    Refused,
    calls::CallAt,
    snapshot::{Snapshot, View, key, path_of},
};

pub(crate) struct Backend {
    events: Sender<Event>,
    outbox: Outbox,
    /// The keyspaces of the documents that were run.
    sessions: Arc<Sessions>,
    orderly: Arc<AtomicBool>,
    /// The last tokens of each file, for the difference to the next.
    tokens: Arc<Mutex<requests::semantic_tokens::Cache>>,
}

impl Backend {
    pub(crate) fn new(client: Client) -> Self {
        let (sender, events) = std::sync::mpsc::channel();
        let outbox = Outbox::new(client);
        let own = sender.clone();
        let to_client = outbox.clone();
        std::thread::Builder::new()
            .name("redlua-world".to_owned())
            // Deep scripts are parsed here.
            .stack_size(64 << 20)
            .spawn(move || World::run(events, own, to_client))
            .ok();
        Self { events: sender, outbox, sessions: Arc::default(), orderly: Arc::default(), tokens: Arc::default() }
    }

    /// True if the client has asked for the shutdown; read at the end.
    pub(crate) fn orderly_end(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.orderly)
    }

    fn tell(&self, event: Event) {
        // The loop ends with the process only.
        self.events.send(event).ok();
    }

    /// Answers from a snapshot that has all edits before the request. A request that the client withdraws is not begun any more.
    async fn ask<T: Send + 'static>(&self, answer: impl FnOnce(&Snapshot) -> T + Send + 'static) -> Result<T> {
        struct Withdrawn(Arc<AtomicBool>);
        impl Drop for Withdrawn {
            fn drop(&mut self) {
                self.0.store(true, Ordering::Relaxed);
            }
        }
        let snapshot = self.snapshot().await?;
        let withdrawn = Arc::new(AtomicBool::new(false));
        let guard = Withdrawn(Arc::clone(&withdrawn));
        let work = tokio::task::spawn_blocking(move || (!withdrawn.load(Ordering::Relaxed)).then(|| answer(&snapshot)));
        let done = work.await;
        drop(guard);
        match done {
            Ok(Some(done)) => Ok(done),
            Ok(None) => Err(Error::request_cancelled()),
            // A panic is ours; the next request is answered again.
            Err(_) => Err(Error::internal_error()),
        }
    }

    /// The newest snapshot, with all edits before the request.
    async fn snapshot(&self) -> Result<Arc<Snapshot>> {
        let (sender, snapshot) = oneshot::channel();
        self.tell(Event::Snapshot(sender));
        snapshot.await.map_err(|_| Error::internal_error())
    }

    /// Ends the run whose progress the user cancelled.
    pub(crate) async fn progress_cancelled(&self, params: WorkDoneProgressCancelParams) {
        self.sessions.cancel(&params.token);
    }

    /// Answers from the snapshot's view of a file; none for an unknown file.
    async fn of<T: Send + 'static>(
        &self,
        uri: Uri,
        answer: impl FnOnce(View<'_>) -> Option<T> + Send + 'static,
    ) -> Result<Option<T>> {
        self.ask(move |snapshot| snapshot.view(&uri).and_then(answer)).await
    }

    /// Answers from the snapshot's views of all scripts that are behind a document; none if there are none.
    async fn all<T: Send + 'static>(
        &self,
        uri: Uri,
        answer: impl Fn(View<'_>) -> Vec<T> + Send + 'static,
    ) -> Result<Option<Vec<T>>> {
        self.ask(move |snapshot| {
            let views = snapshot.views_of(&uri);
            (!views.is_empty()).then(|| views.into_iter().flat_map(&answer).collect())
        })
        .await
    }

    /// Answers from the snapshot's view of a file and an offset in it, else from the call of a script at a place of a program.
    async fn at_or_call<T: Send + 'static>(
        &self,
        place: TextDocumentPositionParams,
        answer: impl FnOnce(View<'_>, u32) -> Option<T> + Send + 'static,
        at_call: impl FnOnce(CallAt<'_>) -> Option<T> + Send + 'static,
    ) -> Result<Option<T>> {
        self.ask(move |snapshot| match snapshot.at(&place) {
            Some((view, offset)) => answer(view, offset),
            None => requests::calls::at(snapshot, &place).and_then(at_call),
        })
        .await
    }

    /// Answers from the snapshot's view of a file and an offset in it; none for an unknown file.
    async fn at<T: Send + 'static>(
        &self,
        place: TextDocumentPositionParams,
        answer: impl FnOnce(View<'_>, u32) -> Option<T> + Send + 'static,
    ) -> Result<Option<T>> {
        self.ask(move |snapshot| snapshot.at(&place).and_then(|(view, offset)| answer(view, offset))).await
    }
}

impl LanguageServer for Backend {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        if let Some(parent) = params.process_id {
            watch_parent(parent);
        }
        let abilities = capabilities::abilities(&params);
        #[expect(deprecated, reason = "older clients have nothing else")]
        let folders = match params.workspace_folders {
            Some(ref folders) => folders.iter().filter_map(|folder| path_of(&folder.uri)).collect(),
            None => params.root_uri.iter().filter_map(path_of).collect(),
        };
        let mut answer = capabilities::answer(abilities);
        let registrations = registrations::split(&params, &mut answer.capabilities);
        let settings = params.initialization_options.unwrap_or_default();
        self.tell(Event::Start { folders, abilities, settings, registrations });
        Ok(answer)
    }

    async fn initialized(&self, _: InitializedParams) {
        self.tell(Event::Ready);
    }

    async fn shutdown(&self) -> Result<()> {
        self.orderly.store(true, Ordering::Relaxed);
        Ok(())
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        let it = params.text_document;
        self.tell(Event::Open { uri: it.uri, text: it.text, version: it.version, language: it.language_id });
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        let it = params.text_document;
        self.tell(Event::Change { uri: it.uri, version: it.version, changes: params.content_changes });
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        self.tell(Event::Close { uri: params.text_document.uri });
    }

    async fn did_save(&self, params: DidSaveTextDocumentParams) {
        self.tell(Event::Saved { uri: params.text_document.uri });
    }

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        self.tell(Event::Reconfigure(params.settings));
    }

    async fn did_change_watched_files(&self, params: DidChangeWatchedFilesParams) {
        self.tell(Event::Watched(params.changes));
    }

    async fn did_rename_files(&self, params: RenameFilesParams) {
        let both =
            |file: FileRename| [(file.old_uri, FileChangeType::DELETED), (file.new_uri, FileChangeType::CREATED)];
        self.tell(Event::Watched(file_events(params.files.into_iter().flat_map(both))));
    }

    async fn did_delete_files(&self, params: DeleteFilesParams) {
        let gone = params.files.into_iter().map(|file| (file.uri, FileChangeType::DELETED));
        self.tell(Event::Watched(file_events(gone)));
    }

    async fn did_change_workspace_folders(&self, params: DidChangeWorkspaceFoldersParams) {
        let paths = |folders: Vec<WorkspaceFolder>| folders.iter().filter_map(|folder| path_of(&folder.uri)).collect();
        self.tell(Event::Folders { added: paths(params.event.added), removed: paths(params.event.removed) });
    }

    async fn diagnostic(&self, params: DocumentDiagnosticParams) -> Result<DocumentDiagnosticReportResult> {
        let last = params.previous_result_id;
        let uri = params.text_document.uri;
        let answer = move |snapshot: &Snapshot| {
            // A file that is open by two paths has its findings at one of them.
            if snapshot.is_half_typed(&uri)
                && let Some(last) = last
            {
                return Some(requests::diagnostic::unchanged(last));
            }
            let views = snapshot.checked(&uri);
            let is_named = views.first().is_some_and(|view| key(view.uri()) == key(&uri));
            is_named.then(|| requests::diagnostic::document(&views, last))
        };
        let report = self.ask(answer).await?;
        Ok(report.unwrap_or_else(requests::diagnostic::nothing))
    }

    async fn workspace_diagnostic(&self, params: WorkspaceDiagnosticParams) -> Result<WorkspaceDiagnosticReportResult> {
        self.ask(move |snapshot| requests::diagnostic::workspace(snapshot, params.previous_result_ids)).await
    }

    async fn completion(&self, params: CompletionParams) -> Result<Option<CompletionResponse>> {
        self.ask(move |snapshot| {
            let place = &params.text_document_position;
            match snapshot.settings_file(&place.text_document.uri) {
                Some(file) => requests::settings::completion(file, place.position, snapshot.client),
                None => requests::completion::list(snapshot, &params)
                    .or_else(|| requests::calls::at(snapshot, place).and_then(requests::calls::completion))
                    .or_else(|| requests::calls::defined_commands(snapshot, place)),
            }
        })
        .await
    }

    async fn completion_resolve(&self, item: CompletionItem) -> Result<CompletionItem> {
        self.ask(move |snapshot| requests::completion::resolve(snapshot, item)).await
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        let place = params.text_document_position_params;
        self.ask(move |snapshot| {
            let uri = &place.text_document.uri;
            if let Some(file) = snapshot.settings_file(uri) {
                return requests::settings::hover(file, place.position, snapshot.client);
            }
            match snapshot.at(&place) {
                Some((view, offset)) => requests::hover::answer(view, offset),
                None => requests::calls::at(snapshot, &place).and_then(requests::calls::hover),
            }
        })
        .await
    }

    async fn signature_help(&self, params: SignatureHelpParams) -> Result<Option<SignatureHelp>> {
        self.at_or_call(
            params.text_document_position_params,
            requests::signature_help::answer,
            requests::calls::signature,
        )
        .await
    }

    async fn goto_definition(&self, params: GotoDefinitionParams) -> Result<Option<GotoDefinitionResponse>> {
        let place = params.text_document_position_params;
        self.at_or_call(place, requests::definition::answer, requests::calls::definition).await
    }

    async fn goto_declaration(
        &self,
        params: request::GotoDeclarationParams,
    ) -> Result<Option<request::GotoDeclarationResponse>> {
        let place = params.text_document_position_params;
        self.at_or_call(place, requests::definition::answer, requests::calls::definition).await
    }

    async fn references(&self, params: ReferenceParams) -> Result<Option<Vec<Location>>> {
        let declaration = params.context.include_declaration;
        let in_script = move |view: View<'_>, at: u32| {
            let own = requests::references::answer(view, at, declaration);
            let calls = requests::calls::references(view, at);
            (own.is_some() || !calls.is_empty()).then(|| own.into_iter().flatten().chain(calls).collect())
        };
        let at_call = move |call: CallAt<'_>| requests::calls::references_at(call, declaration);
        self.at_or_call(params.text_document_position, in_script, at_call).await
    }

    async fn document_highlight(&self, params: DocumentHighlightParams) -> Result<Option<Vec<DocumentHighlight>>> {
        self.at(params.text_document_position_params, requests::references::highlight).await
    }

    async fn prepare_rename(&self, params: TextDocumentPositionParams) -> Result<Option<PrepareRenameResponse>> {
        self.ask(move |snapshot| {
            let shared = requests::calls::prepare_rename(snapshot, &params);
            let own = || snapshot.at(&params).map(|(view, at)| requests::rename::prepare(view, at).map_err(refused));
            shared.map(Ok).or_else(own)
        })
        .await?
        .transpose()
    }

    async fn rename(&self, params: RenameParams) -> Result<Option<WorkspaceEdit>> {
        let name = params.new_name;
        let place = params.text_document_position;
        self.ask(move |snapshot| {
            let shared = requests::calls::rename(snapshot, &place, &name);
            let own = || snapshot.at(&place).map(|(view, at)| requests::rename::answer(view, at, &name));
            Some(shared.or_else(own)?.map_err(refused))
        })
        .await?
        .transpose()
    }

    async fn will_rename_files(&self, params: RenameFilesParams) -> Result<Option<WorkspaceEdit>> {
        self.ask(move |snapshot| requests::rename_files::answer(snapshot, &params.files)).await
    }

    async fn linked_editing_range(&self, params: LinkedEditingRangeParams) -> Result<Option<LinkedEditingRanges>> {
        self.at(params.text_document_position_params, requests::rename::linked).await
    }

    async fn document_symbol(&self, params: DocumentSymbolParams) -> Result<Option<DocumentSymbolResponse>> {
        self.of(params.text_document.uri, |view| Some(requests::symbols::document(view))).await
    }

    async fn symbol(&self, params: WorkspaceSymbolParams) -> Result<Option<WorkspaceSymbolResponse>> {
        self.ask(move |snapshot| Some(requests::symbols::workspace(snapshot, &params.query))).await
    }

    async fn prepare_call_hierarchy(
        &self,
        params: CallHierarchyPrepareParams,
    ) -> Result<Option<Vec<CallHierarchyItem>>> {
        self.at(params.text_document_position_params, requests::call_hierarchy::prepare).await
    }

    async fn incoming_calls(
        &self,
        params: CallHierarchyIncomingCallsParams,
    ) -> Result<Option<Vec<CallHierarchyIncomingCall>>> {
        self.of(params.item.uri.clone(), move |view| requests::call_hierarchy::incoming(view, &params.item)).await
    }

    async fn outgoing_calls(
        &self,
        params: CallHierarchyOutgoingCallsParams,
    ) -> Result<Option<Vec<CallHierarchyOutgoingCall>>> {
        self.of(params.item.uri.clone(), move |view| requests::call_hierarchy::outgoing(view, &params.item)).await
    }

    async fn folding_range(&self, params: FoldingRangeParams) -> Result<Option<Vec<FoldingRange>>> {
        self.of(params.text_document.uri, |view| Some(requests::folding::answer(view))).await
    }

    async fn selection_range(&self, params: SelectionRangeParams) -> Result<Option<Vec<SelectionRange>>> {
        self.of(params.text_document.uri, move |view| Some(requests::selection::answer(view, &params.positions))).await
    }

    async fn semantic_tokens_full(&self, params: SemanticTokensParams) -> Result<Option<SemanticTokensResult>> {
        let cache = Arc::clone(&self.tokens);
        self.of(params.text_document.uri, move |view| Some(requests::semantic_tokens::full(view, &cache))).await
    }

    async fn semantic_tokens_full_delta(
        &self,
        params: SemanticTokensDeltaParams,
    ) -> Result<Option<SemanticTokensFullDeltaResult>> {
        let cache = Arc::clone(&self.tokens);
        let last = params.previous_result_id;
        self.of(params.text_document.uri, move |view| Some(requests::semantic_tokens::delta(view, &cache, &last))).await
    }

    async fn semantic_tokens_range(
        &self,
        params: SemanticTokensRangeParams,
    ) -> Result<Option<SemanticTokensRangeResult>> {
        self.of(params.text_document.uri, move |view| Some(requests::semantic_tokens::range(view, params.range))).await
    }

    async fn inlay_hint(&self, params: InlayHintParams) -> Result<Option<Vec<InlayHint>>> {
        self.all(params.text_document.uri, move |view| requests::inlay_hint::answer(view, params.range)).await
    }

    async fn inlay_hint_resolve(&self, hint: InlayHint) -> Result<InlayHint> {
        self.ask(move |snapshot| requests::inlay_hint::resolve(snapshot, hint)).await
    }

    async fn document_link(&self, params: DocumentLinkParams) -> Result<Option<Vec<DocumentLink>>> {
        self.of(params.text_document.uri, |view| Some(requests::document_link::answer(view))).await
    }

    async fn code_lens(&self, params: CodeLensParams) -> Result<Option<Vec<CodeLens>>> {
        let uri = params.text_document.uri;
        self.ask(move |snapshot| {
            let views = snapshot.views_of(&uri);
            let scripts = views
                .iter()
                .flat_map(|view| requests::calls::callers(*view).into_iter().chain(requests::code_lens::answer(*view)));
            let calls = snapshot.program(&uri).into_iter().flat_map(requests::calls::lenses);
            let lenses: Vec<CodeLens> = scripts.chain(calls).collect();
            (!views.is_empty() || !lenses.is_empty()).then_some(lenses)
        })
        .await
    }

    async fn code_lens_resolve(&self, lens: CodeLens) -> Result<CodeLens> {
        self.ask(move |snapshot| requests::code_lens::resolve(snapshot, lens)).await
    }

    async fn formatting(&self, params: DocumentFormattingParams) -> Result<Option<Vec<TextEdit>>> {
        let options = params.options;
        self.of(params.text_document.uri, move |view| {
            Some(requests::formatting::document(view, &options).map_err(refused))
        })
        .await?
        .transpose()
    }

    async fn range_formatting(&self, params: DocumentRangeFormattingParams) -> Result<Option<Vec<TextEdit>>> {
        let (options, range) = (params.options, params.range);
        self.of(params.text_document.uri, move |view| {
            Some(requests::formatting::range(view, &options, range).map_err(refused))
        })
        .await?
        .transpose()
    }

    async fn on_type_formatting(&self, params: DocumentOnTypeFormattingParams) -> Result<Option<Vec<TextEdit>>> {
        let options = params.options;
        self.at(params.text_document_position, move |view, at| requests::formatting::on_type(view, at, &options)).await
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<LSPAny>> {
        // Before anything is awaited, for the order of requests is the client's only until then.
        let number = self.sessions.number();
        let snapshot = self.snapshot().await?;
        let context = crate::execute_command::Context {
            sessions: Arc::clone(&self.sessions),
            number,
            outbox: self.outbox.clone(),
            events: self.events.clone(),
            snapshot,
            arguments: params.arguments,
            token: params.work_done_progress_params.work_done_token,
        };
        crate::execute_command::answer(&params.command, context).await
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        let (range, context) = (params.range, params.context);
        let uri = params.text_document.uri;
        self.ask(move |snapshot| match snapshot.settings_file(&uri) {
            Some(file) => Some(requests::settings::code_actions(file, range, snapshot.client)),
            None => {
                let views = snapshot.views_of(&uri);
                let found = views.into_iter().flat_map(|view| requests::code_action::answer(view, range, &context));
                let program = snapshot.program(&uri);
                let at_calls = program.into_iter().flat_map(|it| requests::calls::actions(it, range, &context));
                let found: CodeActionResponse = found.chain(at_calls).collect();
                // Outside of the scripts of another language's file we have nothing to say.
                (!found.is_empty() || snapshot.view(&uri).is_some()).then_some(found)
            }
        })
        .await
    }
}

/// A refusal as the protocol has it: `RequestFailed`.
fn refused(Refused(reason): Refused) -> Error {
    Error { code: ErrorCode::ServerError(-32803), message: reason.into(), data: None }
}

fn file_events(files: impl Iterator<Item = (String, FileChangeType)>) -> Vec<FileEvent> {
    files.filter_map(|(uri, typ)| Some(FileEvent { uri: uri.parse().ok()?, typ })).collect()
}

/// Ends the process when the client's process has ended: some clients crash and leave our input open.
fn watch_parent(parent: u32) {
    const EVERY: std::time::Duration = std::time::Duration::from_secs(3);
    let path = std::path::PathBuf::from(format!("/proc/{parent}"));
    // Elsewhere than on Linux the end of the input has to do.
    if path.exists() {
        tokio::spawn(async move {
            while path.exists() {
                tokio::time::sleep(EVERY).await;
            }
            #[expect(clippy::exit, reason = "there is nobody left to answer to")]
            std::process::exit(1);
        });
    }
}
