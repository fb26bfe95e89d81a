//! Words of the cat language.

use crate::diagnostic::{Diagnostic, Span};

/// One word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A name that is no keyword.
    Name(String),
    /// A keyword.
    Keyword(&'static str),
    /// `'name`.
    Tag(String),
    /// `"text"`.
    Text(String),
    /// A sign, such as `^-1` or `++`.
    Sign(&'static str),
    /// The end of the file.
    End,
}

impl Token {
    /// As a message names it.
    pub fn describe(&self) -> String {
        match self {
            Token::Name(name) => format!("`{name}`"),
            Token::Keyword(word) => format!("the keyword `{word}`"),
            Token::Tag(name) => format!("the tag `'{name}`"),
            Token::Text(text) => format!("the string \"{text}\""),
            Token::Sign(sign) => format!("`{sign}`"),
            Token::End => "the end of the file".to_owned(),
        }
    }
}

/// Names that have a meaning of their own.
pub const KEYWORDS: [&str; 37] = [
    "let",
    "rec",
    "and",
    "when",
    "acyclic",
    "irreflexive",
    "empty",
    "show",
    "unshow",
    "as",
    "fun",
    "in",
    "subset",
    "undefined_unless",
    "flag",
    "assert",
    "include",
    "variant",
    "begin",
    "end",
    "procedure",
    "call",
    "enum",
    "debug",
    "match",
    "with",
    "forall",
    "from",
    "do",
    "try",
    "if",
    "then",
    "else",
    "catdep",
    "instructions",
    "default",
    "not",
];

/// Longest first.
const SIGNS: [&str; 26] = [
    "^-1", "||", "&&", "++", "->", "(", ")", "{", "}", "[", "]", "_", "0", "|", "&", "*", "~", "+", "\\",
    "?", "=", ";", ",", "^", "-", ".",
];

/// The words of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// Each with its place; the last is [`Token::End`].
    pub tokens: Vec<(Token, Span)>,
    /// The `(* … *)` comments, each with the index of the word after it.
    pub comments: Vec<(usize, Span)>,
}

/// Signs of mathematics, and how the language writes them.
const SPELT: [(char, &str); 10] = [
    ('∪', "|"),
    ('∩', "&"),
    ('∖', "\\"),
    ('×', "*"),
    ('∘', ";"),
    ('¬', "~"),
    ('∅', "{}"),
    ('∈', "in"),
    ('⊆', "subset"),
    ('→', "->"),
];

/// Splits `text` into words.
///
/// # Errors
/// The first character that begins no word, or an unfinished comment or string.
pub fn lex(text: &str) -> Result<Words, Diagnostic> {
    let mut lexer = Lexer { text, at: 0, comment: None };
    let mut words = Words { tokens: Vec::new(), comments: Vec::new() };
    loop {
        lexer.skip_blank()?;
        let start = lexer.at;
        let token = lexer.token()?;
        let end = token == Token::End;
        words.comments.extend(lexer.comment.take().map(|span| (words.tokens.len(), span)));
        words.tokens.push((token, Span::new(start, lexer.at)));
        if end {
            return Ok(words);
        }
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// The last comment since the last word.
    comment: Option<Span>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn error(&self, start: usize, length: usize, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error("cat-syntax", Span::new(start, start + length), message)
    }

    fn skip_blank(&mut self) -> Result<(), Diagnostic> {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
            if blank > 0 {
                self.at += blank;
            } else if rest.starts_with("(*") {
                self.comment()?;
            } else if rest.starts_with("//") || rest.starts_with('#') {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else {
                return Ok(());
            }
        }
    }

    fn comment(&mut self) -> Result<(), Diagnostic> {
        let start = self.at;
        let mut depth = 0;
        loop {
            let rest = self.rest();
            if rest.starts_with("(*") {
                depth += 1;
                self.at += 2;
            } else if rest.starts_with("*)") {
                depth -= 1;
                self.at += 2;
                if depth == 0 {
                    self.comment = Some(Span::new(start, self.at));
                    return Ok(());
                }
            } else if let Some(c) = rest.chars().next() {
                self.at += c.len_utf8();
            } else {
                return Err(self.error(start, 2, "this comment has no end"));
            }
        }
    }

    fn token(&mut self) -> Result<Token, Diagnostic> {
        let (rest, start) = (self.rest(), self.at);
        let Some(first) = rest.chars().next() else { return Ok(Token::End) };
        if let Some(quoted) = rest.strip_prefix('"') {
            let Some(length) = quoted.find('"') else {
                return Err(self.error(start, 1, "this string has no end"));
            };
            self.at += length + 2;
            return Ok(Token::Text(quoted[..length].to_owned()));
        }
        if let Some(tag) = rest.strip_prefix('\'') {
            let length = name_length(tag);
            if length == 0 {
                return Err(self.error(start, 1, "a tag is `'` and a name"));
            }
            self.at += length + 1;
            return Ok(Token::Tag(tag[..length].to_owned()));
        }
        let length = name_length(rest);
        if length > 0 {
            self.at += length;
            let name = &rest[..length];
            let keyword = KEYWORDS.iter().find(|&&k| k == name);
            return Ok(keyword.map_or_else(|| Token::Name(name.to_owned()), |k| Token::Keyword(k)));
        }
        match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            Some(&sign) if !["^", "-", "."].contains(&sign) => {
                self.at += sign.len();
                Ok(Token::Sign(sign))
            }
            _ => {
                let message = format!("`{first}` begins no word of the cat language");
                let error = self.error(start, first.len_utf8(), message);
                let spelt = SPELT.iter().find(|(sign, _)| *sign == first);
                Err(match spelt {
                    _ if first == '>' => {
                        error.note("`-` belongs to the name before it: write `x -> y` with blanks")
                    }
                    Some((_, word)) => error.note(format!("it is written `{word}`")),
                    None => error,
                })
            }
        }
    }
}

/// Length of the name that `text` begins with: `_?[A-Za-z][A-Za-z0-9_.-]*'?`; 0 if there is none.
fn name_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = usize::from(bytes.first() == Some(&b'_'));
    if !bytes.get(at).is_some_and(u8::is_ascii_alphabetic) {
        return 0;
    }
    while bytes.get(at).is_some_and(|&b| b.is_ascii_alphanumeric() || b"_.-".contains(&b)) {
        at += 1;
    }
    at + usize::from(bytes.get(at) == Some(&b'\''))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &[&str]) {
        let tokens: Vec<String> = lex(text).unwrap().tokens.iter().map(|(t, _)| t.describe()).collect();
        assert_eq!(tokens[..tokens.len() - 1], expect.iter().map(|e| format!("`{e}`")).collect::<Vec<_>>());
    }

    #[test]
    fn names_are_greedy() {
        check("po-loc DMB.SY x-1 _x y'", &["po-loc", "DMB.SY", "x-1", "_x", "y'"]);
        check("rf^-1", &["rf", "^-1"]);
        check("a+b++c", &["a", "+", "b", "++", "c"]);
        check("_ 0 [W]*", &["_", "0", "[", "W", "]", "*"]);
    }

    #[test]
    fn comments_nest_and_end_with_the_line() {
        check("a (* b (* c *) d *) e // f\n g # h", &["a", "e", "g"]);
        assert_eq!(lex("a (* b").unwrap_err().span, Span::new(2, 4));
    }

    #[test]
    fn an_arrow_needs_blanks() {
        assert_eq!(lex("fun x->y").unwrap_err().span, Span::new(6, 7));
        assert!(lex("fun x -> y").is_ok());
        assert!(lex("x % y").is_err());
        assert!(lex("include \"x").is_err());
    }
}
