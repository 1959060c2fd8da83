//! What becomes of a header.

use clap::Args;

#[derive(Debug, Args)]
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
