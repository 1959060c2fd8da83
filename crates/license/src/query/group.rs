//! The text of a query: groups of items in parentheses.
//!
//! ```text
//!   list  = group *( "," group )
//!   group = "(" item *( "," item ) ")"                       one group, one license
//!   item  = name ":" value
//!   value = token | group | "(" token *( "," token ) ")" | "(" group *( "," group ) ")"
//! ```
//!
//! The page that documents this (MS docs `query-string-syntax.md`) breaks it: its example of `extendedright` has an
//! open parenthesis too many and a space behind a comma. Both are read, and listed.

use crate::limits::{MAX_DEPTH, MAX_ITEMS, MAX_QUERY};
use crate::{Error, ErrorKind, Result};
use core::fmt;

/// The items of one license, or of one value.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Group {
    /// In order.
    pub items: Vec<Item>,
}

/// A name and a value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    /// As written.
    pub name: String,
    /// What it is set to.
    pub value: QueryValue,
}

/// What a name is set to.
///
/// However deep values are in each other, they are copied, compared, written and dropped without a call for each level.
pub enum QueryValue {
    /// A word: number, date, id, base64.
    Text(String),
    /// Named values.
    Group(Group),
    /// Several values.
    List(Vec<QueryValue>),
}

/// What is wrong about a query that can be read all the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum QueryOddity {
    /// White space, which the page forbids.
    Space {
        /// Where.
        at: usize,
    },
    /// Parentheses left open.
    Unclosed {
        /// How many.
        count: usize,
    },
    /// A closing parenthesis that closes nothing.
    Unopened {
        /// Where.
        at: usize,
    },
    /// Items without parentheses around.
    Bare,
}

impl Group {
    /// The value of a name, in any case.
    pub fn get(&self, name: &str) -> Option<&QueryValue> {
        self.items.iter().find(|item| item.name.eq_ignore_ascii_case(name)).map(|item| &item.value)
    }

    /// Sets a name, in place of an earlier value.
    pub fn set(&mut self, name: &str, value: QueryValue) {
        match self.items.iter_mut().find(|item| item.name.eq_ignore_ascii_case(name)) {
            Some(item) => item.value = value,
            None => self.items.push(Item { name: name.to_owned(), value }),
        }
    }

    /// Sets a name to a word.
    pub fn set_text(&mut self, name: &str, value: impl fmt::Display) {
        self.set(name, QueryValue::Text(value.to_string()));
    }
}

impl QueryValue {
    /// The word, where it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Reads a list of groups, one a license.
///
/// # Errors
///
/// [`ErrorKind::Query`]: too long, too deep, too many items, an item without a name, or text where none can be.
pub(crate) fn parse(text: &str) -> Result<(Vec<Group>, Vec<QueryOddity>)> {
    if text.len() > MAX_QUERY {
        return Err(wrong(format!("the query has {} bytes, more than {MAX_QUERY}", text.len()), 0));
    }
    let mut parser = Parser { text, at: 0, items: 0, unclosed: 0, oddities: Vec::new() };
    let groups = parser.groups()?;
    if parser.unclosed > 0 {
        parser.oddities.push(QueryOddity::Unclosed { count: parser.unclosed });
    }
    Ok((groups, parser.oddities))
}

pub(super) fn wrong(message: String, at: impl Into<Option<usize>>) -> Error {
    let kind = ErrorKind::Query(message);
    at.into().map_or_else(|| Error::new(kind.clone()), |at| Error::at(kind.clone(), at))
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    items: usize,
    unclosed: usize,
    oddities: Vec<QueryOddity>,
}

impl Parser<'_> {
    fn groups(&mut self) -> Result<Vec<Group>> {
        let mut groups = Vec::new();
        loop {
            match self.peek() {
                None => return Ok(groups),
                Some('(') => {
                    self.bump();
                    groups.push(self.group(1)?);
                }
                Some(',') if !groups.is_empty() => self.bump(),
                Some(')') => {
                    self.oddities.push(QueryOddity::Unopened { at: self.at });
                    self.bump();
                }
                Some(_) if groups.is_empty() => {
                    self.oddities.push(QueryOddity::Bare);
                    groups.push(self.items(1, false)?);
                }
                Some(c) => return Err(wrong(format!("{c:?} stands where a comma or ( is due"), self.at)),
            }
        }
    }

