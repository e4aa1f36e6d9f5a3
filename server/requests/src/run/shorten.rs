//! Texts cut to what has room.

/// A text cut to so many characters.
pub fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        None => text.to_owned(),
        Some(_) => text.chars().take(longest.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// A text on one line, cut to so many characters.
pub fn shorten(text: &str, longest: usize) -> String {
    // What is cut anyway need not be gone through.
    let words: Vec<&str> = text.split_whitespace().take(longest).collect();
    cut(&words.join(" "), longest)
}
