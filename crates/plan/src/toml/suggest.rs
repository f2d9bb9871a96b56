//! "Did you mean": the nearest of the words that were possible.
//!
//! Runs only on the way to an error message.

/// The candidate that `word` is most likely a slip of, if any is near enough.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    let allowed = if length <= 3 { 1 } else { (length / 3).max(2) };
    let folded = word.to_lowercase();
    let mut best: Option<(usize, f64, &str)> = None;
    for candidate in candidates {
        // An edit changes the length by one at most: most candidates are out without being compared.
        if candidate.chars().count().abs_diff(length) > allowed {
            continue;
        }
        let other = candidate.to_lowercase();
        let distance = strsim::osa_distance(&folded, &other);
        let likeness = strsim::jaro_winkler(&folded, &other);
        let nearer = best.is_none_or(|(least, most, _)| distance < least || distance == least && likeness > most);
        if distance <= allowed && nearer {
            best = Some((distance, likeness, candidate));
        }
    }
    best.map(|(.., candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        assert_eq!(nearest("organisation", ["order", "organization"]), Some("organization"));
        assert_eq!(nearest("primarykey", ["primary", "primary_key"]), Some("primary_key"));
        assert_eq!(nearest("uid", ["oid", "uuid"]), Some("uuid"));
        assert_eq!(nearest("TEXT", ["text"]), Some("text"));
        assert_eq!(nearest("purple", ["text", "numeric"]), None);
        assert_eq!(nearest("", ["a", "text"]), Some("a"));
    }
}
