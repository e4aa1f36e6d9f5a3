//! VS Code: the extension, packed and installed by programs that only write down what they are told.

use std::{fs, io::Write as _, os::unix::fs::symlink, path::Path};

use tests::redlua;

use crate::home::{Home, ok};

/// An editor that keeps its extensions in a file and writes down what it is asked.
const CODE: &str = r#"#!/bin/sh
here=$(dirname "$0")
echo "$(basename "$0") $*" >>"$here/../calls"
list=$here/../$(basename "$0").extensions
case $1 in
--list-extensions) cat "$list" 2>/dev/null || true ;;
--locate-extension) [ ! -d "$list.unpacked" ] || (echo 'a warning' && cd "$list.unpacked" && pwd) ;;
--install-extension) echo redlua.redlua@0.1.0 >"$list" ;;
--uninstall-extension) rm "$list" ;;
esac
"#;

/// What the extension does.
const SCRIPT: &str = "activate();";

fn vsix(path: &Path, publisher: &str, version: &str) {
    let mut writer = zip::ZipWriter::new(ok(fs::File::create(path)));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    ok(writer.start_file("extension/package.json", options));
    ok(write!(writer, r#"{{"name":"redlua","publisher":"{publisher}","version":"{version}"}}"#));
    ok(writer.start_file("extension/dist/extension.cjs", options));
    ok(writer.write_all(SCRIPT.as_bytes()));
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
        calls.lines().filter(|line| line.contains("install-extension ")).map(str::to_owned).collect::<Vec<_>>()
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
    assert!(again.stderr.contains("~/bin/code has redlua.redlua 0.1.0 but does not say where"), "{}", again.stderr);
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

/// Those who follow the repository have many builds of one version.
#[test]
fn another_build_of_a_version_takes_its_place() {
    let home = Home::new();
    home.program("code", CODE);
    home.write("code.extensions", "redlua.redlua@0.1.0\n");
    let file = home.path("x.vsix");
    vsix(&file, "redlua", "0.1.0");
    let name = file.display().to_string();
    let settled = |settled: bool| {
        let plan = home.fine(&["vscode", "--vsix", &name, "--dry-run"]);
        assert_eq!(plan.stdout.starts_with("nothing to do"), settled, "{}", plan.stdout);
        assert_eq!(plan.stdout.contains("--install-extension"), !settled, "{}", plan.stdout);
        assert!(!plan.stderr.contains("does not say where"), "{}", plan.stderr);
    };
    // The editor writes the manifest anew, and puts a file of its own beside it.
    let manifest = r#"{"publisher":"redlua","name":"redlua", "version":"0.1.0"}"#;
    home.write("code.extensions.unpacked/package.json", &manifest.replace("}", r#","__metadata":{"size":7}}"#));
    home.write("code.extensions.unpacked/.vsixmanifest", "");
    home.write("code.extensions.unpacked/dist/extension.cjs", SCRIPT);
    settled(true);
    home.write("code.extensions.unpacked/dist/extension.cjs", &SCRIPT.to_uppercase());
    settled(false);
    home.write("code.extensions.unpacked/dist/extension.cjs", SCRIPT);
    home.write("code.extensions.unpacked/server/redlua", "");
    settled(false);
    ok(fs::remove_dir_all(home.path("code.extensions.unpacked/server")));
    settled(true);
    home.write("code.extensions.unpacked/package.json", &manifest.replace("}", r#","main":"x"}"#));
    settled(false);

    // In a terminal of a remote window that question would open another window.
    ok(fs::remove_file(home.path("calls")));
    let mut command = home.command(Path::new(redlua().get_program()));
    let remote = command.args(["setup", "vscode", "--vsix", &name]).env("VSCODE_IPC_HOOK_CLI", "/tmp/x.sock");
    let said = String::from_utf8_lossy(&ok(remote.output()).stderr).into_owned();
    assert!(said.contains("does not say where"), "{said}");
    assert_eq!(home.read("calls"), "code --list-extensions --show-versions\n");
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

    // A packed one is taken as it is, unless what it carries may be old.
    ok(fs::remove_file(home.path("code.extensions")));
    let packed = home.path("clone/editors/vscode/redlua-any.vsix");
    vsix(&packed, "redlua", "0.1.0");
    let done = home.setup_with(&program, &["vscode", "--dry-run"]);
    assert!(done.stdout.contains("redlua-any.vsix --force") && !done.stdout.contains("npm"), "{}", done.stdout);
    ok(fs::File::options().write(true).open(&packed).and_then(|file| file.set_modified(std::time::UNIX_EPOCH)));
    let done = home.setup_with(&program, &["vscode", "--dry-run"]);
    assert!(done.stdout.contains("npm run package") && !done.stdout.contains("redlua-any.vsix"), "{}", done.stdout);
    home.program("node", "#!/bin/sh\nexit 1\n");
    let done = home.setup_with(&program, &["vscode", "--dry-run"]);
    assert!(done.stderr.contains("redlua-any.vsix is older than this program (--vsix takes it"), "{}", done.stderr);
}
