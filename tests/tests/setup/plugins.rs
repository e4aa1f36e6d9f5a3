//! Neovim, Vim, Emacs and Kate: files in a folder of their own.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use tests::{redlua, root};

use crate::{
    PLUGIN,
    home::{Home, ok},
};

/// Says where its packages are, and makes of one what Emacs makes.
pub(crate) const EMACS: &str = r#"#!/bin/sh
case "$3" in
*princ*) printf '30\n~/.emacs.d/elpa/' ;;
*) for folder in "$HOME"/.emacs.d/elpa/redlua-*; do echo made > "$folder/redlua-autoloads.el"; echo made > "$folder/redlua.elc"; done ;;
esac
"#;

#[test]
fn vim_by_the_place_of_its_settings() {
    let home = Home::new();
    home.write(".config/vim/vimrc", "");
    home.fine(&["vim", "--yes"]);
    let plugin = "pack/redlua/start/redlua/plugin/redlua.vim";
    assert!(home.path(".config/vim").join(plugin).is_file());
    let home = Home::new();
    home.write(".config/vim/vimrc", "");
    home.write(".vimrc", "");
    home.fine(&["vim", "--yes"]);
    assert!(home.path(".vim").join(plugin).is_file());
    let program = home.read(".vim/pack/redlua/start/redlua/plugin/redlua-program.vim");
    assert!(program.contains(&format!("'{}'", redlua().get_program().to_string_lossy())), "{program}");
}

#[test]
fn a_package_of_an_older_version_leaves_emacs() {
    let home = Home::new();
    home.program("emacs", EMACS);
    let before = home.tree();
    home.fine(&["emacs", "--yes"]);
    let packages = home.path(".emacs.d/elpa");
    let ours = ok(fs::read_dir(&packages)).flatten().next().unwrap_or_else(|| panic!("no package")).path();
    let source = ok(fs::read_to_string(ours.join("redlua.el")));
    let program = format!("'(\"{}\" \"lsp\")", redlua().get_program().to_string_lossy());
    assert!(source.contains(&program), "no {program}");
    // As if it were from before. Folders are those of the record.
    ok(fs::rename(&ours, packages.join("redlua-0.0.1")));
    let record = packages.join("redlua-0.0.1/redlua-setup.json");
    let name = ours.file_name().unwrap_or_default().to_string_lossy().into_owned();
    ok(fs::write(&record, ok(fs::read_to_string(&record)).replace(&name, "redlua-0.0.1")));
    home.write(".emacs.d/elpa/redlua-theme-1/redlua-theme.el", "somebody else's");
    home.fine(&["emacs", "--yes"]);
    assert!(ours.is_dir() && !packages.join("redlua-0.0.1").exists());
    home.fine(&["emacs", "--undo", "--yes"]);
    ok(fs::remove_dir_all(packages.join("redlua-theme-1")));
    ok(fs::remove_dir(&packages));
    ok(fs::remove_dir(home.path(".emacs.d")));
    assert_eq!(home.tree(), before);
}

#[test]
fn without_emacs_nobody_knows_where_its_packages_are() {
    let home = Home::new();
    let done = home.setup(&["emacs", "--yes"]);
    assert_eq!((done.status, done.stderr.contains("emacs is not on the PATH")), (2, true), "{}", done.stderr);
}

#[test]
fn settings_of_kate_that_are_the_users_stay() {
    const SETTINGS: &str = ".config/kate/lspclient/settings.json";
    let home = Home::new();
    home.write(SETTINGS, "{\"servers\": {\"c\": {}}}\n");
    let before = home.tree();
    let done = home.setup(&["kate", "--yes"]);
    assert_eq!(done.status, 2, "{}", done.stdout);
    assert!(done.stderr.contains("\"lua\": {") && done.stderr.contains("is yours"), "{}", done.stderr);
    home.fine(&["kate", "--undo", "--yes"]);
    assert_eq!(home.tree(), before);
    // Ours with something of the user's is the user's.
    let home = Home::new();
    home.fine(&["kate", "--yes"]);
    let more = home.read(SETTINGS).replacen("\"servers\": {", "\"servers\": {\n\"c\": {},", 1);
    home.write(SETTINGS, &more);
    home.fine(&["kate", "--yes"]);
    home.fine(&["kate", "--undo", "--yes"]);
    assert_eq!(home.read(SETTINGS), more);
}

#[test]
fn the_plug_in_is_that_of_the_repository() {
    let home = Home::new();
    home.fine(&["neovim", "--yes"]);
    for file in
        ["lsp/redlua.lua", "lua/redlua/run.lua", "plugin/redlua.lua", "syntax/redis.vim", "queries/go/injections.scm"]
    {
        let there = ok(fs::read(root().join("editors/neovim").join(file)));
        assert_eq!(ok(fs::read(home.path(PLUGIN).join(file))), there, "{file}");
    }
    for file in ["README.md", "images"] {
        assert!(!home.path(PLUGIN).join(file).exists(), "{file}");
    }
    assert!(home.read(&format!("{PLUGIN}/doc/tags")).contains("redlua-install\tredlua.txt\t/*redlua-install*\n"));
    // Files are like those of other programs, not for their owner alone.
    let mode = ok(fs::metadata(home.path(PLUGIN).join("lsp/redlua.lua"))).permissions().mode();
    assert_eq!(mode & 0o444, 0o444);
}

#[test]
fn neovim_by_other_names() {
    let home = Home::new();
    let output = home
        .command(Path::new(redlua().get_program()))
        .args(["setup", "neovim", "--yes"])
        .env("XDG_DATA_HOME", home.path("data"))
        .env("NVIM_APPNAME", "nvim-try")
        .output();
    assert!(ok(output).status.success());
    assert!(home.path("data/nvim-try/site/pack/redlua/start/redlua/plugin/redlua.lua").exists());
    assert!(!home.path(".local").exists());
}
