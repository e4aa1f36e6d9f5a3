//! The files of a script taken together: which of their functions run, in a loop or not, and the calls that these make.

use ::text::LineIndex;
use commands::{CommandSpec, Family, Flags, Target, api, bind::Binding};
use syntax::{ExprId, ExprKind, FunctionId};

use super::{Part, Reason};
use crate::{ApiPath, CommandCall, Init, Script, reach::in_loop, values::Values};

/// A command call that a run may make. A call with several possible commands is listed once for each.
#[derive(Debug)]
pub(super) struct Seen<'a> {
    /// The file.
    pub part: usize,
    /// The call.
    pub call: &'a CommandCall,
    /// Roles of its words in the command.
    pub binding: Binding,
    /// The command, if it is known.
    pub spec: Option<&'static CommandSpec>,
    /// The command's name, if the first word alone does not show it.
    pub name: Option<Vec<u8>>,
    /// True if it may be made many times.
    pub looped: bool,
}

impl Seen<'_> {
    /// The command's name to show.
    pub(super) fn shown(&self) -> String {
        self.spec.map_or_else(|| "a command".to_owned(), |spec| spec.name.to_owned())
    }

    /// The word at a place of the call.
    pub(super) fn word(&self, at: usize) -> Option<ExprId> {
        self.call.words.get(at).copied()
    }
}

/// The files of a script with what they show together. It is built in layers, each complete before the next: the files,
/// the functions that run, the calls, code in other files.
pub(super) struct World<'a> {
    pub values: Values<'a>,
    pub targets: &'a [Target],
    /// The calls, in the order of the files.
    pub calls: Vec<Seen<'a>>,
    /// The calls of code that is not in these files.
    foreign: Vec<Reason>,
    places: Places<'a>,
}

/// The files with their line indexes, for the reasons that users read.
struct Places<'a> {
    parts: Vec<Part<'a>>,
    lines: Vec<LineIndex>,
}

impl Places<'_> {
    fn reason(&self, part: usize, offset: u32, text: impl Into<String>) -> Reason {
        let path = (part != 0).then(|| self.parts[part].path.to_owned());
        Reason { text: text.into(), path, line: self.parts[part].shown_line(self.lines[part].line(offset)) }
    }
}

impl<'a> World<'a> {
    /// The world of `parts`, where the functions `start` run.
    pub(super) fn new(parts: &[Part<'a>], start: &[(usize, FunctionId)], targets: &'a [Target]) -> Self {
        let places = Places {
            parts: parts.to_vec(),
            lines: parts.iter().map(|part| LineIndex::new(&part.script.source)).collect(),
        };
        let values = Values::of_script(parts, start);
        let calls = collect(&values, targets);
        let foreign = find_foreign(&values, &places);
        Self { values, targets, calls, foreign, places }
    }

    /// The files in order.
    pub(super) fn parts(&self) -> &[Part<'a>] {
        self.values.files.parts()
    }

    pub(super) fn script(&self, part: usize) -> &'a Script {
        self.values.files.script(part)
    }

    /// A reason at an expression.
    pub(super) fn reason(&self, part: usize, expr: ExprId, text: impl Into<String>) -> Reason {
        self.reason_at(part, self.script(part).tree()[expr].range.start, text)
    }

    /// A reason at an offset.
    pub(super) fn reason_at(&self, part: usize, offset: u32, text: impl Into<String>) -> Reason {
        self.places.reason(part, offset, text)
    }

    /// The flags of a command on the newest target that has it. Older tables also flag what has no part in it: `XACK` was
    /// random until 7.0.
    pub(super) fn flags(&self, spec: &CommandSpec) -> Flags {
        let newest = |family: Family| {
            Target::KNOWN.iter().rev().find(|known| known.family == family && spec.is_available(**known))
        };
        let own = self.targets.iter().rev().find(|&&target| spec.is_available(target));
        own.or_else(|| newest(Family::Redis))
            .or_else(|| newest(Family::Valkey))
            .map_or_else(Flags::default, |&target| spec.flags(target))
    }

    /// The calls with unknown effects: a computed command name, code in other files.
    pub(super) fn unknown_calls(&self) -> Vec<Reason> {
        let unknown = self.calls.iter().filter(|seen| seen.spec.is_none());
        let commands = unknown.map(|seen| {
            let name = seen.name.clone().or_else(|| self.known_name(seen));
            let text = match (name, seen.call.words.is_empty()) {
                (Some(name), _) => {
                    let text = String::from_utf8_lossy(&name);
                    match commands::newer_command(&name).and_then(|command| command.since) {
                        Some(since) => format!("`{text}` came with Redis {since}"),
                        None => format!("no server has a command `{text}`"),
                    }
                }
                (None, true) => "a call without a command".to_owned(),
                (None, false) => "the command's name is computed".to_owned(),
            };
            self.reason(seen.part, seen.call.call, text)
        });
        commands.chain(self.foreign.iter().cloned()).collect()
    }

