//! Finds the command calls of a script and binds their words: `redis.call` and `redis.pcall`, through aliases, `pcall` and wrapper
//! functions.

use commands::{
    Target,
    bind::{Binding, Word, bind},
};
use syntax::{ExprId, ExprKind, FunctionId};

use crate::{ApiPath, CallForm, CommandCall, Constant, LocalKind, Script};

/// A word of a wrapper's inner call.
enum Passed {
    /// An expression of the wrapper.
    Own(ExprId),
    /// The wrapper's parameter.
    Parameter(u32),
    /// The wrapper's `...`.
    Rest,
}

impl Script {
    /// Finds the command calls and reads them against `targets`.
    pub fn bind_commands(&mut self, targets: &[Target]) {
        let mut calls = Vec::new();
        for (id, expr) in self.tree().exprs() {
            let ExprKind::Call(call) = &expr.kind else { continue };
            let found = match self.api(call.callee) {
                Some(ApiPath::Member("redis" | "server", "call")) => Some((CallForm::Call, &call.args[..])),
                Some(ApiPath::Member("redis" | "server", "pcall")) => Some((CallForm::Pcall, &call.args[..])),
                Some(ApiPath::Global("pcall")) => call.args.split_first().and_then(|(first, rest)| {
                    matches!(self.api(*first), Some(ApiPath::Member("redis" | "server", "call" | "pcall")))
                        .then_some((CallForm::Protected, rest))
                }),
                _ => None,
            };
            if let Some((form, words)) = found {
                calls.push(self.read_call(id, form, words.to_vec(), targets));
            }
        }
        let wrapped = self.wrapped_calls(&calls, targets);
        calls.extend(wrapped);
        calls.sort_by_key(|call| self.tree()[call.call].range.start);
        self.calls = calls;
        self.targets = targets.to_vec();
        self.flow = std::sync::OnceLock::new();
    }

    fn read_call(&self, call: ExprId, form: CallForm, words: Vec<ExprId>, targets: &[Target]) -> CommandCall {
        let (binding, replies) = self.with_words(&words, None, |read| {
            let binding = bind(read, targets);
            let replies = binding.replies(read);
            (binding, replies)
        });
        CommandCall { call, form, words, binding, replies }
    }

    /// Reads the words of a call against `targets`, its command being `name` if that is given.
    pub(crate) fn bind_words(&self, words: &[ExprId], name: Option<&[u8]>, targets: &[Target]) -> Binding {
        self.with_words(words, name, |read| bind(read, targets))
    }

