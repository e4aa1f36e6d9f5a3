//! `redlua setup` in homes of its own, with editors that only write down what they are told. Here is what holds for all of them.
#![cfg(unix)]

mod helix;
mod home;
mod plugins;
mod vscode;

use std::{
    fs,
    io::Write as _,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::Stdio,
};

use tests::redlua;

use helix::{LANGUAGES, USERS, helix_command};
use home::{Home, Tree, ok};
use plugins::EMACS;

const PLUGIN: &str = ".local/share/nvim/site/pack/redlua/start/redlua";

#[test]
fn put_in_and_taken_out_again() {
    for editor in ["neovim", "helix", "emacs", "vim", "kate"] {
        let home = Home::new();
        home.program("emacs", EMACS);
        let before = home.tree();
        let plan = home.fine(&[editor, "--dry-run"]);
        assert!(plan.stdout.contains("  create     ~/."), "{}", plan.stdout);
        assert_eq!(home.tree(), before, "a plan writes nothing");

        let done = home.fine(&[editor, "--yes"]);
        assert!(done.stdout.contains("\ndone: "), "{}", done.stdout);
        assert_ne!(home.tree(), before);
        let times = home.times();
        for again in [&[editor, "--yes"][..], &[editor], &[editor, "--dry-run"]] {
            let again = home.fine(again);
            assert!(again.stdout.starts_with("nothing to do: redlua is set up in "), "{}", again.stdout);
        }
        assert_eq!(home.times(), times, "no file is touched again");

        home.fine(&[editor, "--undo", "--dry-run"]);
        assert_eq!(home.times(), times);
        home.fine(&[editor, "--undo", "--yes"]);
        assert_eq!(home.tree(), before, "{editor} is as it was");
        assert!(home.fine(&[editor, "--undo"]).stdout.starts_with("nothing to do: redlua is not in "));
    }
}

#[test]
fn the_names_of_programs_mean_their_editors() {
    let home = Home::new();
    home.program("emacs", EMACS);
    for (alias, name) in [("nvim", "neovim"), ("hx", "helix")] {
        let plan = |editor: &str| home.fine(&[editor, "--dry-run"]).stdout;
        assert_eq!(plan(alias), plan(name));
    }
    // VS Code needs a packed extension: a name that is known gets further than one that is not.
    assert!(!home.setup(&["code", "--vsix", "none.vsix", "--dry-run"]).stderr.contains("invalid value"));
}

#[test]
fn folders_of_the_user_stay_when_they_are_empty() {
    let home = Home::new();
    for folder in [".local/share/nvim/site/pack", ".config/helix/runtime/queries/python"] {
        ok(fs::create_dir_all(home.path(folder)));
    }
    let before = home.tree();
    for editor in ["neovim", "helix"] {
        home.fine(&[editor, "--yes"]);
        home.fine(&[editor, "--undo", "--yes"]);
    }
    assert_eq!(home.tree(), before);
}

#[test]
fn nothing_happens_without_a_yes() {
    for editor in ["neovim", "helix", "emacs", "vim", "kate"] {
        let home = Home::new();
        home.program("emacs", EMACS);
        let before = home.tree();
        let done = home.setup(&[editor]);
        assert_eq!(done.status, 2);
        assert!(done.stdout.contains("create"), "the plan is shown: {}", done.stdout);
        assert!(done.stderr.contains("pass --yes"), "{}", done.stderr);
        assert_eq!(home.tree(), before);
    }
}

