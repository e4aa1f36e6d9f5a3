//! Help of the commands.

use tests::{folder, run};

/// The commands that `--help` lists.
fn commands(help: &str) -> Vec<String> {
    let rows = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = rows.filter_map(|row| row.split_whitespace().next().map(str::to_owned));
    names.filter(|name| name != "help").collect()
}

#[test]
fn commands_say_more_than_the_list_of_them() {
    let folder = folder(&[]);
    let list = run(folder.path(), &["--help"]).stdout;
    let all = commands(&list);
    assert!(all.len() > 14, "{list}");
    for name in all.iter().filter(|name| !matches!(name.as_str(), "explain" | "completions")) {
        let help = run(folder.path(), &["help", name]).stdout;
        let about = help.split("\n\nUsage:").next().unwrap_or_default();
        assert!(about.contains("\n\n"), "{name} has its first line alone:\n{about}");
    }
}
