//! Reads `$filter`: names, literals, operators, `any`.

/// Nesting that the parser follows.
const DEPTH: usize = 20;

#[derive(Debug, PartialEq)]
pub(crate) enum ODataFilter {
    Eq(String, String),
    Ne(String, String),
    In(String, Vec<String>),
    StartsWith(String, String),
    EndsWith(String, String),
    /// A property of many texts holds this one.
    Any(String, String),
    And(Vec<ODataFilter>),
    Or(Vec<ODataFilter>),
    Not(Box<ODataFilter>),
}

/// Why a filter was refused: Graph's code and message.
#[derive(Debug, PartialEq)]
pub(crate) struct FilterError {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

pub(super) fn bad(message: String) -> FilterError {
    FilterError { code: "BadRequest", message }
}

/// The filter of a whole text.
pub(super) fn parse(text: &str) -> Result<ODataFilter, FilterError> {
    let mut parser = Parser { rest: text, depth: 0 };
    let filter = parser.any_of()?;
    if !parser.rest.trim().is_empty() {
        return Err(bad(format!("Syntax error at position {} in '{text}'.", text.len() - parser.rest.len())));
    }
    Ok(filter)
}

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn any_of(&mut self) -> Result<ODataFilter, FilterError> {
        let first = self.all_of()?;
        let mut parts = vec![first];
        while self.word("or") {
            parts.push(self.all_of()?);
        }
        Ok(if parts.len() == 1 { parts.swap_remove(0) } else { ODataFilter::Or(parts) })
    }

    fn all_of(&mut self) -> Result<ODataFilter, FilterError> {
        let mut parts = vec![self.term()?];
        while self.word("and") {
            parts.push(self.term()?);
        }
        Ok(if parts.len() == 1 { parts.swap_remove(0) } else { ODataFilter::And(parts) })
    }

    fn term(&mut self) -> Result<ODataFilter, FilterError> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(bad("The filter is nested too deeply.".to_owned()));
        }
        let term = self.plain_term();
        self.depth -= 1;
        term
    }

    fn plain_term(&mut self) -> Result<ODataFilter, FilterError> {
        if self.word("not") {
            return Ok(ODataFilter::Not(Box::new(self.term()?)));
        }
        if self.sign('(') {
            let inner = self.any_of()?;
            self.need(')')?;
            return Ok(inner);
        }
        let name = self.name()?;
        if matches!(name, "startsWith" | "startswith" | "endsWith" | "endswith") {
            self.need('(')?;
            let property = self.name()?.to_owned();
            self.need(',')?;
            let value = self.literal()?;
            self.need(')')?;
            let starts = name.starts_with("starts");
            return Ok(if starts { ODataFilter::StartsWith(property, value) } else { ODataFilter::EndsWith(property, value) });
        }
        let mut name = name.to_owned();
        if self.sign('/') {
            let before = self.rest;
            let part = self.name()?;
            if part.eq_ignore_ascii_case("any") {
                self.rest = before;
                return self.lambda(&name);
            }
            name = format!("{name}/{part}");
        }
        if self.word("eq") {
            return Ok(ODataFilter::Eq(name, self.literal()?));
        }
        if self.word("ne") {
            return Ok(ODataFilter::Ne(name, self.literal()?));
        }
        if self.word("in") {
            self.need('(')?;
            let mut values = vec![self.literal()?];
            while self.sign(',') {
                values.push(self.literal()?);
            }
            self.need(')')?;
            return Ok(ODataFilter::In(name, values));
        }
        Err(self.lost())
    }

    /// `any(x:x eq 'value')`, `any(x:x/address eq 'value')`; startsWith and the like are beyond us.
    fn lambda(&mut self, list: &str) -> Result<ODataFilter, FilterError> {
        if !self.name()?.eq_ignore_ascii_case("any") {
            return Err(self.lost());
        }
        self.need('(')?;
        let variable = self.name()?;
        self.need(':')?;
        if self.name()? != variable {
            return Err(self.lost());
        }
        let nested = self.sign('/').then(|| self.name()).transpose()?;
        if nested != (list == "emailAddresses").then_some("address") || !self.word("eq") {
            return Err(self.lost());
        }
        let value = self.literal()?;
        self.need(')')?;
        Ok(ODataFilter::Any(list.to_owned(), value))
    }

    fn lost(&self) -> FilterError {
        bad(format!("Invalid filter clause: syntax error before '{}'.", self.rest))
    }

    fn sign(&mut self, sign: char) -> bool {
        let rest = self.rest.trim_start().strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn need(&mut self, sign: char) -> Result<(), FilterError> {
        if self.sign(sign) { Ok(()) } else { Err(self.lost()) }
    }

    fn word(&mut self, word: &str) -> bool {
        let rest =
            self.rest.trim_start().strip_prefix(word).filter(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()));
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn name(&mut self) -> Result<&'a str, FilterError> {
        let text = self.rest.trim_start();
        let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
        if end == 0 {
            return Err(self.lost());
        }
        let (name, rest) = text.split_at(end);
        self.rest = rest;
        Ok(name)
    }

    /// A text in single quotes (doubled inside), or a bare word such as `true`.
    fn literal(&mut self) -> Result<String, FilterError> {
        let Some(mut text) = self.rest.trim_start().strip_prefix('\'') else {
            return self.name().map(str::to_owned);
        };
        let mut value = String::new();
        loop {
            let (piece, rest) = text.split_once('\'').ok_or_else(|| self.lost())?;
            value.push_str(piece);
            let Some(more) = rest.strip_prefix('\'') else {
                self.rest = rest;
                return Ok(value);
            };
            value.push('\'');
            text = more;
        }
    }
}
