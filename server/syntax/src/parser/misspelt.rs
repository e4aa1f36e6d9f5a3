//! Misspelt keywords.

/// True if `word` is a slip of the fingers away from `keyword`.
pub(super) fn is_near(word: &str, keyword: &str) -> bool {
    if word == keyword {
        return false;
    }
    if word.eq_ignore_ascii_case(keyword) {
        return true;
    }
    let swapped = word.len() == keyword.len() && {
        let mut differing = word.bytes().zip(keyword.bytes()).enumerate().filter(|(_, (a, b))| a != b);
        match (differing.next(), differing.next(), differing.next()) {
            (Some((at, (a, b))), Some((next, (c, d))), None) => next == at + 1 && a == d && b == c,
            _ => false,
        }
    };
    if swapped && keyword.len() >= 3 {
        return true;
    }
    let most = match keyword.len() {
        0..=3 => return false,
        4..=5 => 1,
        _ => 2,
    };
    distance(word.as_bytes(), keyword.as_bytes()) <= most
}

/// Number of letters to insert, remove or change.
fn distance(a: &[u8], b: &[u8]) -> usize {
    if a.len().abs_diff(b.len()) > 2 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (diagonal + usize::from(x != y)).min(above + 1).min(row[j] + 1);
            diagonal = above;
        }
    }
    row[b.len()]
}

/// The keyword that a word is close to.
pub(super) fn near_keyword(word: &str) -> Option<&'static str> {
    const WORDS: &[&str] = &[
        "local", "return", "function", "while", "for", "if", "repeat", "until", "else", "elseif", "end", "break",
        "then",
    ];
    if word == "fi" {
        return Some("if");
    }
    WORDS.iter().copied().find(|keyword| is_near(word, keyword))
}
