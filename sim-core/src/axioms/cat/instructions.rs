//! From words to instructions.

use super::ast::*;
use super::lexer::Token;
use super::parser::{Parser, Read};
use crate::diagnostic::{Diagnostic, Span, nearest};

/// How deeply instructions may nest.
const DEPTH_MAX: u32 = 50;

impl Parser {
    pub(super) fn file(&mut self) -> Read<File> {
        let title = self.title();
        let catdep = self.eat_word("catdep");
        let body = self.body(DEPTH_MAX)?;
        if let Some((word, span)) = &title
            && let Some(meant) = nearest(word, ["acyclic", "irreflexive", "include", "procedure"])
        {
            let message = format!("the file begins with `{word}`, which makes it a title");
            return Err(Diagnostic::error("cat-syntax", *span, message)
                .note(format!("did you mean `{meant}`? A title may be written in quotes")));
        }
        if *self.peek() == Token::End {
            Ok(File { title, catdep, body })
        } else {
            self.unexpected("an instruction (`let`, `acyclic`, `include`, …)")
        }
    }

    /// `NAME NAME`, `NAME STRING`, `NAME`, `STRING` or nothing.
    fn title(&mut self) -> Option<(String, Span)> {
        let span = self.span();
        let name = if let Token::Name(name) = self.peek() { Some((name.clone(), span)) } else { None };
        let words = if name.is_some() { 2 } else { 1 };
        for _ in 0..words {
            match self.peek() {
                Token::Name(_) if name.is_some() => self.next(),
                Token::Text(_) => {
                    self.next();
                    break;
                }
                _ => break,
            };
        }
        name
    }

    /// Instructions up to a word that begins none.
    fn body(&mut self, depth: u32) -> Read<Vec<Ins>> {
        if depth == 0 {
            return self.unexpected("a shallower nesting");
        }
        let mut all = Vec::new();
        loop {
            let (start, comment) = (self.span(), self.comment());
            let Some(kind) = self.instruction(depth)? else { return Ok(all) };
            all.push(Ins { kind, place: self.since(start), comment });
        }
    }

    fn instruction(&mut self, depth: u32) -> Read<Option<InsKind>> {
        let keyword = match self.peek() {
            Token::Keyword(keyword) => *keyword,
            Token::Sign("~") => return self.check(Use::Require).map(Some),
            _ => return Ok(None),
        };
        if ["acyclic", "irreflexive", "empty"].contains(&keyword) {
            return self.check(Use::Require).map(Some);
        }
        if !INSTRUCTIONS.contains(&keyword) {
            return Ok(None);
        }
        self.next();
        Ok(Some(match keyword {
            "let" => {
                let binds = self.binds()?;
                let when = if self.eat_word("when") { Some(self.bare_check()?) } else { None };
                self.eat_word("in");
                InsKind::Let(binds, when)
            }
            "flag" => self.check(Use::Flag)?,
            "undefined_unless" => self.check(Use::Undefined)?,
            "assert" => self.check(Use::Assert)?,
            "show" => self.show()?,
            "unshow" => {
                self.names()?;
                InsKind::Nothing
            }
            "debug" => {
                self.expr()?;
                InsKind::Nothing
            }
            "include" => {
                let Token::Text(file) = self.peek().clone() else {
                    return self.unexpected("the name of a file in quotes");
                };
                self.next();
                InsKind::Include(file)
            }
            "procedure" => {
                self.eat_word("rec");
                let name = self.name()?;
                let formals = self.formals()?;
                self.sign("=")?;
                let body = self.body(depth - 1)?;
                self.word("end")?;
                InsKind::Procedure(name, formals, body)
            }
            "call" => {
                let name = self.name()?;
                let argument = self.atom()?;
                if self.eat_word("as") {
                    self.name()?;
                }
                InsKind::Call(name, argument)
            }
            "forall" => {
                let name = self.name()?;
                self.word("in")?;
                let set = self.expr()?;
                self.word("do")?;
                let body = self.body(depth - 1)?;
                self.word("end")?;
                InsKind::Forall(name, set, body)
            }
            "with" => {
                let name = self.name()?;
                self.word("from")?;
                InsKind::With(name, self.expr()?)
            }
            "if" => {
                let variant = self.variant()?;
                let yes = self.body(depth - 1)?;
                if self.is_word("then") {
                    let error = self.unexpected("an instruction");
                    return error.map_err(|e| {
                        e.note("`if` before instructions has no `then`: `if \"v\" … else … end`")
                    });
                }
                let no = if self.eat_word("else") { self.body(depth - 1)? } else { Vec::new() };
                self.word("end")?;
                InsKind::If(variant, yes, no)
            }
            "match" => {
                let of = self.expr()?;
                self.word("with")?;
                self.eat_sign("||");
                let (clauses, default) = self.tag_clauses(|p| p.body(depth - 1))?;
                InsKind::Match(of, clauses, default)
            }
            "enum" => {
                let name = self.name()?;
                self.sign("=")?;
                self.eat_sign("||");
                let mut tags = Vec::new();
                loop {
                    let Token::Tag(tag) = self.peek().clone() else { return self.unexpected("a tag") };
                    self.next();
                    tags.push(tag);
                    if !self.eat_sign("||") {
                        break;
                    }
                }
                InsKind::Enum(name, tags)
            }
            _ => {
                // `instructions NAME [e, …]` and `default NAME [e, …]`.
                self.name()?;
                self.atom()?;
                InsKind::Nothing
            }
        }))
    }

