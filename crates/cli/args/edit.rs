//! What becomes of a header.

use super::Secret;
use super::output::size;
use clap::{Args, ValueEnum};
use prkit_playready::{Algorithm, Checksums};

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Changes")]
pub(crate) struct HeaderArgs {
    /// License acquisition URL; {kid} stands for the key id
    #[arg(long, value_name = "URL", conflicts_with_all = ["la_url_replace", "no_la_url"])]
    pub(crate) la_url: Option<String>,
    /// Replace the beginning of the license acquisition URL (repeatable; the first that fits counts)
    #[arg(long, value_name = "OLD=NEW", conflicts_with = "no_la_url")]
    pub(crate) la_url_replace: Vec<String>,
    /// Take the license acquisition URL out
    #[arg(long)]
    pub(crate) no_la_url: bool,
    /// License acquisition page for people; {kid} stands for the key id
    #[arg(long, value_name = "URL", conflicts_with_all = ["lui_url_replace", "no_lui_url"])]
    pub(crate) lui_url: Option<String>,
    /// Replace the beginning of the page's URL (repeatable)
    #[arg(long, value_name = "OLD=NEW", conflicts_with = "no_lui_url")]
    pub(crate) lui_url_replace: Vec<String>,
    /// Take the page out
    #[arg(long)]
    pub(crate) no_lui_url: bool,
    /// Domain service id
    #[arg(long, value_name = "GUID|BASE64", conflicts_with = "no_ds_id")]
    pub(crate) ds_id: Option<String>,
    /// Take the domain service id out
    #[arg(long)]
    pub(crate) no_ds_id: bool,
    /// The XML inside CUSTOMATTRIBUTES
    #[arg(long, value_name = "XML|@FILE", conflicts_with = "no_custom_attributes")]
    pub(crate) custom_attributes: Option<String>,
    /// Take CUSTOMATTRIBUTES out
    #[arg(long)]
    pub(crate) no_custom_attributes: bool,
    /// Licenses may come later than the content
    #[arg(long, value_name = "ondemand", value_parser = ["ondemand", "ONDEMAND"], conflicts_with = "no_decryptor_setup")]
    pub(crate) decryptor_setup: Option<String>,
    /// Take DECRYPTORSETUP out
    #[arg(long)]
    pub(crate) no_decryptor_setup: bool,
    /// Whether license acquisition asks for a license (clients read it from 4.5 on)
    #[arg(long, value_name = "true|false", conflicts_with = "no_license_requested")]
    pub(crate) license_requested: Option<bool>,
    /// Take LICENSEREQUESTED out
    #[arg(long)]
    pub(crate) no_license_requested: bool,
    /// Name a key id more, with its key in hex where a checksum is wanted (repeatable)
    #[arg(long, value_name = "KID[:KEY]")]
    pub(crate) add_kid: Vec<Secret>,
    /// Name a key id no more (repeatable)
    #[arg(long, value_name = "KID")]
    pub(crate) remove_kid: Vec<String>,
    /// Name these key ids and no others (repeatable)
    #[arg(long, value_name = "KID[:KEY]")]
    pub(crate) set_kid: Vec<Secret>,
    /// KID:KEY lines in a file, on standard input (-) or in a variable: they stay out of the process list
    #[arg(long, value_name = "@FILE|-|env:NAME")]
    pub(crate) keys: Option<String>,
    /// Key ids from tenc and seig, algorithm from schm of the file itself
    #[arg(long, conflicts_with_all = ["set_kid", "algid"])]
    pub(crate) from_media: bool,
    /// Algorithm of all keys
    #[arg(long, value_enum, ignore_case = true, value_name = "ALGORITHM")]
    pub(crate) algid: Option<Algid>,
    /// Checksums [default: they stay with their key, and keys that are given get one]
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) checksum: Option<Checksum>,
    /// Header version: 4.0, 4.1, 4.2, 4.3, or the lowest that can say it
    #[arg(long, value_name = "VERSION")]
    pub(crate) header_version: Option<String>,
    /// Straighten the header's text: canonical XML in little-endian UTF-16
    #[arg(long)]
    pub(crate) canonicalize: bool,
    /// The license store: keep it, strip it, or give an empty one this size
    #[arg(long, value_name = "keep|strip|SIZE", value_parser = els)]
    pub(crate) els: Option<Els>,
    /// Change only elements that are there
    #[arg(long)]
    pub(crate) existing: bool,
    /// Replace the whole header
    #[arg(long, value_name = "@FILE|BASE64", conflicts_with = "pro")]
    pub(crate) header: Option<String>,
    /// Replace the whole object, store included
    #[arg(long, value_name = "@FILE|BASE64")]
    pub(crate) pro: Option<String>,
}

