//! What `docs/servers.md` shows of runs, on a server.

use tests::{folder, real::RealServer, root, run};

#[test]
fn the_page_shows_what_the_program_says() {
    let page = std::fs::read_to_string(root().join("docs/servers.md")).expect("the page");
    let parts: Vec<&str> = page.split("```").collect();
    let blocks = || parts.iter().skip(1).step_by(2).filter_map(|part| part.split_once('\n'));
    let (_, script) = blocks().find(|(language, _)| *language == "lua").expect("a script");
    let real = RealServer::start("redis-7.0", &[]);
    let files = folder(&[("take.lua", script), ("redlua.toml", &format!("[servers.dev]\nurl = '{}'\n", real.url()))]);
    let mut shown = 0;
    for (_, session) in blocks().filter(|(_, code)| code.starts_with("$ redlua run ")) {
        let (command, wanted) = session.split_once('\n').expect("a command");
        let words: Vec<&str> = command.trim_start_matches("$ redlua ").split(' ').collect();
        let done = run(files.path(), &words);
        // The line with the time differs each time, and the digest is cut; the source below an error is left out.
        let told = (done.stdout + &done.stderr).replace(|c: char| !c.is_ascii(), "");
        for line in wanted.lines() {
            let (begin, end) = line.split_once('…').unwrap_or((line, ""));
            assert!(told.lines().any(|it| it.contains(begin) && it.ends_with(end)), "{command}: {line}\n{told}");
        }
        shown += 1;
        real.cli(&["SET", "stock:42", "5"]);
    }
    assert_eq!(shown, 2);
    let toml = blocks().find(|(language, _)| *language == "toml").expect("settings").1;
    std::fs::write(files.path().join("redlua.toml"), toml).expect("settings");
    let checked = run(files.path(), &["check", "take.lua"]);
    assert!(!checked.stderr.contains("redlua.toml"), "{}", checked.stderr);
}
