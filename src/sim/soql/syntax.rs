//! The grammar: a recursive descent over the tokens, as deep as [`MAX_DEPTH`] and no deeper.
//!
//! As with Salesforce, `AND` and `OR` do not mix without parentheses, and `NOT` stands alone in its own: nothing in the
//! grammar has a precedence.

use super::lexer::{Kind, Token, tokens};
use super::pattern::{self, Piece};
use super::time::{self, Span};
use super::tree::{Filter, Literal, Name, Operator, Order, OrderBy, Query, Select};
use super::{SoqlError, refusal};

/// How deep parentheses may nest.
const MAX_DEPTH: usize = 64;

/// Words that are never the name of a field or an object.
const RESERVED: &[&str] = &[
    "AND", "ASC", "DESC", "EXCLUDES", "FIRST", "FROM", "GROUP", "HAVING", "IN", "INCLUDES", "LAST", "LIKE", "LIMIT",
    "NOT", "NULL", "NULLS", "OR", "SELECT", "USING", "WHERE", "WITH",
];

/// Reads a query, or says which token has no place in it.
pub(super) fn parse(query: &str) -> Result<Query<'_>, SoqlError> {
    let mut parser = Parser { query, tokens: tokens(query)?, next: 0, depth: 0, within: false };
    let parsed = parser.query()?;
    match parser.peek().kind {
        Kind::End => Ok(parsed),
        _ => Err(parser.unexpected()),
    }
}

struct Parser<'q> {
    query: &'q str,
    tokens: Vec<Token<'q>>,
    next: usize,
    depth: usize,
    /// Whether this is inside a query within a query.
    within: bool,
}

