//! Generates sequences of calls from the templates: few keys, so that types clash, and some calls that are wrong.

use anyhow::Result;
use commands::{Target, lookup};

use super::{
    random::Random,
    template::{self, Piece},
};

/// The groups of templates.
const GROUPS: &[(&str, &str)] = &[
    ("string", include_str!("templates/string.txt")),
    ("list", include_str!("templates/list.txt")),
    ("set", include_str!("templates/set.txt")),
    ("hash", include_str!("templates/hash.txt")),
    ("zset", include_str!("templates/zset.txt")),
    ("stream", include_str!("templates/stream.txt")),
    ("bitmap", include_str!("templates/bitmap.txt")),
    ("hyperloglog", include_str!("templates/hyperloglog.txt")),
    ("geo", include_str!("templates/geo.txt")),
    ("keys", include_str!("templates/keys.txt")),
    ("vectors", include_str!("templates/vectors.txt")),
];

/// The keys that are used.
pub(super) const KEYS: &[&[u8]] = &[b"a", b"b", b"c", b"d", b"\x00\xff"];

/// Generates sequences.
pub(super) struct Generator {
    random: Random,
    target: Target,
    /// Templates that most calls of the sequence are made from.
    main: Vec<Vec<Piece>>,
    others: Vec<Vec<Piece>>,
}

