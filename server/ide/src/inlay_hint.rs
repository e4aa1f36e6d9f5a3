//! Words beside the code: the names of keys and arguments, and the names of parameters.

use syntax::{ExprId, ExprKind};
use text::TextRange;

use crate::{Element, File, Project, at, functions, hover, naming};

/// A hint.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inlay {
    /// Offset at which it is shown.
    pub offset: u32,
    /// Text of the hint.
    pub label: String,
    /// True if it names a parameter and stands before its value.
    pub is_parameter: bool,
    /// Range that its tooltip describes.
    pub about: TextRange,
}

/// The hints within a range.
pub fn inlay_hints(project: &Project, file: usize, range: TextRange) -> Vec<Inlay> {
    let it = &project.files[file];
    if !it.is_script {
        return Vec::new();
    }
    let mut found = Vec::new();
    let display = &it.options.display;
    if display.names {
        elements(it, range, &mut found);
    }
    if display.parameters {
        parameters(project, file, range, &mut found);
    }
    if display.replies {
        replies(it, range, &mut found);
    }
    found.sort_by_key(|hint| hint.offset);
    found
}

/// `KEYS[1]` with the name that the header gives it.
fn elements(file: &File, range: TextRange, found: &mut Vec<Inlay>) {
    const LONGEST: usize = 24;
    let script = &file.script;
    for (is_key, uses, entries) in
        [(true, &script.keys, &script.header.keys), (false, &script.argv, &script.header.args)]
    {
        for used in &uses.indices {
            let place = script.tree()[used.expr].range;
            let Some(entry) = entries.iter().find(|entry| f64::from(entry.index) == used.index) else { continue };
            if entry.text.is_empty() || !range.overlaps(place) {
                continue;
            }
            let text = file.text(entry.text);
            let name = text.trim_matches(['\'', '"', '`', ',', '.', ' ']);
            // Where the element is put into a local of the same name, there is nothing to add.
            let element = Element { is_key, index: entry.index };
            let same = uses.name_in(script, element.index).is_some_and(|local| same_words(local, name));
            if same || name.is_empty() {
                continue;
            }
            let mut label: String = name.chars().take(LONGEST).collect();
            if name.chars().count() > LONGEST {
                label = label.trim_end().to_owned() + "…";
            }
            found.push(Inlay { offset: place.end, label: format!(" {label}"), is_parameter: false, about: place });
        }
    }
}

/// `lockKey` and `lock key` are the same words, and `data` is one of `job data`.
fn same_words(local: &str, name: &str) -> bool {
    if name.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word.eq_ignore_ascii_case(local)) {
        return true;
    }
    let letters =
        |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let (local, name) = (letters(local), letters(name));
    !local.is_empty() && (local == name || name.starts_with(&local) || local.starts_with(&name))
}

/// Locals that hold what a call gives, with its type.
fn replies(file: &File, range: TextRange, found: &mut Vec<Inlay>) {
    const LONGEST: usize = 40;
    let script = &file.script;
    let flow = script.flow();
    for (id, local) in script.scopes.locals() {
        let (semantic::Init::Expr(call) | semantic::Init::Nth(call, _)) = local.init else { continue };
        if !matches!(script.tree()[call].kind, ExprKind::Call(_)) || !range.overlaps(local.name.range) {
            continue;
        }
        let text = flow.declared(id).map(|of| flow.describe(of)).unwrap_or_default();
        if !text.is_empty() && text.chars().count() <= LONGEST {
            let place = local.name.range;
            found.push(Inlay { offset: place.end, label: format!(": {text}"), is_parameter: false, about: place });
        }
    }
}

