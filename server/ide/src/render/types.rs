//! Types of values by the flow of the script, and where the values are from.

use semantic::{
    ApiPath, CommandCall, Init, LocalId, LocalKind, Script,
    annotations::{FieldKey, TypeExpr, TypeField},
    flow::{Kinds, Source, Type},
    values::{Piece, Template, Values},
};
use syntax::{ExprId, ExprKind, FunctionId, StmtId, StmtKind};
use text::TextRange;

use super::{clients, text::shown};
use crate::{Element, File, Project, naming::element_name};

/// Returns the type of a name: at a use, if there is one, else at its declaration. Empty if nothing is known.
pub(crate) fn of_local(file: &File, id: LocalId, at: Option<ExprId>) -> Option<&Type> {
    let flow = file.script.flow();
    match at {
        Some(expr) => flow.of(expr),
        None => flow.declared(id),
    }
}

/// The line of code for a local.
pub(crate) fn head(
    file: &File,
    id: LocalId,
    at: Option<ExprId>,
    of: Option<&Type>,
    annotated: Option<String>,
) -> String {
    let script = &file.script;
    let local = &script.scopes[id];
    let name = script.name(id);
    if let Some(function) = function_of(script, id) {
        return format!("local function {}", signature(script, name, function));
    }
    let captured = at.is_some_and(|expr| script.scopes.function_of(expr) != local.function);
    let what = match local.kind {
        LocalKind::Parameter(_) => "(parameter)",
        LocalKind::Counter | LocalKind::Iterated(_) => "(loop variable)",
        _ if captured => "(upvalue)",
        _ => "local",
    };
    if of.is_some_and(|of| of.kinds.is_empty()) {
        return format!("{what} {name} -- never reached");
    }
    let known = of.map(|of| script.flow().describe(of)).unwrap_or_default();
    match or_annotated(known, || annotated) {
        text if text.is_empty() => format!("{what} {name}"),
        text => format!("{what} {name}: {text}"),
    }
}

/// A type by the flow analysis, or by an annotation if the analysis knows only that it is a table.
pub(crate) fn or_annotated(known: String, annotated: impl FnOnce() -> Option<String>) -> String {
    if !is_vague(&known) {
        return known;
    }
    annotated().filter(|text| !text.is_empty()).unwrap_or(known)
}

/// True if a described type says no more than that the value may be a table.
pub(crate) fn is_vague(known: &str) -> bool {
    matches!(known, "" | "anything" | "table" | "empty table" | "list" | "list of anything")
        || known.starts_with("decoded JSON")
}

/// A field of a class as written: `name?: type`.
pub(crate) fn annotated_field(script: &Script, field: &TypeField) -> String {
    let key = match &field.key {
        FieldKey::Name(name) => script.text_of(*name).into_owned(),
        FieldKey::Type(key) => format!("[{}]", annotation_text(script, key)),
    };
    format!("{key}{}: {}", if field.is_optional { "?" } else { "" }, annotation_text(script, &field.value))
}

/// A type as written, on one line.
pub(crate) fn annotation_text(script: &Script, of: &TypeExpr) -> String {
    of.text(&script.source)
}

/// The function that a local always is.
pub(crate) fn function_of(script: &Script, id: LocalId) -> Option<FunctionId> {
    match script.scopes.fixed(id)? {
        Init::Function(function) => Some(function),
        Init::Expr(expr) => match script.tree()[expr].kind {
            ExprKind::Function(function) => Some(function),
            _ => None,
        },
        _ => None,
    }
}

/// A longer one has its parameters on lines of their own.
const LONGEST_SIGNATURE: usize = 100;

/// Signature of a function with the types of its parameters and results.
pub(crate) fn signature(script: &Script, name: &str, function: FunctionId) -> String {
    let flow = script.flow();
    let mut params: Vec<String> = script
        .scopes
        .params(function)
        .iter()
        .skip(usize::from(script.tree()[function].method))
        .map(|&param| {
            let known = flow.declared(param).map(|of| flow.describe(of)).unwrap_or_default();
            let text = or_annotated(known, || script.annotations().local(param).map(|of| annotation_text(script, of)));
            match text.is_empty() {
                true => script.name(param).to_owned(),
                false => format!("{}: {text}", script.name(param)),
            }
        })
        .collect();
    if script.tree()[function].vararg {
        params.push("...".to_owned());
    }
    let results = results(script, function).unwrap_or_default();
    let line = format!("{name}({}){results}", params.join(", "));
    if line.chars().count() <= LONGEST_SIGNATURE {
        return line;
    }
    format!("{name}(\n  {}\n){results}", params.join(",\n  "))
}

