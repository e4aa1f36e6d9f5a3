//! Negotiates capabilities: those of the client, and ours in answer.

use ide::semantic_tokens::{Modifiers, TokenKind};
use text::Encoding;
use tower_lsp_server::ls_types::*;

use requests::{client::ClientAbilities, code_action::RUN_KIND};

/// Reads the capabilities of the client that matter to us.
pub(crate) fn abilities(params: &InitializeParams) -> ClientAbilities {
    let client = &params.capabilities;
    let document = client.text_document.as_ref();
    let workspace = client.workspace.as_ref();
    let window = client.window.as_ref();
    // No capability tells.
    let is = |name: &str| params.client_info.as_ref().is_some_and(|client| client.name.eq_ignore_ascii_case(name));
    let encodings =
        client.general.as_ref().and_then(|general| general.position_encodings.as_deref()).unwrap_or_default();
    // Bytes cost us nothing, so they are taken where they are offered.
    let encoding = [(PositionEncodingKind::UTF8, Encoding::Utf8), (PositionEncodingKind::UTF32, Encoding::Utf32)]
        .into_iter()
        .find(|(kind, _)| encodings.contains(kind))
        .map_or(Encoding::Utf16, |(_, encoding)| encoding);
    let refreshes = workspace.and_then(|it| it.diagnostics.as_ref()?.refresh_support).unwrap_or(false);
    ClientAbilities {
        encoding,
        snippets: document
            .and_then(|it| it.completion.as_ref()?.completion_item.as_ref()?.snippet_support)
            .unwrap_or(false),
        label_details: document
            .and_then(|it| it.completion.as_ref()?.completion_item.as_ref()?.label_details_support)
            .unwrap_or(false),
        inserts_or_replaces: document
            .and_then(|it| it.completion.as_ref()?.completion_item.as_ref()?.insert_replace_support)
            .unwrap_or(false),
        links: document.and_then(|it| it.definition.as_ref()?.link_support).unwrap_or(false),
        folds_lines: document.and_then(|it| it.folding_range.as_ref()?.line_folding_only).unwrap_or(false),
        document_changes: workspace.and_then(|it| it.workspace_edit.as_ref()?.document_changes).unwrap_or(false),
        creates_files: workspace.and_then(|it| it.workspace_edit.as_ref()).is_some_and(|it| {
            // Neovim names these operations alone, which only document changes can hold.
            it.resource_operations.as_ref().is_some_and(|it| it.contains(&ResourceOperationKind::Create))
        }),
        nested_symbols: document
            .and_then(|it| it.document_symbol.as_ref()?.hierarchical_document_symbol_support)
            .unwrap_or(false),
        // A client that cannot be told to ask again, as Neovim 0.11, would not learn what a change elsewhere brings.
        pulls: refreshes && document.is_some_and(|it| it.diagnostic.is_some()),
        refreshes,
        configuration: workspace.and_then(|it| it.configuration).unwrap_or(false),
        watches: workspace.and_then(|it| it.did_change_watched_files.as_ref()?.dynamic_registration).unwrap_or(false),
        progress: window.and_then(|it| it.work_done_progress).unwrap_or(false),
        shows_documents: window.and_then(|it| Some(it.show_document.as_ref()?.support)).unwrap_or(false),
        refreshes_hints: workspace.and_then(|it| it.inlay_hint.as_ref()?.refresh_support).unwrap_or(false),
        refreshes_lenses: workspace.and_then(|it| it.code_lens.as_ref()?.refresh_support).unwrap_or(false),
        disabled_actions: document.and_then(|it| it.code_action.as_ref()?.disabled_support).unwrap_or(false),
        applies_edits: workspace.and_then(|it| it.apply_edit).unwrap_or(false),
        inputs: is_told(params, "inputs").unwrap_or(false),
        no_runs: !is_told(params, "runs").unwrap_or(true),
        // Neovim 0.12 answers a refresh by asking for all files alone, and then leaves the open ones as they were.
        pulls_workspace: !is("neovim"),
        plain: document
            .and_then(|it| it.hover.as_ref()?.content_format.as_ref())
            .is_some_and(|kinds| !kinds.contains(&MarkupKind::Markdown)),
        terse: is_told(params, "terse").unwrap_or_else(|| is("helix")),
    }
}

/// Reads a value from the initialization options or the experimental capabilities: `{"redlua": {"inputs": true}}`, or without
/// the outer name. Flags: `inputs`, `runs` (false to forbid runs) and `terse`; `hosts` is true when files of other languages are
/// opened too, and `"only"` when nothing else is.
pub(crate) fn told(params: &InitializeParams, name: &str) -> Option<serde_json::Value> {
    let places = [&params.initialization_options, &params.capabilities.experimental];
    places.into_iter().flatten().find_map(|told| told.get("redlua").unwrap_or(told).get(name).cloned())
}

fn is_told(params: &InitializeParams, name: &str) -> Option<bool> {
    told(params, name)?.as_bool()
}

