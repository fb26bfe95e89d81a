//! Breaking lines that are longer than a terminal is wide.

/// `text` in lines of at most `width` characters, broken between words; a longer word stays whole.
pub fn lines(text: &str, width: Option<usize>) -> Vec<String> {
    match width {
        Some(width) if text.chars().count() > width => {
            let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
            items(&words, " ", Some(width))
        }
        _ => vec![text.to_owned()],
    }
}

/// Items with `between` them in lines of at most `width` characters; a longer item stays whole.
pub fn items(items: &[String], between: &str, width: Option<usize>) -> Vec<String> {
    let count = |text: &str| text.chars().count();
    let mut lines: Vec<String> = Vec::new();
    for item in items {
        match lines.last_mut() {
            Some(line) if width.is_none_or(|w| count(line) + count(between) + count(item) <= w) => {
                line.push_str(between);
                line.push_str(item);
            }
            _ => lines.push(item.clone()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words() {
        assert_eq!(lines("one two three", Some(7)), ["one two", "three"]);
        assert_eq!(lines("one  two", Some(8)), ["one  two"]);
        assert_eq!(lines("one two", None), ["one two"]);
        assert_eq!(lines("a longword b", Some(4)), ["a", "longword", "b"]);
        assert_eq!(lines("", Some(4)), [""]);
    }
}
