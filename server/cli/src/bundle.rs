//! `redlua bundle`: scripts as they are sent, for programs that ship them.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, Result, bail};
use serde_json::json;
use workspace::{Host, Sent, Settings};

use crate::{args::Bundle, notice, sent::Scripts};

/// A script with the text that is shipped.
struct Shipped {
    sent: Sent,
    text: Vec<u8>,
    /// For each line of the text the line of the script with its includes, counted from 1; none if they are the same.
    lines: Option<Vec<u32>>,
}

pub(crate) fn run(args: &Bundle) -> Result<ExitCode> {
    let mut read = Scripts::read(&args.paths, args.config.as_deref())?;
    let scripts = shipped(args, &mut read)?;
    let (here, settings, mut failed) = (read.here().to_path_buf(), read.settings, read.failed);
    if let Some(folder) = args.check.as_ref().or(args.out.as_ref()) {
        let folder = here.join(folder);
        let mut stale = 0;
        for script in &scripts {
            let target = folder.join(name(&script.sent, args, &here));
            let done = match args.check.is_some() {
                true => compare(script, &target, &here, &settings),
                false => write(script, &target),
            };
            match done {
                Ok(None) => {}
                Ok(Some(difference)) => {
                    stale += 1;
                    writeln!(std::io::stdout(), "{difference}")?;
                }
                Err(error) => {
                    failed += 1;
                    notice::error(&format!("{error:#}"));
                }
            }
        }
        notice::plain(&total(args.check.is_some(), scripts.len(), stale));
        return Ok(ExitCode::from(if failed > 0 { 2 } else { u8::from(stale > 0) }));
    }
    if args.sha {
        for script in &scripts {
            let sha1 = script::sha1_hex(&script.text);
            match &scripts[..] {
                [_] => writeln!(std::io::stdout(), "{sha1}")?,
                _ => writeln!(std::io::stdout(), "{sha1}  {}", shown(&script.sent.path, &here))?,
            }
        }
    } else {
        let [script] = &scripts[..] else {
            bail!("{} scripts: name one of them, or a folder for all with --out", scripts.len());
        };
        let mut out = std::io::stdout();
        out.write_all(&script.text)?;
        out.flush()?;
    }
    if let Some(file) = &args.map {
        let [script] = &scripts[..] else { bail!("--map is for one script") };
        let map = format!("{}\n", map(script, &here));
        fs::write(file, map).with_context(|| format!("{} cannot be written", file.display()))?;
    }
    Ok(if failed > 0 { ExitCode::from(2) } else { ExitCode::SUCCESS })
}

/// The scripts with their texts.
fn shipped(args: &Bundle, scripts: &mut Scripts) -> Result<Vec<Shipped>> {
    // Folders give their files: who ships scripts in strings ships the program.
    let named = |path: &Path| args.paths.iter().any(|it| semantic::normalise(&scripts.here().join(it)) == path);
    let is_meant = |it: &Sent| it.embedding.as_ref().is_none_or(|at| named(&it.path) || named(&at.host.path));
    let meant: Vec<Sent> = scripts.all.iter().filter(|it| is_meant(it)).cloned().collect();
    let mut found = Vec::new();
    for sent in meant {
        let (text, lines) = if args.minify {
            let Some(minified) = syntax::minify(&sent.flat.code, args.keep_header) else {
                let path = scripts.shown(&sent.path);
                scripts.fail(&format!("{path} has mistakes of syntax: `redlua check` shows them"));
                continue;
            };
            (minified.text, Some(minified.lines))
        } else {
            (sent.flat.code.clone(), None)
        };
        found.push(Shipped { sent, text, lines });
    }
    match (found.is_empty(), scripts.failed) {
        (true, 0) => bail!("there is no script to bundle"),
        (true, _) => bail!("nothing was bundled"),
        _ => Ok(found),
    }
}

/// Path of a script below the folder of bundles: as below the folder that was named, else its name.
fn name(sent: &Sent, args: &Bundle, here: &Path) -> PathBuf {
    let roots = args.paths.iter().map(|path| semantic::normalise(&here.join(path))).filter(|path| path.is_dir());
    let below = roots.filter_map(|root| sent.path.strip_prefix(root).ok().map(Path::to_path_buf)).next();
    let path = below.unwrap_or_else(|| PathBuf::from(sent.path.file_name().unwrap_or_default()));
    match (&sent.embedding, workspace::split_embedded_path(&path)) {
        (Some(_), Some((_, id))) => path.with_file_name(format!("{id}.lua")),
        _ => path,
    }
}

fn write(script: &Shipped, target: &Path) -> Result<Option<String>> {
    let write = || -> std::io::Result<()> {
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        // What is the same keeps its time, for tools that look at it.
        if fs::read(target).is_ok_and(|old| old == script.text) { Ok(()) } else { fs::write(target, &script.text) }
    };
    write().with_context(|| format!("{} cannot be written", target.display()))?;
    Ok(None)
}

