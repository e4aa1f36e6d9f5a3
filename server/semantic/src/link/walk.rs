//! A walk through a script and its includes, in the order in which a loader would paste them.

use rustc_hash::{FxHashMap, FxHashSet};
use text::TextRange;

use super::file::File;
use crate::{IncludedUse, LocalId};

/// Greatest depth of includes that is followed.
const MAX_DEPTH: usize = 200;

/// Result of the walk from one root.
#[derive(Default, Debug)]
pub(super) struct Walked {
    /// The files that the script is made of, the root first.
    pub seen: Vec<usize>,
    /// Results for each file.
    pub parts: FxHashMap<usize, Part>,
    /// True if an include of one of the files leads nowhere.
    pub incomplete: bool,
    /// Uses of KEYS and of ARGV in the included files.
    pub included: [IncludedUse; 2],
}

/// Result of a walk for one file.
#[derive(Clone, Default, PartialEq, Debug)]
pub(super) struct Part {
    /// The free names that are declared above, by their offset: the file that declares the name, and the local there.
    pub names: Vec<(u32, (usize, LocalId))>,
    /// The offsets of the free names that nothing above declares.
    pub missing: Vec<u32>,
    /// The offsets of the declarations that other files use.
    pub used: FxHashSet<u32>,
    /// The includes that lead back to the file, and the way.
    pub circles: Vec<(TextRange, String)>,
}

enum Event<'a> {
    Declare(LocalId),
    Include(usize, TextRange),
    Use(&'a [u8]),
}

struct Walk<'a> {
    files: &'a [File],
    declared: FxHashMap<&'a [u8], (usize, LocalId)>,
    stack: Vec<usize>,
    out: Walked,
}

/// Walks a script from its root.
pub(super) fn walk(files: &[File], root: usize) -> Walked {
    let mut walk = Walk { files, declared: FxHashMap::default(), stack: Vec::new(), out: Walked::default() };
    walk.visit(root);
    let mut out = walk.out;
    for &at in &out.seen {
        let file = &files[at];
        out.incomplete |= file.has_unresolved();
        if at != root {
            for (included, used) in out.included.iter_mut().zip(file.outline.tables()) {
                included.add(used, &file.path);
            }
        }
    }
    out
}

impl Walk<'_> {
    fn visit(&mut self, at: usize) {
        let files = self.files;
        let File { outline, targets, .. } = &files[at];
        self.out.seen.push(at);
        self.out.parts.entry(at).or_default();
        self.stack.push(at);
        let mut events: Vec<(u32, Event<'_>)> = Vec::new();
        // The files that a program puts before this one stand behind its includes.
        let joined = outline.includes().count();
        events.extend(targets.get(joined).map(|_| (0, Event::Include(joined, TextRange::at(0)))));
        events.extend(outline.locals().map(|(scope, id)| (scope, Event::Declare(id))));
        events.extend(outline.includes().enumerate().map(|(n, (offset, range))| (offset, Event::Include(n, range))));
        events.extend(outline.globals().map(|(offset, name)| (offset, Event::Use(name))));
        events.sort_by_key(|(offset, _)| *offset);
        for (offset, event) in events {
            match event {
                Event::Declare(id) => {
                    self.declared.insert(outline.local(id).0, (at, id));
                }
                Event::Use(name) => self.name(at, offset, name),
                Event::Include(n, range) => {
                    for &target in targets.get(n).into_iter().flatten() {
                        self.include(at, target, range);
                    }
                }
            }
        }
        self.stack.pop();
    }

    fn include(&mut self, at: usize, target: usize, range: TextRange) {
        if let Some(from) = self.stack.iter().position(|&file| file == target) {
            let way: Vec<&str> =
                self.stack[from..].iter().chain([&target]).map(|&file| self.files[file].path.as_str()).collect();
            let circle = (range, way.join(" → "));
            let circles = &mut self.out.parts.entry(at).or_default().circles;
            if !circles.contains(&circle) {
                circles.push(circle);
            }
        } else if !self.out.parts.contains_key(&target) && self.stack.len() < MAX_DEPTH {
            self.visit(target);
        }
    }

    fn name(&mut self, at: usize, offset: u32, name: &[u8]) {
        let Some(&(file, local)) = self.declared.get(name) else {
            return self.out.parts.entry(at).or_default().missing.push(offset);
        };
        if file != at {
            let declared = self.files[file].outline.local(local).1.start;
            self.out.parts.entry(file).or_default().used.insert(declared);
        }
        self.out.parts.entry(at).or_default().names.push((offset, (file, local)));
    }
}
