//! Splices of `LICENSEREQUESTED`, an attribute of `PROTECTINFO` (PRH spec of 2021, 3.3; read by clients from 4.5).

use super::keys::no_data;
use crate::Result;
use crate::header::Header;
use crate::header::text::TextSplice;

/// What becomes of the attribute.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Requested {
    /// It says `true` or `false`.
    Set(bool),
    /// The same, where there is one.
    SetExisting(bool),
    /// It goes.
    Remove,
}

pub(super) fn splices(header: &Header<'_>, change: Requested) -> Result<Vec<TextSplice>> {
    const NAME: &str = "LICENSEREQUESTED";
    let (value, existing) = match change {
        Requested::Remove => {
            let gone = header.find("PROTECTINFO").filter_map(|info| header.remove_attribute(info, NAME));
            return Ok(gone.collect());
        }
        Requested::Set(value) => (value, false),
        Requested::SetExisting(value) => (value, true),
    };
    let value = if value { "true" } else { "false" };
    let has = |info: &&_| header.outline.find_attribute(header.as_str(), info, NAME).is_some();
    let infos = header.find("PROTECTINFO").filter(|info| !existing || has(info));
    let set: Vec<_> = infos.filter_map(|info| header.set_attribute(info, NAME, value)).collect();
    if existing || !set.is_empty() || header.find("PROTECTINFO").next().is_some() {
        return Ok(set);
    }
    let prefix = header.outline.get(0).map_or("", |root| header.prefix_of(root));
    let put = format!("<{prefix}PROTECTINFO {NAME}=\"{value}\"></{prefix}PROTECTINFO>");
    Ok(vec![header.insert_in_data(&put).ok_or(no_data("PROTECTINFO"))?])
}
