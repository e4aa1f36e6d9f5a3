//! Runs a script on types in the place of values: statements, branches, loops to a fixed point, functions by what they are
//! called with.

use rustc_hash::{FxHashMap, FxHashSet};
use syntax::{BlockId, ExprId, ExprKind, FunctionId, StmtId, StmtKind, Tree};

use super::{
    kinds::Kinds,
    replies::Resp,
    state::{Changes, Held, Slot, State, join},
    tables::{PlaceKey, Site},
    types::{Number, TableType, Type, TypeId, Types},
};
use crate::{LocalId, LocalKind, Script};
use commands::Target;

/// How deep expressions, blocks and calls within each other are followed. Lua's own parser ends at 200 levels; what is
/// deeper is a chain of operators.
const MAX_DEPTH: u32 = 220;

/// How often the whole script is run until nothing changes.
const MAX_ROUNDS: u32 = 10;

/// From this round on, what still changes is given up: it is unknown.
const LATE: u32 = 3;

/// How often a function may be run within itself, each time with other arguments.
const MAX_REENTRIES: usize = 3;

/// With how many kinds of arguments a function is run apart.
const MAX_CONTEXTS: usize = 6;

/// Several values, as a call or `...` gives them.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Values {
    pub list: Vec<TypeId>,
    /// What may come after, any number of times.
    pub rest: Option<TypeId>,
}

impl Values {
    pub fn one(id: TypeId) -> Self {
        Self { list: vec![id], rest: None }
    }

    pub fn unknown() -> Self {
        Self { list: Vec::new(), rest: Some(Types::ANY) }
    }

    pub fn get(&self, at: usize) -> TypeId {
        self.list.get(at).copied().or(self.rest).unwrap_or(Types::NIL)
    }

    /// As one list, the last standing for what may follow it too; and whether anything may.
    pub fn all(self) -> (Vec<TypeId>, bool) {
        let mut list = self.list;
        list.extend(self.rest);
        (list, self.rest.is_some())
    }

    fn join(&mut self, other: &Self, types: &mut Types) {
        let len = self.list.len().max(other.list.len());
        self.list = (0..len).map(|at| types.join(self.get(at), other.get(at))).collect();
        self.rest = match (self.rest, other.rest) {
            (Some(a), Some(b)) => Some(types.join(a, b)),
            (a, b) => a.or(b),
        };
    }
}

/// A function that is being run.
#[derive(Debug)]
pub(super) struct Activation {
    pub id: u32,
    pub function: FunctionId,
    args: Values,
    pub varargs: Values,
    returns: Option<Values>,
}

#[derive(Clone, Debug)]
struct Context {
    args: Values,
    resp: Held,
    /// What it returns; none if it never does.
    returns: Option<Values>,
    resp_after: Held,
}

/// What is known of a function besides.
#[derive(Debug, Default)]
pub(super) struct FunctionState {
    contexts: Vec<Context>,
    /// What it returned in any context, for calls of itself.
    returns: Option<Values>,
    asked_for_returns: bool,
    /// What it is called with while it runs, for when it no longer does.
    pending: Vec<Values>,
    /// Whether something that is not followed may call it.
    pub escaped: bool,
    /// Whether one of its parameters is a command's name.
    passes_command: bool,
}

/// What two results of `pcall` say of each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outcome {
    pub value: LocalId,
    pub success: TypeId,
    pub failure: TypeId,
}

