//! The input of a rule and the sink of its findings.

use std::{cell::OnceCell, collections::BTreeMap};

use commands::{
    Target,
    api::{self, Context as ApiContext},
};
use semantic::{
    CommandCall, Script,
    values::{KeyWord, Template, Values},
};
use syntax::{ExprId, FunctionId, Tree};
use text::TextRange;

use crate::{
    Diagnostic, Edit, Fix, Judge, Level, Options, Related, Rule, Tag,
    library_calls::{self, LibraryCall},
};

/// The script and settings that a rule judges by.
#[derive(Debug)]
pub struct Context<'a> {
    /// The script.
    pub script: &'a Script,
    /// Every rule, sorted by code.
    pub rules: &'static [&'static Rule],
    /// The servers it is meant for; never empty.
    pub targets: &'a [Target],
    /// True if the targets were named.
    pub has_target: bool,
    /// The modules that the servers have.
    pub modules: &'a [String],
    /// The engine that tries calls, if any.
    pub judge: Option<Judge>,
    /// True if it is to run on a cluster.
    pub cluster: bool,
    /// Levels other than the rules' own; `None` switches a rule off.
    pub levels: &'a BTreeMap<String, Option<Level>>,
    values: OnceCell<Values<'a>>,
    keys: OnceCell<Vec<CallKey>>,
    library_calls: OnceCell<Vec<LibraryCall<'a>>>,
}

/// A key of one of the script's calls.
#[derive(Debug)]
pub struct CallKey {
    /// The call, by its place in [`Script::calls`].
    pub call: usize,
    /// The key.
    pub key: KeyWord,
}

impl<'a> Context<'a> {
    /// A script as rules see it.
    pub fn new(script: &'a Script, options: &'a Options, rules: &'static [&'static Rule]) -> Self {
        Self {
            script,
            rules,
            targets: &options.targets,
            has_target: options.has_target,
            modules: &options.modules,
            judge: options.judge,
            cluster: options.cluster,
            levels: &options.levels,
            values: OnceCell::new(),
            keys: OnceCell::new(),
            library_calls: OnceCell::new(),
        }
    }

    /// Copies the context with another setting of `cluster`.
    pub fn with_cluster(&self, cluster: bool) -> Self {
        let Self { script, rules, targets, has_target, modules, judge, levels, .. } = *self;
        Self {
            script,
            rules,
            targets,
            has_target,
            modules,
            judge,
            cluster,
            levels,
            values: OnceCell::new(),
            keys: OnceCell::new(),
            library_calls: OnceCell::new(),
        }
    }

    /// The makings of the file's values.
    pub fn values(&self) -> &Values<'a> {
        self.values.get_or_init(|| Values::of_file(self.script))
    }

    /// The makings of an expression.
    pub fn templates(&self, expr: ExprId) -> Vec<Template> {
        self.values().templates(0, expr)
    }

    /// The keys of all calls, in the order of the calls.
    pub fn keys(&self) -> &[CallKey] {
        self.keys.get_or_init(|| {
            let of_call = |(at, call): (usize, &CommandCall)| {
                let keys = self.values().keys(0, &call.words, &call.binding);
                keys.into_iter().map(move |key| CallKey { call: at, key })
            };
            self.script.calls.iter().enumerate().flat_map(of_call).collect()
        })
    }

    /// Calls of the sandbox's functions.
    pub fn library_calls(&self) -> &[LibraryCall<'a>] {
        self.library_calls.get_or_init(|| library_calls::find(self.script))
    }

    /// The tree.
    pub fn tree(&self) -> &'a Tree {
        self.script.tree()
    }

    /// True if the settings make an error of every key that does not come from KEYS, as servers do that look at nothing else.
    pub fn wants_declared_keys(&self) -> bool {
        self.levels.get("undeclared-key") == Some(&Some(Level::Error))
    }

    /// Returns true if the rule with a code is on.
    pub fn is_active(&self, code: &str) -> bool {
        !matches!(self.levels.get(code), Some(None))
    }

    /// The source.
    pub fn source(&self) -> &'a [u8] {
        &self.script.source
    }

    /// Returns the range of an expression.
    pub fn range(&self, expr: ExprId) -> TextRange {
        self.tree()[expr].range
    }

    /// Source text, as it may be shown: on one line and not too long.
    pub fn shown(&self, range: TextRange) -> String {
        let text = self.script.text_of(range);
        let mut words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if words.chars().count() > 48 {
            words = words.chars().take(45).collect::<String>() + "…";
        }
        words
    }

    /// The phase of the server in which a function's code runs.
    pub fn api_context(&self, function: FunctionId) -> ApiContext {
        match &self.script.library {
            None => ApiContext::Eval,
            Some(library) if library.runs_at_load(function) => ApiContext::LibraryLoad,
            Some(_) => ApiContext::Function,
        }
    }

    /// Returns true if any target has the global in a context.
    pub fn has_global(&self, name: &str, context: ApiContext) -> bool {
        self.targets.iter().any(|&target| api::has_global(name, target, context))
    }

    /// The 1-based line of an offset.
    pub fn line(&self, offset: u32) -> usize {
        memchr::memchr_iter(b'\n', &self.source()[..(offset as usize).min(self.source().len())]).count() + 1
    }
}

