//! Equal findings reported once, with the number of their places.

/// Groups items by key, in the order in which the keys first appear.
pub(crate) fn grouped<K: PartialEq, T>(items: impl IntoIterator<Item = (K, T)>) -> Vec<(K, Vec<T>)> {
    let mut groups: Vec<(K, Vec<T>)> = Vec::new();
    for (key, item) in items {
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, group)) => group.push(item),
            None => groups.push((key, vec![item])),
        }
    }
    groups
}

/// The end of a sentence on the first of several places: ", here and twice more"; nothing for a single one.
pub(crate) fn more(places: usize) -> String {
    match places {
        0 | 1 => String::new(),
        2 => ", here and once more".to_owned(),
        3 => ", here and twice more".to_owned(),
        places => format!(", here and {} times more", places - 1),
    }
}

/// Names as the subject of a sentence, with its verb: "a is", "a and b are", "a, b and 3 more are".
pub(crate) fn are(names: &[String]) -> String {
    format!("{} {}", listed(names), if names.len() > 1 { "are" } else { "is" })
}

/// Names as the subject of a sentence: "a", "a and b", "a, b and 3 more".
pub(crate) fn listed(names: &[String]) -> String {
    match names {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [one, other] => format!("{one} and {other}"),
        [one, other, third] => format!("{one}, {other} and {third}"),
        [one, other, rest @ ..] => format!("{one}, {other} and {} more", rest.len()),
    }
}
