//! Calls: commands, functions of the script, `pcall` around either, and the sandbox's own functions.

use commands::{
    Target,
    api::Taken,
    bind::{Binding, Role, Word, bind},
    reply::ReplyCase,
};
use syntax::{Call, ExprId, ExprKind, FunctionId, MethodCall, StmtKind};

use super::{
    interpreter::{Interpreter, Outcome, Values},
    kinds::Kinds,
    replies::{self, Asked, Bounds, Resp},
    state::State,
    types::{Real, Source, Type, TypeId, Types},
};
use crate::{ApiPath, CallForm, CommandCall, LocalId};

impl Interpreter<'_> {
    /// A call that is no method call, with all its values.
    pub(super) fn call_expr(&mut self, expr: ExprId, call: &Call) -> Values {
        let script = self.script;
        if call.args.iter().any(|&arg| script.tree()[arg].kind == ExprKind::Missing) {
            // The call is cut short: what it is given is not known.
            self.eval_list(&call.args);
            return Values::unknown();
        }
        let api = script.api(call.callee);
        match api {
            Some(ApiPath::Member("redis" | "server", name @ ("call" | "pcall"))) => {
                let args = self.eval_list(&call.args);
                let reply = self.command(expr, &call.args, &args, name == "pcall");
                if name == "call" {
                    // Neither `false` nor nil can be an argument.
                    call.args.iter().for_each(|&arg| self.survives(arg));
                }
                return Values::one(reply);
            }
            Some(ApiPath::Global("pcall" | "xpcall")) => return self.protected(expr, call),
            Some(ApiPath::Global("error")) => {
                self.eval_list(&call.args);
                self.never_returns.insert(expr);
                return Values::one(Types::NEVER);
            }
            Some(ApiPath::Global("assert")) => {
                let values = self.eval_list(&call.args);
                if let Some(&cond) = call.args.first() {
                    let kinds = self.types[values.get(0)].kinds;
                    if kinds.is_only(Kinds::FALSY) {
                        self.never_returns.insert(expr);
                        return Values::one(Types::NEVER);
                    }
                    self.narrow(cond, true);
                }
                let mut values = values;
                if let Some(first) = values.list.first_mut() {
                    *first = self.types.map(*first, |of| of.without(Kinds::FALSY));
                }
                return values;
            }
            _ => {}
        }
        let callee = self.eval(call.callee);
        let args = self.eval_list(&call.args);
        if let Some(function) = self.types[callee].function.filter(|_| self.types[callee].is(Kinds::FUNCTION)) {
            let values = self.own_call(expr, function, args);
            self.survive_as_parameters(function, 0, &call.args);
            return values;
        }
        match api {
            Some(path) if script.scopes.local_of(call.callee).is_none() || self.types[callee].is_known() => {
                let values = self.api_call(path, &call.args, args);
                self.survive_as_arguments(path, &call.args);
                values
            }
            _ => {
                self.give_away(&args);
                let may_lack = |&arg: &ExprId| self.types[self.exprs[arg.index()]].may_be_missing().is_some();
                if call.args.iter().any(may_lack)
                    && let Some(function) = self.written_as(call.callee)
                {
                    self.survive_as_parameters(function, 0, &call.args);
                }
                Values::unknown()
            }
        }
    }

    /// Returns the function that `callee` names, though its table is not followed: `function Queue.of(name)`, the
    /// only one of that name, of a local table that is never replaced.
    fn written_as(&self, callee: ExprId) -> Option<FunctionId> {
        let (script, tree) = (self.script, self.script.tree());
        let field = |expr: ExprId| {
            let ExprKind::Field { base, name } = &tree[expr].kind else { return None };
            let table = script.scopes.local_of(*base).filter(|&table| script.scopes[table].writes.is_empty())?;
            Some((table, name.text(&script.source)))
        };
        let called = field(callee)?;
        let mut found = None;
        for (_, stmt) in tree.stmts() {
            match &stmt.kind {
                StmtKind::Function { target, function } if field(*target) == Some(called) && found.is_none() => {
                    found = Some(*function);
                }
                StmtKind::Function { target, .. } if field(*target) == Some(called) => return None,
                StmtKind::Assign { targets, .. } if targets.iter().any(|&target| field(target) == Some(called)) => {
                    return None;
                }
                _ => {}
            }
        }
        found
    }

    /// A value that a function refuses was neither `false` nor nil.
    fn survive_as_arguments(&mut self, path: ApiPath<'_>, args: &[ExprId]) {
        let item = path.item();
        // What its format asks for is not followed.
        let Some(item) = item.filter(|item| !matches!(item.name, "format" | "pack" | "insert")) else { return };
        for (at, &arg) in args.iter().enumerate() {
            let Some(takes) = item.parameter(at) else { break };
            let refuses = matches!(takes.takes, Taken::Text | Taken::Number | Taken::Table | Taken::Function);
            if refuses && !takes.optional {
                self.survives(arg);
            }
        }
    }

    /// Applies the assertions on its parameters after a function of the script returned: `args` are those from `first` on.
    fn survive_as_parameters(&mut self, function: FunctionId, first: usize, args: &[ExprId]) {
        for param in self.asserted(function) {
            let at = self.script.scopes.params(function).iter().position(|&known| known == param);
            if let Some(&arg) = at.and_then(|at| args.get(at.checked_sub(first)?)) {
                self.survives(arg);
            }
        }
    }

    /// The locals that a function asserts before any of its branches: `assert(name)`, `name = assert(name)`.
    fn asserted(&self, function: FunctionId) -> Vec<LocalId> {
        let (script, tree) = (self.script, self.script.tree());
        let of_call = |expr: ExprId| {
            let ExprKind::Call(call) = &tree[tree.unparen(expr)].kind else { return None };
            let is_assert = script.api(call.callee) == Some(ApiPath::Global("assert"));
            script.scopes.local_of(*call.args.first().filter(|_| is_assert)?)
        };
        let mut found = Vec::new();
        for &stmt in &tree[tree[function].body].stmts {
            match &tree[stmt].kind {
                StmtKind::Call(call) => found.extend(of_call(*call)),
                StmtKind::Local { values, .. } | StmtKind::Assign { values, .. } => {
                    found.extend(values.iter().filter_map(|&value| of_call(value)));
                }
                StmtKind::Function { .. } | StmtKind::LocalFunction { .. } => {}
                _ => break,
            }
        }
        found
    }

    fn own_call(&mut self, expr: ExprId, function: FunctionId, args: Values) -> Values {
        let returned = self.call(function, args);
        let Some(values) = returned else {
            self.never_returns.insert(expr);
            return Values::one(Types::NEVER);
        };
        self.never_returns.remove(&expr);
        match self.wrapped(expr, function) {
            Some(reply) if !self.types[values.get(0)].is_known() => Values::one(reply),
            _ => values,
        }
    }

    /// The reply to a call of a function that does nothing but pass it on.
    fn wrapped(&mut self, expr: ExprId, function: FunctionId) -> Option<TypeId> {
        let script = self.script;
        let call = &script.calls[*self.calls.get(&expr)?];
        if call.form != CallForm::Wrapper(function) {
            return None;
        }
        let [only] = *script.tree()[script.tree()[function].body].stmts else { return None };
        let StmtKind::Return(values) = &script.tree()[only].kind else { return None };
        let [inner] = **values else { return None };
        let inner_form = script.calls[*self.calls.get(&inner)?].form;
        let reply = self.reply_to(expr, call);
        Some(match inner_form {
            CallForm::Pcall => self.or_error(reply, expr),
            _ => reply,
        })
    }

    /// The reply to a call whose words are read where they stand.
    fn reply_to(&mut self, expr: ExprId, call: &CommandCall) -> TypeId {
        let script = self.script;
        let closed = call.words.last().is_some_and(|&last| !script.may_be_several(last));
        let word = |at: usize| script.constant(*call.words.get(at)?)?.as_bytes().map(std::borrow::Cow::into_owned);
        let bounds = bounds(&call.binding, word);
        let asked = Asked { call: expr, binding: &call.binding, cases: &call.replies, closed, bounds };
        let resp = self.resp();
        let reply = replies::reply(&mut self.types, asked, resp);
        self.as_altered(reply, expr)
    }

    pub(super) fn resp(&self) -> Resp {
        let held = self.state.get(self.resp);
        if held == State::NOTHING {
            return Resp::Either;
        }
        match self.types[held.id].number.constant {
            Some(Real(2.0)) => Resp::Two,
            Some(Real(3.0)) => Resp::Three,
            _ => Resp::Either,
        }
    }

    /// `redis.call` or `redis.pcall` with these words: the reply.
    fn command(&mut self, expr: ExprId, words: &[ExprId], given: &Values, protected: bool) -> TypeId {
        let script = self.script;
        let known = self.calls.get(&expr).map(|&at| &script.calls[at]);
        // What a call at the end gives is one word to the binding, however much is known of it here.
        let mut closed = given.rest.is_none() && words.last().is_none_or(|&last| !script.may_be_several(last));
        let here;
        let (binding, cases): (&Binding, &[&ReplyCase]) = match known {
            // What the words are may be known here only: a wrapper with its caller's command.
            None => (&Binding { spec: None, roles: Vec::new(), problems: Vec::new() }, &[]),
            Some(call) if call.binding.spec.is_none() => {
                here = self.bind_here(given);
                closed = given.rest.is_none();
                (&here.0, &here.1)
            }
            Some(call) => (&call.binding, &call.replies),
        };
        let types = &self.types;
        let bounds = bounds(binding, |at| {
            let of = &types[given.get(at)];
            match (&of.text.constant, of.number.constant) {
                (Some(text), _) => Some(text.to_vec()),
                (None, Some(Real(number))) => Some(format!("{number}").into_bytes()),
                _ => None,
            }
        });
        let asked = Asked { call: expr, binding, cases, closed, bounds };
        let resp = self.resp();
        let mut reply = replies::reply(&mut self.types, asked, resp);
        reply = self.as_altered(reply, expr);
        self.note_key(expr, words, binding);
        if self.is_of_own_key(expr, given) {
            reply = self.types.map(reply, |of| Type { missing: None, ..of });
        }
        if protected {
            reply = self.or_error(reply, expr);
        }
        reply
    }

    /// Binds a call by the types of its words at this point.
    fn bind_here(&self, given: &Values) -> (Binding, Vec<&'static ReplyCase>) {
        let mut words: Vec<Word<'_>> = given
            .list
            .iter()
            .map(|&id| {
                let of = &self.types[id];
                match (&of.text.constant, of.number.constant) {
                    (Some(text), _) if of.is(Kinds::STRING) => Word::Known(text),
                    (_, Some(Real(number))) if of.is(Kinds::NUMBER) => Word::Number(number),
                    _ => Word::Unknown,
                }
            })
            .collect();
        if given.rest.is_some() {
            words.push(Word::Many);
        }
        let targets: &[Target] = self.targets;
        let binding = bind(&words, targets);
        let cases = binding.replies(&words);
        (binding, cases)
    }

    /// True if a call reads something that another call found in the same key: the rank of a member that the key gave is there.
    fn is_of_own_key(&self, expr: ExprId, given: &Values) -> bool {
        let Some(reads) = self.reads.get(&expr) else { return false };
        given.list.iter().skip(2).any(|&word| match self.types[word].source {
            Source::Reply(other) => other != expr && self.reads.get(&other).is_some_and(|other| other.key == reads.key),
            _ => false,
        })
    }

    /// `pcall(f, …)` and `xpcall(f, handler)`.
    fn protected(&mut self, expr: ExprId, call: &Call) -> Values {
        let script = self.script;
        let args = self.eval_list(&call.args);
        let Some(&first) = call.args.first() else { return Values::unknown() };
        let is_pcall = script.api(call.callee) == Some(ApiPath::Global("pcall"));
        let inner_args = if is_pcall {
            Values { list: args.list.get(1..).unwrap_or_default().to_vec(), rest: args.rest }
        } else {
            Values::default()
        };
        let function = self.types[args.get(0)].function;
        let inner = match (script.api(first), function) {
            (Some(ApiPath::Member("redis" | "server", name @ ("call" | "pcall"))), _) if is_pcall => {
                Values::one(self.command(expr, &call.args[1..], &inner_args, name == "pcall"))
            }
            (_, Some(function)) => {
                let state = self.state.mark();
                let values = self.call(function, inner_args).unwrap_or(Values::one(Types::NEVER));
                let _ = state;
                values
            }
            (Some(path), None) => self.api_call(path, call.args.get(1..).unwrap_or_default(), inner_args),
            _ => {
                self.give_away(&args);
                Values::unknown()
            }
        };
        let ok = self.types.add(Type::of(Kinds::BOOLEAN));
        let caught = self.caught(expr, is_pcall);
        let mut values = Values { list: vec![ok], rest: inner.rest };
        let first = self.types.join(inner.get(0), caught);
        values.list.push(first);
        values.list.extend(inner.list.iter().skip(1));
        values
    }

    /// Returns the type of an error that a protected call catches: text, but Redis 6.2 leaves tables as they are, and so does
    /// `xpcall`, whose handler gets the raised value.
    fn caught(&mut self, expr: ExprId, is_pcall: bool) -> TypeId {
        let tables = self.targets.iter().any(|target| !target.since(7, 0));
        let kinds = if is_pcall && !tables { Kinds::STRING } else { Kinds::STRING | Kinds::UNKNOWN };
        self.types.add(Type::of(kinds).from(Source::Caught(expr)))
    }

    /// For `local ok, value = pcall(…)`: notes the types of `value` by `ok`.
    pub(super) fn note_outcome(&mut self, call: ExprId, ok: LocalId, value: LocalId) {
        let script = self.script;
        let ExprKind::Call(inner) = &script.tree()[call].kind else { return };
        if script.api(inner.callee) != Some(ApiPath::Global("pcall")) {
            return;
        }
        let fixed = [ok, value].iter().all(|&local| script.scopes[local].writes.is_empty());
        if !fixed || self.is_shared(ok) || self.is_shared(value) {
            return;
        }
        let failure = self.caught(call, true);
        let held = self.read(value);
        let success = self.types.map(held, |of| {
            let from_reply = !matches!(of.source, Source::Caught(_)) || of.kinds.has(!Kinds::STRING);
            if from_reply { of } else { Type::of(Kinds::UNKNOWN) }
        });
        // Whether the text is a reply or an error cannot be told from the joined type: the reply is asked for again.
        let success = match self.calls.get(&call) {
            Some(&at) => {
                let known = &script.calls[at];
                let reply = self.reply_to(call, known);
                let pcall = inner
                    .args
                    .first()
                    .is_some_and(|&first| matches!(script.api(first), Some(ApiPath::Member(_, "pcall"))));
                if pcall { self.or_error(reply, call) } else { reply }
            }
            None => success,
        };
        self.outcomes.insert(ok, Outcome { value, success, failure });
    }

    /// `base:name(…)`
    pub(super) fn method_call(&mut self, expr: ExprId, call: &MethodCall) -> Values {
        let script = self.script;
        let base = self.eval(call.base);
        let args = self.eval_list(&call.args);
        let name = call.name.as_str(&script.source);
        if self.types[base].is(Kinds::STRING | Kinds::ABSENT | Kinds::FALSE | Kinds::NIL)
            && commands::api::member("string", name).is_some()
        {
            self.survives(call.base);
            let mut all = Values { list: vec![base], rest: args.rest };
            all.list.extend(&args.list);
            return self.api_call(ApiPath::Member("string", name), &[], all);
        }
        if self.types[base].is(Kinds::TABLE) {
            let method = self.method(call.base, base, call.name.text(&script.source));
            let of = &self.types[method];
            // What is nil stops the script: what comes after a call called the function.
            if let Some(function) = of.function.filter(|_| of.is(Kinds::FUNCTION | Kinds::ANY_NIL)) {
                let mut all = Values { list: vec![base], rest: args.rest };
                all.list.extend(&args.list);
                let values = self.own_call(expr, function, all);
                self.survive_as_parameters(function, 1, &call.args);
                return values;
            }
            if of.kinds.is_only(Kinds::ANY_NIL) {
                self.give_away(&args);
                return Values::unknown();
            }
        }
        self.escape(base);
        self.give_away(&args);
        Values::unknown()
    }

    /// Marks values that go to unknown code.
    pub(super) fn give_away(&mut self, values: &Values) {
        for &value in values.list.iter().chain(&values.rest) {
            self.escape(value);
        }
        self.unknown_has_run();
    }
}