impl Generator {
    /// A generator for a server; mostly of one group, which is left to chance where none is named.
    pub(super) fn new(mut random: Random, target: Target, group: Option<&str>) -> Result<Self> {
        let named: Vec<_> = GROUPS.iter().filter(|(name, _)| group.is_none_or(|group| group == *name)).collect();
        anyhow::ensure!(!named.is_empty(), "no such group");
        let (main, _) = **random.pick(&named);
        let (mut mains, mut others) = (Vec::new(), Vec::new());
        for (name, text) in GROUPS {
            for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
                let word = line.split_whitespace().next().unwrap_or_default();
                if lookup(word.as_bytes()).is_some_and(|spec| spec.is_available(target)) {
                    let pieces = template::parse(line)?;
                    if *name == main { mains.push(pieces) } else { others.push(pieces) }
                }
            }
        }
        Ok(Self { random, target, main: mains, others })
    }

    /// A sequence of calls.
    pub(super) fn sequence(&mut self) -> Vec<Vec<Vec<u8>>> {
        let len = 5 + self.random.below(45);
        (0..len).map(|_| self.call()).collect()
    }

    fn call(&mut self) -> Vec<Vec<u8>> {
        let from = if self.random.one_in(12) { &self.others } else { &self.main };
        let mut pieces = self.random.pick(from).clone();
        // A server needs a tenth of a second to see that a wait is over.
        let waits =
            matches!(pieces.first(), Some(Piece::Word(word)) if word.starts_with('B') && !word.starts_with("BIT"));
        if waits && !self.random.one_in(4) {
            pieces = self.random.pick(from).clone();
        }
        let mut words = Vec::new();
        self.fill(&pieces, &mut words);
        if self.random.one_in(25) {
            self.spoil(&mut words);
        }
        words
    }

    fn fill(&mut self, pieces: &[Piece], words: &mut Vec<Vec<u8>>) {
        for piece in pieces {
            match piece {
                Piece::Word(word) => words.push(self.in_some_case(word)),
                Piece::Random(kind) => self.random_word(kind, words),
                Piece::Optional(inner) if self.random.one_in(2) => self.fill(inner, words),
                Piece::Optional(_) => {}
                Piece::OneOf(all) => {
                    let inner = self.random.pick(all).clone();
                    self.fill(&inner, words);
                }
                Piece::Several(inner) => {
                    for _ in 0..=self.random.below(4) {
                        self.fill(inner, words);
                    }
                }
            }
        }
    }

    fn in_some_case(&mut self, word: &str) -> Vec<u8> {
        if self.random.one_in(10) { word.to_ascii_lowercase().into_bytes() } else { word.as_bytes().to_vec() }
    }

    /// Drops, doubles, exchanges or replaces a word.
    fn spoil(&mut self, words: &mut Vec<Vec<u8>>) {
        // A spoilt timeout would keep everybody waiting, a spoilt count leave too much to chance.
        let fragile: &[&[u8]] = &[b"BL", b"BR", b"BZ", b"SP", b"SR"];
        let waits = words.first().is_some_and(|word| {
            word.len() > 3
                && fragile.iter().any(|begin| word[..2].eq_ignore_ascii_case(begin))
                && !word.eq_ignore_ascii_case(b"SREM")
        });
        if words.len() < 2 || waits {
            return;
        }
        let at = 1 + self.random.below(words.len() - 1);
        match self.random.below(4) {
            0 => {
                words.remove(at);
            }
            1 => words.insert(at, words[at].clone()),
            2 => {
                let other = 1 + self.random.below(words.len() - 1);
                words.swap(at, other);
            }
            _ => {
                let junk: &[&[u8]] =
                    &[b"", b"x", b"-1", b"0", b"COUNT", b"1e3", b"9223372036854775808", b"\x00", b"NX", b"10"];
                words[at] = self.random.pick(junk).to_vec();
            }
        }
    }

    fn random_word(&mut self, kind: &str, words: &mut Vec<Vec<u8>>) {
        let all: &[&str] = match kind {
            "k" => {
                words.push(self.random.pick(KEYS).to_vec());
                return;
            }
            "many" | "manyints" | "manypairs" | "manyscores" => return self.many(kind, words),
            "v" => return self.value(words),
            "m" => &[
                "m1", "m2", "m3", "m4", "m5", "1", "2", "3", "-7", "100000", "", "long", "\u{e9}", "3.5", "007",
                "m1\r\n",
            ],
            "int" => &[
                "0",
                "1",
                "2",
                "3",
                "-1",
                "-2",
                "5",
                "10",
                "1000",
                "2147483648",
                "-2147483649",
                "9223372036854775807",
                "-9223372036854775808",
                "9223372036854775808",
                "x",
                "",
                "01",
                "+1",
                " 1",
                "1.5",
            ],
            // Not so many that the server would be busy for ever.
            "cnt" => &["0", "1", "-1", "-2", "5", "x", "9223372036854775808", "-9223372036854775808", "", "01", " 1"],
            "small" => &["0", "1", "1", "2", "2", "3", "4", "5", "10", "-1", "-2", "x"],
            "n" => &["1", "1", "2", "2", "3", "5", "100"],
            "i" => &["0", "1", "2", "3", "-1", "-2", "-3", "5", "100", "-100", "9223372036854775807", "x"],
            "f" => &[
                "1",
                "2",
                "3",
                "1.5",
                "-1.5",
                "0",
                "-0",
                "0.1",
                "3.0",
                "1e5",
                "1e17",
                "1e-7",
                "123456789012345678",
                "inf",
                "-inf",
                "nan",
                "x",
                "",
                "0x10",
                "1e400",
                "+2",
                "5e-324",
                "3.14159265358979",
                "1e300",
                "-1e300",
            ],
            "score" => &["1", "2", "3", "2", "1.5", "-1", "0", "10", "0.1", "inf", "-inf", "1e17", "100"],
            "bound" => {
                &["1", "2", "3", "(1", "(2", "-inf", "+inf", "(-inf", "0", "1.5", "10", "x", "", "(", "(inf", "nan"]
            }
            "lex" => &["-", "+", "[m1", "(m1", "[m3", "(m3", "[", "(", "m1", "[1", "[\u{e9}", "", "-x", "++"],
            "sec" => &[
                "100",
                "1000",
                "1000000",
                "0",
                "-1",
                "9223372036854775807",
                "9223372036854775",
                "x",
                "100000000000",
                "1.5",
            ],
            "at" => &["1", "99999999999", "0", "-1", "9223372036854775807", "9223372036854775", "x"],
            "msat" => &["1", "9999999999999", "0", "-1", "9223372036854775807", "x"],
            "id" => &[
                "0",
                "1",
                "2",
                "3",
                "1-1",
                "1-2",
                "2-1",
                "3-3",
                "5-5",
                "1-*",
                "0-0",
                "0-1",
                "10-1",
                "7",
                "8",
                "9-9",
                "x",
                "-",
                "+",
                "18446744073709551615-18446744073709551615",
                "18446744073709551615-18446744073709551614",
                "3-*",
                "20",
            ],
            "newid" => {
                let id = format!("{}-{}", 1 + self.random.below(40), self.random.below(4));
                words.push(id.into_bytes());
                return;
            }
            "range" => &[
                "-",
                "+",
                "0",
                "1",
                "2",
                "5",
                "(1",
                "(2-1",
                "10",
                "3-1",
                "(0-0",
                "(18446744073709551615-18446744073709551615",
                "x",
                "(",
            ],
            "g" => &["g1", "g1", "g1", "g2"],
            "c" => &["c1", "c1", "c2", "c3"],
            "off" => &["0", "1", "7", "8", "9", "15", "31", "63", "100", "-1", "4294967295", "4294967296", "x", "1000"],
            "bits" => &["u8", "i8", "u1", "i64", "u63", "u64", "i5", "u16", "x8", "i0", "i65", "u"],
            "lon" => {
                &["13.361389", "15.087269", "0", "180", "-180", "179.9", "1", "-73.9", "181", "x", "13.5", "0.0001"]
            }
            "lat" => &["38.115556", "37.502669", "0", "85", "-85", "1", "40.7", "86", "x", "37", "0.0001", "-60"],
            "dist" => &["0", "1", "100", "200", "1000", "5000", "20000", "0.5", "-1", "x", "3e7"],
            "unit" => &["m", "km", "ft", "mi", "KM", "x"],
            "pat" => &["*", "m*", "?", "[a-c]", "m[12]", "\\*", "", "*1*"],
            "vec" => &["1", "1", "2", "-1", "0", "0.5", "-3.25", "1e10", "1e-3", "x", "7", "0.1", "inf", "-0"],
            "json" => &[
                "",
                r#"{"n":1}"#,
                r#"{"n":2,"s":"a\"b"}"#,
                r#"{"n":[1,"a",null],"s":""}"#,
                r#"{"s":null,"o":{"n":3},"n":-1.5e1}"#,
                r#" {"n" : true , "s":"12"}"#,
                r#"{"n":"""#,
                "x",
            ],
            "filter" => &[
                ".n == 1",
                ".n > 1 and .s",
                "!.n or .s == 12",
                "1 in .n",
                ".n in [1,'a']",
                ".s == null",
                "not (.n % 2)",
                ".n ** 2 - 1 > 0",
                "'a' in .s",
                ".n ==",
                "(.n",
                "",
                ".n = 1",
            ],
            "msmall" => &["0.01", "0.01", "0.01", "x", "-1"],
            other => {
                words.push(other.as_bytes().to_vec());
                return;
            }
        };
        let mut word = *self.random.pick(all);
        if kind == "cnt" && word.len() > 18 && self.target.version < commands::Version::new(7, 0) {
            // Redis 6.2 would set out to reply as often.
            word = "x";
        }
        words.push(if word == "long" {
            vec![b'y'; *self.random.pick(&[63, 64, 65, 100])]
        } else {
            word.as_bytes().to_vec()
        });
    }

    fn value(&mut self, words: &mut Vec<Vec<u8>>) {
        let word: Vec<u8> = match self.random.below(16) {
            0 => vec![b'z'; *self.random.pick(&[44, 45, 63, 64, 65])],
            1 => vec![b'w'; *self.random.pick(&[100, 1000, 2000, 4096, 9000])],
            2 => b"\x00\xff\r\n".to_vec(),
            3 => Vec::new(),
            4 => b"9223372036854775807".to_vec(),
            5 => b"-9223372036854775808".to_vec(),
            6 => b"12345678901234567890".to_vec(),
            7 => b"3.25".to_vec(),
            8 => b"abcdef".to_vec(),
            9 => b"007".to_vec(),
            _ => self.random.below(20).to_string().into_bytes(),
        };
        words.push(word);
    }

    /// Adds as many elements as the compact encodings hold, or about one more.
    fn many(&mut self, kind: &str, words: &mut Vec<Vec<u8>>) {
        let count = *self.random.pick(&[10, 30, 127, 128, 129, 130, 511, 512, 513]);
        let from = self.random.below(3) * 100;
        for n in from..from + count {
            match kind {
                "manyints" => words.push(n.to_string().into_bytes()),
                "manypairs" => words.extend([format!("m{n}").into_bytes(), n.to_string().into_bytes()]),
                "manyscores" => words.extend([(n / 3).to_string().into_bytes(), format!("m{n}").into_bytes()]),
                _ => words.push(format!("m{n}").into_bytes()),
            }
        }
    }
}