    fn show(&mut self) -> Read<InsKind> {
        self.expr()?;
        if self.eat_word("as") {
            self.name()?;
        }
        Ok(InsKind::Nothing)
    }

    fn names(&mut self) -> Read<()> {
        self.name()?;
        while self.eat_sign(",") {
            self.name()?;
        }
        Ok(())
    }

    fn check(&mut self, what_for: Use) -> Read<InsKind> {
        self.bare_check().map(|check| InsKind::Check(what_for, check))
    }

    fn bare_check(&mut self) -> Read<Check> {
        let start = self.span();
        let negated = self.eat_sign("~");
        let property = match self.peek() {
            Token::Keyword("acyclic") => Property::Acyclic,
            Token::Keyword("irreflexive") => Property::Irreflexive,
            Token::Keyword("empty") => Property::Empty,
            _ => return self.unexpected("`acyclic`, `irreflexive` or `empty`"),
        };
        self.next();
        let of = self.expr()?;
        let name = if self.eat_word("as") { Some(self.name()?) } else { None };
        Ok(Check { negated, property, of, name, place: self.since(start) })
    }

    /// `[rec] bind and bind …`, after `let`.
    pub(super) fn binds(&mut self) -> Read<Binds> {
        let recursive = self.eat_word("rec");
        let mut binds = vec![self.bind()?];
        while self.eat_word("and") {
            binds.push(self.bind()?);
        }
        Ok(Binds { recursive, binds })
    }

    fn bind(&mut self) -> Read<Bind> {
        let start = self.span();
        let to = if self.is_sign("(") {
            match self.formals()? {
                Formals::One(pattern) => BindTo::Value(pattern),
                Formals::Tuple(all) => BindTo::Tuple(all),
            }
        } else {
            let first = self.pattern()?;
            if self.is_sign("=") {
                BindTo::Value(first)
            } else if self.is_sign(",") {
                let mut all = vec![first];
                while self.eat_sign(",") {
                    all.push(self.pattern()?);
                }
                BindTo::Tuple(all)
            } else {
                match first {
                    Some(name) => BindTo::Function(name, self.formals()?),
                    None => return self.unexpected("`=`"),
                }
            }
        };
        let place = self.since(start);
        if !self.is_sign("=") && matches!(to, BindTo::Function(..)) {
            let error = self.unexpected("`=`");
            return error
                .map_err(|e| e.note("a function takes one argument, or several as a tuple: `f (x, y)`"));
        }
        self.sign("=")?;
        Ok(Bind { to, value: self.expr()?, place })
    }
}

const INSTRUCTIONS: [&str; 17] = [
    "let",
    "flag",
    "undefined_unless",
    "assert",
    "show",
    "unshow",
    "debug",
    "include",
    "procedure",
    "call",
    "forall",
    "with",
    "if",
    "match",
    "enum",
    "instructions",
    "default",
];
