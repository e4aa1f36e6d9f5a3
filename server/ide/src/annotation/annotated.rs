//! The types of expressions by their annotations.

use semantic::{
    Init, LocalId, LocalKind,
    annotations::{FieldKey, TypeExpr, TypeField, TypeKind},
    points_to::{FieldUse, UseForm},
};
use syntax::{ExprId, ExprKind, FunctionId, StmtKind};
use text::TextRange;

use crate::{
    Project,
    field::FieldAt,
    functions,
    path::{Path, Root, Step, variable},
    render,
};

/// A type and the file that it is written in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Annotated<'a> {
    pub file: usize,
    pub of: &'a TypeExpr,
}

/// Expressions that are followed one after the other.
const MAX_STEPS: u32 = 12;

impl<'a> Annotated<'a> {
    /// The type as written.
    pub(crate) fn text(self, project: &Project) -> String {
        render::annotation_text(&project.files[self.file].script, self.of)
    }

    /// The type of a local: its own, or that of the value which it is always given.
    /// At a place in its own file casts count.
    pub(crate) fn of_local(project: &'a Project, file: usize, id: LocalId, at: Option<u32>) -> Option<Self> {
        Self::local(project, file, id, at, MAX_STEPS)
    }

    fn local(project: &'a Project, file: usize, id: LocalId, at: Option<u32>, steps: u32) -> Option<Self> {
        let steps = steps.checked_sub(1)?;
        let script = &project.files[file].script;
        let annotations = script.annotations();
        if let Some(of) = at.map_or_else(|| annotations.local(id), |at| annotations.local_at(id, at)) {
            return Some(Self { file, of });
        }
        match script.scopes.fixed(id) {
            Some(Init::Expr(expr)) => return Self::expr(project, file, expr, 0, steps),
            Some(Init::Nth(expr, nth)) => return Self::expr(project, file, expr, nth, steps),
            _ => {}
        }
        // A variable of a loop over a list or a table of a known type.
        let local = &script.scopes[id];
        let LocalKind::Iterated(nth) = local.kind else { return None };
        let StmtKind::GenericFor { values, .. } = &script.tree()[local.stmt?].kind else { return None };
        let ExprKind::Call(call) = &script.tree()[*values.first()?].kind else { return None };
        let iterated = Self::expr(project, file, *call.args.first()?, 0, steps)?;
        match script.api(call.callee)?.to_string().as_str() {
            "ipairs" if nth == 1 => iterated.element(project, true),
            "pairs" if nth == 1 => iterated.element(project, true).or_else(|| iterated.element(project, false)),
            _ => None,
        }
    }

    /// The type of a value of an expression.
    fn expr(project: &'a Project, file: usize, expr: ExprId, nth: u32, steps: u32) -> Option<Self> {
        let steps = steps.checked_sub(1)?;
        let script = &project.files[file].script;
        if let (Some(of), 0) = (script.annotations().expr(expr), nth) {
            return Some(Self { file, of });
        }
        match &script.tree()[expr].kind {
            ExprKind::Paren(inner) => Self::expr(project, file, *inner, 0, steps),
            ExprKind::Name(_) => {
                let (of, id) = project.local(file, expr)?;
                let at = script.tree()[expr].range.start;
                Self::local(project, of, id, (of == file).then_some(at), steps)
            }
            ExprKind::Call(_) | ExprKind::MethodCall(_) => {
                let called = functions::called(project, file, expr).into_iter();
                let result = |(of, function)| Self::result(project, of, function, nth, steps);
                called.filter_map(result).next().or_else(|| {
                    let callee = match &script.tree()[expr].kind {
                        ExprKind::Call(call) => Self::expr(project, file, call.callee, 0, steps)?,
                        ExprKind::MethodCall(call) => Self::of_field(project, file, call.name.range.start)?,
                        _ => return None,
                    };
                    callee.returned(project, nth)
                })
            }
            ExprKind::Field { name, .. } => Self::of_field(project, file, name.range.start),
            ExprKind::Index { key, .. } if script.tree()[*key].kind == ExprKind::String => {
                Self::of_field(project, file, script.tree()[*key].range.start + 1)
            }
            ExprKind::Index { base, key } => {
                let base = Self::expr(project, file, *base, 0, steps)?;
                let is_number = matches!(script.tree()[*key].kind, ExprKind::Number(_));
                base.element(project, true)
                    .filter(|_| is_number || base.element(project, false).is_none())
                    .or_else(|| base.element(project, false))
            }
            _ => None,
        }
    }