/// Returns the results of a function, to append to its signature: `: number or nil`.
pub(crate) fn results(script: &Script, function: FunctionId) -> Option<String> {
    let flow = script.flow();
    let annotations = script.annotations().function(function);
    let annotated: Vec<&TypeExpr> = annotations.iter().flat_map(|it| it.returns()).map(|(of, _)| of).collect();
    let Some(results) = flow.results(function) else {
        let all: Vec<String> = annotated.iter().map(|of| annotation_text(script, of)).collect();
        return (!all.is_empty()).then(|| format!(": {}", all.join(", ")));
    };
    if results.never {
        return Some(" -- never returns".to_owned());
    }
    let mut values: Vec<String> = results.values.iter().map(|&id| flow.describe(flow.get(id))).collect();
    // Of what may follow nothing is known: the annotations tell how much it is.
    if results.open && values.len() < annotated.len() {
        values.resize(annotated.len(), String::new());
    }
    for (value, of) in values.iter_mut().zip(annotated) {
        *value = or_annotated(std::mem::take(value), || Some(annotation_text(script, of)));
    }
    if values.iter().all(String::is_empty) {
        return None;
    }
    // Of what may follow nothing is known.
    if results.open && values.last().is_some_and(String::is_empty) {
        values.pop();
    }
    values.iter_mut().filter(|text| text.is_empty()).for_each(|text| "anything".clone_into(text));
    let is_open = results.open && annotations.is_none_or(|it| it.returns().next().is_none());
    Some(format!(": {}{}", values.join(", "), if is_open { ", …" } else { "" }))
}

/// Returns the result of a call of another file's function, which that file's own analysis knows.
pub(crate) fn given(project: &Project, file: usize, call: ExprId, nth: u32) -> Option<String> {
    let ExprKind::Call(it) = &project.files[file].script.tree()[call].kind else { return None };
    let (of, id) = project.local(file, it.callee).filter(|(of, _)| *of != file)?;
    let script = &project.files[of].script;
    let flow = script.flow();
    let results = flow.results(function_of(script, id)?)?;
    let text = flow.describe(flow.get(*results.values.get(nth as usize)?));
    (!text.is_empty()).then_some(text)
}

/// Describes the origin of a value, and its value when missing, in one line. `from` is its initializer, if known; `name` is
/// the value's own name, which is not repeated.
pub(crate) fn words(file: &File, of: &Type, from: Option<Init>, name: &str) -> Option<String> {
    let script = &file.script;
    let direct = |call: ExprId| match from {
        Some(Init::Expr(expr) | Init::Nth(expr, 0)) => script.resolve(expr) == call,
        _ => false,
    };
    let mut text = match of.source {
        Source::Key(Some(index)) => named(file, Element { is_key: true, index }, name),
        Source::Argument(Some(index)) => named(file, Element { is_key: false, index }, name),
        Source::Key(None) => "one of KEYS".to_owned(),
        Source::Argument(None) => "one of ARGV".to_owned(),
        Source::Reply(call) => {
            let part = if direct(call) { "" } else { "from the " };
            format!("{part}reply of {}", command(file, call))
        }
        Source::Caught(call) => format!("what `{}` caught, line {}", protector(script, call), line(file, call)),
        Source::Decoded => "decoded JSON".to_owned(),
        Source::None | Source::Many => match from {
            Some(Init::Nth(call, 1)) if is_protected(script, call) => match script.command_call(call) {
                Some(_) => format!("reply of {}, or what `pcall` caught", command(file, call)),
                None => format!("what `pcall` returned or caught, line {}", line(file, call)),
            },
            Some(Init::Expr(expr) | Init::Nth(expr, 0)) => making(script, expr)?,
            _ => return None,
        },
    };
    let number = of.kinds.has(Kinds::NUMBER) && !of.kinds.has(Kinds::STRING);
    let lacks = if of.kinds.has(Kinds::FALSE) { "false" } else { "nil" };
    if of.may_be_missing().is_some() {
        text.push_str(&format!(
            "; `{lacks}` if missing{}",
            if number && lacks == "nil" { " or no number" } else { "" }
        ));
    } else if of.kinds.has(Kinds::ABSENT) && matches!(of.source, Source::Key(Some(_)) | Source::Argument(Some(_))) {
        text.push_str(&format!("; `nil` if not given{}", if number { " or no number" } else { "" }));
    }
    Some(text)
}

/// The text that an expression makes of elements of KEYS and ARGV: `KEYS[1] .. ':lock'`.
fn making(script: &Script, expr: ExprId) -> Option<String> {
    fn is_given(piece: &Piece) -> bool {
        match piece {
            Piece::Key(_) | Piece::Argument(_) => true,
            Piece::Within(inner, _) => is_given(inner),
            _ => false,
        }
    }
    let templates = Values::of_file(script).templates(0, expr);
    let given = templates.iter().filter(|template| template.0.iter().any(is_given));
    let texts: Vec<String> = given.map(Template::to_string).collect();
    (!texts.is_empty()).then(|| texts.join(" or "))
}