/// The files and folders whose renames and removals concern us.
fn file_operations() -> FileOperationRegistrationOptions {
    let filter = |glob: &str, matches| FileOperationFilter {
        scheme: Some("file".to_owned()),
        pattern: FileOperationPattern { glob: glob.to_owned(), matches: Some(matches), options: None },
    };
    FileOperationRegistrationOptions {
        filters: vec![
            filter("**/*.lua", FileOperationPatternKind::File),
            filter("**", FileOperationPatternKind::Folder),
        ],
    }
}

/// Our capabilities, for a client with these.
pub(crate) fn answer(client: ClientAbilities) -> InitializeResult {
    let encoding = match client.encoding {
        Encoding::Utf8 => PositionEncodingKind::UTF8,
        Encoding::Utf16 => PositionEncodingKind::UTF16,
        Encoding::Utf32 => PositionEncodingKind::UTF32,
    };
    let legend = SemanticTokensLegend {
        token_types: TokenKind::LEGEND.iter().map(|name| SemanticTokenType::new(name)).collect(),
        token_modifiers: Modifiers::LEGEND.iter().map(|name| SemanticTokenModifier::new(name)).collect(),
    };
    let characters = |list: &[&str]| Some(list.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>());
    let capabilities = ServerCapabilities {
        position_encoding: Some(encoding),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            save: Some(TextDocumentSyncSaveOptions::Supported(true)),
            ..TextDocumentSyncOptions::default()
        })),
        workspace: Some(WorkspaceServerCapabilities {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(OneOf::Left(true)),
            }),
            file_operations: Some(WorkspaceFileOperationsServerCapabilities {
                will_rename: Some(file_operations()),
                did_rename: Some(file_operations()),
                // Watchers of `*.lua` are not told of a folder that goes.
                did_delete: Some(file_operations()),
                ..WorkspaceFileOperationsServerCapabilities::default()
            }),
        }),
        // Who is sent the findings need not ask for them.
        diagnostic_provider: client.pulls.then(|| {
            DiagnosticServerCapabilities::Options(DiagnosticOptions {
                identifier: Some("redlua".to_owned()),
                inter_file_dependencies: true,
                workspace_diagnostics: client.pulls_workspace,
                ..DiagnosticOptions::default()
            })
        }),
        completion_provider: Some(CompletionOptions {
            trigger_characters: characters(ide::completion::TRIGGER_CHARACTERS),
            resolve_provider: Some(true),
            ..CompletionOptions::default()
        }),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        signature_help_provider: Some(SignatureHelpOptions {
            trigger_characters: characters(&["(", ",", "'", "\""]),
            retrigger_characters: characters(&[" "]),
            ..SignatureHelpOptions::default()
        }),
        definition_provider: Some(OneOf::Left(true)),
        declaration_provider: Some(DeclarationCapability::Simple(true)),
        references_provider: Some(OneOf::Left(true)),
        document_highlight_provider: Some(OneOf::Left(true)),
        rename_provider: Some(OneOf::Right(RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        })),
        linked_editing_range_provider: Some(LinkedEditingRangeServerCapabilities::Simple(true)),
        document_symbol_provider: Some(OneOf::Left(true)),
        workspace_symbol_provider: Some(OneOf::Left(true)),
        call_hierarchy_provider: Some(CallHierarchyServerCapability::Simple(true)),
        folding_range_provider: Some(FoldingRangeProviderCapability::Simple(true)),
        selection_range_provider: Some(SelectionRangeProviderCapability::Simple(true)),
        semantic_tokens_provider: Some(SemanticTokensServerCapabilities::SemanticTokensOptions(
            SemanticTokensOptions {
                legend,
                range: Some(true),
                full: Some(SemanticTokensFullOptions::Delta { delta: Some(true) }),
                ..SemanticTokensOptions::default()
            },
        )),
        inlay_hint_provider: Some(OneOf::Right(InlayHintServerCapabilities::Options(InlayHintOptions {
            resolve_provider: Some(true),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        }))),
        document_link_provider: Some(DocumentLinkOptions {
            resolve_provider: Some(false),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        }),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: crate::execute_command::names(),
            work_done_progress_options: WorkDoneProgressOptions { work_done_progress: Some(true) },
        }),
        code_lens_provider: Some(CodeLensOptions { resolve_provider: Some(true) }),
        document_formatting_provider: Some(OneOf::Left(true)),
        document_range_formatting_provider: Some(OneOf::Left(true)),
        document_on_type_formatting_provider: Some(DocumentOnTypeFormattingOptions {
            first_trigger_character: "\n".to_owned(),
            more_trigger_character: None,
        }),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![
                CodeActionKind::QUICKFIX,
                CodeActionKind::REFACTOR_EXTRACT,
                CodeActionKind::REFACTOR_INLINE,
                CodeActionKind::REFACTOR_REWRITE,
                CodeActionKind::SOURCE,
                CodeActionKind::SOURCE_FIX_ALL,
                RUN_KIND,
            ]),
            resolve_provider: Some(false),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        })),
        ..ServerCapabilities::default()
    };
    InitializeResult {
        capabilities,
        server_info: Some(ServerInfo {
            name: "redlua".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
        ..InitializeResult::default()
    }
}
