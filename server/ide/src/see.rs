//! The declarations that `@see` names: a variable, a type, one of their fields, or a part of the API.

use semantic::{
    ApiPath,
    annotations::{FieldKey, NameKind},
};
use text::TextRange;

use crate::{
    At, FieldAt, Project, TypeName,
    path::{Path, Root, Step, variable},
};

/// The declaration that the `@see` at a place names, and where it names it.
pub(crate) fn find<'a>(project: &'a Project, file: usize, offset: u32) -> Option<(At<'a>, TextRange)> {
    let it = &project.files[file];
    let (range, kind) = it.script.annotations().name_at(offset)?;
    if kind != NameKind::Reference {
        return None;
    }
    let text = it.text(range);
    let found =
        of_type(project, file, &text).or_else(|| of_variable(project, file, &text, range)).or_else(|| api(&text));
    Some((found?, range))
}

/// True if the name at a place is that of a `@see`.
pub(crate) fn is_at(project: &Project, file: usize, offset: u32) -> bool {
    let found = project.files[file].script.annotations().name_at(offset);
    matches!(found, Some((_, NameKind::Reference)))
}

/// A type, or a field of one.
fn of_type<'a>(project: &Project, file: usize, text: &str) -> Option<At<'a>> {
    if let Some(name) = TypeName::named(project, file, text) {
        return Some(At::Type(name));
    }
    let (class, field) = text.rsplit_once(['.', ':', '#'])?;
    project.types(file, class).into_iter().filter(|it| !it.is_alias).find_map(|it| {
        let other = &project.files[it.file];
        let mut fields = other.script.annotations().classes[it.at].fields.iter();
        let place = fields.find_map(|(of, _)| match of.key {
            FieldKey::Name(name) if other.text(name) == field => Some(name.start),
            _ => None,
        })?;
        Some(At::Field(FieldAt::find(project, it.file, place)?))
    })
}

/// A variable, or a field of the table that it holds.
fn of_variable<'a>(project: &Project, file: usize, text: &str, range: TextRange) -> Option<At<'a>> {
    let it = &project.files[file];
    let mut names = text.split(['.', ':', '#']);
    let first = names.next()?;
    let blocks = it.script.annotations().blocks();
    let below = blocks.iter().find(|block| block.range.contains_range(range)).map(|block| block.target);
    // What is declared further down is as good.
    let places = [below.unwrap_or(range.end), it.source().len() as u32];
    let place = places.into_iter().find(|&place| variable(project, file, first, place).is_some())?;
    let (of, id) = variable(project, file, first, place)?;
    let mut steps: Vec<Step> = names.map(|name| Step::Field(name.to_owned())).collect();
    let Some(Step::Field(last)) = steps.pop() else { return Some(At::Local(of, id)) };
    let path = Path { root: Root::Name(first.to_owned(), place), steps };
    let (tables, objects) = path.objects(project, file)?;
    let fields = tables.names_of(&objects, &|_| false);
    let (_, id) = fields.into_iter().find(|(name, _)| tables.name(*name) == last)?;
    Some(At::Field(FieldAt { tables, id }))
}

fn api<'a>(text: &str) -> Option<At<'a>> {
    let item = match text.split_once('.') {
        Some((table, name)) => commands::api::member(table, name)?,
        None => commands::api::global(text)?,
    };
    Some(At::Api(match item.table {
        "" => ApiPath::Global(item.name),
        table => ApiPath::Member(table, item.name),
    }))
}

#[cfg(test)]
mod tests {
    use crate::{hover, navigation, test_support::*};

    fn leads_to(source: &str) -> Vec<String> {
        let (project, offset) = cursor(source);
        let found = navigation::definition(&project, 0, offset).map(|it| it.targets).unwrap_or_default();
        let place = |it: crate::Location| {
            let file = &project.files[it.file];
            format!("{} {}", file.lines.line(it.range.start) + 1, file.text(it.range))
        };
        found.into_iter().map(place).collect()
    }

    #[test]
    fn names_lead_to_their_declarations() {
        let code = "\nlocal function get(k) return redis.call('GET', k) end\nlocal M = {}\nfunction M.count(k) return get(k) end\nreturn M.count(KEYS[1])\n\n---@class Job\n---@field id string the id\n";
        assert_eq!(leads_to(&format!("---@see ge$0t{code}")), ["2 get"]);
        assert_eq!(leads_to(&format!("---@see M.co$0unt counts them{code}")), ["4 count"]);
        assert_eq!(leads_to(&format!("---@see `M:cou$0nt`{code}")), ["4 count"]);
        assert_eq!(leads_to(&format!("---@see Jo$0b{code}")), ["7 Job"]);
        assert_eq!(leads_to(&format!("---@see Job#i$0d{code}")), ["8 id"]);
        assert!(leads_to(&format!("---@see nob$0ody{code}")).is_empty());
        assert!(leads_to(&format!("---@see M.nob$0ody{code}")).is_empty());
        assert!(leads_to(&format!("---@see https://redis$0.io/x{code}")).is_empty());
    }

    #[test]
    fn hover_tells_of_what_is_named() {
        let told = |source: &str| {
            let (project, offset) = cursor(source);
            hover::hover(&project, 0, offset).map(|it| it.markdown).unwrap_or_default()
        };
        let code = "\n--- Reads it.\nlocal function get(k) return redis.call('GET', k) end\nreturn get(KEYS[1])";
        assert!(told(&format!("---@see ge$0t\n{code}")).contains("Reads it."));
        assert!(told(&format!("---@see redis.ca$0ll\n{code}")).contains("redis.call"));
        let (project, offset) = cursor(&format!("---@see ge$0t\n{code}"));
        assert!(navigation::prepare_rename(&project, 0, offset).is_err());
    }
}
