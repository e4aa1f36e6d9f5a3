//! `textDocument/completion` and `completionItem/resolve`

use commands::Target;
use ide::completion::{Completion, CompletionKind, Docs, TRIGGER_CHARACTERS, Trigger};
use ls_types::{
    CompletionContext, CompletionItem, CompletionItemKind, CompletionItemLabelDetails, CompletionItemTag,
    CompletionList, CompletionParams, CompletionResponse, CompletionTextEdit, CompletionTriggerKind, Documentation,
    InsertReplaceEdit, InsertTextFormat, Uri,
};
use serde::{Deserialize, Serialize};
use text::TextRange;

use crate::{
    client::ClientAbilities,
    markup::markup,
    snapshot::{Snapshot, View},
    snippet,
};

/// Payload of a completion item, from which its documentation is resolved.
#[derive(Serialize, Deserialize)]
struct Data {
    uri: Uri,
    /// `command NAME`, `option WORD NAME`, `api TABLE.NAME`, `rule CODE` or `text …`.
    docs: String,
}

/// Answers `textDocument/completion`.
pub fn list(snapshot: &Snapshot, params: &CompletionParams) -> Option<CompletionResponse> {
    let place = &params.text_document_position;
    let (view, offset) = snapshot.at(place)?;
    let trigger = trigger(params.context.as_ref(), view.file().source(), offset);
    let found = ide::completion::completions(view.project(), view.at, offset, trigger);
    let (insert, replace) = found.ranges(view.file().source(), offset);
    let place = if snapshot.client.inserts_or_replaces && insert != replace {
        Place::Either { insert, replace }
    } else {
        Place::One(found.range)
    };
    // A literal may not be able to have a text.
    let items = found.items.into_iter().filter_map(|it| item(view, it, place, snapshot.client)).collect();
    // The list is whole, and the client filters it while the word goes on; but who asks at each letter is to go on asking.
    Some(CompletionResponse::List(CompletionList { is_incomplete: trigger == Trigger::Letter, items }))
}

/// Returns the client's trigger. Neovim may count every character among the triggers; Kate sends none.
fn trigger(context: Option<&CompletionContext>, source: &[u8], offset: u32) -> Trigger {
    let before = &source[..(offset as usize).min(source.len())];
    let in_word = before.last().is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    match context.map(|context| context.trigger_kind) {
        Some(CompletionTriggerKind::INVOKED) => Trigger::Invoked,
        _ if in_word => Trigger::Letter,
        Some(_) => Trigger::Character,
        None if TRIGGER_CHARACTERS.iter().any(|it| before.ends_with(it.as_bytes())) => Trigger::Character,
        None => Trigger::Invoked,
    }
}

/// The range or ranges that an item replaces.
#[derive(Clone, Copy)]
enum Place {
    One(TextRange),
    /// Both ranges, for a client whose user decides whether the text behind the cursor stays.
    Either {
        insert: TextRange,
        replace: TextRange,
    },
}

impl Place {
    fn edit(self, view: View<'_>, text: &str, is_snippet: bool) -> Option<CompletionTextEdit> {
        let typed = |range: TextRange| match is_snippet {
            true => snippet::typed(view, range, text),
            false => view.typed(range, text),
        };
        Some(match self {
            Self::One(range) => CompletionTextEdit::Edit(typed(range)?),
            Self::Either { insert, replace } => {
                let (insert, replace) = (typed(insert)?, typed(replace)?);
                let new_text = insert.new_text;
                let (insert, replace) = (insert.range, replace.range);
                CompletionTextEdit::InsertAndReplace(InsertReplaceEdit { new_text, insert, replace })
            }
        })
    }
}