#[derive(Debug)]
pub(super) struct Interpreter<'a> {
    pub script: &'a Script,
    pub targets: &'a [Target],
    pub types: Types,
    pub state: State,
    pub exprs: Vec<TypeId>,
    pub sites: FxHashMap<ExprId, Site>,
    /// For each local that functions share, what it ever holds.
    summaries: Vec<TypeId>,
    asked_for_summary: Vec<bool>,
    captured: Vec<bool>,
    /// The locals that another function than their own assigns to.
    shared: Vec<bool>,
    /// For each statement the first local that it declares.
    first_local: Vec<Option<LocalId>>,
    /// The command calls by their expression.
    pub calls: FxHashMap<ExprId, usize>,
    pub places: FxHashMap<(LocalId, PlaceKey), Slot>,
    pub places_of: FxHashMap<LocalId, Vec<Slot>>,
    pub facts: FxHashMap<Vec<u8>, Slot>,
    pub keys_of: FxHashMap<ExprId, Slot>,
    /// Holds 2, 3 or either.
    pub resp: Slot,
    pub functions: Vec<FunctionState>,
    pub activations: Vec<Activation>,
    pub outcomes: FxHashMap<LocalId, Outcome>,
    breaks: Vec<(usize, Vec<Changes>)>,
    next_activation: u32,
    pub depth: u32,
    steps: u64,
    /// Something that was already used has changed: one more round.
    dirty: bool,
    round: u32,
    pub gave_up: bool,
    /// The calls that never return.
    pub never_returns: FxHashSet<ExprId>,
    /// What each `return` returns.
    pub returns: FxHashMap<StmtId, Returned>,
    /// For each local what its declaration, call or loop gives it.
    pub declared: Vec<TypeId>,
    /// The functions that may end without a `return`.
    pub falls_through: Vec<bool>,
}

/// What a `return` returns.
#[derive(Debug)]
pub(super) struct Returned {
    pub values: Values,
    /// The protocol that the script has asked for by then: booleans are converted by it.
    pub resp: Resp,
    pub function: FunctionId,
}

impl<'a> Interpreter<'a> {
    pub fn new(script: &'a Script, targets: &'a [Target]) -> Self {
        let scopes = &script.scopes;
        let count = scopes.locals().len();
        let tree = script.tree();
        let mut captured = vec![false; count];
        let mut shared = vec![false; count];
        let mut first_local = vec![None; tree.stmts().len()];
        for (id, local) in scopes.locals() {
            let at = id.0 as usize;
            captured[at] = local.reads.iter().any(|&read| scopes.function_of(read) != local.function);
            shared[at] = local.writes.iter().any(|write| scopes.function_of(write.target) != local.function);
            captured[at] |= shared[at];
            if let Some(stmt) = local.stmt {
                first_local[stmt.index()].get_or_insert(id);
            }
        }
        let mut state = State::new(count);
        let resp = state.add_slot();
        let calls: FxHashMap<ExprId, usize> =
            script.calls.iter().enumerate().map(|(at, call)| (call.call, at)).collect();
        let mut functions: Vec<FunctionState> = Vec::new();
        functions.resize_with(tree.functions().len(), FunctionState::default);
        for call in &script.calls {
            let Some(local) = call.words.first().and_then(|&word| scopes.local_of(word)) else { continue };
            if matches!(scopes[local].kind, LocalKind::Parameter(_)) {
                functions[scopes[local].function.index()].passes_command = true;
            }
        }
        for call in &script.calls {
            if call.words.first().is_some_and(|&word| tree[word].kind == ExprKind::Vararg) {
                functions[scopes.function_of(call.call).index()].passes_command = true;
            }
        }
        Self {
            script,
            targets,
            types: Types::new(),
            state,
            exprs: vec![Types::NEVER; tree.exprs().len()],
            sites: FxHashMap::default(),
            summaries: vec![Types::NEVER; count],
            asked_for_summary: vec![false; count],
            captured,
            shared,
            first_local,
            calls,
            places: FxHashMap::default(),
            places_of: FxHashMap::default(),
            facts: FxHashMap::default(),
            keys_of: FxHashMap::default(),
            resp,
            functions,
            activations: Vec::new(),
            outcomes: FxHashMap::default(),
            breaks: Vec::new(),
            next_activation: 0,
            depth: 0,
            steps: 0,
            dirty: false,
            round: 0,
            gave_up: false,
            never_returns: FxHashSet::default(),
            returns: FxHashMap::default(),
            declared: vec![Types::NEVER; count],
            falls_through: vec![false; tree.functions().len()],
        }
    }

    /// Runs the script, all its functions too, until nothing changes any more.
    pub fn run(&mut self) {
        for round in 0.. {
            self.dirty = false;
            self.round = round;
            self.exprs.fill(Types::NEVER);
            self.returns.clear();
            self.declared.fill(Types::NEVER);
            self.falls_through.fill(false);
            self.never_returns.clear();
            self.asked_for_summary.fill(false);
            self.sites.values_mut().for_each(|site| site.asked = false);
            for function in &mut self.functions {
                function.contexts.clear();
                function.asked_for_returns = false;
                function.pending.clear();
            }
            self.round();
            if self.gave_up || !self.dirty {
                return;
            }
            if round == MAX_ROUNDS {
                self.gave_up = true;
                return;
            }
        }
    }