#[test]
fn the_question_is_asked_on_a_terminal() {
    let home = Home::new();
    let program = redlua().get_program().to_owned();
    let ask = |answer: &str| {
        // `script` gives the program a terminal.
        let line = format!("'{}' setup neovim", program.to_string_lossy());
        let mut child = ok(home
            .command(Path::new("script"))
            .args(["-qec", &line, "/dev/null"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn());
        if let Some(mut stdin) = child.stdin.take() {
            ok(stdin.write_all(answer.as_bytes()));
        }
        let output = ok(child.wait_with_output());
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (status, said) = ask("n\n");
    assert!(said.contains("Do it? [y/N]") && said.contains("nothing was changed"), "{said}");
    assert_eq!((status, home.path(PLUGIN).exists()), (Some(1), false));
    let (status, said) = ask("y\n");
    assert_eq!((status, home.path(PLUGIN).exists()), (Some(0), true), "{said}");
}

#[test]
fn what_the_user_changed_stays() {
    let home = Home::new();
    home.fine(&["neovim", "--yes"]);
    let changed = format!("{PLUGIN}/lua/redlua/view.lua");
    let own = format!("{PLUGIN}/after/mine.lua");
    home.write(&changed, "-- mine\n");
    home.write(&own, "-- mine too\n");

    let again = home.fine(&["neovim", "--yes"]);
    assert!(again.stderr.contains("view.lua was changed and stays"), "{}", again.stderr);
    assert_eq!(home.read(&changed), "-- mine\n");

    let undone = home.fine(&["neovim", "--undo", "--yes"]);
    assert!(undone.stderr.contains("view.lua was changed since and stays"), "{}", undone.stderr);
    assert!(undone.stderr.contains("mine.lua is not from setup and stays"), "{}", undone.stderr);
    let left: Vec<PathBuf> =
        home.tree().into_keys().filter(|path| path.starts_with(home.path(PLUGIN)) && path.is_file()).collect();
    assert_eq!(left, [home.path(&own), home.path(&changed)]);
}

/// Makes the record say that another version of ours had a file with this content.
fn pretend(home: &Home, record: &str, file: &str, text: &str, hash: &str) {
    let path = Path::new(record).parent().unwrap_or(Path::new("")).to_path_buf();
    let path = if file.starts_with("runtime") { PathBuf::from(".config/helix") } else { path };
    home.write(&path.join(file).to_string_lossy(), text);
    let mut json: serde_json::Value = ok(serde_json::from_str(&home.read(record)));
    json["version"] = "0.0.1".into();
    json["files"][file] = serde_json::json!([hash]);
    home.write(record, &json.to_string());
}

#[test]
fn an_update_takes_away_what_is_no_more() {
    let home = Home::new();
    home.fine(&["neovim", "--yes"]);
    let fresh = home.tree();
    let record = format!("{PLUGIN}/redlua-setup.json");
    // The hashes of `old\n` and of what was there before somebody changed it.
    pretend(&home, &record, "lua/gone/old.lua", "old\n", "281bac2b704617e807850e07e54bae3469f6a2e7");
    pretend(&home, &record, "lua/redlua/run.lua", "old\n", "281bac2b704617e807850e07e54bae3469f6a2e7");
    pretend(&home, &record, "lua/redlua/mine.lua", "mine\n", "0000000000000000000000000000000000000000");
    let mut json: serde_json::Value = ok(serde_json::from_str(&home.read(&record)));
    json["folders"]
        .as_array_mut()
        .unwrap_or_else(|| panic!("no folders"))
        .push(home.path(PLUGIN).join("lua/gone").display().to_string().into());
    home.write(&record, &json.to_string());
    let state = home.fine(&[]).stdout;
    assert!(state.contains("set up (0.0.1), to be brought up to date: redlua setup neovim"), "{state}");

    let done = home.fine(&["neovim", "--yes"]);
    assert!(
        done.stdout.contains("remove     ~/.local/share/nvim/site/pack/redlua/start/redlua/lua/gone/old.lua"),
        "{}",
        done.stdout
    );
    assert!(done.stdout.contains("update     ~/.local/share/nvim/site/pack/redlua/start/redlua/lua/redlua/run.lua"));
    assert!(done.stderr.contains("mine.lua was changed since and stays"), "{}", done.stderr);
    let without = |mut tree: Tree| {
        // The record still knows what was there, in case that this had not come to its end.
        tree.retain(|path, _| !path.ends_with("redlua-setup.json") && !path.ends_with("lua/redlua/mine.lua"));
        tree
    };
    assert!(home.fine(&["neovim"]).stdout.starts_with("nothing to do"));
    assert_eq!(without(home.tree()), without(fresh));
}

#[test]
fn what_ended_half_way_goes_on() {
    let home = Home::new();
    home.write(LANGUAGES, USERS);
    home.program("redlua-next", "#!/bin/sh\n");
    let before = home.tree();
    let only_read = |only: bool| {
        ok(fs::set_permissions(home.path(LANGUAGES), fs::Permissions::from_mode(if only { 0o444 } else { 0o644 })))
    };
    only_read(true);
    assert_eq!(home.setup(&["helix", "--yes"]).status, 2);
    only_read(false);
    // Undone from there, or done.
    home.fine(&["helix", "--undo", "--yes"]);
    assert_eq!(home.tree(), before);
    home.fine(&["helix", "--yes"]);
    // An update that did not come to the end leaves a part that is still ours, also for the next version.
    only_read(true);
    assert_eq!(home.setup(&["helix", "--yes", "--with", "redlua-next"]).status, 2);
    only_read(false);
    let done = home.fine(&["helix", "--yes", "--with", "redlua"]);
    assert!(!done.stderr.contains("was changed"), "{}", done.stderr);
    assert_eq!(helix_command(&home), "redlua");
    home.fine(&["helix", "--undo", "--yes"]);
    assert_eq!(home.tree(), before);
}

#[test]
fn a_record_that_leads_elsewhere_is_not_followed() {
    let home = Home::new();
    home.fine(&["neovim", "--yes"]);
    home.write("precious", "old\n");
    let record = format!("{PLUGIN}/redlua-setup.json");
    let mut json: serde_json::Value = ok(serde_json::from_str(&home.read(&record)));
    for path in ["../../../../../../../../precious".to_owned(), home.path("precious").display().to_string()] {
        json["files"][path] = serde_json::json!(["281bac2b704617e807850e07e54bae3469f6a2e7"]);
    }
    ok(fs::create_dir(home.path("empty")));
    json["folders"] = serde_json::json!([home.path("empty")]);
    home.write(&record, &json.to_string());
    home.fine(&["neovim", "--undo", "--yes"]);
    assert_eq!(home.read("precious"), "old\n");
    assert!(home.path("empty").exists());
}

#[test]
fn a_clone_in_the_place_of_the_plug_in_is_left_alone() {
    let home = Home::new();
    home.write("clone/plugin/redlua.lua", "-- a clone\n");
    ok(fs::create_dir_all(home.path(PLUGIN).parent().unwrap_or(Path::new("/"))));
    ok(symlink(home.path("clone"), home.path(PLUGIN)));
    let before = home.tree();
    for args in [&["neovim", "--yes"][..], &["neovim", "--undo", "--yes"]] {
        let done = home.setup(args);
        assert_eq!(done.status, 2);
        assert!(done.stderr.contains("is a link or a clone"), "{}", done.stderr);
    }
    assert_eq!(home.tree(), before);
}

#[test]
fn the_program_is_the_one_that_runs() {
    // Not on the PATH: its path is written down, whatever is in it.
    let home = Home::new();
    let folder = home.path("my own/it's \"here\"");
    ok(fs::create_dir_all(&folder));
    let program = folder.join("redlua");
    ok(fs::hard_link(redlua().get_program(), &program)
        .or_else(|_| fs::copy(redlua().get_program(), &program).map(drop)));
    for editor in ["neovim", "helix"] {
        let done = home.setup_with(&program, &[editor, "--yes"]);
        assert_eq!(done.status, 0, "{}", done.stderr);
        assert!(done.stdout.contains("with the program ~/my own/it's \"here\"/redlua:"), "{}", done.stdout);
    }
    let written = home.read(&format!("{PLUGIN}/lua/redlua/program.lua"));
    let path = program.display().to_string();
    assert!(written.ends_with(&format!("return '{}'\n", path.replace('\'', "\\'"))), "{written}");
    assert_eq!(helix_command(&home), path);

    // On the PATH: its name is enough, and the path that was written goes away.
    ok(symlink(&program, home.path("bin/redlua")));
    for editor in ["neovim", "helix"] {
        assert_eq!(home.setup_with(&program, &[editor, "--yes"]).status, 0);
    }
    assert!(!home.path(PLUGIN).join("lua/redlua/program.lua").exists());
    assert_eq!(helix_command(&home), "redlua");
}

#[test]
fn another_program_by_its_name() {
    let home = Home::new();
    home.program("redlua-next", "#!/bin/sh\n");
    home.fine(&["helix", "--yes", "--with", "redlua-next"]);
    assert_eq!(helix_command(&home), home.path("bin/redlua-next").display().to_string());
    home.fine(&["helix", "--yes", "--with", "redlua"]);
    assert_eq!(helix_command(&home), "redlua");
    let wrong = home.setup(&["helix", "--yes", "--with", "./no-such"]);
    assert_eq!(wrong.status, 2);
    assert!(wrong.stderr.contains("--with ./no-such: there is no such program"), "{}", wrong.stderr);
}

#[test]
fn what_was_put_in_before_there_was_a_record_is_ours() {
    let home = Home::new();
    home.fine(&["helix", "--yes"]);
    home.fine(&["neovim", "--yes"]);
    let fresh = home.tree();
    ok(fs::remove_file(home.path(".config/helix/runtime/queries/redis-lua/redlua-setup.json")));
    ok(fs::remove_file(home.path(PLUGIN).join("redlua-setup.json")));
    home.write(LANGUAGES, &home.read(LANGUAGES).replace("tab-width = 2", "tab-width = 4"));
    home.write(&format!("{PLUGIN}/lua/redlua/run.lua"), "-- old\n");
    let done = home.fine(&["neovim", "--yes"]);
    assert!(done.stdout.contains("--- old") || done.stdout.contains("-- old"), "the change is shown: {}", done.stdout);
    home.fine(&["helix", "--yes"]);
    let texts = |tree: &Tree| {
        let mut tree = tree.clone();
        tree.retain(|path, _| !path.ends_with("redlua-setup.json"));
        tree
    };
    assert_eq!(texts(&home.tree()), texts(&fresh));
}

#[test]
fn what_cannot_be_written_is_named_with_what_to_do() {
    let home = Home::new();
    // A file where a folder should be; rights would not stop root.
    home.write(".local/share/nvim", "");
    let done = home.setup(&["neovim", "--yes"]);
    assert_eq!(done.status, 2);
    assert!(
        done.stderr.contains("~/.local/share/nvim/site") && done.stderr.contains("should be a folder"),
        "{}",
        done.stderr
    );

    home.write(LANGUAGES, USERS);
    ok(fs::set_permissions(home.path(LANGUAGES), fs::Permissions::from_mode(0o444)));
    let done = home.setup(&["helix", "--yes"]);
    assert_eq!(done.status, 2);
    assert!(done.stderr.contains("changes were made, and the same command goes on from there"), "{}", done.stderr);
    assert!(done.stderr.contains("~/.config/helix/languages.toml cannot be written"), "{}", done.stderr);
    assert_eq!(home.read(LANGUAGES), USERS);
    ok(fs::set_permissions(home.path(LANGUAGES), fs::Permissions::from_mode(0o644)));
    home.fine(&["helix", "--yes"]);
    home.fine(&["helix", "--undo", "--yes"]);
    assert_eq!(home.read(LANGUAGES), USERS);
    assert!(!home.path(".config/helix/runtime").exists());

    let nowhere =
        home.command(Path::new(redlua().get_program())).args(["setup", "helix"]).env("HOME", "no/where").output();
    assert!(String::from_utf8_lossy(&ok(nowhere).stderr).contains("set HOME to an absolute path"));
}

#[test]
fn the_overview_tells_what_is_here() {
    let home = Home::new();
    home.program("nvim", "#!/bin/sh\necho NVIM v0.10.0\n");
    let said = home.fine(&[]).stdout;
    assert!(said.contains("VS Code  not on this machine\n         not set up\n"), "{said}");
    assert!(said.contains("Neovim   ~/bin/nvim\n         not set up: redlua setup neovim\n"), "{said}");
    assert!(
        home.fine(&["neovim", "--yes"]).stderr.contains("this is NVIM v0.10.0; the plug-in needs Neovim 0.11 or later")
    );
    assert!(home.fine(&[]).stdout.contains("set up (0.1.0)\n"));
    home.write(LANGUAGES, "[broken\n");
    assert!(home.fine(&[]).stdout.contains("languages.toml is broken"));
}

#[test]
fn mistakes_in_the_command_line() {
    let home = Home::new();
    for args in [&["emacs"][..], &["--yes"], &["neovim", "--undo", "--with", "redlua"], &["neovim", "--frob"]] {
        assert_eq!(home.setup(args).status, 2, "{args:?}");
    }
}
