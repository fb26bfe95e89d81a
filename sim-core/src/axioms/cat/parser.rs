//! From words to expressions. Instructions are in [`super::instructions`].

use super::ast::*;
use super::lexer::{Token, Words, lex};
use crate::diagnostic::{Diagnostic, Span};

/// How deeply expressions may nest: more than any person writes, less than the stack holds.
const DEPTH_MAX: u32 = 200;

/// Reads one file of a model; `file` is put into every [`Place`].
///
/// # Errors
/// The first word that fits nowhere.
pub fn parse(text: &str, file: u16) -> Result<File, Diagnostic> {
    let Words { tokens, comments } = lex(text)?;
    let sentence = |(at, span): (usize, Span)| Some((at, sentence(span.of(text))?));
    let comments = comments.into_iter().filter_map(sentence).collect();
    let mut parser = Parser { tokens, comments, at: 0, file, depth: 0 };
    parser.file()
}

/// A position in the words of a file.
pub(super) struct Parser {
    tokens: Vec<(Token, Span)>,
    /// What comments say, with the index of the word after each, ascending.
    comments: Vec<(usize, String)>,
    at: usize,
    file: u16,
    depth: u32,
}

/// What a comment says, if that is in sentences; without the tests that it names at the end.
fn sentence(comment: &str) -> Option<String> {
    let text = comment.trim_matches(['(', '*', ')']).split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.strip_suffix('.')?;
    let end = if text.ends_with(')') { text.rfind(" (")? } else { text.len() };
    Some(text[..end].to_owned())
}

/// The clauses of a choice by a tag, and that of `_`.
pub(super) type TagClauses<T> = (Vec<(String, T)>, Option<T>);

/// What a reading function gives.
pub(super) type Read<T> = Result<T, Diagnostic>;

impl Parser {
    pub(super) fn peek(&self) -> &Token {
        &self.tokens[self.at].0
    }

    fn peek_after(&self, words: usize) -> &Token {
        &self.tokens[(self.at + words).min(self.tokens.len() - 1)].0
    }

    pub(super) fn next(&mut self) -> Token {
        let token = self.tokens[self.at].0.clone();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    pub(super) fn span(&self) -> Span {
        self.tokens[self.at].1
    }

    /// What the comment before the next word says.
    pub(super) fn comment(&self) -> Option<String> {
        let found = self.comments.binary_search_by_key(&self.at, |(at, _)| *at).ok()?;
        Some(self.comments[found].1.clone())
    }

    /// From `start` to the end of the last word read.
    pub(super) fn since(&self, start: Span) -> Place {
        let end = self.tokens[self.at.saturating_sub(1)].1;
        Place { file: self.file, span: if end.end > start.start { start.to(end) } else { start } }
    }

    pub(super) fn unexpected<T>(&self, wanted: &str) -> Read<T> {
        let message = format!("{wanted} is expected here, not {}", self.peek().describe());
        Err(Diagnostic::error("cat-syntax", self.span(), message))
    }

    pub(super) fn is_sign(&self, sign: &str) -> bool {
        matches!(self.peek(), Token::Sign(s) if *s == sign)
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Keyword(k) if *k == word)
    }

