//! The files of a script taken together: which local a name means in any of them, and which function a call calls.

use rustc_hash::FxHashMap;
use syntax::{ExprId, ExprKind, FunctionId};

use crate::{Init, LocalId, Script};

/// One of the files that make a script, its commands bound.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// The path by which includes and messages call it.
    pub path: &'a str,
    /// The file.
    pub script: &'a Script,
    /// For each line, the number by which messages call it; empty where they call it by its own.
    pub lines: &'a [u32],
}

impl<'a> Part<'a> {
    /// A file whose lines have their own numbers.
    pub fn new(path: &'a str, script: &'a Script) -> Self {
        Self { path, script, lines: &[] }
    }

    /// The number by which messages call a line; lines count from zero.
    pub(crate) fn shown_line(&self, line: u32) -> u32 {
        self.lines.get(line as usize).copied().unwrap_or(line + 1)
    }
}

/// A local of one of the files.
pub(crate) type Place = (usize, LocalId);

/// The files of a script with the meanings of their names.
#[derive(Debug)]
pub struct Files<'a> {
    parts: Vec<Part<'a>>,
    /// True if every file that shares locals with these is among them.
    whole: bool,
    /// The top-level locals of all files by name.
    top: FxHashMap<&'a [u8], Place>,
    /// The uses of top-level locals in other files than their own.
    abroad: FxHashMap<Place, Vec<(usize, ExprId)>>,
}

impl<'a> Files<'a> {
    /// All files of a script: the script itself first, then those that it includes, directly or not.
    pub fn of_script(parts: &[Part<'a>]) -> Self {
        let mut files =
            Self { parts: parts.to_vec(), whole: true, top: FxHashMap::default(), abroad: FxHashMap::default() };
        for (at, part) in parts.iter().enumerate() {
            for &local in part.script.scopes.top_level() {
                files.top.insert(part.script.scopes[local].name.text(&part.script.source), (at, local));
            }
        }
        for (at, part) in parts.iter().enumerate() {
            for global in part.script.scopes.globals() {
                if let Some(place) = files.other_file(at, global.expr) {
                    files.abroad.entry(place).or_default().push((at, global.expr));
                }
            }
        }
        files
    }

    /// One file, whose locals other files may use in unknown ways.
    pub fn of_file(script: &'a Script) -> Self {
        let parts = vec![Part::new("", script)];
        Self { parts, whole: false, top: FxHashMap::default(), abroad: FxHashMap::default() }
    }

    /// The files in order.
    pub fn parts(&self) -> &[Part<'a>] {
        &self.parts
    }

    /// One of the files, by its place in the order.
    pub fn script(&self, part: usize) -> &'a Script {
        self.parts[part].script
    }

    /// The local that a name means, in its own file or another.
    pub(crate) fn local(&self, part: usize, expr: ExprId) -> Option<Place> {
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
    fn uses(&self, place: Place) -> Vec<(usize, ExprId)> {
        let own = self.script(place.0).scopes[place.1].reads.iter().map(|&read| (place.0, read));
        own.chain(self.abroad.get(&place).into_iter().flatten().copied()).collect()
    }

    /// True if a local is used where it cannot be seen.
    pub(crate) fn is_used_out_of_sight(&self, place: Place) -> bool {
        !self.whole && self.script(place.0).is_used_elsewhere(place.1)
    }

    /// The calls of a named function, if it is never anything but called.
    pub(crate) fn calls_of(&self, part: usize, function: FunctionId) -> Option<Vec<(usize, ExprId)>> {
        let (local, field) = self.script(part).named_by(function)?;
        if !self.script(part).scopes[local].writes.is_empty() || self.is_used_out_of_sight((part, local)) {
            return None;
        }
        let mut calls = Vec::new();
        for (at, read) in self.uses((part, local)) {
            calls.extend(self.script(at).call_of_use(read, field).ok()?.map(|call| (at, call)));
        }
        Some(calls)
    }

    /// The function that a call or method call calls, in its own file or another.
    pub(crate) fn called(&self, part: usize, call: ExprId) -> Option<(usize, FunctionId)> {
        let script = self.script(part);
        if let Some(function) = script.called_function(call) {
            return Some((part, function));
        }
        let member = |base: ExprId, name: &[u8]| {
            let (file, local) = self.other_file(part, script.tree().unparen(base))?;
            Some((file, self.script(file).member(local, name)?))
        };
        match &script.tree()[call].kind {
            ExprKind::Call(call) => {
                let callee = script.resolve(call.callee);
                if let ExprKind::Field { base, name } = script.tree()[callee].kind {
                    return member(base, name.text(&script.source));
                }
                let (file, local) = self.other_file(part, callee)?;
                match self.script(file).scopes.fixed(local)? {
                    Init::Function(function) => Some((file, function)),
                    _ => None,
                }
            }
            ExprKind::MethodCall(call) => member(call.base, call.name.text(&script.source)),
            _ => None,
        }
    }
}
