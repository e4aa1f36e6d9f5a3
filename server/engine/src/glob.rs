//! Glob patterns as `KEYS`, `SCAN … MATCH` and `PSUBSCRIBE` have them.

/// Whether a text matches a pattern: `*`, `?`, `[a-c]`, `[^a]`, and `\` before what stands for itself.
pub fn matches(pattern: &[u8], text: &[u8]) -> bool {
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

/// Matches one byte with what the pattern has at `p`; where the pattern goes on.
fn one(pattern: &[u8], p: usize, byte: u8) -> Option<usize> {
    match pattern[p] {
        b'?' => Some(p + 1),
        b'[' => class(pattern, p + 1, byte),
        b'\\' if p + 1 < pattern.len() => (pattern[p + 1] == byte).then_some(p + 2),
        same => (same == byte).then_some(p + 1),
    }
}

fn class(pattern: &[u8], mut p: usize, byte: u8) -> Option<usize> {
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
    (found != not).then_some(p)
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