fn item(view: View<'_>, it: Completion, place: Place, client: ClientAbilities) -> Option<CompletionItem> {
    let label_details = client.label_details.then(|| label_details(&it)).flatten();
    let (text, format) = match (it.is_snippet, client.snippets) {
        (true, true) => (it.insert, InsertTextFormat::SNIPPET),
        // Without places to fill in a block is no help.
        (true, false) if it.kind == CompletionKind::Keyword => (keyword(&it.insert), InsertTextFormat::PLAIN_TEXT),
        (true, false) => (snippet::plain(&it.insert), InsertTextFormat::PLAIN_TEXT),
        (false, _) => (it.insert, InsertTextFormat::PLAIN_TEXT),
    };
    let docs = match &it.docs {
        Docs::None => None,
        Docs::Command(name) => Some(format!("command {name}")),
        Docs::Option(name, token) => Some(format!("option {token} {name}")),
        Docs::Api(table, name) => Some(format!("api {table}.{name}")),
        Docs::Rule(code) => Some(format!("rule {code}")),
        Docs::Text(text) => Some(format!("text {text}")),
    };
    let data = docs.and_then(|docs| serde_json::to_value(Data { uri: view.name(), docs }).ok());
    Some(CompletionItem {
        kind: Some(match it.kind {
            // Kate and others put parentheses behind a function.
            CompletionKind::Command => CompletionItemKind::CONSTANT,
            CompletionKind::Option => CompletionItemKind::ENUM_MEMBER,
            CompletionKind::Function => CompletionItemKind::FUNCTION,
            CompletionKind::Constant => CompletionItemKind::CONSTANT,
            CompletionKind::Table => CompletionItemKind::MODULE,
            CompletionKind::Variable => CompletionItemKind::VARIABLE,
            CompletionKind::Field => CompletionItemKind::FIELD,
            CompletionKind::Element => CompletionItemKind::VARIABLE,
            CompletionKind::Keyword => CompletionItemKind::KEYWORD,
            CompletionKind::Snippet => CompletionItemKind::SNIPPET,
            CompletionKind::Class => CompletionItemKind::CLASS,
            CompletionKind::Rule => CompletionItemKind::VALUE,
            CompletionKind::File => CompletionItemKind::FILE,
        }),
        label_details,
        detail: (!it.detail.is_empty()).then_some(it.detail),
        tags: it.deprecated.then(|| vec![CompletionItemTag::DEPRECATED]),
        sort_text: Some(format!("{:04}{}", it.rank, it.label)),
        filter_text: Some(it.filter.unwrap_or_else(|| it.label.clone())),
        insert_text_format: Some(format),
        text_edit: Some(place.edit(view, &text, format == InsertTextFormat::SNIPPET)?),
        data,
        label: it.label,
        ..CompletionItem::default()
    })
}

/// The texts beside the label: parameters, names of the header, initialisers of locals, files of names.
fn label_details(it: &Completion) -> Option<CompletionItemLabelDetails> {
    let is_shown = matches!(it.kind, CompletionKind::Element | CompletionKind::Variable | CompletionKind::Field);
    let text = |text: &str, is_shown: bool| (is_shown && !text.is_empty()).then(|| text.to_owned());
    let is_called = it.kind == CompletionKind::Function && it.detail.starts_with('(');
    let (detail, description) =
        (text(if is_called { &it.detail } else { &it.shape }, true), text(&it.detail, is_shown));
    (detail.is_some() || description.is_some()).then_some(CompletionItemLabelDetails { detail, description })
}

/// Returns the keyword that a block begins with.
fn keyword(snippet: &str) -> String {
    snippet.split(['$', '(', '\n']).next().unwrap_or_default().trim_end().to_owned()
}

/// Answers `completionItem/resolve` with the documentation of an item.
pub fn resolve(snapshot: &Snapshot, mut item: CompletionItem) -> CompletionItem {
    let Some(data) = item.data.clone().and_then(|data| serde_json::from_value::<Data>(data).ok()) else { return item };
    let targets = match snapshot.view(&data.uri) {
        Some(view) => view.file().options.targets.clone(),
        None => vec![Target::DEFAULT],
    };
    let docs = match data.docs.split_once(' ') {
        Some(("command", name)) => commands::by_name(name).map(|spec| Docs::Command(spec.name)),
        Some(("option", option)) => option.split_once(' ').and_then(|(token, name)| {
            let spec = commands::by_name(name)?;
            let (token, _) = spec.options.iter().find(|(known, _)| *known == token)?;
            Some(Docs::Option(spec.name, token))
        }),
        Some(("api", path)) => path.split_once('.').and_then(|(table, name)| {
            let item = if table.is_empty() { commands::api::global(name) } else { commands::api::member(table, name) };
            item.map(|item| Docs::Api(item.table, item.name))
        }),
        Some(("rule", code)) => linter::registry::rule(code).map(|rule| Docs::Rule(rule.code)),
        Some(("text", text)) => Some(Docs::Text(text.to_owned())),
        _ => None,
    };
    item.documentation = docs
        .and_then(|docs| ide::completion::resolve(&docs, &targets))
        .map(|value| Documentation::MarkupContent(markup(snapshot.client, value)));
    item
}
