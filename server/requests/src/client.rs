//! Capabilities of the client.

use text::Encoding;

/// Capabilities of the client that change our answers.
#[derive(Clone, Copy, Default, Debug)]
pub struct ClientAbilities {
    /// The unit of columns.
    pub encoding: Encoding,
    /// True if completions may be snippets with placeholders.
    pub snippets: bool,
    /// True if it shows a completion's description in the row of the list.
    pub label_details: bool,
    /// True if the user decides whether a completion replaces the text behind the cursor.
    pub inserts_or_replaces: bool,
    /// True if it accepts definitions as links with the range of the use.
    pub links: bool,
    /// True if it accepts edits of versioned documents.
    pub document_changes: bool,
    /// True if an edit may make files.
    pub creates_files: bool,
    /// True if it folds whole lines only.
    pub folds_lines: bool,
    /// True if it accepts nested symbols.
    pub nested_symbols: bool,
    /// True if it pulls diagnostics of documents.
    pub pulls: bool,
    /// True if it can be told to pull diagnostics again.
    pub refreshes: bool,
    /// True if it also pulls the diagnostics of all files, without losing any.
    pub pulls_workspace: bool,
    /// True if it can be asked for its settings.
    pub configuration: bool,
    /// True if it watches files for the server.
    pub watches: bool,
    /// True if it shows progress.
    pub progress: bool,
    /// True if it opens files on request.
    pub shows_documents: bool,
    /// True if it can be told to ask for inlay hints again.
    pub refreshes_hints: bool,
    /// True if it can be told to ask for lenses again.
    pub refreshes_lenses: bool,
    /// True if it knows our commands: it asks for inputs by itself and shows the results that they return.
    pub inputs: bool,
    /// True if it shows actions that are not possible, with the reason.
    pub disabled_actions: bool,
    /// True if it applies edits on request.
    pub applies_edits: bool,
    /// True if nothing may be run: the editor does not trust the folder.
    pub no_runs: bool,
    /// True for Helix and clients like it: messages appear in a status line, without line breaks, and questions get no answer.
    pub terse: bool,
    /// True if it does not render Markdown.
    pub plain: bool,
}