    fn round(&mut self) {
        let two = self.types.add(Type::number(Number::of(2.0)));
        self.state.set(self.resp, Held { id: two, activation: 0 });
        self.call(Tree::CHUNK, Values::unknown());
        // What nothing in the script calls may be called with anything; so may what it gives away.
        for at in 1..self.functions.len() {
            let function = FunctionId(at as u32);
            let registered = self.script.library.as_ref().is_some_and(|library| library.is_callback(function));
            if registered {
                let keys = self.types.add(Type::table(TableType::Keys));
                let argv = self.types.add(Type::table(TableType::Argv));
                self.call(function, Values { list: vec![keys, argv], rest: None });
            } else if self.functions[at].escaped || self.functions[at].contexts.is_empty() {
                self.call(function, Values::unknown());
            }
        }
    }

    /// Counts the work; what is too much ends the analysis, and nothing is claimed then.
    pub fn step(&mut self) -> bool {
        self.steps += 1;
        if self.steps > 200_000 + 60 * self.exprs.len() as u64 {
            self.gave_up = true;
        }
        !self.gave_up
    }

    /// Runs `inner` one level deeper, if there is one.
    pub fn deeper<T>(&mut self, too_deep: T, inner: impl FnOnce(&mut Self) -> T) -> T {
        if self.depth >= MAX_DEPTH {
            self.gave_up = true;
            return too_deep;
        }
        self.depth += 1;
        let value = inner(self);
        self.depth -= 1;
        value
    }

    /// Notes that something has changed; who asked for it before has to ask again.
    pub fn changed(&mut self, asked: bool) {
        self.dirty |= asked;
    }

    /// Whether what still changes is to be given up.
    pub fn is_late(&self) -> bool {
        self.round >= LATE
    }

    pub fn activation(&self) -> u32 {
        self.activations.last().map_or(0, |activation| activation.id)
    }

    pub fn slot(local: LocalId) -> Slot {
        Slot(local.0)
    }

    /// Whether the local may be changed behind the back of the function that runs.
    pub fn is_shared(&self, local: LocalId) -> bool {
        self.shared[local.0 as usize]
    }

    /// Gives a local a value.
    pub fn assign(&mut self, local: LocalId, value: TypeId) {
        let at = local.0 as usize;
        if self.captured[at] && self.summaries[at] != Types::ANY {
            let mut joined = self.types.join(self.summaries[at], value);
            if joined != self.summaries[at] {
                if self.is_late() {
                    joined = Types::ANY;
                }
                self.summaries[at] = joined;
                self.changed(self.asked_for_summary[at]);
            }
        }
        let held = Held { id: value, activation: self.activation() };
        self.state.set(Self::slot(local), held);
        if let Some(places) = self.places_of.get(&local) {
            for &place in places {
                self.state.set(place, State::NOTHING);
            }
        }
    }

    /// Gives a local its first value.
    fn declare(&mut self, local: LocalId, value: TypeId) {
        let at = local.0 as usize;
        self.declared[at] = self.types.join(self.declared[at], value);
        self.assign(local, value);
    }

    /// What a function returns, whatever it is called with; none if it never does.
    pub fn results(&mut self, function: FunctionId) -> Option<Values> {
        let contexts = std::mem::take(&mut self.functions[function.index()].contexts);
        let mut all: Option<Values> = None;
        for returns in contexts.into_iter().filter_map(|context| context.returns) {
            match &mut all {
                Some(all) => all.join(&returns, &mut self.types),
                None => all = Some(returns),
            }
        }
        all
    }

    /// What a local holds.
    pub fn read(&mut self, local: LocalId) -> TypeId {
        let held = self.state.get(Self::slot(local));
        if held != State::NOTHING && held.activation == self.activation() && !self.shared[local.0 as usize] {
            return held.id;
        }
        if self.captured[local.0 as usize] {
            self.asked_for_summary[local.0 as usize] = true;
            return self.summaries[local.0 as usize];
        }
        Types::ANY
    }

