//! `redlua setup` in homes of its own, with editors that only write down what they are told.
#![cfg(unix)]

use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use redlua_tests::{Run, redlua, root};

/// A home with nothing in it, and a PATH with nothing on it but what a test puts there.
struct Home {
    folder: tempfile::TempDir,
}

/// What is in a tree: files with their texts, folders and links.
type Tree = BTreeMap<PathBuf, String>;

fn ok<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error}"),
    }
}

impl Home {
    fn new() -> Self {
        let home = Self { folder: ok(tempfile::tempdir()) };
        ok(fs::create_dir_all(home.path("bin")));
        // What the scripts of tests call, and no editor that this machine may have.
        for tool in ["basename", "cat", "dirname", "mkdir", "rm", "script"] {
            let place =
                ["/usr/bin", "/bin"].map(|folder| Path::new(folder).join(tool)).into_iter().find(|it| it.exists());
            ok(symlink(place.unwrap_or_else(|| panic!("there is no {tool}")), home.path("bin").join(tool)));
        }
        // What Helix brings, for one language of the many.
        home.write("helix-runtime/queries/python/injections.scm", "; of Helix\n");
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("home").join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        ok(fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))));
        ok(fs::write(path, text));
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// A program on the PATH.
    fn program(&self, name: &str, text: &str) {
        self.write(&format!("bin/{name}"), text);
        ok(fs::set_permissions(self.path(&format!("bin/{name}")), fs::Permissions::from_mode(0o755)));
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("NO_COLOR", "1")
            .env("HOME", self.path(""))
            .env("PATH", self.path("bin"))
            .env("HELIX_RUNTIME", self.path("helix-runtime"))
            .stdin(Stdio::null());
        command
    }

    fn setup(&self, args: &[&str]) -> Run {
        self.setup_with(Path::new(redlua().get_program()), args)
    }

    /// The same by another file that is the program.
    fn setup_with(&self, program: &Path, args: &[&str]) -> Run {
        let output = ok(self.command(program).arg("setup").args(args).output());
        Run {
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The same, which must go well.
    fn fine(&self, args: &[&str]) -> Run {
        let done = self.setup(args);
        assert_eq!(done.status, 0, "{args:?}\n{}\n{}", done.stdout, done.stderr);
        done
    }

    fn tree(&self) -> Tree {
        let mut tree = Tree::new();
        walk(&self.path(""), &mut |path, what| {
            tree.insert(path.to_path_buf(), what);
        });
        tree
    }

    /// When each file was written, and which file it is.
    fn times(&self) -> BTreeMap<PathBuf, (i64, i64, u64)> {
        let mut times = BTreeMap::new();
        walk(&self.path(""), &mut |path, _| {
            let it = ok(fs::symlink_metadata(path));
            times.insert(path.to_path_buf(), (it.mtime(), it.mtime_nsec(), it.ino()));
        });
        times
    }
}

fn walk(folder: &Path, see: &mut impl FnMut(&Path, String)) {
    for entry in ok(fs::read_dir(folder)) {
        let path = ok(entry).path();
        if path.is_symlink() {
            see(&path, format!("→ {}", ok(fs::read_link(&path)).display()));
        } else if path.is_dir() {
            see(&path, "folder".to_owned());
            walk(&path, see);
        } else {
            let mode = ok(fs::metadata(&path)).permissions().mode() & 0o777;
            see(&path, format!("{mode:o} {}", String::from_utf8_lossy(&ok(fs::read(&path)))));
        }
    }
}

const PLUGIN: &str = ".local/share/nvim/site/pack/redlua/start/redlua";
const LANGUAGES: &str = ".config/helix/languages.toml";
const USERS: &str = "# mine\n[[language]]\nname = \"rust\"\nauto-format = false\n";

/// Says where its packages are, and makes of one what Emacs makes.
const EMACS: &str = r#"#!/bin/sh
case "$3" in
*princ*) printf '30\n~/.emacs.d/elpa/' ;;
*) for folder in "$HOME"/.emacs.d/elpa/redlua-*; do echo made > "$folder/redlua-autoloads.el"; echo made > "$folder/redlua.elc"; done ;;
esac
"#;

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
    let changed = format!("{PLUGIN}/lua/redlua/words.lua");
    let own = format!("{PLUGIN}/after/mine.lua");
    home.write(&changed, "-- mine\n");
    home.write(&own, "-- mine too\n");

    let again = home.fine(&["neovim", "--yes"]);
    assert!(again.stderr.contains("words.lua was changed and stays"), "{}", again.stderr);
    assert_eq!(home.read(&changed), "-- mine\n");

    let undone = home.fine(&["neovim", "--undo", "--yes"]);
    assert!(undone.stderr.contains("words.lua was changed since and stays"), "{}", undone.stderr);
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

