use super::*;
use crate::FolderLack;

#[test]
fn files_put_before_another_give_it_their_names() {
    let mut linked: Vec<Linked> = [("one.lua", "local prefix = KEYS[1]"), ("two.lua", "return prefix .. rest")]
        .into_iter()
        .map(|(path, source)| Linked {
            path: path.to_owned(),
            script: Script::new(source.as_bytes().into(), Some(path)),
            targets: Vec::new(),
        })
        .collect();
    linked[1].targets = vec![vec![0]];
    link(&mut linked);
    let names: Vec<u32> = linked[1].script.environment.given().map(|(offset, _)| offset).collect();
    assert_eq!(names, [7]);
    assert!(linked[0].script.is_fragment());
}

fn project(files: &[(&str, &str)]) -> Vec<Linked> {
    let mut linked: Vec<Linked> = files
        .iter()
        .map(|(path, source)| Linked {
            path: (*path).to_owned(),
            script: Script::new(source.as_bytes().into(), Some(path)),
            targets: Vec::new(),
        })
        .collect();
    for file in &mut linked {
        file.targets = file
            .script
            .includes
            .iter()
            .map(|include| files.iter().position(|(path, _)| *path == include.path).into_iter().collect())
            .collect();
    }
    link(&mut linked);
    linked
}

#[test]
fn names_go_both_ways_through_an_include() {
    let files = project(&[
        ("root.lua", "local rcall = redis.call\n-- @include part.lua\nreturn get(KEYS[1])"),
        ("part.lua", "local function get(k) return rcall('GET', k) end"),
    ]);
    let part = &files[1].script;
    let name = part.scopes.globals().iter().find(|g| g.name.as_str(&part.source) == "rcall").map(|g| g.expr);
    assert_eq!(name.and_then(|expr| part.api(expr)).map(|api| api.to_string()), Some("redis.call".to_owned()));
    assert_eq!(part.environment.includers, ["root.lua"]);
    assert!(files[0].script.environment.names.len() == 1 && files[0].script.environment.used.len() == 1);
}

#[test]
fn a_script_that_lacks_a_name_is_told() {
    let files = project(&[
        ("a.lua", "local rcall = redis.call\n-- @include part.lua"),
        ("b.lua", "-- @include part.lua\nlocal rcall = redis.call"),
        ("part.lua", "return rcall('GET', KEYS[1])"),
    ]);
    let at = b"return ".len() as u32;
    assert_eq!(files[2].script.environment.missing.get(&at).map(String::as_str), Some("b.lua"));
    assert_eq!(files[0].script.environment.included_keys.indices.len(), 1);
}

#[test]
fn files_that_only_declare_are_joined_with_their_folder() {
    let files = project(&[
        ("a/refs.lua", "local call = redis.call\nlocal key = KEYS[1]"),
        ("a/get.lua", "return call('GET', key)"),
        ("b/get.lua", "return call('GET', key)"),
    ]);
    assert_eq!(files[1].script.environment.names.len(), 2);
    assert!(files[2].script.environment.names.is_empty());
    assert_eq!(files[0].script.environment.used.len(), 2);
}

#[test]
fn names_that_a_folder_lacks_are_told_once() {
    let files = project(&[
        ("a/base.lua", "local prefix, key = 'p:', KEYS[1]\nredis.call('DEL', key)"),
        ("a/get.lua", "return redis.call('GET', prefix .. key)"),
        ("a/set.lua", "return redis.call('SET', prefix .. key, own)"),
        ("b/get.lua", "return redis.call('GET', prefix .. key)"),
        ("c/one.lua", "local prefix = 'p:'\nreturn prefix"),
        ("c/two.lua", "local prefix = 'q:'\nreturn prefix"),
        ("c/x.lua", "return prefix"),
        ("c/y.lua", "return prefix"),
    ]);
    let environment = |at: usize| &files[at].script.environment;
    let lack = FolderLack {
        names: vec!["key".to_owned(), "prefix".to_owned()],
        declared_in: "a/base.lua".to_owned(),
        files: vec!["a/get.lua".to_owned(), "a/set.lua".to_owned()],
    };
    assert_eq!(environment(1).folder_lacks.values().collect::<Vec<_>>(), [&lack]);
    let counts: Vec<_> = (0..8).map(|at| (environment(at).lacking.len(), environment(at).folder_lacks.len())).collect();
    assert_eq!(counts, [(0, 0), (2, 1), (2, 0), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0)]);
}