/// The difference between a script and the file that is shipped; none if that is fresh. A file of another language may have the script in a
/// string, and a loader may have its own way with comments: there the tokens count.
fn compare(script: &Shipped, target: &Path, here: &Path, settings: &Settings) -> Result<Option<String>> {
    let source = shown(&script.sent.path, here);
    if let Ok(text) = fs::read(target) {
        let target = shown(target, here);
        return Ok(match (text == script.text, syntax::has_same_tokens(&text, &script.text)) {
            (true, _) => None,
            (false, true) => Some(format!("{target} differs from {source} in comments or blank space")),
            (false, false) => {
                Some(format!("{target} is not what {source} gives: {}", first_difference(&text, script, here)))
            }
        });
    }
    let Some((path, texts)) = program(target, settings) else {
        return Ok(Some(format!("{} is missing: it ships {source}", shown(target, here))));
    };
    let is_same = |text: &Vec<u8>| syntax::has_same_tokens(text, &script.sent.flat.code);
    Ok(match &texts[..] {
        _ if texts.iter().any(is_same) => None,
        [only] => {
            let difference = first_difference(only, script, here);
            Some(format!("{} is not what {source} gives: {difference}", shown(&path, here)))
        }
        _ => Some(format!("{} has no script that is what {source} gives", shown(&path, here))),
    })
}

/// The file of another language in the place of a target, with the texts of its scripts.
fn program(target: &Path, settings: &Settings) -> Option<(PathBuf, Vec<Vec<u8>>)> {
    let languages = host::Language::all().flat_map(|it| it.extensions().iter().map(move |extension| (it, *extension)));
    languages.filter(|(_, extension)| *extension != "lua").find_map(|(language, extension)| {
        let path = target.with_extension(extension);
        let text = workspace::read_bounded(&path).ok()?;
        let host = Host::new(path.clone(), language, text.into(), &settings.own_bindings(language))?;
        let texts: Vec<Vec<u8>> = host.document.embedded.iter().map(|it| it.text.to_vec()).collect();
        (!texts.is_empty()).then_some((path, texts))
    })
}

/// The first line that differs, and where it comes from.
fn first_difference(text: &[u8], script: &Shipped, here: &Path) -> String {
    let code = |text: &[u8]| -> Vec<(u32, Vec<u8>)> {
        match syntax::minify(text, false) {
            Some(it) => it.lines.into_iter().zip(it.text.split(|it| *it == b'\n').map(<[u8]>::to_vec)).collect(),
            None => (1..).zip(text.split(|it| *it == b'\n').map(<[u8]>::to_vec)).collect(),
        }
    };
    let (shipped, wanted) = (code(text), code(&script.sent.flat.code));
    let at = shipped.iter().zip(&wanted).take_while(|(a, b)| a.1 == b.1).count();
    match wanted.get(at) {
        Some((line, _)) => {
            let (file, line) = script.sent.origin(*line);
            format!("the first difference is {}:{line}", shown(file, here))
        }
        None => format!("it goes on at its line {}", shipped.get(at).map_or(0, |it| it.0)),
    }
}

/// The map from lines of the text to lines of files, as JSON.
fn map(script: &Shipped, here: &Path) -> String {
    let mut files: Vec<String> = Vec::new();
    let count = match &script.lines {
        Some(lines) => lines.len() as u32,
        None => script.text.split(|it| *it == b'\n').count() as u32,
    };
    let lines: Vec<(usize, u32)> = (1..=count)
        .map(|line| {
            let line = script.lines.as_ref().and_then(|it| it.get(line as usize - 1).copied()).unwrap_or(line);
            let (file, line) = script.sent.origin(line);
            let file = shown(file, here);
            let nth = files.iter().position(|it| *it == file).unwrap_or_else(|| {
                files.push(file);
                files.len() - 1
            });
            (nth, line)
        })
        .collect();
    let sha1 = script::sha1_hex(&script.text);
    json!({ "script": shown(&script.sent.path, here), "sha1": sha1, "files": files, "lines": lines }).to_string()
}

fn total(is_check: bool, count: usize, stale: usize) -> String {
    let scripts = if count == 1 { "1 script".to_owned() } else { format!("{count} scripts") };
    match (is_check, stale) {
        (false, _) => format!("{scripts} bundled"),
        (true, 0) => format!("{scripts}, all fresh"),
        (true, stale) => format!("{scripts}, {stale} stale"),
    }
}

fn shown(path: &Path, here: &Path) -> String {
    path.strip_prefix(here).unwrap_or(path).to_string_lossy().replace('\\', "/")
}