/// " on redis 6.2 and redis 7.0", or nothing for all targets.
pub(crate) fn on_targets(targets: &[Target]) -> String {
    if targets.is_empty() { String::new() } else { format!(" on {}", commands::listed(targets)) }
}

/// The findings of a rule so far.
#[derive(Debug)]
pub struct Sink<'a> {
    rule: &'static Rule,
    /// The level from the configuration, if it names the rule.
    level: Option<Level>,
    out: &'a mut Vec<Diagnostic>,
}

impl<'a> Sink<'a> {
    pub(crate) fn new(rule: &'static Rule, level: Option<Level>, out: &'a mut Vec<Diagnostic>) -> Self {
        Self { rule, level, out }
    }

    /// Reports a finding; more can be said of it with what this returns.
    pub fn report(&mut self, range: TextRange, message: impl Into<String>) -> Finding<'_> {
        self.out.push(Diagnostic {
            code: self.rule.code,
            level: self.level.unwrap_or(self.rule.level),
            range,
            message: message.into(),
            help: None,
            related: Vec::new(),
            tag: None,
            fix: None,
        });
        let at = self.out.len() - 1;
        Finding { diagnostic: &mut self.out[at], fixed_level: self.level.is_some() }
    }
}

/// A finding that is being reported.
#[derive(Debug)]
pub struct Finding<'a> {
    diagnostic: &'a mut Diagnostic,
    fixed_level: bool,
}

impl Finding<'_> {
    /// Adds what to do about it.
    pub fn help(self, help: impl Into<String>) -> Self {
        self.diagnostic.help = Some(help.into());
        self
    }

    /// Sets another level than the rule's, unless the configuration sets one.
    pub fn level(self, level: Level) -> Self {
        if !self.fixed_level {
            self.diagnostic.level = level;
        }
        self
    }

    /// Sets how editors render it.
    pub fn tag(self, tag: Tag) -> Self {
        self.diagnostic.tag = Some(tag);
        self
    }

    /// Another place that matters, in the same file.
    pub fn related(self, range: TextRange, message: impl Into<String>) -> Self {
        self.diagnostic.related.push(Related { path: None, range, message: message.into() });
        self
    }

    /// Adds edits that mend the finding and need a look by the user.
    pub fn fix(self, title: impl Into<String>, edits: Vec<Edit>) -> Self {
        self.diagnostic.fix = Some(Fix { title: title.into(), edits, safe: false });
        self
    }

    /// Edits that mend it and change nothing else.
    pub fn safe_fix(self, title: impl Into<String>, edits: Vec<Edit>) -> Self {
        self.diagnostic.fix = Some(Fix { title: title.into(), edits, safe: true });
        self
    }
}