impl HeaderArgs {
    /// These where they say something, else those: what is said of one element comes from one of the two.
    pub(crate) fn over(self, all: &Self) -> Self {
        // A whole header or object leaves nothing to say of what is in it.
        if self.header.is_some() || self.pro.is_some() {
            let els = self.els.or(all.els.filter(|_| self.pro.is_none()));
            return Self { els, ..self };
        }
        let mut both = all.clone();
        if self.la_url.is_some() || self.no_la_url || !self.la_url_replace.is_empty() {
            (both.la_url, both.no_la_url) = (self.la_url, self.no_la_url);
            both.la_url_replace = self.la_url_replace;
        }
        if self.lui_url.is_some() || self.no_lui_url || !self.lui_url_replace.is_empty() {
            (both.lui_url, both.no_lui_url) = (self.lui_url, self.no_lui_url);
            both.lui_url_replace = self.lui_url_replace;
        }
        if self.ds_id.is_some() || self.no_ds_id {
            (both.ds_id, both.no_ds_id) = (self.ds_id, self.no_ds_id);
        }
        if self.custom_attributes.is_some() || self.no_custom_attributes {
            both.custom_attributes = self.custom_attributes;
            both.no_custom_attributes = self.no_custom_attributes;
        }
        if self.decryptor_setup.is_some() || self.no_decryptor_setup {
            both.decryptor_setup = self.decryptor_setup;
            both.no_decryptor_setup = self.no_decryptor_setup;
        }
        if self.license_requested.is_some() || self.no_license_requested {
            both.license_requested = self.license_requested;
            both.no_license_requested = self.no_license_requested;
        }
        // Key ids that are set, and those of the media, leave nothing of others.
        let sets = !self.set_kid.is_empty();
        if sets || !self.add_kid.is_empty() {
            both.add_kid = self.add_kid;
        }
        if sets || !self.remove_kid.is_empty() {
            both.remove_kid = self.remove_kid;
        }
        if sets || self.from_media {
            both.set_kid = self.set_kid;
        }
        if self.from_media || sets || self.algid.is_some() {
            (both.from_media, both.algid) =
                (self.from_media, self.algid.or(all.algid.filter(|_| !self.from_media)));
        }
        both.keys = self.keys.or(both.keys);
        both.checksum = self.checksum.or(both.checksum);
        both.header_version = self.header_version.or(both.header_version);
        both.els = self.els.or(both.els);
        both.canonicalize |= self.canonicalize;
        both.existing |= self.existing;
        both
    }

    /// Whether no change is asked for.
    pub(crate) fn is_empty(&self) -> bool {
        let values = [
            &self.la_url,
            &self.lui_url,
            &self.ds_id,
            &self.custom_attributes,
            &self.decryptor_setup,
            &self.keys,
            &self.header_version,
            &self.header,
            &self.pro,
        ];
        let lists = [&self.la_url_replace, &self.lui_url_replace, &self.remove_kid];
        let flags = [
            self.no_la_url,
            self.no_lui_url,
            self.no_ds_id,
            self.no_custom_attributes,
            self.no_decryptor_setup,
            self.no_license_requested,
            self.from_media,
            self.canonicalize,
        ];
        values.iter().all(|value| value.is_none())
            && lists.iter().all(|list| list.is_empty())
            && !flags.contains(&true)
            && self.add_kid.is_empty()
            && self.set_kid.is_empty()
            && (self.license_requested, self.algid, self.checksum, self.els) == (None, None, None, None)
    }
}

/// `ALGID`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Algid {
    /// AES in counter mode: cenc
    Aesctr,
    /// AES in cipher block chaining mode: cbcs
    Aescbc,
    /// The cipher of Windows Media DRM
    Cocktail,
}

impl From<Algid> for Algorithm {
    fn from(algid: Algid) -> Self {
        match algid {
            Algid::Aesctr => Self::AesCtr,
            Algid::Aescbc => Self::AesCbc,
            Algid::Cocktail => Self::Cocktail,
        }
    }
}

/// What becomes of checksums.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Checksum {
    /// Every key gets one
    Add,
    /// They go
    Strip,
    /// They stay
    Keep,
}

impl From<Checksum> for Checksums {
    fn from(checksum: Checksum) -> Self {
        match checksum {
            Checksum::Add => Self::Add,
            Checksum::Strip => Self::Strip,
            Checksum::Keep => Self::Keep,
        }
    }
}

/// What becomes of a license store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Els {
    Keep,
    Strip,
    Size(usize),
}

fn els(text: &str) -> Result<Els, String> {
    match text {
        "keep" => Ok(Els::Keep),
        "strip" => Ok(Els::Strip),
        _ => match size(text) {
            Ok(len) if len % 2 != 0 => {
                Err(format!("{len} bytes are odd: shaka-player drops an object with such a store (PLY-02)"))
            }
            Ok(len) => Ok(Els::Size(len)),
            Err(error) => Err(format!("expected keep, strip or a size: {error}")),
        },
    }
}
