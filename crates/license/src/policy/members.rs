//! JSON in which no member is there twice: of two, readers take the first or the last, and a restriction vanishes.

use crate::{Error, Result};
use core::fmt;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Reads a value.
///
/// # Errors
///
/// [`ErrorKind::Json`](crate::ErrorKind::Json): not JSON, or a member that is there twice, with the place of both.
pub(crate) fn parse(text: &str) -> Result<Value> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = Place("").deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    read.map_err(|error| {
        Error::policy(if error.is_data() { error.to_string() } else { format!("no JSON: {error}") })
    })
}

/// A value at a place: `policies[1].output`.
struct Place<'p>(&'p str);

impl Place<'_> {
    fn member(&self, name: &str) -> String {
        if self.0.is_empty() { name.to_owned() } else { format!("{}.{name}", self.0) }
    }
}

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(Place(&format!("{}[{}]", self.0, values.len())))? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = object.next_key::<String>()? {
            let place = self.member(&name);
            if members.contains_key(&name) {
                return Err(A::Error::custom(format_args!("{place} is there twice")));
            }
            let value = object.next_value_seed(Place(&place))?;
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}
