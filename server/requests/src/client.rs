//! What is known of the client.

use text::Encoding;

/// What the client can do, as far as it changes what we do.
#[derive(Clone, Copy, Default, Debug)]
pub struct ClientAbilities {
    /// The unit of columns.
    pub encoding: Encoding,
    /// It takes completions with places to fill in.
    pub snippets: bool,
    /// It shows a completion's description in the row of the list.
    pub label_details: bool,
    /// It lets the user decide if a completion replaces what is behind the cursor.
    pub inserts_or_replaces: bool,
    /// It takes links for definitions, with what they are of.
    pub links: bool,
    /// It takes edits of documents with their versions.
    pub document_changes: bool,
    /// It folds whole lines.
    pub folds_lines: bool,
    /// It takes symbols within symbols.
    pub nested_symbols: bool,
    /// It asks for findings itself.
    pub pulls: bool,
    /// It asks for diagnostics again when it is told to.
    pub refreshes: bool,
    /// It asks for the findings of all files as well, and loses nothing by that.
    pub pulls_workspace: bool,
    /// It can be asked for its settings.
    pub configuration: bool,
    /// It watches files for the server.
    pub watches: bool,
    /// It shows progress.
    pub progress: bool,
    /// It opens files when it is asked to.
    pub shows_documents: bool,
    /// It asks for hints again when it is told to.
    pub refreshes_hints: bool,
    /// It asks for lenses again when it is told to.
    pub refreshes_lenses: bool,
    /// It knows our commands: it asks for inputs by itself and shows the results that they return.
    pub inputs: bool,
    /// It applies edits that we ask for.
    pub applies_edits: bool,
    /// Nothing may be run: the editor does not trust the folder.
    pub no_runs: bool,
    /// It is Helix, or says that it is like it: messages stand in its status line, where ends of lines are lost, and it answers no questions.
    pub terse: bool,
    /// It shows texts as they are, with the marks that Markdown has.
    pub plain: bool,
}
