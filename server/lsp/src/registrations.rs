//! Capabilities that are registered after the start, for some languages only. A client that opens files of other languages too
//! (`initializationOptions.hosts`) must not ask us about their formatting, colours or symbols: another server answers that.

use serde_json::{Value, json};
use tower_lsp_server::ls_types::{InitializeParams, Registration, ServerCapabilities};

use crate::capabilities::told;

/// Languages of scripts and transcripts, by the names that clients give them.
pub(crate) const SCRIPT_LANGUAGES: &[&str] = &["lua", "luau", "redis-lua", "redlua", "valkey-lua", "redis"];

/// Characters that open a list in files of other languages: those after which people hardly type host code only.
const HOST_TRIGGER_CHARACTERS: &[&str] = &[".", "'", "\"", "[", ":"];

/// Those of them that also serve where a client has one list for all languages, and at one of its characters asks every other
/// server of the file too, as Helix does: a `:` would then open the list of Python's own server.
const SHARED_TRIGGER_CHARACTERS: &[&str] = &[".", "'", "\""];

/// A capability that only scripts get.
struct ScriptsOnly {
    /// Method to register.
    method: &'static str,
    /// Name of the client's capability, in `textDocument`.
    client: &'static str,
    /// Name of ours.
    server: &'static str,
}

const fn row(method: &'static str, client: &'static str, server: &'static str) -> ScriptsOnly {
    ScriptsOnly { method, client, server }
}

const SCRIPTS_ONLY: &[ScriptsOnly] = &[
    row("textDocument/formatting", "formatting", "documentFormattingProvider"),
    row("textDocument/rangeFormatting", "rangeFormatting", "documentRangeFormattingProvider"),
    row("textDocument/onTypeFormatting", "onTypeFormatting", "documentOnTypeFormattingProvider"),
    row("textDocument/semanticTokens", "semanticTokens", "semanticTokensProvider"),
    row("textDocument/foldingRange", "foldingRange", "foldingRangeProvider"),
    row("textDocument/selectionRange", "selectionRange", "selectionRangeProvider"),
    row("textDocument/documentSymbol", "documentSymbol", "documentSymbolProvider"),
    row("textDocument/documentLink", "documentLink", "documentLinkProvider"),
    row("textDocument/linkedEditingRange", "linkedEditingRange", "linkedEditingRangeProvider"),
    row("textDocument/prepareCallHierarchy", "callHierarchy", "callHierarchyProvider"),
];

const COMPLETION: ScriptsOnly = row("textDocument/completion", "completion", "completionProvider");

/// Languages that a client opens, by `hosts` of its initialization options.
#[derive(PartialEq, Eq)]
enum Opens {
    /// Scripts; said by nobody.
    Scripts,
    /// Scripts and files of other languages: `true`.
    Both,
    /// Files of other languages alone: `"only"`. Another process serves scripts, if any does.
    Hosts,
}

fn opens(params: &InitializeParams) -> Opens {
    match told(params, "hosts") {
        Some(Value::Bool(true)) => Opens::Both,
        Some(Value::String(word)) if word == "only" => Opens::Hosts,
        _ => Opens::Scripts,
    }
}

/// Takes out of the static capabilities what the client lets us register for scripts alone, and returns the registrations.
/// A client that lets us register nothing has to leave the rest of [`SCRIPTS_ONLY`] out by itself; an answer to it is `null`.
pub(crate) fn split(params: &InitializeParams, ours: &mut ServerCapabilities) -> Vec<Registration> {
    let opens = opens(params);
    if opens == Opens::Scripts {
        return Vec::new();
    }
    let client = serde_json::to_value(&params.capabilities.text_document).unwrap_or_default();
    let Ok(Value::Object(mut all)) = serde_json::to_value(&*ours) else { return Vec::new() };
    let mut out: Vec<Registration> = Vec::new();
    if opens == Opens::Hosts {
        SCRIPTS_ONLY.iter().for_each(|it| drop(all.remove(it.server)));
    }
    let mut take = |it: &ScriptsOnly| match client[it.client]["dynamicRegistration"] {
        Value::Bool(true) if opens == Opens::Both => all.remove(it.server),
        _ => None,
    };
    for it in SCRIPTS_ONLY {
        out.extend(take(it).map(|options| registration(it.method, "scripts", options, scripts())));
    }
    if let Some(options) = take(&COMPLETION) {
        let mut in_hosts = options.clone();
        in_hosts["triggerCharacters"] = json!(HOST_TRIGGER_CHARACTERS);
        out.push(registration(COMPLETION.method, "scripts", options, scripts()));
        out.push(registration(COMPLETION.method, "hosts", in_hosts, hosts()));
    } else if let Some(options) = all.get_mut(COMPLETION.server) {
        options["triggerCharacters"] = json!(SHARED_TRIGGER_CHARACTERS);
    }
    match serde_json::from_value(Value::Object(all)) {
        Ok(rest) => {
            *ours = rest;
            out
        }
        Err(_) => Vec::new(),
    }
}

fn registration(method: &str, id: &str, options: Value, selector: Vec<Value>) -> Registration {
    // A provider may be `true`, without options.
    let mut options = if options.is_object() { options } else { json!({}) };
    options["documentSelector"] = Value::Array(selector);
    Registration { id: format!("redlua/{method}/{id}"), method: method.to_owned(), register_options: Some(options) }
}

/// Documents of ours: scripts, transcripts and settings.
fn scripts() -> Vec<Value> {
    let languages = SCRIPT_LANGUAGES.iter().map(|language| json!({ "language": language }));
    languages.chain([json!({ "pattern": "**/redlua.toml" })]).collect()
}

/// Documents of other languages.
fn hosts() -> Vec<Value> {
    host::Language::all().flat_map(host::Language::ids).map(|language| json!({ "language": language })).collect()
}
