//! A script in each kind of literal takes any text, or refuses it: never another one, and never a change outside of the literal.

use std::path::Path;

use host::{HostDocument, Language};
use text::TextRange;

/// Files with one script, whose text is `return 1`.
const FILES: &[(&str, &str)] = &[
    ("a.py", "r.eval('return 1', 0)\nx = 'after'\n"),
    ("a.py", "r.eval(\"return 1\", 0)\n"),
    ("a.py", "r.eval('''return 1''', 0)\n"),
    ("a.py", "r.eval(r\"\"\"return 1\"\"\", 0)\n"),
    ("a.py", "r.eval(f\"return 1\", 0)\n"),
    ("a.js", "r.eval('return 1', 0);\n"),
    ("a.ts", "r.eval(`return 1`, 0);\nconst x = `after ${y}`;\n"),
    ("a.go", "package a\nvar s = redis.NewScript(`return 1`)\n"),
    ("a.go", "package a\nvar s = redis.NewScript(\"return 1\")\n"),
    ("A.java", "class A { void f() { j.eval(\"return 1\", 0); } }\n"),
    ("a.rb", "redis.eval('return 1', keys: [])\n"),
    ("a.rb", "redis.eval(\"return 1\", keys: [])\n"),
    ("a.php", "<?php $r->eval('return 1', 0);\n"),
    ("a.php", "<?php $r->eval(\"return 1\", 0);\n"),
    ("a.cs", "class A { void F() { db.ScriptEvaluate(\"return 1\"); } }\n"),
    ("a.cs", "class A { void F() { db.ScriptEvaluate(@\"return 1\"); } }\n"),
    ("a.kt", "fun f() { j.eval(\"return 1\", 0) }\n"),
    ("a.rs", "fn f() { let s = Script::new(\"return 1\"); }\n"),
    ("a.rs", "fn f() { let s = Script::new(r#\"return 1\"#); }\n"),
];

/// Pieces of which texts are made.
const PIECES: &[&str] = &[
    "'", "\"", "\\", "\\n", "\n", "\r\n", "\t", "\0", "é", "😀", "${", "}", "{", "{{", "}}", "#{", "#@a", "$x", "{$x}",
    "\"\"\"", "'''", "`", "]]", "\"#", "$", "#", "%s", "@a", "x", " ", "-- c",
];

/// A generator of numbers that is the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most
    }
}

fn applied(source: &str, edits: &[(TextRange, String)]) -> String {
    let mut out = source.to_owned();
    for (range, text) in edits.iter().rev() {
        out.replace_range(range.to_usize(), text);
    }
    out
}

#[test]
fn edits_are_the_same_in_the_script_and_in_the_file() {
    let mut random = Random(7);
    let mut taken = vec![0; FILES.len()];
    for round in 0..4_000 {
        let (file, source) = FILES[round % FILES.len()];
        let language = Language::of_path(Path::new(file)).unwrap_or_else(|| panic!("{file}"));
        let document = HostDocument::read(language, file, source.as_bytes());
        let [script] = &document.embedded[..] else { panic!("{source}: {:?}", document.embedded.len()) };
        let text: String = (0..random.below(6)).map(|_| PIECES[random.below(PIECES.len())]).collect();
        let at = random.below(script.text.len() + 1) as u32;
        let Some(edits) = document.edits(file, source.as_bytes(), &script.id, &[(TextRange::at(at), &text)]) else {
            continue;
        };
        taken[round % FILES.len()] += 1;
        let after = applied(source, &edits);
        let again = HostDocument::read(language, file, after.as_bytes());
        let mut expected = String::from_utf8_lossy(&script.text).into_owned();
        expected.insert_str(at as usize, &text);
        assert_eq!(String::from_utf8_lossy(&again.embedded[0].text), expected, "{after}");
    }
    for (count, (_, source)) in taken.iter().zip(FILES) {
        assert!(*count > 20, "{source} takes only {count} texts");
    }
}

#[test]
fn what_a_literal_with_escapes_cannot_have_is_rare() {
    let source = "r.eval(\"return 1\", 0)\n";
    let language = Language::of_path(Path::new("a.py")).unwrap_or_else(|| panic!("Python"));
    let document = HostDocument::read(language, "a.py", source.as_bytes());
    for piece in PIECES {
        let edits = document.edits("a.py", source.as_bytes(), &document.embedded[0].id, &[(TextRange::at(8), piece)]);
        assert!(edits.is_some(), "{piece:?} is refused");
    }
}