fn is_protected(script: &Script, call: ExprId) -> bool {
    matches!(&script.tree()[call].kind, ExprKind::Call(it)
        if matches!(script.api(it.callee), Some(ApiPath::Global("pcall" | "xpcall"))))
}

fn protector(script: &Script, call: ExprId) -> &'static str {
    match &script.tree()[call].kind {
        ExprKind::Call(it) if script.api(it.callee) == Some(ApiPath::Global("xpcall")) => "xpcall",
        _ => "pcall",
    }
}

fn named(file: &File, element: Element, called: &str) -> String {
    let place = format!("{}[{}]", element.table(), element.index);
    match element_name(file, element).filter(|name| name != called) {
        Some(name) => format!("{place}: {name}"),
        None => place,
    }
}

/// The command of a call with its line: "`GET`, line 12".
fn command(file: &File, call: ExprId) -> String {
    let name = file.script.command_call(call).and_then(CommandCall::name);
    match name {
        Some(name) => format!("`{name}`, line {}", line(file, call)),
        None => format!("a command, line {}", line(file, call)),
    }
}

fn line(file: &File, expr: ExprId) -> u32 {
    file.lines.line(file.script.tree()[expr].range.start) + 1
}

/// An element of a table at a place, where its type is known.
pub(crate) fn element(file: &File, offset: u32) -> Option<(String, TextRange)> {
    let script = &file.script;
    let mut expr = crate::at::expr_at(script, offset)?;
    if let Some(parent) = script.parent(expr)
        && matches!(&script.tree()[parent].kind, ExprKind::Index { key, .. } if *key == expr)
        && matches!(script.tree()[expr].kind, ExprKind::String | ExprKind::Number(_))
    {
        expr = parent;
    }
    Some((field_type(file, expr)?, script.tree()[expr].range))
}

/// The code and the words for an expression that reads a field or an element, where its type is known.
pub(crate) fn field_type(file: &File, expr: ExprId) -> Option<String> {
    let script = &file.script;
    let what = match &script.tree()[expr].kind {
        ExprKind::Field { .. } => "(field)",
        ExprKind::Index { .. } => "(element)",
        _ => return None,
    };
    let flow = script.flow();
    let of = flow.of(expr).filter(|of| !of.kinds.is_empty())?;
    let text = flow.describe(of);
    if text.is_empty() && of.source == Source::None {
        return None;
    }
    let shown = shown(file, script.tree()[expr].range);
    let colon = if text.is_empty() { "" } else { ": " };
    let mut out = format!("```lua\n{what} {shown}{colon}{text}\n```\n");
    if let Some(words) = words(file, of, None, "") {
        out.push_str(&words);
        out.push('\n');
    }
    Some(out)
}

/// The innermost `return` at an offset: on its keyword or on its values.
pub(crate) fn return_at(script: &Script, offset: u32) -> Option<(StmtId, TextRange, bool)> {
    let (id, stmt) = script
        .tree()
        .stmts()
        .filter(|(_, stmt)| stmt.range.start <= offset && offset <= stmt.range.end)
        .min_by_key(|(_, stmt)| stmt.range.len())?;
    matches!(stmt.kind, StmtKind::Return(_)).then(|| {
        let keyword = TextRange::new(stmt.range.start, stmt.range.start + "return".len() as u32);
        let on_keyword = offset <= keyword.end;
        (id, if on_keyword { keyword } else { stmt.range }, on_keyword)
    })
}

/// Returns the values of a `return`: to the client, or to the caller of a function of the script's own.
pub(crate) fn returned(file: &File, stmt: StmtId) -> Option<String> {
    let script = &file.script;
    let flow = script.flow();
    if let Some(received) = flow.received(script, stmt) {
        let lines = clients::lines(&received);
        let (two, three) = (received.resp2.to_string(), received.resp3.to_string());
        let losses: Vec<String> = received.losses.iter().map(|loss| capitalised(loss)).collect();
        if lines.is_empty() && losses.is_empty() && !received.resp2.is_known() {
            return None;
        }
        let code = if two == three { two } else { format!("RESP2  {two}\nRESP3  {three}") };
        let mut out = format!("```\n{code}\n```\nWhat the client receives. {}", losses.join(" "));
        out.truncate(out.trim_end().len());
        out.push('\n');
        for line in lines {
            out.push_str(&format!("- {line}\n"));
        }
        return Some(out);
    }
    let values: Vec<String> = flow.returned(stmt).iter().map(|&id| flow.describe(flow.get(id))).collect();
    if values.iter().all(String::is_empty) {
        return None;
    }
    let values: Vec<&str> = values.iter().map(|text| if text.is_empty() { "anything" } else { text }).collect();
    Some(format!("```lua\nreturn {}\n```\nWhat the caller in the script gets\n", values.join(", ")))
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| format!("{}{}.", first.to_uppercase(), chars.as_str())).unwrap_or_default()
}