/// The parameters of the script's own functions, before arguments that do not say what they are.
fn parameters(project: &Project, file: usize, range: TextRange, found: &mut Vec<Inlay>) {
    let script = &project.files[file].script;
    for (id, expr) in script.tree().exprs().filter(|(_, expr)| range.overlaps(expr.range)) {
        let (args, is_method) = match &expr.kind {
            ExprKind::Call(call) => (&call.args, false),
            ExprKind::MethodCall(call) => (&call.args, true),
            _ => continue,
        };
        let speaks_for_itself = |&arg: &ExprId| {
            !matches!(
                script.tree()[arg].kind,
                ExprKind::String
                    | ExprKind::Number(_)
                    | ExprKind::True
                    | ExprKind::False
                    | ExprKind::Nil
                    | ExprKind::Index { .. }
            )
        };
        if args.iter().all(speaks_for_itself) {
            continue;
        }
        // Where several functions may be called their parameters may have different names.
        let [(of, function)] = functions::called(project, file, id)[..] else { continue };
        let other = &project.files[of].script;
        let params = &other.scopes.params(function);
        for (&param, &arg) in params.iter().skip(usize::from(is_method)).zip(args.iter()) {
            let param = other.scopes[param].name;
            if param.range.is_empty() {
                continue;
            }
            let name = param.as_str(&other.source);
            let place = script.tree()[arg].range;
            let literal = !speaks_for_itself(&arg);
            let speaks = at::element(script, arg)
                .and_then(|element| naming::element_name(&project.files[file], element))
                .is_some_and(|told| same_words(name, &told));
            if literal && !speaks && !name.starts_with('_') && range.overlaps(place) {
                found.push(Inlay {
                    offset: place.start,
                    label: format!("{name}:"),
                    is_parameter: true,
                    about: param.range,
                });
            }
        }
    }
}

/// Returns the tooltip of a hint, in Markdown.
pub fn resolve(project: &Project, file: usize, offset: u32) -> Option<String> {
    hover::hover(project, file, offset).map(|hover| hover.markdown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::*;

    fn hints(source: &str) -> Vec<String> {
        let project = project(source);
        let all = TextRange::new(0, project.files[0].source().len() as u32);
        inlay_hints(&project, 0, all).into_iter().map(|hint| hint.label).collect()
    }

    #[test]
    fn elements_have_their_names() {
        assert_eq!(hints("-- KEYS[1] the lock\nreturn redis.call('GET', KEYS[1])"), [" the lock"]);
        assert_eq!(
            hints("-- KEYS[1] lock key\nlocal lockKey = KEYS[1]\nreturn redis.call('GET', lockKey)"),
            Vec::<String>::new()
        );
        assert_eq!(hints("return redis.call('GET', KEYS[1])"), Vec::<String>::new());
        assert_eq!(hints("-- ARGV[1] json of the job data\nlocal data = ARGV[1]\nreturn data"), Vec::<String>::new());
    }

    #[test]
    fn replies_have_their_types_where_they_are_wanted() {
        let source = "local v = redis.call('GET', KEYS[1])\nlocal n = tonumber(v) or 0\nlocal ok, r = pcall(redis.call, 'INCR', KEYS[2])";
        assert_eq!(hints(source), Vec::<String>::new());
        let display = linter::Display { replies: true, ..linter::Display::default() };
        let options = linter::Options { display, ..linter::Options::default() };
        let mut script = semantic::Script::new(source.as_bytes().into(), None);
        script.bind_commands(&options.targets);
        let mut found = Vec::new();
        let file = File::new("a.lua".to_owned(), script, true, options.into());
        replies(&file, TextRange::new(0, source.len() as u32), &mut found);
        let labels: Vec<&str> = found.iter().map(|hint| hint.label.as_str()).collect();
        assert_eq!(labels, [": string or false", ": boolean", ": string or number"]);
    }

    #[test]
    fn parameters_have_their_names() {
        assert_eq!(
            hints("local function f(key, n) return redis.call('INCRBY', key, n) end\nreturn f(KEYS[1], 5)"),
            ["key:", "n:"]
        );
        assert_eq!(
            hints("local function f(n) return redis.call('ECHO', n) end\nlocal n = 1\nreturn f(n)"),
            Vec::<String>::new()
        );
    }
}
