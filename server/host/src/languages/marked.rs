//! Sources with marks for tests: `«` and `»` around the bodies of literals, `¿` at the end of one that is not closed, `‹` and `›`
//! around holes.

use text::TextRange;

use crate::lexed::Lexed;

/// A literal as marks give it.
#[derive(PartialEq, Eq, Debug)]
struct Marked {
    body: TextRange,
    is_closed: bool,
    holes: Vec<TextRange>,
}

/// Lexes each source without its marks, and panics where the literals are not the marked ones.
#[track_caller]
pub(super) fn check(lex: fn(&[u8]) -> Lexed, sources: &[&str]) {
    for marked in sources {
        let (source, expected) = read(marked);
        let lexed = lex(source.as_bytes());
        let mut found: Vec<Marked> = lexed
            .literals
            .iter()
            .map(|it| Marked {
                body: it.body,
                is_closed: it.is_closed,
                holes: lexed.holes(it).iter().map(|hole| hole.range).collect(),
            })
            .collect();
        // Literals are in the order of their tags, marks in that of the bodies.
        found.sort_by_key(|it| it.body.start);
        let texts: Vec<&str> = found.iter().map(|it| &source[it.body.start as usize..it.body.end as usize]).collect();
        assert_eq!(found, expected, "in {marked}: {texts:?}");
    }
}

fn read(marked: &str) -> (String, Vec<Marked>) {
    let mut source = String::new();
    let mut found: Vec<Marked> = Vec::new();
    let mut open = Vec::new();
    let mut hole = Vec::new();
    for it in marked.chars() {
        let at = source.len() as u32;
        match it {
            '«' => {
                open.push(found.len());
                found.push(Marked { body: TextRange::at(at), is_closed: false, holes: Vec::new() });
            }
            '»' | '¿' => {
                let nth = open.pop().expect("a mark without a beginning");
                found[nth].body.end = at;
                found[nth].is_closed = it == '»';
            }
            '‹' => hole.push(at),
            '›' => {
                let (start, nth) = (hole.pop().expect("a mark without a beginning"), open.last().expect("no literal"));
                found[*nth].holes.push(TextRange::new(start, at));
            }
            _ => source.push(it),
        }
    }
    (source, found)
}
