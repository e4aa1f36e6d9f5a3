//! The lists of host languages in clients are the server's. Each client has its own, for it needs them before the server runs.

use std::{collections::BTreeSet, path::Path};

use host::Language;

type Names = BTreeSet<String>;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The text between two others.
fn between<'t>(text: &'t str, begin: &str, end: &str) -> &'t str {
    let start = text.find(begin).unwrap_or_else(|| panic!("there is no {begin}")) + begin.len();
    let length = text[start..].find(end).unwrap_or_else(|| panic!("no {end} follows {begin}"));
    &text[start..start + length]
}

/// The words between quotes.
fn quoted(text: &str, quote: char) -> Names {
    text.split(quote).skip(1).step_by(2).map(str::to_owned).collect()
}

/// The languages of the server by its own names, without names that a client does not use.
fn languages(except: &[&str]) -> Names {
    let ids = Language::all().flat_map(Language::ids).map(|id| (*id).to_owned());
    let ids: Names = ids.filter(|id| !except.contains(&id.as_str())).collect();
    assert!(ids.len() > 10);
    ids
}

/// Names that the protocol has not; other editors use them.
const SHELLS: &[&str] = &["sh", "bash", "zsh"];

#[test]
fn the_list_of_vs_code_is_the_servers() {
    let list = quoted(between(&read("editors/vscode/src/client.ts"), "HOSTS: readonly string[] = [", "];"), '\'');
    assert_eq!(list, languages(SHELLS));
    let manifest: serde_json::Value =
        serde_json::from_str(&read("editors/vscode/package.json")).unwrap_or_else(|error| panic!("{error}"));
    let events: Names = manifest["activationEvents"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|event| Some(event.as_str()?.strip_prefix("onLanguage:")?.to_owned()))
        .filter(|language| !["lua", "redis"].contains(&language.as_str()))
        .collect();
    assert_eq!(events, list);
}

#[test]
fn the_list_of_neovim_is_the_servers() {
    let text = read("editors/neovim/lua/redlua/init.lua");
    // Its filetypes, each with the name in the protocol.
    assert_eq!(quoted(between(&text, "\nlocal hosts = {", "\n}"), '\''), languages(SHELLS));
}

#[test]
fn the_list_of_vim_is_the_servers() {
    let filetypes = read("editors/vim/plugin/redlua.vim");
    let filetypes = between(&filetypes, "autocmd FileType python", "\n").to_owned();
    let text = read("editors/vim/autoload/redlua.vim");
    let names: Vec<String> =
        between(&text, "let s:languages = {", "}").split('\'').skip(1).step_by(2).map(str::to_owned).collect();
    let name = |filetype: &str| {
        let at = names.iter().step_by(2).position(|it| it == filetype);
        at.map_or_else(|| filetype.to_owned(), |at| names[2 * at + 1].clone())
    };
    let list: Names = format!("python{filetypes}").split(',').map(name).collect();
    // Some have a filetype for Bash, which the server knows by that name.
    assert_eq!(list, languages(&["sh", "zsh"]));
}

#[test]
fn the_list_of_emacs_is_the_servers() {
    let text = read("editors/emacs/redlua.el");
    let list = quoted(between(&text, "(defconst redlua--hosts\n  '(", ")"), '"');
    assert_eq!(list, languages(&["sh", "bash", "zsh", "mdx"]), "lsp-mode has no name for MDX");
}
