//! Analyses a file by itself.

use std::sync::Arc;

use syntax::{ExprId, ExprKind, Parse, TableField, Tree};

use crate::{File, Scopes, Script, Shebang, TableUse, header, include, registrations, script::NO_PARENT, shebang};

impl Script {
    /// Analyses `source` by itself. `file_name` is the last part of its path, if it has one.
    pub fn new(source: Arc<[u8]>, file_name: Option<&str>) -> Self {
        let parse = syntax::parse(&source);
        Self::analyse(source, file_name, parse)
    }

    fn analyse(source: Arc<[u8]>, file_name: Option<&str>, parse: Parse) -> Self {
        let scopes = Scopes::new(&parse.tree, &source);
        let parents = parents(&parse.tree);
        let shebang = parse.shebang.map(|range| shebang::read(range, &source));
        let includes = include::directives(&parse.comments, &source);
        let header = header::read(&parse, &source);
        let mut script = Self::of(Arc::new(File {
            source,
            parse,
            scopes,
            shebang,
            library: None,
            includes,
            header,
            number_in_name: file_name.and_then(header::number_in_name),
            keys: TableUse::default(),
            argv: TableUse::default(),
            parents,
            annotations: std::sync::OnceLock::new(),
            members: std::sync::OnceLock::new(),
            api_paths: std::sync::OnceLock::new(),
            unknown: std::sync::OnceLock::new(),
        }));
        let is_library = script.shebang.as_ref().is_some_and(Shebang::is_library) || registrations::registers(&script);
        let library = is_library.then(|| registrations::read(&script));
        script.amend(|file| file.library = library);
        let (keys, argv) = (TableUse::of(&script, 0), TableUse::of(&script, 1));
        script.amend(|file| (file.keys, file.argv) = (keys, argv));
        script
    }

    /// Completes the file while it is not shared.
    fn amend(&mut self, change: impl FnOnce(&mut File)) {
        if let Some(file) = Arc::get_mut(&mut self.file) {
            change(file);
        }
    }
}

fn parents(tree: &Tree) -> Vec<u32> {
    let mut parents = vec![NO_PARENT; tree.exprs().len()];
    for (id, expr) in tree.exprs() {
        let mut set = |child: ExprId| parents[child.index()] = id.0;
        match &expr.kind {
            ExprKind::Index { base, key } => {
                set(*base);
                set(*key);
            }
            ExprKind::Field { base, .. } => set(*base),
            ExprKind::Call(call) => {
                set(call.callee);
                call.args.iter().for_each(|&arg| set(arg));
            }
            ExprKind::MethodCall(call) => {
                set(call.base);
                call.args.iter().for_each(|&arg| set(arg));
            }
            ExprKind::Binary { lhs, rhs, .. } => {
                set(*lhs);
                set(*rhs);
            }
            ExprKind::Unary { operand, .. } | ExprKind::Paren(operand) => set(*operand),
            ExprKind::Table(fields) => {
                for field in fields {
                    if let TableField::Keyed { key, .. } = field {
                        set(*key);
                    }
                    set(field.value());
                }
            }
            _ => {}
        }
    }
    parents
}
