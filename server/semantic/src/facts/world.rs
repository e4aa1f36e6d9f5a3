//! The files of a script taken together: which of their functions run, in a loop or not, and the calls that these make.

use ::text::LineIndex;
use commands::{
    CommandSpec, Family, Flags, Target, api,
    bind::{Binding, Role, Word, bind},
};
use rustc_hash::FxHashMap;
use syntax::{ExprId, ExprKind, FunctionId};

use super::{Part, Reason, reach::in_loop, value};
use crate::{ApiPath, CallForm, CommandCall, Constant, Init, LocalId, LocalKind, Script};

/// A local of one of the files.
pub(super) type Place = (usize, LocalId);

/// A command call that a run may come to. A call whose command is one of several is here once for each.
#[derive(Debug)]
pub(super) struct Seen<'a> {
    /// The file.
    pub part: usize,
    /// The call.
    pub call: &'a CommandCall,
    /// What its words are to the command.
    pub binding: Binding,
    /// The command, if it is known.
    pub spec: Option<&'static CommandSpec>,
    /// The command's name, where it is not what the first word says by itself.
    pub name: Option<Vec<u8>>,
    /// Whether it may be made many times.
    pub looped: bool,
}

impl Seen<'_> {
    /// The command's name as it is shown.
    pub(super) fn shown(&self) -> String {
        self.spec.map_or_else(|| "a command".to_owned(), |spec| spec.name.to_owned())
    }

    /// The word at a place of the call.
    pub(super) fn word(&self, at: usize) -> Option<ExprId> {
        self.call.words.get(at).copied()
    }
}

/// The files of a script with what is known of them together.
pub(super) struct World<'a> {
    pub parts: &'a [Part<'a>],
    pub targets: &'a [Target],
    /// The calls, in the order of the files.
    pub calls: Vec<Seen<'a>>,
    /// The calls of code that is not in these files.
    foreign: Vec<Reason>,
    lines: Vec<LineIndex>,
    /// What the top-level names of all files are.
    top: FxHashMap<&'a [u8], Place>,
    /// The uses of top-level locals in other files than their own.
    abroad: FxHashMap<Place, Vec<(usize, ExprId)>>,
    /// The functions that may run, and whether in a loop.
    pub(super) reached: FxHashMap<(usize, FunctionId), bool>,
}