impl<'q> Parser<'q> {
    /// The token to be read next; after the last there is the end for ever.
    fn peek(&self) -> Token<'q> {
        self.tokens[self.next.min(self.tokens.len() - 1)]
    }

    fn advance(&mut self) -> Token<'q> {
        let token = self.peek();
        self.next += 1;
        token
    }

    fn unexpected(&self) -> SoqlError {
        let token = self.peek();
        refusal::unexpected(self.query, token.at, token.text)
    }

    fn takes_sign(&mut self, sign: &str) -> bool {
        let token = self.peek();
        let found = token.kind == Kind::Sign && token.text == sign;
        self.next += usize::from(found);
        found
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let token = self.peek();
        let found = token.kind == Kind::Word && token.text.eq_ignore_ascii_case(word);
        self.next += usize::from(found);
        found
    }

    fn sign(&mut self, sign: &str) -> Result<(), SoqlError> {
        if self.takes_sign(sign) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn word(&mut self, word: &str) -> Result<(), SoqlError> {
        if self.takes_word(word) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn name(&mut self) -> Result<Name<'q>, SoqlError> {
        let token = self.peek();
        if token.kind != Kind::Word || RESERVED.iter().any(|word| token.text.eq_ignore_ascii_case(word)) {
            return Err(self.unexpected());
        }
        self.advance();
        Ok(Name { text: token.text, at: token.at })
    }

    fn query(&mut self) -> Result<Query<'q>, SoqlError> {
        self.word("SELECT")?;
        let select = self.select()?;
        self.word("FROM")?;
        let object = self.name()?;
        let filter = if self.takes_word("WHERE") { Some(self.filter()?) } else { None };
        let order = if self.takes_word("ORDER") { self.order()? } else { Vec::new() };
        let limit = if self.takes_word("LIMIT") { Some(self.count()?) } else { None };
        let offset = if self.takes_word("OFFSET") { Some(self.count()?) } else { None };
        Ok(Query { select, object, filter, order, limit, offset })
    }

    fn select(&mut self) -> Result<Select<'q>, SoqlError> {
        let first = self.name()?;
        if first.text.eq_ignore_ascii_case("COUNT") && self.takes_sign("(") {
            if self.takes_sign(")") {
                return Ok(Select::Count);
            }
            let field = self.name()?;
            self.sign(")")?;
            return Err(refusal::no_aggregate(self.query, first.at, field.text));
        }
        let mut fields = vec![first];
        while self.takes_sign(",") {
            fields.push(self.name()?);
        }
        Ok(Select::Fields(fields))
    }

    /// One condition, or several joined by the same word.
    fn filter(&mut self) -> Result<Filter<'q>, SoqlError> {
        if self.takes_word("NOT") {
            return Ok(Filter::Not(Box::new(self.term()?)));
        }
        let first = self.term()?;
        let mut terms = vec![first];
        for (word, join) in [("AND", Filter::All as fn(Vec<Filter<'q>>) -> Filter<'q>), ("OR", Filter::Any)] {
            while self.takes_word(word) {
                terms.push(self.term()?);
            }
            if terms.len() > 1 {
                return Ok(join(terms));
            }
        }
        Ok(terms.remove(0))
    }

    fn term(&mut self) -> Result<Filter<'q>, SoqlError> {
        if !self.takes_sign("(") {
            return self.comparison();
        }
        if self.depth == MAX_DEPTH {
            return Err(refusal::too_complicated());
        }
        self.depth += 1;
        let filter = self.filter()?;
        self.depth -= 1;
        self.sign(")")?;
        Ok(filter)
    }

    fn comparison(&mut self) -> Result<Filter<'q>, SoqlError> {
        let field = self.name()?;
        if self.takes_word("LIKE") {
            let token = self.peek();
            return match self.literal()? {
                Literal::Text(pattern) => Ok(Filter::Like { field, pattern }),
                _ => Err(refusal::unexpected(self.query, token.at, token.text)),
            };
        }
        for (word, negated) in [("INCLUDES", false), ("EXCLUDES", true)] {
            if self.takes_word(word) {
                return Ok(Filter::Includes { field, sets: self.texts()?, negated });
            }
        }
        let negated = self.takes_word("NOT");
        if self.takes_word("IN") {
            return match self.inner()? {
                Some(query) => Ok(Filter::Found { field, query: Box::new(query), negated }),
                None => Ok(Filter::Among { field, values: self.list()?, negated }),
            };
        }
        let token = self.peek();
        let operator = match token.text {
            _ if negated || token.kind != Kind::Sign => return Err(self.unexpected()),
            "=" => Operator::Equal,
            "!=" | "<>" => Operator::NotEqual,
            "<" => Operator::Less,
            "<=" => Operator::AtMost,
            ">" => Operator::Greater,
            ">=" => Operator::AtLeast,
            _ => return Err(self.unexpected()),
        };
        self.advance();
        Ok(Filter::Compare { field, operator, value: self.literal()? })
    }

    /// A query in parentheses, if one stands here: without order and limits, and without another one in it.
    fn inner(&mut self) -> Result<Option<Query<'q>>, SoqlError> {
        let ahead = self.tokens.get(self.next + 1).is_some_and(|token| token.text.eq_ignore_ascii_case("SELECT"));
        if !ahead || self.peek().text != "(" {
            return Ok(None);
        }
        if self.within {
            return Err(refusal::nested(self.query, self.peek().at));
        }
        self.advance();
        self.advance();
        self.within = true;
        let select = self.select()?;
        self.word("FROM")?;
        let object = self.name()?;
        let filter = if self.takes_word("WHERE") { Some(self.filter()?) } else { None };
        self.within = false;
        self.sign(")")?;
        Ok(Some(Query { select, object, filter, order: Vec::new(), limit: None, offset: None }))
    }

    fn list(&mut self) -> Result<Vec<Literal>, SoqlError> {
        self.sign("(")?;
        let mut values = vec![self.literal()?];
        while self.takes_sign(",") {
            values.push(self.literal()?);
        }
        self.sign(")")?;
        Ok(values)
    }

    fn texts(&mut self) -> Result<Vec<Vec<Piece>>, SoqlError> {
        self.sign("(")?;
        let mut texts = Vec::new();
        loop {
            let token = self.peek();
            if token.kind != Kind::Text {
                return Err(self.unexpected());
            }
            self.advance();
            texts.push(quoted(token)?);
            if !self.takes_sign(",") {
                break;
            }
        }
        self.sign(")")?;
        Ok(texts)
    }

    fn literal(&mut self) -> Result<Literal, SoqlError> {
        let token = self.peek();
        let literal = match token.kind {
            Kind::Text => Some(Literal::Text(quoted(token)?)),
            Kind::Number => number(token.text),
            Kind::Word => self.worded(token)?,
            Kind::Sign | Kind::End => None,
        };
        match literal {
            Some(literal) => {
                self.advance();
                Ok(literal)
            }
            None => Err(self.unexpected()),
        }
    }

    /// Leaves its last token to be read by the caller.
    fn worded(&mut self, token: Token<'q>) -> Result<Option<Literal>, SoqlError> {
        let word = token.text;
        if word.eq_ignore_ascii_case("NULL") {
            return Ok(Some(Literal::Null));
        }
        if word.eq_ignore_ascii_case("TRUE") || word.eq_ignore_ascii_case("FALSE") {
            return Ok(Some(Literal::Boolean(word.eq_ignore_ascii_case("TRUE"))));
        }
        if let Some(span) = Span::named(word) {
            return Ok(Some(Literal::Span(span)));
        }
        if Span::counted(word, 1).is_none() {
            return Ok(None);
        }
        self.advance();
        self.sign(":")?;
        let days = self.peek();
        let days = if days.kind == Kind::Number { days.text.parse().ok() } else { None };
        Ok(days.and_then(|days| Span::counted(word, days)).map(Literal::Span))
    }

    fn order(&mut self) -> Result<Vec<OrderBy<'q>>, SoqlError> {
        self.word("BY")?;
        let mut order = Vec::new();
        loop {
            let field = self.name()?;
            let descending = self.takes_word("DESC");
            if !descending {
                self.takes_word("ASC");
            }
            let mut nulls_last = false;
            if self.takes_word("NULLS") {
                nulls_last = self.takes_word("LAST");
                if !nulls_last {
                    self.word("FIRST")?;
                }
            }
            order.push(OrderBy { field, order: Order { descending, nulls_last } });
            if !self.takes_sign(",") {
                return Ok(order);
            }
        }
    }

    fn count(&mut self) -> Result<usize, SoqlError> {
        let token = self.peek();
        let digits = token.kind == Kind::Number && token.text.bytes().all(|b| b.is_ascii_digit());
        let count = token.text.parse().ok().filter(|_| digits).ok_or_else(|| self.unexpected())?;
        self.advance();
        Ok(count)
    }
}

/// A number, a day or a point in time.
fn number(text: &str) -> Option<Literal> {
    if let Some(point) = time::point(text) {
        return Some(Literal::Point(point));
    }
    if let Some(day) = time::day(text) {
        return Some(Literal::Day(day));
    }
    text.parse().ok().filter(|number: &f64| number.is_finite()).map(Literal::Number)
}

/// The characters of a quoted text.
fn quoted(token: Token<'_>) -> Result<Vec<Piece>, SoqlError> {
    let written = &token.text[1..token.text.len() - 1];
    pattern::pieces(written).map_err(|escape| {
        let message =
            format!("Invalid string literal '{written}'. Illegal character sequence '\\{escape}' in string literal.");
        refusal::plain("MALFORMED_QUERY", &message)
    })
}
