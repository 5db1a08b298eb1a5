//! Text → lower-case words.

/// Calls `each` with every word of `text` in lower case, in order of appearance.
///
/// A word is a longest run of letters, digits and underscores.
pub fn for_each_word(text: &str, mut each: impl FnMut(&str)) {
    let mut lower = String::new();
    for word in text.split(|c: char| !c.is_alphanumeric() && c != '_') {
        if word.is_empty() {
            continue;
        }
        lower.clear();
        lower.extend(word.chars().flat_map(char::to_lowercase));
        each(&lower);
    }
}

#[cfg(test)]
mod tests {
    use super::for_each_word;

    fn words(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        for_each_word(text, |word| found.push(word.to_owned()));
        found
    }

    #[test]
    fn splits_at_everything_that_is_no_letter_digit_or_underscore() {
        assert_eq!(words("fn max_2(a,b)->a"), ["fn", "max_2", "a", "b", "a"]);
    }

    #[test]
    fn lowers_every_script() {
        assert_eq!(words("ÄRGER Σίσυφος İ"), ["ärger", "σίσυφος", "i\u{307}"]);
    }

    #[test]
    fn finds_nothing_in_nothing() {
        assert!(words("").is_empty());
        assert!(words(" \n…-- ").is_empty());
    }
}
