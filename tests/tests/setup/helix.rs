//! Helix: a part of the user's `languages.toml`, and queries beside the editor's own.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
};

use tests::redlua;

use crate::home::{Home, ok};

pub(crate) const LANGUAGES: &str = ".config/helix/languages.toml";

pub(crate) const USERS: &str = "# mine\n[[language]]\nname = \"rust\"\nauto-format = false\n";

pub(crate) fn helix_command(home: &Home) -> String {
    let table: toml::Table = ok(home.read(LANGUAGES).parse());
    table["language-server"]["redlua"]["command"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn languages_of_the_user_come_through() {
    for text in
        [USERS.to_owned(), USERS.trim_end().to_owned(), USERS.replace('\n', "\r\n"), "\n\n".to_owned(), String::new()]
    {
        let home = Home::new();
        home.write(LANGUAGES, &text);
        ok(fs::set_permissions(home.path(LANGUAGES), fs::Permissions::from_mode(0o640)));
        let before = home.tree();
        let done = home.fine(&["helix", "--yes"]);
        assert!(done.stdout.contains("update     ~/.config/helix/languages.toml\n"), "{}", done.stdout);
        assert!(done.stdout.contains("+# >>> redlua"), "a change in a file of the user is shown: {}", done.stdout);
        let now = home.read(LANGUAGES);
        assert!(now.starts_with(&text));
        assert_eq!(text.contains("\r\n"), now.contains("\r\n"));
        assert_eq!(now.matches('\n').count() == now.matches("\r\n").count(), text.contains("\r\n"));
        assert_eq!(helix_command(&home), redlua().get_program().to_string_lossy());
        assert!(home.fine(&["helix"]).stdout.starts_with("nothing to do"));
        home.fine(&["helix", "--undo", "--yes"]);
        assert_eq!(home.tree(), before);
    }
}

#[test]
fn what_is_written_behind_our_part_stays() {
    let home = Home::new();
    home.write(LANGUAGES, USERS.trim_end());
    home.fine(&["helix", "--yes"]);
    let more = "\n[[language]]\nname = \"go\"\n";
    home.write(LANGUAGES, &(home.read(LANGUAGES) + more));
    assert!(home.fine(&["helix"]).stdout.starts_with("nothing to do"));
    home.fine(&["helix", "--undo", "--yes"]);
    assert_eq!(home.read(LANGUAGES), format!("{USERS}{more}"));
}

#[test]
fn our_part_changed_by_the_user_stays() {
    let home = Home::new();
    home.fine(&["helix", "--yes"]);
    let changed = home.read(LANGUAGES).replace("tab-width = 2", "tab-width = 8");
    home.write(LANGUAGES, &changed);
    let again = home.fine(&["helix", "--yes"]);
    assert!(
        again.stderr.contains("our part of ~/.config/helix/languages.toml was changed and stays"),
        "{}",
        again.stderr
    );
    let undone = home.fine(&["helix", "--undo", "--yes"]);
    assert!(undone.stderr.contains("our part of ~/.config/helix/languages.toml was changed since and stays"));
    assert_eq!(home.read(LANGUAGES), changed);
}

#[test]
fn a_languages_toml_that_ours_would_break_is_left_alone() {
    for (text, said) in [
        ("[[language]\nname = 1\n", "is broken, and Helix does not read it either"),
        ("[language-server.redlua]\ncommand = \"x\"\n", "has [language-server.redlua] already"),
        ("[[language]]\nname = \"redis-lua\"\n", "has a [[language]] with the name \"redis-lua\" already"),
        ("language = [{ name = \"rust\" }]\n", "would not be TOML any more with our part in it"),
        ("language-server = {}\n", "would not be TOML any more with our part in it"),
        ("# >>> redlua\n", "are not one pair"),
    ] {
        let home = Home::new();
        home.write(LANGUAGES, text);
        let before = home.tree();
        let done = home.setup(&["helix", "--yes"]);
        assert_eq!(done.status, 2, "{text}");
        assert!(done.stderr.contains(said), "{text}: {}", done.stderr);
        assert_eq!(home.tree(), before);
    }
    // A key behind our part is drawn into it.
    let home = Home::new();
    home.write(LANGUAGES, USERS);
    home.fine(&["helix", "--yes"]);
    home.write(LANGUAGES, &(home.read(LANGUAGES) + "auto-format = true\n"));
    let before = home.tree();
    let done = home.setup(&["helix", "--undo", "--yes"]);
    assert_eq!(done.status, 2);
    assert!(
        done.stderr.contains("belongs to the table above it") || done.stderr.contains("is broken"),
        "{}",
        done.stderr
    );
    assert_eq!(home.tree(), before);
}

#[test]
fn a_link_to_where_somebody_keeps_his_files_stays_a_link() {
    let home = Home::new();
    home.write("dotfiles/languages.toml", USERS);
    ok(fs::create_dir_all(home.path(".config/helix")));
    ok(symlink("../../dotfiles/languages.toml", home.path(LANGUAGES)));
    let before = home.tree();
    home.fine(&["helix", "--yes"]);
    assert!(home.path(LANGUAGES).is_symlink());
    assert!(home.read("dotfiles/languages.toml").contains("# >>> redlua"));
    home.fine(&["helix", "--undo", "--yes"]);
    assert_eq!(home.tree(), before);
}

#[test]
fn queries_of_hosts_are_put_together_with_those_of_helix() {
    let home = Home::new();
    let python = ".config/helix/runtime/queries/python/injections.scm";
    home.fine(&["helix", "--yes"]);
    let text = home.read(python);
    assert!(text.starts_with("; # >>> redlua\n; of Helix\n\n") && text.contains("injection.language"), "{text}");
    // Helix has nothing for Go here, and ours alone would hide that it may have.
    assert!(!home.path(".config/helix/runtime/queries/go").exists());

    // An update of Helix.
    home.write("helix-runtime/queries/python/injections.scm", "; of a later Helix\n");
    let done = home.fine(&["helix", "--yes"]);
    assert!(done.stdout.contains(&format!("update     ~/{python}")), "{}", done.stdout);
    assert!(home.read(python).contains("; of a later Helix\n"));

    // Changed by the user, and the user's own.
    home.write(python, &(home.read(python) + "; mine\n"));
    assert!(home.fine(&["helix", "--yes"]).stderr.contains("injections.scm was changed and stays"));
    home.write(python, "; all mine\n");
    assert!(home.fine(&["helix", "--yes"]).stderr.contains("injections.scm is yours and stays"));
    home.fine(&["helix", "--undo", "--yes"]);
    assert_eq!(home.read(python), "; all mine\n");
}

#[test]
fn helix_is_asked_where_its_queries_are_and_leaves_nothing() {
    let home = Home::new();
    // As Helix does, whatever it is asked.
    home.program(
        "hx",
        "#!/bin/sh\nmkdir -p \"${XDG_CONFIG_HOME:-$HOME/.config}/helix\"\necho 'Config file: default'\n\
         here=$(dirname \"$0\")\necho \"Runtime directories: /no/where;$here/../brought\"\n",
    );
    home.write("brought/queries/go/injections.scm", "; of this Helix\n");
    let before = home.tree();
    let setup = |args: &[&str]| {
        let output = ok(home
            .command(Path::new(redlua().get_program()))
            .arg("setup")
            .args(args)
            .env_remove("HELIX_RUNTIME")
            .output());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    setup(&["helix", "--dry-run"]);
    assert_eq!(home.tree(), before);
    setup(&["helix", "--yes"]);
    assert!(home.read(".config/helix/runtime/queries/go/injections.scm").contains("; of this Helix\n"));
    setup(&["helix", "--undo", "--yes"]);
    assert_eq!(home.tree(), before);
}

#[test]
fn without_the_queries_of_helix_that_is_said() {
    let home = Home::new();
    ok(fs::remove_dir_all(home.path("helix-runtime")));
    assert!(home.fine(&["helix", "--yes"]).stderr.contains("Helix' own queries are not found"));
}

#[test]
fn redlua_is_the_last_of_the_servers_of_other_languages() {
    let home = Home::new();
    // The list that this Helix brings is in its program.
    home.program(
        "hx",
        "#!/bin/sh\nexit 0\n[[language]]\nname = \"go\"\nlanguage-servers = [ \"gopls\", \"another\" ]\n\n[[grammar]]\n\
         [[language]]\nname = \"python\"\nlanguage-servers = [\"ty\"]\n",
    );
    let text = "# mine\n[[language]]\nname = \"python\"\nlanguage-servers = [\n  \"pyright\", # types\n]\nauto-format = true\n";
    home.write(LANGUAGES, text);
    let before = home.tree();
    let servers = |home: &Home, name: &str| -> Vec<String> {
        let table: toml::Table = ok(home.read(LANGUAGES).parse());
        let languages = table["language"].as_array().cloned().unwrap_or_default();
        let language =
            languages.into_iter().rfind(|it| it["name"].as_str() == Some(name) && it.get("language-servers").is_some());
        let list = language.and_then(|it| it["language-servers"].as_array().cloned()).unwrap_or_default();
        list.iter().map(|it| it.as_str().or_else(|| it["name"].as_str()).unwrap_or_default().to_owned()).collect()
    };
    home.fine(&["helix", "--yes"]);
    assert!(home.read(LANGUAGES).starts_with(&text[..text.find("]\nauto").unwrap_or(0)]));
    assert_eq!(servers(&home, "python"), ["pyright", "redlua"]);
    assert_eq!(servers(&home, "go"), ["gopls", "another", "redlua"]);
    // Helix knows no other language here, and a name without more would be an error in its eyes.
    assert!(servers(&home, "rust").is_empty());
    assert!(home.fine(&["helix"]).stdout.starts_with("nothing to do"));
    home.fine(&["helix", "--undo", "--yes"]);
    assert_eq!(home.tree(), before);

    // A list that the user writes later gets ours, and the block loses its own.
    home.fine(&["helix", "--yes"]);
    let more = "\n[[language]]\nname = \"go\"\nlanguage-servers = [\"gopls\"]\n";
    home.write(LANGUAGES, &(home.read(LANGUAGES) + more));
    home.fine(&["helix", "--yes"]);
    assert_eq!(servers(&home, "go"), ["gopls", "redlua"]);
    assert_eq!(home.read(LANGUAGES).matches("name = \"go\"").count(), 1);
    // The user changes it, takes the block away by hand, and undoes the rest.
    let now = home.read(LANGUAGES).replace("[\"gopls\",", "[\"gopls\", \"second\",");
    let (begin, end) =
        (now.find("# >>>").unwrap_or(0), now.find("# <<< redlua\n").unwrap_or(0) + "# <<< redlua\n".len());
    home.write(LANGUAGES, &format!("{}{}", &now[..begin], &now[end..]));
    home.fine(&["helix", "--undo", "--yes"]);
    assert_eq!(home.read(LANGUAGES), format!("{text}{}", more.replace("\"gopls\"", "\"gopls\", \"second\"")));
}