    fn known_name(&self, seen: &Seen<'_>) -> Option<Vec<u8>> {
        self.script(seen.part).constant_string(seen.word(0)?)
    }
}

/// The command calls of all code that runs.
fn collect<'a>(values: &Values<'a>, targets: &[Target]) -> Vec<Seen<'a>> {
    let mut seen = Vec::new();
    for (part, it) in values.files.parts().iter().enumerate() {
        for call in &it.script.calls {
            let function = it.script.scopes.function_of(call.call);
            let Some(around) = values.reached.loops(part, function) else { continue };
            if it.script.is_wrapper_body(call) {
                continue;
            }
            let looped = around || in_loop(it.script, call.call);
            if let Some(spec) = call.binding.spec {
                // Against targets that have not the command nothing was read.
                let binding = match targets.iter().any(|&target| spec.is_available(target)) {
                    true => call.binding.clone(),
                    false => it.script.bind_words(&call.words, None, Target::KNOWN),
                };
                seen.push(Seen { part, call, binding, spec: Some(spec), name: None, looped });
                continue;
            }
            let names = call.words.first().and_then(|&word| values.texts(part, word));
            match names {
                Some(names) if !names.is_empty() => seen.extend(names.into_iter().map(|name| {
                    let binding = it.script.bind_words(&call.words, Some(&name), targets);
                    Seen { part, call, spec: binding.spec, binding, name: Some(name), looped }
                })),
                _ => seen.push(Seen { part, call, binding: call.binding.clone(), spec: None, name: None, looped }),
            }
        }
    }
    seen
}

/// The calls of code that is not in these files.
fn find_foreign(values: &Values<'_>, places: &Places<'_>) -> Vec<Reason> {
    let mut found: Vec<Reason> = Vec::new();
    for (part, it) in values.files.parts().iter().enumerate() {
        for (id, expr) in it.script.tree().exprs() {
            let ExprKind::Call(call) = &expr.kind else { continue };
            if !values.is_run(part, id) {
                continue;
            }
            let callee = it.script.resolve(call.callee);
            let text = match it.script.api(callee) {
                Some(ApiPath::Global(name @ ("loadstring" | "load" | "dofile" | "loadfile"))) => {
                    format!("{name} runs code that is not here")
                }
                Some(ApiPath::Global(name))
                    if it.script.scopes.is_global(callee)
                        && api::global(name).is_none()
                        && values.files.local(part, callee).is_none()
                        && !assigns(values, name) =>
                {
                    format!("`{name}` is called, which is not defined here")
                }
                _ => continue,
            };
            if !found.iter().any(|other| other.text == text) {
                found.push(places.reason(part, expr.range.start, text));
            }
        }
    }
    for (part, it) in values.files.parts().iter().enumerate() {
        for (id, expr) in it.script.tree().exprs() {
            if passes_on(it.script, id) && values.is_run(part, id) {
                found.push(places.reason(
                    part,
                    expr.range.start,
                    "redis.call is passed on, and what calls it cannot be followed",
                ));
                break;
            }
        }
    }
    found
}

/// True if some file gives a global a value.
fn assigns(values: &Values<'_>, name: &str) -> bool {
    values.files.parts().iter().any(|it| {
        let mut globals = it.script.scopes.globals().iter();
        globals.any(|global| global.write.is_some() && global.name.as_str(&it.script.source) == name)
    })
}

/// True if an expression is `redis.call`, or the table with it, where it is neither called nor given a name.
fn passes_on(script: &Script, id: ExprId) -> bool {
    use syntax::StmtKind;
    let tree = script.tree();
    if !matches!(tree[id].kind, ExprKind::Name(_) | ExprKind::Field { .. } | ExprKind::Index { .. }) {
        return false;
    }
    let is_table = match script.api(id) {
        Some(ApiPath::Member("redis" | "server", "call" | "pcall")) => false,
        Some(ApiPath::Global("redis" | "server")) => true,
        _ => return false,
    };
    match script.parent(id).map(|parent| &tree[parent].kind) {
        Some(ExprKind::Call(call)) => {
            let protects = matches!(script.api(call.callee), Some(ApiPath::Global("pcall")));
            let asks = matches!(script.api(call.callee), Some(ApiPath::Global("type" | "tostring")));
            call.callee != id && !asks && !(protects && call.args.first() == Some(&id))
        }
        Some(ExprKind::Field { base, .. } | ExprKind::Index { base, .. }) => !(is_table && *base == id),
        Some(ExprKind::Paren(_) | ExprKind::Unary { .. }) => false,
        // `server or redis`, `redis.call and …`: what comes of it has a name that is not followed.
        Some(_) => true,
        None => match &tree[script.scopes.stmt_of(id)].kind {
            StmtKind::Local { values, .. } => {
                let named = script.scopes.locals().find(|(_, local)| local.init == Init::Expr(id));
                !values.contains(&id) || named.is_some_and(|(_, local)| !local.writes.is_empty())
            }
            StmtKind::If(_) | StmtKind::While { .. } | StmtKind::Repeat { .. } => false,
            _ => true,
        },
    }
}
