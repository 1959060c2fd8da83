//! Values in values, however deep: nothing here calls itself, so nobody's depth is the end of the stack.
//!
//! Readers refuse what is deeper than a few levels; values that somebody puts together may be as deep as memory allows.

use super::group::{Group, Item, QueryValue};
use core::fmt;

impl QueryValue {
    /// Moves the values in it out.
    fn empty_into(&mut self, waiting: &mut Vec<Self>) {
        match self {
            Self::Text(_) => {}
            Self::Group(group) => waiting.extend(group.items.drain(..).map(|item| item.value)),
            Self::List(values) => waiting.append(values),
        }
    }

    /// The values in it.
    fn values(&self) -> impl Iterator<Item = &Self> {
        let (items, list) = match self {
            Self::Text(_) => (&[][..], &[][..]),
            Self::Group(group) => (&group.items[..], &[][..]),
            Self::List(values) => (&[][..], &values[..]),
        };
        items.iter().map(|item| &item.value).chain(list)
    }

    /// Whether values are in each other more than so many levels deep.
    pub(super) fn is_deeper_than(&self, levels: usize) -> bool {
        let mut waiting = vec![(self, 1_usize)];
        while let Some((value, depth)) = waiting.pop() {
            if depth > levels {
                return true;
            }
            waiting.extend(value.values().map(|inner| (inner, depth.saturating_add(1))));
        }
        false
    }
}

impl Drop for QueryValue {
    fn drop(&mut self) {
        let mut waiting = Vec::new();
        self.empty_into(&mut waiting);
        while let Some(mut value) = waiting.pop() {
            value.empty_into(&mut waiting);
        }
    }
}

impl Clone for QueryValue {
    fn clone(&self) -> Self {
        // Values are made from the last one on; each takes those that are in it from the end of what was made.
        let mut order = vec![self];
        let mut next = 0;
        while let Some(value) = order.get(next).copied() {
            order.extend(value.values());
            next = next.saturating_add(1);
        }
        let mut made: std::collections::VecDeque<Self> = std::collections::VecDeque::new();
        for value in order.into_iter().rev() {
            let copy = match value {
                Self::Text(text) => Self::Text(text.clone()),
                Self::Group(group) => {
                    let rest = made.split_off(made.len().saturating_sub(group.items.len()));
                    let names = group.items.iter().map(|item| item.name.clone());
                    let items = names.zip(rest).map(|(name, value)| Item { name, value });
                    Self::Group(Group { items: items.collect() })
                }
                Self::List(values) => {
                    let rest = made.split_off(made.len().saturating_sub(values.len()));
                    Self::List(rest.into_iter().collect())
                }
            };
            made.push_front(copy);
        }
        made.pop_front().unwrap_or_else(|| Self::Text(String::new()))
    }
}

impl PartialEq for QueryValue {
    fn eq(&self, other: &Self) -> bool {
        let mut waiting = vec![(self, other)];
        while let Some((one, other)) = waiting.pop() {
            let is_same = match (one, other) {
                (Self::Text(one), Self::Text(other)) => one == other,
                (Self::Group(one), Self::Group(other)) => {
                    one.items.len() == other.items.len()
                        && one.items.iter().zip(&other.items).all(|(one, other)| one.name == other.name)
                }
                (Self::List(one), Self::List(other)) => one.len() == other.len(),
                _ => false,
            };
            if !is_same {
                return false;
            }
            waiting.extend(one.values().zip(other.values()));
        }
        true
    }
}

impl Eq for QueryValue {}

/// What is still to be written.
enum Step<'v> {
    Text(&'v str),
    Value(&'v QueryValue),
}

fn write<'v>(f: &mut fmt::Formatter<'_>, first: impl IntoIterator<Item = Step<'v>>) -> fmt::Result {
    let mut steps: Vec<Step<'v>> = first.into_iter().collect();
    steps.reverse();
    while let Some(step) = steps.pop() {
        let inner: Vec<Step<'v>> = match step {
            Step::Text(text) => {
                f.write_str(text)?;
                continue;
            }
            Step::Value(QueryValue::Text(text)) => vec![Step::Text(text)],
            Step::Value(QueryValue::Group(group)) => of_group(group).collect(),
            Step::Value(QueryValue::List(values)) => {
                let values = values.iter().enumerate();
                let values = values.flat_map(|(index, value)| [Step::Text(comma(index)), Step::Value(value)]);
                [Step::Text("(")].into_iter().chain(values).chain([Step::Text(")")]).collect()
            }
        };
        steps.extend(inner.into_iter().rev());
    }
    Ok(())
}

fn of_group(group: &Group) -> impl Iterator<Item = Step<'_>> {
    let items = group.items.iter().enumerate().flat_map(|(index, Item { name, value })| {
        [Step::Text(comma(index)), Step::Text(name), Step::Text(":"), Step::Value(value)]
    });
    [Step::Text("(")].into_iter().chain(items).chain([Step::Text(")")])
}

const fn comma(index: usize) -> &'static str {
    if index == 0 { "" } else { "," }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, of_group(self))
    }
}

impl fmt::Display for QueryValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, [Step::Value(self)])
    }
}

impl fmt::Debug for QueryValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::Text(_) => "Text ",
            Self::Group(_) => "Group ",
            Self::List(_) => "List ",
        };
        write(f, [Step::Text(kind), Step::Value(self)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::{Query, QueryForm};

    fn deep(levels: usize) -> QueryValue {
        let mut value = QueryValue::Text("x".to_owned());
        for level in 0..levels {
            value = if level % 2 == 0 {
                QueryValue::List(vec![value])
            } else {
                QueryValue::Group(Group { items: vec![Item { name: "a".to_owned(), value }] })
            };
        }
        value
    }

    #[test]
    fn values_that_are_very_deep_are_copied_compared_written_and_dropped() {
        let value = deep(200_000);
        assert_eq!(value.clone(), value);
        assert_ne!(deep(199_998), value);
        assert!(value.to_string().len() > 400_000 && format!("{value:?}").len() > 400_000);
        let mut group = Group::default();
        group.set("a", value);
        let mut query = Query::parse("(kid:header)").unwrap();
        query.groups.push(group);
        for form in [QueryForm::Plain, QueryForm::Cfg, QueryForm::Cfg64, QueryForm::Json, QueryForm::Legacy] {
            let encoded = query.encode(form);
            assert!(encoded.is_err() || form == QueryForm::Plain, "{}", form.name());
        }
        assert!(query.shown().len() > 400_000);
        assert_eq!(query.without_keys().1, 0);
        let _ = query.policies(&crate::Context::default());
        assert_eq!(query.clone(), query);
    }

    #[test]
    fn a_copy_has_everything_in_its_order() {
        let text = "(a:b,c:(d:e,f:(g,h,i)),j:((k:l),(m:n)),o:p)";
        let query = Query::parse(text).unwrap();
        let copy = query.groups[0].clone();
        assert_eq!((copy.to_string().as_str(), &copy), (text, &query.groups[0]));
        let other = Query::parse("(a:b,c:(d:e,f:(g,h,i)),j:((k:l),(m:o)),o:p)").unwrap();
        assert_ne!(copy, other.groups[0]);
    }
}