fn helix_command(home: &Home) -> String {
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

/// An editor that keeps its extensions in a file and writes down what it is asked.
const CODE: &str = r#"#!/bin/sh
here=$(dirname "$0")
echo "$(basename "$0") $*" >>"$here/../calls"
list=$here/../$(basename "$0").extensions
case $1 in
--list-extensions) cat "$list" 2>/dev/null || true ;;
--install-extension) echo redlua.redlua@0.1.0 >"$list" ;;
--uninstall-extension) rm "$list" ;;
esac
"#;

fn vsix(path: &Path, publisher: &str, version: &str) {
    let mut writer = zip::ZipWriter::new(ok(fs::File::create(path)));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    ok(writer.start_file("extension/package.json", options));
    ok(write!(writer, r#"{{"name":"redlua","publisher":"{publisher}","version":"{version}"}}"#));
    ok(writer.finish());
}

#[test]
fn the_extension_goes_into_every_vs_code() {
    let home = Home::new();
    home.program("code", CODE);
    home.program("codium", CODE);
    // A link to one is no other.
    ok(symlink(home.path("bin/code"), home.path("bin/code-insiders")));
    let file = home.path("a packed.vsix");
    vsix(&file, "redlua", "0.1.0");
    let name = file.display().to_string();
    let calls = || {
        let calls = fs::read_to_string(home.path("calls")).unwrap_or_default();
        fs::remove_file(home.path("calls")).ok();
        calls.lines().filter(|line| !line.contains("--list-extensions")).map(str::to_owned).collect::<Vec<_>>()
    };

    let plan = home.fine(&["vscode", "--vsix", &name, "--dry-run"]);
    assert!(
        plan.stdout.contains(&format!("run        ~/bin/code --install-extension '{name}' --force\n")),
        "{}",
        plan.stdout
    );
    assert_eq!(calls(), [] as [&str; 0]);

    home.fine(&["vscode", "--vsix", &name, "--yes"]);
    assert_eq!(calls(), ["code", "codium"].map(|program| format!("{program} --install-extension {name} --force")));
    let again = home.fine(&["vscode", "--vsix", &name, "--yes"]);
    assert!(again.stdout.starts_with("nothing to do: redlua is set up in VS Code"), "{}", again.stdout);
    assert_eq!(calls(), [] as [&str; 0]);
    assert!(home.fine(&[]).stdout.contains("set up (0.1.0)"));

    // One has it already, the other has an older one.
    home.write("codium.extensions", "redlua.redlua@0.0.9\n");
    let mixed = home.fine(&["vscode", "--vsix", &name, "--yes"]);
    assert!(mixed.stdout.contains("unchanged  redlua.redlua 0.1.0 in ~/bin/code\n"), "{}", mixed.stdout);
    assert_eq!(calls(), [format!("codium --install-extension {name} --force")]);

    home.fine(&["vscode", "--undo", "--yes"]);
    assert_eq!(calls(), ["code", "codium"].map(|program| format!("{program} --uninstall-extension redlua.redlua")));
    assert!(home.fine(&["vscode", "--undo"]).stdout.starts_with("nothing to do: redlua is not in VS Code"));
}

#[test]
fn what_vs_code_cannot_do_is_said() {
    let home = Home::new();
    let file = home.path("x.vsix");
    let name = file.display().to_string();
    let said = |args: &[&str]| {
        let done = home.setup(args);
        assert_eq!(done.status, 2, "{args:?}: {}", done.stdout);
        done.stderr
    };
    assert!(said(&["vscode", "--yes"]).contains("no VS Code is on the PATH"));
    home.program("code", "#!/bin/sh\necho 'not as root' >&2\nexit 1\n");
    assert!(said(&["vscode", "--yes"]).contains("`~/bin/code --list-extensions --show-versions` failed: not as root"));
    home.program("code", CODE);
    assert!(said(&["vscode", "--vsix", &name]).contains("cannot be read"));
    ok(fs::write(&file, "no zip"));
    assert!(said(&["vscode", "--vsix", &name]).contains("is no .vsix"));
    vsix(&file, "else", "1.0.0");
    assert!(said(&["vscode", "--vsix", &name]).contains("is the extension else.redlua, not redlua.redlua"));
    assert!(said(&["helix", "--vsix", &name]).contains("--vsix is for VS Code"));
    home.program("code", &CODE.replace("echo redlua.redlua@0.1.0", "exit 3; echo"));
    vsix(&file, "redlua", "0.1.0");
    assert!(said(&["vscode", "--vsix", &name, "--yes"]).contains("failed (exit status: 3)"));
}

#[test]
fn the_extension_is_packed_where_that_can_be_done() {
    let home = Home::new();
    home.program("code", CODE);
    // In a clone of its own, for the one of the tests may have a packed one.
    let program = home.path("clone/target/debug/redlua");
    ok(fs::create_dir_all(home.path("clone/target/debug")));
    ok(fs::hard_link(redlua().get_program(), &program)
        .or_else(|_| fs::copy(redlua().get_program(), &program).map(drop)));
    home.write("clone/editors/vscode/package.json", r#"{"version":"0.1.0"}"#);
    home.write("clone/editors/vscode/scripts/package.mjs", "");
    home.program("node", "#!/bin/sh\necho v20.1.0\n");
    let done = home.setup_with(&program, &["vscode", "--yes"]);
    assert_eq!(done.status, 2);
    assert!(done.stderr.contains("takes npm and Node 22 or later (here it is v20.1.0)"), "{}", done.stderr);
    assert!(done.stderr.contains("clone/editors/vscode && npm ci && npm run package"), "{}", done.stderr);

    home.program("node", "#!/bin/sh\necho v22.0.0\n");
    home.program("npm", "#!/bin/sh\necho \"npm $* in $PWD\" >>\"$(dirname \"$0\")/../calls\"\n");
    let done = home.setup_with(&program, &["vscode", "--yes"]);
    assert_eq!(done.status, 0, "{}", done.stderr);
    let calls = home.read("calls");
    let at = |text: &str| calls.find(text).unwrap_or_else(|| panic!("no `{text}` in\n{calls}"));
    assert!(
        at("npm ci --no-audit") < at("npm run package -- --out ")
            && at("npm run package") < at("code --install-extension")
    );
    assert!(calls.contains("clone/editors/vscode\n"));

    // A packed one is taken as it is, and its age is told.
    ok(fs::remove_file(home.path("code.extensions")));
    let packed = home.path("clone/editors/vscode/redlua-any.vsix");
    vsix(&packed, "redlua", "0.1.0");
    let done = home.setup_with(&program, &["vscode", "--dry-run"]);
    assert!(done.stdout.contains("redlua-any.vsix --force") && !done.stdout.contains("npm"), "{}", done.stdout);
    assert!(!done.stderr.contains("is older"), "{}", done.stderr);
    ok(fs::File::options().write(true).open(&packed).and_then(|file| file.set_modified(std::time::UNIX_EPOCH)));
    let done = home.setup_with(&program, &["vscode", "--dry-run"]);
    assert!(done.stderr.contains("redlua-any.vsix is older than this program"), "{}", done.stderr);
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