    /// Items up to the closing parenthesis, which is taken too.
    fn group(&mut self, depth: usize) -> Result<Group> {
        self.items(depth, true)
    }

    fn items(&mut self, depth: usize, is_open: bool) -> Result<Group> {
        let mut group = Group::default();
        loop {
            match self.peek() {
                None => {
                    self.unclosed = self.unclosed.saturating_add(usize::from(is_open));
                    return Ok(group);
                }
                Some(')') => {
                    if is_open {
                        self.bump();
                    }
                    return Ok(group);
                }
                Some(',') => self.bump(),
                Some('(') if group.items.is_empty() => {
                    // ((a:1)): parentheses around a group, which say nothing more.
                    self.bump();
                    self.check_depth(depth)?;
                    group = self.group(depth.saturating_add(1))?;
                }
                Some(_) => {
                    let start = self.at;
                    let name = self.token().to_owned();
                    if self.peek() != Some(':') || name.is_empty() {
                        let what = if name.is_empty() { "a name" } else { "a colon" };
                        return Err(wrong(format!("{what} is missing in an item"), start));
                    }
                    self.bump();
                    self.count()?;
                    let value = self.value(depth)?;
                    group.items.push(Item { name, value });
                }
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<QueryValue> {
        if self.peek() != Some('(') {
            return Ok(QueryValue::Text(self.token().to_owned()));
        }
        self.check_depth(depth)?;
        self.bump();
        let start = self.at;
        let is_list = self.peek() == Some('(') || {
            let _ = self.token();
            self.peek() != Some(':')
        };
        self.at = start;
        if !is_list {
            return self.group(depth.saturating_add(1)).map(QueryValue::Group);
        }
        let mut values = Vec::new();
        loop {
            match self.peek() {
                None => {
                    self.unclosed = self.unclosed.saturating_add(1);
                    return Ok(QueryValue::List(values));
                }
                Some(')') => {
                    self.bump();
                    return Ok(QueryValue::List(values));
                }
                Some(',') => self.bump(),
                Some(':') => return Err(wrong("a colon stands in a list of values".to_owned(), self.at)),
                Some(_) => {
                    self.count()?;
                    let value = self.value(depth.saturating_add(1))?;
                    values.push(value);
                }
            }
        }
    }

    fn count(&mut self) -> Result<()> {
        self.items = self.items.saturating_add(1);
        if self.items > MAX_ITEMS {
            return Err(wrong(format!("the query has more than {MAX_ITEMS} items"), self.at));
        }
        Ok(())
    }

    fn check_depth(&self, depth: usize) -> Result<()> {
        if depth >= MAX_DEPTH {
            return Err(wrong(format!("parentheses are nested more than {MAX_DEPTH} deep"), self.at));
        }
        Ok(())
    }

    /// Everything up to the next character with a meaning.
    fn token(&mut self) -> &str {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let len = rest
            .find(|c: char| matches!(c, '(' | ')' | ',' | ':') || c.is_whitespace())
            .unwrap_or(rest.len());
        self.at = self.at.saturating_add(len);
        rest.get(..len).unwrap_or_default()
    }

    /// The next character that is no white space.
    fn peek(&mut self) -> Option<char> {
        loop {
            let next = self.text.get(self.at..)?.chars().next()?;
            if !next.is_whitespace() {
                return Some(next);
            }
            if !self.oddities.iter().any(|odd| matches!(odd, QueryOddity::Space { .. })) {
                self.oddities.push(QueryOddity::Space { at: self.at });
            }
            self.at = self.at.saturating_add(next.len_utf8());
        }
    }

    fn bump(&mut self) {
        self.at = self.at.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> (String, Vec<QueryOddity>) {
        let (groups, oddities) = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        (groups.iter().map(ToString::to_string).collect::<Vec<_>>().join(","), oddities)
    }

    #[test]
    fn the_documented_examples_are_read_and_written_the_same() {
        for text in [
            "(ckt:aes128bitcbc)",
            "(begindate:20170101,expiration:20170101010000)",
            "(kid:B6E39626-1CFB-4AA1-BCBD-4EF1ABA7843A,sl:3000),(kid:7C9484BA-C238-467A-869C-CDD8C7167712,sl:2000)",
            "(dvop:(guid:ABB2C6F1-E663-4625-A945-972D17B231E7,data:AAAAAQ==))",
            "(playenablers:(786627D8-C2A6-44BE-8F88-08AE255B01A7,5ABF0F0D-DC29-4B82-9982-FD8E57525BFC))",
            "(rootid:uPeXHrR3K0icGCpYMBGsZw==,kid:header),(isroot:true,kid:uPeXHrR3K0icGCpYMBGsZw==)",
            "(extendedrestrictions:((type:400,data:Ah==),(type:401,data:Ah==)))",
            "()",
        ] {
            assert_eq!(read(text), (text.to_owned(), vec![]), "{text}");
        }
    }

    #[test]
    fn the_broken_example_of_the_page_is_read_and_its_faults_are_listed() {
        let (text, oddities) = read(
            "(extendedright:(type:500,extended:((type:400, mustunderstand:true,besteffort:false,data:Ah==)))",
        );
        assert_eq!(
            text,
            "(extendedright:(type:500,extended:((type:400,mustunderstand:true,besteffort:false,data:Ah==))))"
        );
        assert_eq!(oddities, [QueryOddity::Space { at: 45 }, QueryOddity::Unclosed { count: 1 }]);
    }

    #[test]
    fn items_without_parentheses_and_parentheses_too_many_are_read() {
        assert_eq!(
            read("persist:true,sl:150"),
            ("(persist:true,sl:150)".to_owned(), vec![QueryOddity::Bare])
        );
        assert_eq!(read("(sl:150))"), ("(sl:150)".to_owned(), vec![QueryOddity::Unopened { at: 8 }]));
        assert_eq!(read("((sl:150))").0, "(sl:150)");
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_its_place() {
        let error = |text: &str| parse(text).unwrap_err().to_string();
        assert_eq!(error("(sl)"), "a colon is missing in an item at byte 1");
        assert_eq!(error("(:5)"), "a name is missing in an item at byte 1");
        assert_eq!(error("(a:1)b"), "'b' stands where a comma or ( is due at byte 5");
        assert_eq!(
            error(&format!("(a:{}", "(".repeat(100))),
            "parentheses are nested more than 8 deep at byte 10"
        );
        assert!(error(&"(".repeat(100)).contains("nested more than 8 deep"));
        assert!(error(&format!("({})", "a:1,".repeat(2000))).contains("more than 1024 items"));
        assert!(error(&"a".repeat(70_000)).contains("more than 65536"));
    }

    fn any_value() -> impl Strategy<Value = QueryValue> {
        let text = "[A-Za-z0-9+/=-]{1,12}".prop_map(QueryValue::Text);
        text.prop_recursive(3, 12, 3, |inner| {
            let named = proptest::collection::vec(("[a-z]{1,6}", inner.clone()), 1..3).prop_map(|items| {
                let items = items.into_iter().map(|(name, value)| Item { name, value }).collect();
                QueryValue::Group(Group { items })
            });
            prop_oneof![named, proptest::collection::vec(inner, 1..3).prop_map(QueryValue::List)]
        })
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_again(
            groups in proptest::collection::vec(proptest::collection::vec(("[a-z]{1,8}", any_value()), 1..4), 1..4),
        ) {
            let groups: Vec<Group> = groups
                .into_iter()
                .map(|items| Group { items: items.into_iter().map(|(name, value)| Item { name, value }).collect() })
                .collect();
            let text = groups.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
            prop_assert_eq!(parse(&text).unwrap(), (groups, vec![]));
        }

        #[test]
        fn no_text_panics(text in "[():,a-z0-9 é]{0,60}") {
            let _ = parse(&text);
        }
    }
}
