//! The JSON form of a query: `[{'kid':'…','sl':'2000'},{…}]`.
//!
//! The documented examples quote with apostrophes, which is no JSON; order and repetitions are kept, because findings
//! are about them.

use super::group::{Group, Item, QueryValue, wrong};
use crate::Result;
use crate::limits::MAX_QUERY;
use core::fmt;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;

/// Reads a list of objects, one a license.
pub(super) fn parse(text: &str) -> Result<Vec<Group>> {
    if text.len() > MAX_QUERY {
        return Err(wrong(format!("the query has {} bytes, more than {MAX_QUERY}", text.len()), None));
    }
    let quoted = if text.contains('"') { Cow::Borrowed(text) } else { Cow::Owned(text.replace('\'', "\"")) };
    // Nesting: serde_json refuses more than 128 levels.
    let value = serde_json::from_str(&quoted).map_err(|error| wrong(format!("no JSON: {error}"), None))?;
    let group = |mut value| match &mut value {
        QueryValue::Group(group) => Ok(core::mem::take(group)),
        _ => Err(wrong("the JSON of a query is a list of objects".to_owned(), None)),
    };
    let mut value: QueryValue = value;
    match &mut value {
        QueryValue::List(values) => core::mem::take(values).into_iter().map(group).collect(),
        _ => Ok(vec![group(value)?]),
    }
}

/// Writes groups, with apostrophes.
pub(super) fn encode(groups: &[Group]) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_all(groups, '[', ']', &mut text, &mut write_group);
    text
}

type Write<'w, T> = &'w mut dyn FnMut(&T, &mut String) -> fmt::Result;

fn write_all<T>(all: &[T], open: char, close: char, into: &mut String, one: Write<'_, T>) -> fmt::Result {
    into.push(open);
    for (index, item) in all.iter().enumerate() {
        if index > 0 {
            into.push(',');
        }
        one(item, into)?;
    }
    into.push(close);
    Ok(())
}

fn write_group(group: &Group, into: &mut String) -> fmt::Result {
    write_all(&group.items, '{', '}', into, &mut |Item { name, value }: &Item, into: &mut String| {
        fmt::Write::write_fmt(into, format_args!("'{name}':"))?;
        write_value(value, into)
    })
}

fn write_value(value: &QueryValue, into: &mut String) -> fmt::Result {
    match value {
        QueryValue::Text(text) => fmt::Write::write_fmt(into, format_args!("'{text}'")),
        QueryValue::Group(group) => write_group(group, into),
        QueryValue::List(values) => write_all(values, '[', ']', into, &mut write_value),
    }
}

impl<'de> Deserialize<'de> for QueryValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = QueryValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, a number, true, false, a list or an object")
    }

    fn visit_str<E>(self, text: &str) -> Result<QueryValue, E> {
        Ok(QueryValue::Text(text.to_owned()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<QueryValue, E> {
        Ok(QueryValue::Text(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<QueryValue, E> {
        Ok(QueryValue::Text(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<QueryValue, E> {
        Ok(QueryValue::Text(value.to_string()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<QueryValue, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(QueryValue::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<QueryValue, A::Error> {
        let mut group = Group::default();
        while let Some((name, value)) = object.next_entry()? {
            group.items.push(Item { name, value });
        }
        Ok(QueryValue::Group(group))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_repetitions_are_kept() {
        let groups = parse(r#"[{"sl":2000,"kid":"header","sl":150,"persist":true}]"#).unwrap();
        assert_eq!(groups[0].to_string(), "(sl:2000,kid:header,sl:150,persist:true)");
        assert_eq!(encode(&groups), "[{'sl':'2000','kid':'header','sl':'150','persist':'true'}]");
    }

    #[test]
    fn lists_and_objects_are_values_too() {
        let text = "[{'dvop':{'guid':'a','data':'b'},'playenablers':['c','d']}]";
        let groups = parse(text).unwrap();
        assert_eq!(groups[0].to_string(), "(dvop:(guid:a,data:b),playenablers:(c,d))");
        assert_eq!(encode(&groups), text);
    }

    #[test]
    fn what_is_no_list_of_objects_is_refused() {
        let error = |text: &str| parse(text).unwrap_err().to_string();
        assert!(error("[1]").contains("a list of objects"));
        assert!(error("[{'a':null}]").contains("no JSON: invalid type: null, expected text"));
        assert!(error(&"[".repeat(1000)).contains("recursion limit exceeded"));
        assert!(error(&" ".repeat(70_000)).contains("more than 65536"));
    }
}