    /// Calls a function of the script. `None` when it does not return.
    pub fn call(&mut self, function: FunctionId, args: Values) -> Option<Values> {
        let at = function.index();
        // A call costs several levels, so that expressions inside the function still have some.
        if self.depth + 40 > MAX_DEPTH || !self.step() {
            self.functions[at].escaped = true;
            return Some(Values::unknown());
        }
        let args = if self.functions[at].passes_command { args } else { self.without_constants(args) };
        let resp = self.state.get(self.resp);
        if let Some(context) =
            self.functions[at].contexts.iter().find(|context| context.args == args && context.resp == resp)
        {
            let context = context.clone();
            self.state.set(self.resp, context.resp_after);
            return context.returns;
        }
        let mut running = self.activations.iter().filter(|running| running.function == function);
        let same = running.clone().any(|running| running.args == args);
        if same || running.nth(MAX_REENTRIES - 1).is_some() {
            // It calls itself. What it returned so far will do; if that was not all, there is one more round.
            self.functions[at].asked_for_returns = true;
            if !same && !self.functions[at].pending.contains(&args) {
                self.functions[at].pending.push(args);
            }
            return Some(self.functions[at].returns.clone().unwrap_or(Values::one(Types::NEVER)));
        }
        let returns = self.run_context(function, args, resp);
        if !self.activations.iter().any(|running| running.function == function) {
            while let Some(args) = self.functions[at].pending.pop() {
                let args = self.without_constants(args);
                let known = self.functions[at].contexts.iter().any(|context| context.args == args);
                if !known {
                    self.run_context(function, args, resp);
                }
            }
        }
        returns
    }

    fn run_context(&mut self, function: FunctionId, mut args: Values, resp: Held) -> Option<Values> {
        let at = function.index();
        let full = self.functions[at].contexts.len() >= MAX_CONTEXTS;
        if full {
            // One more for all others; it grows until it holds them all.
            args = self.without_constants(args);
            let last = self.functions[at].contexts[MAX_CONTEXTS - 1].args.clone();
            args.join(&last, &mut self.types);
            if args == last {
                return self.functions[at].contexts[MAX_CONTEXTS - 1].returns.clone();
            }
        }
        let context = self.run_function(function, args, resp);
        let before = self.functions[at].returns.clone();
        if let Some(returns) = &context.returns
            && before.as_ref() != Some(&Values::unknown())
        {
            let mut all = before.clone().unwrap_or_else(|| returns.clone());
            all.join(returns, &mut self.types);
            if before.as_ref() != Some(&all) {
                self.functions[at].returns = Some(if self.is_late() { Values::unknown() } else { all });
                let asked = self.functions[at].asked_for_returns;
                self.changed(asked);
            }
        }
        let result = context.returns.clone();
        if full {
            if let Some(last) = self.functions[at].contexts.get_mut(MAX_CONTEXTS - 1) {
                *last = context;
            }
        } else {
            self.functions[at].contexts.push(context);
        }
        result
    }

    fn run_function(&mut self, function: FunctionId, args: Values, resp: Held) -> Context {
        let script = self.script;
        let tree = script.tree();
        let params = script.scopes.params(function).to_vec();
        self.next_activation += 1;
        let varargs = Values { list: args.list.get(params.len()..).unwrap_or_default().to_vec(), rest: args.rest };
        let id = self.next_activation;
        self.activations.push(Activation { id, function, args: args.clone(), varargs, returns: None });
        let mark = self.state.mark();
        for (nth, &param) in params.iter().enumerate() {
            let value = args.get(nth);
            self.declare(param, value);
        }
        let breaks = std::mem::take(&mut self.breaks);
        let completes = self.deeper(true, |it| it.block(tree[function].body));
        self.breaks = breaks;
        let resp_after = self.state.get(self.resp);
        self.state.undo(mark);
        self.state.set(self.resp, resp_after);
        let mut returns = self.activations.pop().and_then(|activation| activation.returns);
        if completes {
            self.falls_through[function.index()] = true;
            let nothing = Values::default();
            match &mut returns {
                Some(returns) => returns.join(&nothing, &mut self.types),
                None => returns = Some(nothing),
            }
        }
        Context { args, resp, returns, resp_after }
    }