#[test]
fn a_circle_is_told_and_ends() {
    let files = project(&[("a.lua", "-- @include b.lua"), ("b.lua", "-- @include a.lua")]);
    let circles: Vec<_> = files.iter().flat_map(|file| &file.script.environment.circles).collect();
    assert_eq!(circles.len(), 1);
    assert_eq!(circles[0].1, "a.lua → b.lua → a.lua");
}

/// Numbers that look random, and are the same at every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides
    }
}

/// A file that declares and reads some of a few names, in code or only as declarations.
fn made_up(dice: &mut Dice, includes: &[usize]) -> String {
    let mut text = String::new();
    let only_declares = includes.is_empty() && dice.roll(6) == 0;
    let (count, place) = (dice.roll(5), dice.roll(5));
    for n in 0..5 {
        if n == place {
            includes.iter().for_each(|at| text.push_str(&format!("-- @include f{at}\n")));
        }
        if n >= count {
            continue;
        }
        let name = ["alpha", "beta", "gamma", "delta", "redis", "vim"][dice.roll(6)];
        if only_declares {
            text.push_str(&format!("local {name} = {n}\n"));
            continue;
        }
        match dice.roll(5) {
            0 => text.push_str(&format!("local {name} = redis.call\n")),
            1 => text.push_str(&format!("local function {name}() return KEYS[{}] end\n", 1 + dice.roll(3))),
            2 => text.push_str(&format!("redis.call('GET', {name})\n")),
            3 => text.push_str(&format!("-- {}\nprint({name}, ARGV[2])\n", "x".repeat(dice.roll(9)))),
            _ => text.push_str(&format!("do local {name} = 1 end {name}()\n")),
        }
    }
    text
}

#[test]
fn updates_come_to_what_linking_anew_does() {
    let mut dice = Dice(11);
    for _ in 0..60 {
        let count = 3 + dice.roll(8);
        let includes: Vec<Vec<usize>> =
            (0..count).map(|_| (0..dice.roll(3)).map(|_| dice.roll(count)).collect()).collect();
        let paths: Vec<String> = (0..count).map(|at| format!("{}/f-{at}.lua", ["a", "b"][dice.roll(2)])).collect();
        let outline = |dice: &mut Dice, at: usize| {
            let text = made_up(dice, &includes[at]);
            let script = Script::new(text.as_bytes().into(), Some(&format!("f-{at}.lua")));
            Arc::new(Outline::new(&script))
        };
        let targets = |at: usize| includes[at].iter().map(|&target| vec![target]).collect::<Vec<_>>();
        let mut outlines: Vec<Arc<Outline>> = (0..count).map(|at| outline(&mut dice, at)).collect();
        let anew = |outlines: &[Arc<Outline>]| {
            let sources = (0..count).map(|at| LinkSource {
                path: paths[at].clone(),
                outline: Arc::clone(&outlines[at]),
                targets: targets(at),
            });
            Links::new(sources.collect())
        };
        let mut links = anew(&outlines);
        for _ in 0..12 {
            let edited: BTreeSet<usize> = (0..1 + dice.roll(2)).map(|_| dice.roll(count)).collect();
            for &at in &edited {
                outlines[at] = outline(&mut dice, at);
            }
            let before: Vec<Arc<Environment>> = (0..count).map(|at| Arc::clone(links.environment(at))).collect();
            let changed = links.update(edited.iter().map(|&at| (at, Arc::clone(&outlines[at]))).collect());
            let fresh = anew(&outlines);
            for at in 0..count {
                assert_eq!(links.environment(at), fresh.environment(at), "{} of {paths:?}", paths[at]);
                assert_eq!(changed.contains(&at), *before[at] != **fresh.environment(at), "{}", paths[at]);
            }
        }
    }
}
