//! Functions of the script: run for each kind of arguments that they are called with.

use syntax::FunctionId;

use super::{
    interpreter::{Activation, Context, Interpreter, MAX_DEPTH, Values},
    state::Held,
    types::{TypeId, Types},
};

/// Number of times a function may be run within itself, each time with other arguments.
const MAX_REENTRIES: usize = 3;

/// Most kinds of arguments for which a function is run separately.
const MAX_CONTEXTS: usize = 6;

impl Interpreter<'_> {
    /// Calls a function of the script. `None` when it does not return.
    pub fn call(&mut self, function: FunctionId, args: Values) -> Option<Values> {
        let returns = self.returned_by(function, args);
        self.has_run(function);
        returns
    }

    fn returned_by(&mut self, function: FunctionId, args: Values) -> Option<Values> {
        let at = function.index();
        // A call costs several levels, so that expressions inside the function still have some.
        if self.depth + 40 > MAX_DEPTH || !self.step() {
            self.give_function_away(function);
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
}
