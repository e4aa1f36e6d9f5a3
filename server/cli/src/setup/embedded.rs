//! Files that the program carries for editors: those of `editors/`, and a parser. `build.rs` prepares them.

/// Paths below `editors/`, with `/`, and the content of the files.
static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/editors.rs"));

/// The tree-sitter parser of transcripts, compiled for this platform; empty where that could not be done.
pub(crate) static TRANSCRIPT_PARSER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/transcript-parser"));

/// The files below a folder such as `neovim/lua`, by their paths in it.
pub(crate) fn below(folder: &str) -> impl Iterator<Item = (&'static str, &'static [u8])> {
    FILES.iter().filter_map(move |(path, bytes)| Some((path.strip_prefix(folder)?.strip_prefix('/')?, *bytes)))
}

/// One file, by its path below `editors/`.
pub(crate) fn file(path: &str) -> &'static [u8] {
    FILES.iter().find(|(it, _)| *it == path).map_or(&[], |(_, bytes)| bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_editor_needs_is_there_and_nothing_else() {
        let neovim: Vec<&str> = below("neovim").map(|(path, _)| path).collect();
        for needed in ["lsp/redlua.lua", "plugin/redlua.lua", "doc/redlua.txt", "queries/lua/highlights.scm"] {
            assert!(neovim.contains(&needed), "{neovim:?}");
        }
        assert!(!file("helix/languages.toml").is_empty());
        assert!(FILES.iter().all(|(path, bytes)| {
            !bytes.is_empty() && !path.contains("README") && !path.contains("/images/") && !path.starts_with("vscode")
        }));
    }
}
