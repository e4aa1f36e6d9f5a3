//! The fields that a value has by its type: of status and error replies, of RESP3's tables, of tables that the script makes.

use semantic::flow::{Kinds, TableType, Type};
use syntax::ExprKind;

use super::{Completion, CompletionKind, Place};
use crate::call_site;

/// The fields of the value behind a dot; those that are listed already are left out.
pub(super) fn of_type(place: &Place<'_>, base: &str, found: &mut Vec<Completion>) {
    let script = &place.project.files[place.file].script;
    let flow = script.flow();
    let Some(of) = value(place, base) else { return };
    let mut add = |name: String, detail: String| match found.iter_mut().find(|known| known.label == name) {
        Some(known) => known.detail = detail,
        None => found.push(Completion { rank: 20, detail, ..Completion::new(name, CompletionKind::Field) }),
    };
    for table in &of.tables {
        match table {
            TableType::Status(text) => {
                add("ok".to_owned(), text.map_or_else(|| "string".to_owned(), |text| format!("'{text}'")));
            }
            TableType::Error => add("err".to_owned(), "string".to_owned()),
            TableType::Map(_) => add("map".to_owned(), "table".to_owned()),
            TableType::Set(_) => add("set".to_owned(), "table".to_owned()),
            TableType::Double => add("double".to_owned(), "number".to_owned()),
            TableType::Built(expr) => {
                let Some(site) = flow.site(*expr) else { continue };
                for (name, &held) in &site.fields {
                    let is_name = name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
                        && !name.first().is_some_and(u8::is_ascii_digit);
                    let of = flow.get(held);
                    // The field that is being typed is no field yet.
                    if is_name && !name.is_empty() && !of.kinds.is_only(Kinds::ANY_NIL) {
                        add(String::from_utf8_lossy(name).into_owned(), flow.describe(of));
                    }
                }
            }
            _ => {}
        }
    }
}

/// What the name before the dot is: at the nearest place where it was read, or where it is declared.
fn value<'a>(place: &Place<'a>, base: &str) -> Option<&'a Type> {
    let script = &place.project.files[place.file].script;
    let local = call_site::visible(place.project, place.file, base, place.offset)?;
    let read = script.scopes[local]
        .reads
        .iter()
        .copied()
        .filter(|&read| {
            let expr = &script.tree()[read];
            expr.range.end <= place.offset && matches!(expr.kind, ExprKind::Name(_))
        })
        .max_by_key(|&read| script.tree()[read].range.start);
    let flow = script.flow();
    read.and_then(|read| flow.of(read)).filter(|of| !of.tables.is_empty()).or_else(|| flow.declared(local))
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    fn fields(source: &str) -> Vec<String> {
        let (project, offset) = cursor(source);
        let mut all: Vec<String> = crate::completion::completions(&project, 0, offset)
            .items
            .into_iter()
            .map(|it| format!("{}: {}", it.label, it.detail))
            .collect();
        all.sort();
        all
    }

    #[test]
    fn fields_follow_from_the_type() {
        assert_eq!(fields("local r = redis.call('SET', KEYS[1], 1)\nreturn r.$0"), ["ok: 'OK'"]);
        assert_eq!(fields("local r = redis.pcall('INCR', KEYS[1])\nif r.$0 then return 1 end"), ["err: string"]);
        assert_eq!(
            fields("redis.setresp(3)\nlocal r = redis.call('HGETALL', KEYS[1])\nlocal m = r.$0"),
            ["map: table"]
        );
        assert_eq!(
            fields("local job = {id = KEYS[1]}\njob.tries = redis.call('INCR', KEYS[1])\nreturn job.$0"),
            ["id: string or nil", "tries: number"]
        );
        assert_eq!(fields("local r = redis.call('GET', KEYS[1])\nreturn r.$0"), Vec::<String>::new());
    }
}
