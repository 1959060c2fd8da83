//! Words that name nothing here.

use crate::{Client, Player, Target, Use};

/// A word that names nothing here, and what would.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// No place that objects are used in.
    #[error("{0:?} is none of {names}", names = Use::ALL.map(Use::name).join(", "))]
    Use(String),
    /// No player.
    #[error("{0:?} is none of the players that were measured: {names}", names = Player::names())]
    Player(String),
    /// No version of PlayReady.
    #[error("expected a PlayReady version, {known}, not {0:?}", known = Client::known())]
    Client(String),
    /// A year before there were devices with PlayReady.
    #[error("expected a year from 2008 on, when PlayReady came to devices, not {0:?}")]
    Year(String),
    /// No version, product or year.
    #[error(
        "{version}; or a product: {products}, or the year of a television set, 2008 or later",
        version = Self::Client(.0.clone()),
        products = Target::products()
    )]
    Target(String),
}
