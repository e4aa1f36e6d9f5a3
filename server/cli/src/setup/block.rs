//! Our part of a file that belongs to the user, between two marks.

use std::ops::Range;

use anyhow::{Result, bail};

/// The lines around our part, behind the file's comment sign and a blank.
pub(crate) const BEGIN: &str = ">>> redlua";
const END: &str = "<<< redlua";

/// A text, taken apart at our marks.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Marked<'t> {
    before: &'t str,
    /// Text between the marks.
    pub(crate) inside: Option<&'t str>,
    after: &'t str,
    /// Length of the whole.
    len: usize,
}

impl<'t> Marked<'t> {
    /// Finds the marks behind `comment`, such as `#`.
    pub(crate) fn new(text: &'t str, comment: &str) -> Result<Self> {
        let (begin, end) = (format!("{comment} {BEGIN}"), format!("{comment} {END}"));
        let (mut begins, mut ends) = (Vec::new(), Vec::new());
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            match line.trim_end() {
                line_text if line_text == begin => begins.push((at, at + line.len())),
                line_text if line_text == end => ends.push((at, at + line.len())),
                _ => {}
            }
            at += line.len();
        }
        match (begins.as_slice(), ends.as_slice()) {
            ([], []) => Ok(Self { before: text, inside: None, after: "", len: text.len() }),
            ([begin], [end]) if begin.1 <= end.0 => {
                let (before, after) = (&text[..begin.0], &text[end.1..]);
                Ok(Self { before, inside: Some(&text[begin.1..end.0]), after, len: text.len() })
            }
            _ => bail!("the marks `{begin}` and `{end}` are not one pair: remove what is left of them by hand"),
        }
    }

    /// The text without our part. `unended`: the last line before ours had no end before we came.
    pub(crate) fn others(&self, unended: bool) -> String {
        let mut before = self.before;
        if unended && self.inside.is_some() && self.after.is_empty() {
            before = before.strip_suffix('\n').unwrap_or(before);
            before = before.strip_suffix('\r').unwrap_or(before);
        }
        format!("{before}{}", self.after)
    }

    /// A range of the text without our part, in the text with it.
    pub(crate) fn range(&self, others: Range<usize>) -> Range<usize> {
        let ours = self.len - self.before.len() - self.after.len();
        let moved = |at: usize, is_behind: bool| if is_behind { at + ours } else { at };
        let is_behind = others.start >= self.before.len();
        moved(others.start, is_behind)..moved(others.end, is_behind)
    }

    /// The text with this as our part: where ours was, else at the end. Lines end as the others do.
    pub(crate) fn with(&self, content: &str, comment: &str) -> String {
        let newline = if self.before.contains("\r\n") || self.after.contains("\r\n") { "\r\n" } else { "\n" };
        let mut out = self.before.to_owned();
        if !out.is_empty() && !out.ends_with('\n') {
            out.push_str(newline);
        }
        let begin = format!("{comment} {BEGIN}");
        let end = format!("{comment} {END}");
        for line in std::iter::once(begin.as_str()).chain(content.lines()).chain([end.as_str()]) {
            out.push_str(line);
            out.push_str(newline);
        }
        out.push_str(self.after);
        out
    }

    /// True if the last line has no end, so that ours cannot begin behind it at once.
    pub(crate) fn is_unended(&self) -> bool {
        self.inside.is_none() && !self.before.is_empty() && !self.before.ends_with('\n')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(text: &str) -> Result<String> {
        let marked = Marked::new(text, "#")?;
        let unended = marked.is_unended();
        let with = marked.with("x = 1\ny = 2\n", "#");
        // A second time changes nothing.
        assert_eq!(Marked::new(&with, "#")?.with("x = 1\ny = 2\n", "#"), with);
        assert_eq!(Marked::new(&with, "#")?.others(unended), text);
        Ok(with)
    }

    #[test]
    fn what_is_put_in_comes_out_again() -> Result<()> {
        assert_eq!(round("")?, "# >>> redlua\nx = 1\ny = 2\n# <<< redlua\n");
        assert_eq!(round("a = 1\n")?, "a = 1\n# >>> redlua\nx = 1\ny = 2\n# <<< redlua\n");
        assert_eq!(round("a = 1")?, "a = 1\n# >>> redlua\nx = 1\ny = 2\n# <<< redlua\n");
        assert_eq!(round("a = 1\r\n")?, "a = 1\r\n# >>> redlua\r\nx = 1\r\ny = 2\r\n# <<< redlua\r\n");
        assert_eq!(round("a = 1\r\nb = 1")?.matches("\r\n").count(), 6);
        round("a = 1\n\n\n")?;
        Ok(())
    }

    #[test]
    fn what_comes_behind_stays_behind() -> Result<()> {
        let text = "a = 1\n# >>> redlua\nold\n# <<< redlua\nb = 1\n";
        let marked = Marked::new(text, "#")?;
        assert_eq!(marked.inside, Some("old\n"));
        assert_eq!(marked.with("new", "#"), "a = 1\n# >>> redlua\nnew\n# <<< redlua\nb = 1\n");
        assert_eq!(marked.others(true), "a = 1\nb = 1\n");
        assert_eq!((&text[marked.range(0..1)], &text[marked.range(6..7)]), ("a", "b"));
        Ok(())
    }

    #[test]
    fn half_a_pair_is_nobodys() {
        for text in [
            "# >>> redlua\n",
            "# <<< redlua\n",
            "# <<< redlua\n# >>> redlua\n",
            "# >>> redlua\n# >>> redlua\n# <<< redlua\n",
        ] {
            assert!(Marked::new(text, "#").is_err(), "{text}");
        }
        assert!(Marked::new("x = '# >>> redlua'\n", "#").is_ok_and(|it| it.inside.is_none()));
    }
}