    /// The values by their kinds: constants would make a context of each call.
    fn without_constants(&mut self, values: Values) -> Values {
        let mut strip = |id: TypeId| {
            self.types.map(id, |mut of| {
                of.number.constant = None;
                of.text.constant = None;
                of
            })
        };
        Values { list: values.list.into_iter().map(&mut strip).collect(), rest: values.rest.map(&mut strip) }
    }

    /// Runs a block; false when nothing gets past its end.
    pub fn block(&mut self, block: BlockId) -> bool {
        let script = self.script;
        for &stmt in &script.tree()[block].stmts {
            if !self.step() || !self.deeper(true, |it| it.statement(stmt)) {
                return false;
            }
        }
        true
    }

    fn statement(&mut self, id: StmtId) -> bool {
        let script = self.script;
        let tree = script.tree();
        match &tree[id].kind {
            StmtKind::Local { names, values } => {
                let given = self.eval_list(values);
                if self.ended(values) {
                    return false;
                }
                let Some(first) = self.first_local[id.index()] else { return true };
                for at in 0..names.len() {
                    self.declare(LocalId(first.0 + at as u32), given.get(at));
                }
                if let ([call], [_, _, ..]) = (&**values, &**names) {
                    self.note_outcome(*call, first, LocalId(first.0 + 1));
                }
            }
            StmtKind::Assign { targets, values } => {
                let given = self.eval_list(values);
                if self.ended(values) {
                    return false;
                }
                // Lua 5.1 assigns from the last to the first.
                for (at, &target) in targets.iter().enumerate().rev() {
                    self.store(target, given.get(at));
                }
            }
            StmtKind::Call(call) => {
                self.eval_multi(*call);
                return !self.ended(&[*call]);
            }
            StmtKind::Do(body) => return self.block(*body),
            StmtKind::While { cond, body } => return self.repeat(id, Loop::While(*cond), *body),
            StmtKind::Repeat { body, cond } => return self.repeat(id, Loop::Repeat(*cond), *body),
            StmtKind::If(stmt) => return self.branch(&stmt.arms, stmt.otherwise),
            StmtKind::NumericFor(stmt) => {
                let [start, end] = [stmt.start, stmt.end].map(|expr| self.eval(expr));
                let step = stmt.step.map(|step| self.eval(step));
                let whole = [Some(start), step].into_iter().flatten().all(|id| {
                    let of = &self.types[id];
                    of.is(Kinds::NUMBER) && of.number.whole == super::types::Whole::Yes
                });
                let _ = end;
                let counter = self.types.add(Type::number(if whole { Number::INTEGER } else { Number::ANY }));
                return self.repeat(id, Loop::For(&[counter]), stmt.body);
            }
            StmtKind::GenericFor { names, values, body } => {
                let variables = self.iterated(values, names.len());
                return self.repeat(id, Loop::For(&variables), *body);
            }
            StmtKind::Function { target, function } => {
                let value = self.function_value(*function);
                self.store(*target, value);
            }
            StmtKind::LocalFunction { function, .. } => {
                let value = self.function_value(*function);
                if let Some(local) = self.first_local[id.index()] {
                    self.declare(local, value);
                    if script.is_used_elsewhere(local) {
                        self.functions[function.index()].escaped = true;
                    }
                }
            }
            StmtKind::Return(values) => {
                let given = self.eval_list(values);
                if self.ended(values) {
                    return false;
                }
                self.returned(id, given);
                return false;
            }
            StmtKind::Break => {
                if let Some((mark, _)) = self.breaks.last() {
                    let way = self.state.since(*mark);
                    if let Some((_, ways)) = self.breaks.last_mut() {
                        ways.push(way);
                    }
                }
                return false;
            }
        }
        true
    }

