//! Types and comments of fields.

use semantic::{
    Init,
    flow::{Kinds, Type},
    points_to::{FieldUse, PointsTo, UseForm, UseId},
};
use text::TextRange;

use crate::{Project, annotation::Annotated, doc_comment};

/// The comment of a use that gives a field its value.
pub(crate) fn documentation(project: &Project, found: &FieldUse) -> Option<String> {
    let file = &project.files[found.file];
    let tree = file.script.tree();
    let whole: TextRange = match found.form {
        UseForm::Constructor(_) => {
            let value = match found.write? {
                Init::Expr(expr) => tree[expr].range,
                Init::Function(function) => tree[function].range,
                _ => found.range,
            };
            found.range.cover(value)
        }
        UseForm::Field(expr) | UseForm::Literal(expr) | UseForm::Constant(expr) | UseForm::Function(expr, _) => {
            tree[file.script.scopes.stmt_of(expr)].range
        }
        UseForm::Method(_) => return None,
        UseForm::Annotation => {
            let blocks = file.script.annotations().blocks();
            let block = blocks.iter().find(|block| block.range.contains_range(found.range))?;
            let doc = doc_comment::within(file, block.range)?;
            let text = doc.text_of(&file.text(found.range)).to_owned();
            return (!text.is_empty()).then_some(text);
        }
    };
    doc_comment::of(file, whole)
}

/// The annotated type of a field, else that of all values assigned to it; none if not known.
pub(crate) fn declared_type(project: &Project, tables: &PointsTo, id: UseId) -> Option<String> {
    let annotated = || {
        let uses = tables.references(id);
        uses.iter().find_map(|&id| Some(Annotated::declared(project, tables.field_use(id))?.text(project)))
    };
    annotated().or_else(|| written_type(project, tables, id))
}

/// The type of all values that the files give a field.
fn written_type(project: &Project, tables: &PointsTo, id: UseId) -> Option<String> {
    let mut writes = tables.references(id);
    writes.retain(|&id| tables.field_use(id).write.is_some());
    let mut kinds: Option<Kinds> = None;
    let mut text = String::new();
    for &id in &writes {
        let found = tables.field_use(id);
        let flow = project.files[found.file].script.flow();
        let of = match found.write? {
            Init::Expr(expr) | Init::Nth(expr, 0) => flow.of(expr)?.clone(),
            Init::Function(_) => Type::of(Kinds::FUNCTION),
            Init::Nothing => Type::of(Kinds::NIL),
            _ => return None,
        };
        kinds = Some(kinds.map_or(of.kinds, |kinds| kinds | of.kinds));
        text = flow.describe(&of);
    }
    // Of several values only the kinds are told.
    if let (Some(kinds), false) = (kinds, writes.len() == 1) {
        let found = tables.field_use(*writes.first()?);
        text = project.files[found.file].script.flow().describe(&Type::of(kinds));
    }
    (!text.is_empty()).then_some(text)
}
