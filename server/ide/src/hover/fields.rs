//! Fields of tables.

use std::fmt::Write as _;

use semantic::{annotations::FieldKey, points_to::UseForm};
use syntax::{ExprId, ExprKind};

use crate::{
    FieldAt, Project, doc_comment, functions,
    render::{self, declared_type, documentation},
};

impl FieldAt {
    /// Declaration and comment of the field, and its type: for a function the signature.
    pub(crate) fn markdown(&self, project: &Project) -> Option<String> {
        let declared = self.tables.declarations(self.id);
        let doc = declared.iter().find_map(|&id| documentation(project, self.tables.field_use(id)));
        let functions = self.functions();
        let found = self.field_use();
        let file = &project.files[found.file];
        let mut doc = doc;
        let mut out = match functions.first() {
            Some(&(of, function)) => {
                let other = &project.files[of];
                let named = functions::of(other, function);
                let name = named.as_ref().filter(|it| it.local.is_none()).map(|it| it.name.clone());
                let name = name.unwrap_or_else(|| self.path(project));
                doc = doc.or_else(|| doc_comment::of(other, named?.whole));
                format!("```lua\nfunction {}\n```\n", render::typed_signature(&other.script, &name, function))
            }
            None => match self.expr().and_then(|expr| self.known_type(file, expr)) {
                Some(text) => text,
                None => {
                    let of_value = declared_type(project, &self.tables, self.id);
                    if of_value.is_none() && declared.is_empty() {
                        return None;
                    }
                    let text = of_value.map(|text| format!(": {}", render::in_lines(text))).unwrap_or_default();
                    format!("```lua\n(field) {}{text}\n```\n", self.path(project))
                }
            },
        };
        if functions.len() > 1 {
            let _ = writeln!(out, "\nOne of {} functions", functions.len());
        }
        if let Some(doc) = doc {
            let _ = writeln!(out, "\n{doc}");
        }
        Some(out)
    }

    /// The type of a use by the flow analysis; none if it says less than an annotation.
    fn known_type(&self, file: &crate::File, expr: ExprId) -> Option<String> {
        let flow = file.script.flow();
        let known = flow.of(expr).map(|of| flow.describe(of)).unwrap_or_default();
        let is_annotated = self.tables.annotation(&self.tables.tables(self.id), self.name()).is_some();
        (!is_annotated || !render::is_vague(&known)).then(|| render::field_type(file, expr))?
    }

    /// The expression that reads it, where one does.
    fn expr(&self) -> Option<ExprId> {
        match self.field_use().form {
            UseForm::Field(expr) | UseForm::Literal(expr) => Some(expr).filter(|_| self.field_use().write.is_none()),
            _ => None,
        }
    }

    /// The field as written, with its table.
    fn path(&self, project: &Project) -> String {
        let found = self.field_use();
        let file = &project.files[found.file];
        let tree = file.script.tree();
        match found.form {
            UseForm::Field(expr) | UseForm::Literal(expr) | UseForm::Constant(expr) | UseForm::Function(expr, _) => {
                render::shown(file, tree[expr].range)
            }
            UseForm::Method(call) => match &tree[call].kind {
                ExprKind::MethodCall(it) => format!("{}:{}", render::shown(file, tree[it.base].range), self.name()),
                _ => self.name().to_owned(),
            },
            UseForm::Constructor(expr) => functions::field_path(file, expr, self.name()),
            UseForm::Annotation => {
                let classes = &file.script.annotations().classes;
                let is_in = |class: &&semantic::annotations::Class| {
                    class.fields.iter().any(|(field, _)| field.key == FieldKey::Name(found.range))
                };
                match classes.iter().find(is_in) {
                    Some(class) => format!("{}.{}", file.text(class.name), self.name()),
                    None => self.name().to_owned(),
                }
            }
        }
    }
}