    /// The type of a result of a function: its own, or that of the value which it returns.
    fn result(project: &'a Project, file: usize, function: FunctionId, nth: u32, steps: u32) -> Option<Self> {
        let script = &project.files[file].script;
        let annotations = script.annotations();
        if annotations.is_empty() {
            return None;
        }
        if let Some(found) = annotations.function(function)
            && found.returns().next().is_some()
        {
            let (of, _) = found.returns().nth(nth as usize)?;
            let generics: Vec<&[u8]> = found.generics().map(|name| name.slice(&script.source)).collect();
            let mut is_generic = false;
            of.walk(&mut |of| {
                if let TypeKind::Name(name, _) = of.kind {
                    is_generic |= generics.contains(&name.slice(&script.source));
                }
            });
            return (of.kind != TypeKind::Missing && !is_generic).then_some(Self { file, of });
        }
        let value = script.tree().stmts().find_map(|(_, stmt)| match &stmt.kind {
            StmtKind::Return(values) => {
                let first = *values.first()?;
                (script.scopes.function_of(first) == function).then(|| values.get(nth as usize).copied())
            }
            _ => None,
        });
        Self::expr(project, file, value??, 0, steps)
    }

    /// The type of the field whose name is at an offset.
    fn of_field(project: &'a Project, file: usize, offset: u32) -> Option<Self> {
        let field = FieldAt::find(project, file, offset)?;
        let tables = &field.tables;
        Self::declared(project, tables.annotation(&tables.tables(field.id), field.name())?)
    }

    /// The type that an annotation gives the field that it declares.
    pub(crate) fn declared(project: &'a Project, found: &FieldUse) -> Option<Self> {
        if found.form != UseForm::Annotation {
            return None;
        }
        let (of, _) = project.files[found.file].script.annotations().field(found.range.start)?;
        (of.kind != TypeKind::Missing).then_some(Self { file: found.file, of })
    }

    /// The type of what a half-typed path is.
    pub(crate) fn of_path(project: &'a Project, file: usize, path: &Path) -> Option<Self> {
        let mut base = path.clone();
        match base.steps.pop() {
            None => {
                let Root::Name(name, offset) = &path.root else { return None };
                let (of, id) = variable(project, file, name, *offset)?;
                Self::of_local(project, of, id, (of == file).then_some(*offset))
            }
            Some(Step::Field(name)) => {
                let (tables, objects) = base.objects(project, file)?;
                let found = *tables.annotation(&objects, &name)?;
                Self::declared(project, &found)
            }
            Some(Step::Call) => {
                let (tables, objects) = base.objects(project, file)?;
                let mut called = tables.functions(&objects);
                let found = called.find_map(|(of, function)| Self::result(project, of, function, 0, MAX_STEPS));
                found.or_else(|| Self::of_path(project, file, &base)?.returned(project, 0))
            }
            Some(step @ (Step::Item | Step::Element)) => {
                let base = Self::of_path(project, file, &base)?;
                base.element(project, step == Step::Item)
            }
        }
    }

    /// The type of a result of its function.
    fn returned(self, project: &'a Project, nth: u32) -> Option<Self> {
        self.expanded(project).into_iter().find_map(|it| match &it.of.kind {
            TypeKind::Function { returns, .. } => Some(Self { file: it.file, of: returns.get(nth as usize)? }),
            _ => None,
        })
    }

    /// The type of the elements of a list, or of the values of a table.
    pub(crate) fn element(self, project: &'a Project, is_number: bool) -> Option<Self> {
        let source = project.files[self.file].source();
        self.expanded(project).into_iter().find_map(|it| match &it.of.kind {
            TypeKind::Array(inner) if is_number => Some(Self { file: it.file, of: inner }),
            TypeKind::Name(_, arguments) => match &arguments[..] {
                [key, value] => {
                    let by_number = matches!(key.name(source), Some("number" | "integer"));
                    (by_number == is_number).then_some(Self { file: it.file, of: value })
                }
                _ => None,
            },
            _ => None,
        })
    }

