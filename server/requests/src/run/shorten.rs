//! Shortens texts to a maximum length.

/// Cuts a text to at most `longest` characters, the last an ellipsis if it was cut.
pub fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        None => text.to_owned(),
        Some(_) => text.chars().take(longest.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// Puts a text on one line and cuts it to at most `longest` characters.
pub fn shorten(text: &str, longest: usize) -> String {
    // What is cut anyway need not be gone through.
    let words: Vec<&str> = text.split_whitespace().take(longest).collect();
    cut(&words.join(" "), longest)
}
