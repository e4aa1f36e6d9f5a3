//! Fields that nothing sets, and the ones that are most likely meant.

use semantic::flow::TableType;
use syntax::{ExprId, ExprKind};
use text::TextRange;

use crate::{Context, Edit, Finding, helpers::values};

/// A field that is nowhere set.
pub(crate) struct Unset {
    help: String,
    /// Its place, and the field that is most likely meant.
    meant: Option<(TextRange, String)>,
}

/// Help for a field that is never set; none for other expressions.
pub(crate) fn nearest_field(context: &Context<'_>, expr: ExprId) -> Option<Unset> {
    let tree = context.tree();
    let (base, field) = match &tree[tree.unparen(expr)].kind {
        ExprKind::Field { base, name } => (*base, name),
        ExprKind::MethodCall(call) => (call.base, &call.name),
        _ => return None,
    };
    let name = field.as_str(&context.script.source);
    let flow = context.script.flow();
    let of = values::of(context, base)?;
    let names: Vec<&str> = of
        .tables
        .iter()
        .filter_map(|table| match table {
            TableType::Built(site) => flow.site(*site),
            _ => None,
        })
        .flat_map(|site| site.fields.keys())
        .filter_map(|field| std::str::from_utf8(field).ok())
        .filter(|field| *field != name)
        .collect();
    if names.is_empty() {
        return None;
    }
    let near = commands::api::closest(name, names.iter().copied());
    let help = match near {
        Some(near) => format!("nothing sets the field `{name}`: did you mean `{near}`?"),
        None => format!("nothing sets the field `{name}`"),
    };
    Some(Unset { help, meant: near.map(|near| (field.range, near.to_owned())) })
}

/// Adds to a finding that a field is never set, and offers the field that is most likely meant.
pub(crate) fn say_nearest(finding: Finding<'_>, unset: Option<Unset>) {
    let Some(unset) = unset else { return };
    let finding = finding.help(unset.help);
    if let Some((range, meant)) = unset.meant {
        finding.fix(format!("Replace by `{meant}`"), vec![Edit::replace(range, meant)]);
    }
}
