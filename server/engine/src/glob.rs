//! Glob patterns as `KEYS`, `SCAN … MATCH` and `PSUBSCRIBE` have them.

/// The stars with something behind them that the servers match before they give up, so that no pattern fills their stack
/// (6.2 and 7.2 have later releases that do).
const STARS: usize = 1000;

/// Returns true if the servers give up on a pattern: stars side by side are one, and the last one needs no search.
fn is_too_deep(pattern: &[u8]) -> bool {
    if pattern.len() <= 2 * STARS {
        return false;
    }
    let (mut p, mut stars) = (0, 0);
    while let Some(&byte) = pattern.get(p) {
        match byte {
            b'*' => {
                while pattern.get(p + 1) == Some(&b'*') {
                    p += 1;
                }
                stars += usize::from(p + 1 < pattern.len());
                p += 1;
            }
            b'[' => p = class(pattern, p + 1, 0).0,
            b'\\' => p += 2,
            _ => p += 1,
        }
    }
    stars > STARS
}

/// True if a text matches a pattern: `*`, `?`, `[a-c]`, `[^a]`, and `\` before what stands for itself.
pub fn matches(pattern: &[u8], text: &[u8]) -> bool {
    if is_too_deep(pattern) {
        return false;
    }
    let (mut p, mut t) = (0, 0);
    // Where to go on if the rest does not match: behind the last star, one byte later.
    let mut retry: Option<(usize, usize)> = None;
    loop {
        if pattern.get(p) == Some(&b'*') {
            retry = Some((p + 1, t));
            p += 1;
            continue;
        }
        if p == pattern.len() && t == text.len() {
            return true;
        }
        if let Some(&byte) = text.get(t)
            && p < pattern.len()
            && let Some(behind) = one(pattern, p, byte)
        {
            p = behind;
            t += 1;
            continue;
        }
        match &mut retry {
            Some((behind, from)) if *from < text.len() => {
                *from += 1;
                (p, t) = (*behind, *from);
            }
            _ => return false,
        }
    }
}

/// As [`matches`], in any case of letters.
pub fn matches_any_case(pattern: &[u8], text: &[u8]) -> bool {
    matches(&pattern.to_ascii_lowercase(), &text.to_ascii_lowercase())
}

/// Matches one byte with the pattern at `p`. Returns the place where the pattern goes on, or `None`.
fn one(pattern: &[u8], p: usize, byte: u8) -> Option<usize> {
    match pattern[p] {
        b'?' => Some(p + 1),
        b'[' => {
            let (behind, is_in) = class(pattern, p + 1, byte);
            is_in.then_some(behind)
        }
        b'\\' if p + 1 < pattern.len() => (pattern[p + 1] == byte).then_some(p + 2),
        same => (same == byte).then_some(p + 1),
    }
}

/// Matches a byte against the class that begins at `p`. Returns the place after the class, and true if the byte matches.
fn class(pattern: &[u8], mut p: usize, byte: u8) -> (usize, bool) {
    let not = pattern.get(p) == Some(&b'^');
    p += usize::from(not);
    let mut found = false;
    loop {
        match pattern.get(p..) {
            None | Some([]) => break,
            Some([b'\\', escaped, ..]) => {
                found |= *escaped == byte;
                p += 2;
            }
            Some([b']', ..]) => {
                p += 1;
                break;
            }
            Some([from, b'-', to, ..]) => {
                let (from, to) = (*from.min(to), *from.max(to));
                found |= (from..=to).contains(&byte);
                p += 3;
            }
            Some([one, ..]) => {
                found |= *one == byte;
                p += 1;
            }
        }
    }
    (p, found != not)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("h?llo", "hallo", true),
            ("h*llo", "hllo", true),
            ("h[ae]llo", "hillo", false),
            ("h[^e]llo", "hello", false),
            ("h[a-c]llo", "hbllo", true),
            (r"a\*b", "a*b", true),
            (r"a\*b", "axb", false),
            ("a*b*c", "a123b456c", true),
            ("a*b*c", "a123b456d", false),
            ("", "a", false),
            ("a**", "a", true),
            ("[", "[", false),
        ] {
            assert_eq!(matches(pattern.as_bytes(), text.as_bytes()), expected, "{pattern} {text}");
        }
        // No pattern takes more than time in the product of the lengths.
        assert!(!matches("a*".repeat(50).as_bytes(), "a".repeat(40).as_bytes()));
    }
}