    /// The types that it may be, with aliases replaced by their members.
    fn expanded(self, project: &'a Project) -> Vec<Self> {
        const MOST: usize = 400;
        let (mut todo, mut found, mut seen) = (vec![self], Vec::new(), Vec::new());
        while let Some(it) = todo.pop() {
            let at = |of: &'a TypeExpr| Self { file: it.file, of };
            match &it.of.kind {
                TypeKind::Union(all) => todo.extend(all.iter().rev().map(at)),
                TypeKind::Optional(inner) => todo.push(at(inner)),
                TypeKind::Name(..) => {
                    let name = it.of.name(project.files[it.file].source()).unwrap_or_default();
                    let declared = project.types(it.file, name);
                    let aliases: Vec<_> = declared.into_iter().filter(|it| it.is_alias).collect();
                    if aliases.is_empty() {
                        found.push(it);
                    }
                    for alias in aliases {
                        if seen.contains(&alias) {
                            continue;
                        }
                        seen.push(alias);
                        let members = &project.files[alias.file].script.annotations().aliases[alias.at].members;
                        todo.extend(members.iter().rev().map(|(of, _)| Self { file: alias.file, of }));
                    }
                }
                _ => found.push(it),
            }
            if found.len() > MOST {
                break;
            }
        }
        found
    }

    /// The fields of its tables, with those of parent classes, each with its description.
    pub(crate) fn fields(self, project: &'a Project) -> Vec<(String, Self, String)> {
        const MOST: usize = 1_000;
        let mut found: Vec<(String, Self, String)> = Vec::new();
        let (mut todo, mut seen) = (self.expanded(project), Vec::new());
        while let Some(it) = todo.pop() {
            let file = &project.files[it.file];
            let mut add = |of: usize, field: &'a TypeField, text: TextRange| {
                let file = &project.files[of];
                let FieldKey::Name(name) = field.key else { return };
                let name = file.text(name).into_owned();
                if !found.iter().any(|(known, ..)| *known == name) {
                    found.push((name, Self { file: of, of: &field.value }, file.text(text).into_owned()));
                }
            };
            match &it.of.kind {
                TypeKind::Table(fields) => fields.iter().for_each(|field| add(it.file, field, TextRange::at(0))),
                TypeKind::Name(..) => {
                    for class in project.types(it.file, it.of.name(file.source()).unwrap_or_default()) {
                        if class.is_alias || seen.contains(&class) {
                            continue;
                        }
                        seen.push(class);
                        let declared = &project.files[class.file].script.annotations().classes[class.at];
                        declared.fields.iter().for_each(|(field, text)| add(class.file, field, *text));
                        let parents = declared.parents.iter().map(|of| Self { file: class.file, of });
                        todo.extend(parents.flat_map(|parent| parent.expanded(project)));
                    }
                }
                _ => {}
            }
            if found.len() > MOST {
                break;
            }
        }
        found
    }

    /// The parameters of its function, as written, and its results.
    pub(crate) fn signature(self, project: &Project) -> Option<(Vec<(String, String)>, String)> {
        let script = &project.files[self.file].script;
        let text = |of: &TypeExpr| render::annotation_text(script, of);
        self.expanded(project).iter().find_map(|it| match &it.of.kind {
            TypeKind::Function { params, returns } if it.file == self.file => {
                let params = params.iter().map(|param| {
                    let of = param.value.as_ref().map(text).unwrap_or_default();
                    (script.text_of(param.name).into_owned(), of)
                });
                Some((params.collect(), returns.iter().map(text).collect::<Vec<_>>().join(", ")))
            }
            _ => None,
        })
    }

    /// The fields of tables that hold the values of its enumerations, as code: `Level.low`.
    pub(crate) fn enumerated(self, project: &'a Project) -> Vec<String> {
        let file = &project.files[self.file];
        let mut found = Vec::new();
        let mut add = |of: &TypeExpr| {
            let Some(name) = of.name(file.source()) else { return };
            for alias in project.types(self.file, name).into_iter().filter(|it| it.is_alias) {
                let it = &project.files[alias.file];
                let fields = &it.script.annotations().aliases[alias.at].values;
                found.extend(fields.iter().map(|&(table, field)| format!("{}.{}", it.text(table), it.text(field))));
            }
        };
        self.of.walk(&mut add);
        found
    }

    /// The texts of the strings that it may be, each with its description.
    pub(crate) fn strings(self, project: &'a Project) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for it in self.expanded(project) {
            let file = &project.files[it.file];
            let text = it.of.range.slice(file.source());
            let is_string = it.of.kind == TypeKind::Literal && matches!(text, [b'\'' | b'"', .., b'\'' | b'"']);
            if is_string && text.len() > 1 {
                let words = file.script.annotations().member_text(it.of);
                let value = String::from_utf8_lossy(&syntax::string_value(text)).into_owned();
                found.push((value, words.map(|words| file.text(words).into_owned()).unwrap_or_default()));
            }
        }
        found
    }
}
