//! Runs a script on types instead of values: statements, branches, loops to a fixed point, functions by the arguments of
//! their calls.

use rustc_hash::{FxHashMap, FxHashSet};
use syntax::{ExprId, ExprKind, FunctionId, StmtId, Tree};

use super::{
    effects::{Alteration, Origin, Writes},
    observed::{Reads, Subject},
    replies::Resp,
    site::{PlaceKey, Site},
    state::{Changes, Held, Slot, State},
    types::{Number, TableType, Type, TypeId, Types},
};
use crate::{LocalId, LocalKind, Script};
use commands::Target;

/// Greatest depth of nested expressions, blocks and calls that is followed. Lua's own parser ends at 200 levels;
/// deeper nesting comes from chains of operators.
pub(super) const MAX_DEPTH: u32 = 220;

/// Number of times the whole script is run until nothing changes.
const MAX_ROUNDS: u32 = 10;

/// From this round on, types that still change become unknown.
const LATE: u32 = 3;

/// Most values that are kept one by one: Lua has 250 registers.
const MAX_VALUES: usize = 250;

/// Several values, as a call or `...` gives them.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Values {
    pub list: Vec<TypeId>,
    /// Type of any further values; their number is unknown.
    pub rest: Option<TypeId>,
}

impl Values {
    pub fn one(id: TypeId) -> Self {
        Self { list: vec![id], rest: None }
    }

    pub fn unknown() -> Self {
        Self { list: Vec::new(), rest: Some(Types::ANY) }
    }

    /// Limits the list to the values that Lua has room for in a call that is written out: each call in a recursion may
    /// add one.
    pub fn bounded(mut self, types: &mut Types) -> Self {
        if self.list.len() > MAX_VALUES {
            let rest =
                self.list.drain(MAX_VALUES..).fold(self.rest.unwrap_or(Types::NEVER), |all, id| types.join(all, id));
            self.rest = Some(rest);
        }
        self
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

    pub fn join(&mut self, other: &Self, types: &mut Types) {
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
    pub args: Values,
    pub varargs: Values,
    pub returns: Option<Values>,
}

#[derive(Clone, Debug)]
pub(super) struct Context {
    pub args: Values,
    pub resp: Held,
    /// Its results; none if it never returns.
    pub returns: Option<Values>,
    pub resp_after: Held,
}

/// State of a function across its contexts.
#[derive(Debug, Default)]
pub(super) struct FunctionState {
    pub contexts: Vec<Context>,
    /// Its results in any context, for calls of itself.
    pub returns: Option<Values>,
    pub asked_for_returns: bool,
    /// Arguments of calls while it runs; followed afterwards.
    pub pending: Vec<Values>,
    /// True if unknown code may call it.
    pub escaped: bool,
    /// The elements of tables that it writes.
    pub writes: Writes,
    /// True if one of its parameters is a command's name.
    pub passes_command: bool,
}

/// Types of the second result of `pcall`: on success and on failure.
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
    /// For each local that functions share, the union of its values.
    pub summaries: Vec<TypeId>,
    pub asked_for_summary: Vec<bool>,
    pub captured: Vec<bool>,
    /// The locals that another function than their own assigns to.
    pub shared: Vec<bool>,
    /// For each statement the first local that it declares.
    pub first_local: Vec<Option<LocalId>>,
    /// The command calls by their expression.
    pub calls: FxHashMap<ExprId, usize>,
    pub places: FxHashMap<(LocalId, PlaceKey), Slot>,
    pub places_of: FxHashMap<LocalId, Vec<Slot>>,
    pub places_by_key: FxHashMap<PlaceKey, Vec<(LocalId, Slot)>>,
    /// The places of elements at numbers.
    pub numbered_places: Vec<(LocalId, Slot)>,
    /// The writes of the functions that unknown code may call.
    pub escaped_writes: Writes,
    pub facts: FxHashMap<Subject, Slot>,
    pub reads: FxHashMap<ExprId, Reads>,
    /// Holds 2, 3 or either.
    pub resp: Slot,
    pub functions: Vec<FunctionState>,
    pub activations: Vec<Activation>,
    pub outcomes: FxHashMap<LocalId, Outcome>,
    pub breaks: Vec<(usize, Vec<Changes>)>,
    pub next_activation: u32,
    pub depth: u32,
    pub steps: u64,
    /// True if a type that was already used has changed: one more round is needed.
    pub dirty: bool,
    pub round: u32,
    pub gave_up: bool,
    /// The changes that the script makes to tables that it does not construct.
    pub altered: FxHashMap<Origin, Alteration>,
    /// True if the next round begins anew: what functions share may still be of tables that are now known to be changed.
    pub anew: bool,
    /// The calls that never return.
    pub never_returns: FxHashSet<ExprId>,
    /// Values of each `return`.
    pub returns: FxHashMap<StmtId, Returned>,
    /// For each local, the type that its declaration, call or loop gives it.
    pub declared: Vec<TypeId>,
    /// The functions that may end without a `return`.
    pub falls_through: Vec<bool>,
}

/// Values of a `return`.
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
            places_by_key: FxHashMap::default(),
            numbered_places: Vec::new(),
            escaped_writes: Writes::default(),
            facts: FxHashMap::default(),
            reads: FxHashMap::default(),
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
            altered: FxHashMap::default(),
            anew: false,
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
            if std::mem::take(&mut self.anew) && !self.is_late() {
                self.summaries.fill(Types::NEVER);
                self.sites.clear();
                self.escaped_writes = Writes::default();
                for function in &mut self.functions {
                    (function.returns, function.escaped) = (None, false);
                    function.writes = Writes::default();
                }
            }
            if round == MAX_ROUNDS {
                self.gave_up = true;
                return;
            }
        }
    }

    fn round(&mut self) {
        let two = self.types.add(Type::number(Number::of(2.0)));
        // What a missing file or a program pastes in may ask for another protocol.
        let first = if self.script.environment.incomplete { self.types.add(Type::number(Number::ANY)) } else { two };
        self.state.set(self.resp, Held { id: first, activation: 0 });
        self.call(Tree::CHUNK, Values::unknown());
        // What nothing in the script calls may be called with anything; so may what it gives away.
        for at in 1..self.functions.len() {
            let function = FunctionId(at as u32);
            let registered = self.script.library.as_ref().is_some_and(|library| library.is_callback(function));
            if registered {
                let keys = self.types.add(Type::table(TableType::Keys));
                let argv = self.types.add(Type::table(TableType::Argv));
                // Each call of a client's begins with RESP2, whatever the one before asked for.
                self.state.set(self.resp, Held { id: first, activation: 0 });
                self.call(function, Values { list: vec![keys, argv], rest: None });
            } else if self.functions[at].escaped || self.functions[at].contexts.is_empty() {
                self.call(function, Values::unknown());
            }
        }
    }

    /// Counts the work. Returns false when there is too much: the analysis ends, and nothing is claimed.
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

    /// True if types that still change become unknown.
    pub fn is_late(&self) -> bool {
        self.round >= LATE
    }

    pub fn activation(&self) -> u32 {
        self.activations.last().map_or(0, |activation| activation.id)
    }

    pub fn slot(local: LocalId) -> Slot {
        Slot(local.0)
    }

    /// True if other functions than the running one may change the local.
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
    pub fn declare(&mut self, local: LocalId, value: TypeId) {
        let at = local.0 as usize;
        self.declared[at] = self.types.join(self.declared[at], value);
        self.assign(local, value);
    }

    /// Returns the results of a function for all its arguments; none if it never returns.
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

    /// Returns the type of a local.
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
}