    fn returned(&mut self, stmt: StmtId, given: Values) {
        let Some(activation) = self.activations.last_mut() else { return };
        match &mut activation.returns {
            Some(returns) => returns.join(&given, &mut self.types),
            None => activation.returns = Some(given.clone()),
        }
        let function = activation.function;
        let resp = self.resp();
        match self.returns.entry(stmt) {
            std::collections::hash_map::Entry::Occupied(mut entry) => {
                let known = entry.get_mut();
                known.values.join(&given, &mut self.types);
                if known.resp != resp {
                    known.resp = Resp::Either;
                }
            }
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(Returned { values: given, resp, function });
            }
        }
    }

    /// Whether evaluating one of the expressions never ended: it raises an error, or calls what does.
    fn ended(&mut self, exprs: &[ExprId]) -> bool {
        let tree = self.script.tree();
        exprs.iter().any(|&expr| matches!(tree[expr].kind, ExprKind::Call(_)) && self.never_returns.contains(&expr))
    }

    fn branch(&mut self, arms: &[(ExprId, BlockId)], otherwise: Option<BlockId>) -> bool {
        let base = self.state.mark();
        let mut ways = Vec::new();
        for &(cond, block) in arms {
            self.eval(cond);
            let here = self.state.mark();
            self.narrow(cond, true);
            if self.block(block) {
                ways.push(self.state.since(base));
            }
            self.state.undo(here);
            self.narrow(cond, false);
        }
        if otherwise.is_none_or(|block| self.block(block)) {
            ways.push(self.state.since(base));
        }
        self.state.undo(base);
        self.state.merge(&ways, &mut self.types);
        !ways.is_empty()
    }

    fn repeat(&mut self, stmt: StmtId, head: Loop<'_>, body: BlockId) -> bool {
        let script = self.script;
        let start = script.tree()[stmt].range.start;
        for round in 0.. {
            let mark = self.state.mark();
            self.breaks.push((mark, Vec::new()));
            let mut ways = Vec::new();
            match head {
                Loop::While(cond) => {
                    self.eval(cond);
                    let here = self.state.mark();
                    self.narrow(cond, false);
                    if script.constant(cond).is_none_or(|cond| !cond.is_truthy()) {
                        ways.push(self.state.since(mark));
                    }
                    self.state.undo(here);
                    self.narrow(cond, true);
                }
                Loop::For(variables) => {
                    ways.push(Changes::new());
                    if let Some(first) = self.first_local[stmt.index()] {
                        for (at, &value) in variables.iter().enumerate() {
                            self.declare(LocalId(first.0 + at as u32), value);
                        }
                    }
                }
                Loop::Repeat(_) => {}
            }
            let mut back = None;
            if self.block(body) {
                if let Loop::Repeat(cond) = head {
                    self.eval(cond);
                    let here = self.state.mark();
                    self.narrow(cond, true);
                    if script.constant(cond).is_none_or(|cond| cond.is_truthy()) {
                        ways.push(self.state.since(mark));
                    }
                    self.state.undo(here);
                    self.narrow(cond, false);
                }
                back = Some(self.state.since(mark));
            }
            self.state.undo(mark);
            ways.extend(self.breaks.pop().map(|(_, ways)| ways).unwrap_or_default());
            let again = back.is_some_and(|back| self.feed_back(&back, start, round));
            if !again || self.gave_up {
                self.state.merge(&ways, &mut self.types);
                return !ways.is_empty();
            }
        }
        true
    }

    /// Joins what holds at a loop's end with what holds at its beginning; whether that changed anything.
    fn feed_back(&mut self, back: &Changes, start: u32, round: u32) -> bool {
        let mut again = false;
        for &(slot, held) in back {
            if self.is_declared_within(slot, start) {
                continue;
            }
            let base = self.state.get(slot);
            let mut joined = join(base, held, &mut self.types);
            if joined == base {
                continue;
            }
            // Values that are different each time are soon given up.
            if joined != State::NOTHING && slot != self.resp {
                joined.id = match round {
                    0..3 => joined.id,
                    3..5 => self.types.map(joined.id, |of| Type::of(of.kinds)),
                    _ => Types::ANY,
                };
            }
            self.state.set(slot, joined);
            again |= joined != base;
        }
        again
    }

    fn is_declared_within(&self, slot: Slot, start: u32) -> bool {
        (slot.0 as usize) < self.summaries.len() && self.script.scopes[LocalId(slot.0)].scope.start > start
    }
}

/// What is before a loop's body.
#[derive(Clone, Copy)]
enum Loop<'a> {
    While(ExprId),
    Repeat(ExprId),
    /// The variables that it declares.
    For(&'a [TypeId]),
}
