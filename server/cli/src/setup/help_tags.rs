//! The tags of a help file, for Vim and Neovim.

/// Makes the file that `:helptags` would, without running the editor.
pub(super) fn tags(help: &[u8]) -> String {
    let help = String::from_utf8_lossy(help);
    let mut names: Vec<&str> = Vec::new();
    // A tag stands by itself between two stars; nothing in it is blank or would end a link.
    for word in help.split_ascii_whitespace() {
        let name = word.strip_prefix('*').and_then(|rest| rest.strip_suffix('*')).unwrap_or_default();
        if !name.is_empty() && !name.contains(['*', '|']) {
            names.push(name);
        }
    }
    names.sort_unstable();
    names.dedup();
    names
        .iter()
        .map(|name| format!("{name}\tredlua.txt\t/*{}*\n", name.replace('\\', "\\\\").replace('/', "\\/")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_a_help_file() {
        assert_eq!(
            tags(b"*b.txt* first\n x *a/b*\t*a*\n 2*3*4 *not one* |*no*|\n"),
            "a\tredlua.txt\t/*a*\na/b\tredlua.txt\t/*a\\/b*\nb.txt\tredlua.txt\t/*b.txt*\n"
        );
    }
}