impl<'a> World<'a> {
    /// The world of `parts`, where the functions `start` run.
    pub(super) fn new(parts: &'a [Part<'a>], start: &[(usize, FunctionId)], targets: &'a [Target]) -> Self {
        let mut world = Self {
            parts,
            targets,
            calls: Vec::new(),
            foreign: Vec::new(),
            lines: parts.iter().map(|part| LineIndex::new(&part.script.source)).collect(),
            top: FxHashMap::default(),
            abroad: FxHashMap::default(),
            reached: FxHashMap::default(),
        };
        for (at, part) in parts.iter().enumerate() {
            for &local in part.script.scopes.top_level() {
                world.top.insert(part.script.scopes[local].name.text(&part.script.source), (at, local));
            }
        }
        for (at, part) in parts.iter().enumerate() {
            for global in part.script.scopes.globals() {
                if let Some(place) = world.other_file(at, global.expr) {
                    world.abroad.entry(place).or_default().push((at, global.expr));
                }
            }
        }
        world.reach(start);
        world.calls = world.collect();
        world.foreign = world.find_foreign();
        world
    }

    pub(super) fn script(&self, part: usize) -> &'a Script {
        self.parts[part].script
    }

    /// A reason that stands at an expression.
    pub(super) fn reason(&self, part: usize, expr: ExprId, text: impl Into<String>) -> Reason {
        self.reason_at(part, self.script(part).tree()[expr].range.start, text)
    }

    /// A reason that stands at an offset.
    pub(super) fn reason_at(&self, part: usize, offset: u32, text: impl Into<String>) -> Reason {
        let path = (part != 0).then(|| self.parts[part].path.to_owned());
        Reason { text: text.into(), path, line: self.lines[part].line(offset) + 1 }
    }

    /// The local that a name means, in its own file or another.
    pub(super) fn local(&self, part: usize, expr: ExprId) -> Option<Place> {
        match self.script(part).scopes.local_of(expr) {
            Some(local) => Some((part, local)),
            None => self.other_file(part, expr),
        }
    }

    /// The local of another file that a free name means. Where some other script lacks the name, linking says nothing of
    /// it; here only this script's files count.
    fn other_file(&self, part: usize, expr: ExprId) -> Option<Place> {
        let script = self.script(part);
        if !script.scopes.is_global(expr) {
            return None;
        }
        if let Some(definition) = script.environment_of(expr)
            && let Some(file) = self.parts.iter().position(|other| other.path == definition.path)
        {
            let scopes = &self.script(file).scopes;
            let local = scopes.top_level().iter().find(|&&local| scopes[local].name.range == definition.range);
            if let Some(&local) = local {
                return Some((file, local));
            }
        }
        self.top.get(script.text(expr)).copied().filter(|(file, _)| *file != part)
    }

    /// Every use of a local, in its own file and in others.
    pub(super) fn uses(&self, place: Place) -> Vec<(usize, ExprId)> {
        let own = self.script(place.0).scopes[place.1].reads.iter().map(|&read| (place.0, read));
        own.chain(self.abroad.get(&place).into_iter().flatten().copied()).collect()
    }

    /// The calls of a named function, if it is never anything but called.
    pub(super) fn calls_of(&self, part: usize, function: FunctionId) -> Option<Vec<(usize, ExprId)>> {
        let local = self.script(part).scopes.name_of(function)?;
        if !self.script(part).scopes[local].writes.is_empty() {
            return None;
        }
        let uses = self.uses((part, local));
        uses.into_iter().map(|(at, read)| Some((at, self.script(at).call_by_callee(read)?))).collect()
    }

    /// The function that a call calls, in its own file or another.
    pub(super) fn called(&self, part: usize, call: ExprId) -> Option<(usize, FunctionId)> {
        let script = self.script(part);
        if let Some(function) = script.called_function(call) {
            return Some((part, function));
        }
        let ExprKind::Call(call) = &script.tree()[call].kind else { return None };
        let (file, local) = self.other_file(part, script.resolve(call.callee))?;
        match self.script(file).scopes.fixed(local)? {
            Init::Function(function) => Some((file, function)),
            _ => None,
        }
    }

    /// Whether the code of a function may run.
    pub(super) fn runs(&self, part: usize, function: FunctionId) -> bool {
        self.reached.contains_key(&(part, function))
    }

    /// Whether an expression may run.
    pub(super) fn is_run(&self, part: usize, expr: ExprId) -> bool {
        self.runs(part, self.script(part).scopes.function_of(expr))
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

    fn collect(&self) -> Vec<Seen<'a>> {
        let mut seen = Vec::new();
        for (part, it) in self.parts.iter().enumerate() {
            for call in &it.script.calls {
                let function = it.script.scopes.function_of(call.call);
                let Some(&around) = self.reached.get(&(part, function)) else { continue };
                if self.is_covered(part, call, function) {
                    continue;
                }
                let looped = around || in_loop(it.script, call.call);
                if let Some(spec) = call.binding.spec {
                    // Against targets that have not the command nothing was read.
                    let binding = match self.targets.iter().any(|&target| spec.is_available(target)) {
                        true => call.binding.clone(),
                        false => self.bind(part, call, None, Target::KNOWN),
                    };
                    seen.push(Seen { part, call, binding, spec: Some(spec), name: None, looped });
                    continue;
                }
                let names = call.words.first().and_then(|&word| value::texts(self, part, word));
                match names {
                    Some(names) if !names.is_empty() => seen.extend(names.into_iter().map(|name| {
                        let binding = self.bind(part, call, Some(&name), self.targets);
                        Seen { part, call, spec: binding.spec, binding, name: Some(name), looped }
                    })),
                    _ => seen.push(Seen { part, call, binding: call.binding.clone(), spec: None, name: None, looped }),
                }
            }
        }
        seen
    }

    /// Whether a call in a wrapper is there again, with its words, for each call of the wrapper.
    fn is_covered(&self, part: usize, call: &CommandCall, function: FunctionId) -> bool {
        if matches!(call.form, CallForm::Wrapper(_)) {
            return false;
        }
        let script = self.script(part);
        let passed = |word: ExprId| {
            let local = script.scopes.local_of(word).map(|local| &script.scopes[local]);
            local.is_some_and(|local| local.function == function && matches!(local.kind, LocalKind::Parameter(_)))
        };
        let passes = call.words.first().is_some_and(|&first| passed(first))
            || call.words.iter().any(|&word| script.tree()[word].kind == ExprKind::Vararg);
        if !passes {
            return false;
        }
        let Some(uses) = script.calls_of(function) else { return false };
        let wrapped = |id: &ExprId| {
            script.calls.iter().any(|other| other.form == CallForm::Wrapper(function) && other.call == *id)
        };
        !uses.is_empty() && uses.iter().all(wrapped)
    }

    /// Reads a call against other targets, its command being `name` if that is given.
    pub(super) fn bind(&self, part: usize, call: &CommandCall, name: Option<&[u8]>, targets: &[Target]) -> Binding {
        let script = self.script(part);
        let constants: Vec<Option<Constant<'_>>> = call.words.iter().map(|&word| script.constant(word)).collect();
        let last = call.words.len().wrapping_sub(1);
        let words: Vec<Word<'_>> = constants
            .iter()
            .enumerate()
            .map(|(at, constant)| match (constant, name) {
                (_, Some(name)) if at == 0 => Word::Known(name),
                (Some(Constant::String(bytes)), _) => Word::Known(bytes),
                (Some(Constant::Number(number)), _) => Word::Number(*number),
                _ if at == last && script.may_be_several(call.words[at]) => Word::Many,
                _ => Word::Unknown,
            })
            .collect();
        bind(&words, targets)
    }

    /// The calls of which it cannot be told what they do: a command that is computed, code that is not here.
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

    /// The calls of code that is not in these files.
    fn find_foreign(&self) -> Vec<Reason> {
        let mut found: Vec<Reason> = Vec::new();
        for (part, it) in self.parts.iter().enumerate() {
            for (id, expr) in it.script.tree().exprs() {
                let ExprKind::Call(call) = &expr.kind else { continue };
                if !self.is_run(part, id) {
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
                            && self.local(part, callee).is_none()
                            && !self.assigns(name) =>
                    {
                        format!("`{name}` is called, which is not defined here")
                    }
                    _ => continue,
                };
                if !found.iter().any(|other| other.text == text) {
                    found.push(self.reason(part, id, text));
                }
            }
        }
        for (part, it) in self.parts.iter().enumerate() {
            for (id, _) in it.script.tree().exprs() {
                if passes_on(it.script, id) && self.is_run(part, id) {
                    found.push(self.reason(part, id, "redis.call is passed on, and what calls it cannot be followed"));
                    break;
                }
            }
        }
        found
    }

    /// Whether some file gives a global a value.
    fn assigns(&self, name: &str) -> bool {
        self.parts.iter().any(|it| {
            let mut globals = it.script.scopes.globals().iter();
            globals.any(|global| global.write.is_some() && global.name.as_str(&it.script.source) == name)
        })
    }

    fn known_name(&self, seen: &Seen<'_>) -> Option<Vec<u8>> {
        self.script(seen.part).constant_string(seen.word(0)?)
    }

    /// Whether a word of a call is an option with this name.
    pub(super) fn has_token(seen: &Seen<'_>, token: &str) -> bool {
        seen.binding.roles.iter().any(|role| matches!(role, Role::Token(it) if it.eq_ignore_ascii_case(token)))
    }
}

/// Whether an expression is `redis.call`, or the table with it, where it is neither called nor given a name.
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
