//! What a new object holds, and what the commands about key ids and keys take.

use super::output::{shape, size};
use super::{Algid, Checksum, Encoding, ForceArgs, Secret};
use clap::{Args, ValueEnum};
use prkit_batch::shape::Shape;
use prkit_playready::Use;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// Key ids, with their keys in hex where a checksum is wanted
    #[arg(value_name = "KID[:KEY]")]
    pub(crate) kids: Vec<Secret>,
    /// The same as an option
    #[arg(long = "kid", value_name = "KID[:KEY]", visible_alias = "add-kid")]
    pub(crate) more_kids: Vec<Secret>,
    #[command(flatten)]
    pub(crate) object: ObjectArgs,
    /// Key ids and algorithm of this file
    #[arg(long, value_name = "FILE")]
    pub(crate) from_media: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) force: ForceArgs,
    /// The form to give it
    #[arg(long = "as", value_parser = shape(), value_name = "FORM", default_value = Shape::Pro.name())]
    pub(crate) shape: Shape,
    /// Version of the pssh box; 1 lists the key ids in it
    #[arg(long, value_name = "0|1", default_value = "0", value_parser = clap::value_parser!(u8).range(0..=1))]
    pub(crate) pssh_version: u8,
    #[command(flatten)]
    pub(crate) encoding: Encoding,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// What a new object holds, but for its key ids.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Object")]
pub(crate) struct ObjectArgs {
    /// Header version: 4.0, 4.1, 4.2, 4.3, or the lowest that can say it [default: lowest]
    #[arg(long, value_name = "VERSION")]
    pub(crate) header_version: Option<String>,
    /// Algorithm of all keys [default: that of the file with --from-media, else aesctr]
    #[arg(long, value_enum, ignore_case = true, value_name = "ALGORITHM")]
    pub(crate) algid: Option<Algid>,
    /// Checksums [default: for keys that are given]
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) checksum: Option<Checksum>,
    /// KID:KEY lines in a file, on standard input (-) or in a variable: they stay out of the process list
    #[arg(long, value_name = "@FILE|-|env:NAME")]
    pub(crate) keys: Option<String>,
    /// License acquisition URL; {kid} stands for the key id
    #[arg(long, value_name = "URL")]
    pub(crate) la_url: Option<String>,
    /// License acquisition page for people; {kid} stands for the key id
    #[arg(long, value_name = "URL")]
    pub(crate) lui_url: Option<String>,
    /// Domain service id
    #[arg(long, value_name = "GUID|BASE64")]
    pub(crate) ds_id: Option<String>,
    /// The XML inside CUSTOMATTRIBUTES
    #[arg(long, value_name = "XML|@FILE")]
    pub(crate) custom_attributes: Option<String>,
    /// Licenses may come later than the content
    #[arg(long, value_name = "ondemand", value_parser = ["ondemand", "ONDEMAND"])]
    pub(crate) decryptor_setup: Option<String>,
    /// Whether license acquisition asks for a license (clients read it from 4.5 on)
    #[arg(long, value_name = "true|false")]
    pub(crate) license_requested: Option<bool>,
    /// Bytes of an empty license store [default: 10K with --for file and --ds-id, else none]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) els: Option<usize>,
    /// Where it will be put: what belongs there is in it, and nothing else
    #[arg(long = "for", value_enum, value_name = "USE")]
    pub(crate) place: Option<Place>,
}

impl ObjectArgs {
    /// Whether nothing is said of what the object holds.
    pub(crate) fn is_empty(&self) -> bool {
        let says = [
            self.algid.is_some(),
            self.checksum.is_some(),
            self.keys.is_some(),
            self.la_url.is_some(),
            self.lui_url.is_some(),
            self.ds_id.is_some(),
            self.custom_attributes.is_some(),
            self.decryptor_setup.is_some(),
            self.license_requested.is_some(),
            self.els.is_some(),
            self.place.is_some(),
            self.header_version.is_some(),
        ];
        says == [false; 12]
    }

