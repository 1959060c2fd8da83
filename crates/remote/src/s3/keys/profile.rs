//! Profiles, in `~/.aws/credentials` and `~/.aws/config`.

use super::Environment;
use crate::{Error, Result};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What a section says.
pub(super) type Section = BTreeMap<String, String>;

/// Both files, and the profile that is meant.
#[derive(Clone, Default)]
pub(in super::super) struct Profiles {
    credentials: String,
    config: String,
    name: String,
}

impl Profiles {
    /// The files of an environment.
    ///
    /// # Errors
    ///
    /// [`Error::Profile`] for one that is named and nowhere.
    pub(in super::super) fn read(environment: &Environment) -> Result<Self> {
        let text = |variable: &str, file: &str| {
            let path = environment.get(variable).map(PathBuf::from).or_else(|| environment.file(file));
            path.and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default()
        };
        let named = environment.get("AWS_PROFILE");
        let profiles = Self {
            credentials: text("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
            config: text("AWS_CONFIG_FILE", "config"),
            name: named.clone().unwrap_or_else(|| "default".to_owned()),
        };
        match named {
            Some(named) if profiles.get(&named).is_empty() => Err(Error::Profile(named)),
            _ => Ok(profiles),
        }
    }

    /// The profile that is meant.
    pub(in super::super) fn name(&self) -> &str {
        &self.name
    }

    /// What both files say of a profile, the first one before the second. In the second it is called `profile NAME`.
    pub(in super::super) fn get(&self, name: &str) -> Section {
        let mut found = section(&self.credentials, &|section| section == name);
        let config = section(&self.config, &|section| {
            named(section, "profile") == Some(name) || name == "default" && section == name
        });
        for (key, value) in config {
            found.entry(key).or_insert(value);
        }
        found
    }

    /// A setting below another one of the profile that is meant.
    pub(in super::super) fn says(&self, above: &str, key: &str) -> Option<String> {
        let (mut is_in, mut is_below) = (false, false);
        for line in self.config.lines().map(str::trim_end) {
            if line.starts_with('[') {
                let section = line.trim_matches(['[', ']']).trim();
                is_in = named(section, "profile") == Some(&self.name)
                    || section == "default" && self.name == "default";
            } else if is_in && !line.starts_with([' ', '\t']) {
                is_below = line.split('=').next().is_some_and(|name| name.trim() == above);
            } else if is_in && is_below {
                let found = line.split_once('=').filter(|(name, _)| name.trim() == key);
                if let Some((_, value)) = found {
                    return Some(value.trim().to_owned());
                }
            }
        }
        None
    }

    /// A session of single sign-on.
    pub(super) fn session(&self, name: &str) -> Section {
        section(&self.config, &|section| named(section, "sso-session") == Some(name))
    }
}

/// The name in `[KIND NAME]`.
fn named<'s>(section: &'s str, kind: &str) -> Option<&'s str> {
    let rest = section.strip_prefix(kind)?;
    rest.starts_with([' ', '\t']).then(|| rest.trim_start())
}

fn section(text: &str, is_meant: &dyn Fn(&str) -> bool) -> Section {
    let (mut found, mut is_in) = (Section::new(), false);
    for line in text.lines() {
        let line = line.trim_end();
        if let Some(section) = line.trim_start().strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            is_in = is_meant(section.trim());
            continue;
        }
        // What is indented belongs to a setting above.
        if !is_in || line.starts_with([' ', '\t', '#', ';']) {
            continue;
        }
        if let Some((key, value)) = line.split_once('=') {
            found.entry(key.trim().to_owned()).or_insert_with(|| value.trim().to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_read_from_both_files_and_no_other_profile_is() {
        let profiles = Profiles {
            credentials: "[default]\naws_access_key_id = A\n# aws_secret_access_key = no\n[studio]\naws_access_key_id=B\n\
                          aws_secret_access_key = b=c\n"
                .to_owned(),
            config: "[default]\nregion = eu-west-1\n[profile studio]\nregion = eu-central-1\ns3 =\n  region = no\n\
                     aws_access_key_id = no\n[studio]\nendpoint_url = http://no\n[sso-session studio]\nsso_region = x\n"
                .to_owned(),
            name: "default".to_owned(),
        };
        let get = |name: &str, key: &str| profiles.get(name).get(key).cloned();
        assert_eq!(get("default", "aws_access_key_id").as_deref(), Some("A"));
        assert_eq!(get("default", "aws_secret_access_key"), None);
        assert_eq!(get("default", "region").as_deref(), Some("eu-west-1"));
        assert_eq!(get("studio", "aws_access_key_id").as_deref(), Some("B"));
        assert_eq!(get("studio", "aws_secret_access_key").as_deref(), Some("b=c"));
        assert_eq!(get("studio", "region").as_deref(), Some("eu-central-1"));
        assert_eq!((get("studio", "endpoint_url"), get("studio", "sso_region")), (None, None));
        assert_eq!(profiles.session("studio").get("sso_region").map(String::as_str), Some("x"));
        assert!(profiles.get("none").is_empty());
        let studio = Profiles { name: "studio".to_owned(), ..profiles };
        assert_eq!((studio.says("s3", "region").as_deref(), studio.says("s3", "x")), (Some("no"), None));
    }
}
