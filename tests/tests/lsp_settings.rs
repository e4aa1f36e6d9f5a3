//! `redlua.toml` in an editor: completion, hover, mistakes and their fixes.

use serde_json::{Value, json};
use tests::scenario::Scenario;

#[test]
fn settings_are_completed_and_explained() {
    let text = "# é$0\nclu$1\ntarget = '$2'\n[lints]\ncro$3ss-slot = $4\"deny\"\n$5\n";
    let mut it = Scenario::new(&format!("--- file: redlua.toml\n{text}"));
    let keys = it.completions('1');
    let has = |list: &[String], label: &str| list.iter().any(|it| it == label);
    assert!(has(&keys, "cluster") && has(&keys, "[files]"), "{keys:?}");
    assert!(!has(&keys, "target") && !has(&keys, "[lints]"), "{keys:?}");
    assert!(it.completion('1', "cluster")["documentation"].to_string().contains("one slot"));
    let targets = it.completions('2');
    assert!(has(&targets, "'redis 8.6'") && has(&targets, "'valkey 7.2..'"), "{targets:?}");
    let rules = it.completions('5');
    assert!(has(&rules, "unknown-command") && !has(&rules, "cross-slot"), "{rules:?}");
    assert_eq!(it.completions('4'), ["\"allow\"", "\"hint\"", "\"warn\"", "\"deny\""]);
    assert!(it.hover('3').contains("different hash slots"));
    assert_eq!(it.hover('0'), "");
    let taken = "# é\ncluster = ${1:true}\ntarget = ''\n[lints]\ncross-slot = \"deny\"\n\n";
    assert_eq!(it.complete('1', "cluster"), taken);
}

#[test]
fn mistakes_are_told_while_they_are_typed() {
    let mut it = Scenario::new(
        "
--- file: redlua.toml
# é
clutser = true
--<^^^^^^^ error: unknown key `clutser`: did you mean `cluster`?
modules = ['jsn']
         --^^^^^ error: unknown module `jsn`: did you mean `json`?
[lints]
unknow-command = 'deny'
--<^^^^^^^^^^^^^^ error: there is no rule `unknow-command`: did you mean `unknown-command`?
",
    );
    let told = it.check_findings();
    it.act(&told[0]["range"], "Replace by `cluster`");
    let told = it.findings(0);
    it.act(&told[0]["range"], "Replace by `json`");
    assert_eq!(it.findings(0).len(), 1);
    assert_eq!(it.text(), "# é\ncluster = true\nmodules = ['json']\n[lints]\nunknow-command = 'deny'\n");
    // What is typed is judged before it is saved, and counts once it is.
    it.change(0, "[hints]\ncluster = true\n");
    assert_eq!(it.findings(0)[0]["message"], "`cluster` belongs above the first table of the file");
    let uri = it.uri(0).to_owned();
    let of = it.of(0);
    std::fs::write(it.folder.path().join("redlua.toml"), "").expect("a file");
    it.client.notify("textDocument/didClose", of);
    let told = it.client.wait(|it| it["method"] == "textDocument/publishDiagnostics" && it["params"]["uri"] == uri);
    assert_eq!(told["params"]["diagnostics"], json!([]));
    // It is no script, and whatever else is asked about it has no answer.
    it.client.open(&uri, "cluster = true\n");
    for method in ["textDocument/formatting", "textDocument/documentSymbol", "textDocument/foldingRange"] {
        let params = json!({ "textDocument": { "uri": uri }, "options": { "tabSize": 2, "insertSpaces": true } });
        assert_eq!(it.client.request(method, params), Value::Null, "{method}");
    }
    assert_eq!(it.client.end(), Some(0));
}
