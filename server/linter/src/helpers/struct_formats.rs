//! Formats of `struct.pack`, `struct.unpack` and `struct.size` as the servers read them.

/// Longest integer, in bytes.
const LONGEST_INTEGER: u64 = 32;

/// A mistake in a format or in its data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Mistake {
    /// A letter that is no option.
    Option(char),
    /// An integer longer than 32 bytes.
    Size(u64),
    /// An alignment that is no power of two.
    Alignment(u64),
    /// An option of `struct.size` that has no size.
    NoSize,
    /// The format needs this number of values, and has fewer.
    Values(usize),
    /// The data are shorter than the format, which needs this number of bytes.
    TooShort(u64),
}

/// One option of a format.
struct Item {
    option: u8,
    size: u64,
    /// Bytes before it, for its alignment.
    padding: u64,
}

/// The options of a format one by one.
struct Format<'a> {
    rest: &'a [u8],
    alignment: u64,
}

impl Format<'_> {
    fn count(&mut self, default: u64) -> u64 {
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (number, rest) = self.rest.split_at(digits);
        self.rest = rest;
        if digits == 0 {
            return default;
        }
        number.iter().fold(0, |all: u64, digit| all.saturating_mul(10).saturating_add(u64::from(digit - b'0')))
    }

    fn next(&mut self, at: u64) -> Option<Result<Item, Mistake>> {
        let (&option, rest) = self.rest.split_first()?;
        self.rest = rest;
        let size = match option {
            b'b' | b'B' | b'x' => 1,
            b'h' | b'H' => 2,
            b'f' => 4,
            b'l' | b'L' | b'T' | b'd' => 8,
            b'c' => self.count(1),
            b'i' | b'I' => match self.count(4) {
                size if size > LONGEST_INTEGER => return Some(Err(Mistake::Size(size))),
                size => size,
            },
            b'!' => {
                self.alignment = match self.count(8) {
                    alignment if alignment.is_power_of_two() => alignment,
                    alignment => return Some(Err(Mistake::Alignment(alignment))),
                };
                0
            }
            _ => 0,
        };
        let padding = if size == 0 || option == b'c' {
            0
        } else {
            let size = size.min(self.alignment);
            size.wrapping_sub(at & (size - 1)) & (size - 1)
        };
        Some(Ok(Item { option, size, padding }))
    }
}

fn format(text: &[u8]) -> Format<'_> {
    let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
    Format { rest: &text[..end], alignment: 1 }
}

fn is_option(option: u8) -> bool {
    matches!(option, b' ' | b'<' | b'>' | b'!') || b"bBhHlLTiIxfdcs".contains(&option)
}

/// First mistake in a call of `struct.pack`. `values` is the number of values, or none if it is not known.
pub(crate) fn pack(text: &[u8], values: Option<usize>) -> Option<Mistake> {
    let (mut format, mut wanted, mut at) = (format(text), 0, 0_u64);
    while let Some(item) = format.next(at) {
        let item = match item {
            Ok(item) => item,
            Err(mistake) => return Some(mistake),
        };
        if !is_option(item.option) {
            return Some(Mistake::Option(char::from(item.option)));
        }
        if item.size == 0 && matches!(item.option, b'c' | b's') {
            // The length of the text decides on the alignment of what follows; the number of values is not changed by it.
            at = 0;
        }
        wanted += usize::from(!matches!(item.option, b' ' | b'<' | b'>' | b'!' | b'x'));
        if values.is_some_and(|values| values < wanted) {
            return Some(Mistake::Values(format_values(text)));
        }
        at = at.saturating_add(item.padding).saturating_add(item.size);
    }
    None
}

/// The number of values that a format takes.
fn format_values(text: &[u8]) -> usize {
    let (mut format, mut wanted) = (format(text), 0);
    while let Some(Ok(item)) = format.next(0) {
        wanted += usize::from(!matches!(item.option, b' ' | b'<' | b'>' | b'!' | b'x'));
    }
    wanted
}

/// The first mistake in a call of `struct.unpack` on data from their beginning; of data that are not known only those of the
/// format. Nothing is said of what follows an option whose length the data decide.
pub(crate) fn unpack(text: &[u8], data: Option<&[u8]>) -> Option<Mistake> {
    let (mut format, mut at) = (format(text), 0_u64);
    let mut data = data;
    while let Some(item) = format.next(at) {
        let item = match item {
            Ok(item) => item,
            Err(mistake) => return Some(mistake),
        };
        at = at.saturating_add(item.padding).saturating_add(item.size);
        if let Some(data) = data
            && at > data.len() as u64
        {
            return Some(Mistake::TooShort(at));
        }
        if !is_option(item.option) {
            return Some(Mistake::Option(char::from(item.option)));
        }
        if item.size == 0 && matches!(item.option, b'c' | b's') {
            data = None;
        }
    }
    None
}

/// The first mistake in a call of `struct.size`, which passes over letters that are no options.
pub(crate) fn size(text: &[u8]) -> Option<Mistake> {
    let mut format = format(text);
    while let Some(item) = format.next(0) {
        match item {
            Err(mistake) => return Some(mistake),
            Ok(Item { option: b's', .. } | Item { option: b'c', size: 0, .. }) => return Some(Mistake::NoSize),
            Ok(Item { option, .. }) if !option.is_ascii_alphanumeric() && !is_option(option) => {
                return Some(Mistake::Option(char::from(option)));
            }
            Ok(_) => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_read_as_the_servers_do() {
        for (format, values, wanted) in [
            ("<I4c0sd!8Tx b", Some(6), None),
            (">Y", Some(1), Some(Mistake::Option('Y'))),
            ("I33", Some(1), Some(Mistake::Size(33))),
            ("!3I4", Some(1), Some(Mistake::Alignment(3))),
            ("I4I4", Some(1), Some(Mistake::Values(2))),
            ("I4I4", None, None),
            ("I4\0Y", Some(1), None),
        ] {
            assert_eq!(pack(format.as_bytes(), values), wanted, "{format}");
        }
        for (format, data, wanted) in [
            (">I4", Some("ab"), Some(Mistake::TooShort(4))),
            (">I4", Some("abcd"), None),
            ("bI4", Some("abcde"), None),
            ("!bI4", Some("abcde"), Some(Mistake::TooShort(8))),
            ("sI4", Some("a"), None),
            ("bc0I4", Some("a"), None),
            ("Q", None, Some(Mistake::Option('Q'))),
        ] {
            assert_eq!(unpack(format.as_bytes(), data.map(str::as_bytes)), wanted, "{format}");
        }
        assert_eq!(size(b"I4s"), Some(Mistake::NoSize));
        assert_eq!(size(b"I4c2Y"), None);
        assert_eq!(size(b"I4?"), Some(Mistake::Option('?')));
    }
}