    /// Whether it says enough of an object that names no key id.
    pub(crate) fn stands_without_keys(&self) -> bool {
        let is_leaf = self.place == Some(Place::Moof) && self.els.is_some();
        self.decryptor_setup.is_some() || self.license_requested.is_some() || is_leaf
    }

    /// These where they say something, else those.
    pub(crate) fn over(self, all: &Self) -> Self {
        let text = |own: Option<String>, all: &Option<String>| own.or_else(|| all.clone());
        Self {
            header_version: text(self.header_version, &all.header_version),
            algid: self.algid.or(all.algid),
            checksum: self.checksum.or(all.checksum),
            keys: text(self.keys, &all.keys),
            la_url: text(self.la_url, &all.la_url),
            lui_url: text(self.lui_url, &all.lui_url),
            ds_id: text(self.ds_id, &all.ds_id),
            custom_attributes: text(self.custom_attributes, &all.custom_attributes),
            decryptor_setup: text(self.decryptor_setup, &all.decryptor_setup),
            license_requested: self.license_requested.or(all.license_requested),
            els: self.els.or(all.els),
            place: self.place.or(all.place),
        }
    }
}

/// Where an object is put.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Place {
    /// A file or an initialisation segment
    File,
    /// A DASH manifest
    Mpd,
    /// An HLS playlist
    Hls,
    /// A Smooth Streaming client manifest
    Smooth,
    /// A fragment
    Moof,
}

impl From<Place> for Use {
    fn from(place: Place) -> Self {
        match place {
            Place::File => Self::File,
            Place::Mpd => Self::Mpd,
            Place::Hls => Self::Hls,
            Place::Smooth => Self::Smooth,
            Place::Moof => Self::Moof,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct KidArgs {
    /// Key ids in any form, bare base64 too; and files, whose key ids they are compared with
    #[arg(value_name = "KID|FILE")]
    pub(crate) values: Vec<String>,
    /// Compare with the key ids of a file
    #[arg(long = "in", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Compare with the key ids of pasted data
    #[arg(long, value_name = "STRING", allow_hyphen_values = true)]
    pub(crate) data: Option<String>,
    /// One JSON object a line per key id
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ChecksumArgs {
    /// The key id
    #[arg(long, value_name = "KID", required_unless_present = "verify", conflicts_with = "verify")]
    pub(crate) kid: Option<String>,
    /// The key in hex, @FILE or env:NAME; with --verify, KID:KEY (repeatable)
    #[arg(long, value_name = "KEY", required_unless_present = "verify")]
    pub(crate) key: Vec<Secret>,
    /// The algorithm the key is for; COCKTAIL is unverified: no example is public
    #[arg(long, value_enum, ignore_case = true, value_name = "ALGORITHM", default_value_t = Algid::Aesctr)]
    pub(crate) algid: Algid,
    /// Check the checksums of the headers in these files
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) verify: Vec<PathBuf>,
    /// With --verify: KID:KEY lines in a file, on standard input (-) or in a variable
    #[arg(long, value_name = "@FILE|-|env:NAME", requires = "verify")]
    pub(crate) keys: Option<String>,
    /// With --verify: keys derived from the public seed of Microsoft's test server
    #[arg(long, requires = "verify")]
    pub(crate) test_seed: bool,
    /// One JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DeriveKeyArgs {
    /// The key seed in base64 or hex, @FILE or env:NAME; the first 30 bytes count
    #[arg(long, value_name = "SEED", required_unless_present = "test_seed", conflicts_with = "test_seed")]
    pub(crate) seed: Option<Secret>,
    /// The public seed of Microsoft's test server
    #[arg(long)]
    pub(crate) test_seed: bool,
    /// The key id (repeatable)
    #[arg(long, value_name = "KID", required = true)]
    pub(crate) kid: Vec<String>,
    /// Print KID:KEY, as --keys takes it
    #[arg(long, conflicts_with = "json")]
    pub(crate) pairs: bool,
    /// One JSON object a line per key id
    #[arg(long)]
    pub(crate) json: bool,
}