    /// Reads each word as far as it is known; the first is `name` if that is given.
    fn with_words<R>(&self, words: &[ExprId], name: Option<&[u8]>, read: impl FnOnce(&[Word<'_>]) -> R) -> R {
        let constants: Vec<Option<Constant<'_>>> = words.iter().map(|&word| self.constant(word)).collect();
        let last = words.len().wrapping_sub(1);
        let known: Vec<Word<'_>> = words
            .iter()
            .zip(&constants)
            .enumerate()
            .map(|(at, (&word, constant))| match (constant, name) {
                (_, Some(name)) if at == 0 => Word::Known(name),
                (Some(Constant::String(bytes)), _) => Word::Known(bytes),
                (Some(Constant::Number(number)), _) => Word::Number(*number),
                _ if at == last && self.may_be_several(word) => Word::Many,
                _ => Word::Unknown,
            })
            .collect();
        read(&known)
    }

    /// The command call that an expression is.
    pub fn command_call(&self, expr: ExprId) -> Option<&CommandCall> {
        let start = |call: &CommandCall| self.tree()[call.call].range.start;
        let from = self.calls.partition_point(|call| start(call) < self.tree()[expr].range.start);
        self.calls[from..]
            .iter()
            .take_while(|call| start(call) == self.tree()[expr].range.start)
            .find(|it| it.call == expr)
    }

    /// True if a call is the inside of a wrapper, and there again, with its words, for each call of the wrapper.
    pub fn is_wrapper_body(&self, call: &CommandCall) -> bool {
        let function = self.scopes.function_of(call.call);
        let is_wrapped =
            |&outer: &ExprId| self.command_call(outer).is_some_and(|call| call.form == CallForm::Wrapper(function));
        !matches!(call.form, CallForm::Wrapper(_))
            && self.passed_words(call, function).is_some()
            && self.calls_of(function).is_some_and(|uses| uses.iter().all(is_wrapped))
    }

    /// The calls of functions that pass their arguments to `redis.call`.
    fn wrapped_calls(&self, direct: &[CommandCall], targets: &[Target]) -> Vec<CommandCall> {
        let mut found = Vec::new();
        for inner in direct {
            let function = self.scopes.function_of(inner.call);
            let Some(words) = self.passed_words(inner, function) else { continue };
            let Some(uses) = self.calls_of(function) else { continue };
            for id in uses {
                let args = match &self.tree()[id].kind {
                    ExprKind::Call(call) if !self.tree()[function].method => &call.args,
                    ExprKind::MethodCall(call) if self.tree()[function].method => &call.args,
                    _ => continue,
                };
                let mut outer = Vec::new();
                let mut whole = true;
                for word in &words {
                    match word {
                        Passed::Own(expr) => outer.push(*expr),
                        Passed::Parameter(at) => match args.get(*at as usize) {
                            Some(&arg) if !self.tree().is_multi(arg) || (*at as usize + 1) < args.len() => {
                                outer.push(arg);
                            }
                            _ => whole = false,
                        },
                        Passed::Rest => {
                            let params = self.tree()[function].params.len();
                            outer.extend(args.get(params..).unwrap_or_default());
                        }
                    }
                }
                if whole && !outer.is_empty() {
                    found.push(self.read_call(id, CallForm::Wrapper(function), outer, targets));
                }
            }
        }
        found
    }

    /// The words of a call in a wrapper, if its command or its number of words depends on the wrapper's caller.
    fn passed_words(&self, inner: &CommandCall, function: FunctionId) -> Option<Vec<Passed>> {
        self.named_by(function)?;
        let words: Vec<Passed> = inner
            .words
            .iter()
            .map(|&word| {
                if self.tree()[word].kind == ExprKind::Vararg {
                    return Passed::Rest;
                }
                match self.scopes.local_of(word).map(|local| &self.scopes[local]) {
                    Some(local) if local.function == function && local.writes.is_empty() => match local.kind {
                        LocalKind::Parameter(at) => Passed::Parameter(at),
                        _ => Passed::Own(word),
                    },
                    _ => Passed::Own(word),
                }
            })
            .collect();
        let passes = matches!(words.first(), Some(Passed::Parameter(_) | Passed::Rest))
            || words.iter().any(|word| matches!(word, Passed::Rest));
        passes.then_some(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(source: &str) -> Vec<String> {
        let mut script = Script::new(source.as_bytes().into(), None);
        script.bind_commands(&[Target::DEFAULT]);
        script.calls.iter().map(|call| format!("{:?}", call.name().unwrap_or("?"))).collect()
    }

    #[test]
    fn calls_are_found_through_aliases_and_wrappers() {
        assert_eq!(names("return redis.call('GET', KEYS[1])"), ["\"GET\""]);
        assert_eq!(names("local rcall = redis.call; rcall('DEL', 'a')"), ["\"DEL\""]);
        assert_eq!(names("local r = redis; return r.pcall('get', 'a')"), ["\"GET\""]);
        assert_eq!(names("local cmd = 'ZA' .. 'DD'; redis.call(cmd, 'a', 1, 'b')"), ["\"ZADD\""]);
        assert_eq!(names("return pcall(redis.call, 'XINFO', 'STREAM', KEYS[1])"), ["\"XINFO STREAM\""]);
        assert_eq!(
            names("local function call(c, ...) return redis.call(c, ...) end\nreturn call('INCR', KEYS[1])"),
            ["\"?\"", "\"INCR\""]
        );
        assert_eq!(names("server.call('TIME')"), ["\"TIME\""]);
        assert_eq!(names("local redis = {}; redis.call('TIME')"), Vec::<String>::new());
    }
}
