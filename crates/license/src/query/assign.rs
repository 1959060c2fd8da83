//! A value put into a query, as somebody types it: `NAME:VALUE` for every license, `N.NAME:VALUE` for one.

use super::{Group, Item, Query, QueryForm, parameter_named};
use crate::{Context, Error, Level};

/// Why a value is not put into a query.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AssignError {
    /// There is no name, or no value.
    #[error("{set:?} is not NAME:VALUE")]
    NoPair {
        /// What there is.
        set: String,
    },
    /// The number of a license is none.
    #[error("{index:?} is no number")]
    Index {
        /// What there is.
        index: String,
    },
    /// There are fewer licenses.
    #[error("{index}: there are {count} groups, counted from 0")]
    NoGroup {
        /// The number.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// No query has this name.
    #[error("{name:?} is no name a query knows")]
    Name {
        /// It.
        name: String,
    },
    /// The value cannot be read.
    #[error("{name}: {error}")]
    Value {
        /// Its name.
        name: String,
        /// Why.
        error: Error,
    },
    /// A rule that it breaks.
    #[error("{message}")]
    Rule {
        /// What is wrong.
        message: String,
    },
}

impl Query {
    /// Puts a value into all groups, or one.
    ///
    /// # Errors
    ///
    /// The query stays as it is.
    pub fn assign(&mut self, set: &str) -> Result<(), AssignError> {
        let no_pair = || AssignError::NoPair { set: set.to_owned() };
        let (name, value) = set.split_once(':').ok_or_else(no_pair)?;
        let (index, name) = match name.split_once('.') {
            Some((index, name)) => {
                let number =
                    index.parse::<usize>().map_err(|_| AssignError::Index { index: index.to_owned() })?;
                (Some(number), name)
            }
            None => (None, name),
        };
        let parameter = parameter_named(name).ok_or_else(|| AssignError::Name { name: name.to_owned() })?;
        // The value as the query language reads it, groups and lists included.
        let parsed = Self::parse(&format!("({name}:{value})"))
            .map_err(|error| AssignError::Value { name: name.to_owned(), error })?;
        let item = parsed.groups.into_iter().next().and_then(|group| group.items.into_iter().next());
        let Item { value, .. } = item.ok_or_else(no_pair)?;
        let alone = Group { items: vec![Item { name: name.to_owned(), value: value.clone() }] };
        let alone = Self { base: None, form: QueryForm::Cfg, groups: vec![alone], oddities: Vec::new() };
        let (_, findings) = alone.policies(&Context::default());
        if let Some(finding) = findings.into_iter().find(|finding| finding.level == Level::Error) {
            return Err(AssignError::Rule { message: finding.message });
        }
        let count = self.groups.len();
        match index {
            Some(index) => match self.groups.get_mut(index) {
                Some(group) => group.set(parameter.name, value),
                None => return Err(AssignError::NoGroup { index, count }),
            },
            None => self.groups.iter_mut().for_each(|group| group.set(parameter.name, value.clone())),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_gets_into_every_license_or_one() {
        let mut query = Query::parse("(sl:150),(sl:2000)").unwrap();
        query.assign("persist:true").unwrap();
        query.assign("1.sl:3000").unwrap();
        assert_eq!(query.encode(QueryForm::Cfg).unwrap(), "cfg=(sl:150,persist:true),(sl:3000,persist:true)");
        let before = query.clone();
        for (set, error) in [
            ("persist", "\"persist\" is not NAME:VALUE"),
            ("x.persist:true", "\"x\" is no number"),
            ("2.persist:true", "2: there are 2 groups, counted from 0"),
            ("what:1", "\"what\" is no name a query knows"),
        ] {
            assert_eq!(query.assign(set).unwrap_err().to_string(), error);
        }
        assert_eq!(query, before);
    }
}