    pub(super) fn eat_sign(&mut self, sign: &str) -> bool {
        let found = self.is_sign(sign);
        self.at += usize::from(found);
        found
    }

    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.at += usize::from(found);
        found
    }

    pub(super) fn sign(&mut self, sign: &str) -> Read<()> {
        if self.eat_sign(sign) { Ok(()) } else { self.unexpected(&format!("`{sign}`")) }
    }

    pub(super) fn word(&mut self, word: &str) -> Read<()> {
        if self.eat_word(word) { Ok(()) } else { self.unexpected(&format!("`{word}`")) }
    }

    pub(super) fn name(&mut self) -> Read<String> {
        match self.peek() {
            Token::Name(name) => {
                let name = name.clone();
                self.at += 1;
                Ok(name)
            }
            _ => self.unexpected("a name"),
        }
    }

    pub(super) fn pattern(&mut self) -> Read<Pattern> {
        if self.eat_sign("_") { Ok(None) } else { self.name().map(Some) }
    }

    /// `(P, …)` after its opening parenthesis; one pattern alone is the whole argument.
    pub(super) fn formals(&mut self) -> Read<Formals> {
        if !self.eat_sign("(") {
            return self.pattern().map(Formals::One);
        }
        let mut all = Vec::new();
        if !self.eat_sign(")") {
            all.push(self.pattern()?);
            while self.eat_sign(",") {
                all.push(self.pattern()?);
            }
            self.sign(")")?;
        }
        Ok(if all.len() == 1 { Formals::One(all.remove(0)) } else { Formals::Tuple(all) })
    }

    /// Level 10 and 11: a tuple without parentheses, or anything below.
    pub(super) fn expr(&mut self) -> Read<Expr> {
        let start = self.span();
        let first = self.operators()?;
        if !self.is_sign(",") {
            return Ok(first);
        }
        let mut all = vec![first];
        while self.eat_sign(",") {
            all.push(self.operators()?);
        }
        Ok(Expr { kind: ExprKind::Tuple(all), place: self.since(start) })
    }

    /// Anything but a tuple without parentheses.
    pub(super) fn operators(&mut self) -> Read<Expr> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Diagnostic::error("cat-syntax", self.span(), "this expression is nested too deeply"));
        }
        let start = self.span();
        let kind = match self.peek() {
            Token::Keyword("let") => {
                self.next();
                let binds = self.binds()?;
                self.word("in")?;
                ExprKind::Let(binds, Box::new(self.expr()?))
            }
            Token::Keyword("fun") => {
                self.next();
                let formals = self.formals()?;
                self.sign("->")?;
                ExprKind::Fun(formals, Box::new(self.expr()?))
            }
            Token::Keyword("try") => {
                self.next();
                let a = self.expr()?;
                self.word("with")?;
                ExprKind::Try(Box::new(a), Box::new(self.expr()?))
            }
            Token::Keyword("if") => {
                self.next();
                let cond = self.cond()?;
                self.word("then")?;
                let a = self.expr()?;
                self.word("else")?;
                ExprKind::If(cond, Box::new(a), Box::new(self.expr()?))
            }
            Token::Keyword("match") => {
                self.next();
                self.match_expr()?
            }
            _ => {
                let found = self.binary(0);
                self.depth -= 1;
                return found;
            }
        };
        self.depth -= 1;
        Ok(Expr { kind, place: self.since(start) })
    }

    fn cond(&mut self) -> Read<Cond> {
        if self.at_variant() {
            return self.variant().map(Cond::Variant);
        }
        let a = Box::new(self.binary(0)?);
        if self.eat_sign("=") {
            Ok(Cond::Equal(a, Box::new(self.binary(0)?)))
        } else if self.eat_word("subset") {
            Ok(Cond::Subset(a, Box::new(self.binary(0)?)))
        } else if self.eat_word("in") {
            Ok(Cond::In(a, Box::new(self.binary(0)?)))
        } else {
            self.unexpected("`=`, `subset` or `in`")
        }
    }

    /// Whether a proposition over settings begins here.
    fn at_variant(&self) -> bool {
        let mut words = 0;
        while matches!(self.peek_after(words), Token::Sign("(")) {
            words += 1;
        }
        matches!(self.peek_after(words), Token::Text(_) | Token::Keyword("not" | "variant"))
    }

    pub(super) fn variant(&mut self) -> Read<Variant> {
        let mut left = self.variant_and()?;
        while self.eat_sign("||") {
            left = Variant::Or(Box::new(left), Box::new(self.variant_and()?));
        }
        Ok(left)
    }

    fn variant_and(&mut self) -> Read<Variant> {
        let mut left = self.variant_atom()?;
        while self.eat_sign("&&") {
            left = Variant::And(Box::new(left), Box::new(self.variant_atom()?));
        }
        Ok(left)
    }

    fn variant_atom(&mut self) -> Read<Variant> {
        let mut negations = 0;
        while self.eat_word("not") {
            negations += 1;
        }
        let worded = self.eat_word("variant");
        let mut inner = match self.peek().clone() {
            Token::Text(name) => {
                self.next();
                Variant::Name(name)
            }
            Token::Sign("(") if !worded && self.at_variant() => {
                self.next();
                let inner = self.variant()?;
                self.sign(")")?;
                inner
            }
            _ => return self.unexpected("the name of a variant in quotes"),
        };
        for _ in 0..negations {
            inner = Variant::Not(Box::new(inner));
        }
        Ok(inner)
    }

    fn match_expr(&mut self) -> Read<ExprKind> {
        let of = Box::new(self.expr()?);
        self.word("with")?;
        self.eat_sign("||");
        if matches!(self.peek(), Token::Tag(_)) {
            let (clauses, default) = self.tag_clauses(|p| p.expr())?;
            return Ok(ExprKind::MatchTag(of, clauses, default.map(Box::new)));
        }
        let mut none = None;
        let mut some = None;
        loop {
            if self.eat_sign("{") {
                self.sign("}")?;
                self.sign("->")?;
                none = Some(Box::new(self.expr()?));
            } else {
                let pattern = self.set_pattern()?;
                self.sign("->")?;
                some = Some((pattern, Box::new(self.expr()?)));
            }
            if !self.eat_sign("||") {
                break;
            }
        }
        match (none, some) {
            (Some(none), Some((pattern, some))) => {
                self.word("end")?;
                Ok(ExprKind::MatchSet(of, none, pattern, some))
            }
            _ => self.unexpected("a second clause: `{}` and `x ++ S` are both needed, so `||`"),
        }
    }

    fn set_pattern(&mut self) -> Read<SetPattern> {
        let first = self.pattern()?;
        if self.eat_sign("|") {
            let element = self.pattern()?;
            self.sign("++")?;
            return Ok(SetPattern::Ordered(first, element, self.pattern()?));
        }
        self.sign("++")?;
        Ok(SetPattern::Any(first, self.pattern()?))
    }

    /// `'tag -> body || … [|| _ -> body] end`
    pub(super) fn tag_clauses<T>(&mut self, body: impl Fn(&mut Parser) -> Read<T>) -> Read<TagClauses<T>> {
        let (mut clauses, mut default) = (Vec::new(), None);
        loop {
            if self.eat_sign("_") {
                self.sign("->")?;
                default = Some(body(self)?);
            } else if let Token::Tag(tag) = self.peek().clone() {
                self.next();
                self.sign("->")?;
                clauses.push((tag, body(self)?));
            } else {
                return self.unexpected("a tag or `_`");
            }
            if default.is_some() || !self.eat_sign("||") {
                self.word("end")?;
                return Ok((clauses, default));
            }
        }
    }

    /// Levels 9 to 5. `level` counts from the loosest.
    fn binary(&mut self, level: usize) -> Read<Expr> {
        const LEVELS: [(&str, Binary); 5] = [
            ("|", Binary::Union),
            ("++", Binary::Add),
            (";", Binary::Seq),
            ("\\", Binary::Minus),
            ("&", Binary::Inter),
        ];
        let Some(&(sign, operator)) = LEVELS.get(level) else { return self.unary() };
        let start = self.span();
        let first = self.binary(level + 1)?;
        if !self.is_sign(sign) {
            return Ok(first);
        }
        let mut operands = vec![first];
        while self.eat_sign(sign) {
            operands.push(self.binary(level + 1)?);
        }
        Ok(Expr { kind: ExprKind::Joined(operator, operands), place: self.since(start) })
    }

    /// Levels 4 and 3. The operators of level 4 do not associate among themselves.
    fn unary(&mut self) -> Read<Expr> {
        let start = self.span();
        if self.eat_sign("~") {
            self.depth += 1;
            if self.depth > DEPTH_MAX {
                return self.unexpected("a shorter expression");
            }
            let inner = self.complement_operand()?;
            self.depth -= 1;
            return self.not_at_level_4(Expr {
                kind: ExprKind::Unary(Unary::Not, Box::new(inner)),
                place: self.since(start),
            });
        }
        let mut left = self.inverse()?;
        loop {
            let wrap = |op, left: Expr, place| Expr { kind: ExprKind::Unary(op, Box::new(left)), place };
            if self.eat_sign("+") {
                left = wrap(Unary::Plus, left, self.since(start));
            } else if self.eat_sign("?") {
                left = wrap(Unary::Option, left, self.since(start));
            } else if self.eat_sign("*") {
                if self.at_atom() {
                    let right = self.inverse()?;
                    let kind = ExprKind::Joined(Binary::Product, vec![left, right]);
                    return self.not_at_level_4(Expr { kind, place: self.since(start) });
                }
                left = wrap(Unary::Star, left, self.since(start));
            } else {
                return Ok(left);
            }
            if !self.is_sign("^-1") {
                return self.not_at_level_4(left);
            }
            while self.eat_sign("^-1") {
                left = wrap(Unary::Inverse, left, self.since(start));
            }
        }
    }

    fn complement_operand(&mut self) -> Read<Expr> {
        if self.is_sign("~") { self.unary() } else { self.inverse() }
    }

    /// Gives `done` unless another operator of level 4 follows.
    fn not_at_level_4(&self, done: Expr) -> Read<Expr> {
        if ["+", "*", "?"].iter().any(|sign| self.is_sign(sign)) {
            let message = format!(
                "{} after this operator needs parentheses around its operand",
                self.peek().describe()
            );
            return Err(Diagnostic::error("cat-syntax", self.span(), message)
                .note("`~`, `+`, `*`, `?` and the product bind equally: write `(~r)+` or `~(r+)`"));
        }
        Ok(done)
    }

    fn inverse(&mut self) -> Read<Expr> {
        let start = self.span();
        let mut left = self.application()?;
        while self.eat_sign("^-1") {
            let kind = ExprKind::Unary(Unary::Inverse, Box::new(left));
            left = Expr { kind, place: self.since(start) };
        }
        Ok(left)
    }

    fn at_atom(&self) -> bool {
        match self.peek() {
            Token::Name(_) | Token::Tag(_) | Token::Keyword("begin") => true,
            Token::Sign(sign) => ["0", "{", "_", "(", "["].contains(sign),
            _ => false,
        }
    }

    fn application(&mut self) -> Read<Expr> {
        let start = self.span();
        let named = matches!(self.peek(), Token::Name(_));
        let mut left = self.atom()?;
        while named && self.at_atom() {
            let argument = self.atom()?;
            let kind = ExprKind::Apply(Box::new(left), Box::new(argument));
            left = Expr { kind, place: self.since(start) };
        }
        Ok(left)
    }

    pub(super) fn atom(&mut self) -> Read<Expr> {
        let start = self.span();
        let kind = match self.peek().clone() {
            Token::Name(name) => {
                self.next();
                ExprKind::Name(name)
            }
            Token::Tag(tag) => {
                self.next();
                ExprKind::Tag(tag)
            }
            Token::Sign("0") => {
                self.next();
                ExprKind::Zero
            }
            Token::Sign("_") => {
                self.next();
                ExprKind::Universe
            }
            Token::Sign("{") => {
                self.next();
                ExprKind::Braces(self.list("}")?)
            }
            Token::Sign("[") => {
                self.next();
                let inner = self.expr()?;
                self.sign("]")?;
                ExprKind::Unary(Unary::Identity, Box::new(inner))
            }
            Token::Keyword("begin") => {
                self.next();
                let inner = self.expr()?;
                self.word("end")?;
                inner.kind
            }
            Token::Sign("(") => {
                self.next();
                let mut all = self.list(")")?;
                if all.len() == 1 { all.remove(0).kind } else { ExprKind::Tuple(all) }
            }
            _ => return self.unexpected("an expression"),
        };
        Ok(Expr { kind, place: self.since(start) })
    }

    fn list(&mut self, close: &str) -> Read<Vec<Expr>> {
        let mut all = Vec::new();
        if !self.eat_sign(close) {
            all.push(self.operators()?);
            while self.eat_sign(",") {
                all.push(self.operators()?);
            }
            self.sign(close)?;
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expression with every operator in parentheses.
    fn show(e: &Expr) -> String {
        let all = |v: &[Expr]| v.iter().map(show).collect::<Vec<_>>().join(",");
        match &e.kind {
            ExprKind::Zero => "0".into(),
            ExprKind::Universe => "_".into(),
            ExprKind::Tag(t) => format!("'{t}"),
            ExprKind::Name(n) => n.clone(),
            ExprKind::Braces(v) => format!("{{{}}}", all(v)),
            ExprKind::Tuple(v) => format!("<{}>", all(v)),
            ExprKind::Apply(f, a) => format!("({} {})", show(f), show(a)),
            ExprKind::Unary(op, a) => format!("({op:?} {})", show(a)),
            ExprKind::Joined(op, operands) => {
                let sign = match op {
                    Binary::Union => "|",
                    Binary::Inter => "&",
                    Binary::Minus => "\\",
                    Binary::Seq => ";",
                    Binary::Product => "*",
                    Binary::Add => "++",
                };
                format!("({})", operands.iter().map(show).collect::<Vec<_>>().join(sign))
            }
            other => format!("{other:?}"),
        }
    }

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let file = parse(&format!("let t = {text}"), 0).unwrap();
        let InsKind::Let(binds, None) = &file.body[0].kind else { panic!("{file:?}") };
        assert_eq!(show(&binds.binds[0].value), expect);
    }

    #[track_caller]
    fn reject(text: &str, at: u32) {
        assert_eq!(parse(text, 0).unwrap_err().span.start, at, "{text}");
    }

    #[test]
    fn operators_bind_as_the_reference_lists() {
        check("a | b ; c & d \\ e", "(a|(b;((c&d)\\e)))");
        check("domain r^-1", "(Inverse (domain r))");
        check("range r ; s", "((range r);s)");
        check("A*B | C", "((A*B)|C)");
        check("A*B & C", "((A*B)&C)");
        check("r+^-1", "(Inverse (Plus r))");
        check("r^-1+", "(Plus (Inverse r))");
        check("a \\ b \\ c", "(a\\b\\c)");
        check("a ; b ; c", "(a;b;c)");
        check("a ++ b | c", "((a++b)|c)");
        check("r* | s?", "((Star r)|(Option s))");
        check("~r & s", "((Not r)&s)");
        check("po [R]", "(po (Identity R))");
        check("f (a,b) c", "((f <a,b>) c)");
        check("a,b|c", "<a,(b|c)>");
        check("{a,{}}", "{a,{}}");
    }

    #[test]
    fn level_four_does_not_associate() {
        reject("let t = ~r+", 10);
        reject("let t = W*~R", 11);
        reject("let t = A*B*C", 11);
        reject("let t = W*r+", 11);
        reject("let t = W*R?", 11);
        reject("let t = (fun x -> x) e", 21);
        reject("let f x y = x", 8);
        reject("let t = a |", 11);
        reject("let t = (a", 10);
    }

    #[test]
    fn deep_nesting_is_an_error_and_no_crash() {
        assert!(parse(&format!("let t = {}a", "(".repeat(100_000)), 0).is_err());
        assert!(parse(&format!("let t = {}a", "~".repeat(100_000)), 0).is_err());
        assert!(parse(&format!("let t = a{}", " | a".repeat(5_000)), 0).is_ok());
    }
}