/// Returns the limits of a call that asks for a range.
fn bounds(binding: &Binding, word: impl Fn(usize) -> Option<Vec<u8>>) -> Bounds {
    let count = binding.roles.iter().position(|role| *role == Role::Value("count"));
    let may_be_none = match count {
        Some(at) => word(at).is_none_or(|text| text == b"0" || text.starts_with(b"-")),
        None => binding.roles.contains(&Role::Unknown),
    };
    Bounds { limited: is_limited(binding, word), may_be_none }
}

/// True if a call for a range says how much it wants at most: a count, a limit, or two ends that are near each other.
fn is_limited(binding: &Binding, word: impl Fn(usize) -> Option<Vec<u8>>) -> bool {
    let Some(spec) = binding.spec else { return true };
    if let Some(at) = binding.roles.iter().position(|role| matches!(role, Role::Token("LIMIT" | "COUNT"))) {
        // A negative count behind LIMIT's offset is no limit.
        return binding.roles[at] != Role::Token("LIMIT") || !word(at + 2).is_some_and(|text| text.starts_with(b"-"));
    }
    if binding.roles.contains(&Role::Unknown) {
        return true;
    }
    let by_rank = match spec.name {
        "LRANGE" | "ZREVRANGE" => true,
        "ZRANGE" => !binding.roles.iter().any(|role| matches!(role, Role::Token("BYSCORE" | "BYLEX"))),
        _ => return false,
    };
    // A range by rank is as long as the collection only from its first to its last element.
    by_rank && {
        let number = |at: usize| word(at).and_then(|text| String::from_utf8(text).ok()?.parse::<i64>().ok());
        !matches!((number(2), number(3)), (Some(0 | 1), Some(-1)))
    }
}
