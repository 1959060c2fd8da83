//! What is done although it is refused, and which outputs are replaced.

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use prkit_playready::{Override, Overrides};
use std::path::Path;
use std::sync::Once;

#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ForceArgs {
    /// Do what is refused: the kinds of refusals that are named, or all of them
    ///
    /// A message that refuses something names the kind that overrides it. Without kinds, `--force` also replaces existing
    /// outputs, as --overwrite does; that ends with version 0.2.
    #[arg(
        long,
        value_enum,
        value_name = "KIND,…",
        num_args = 0..=1,
        require_equals = true,
        value_delimiter = ',',
        default_missing_value = ForceKind::BARE,
    )]
    force: Vec<ForceKind>,
    /// Replace existing outputs
    #[arg(long)]
    overwrite: bool,
}

/// For commands that refuse nothing that could be overridden.
#[derive(Debug, Args)]
pub(crate) struct OverwriteArgs {
    /// Replace existing files
    #[arg(long)]
    overwrite: bool,
    /// The old name of --overwrite, until 0.2
    #[arg(long, hide = true)]
    force: bool,
}

/// Kinds of refusals as they are typed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ForceKind {
    /// `--force` without kinds.
    Bare,
    All,
    One(Override),
}

impl ForceKind {
    const ALL: &str = "all";
    /// Nothing that anybody types.
    const BARE: &str = "without kinds";
}

impl ValueEnum for ForceKind {
    fn value_variants<'a>() -> &'a [Self] {
        static KINDS: std::sync::LazyLock<Vec<ForceKind>> = std::sync::LazyLock::new(|| {
            let kinds = Override::ALL.iter().map(|kind| ForceKind::One(*kind));
            [ForceKind::Bare, ForceKind::All].into_iter().chain(kinds).collect()
        });
        &KINDS
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Self::All => PossibleValue::new(Self::ALL).help("Override all refusals, and replace no output"),
            Self::Bare => PossibleValue::new(Self::BARE).hide(true),
            Self::One(kind) => PossibleValue::new(kind.name()).help(kind.about()),
        })
    }
}

/// Whether existing outputs are replaced.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Overwrite {
    Never,
    Asked,
    /// By the option that means something else.
    ByForce,
}

impl ForceArgs {
    pub(crate) fn overrides(&self) -> Overrides {
        let kinds = self.force.iter().map(|kind| match kind {
            ForceKind::Bare | ForceKind::All => None,
            ForceKind::One(kind) => Some(*kind),
        });
        kinds.collect::<Option<Overrides>>().unwrap_or(Overrides::ALL)
    }

    pub(crate) fn overwrite(&self) -> Overwrite {
        Overwrite::of(self.overwrite, self.force.contains(&ForceKind::Bare))
    }
}

impl OverwriteArgs {
    pub(crate) fn overwrite(&self) -> Overwrite {
        Overwrite::of(self.overwrite, self.force)
    }
}

impl Overwrite {
    const fn of(asked: bool, force: bool) -> Self {
        match (asked, force) {
            (true, _) => Self::Asked,
            (false, true) => Self::ByForce,
            (false, false) => Self::Never,
        }
    }

    /// Whether this output may be replaced; says once that `--force` will not do that for ever.
    pub(crate) fn replaces(self, path: &Path) -> bool {
        static TOLD: Once = Once::new();
        if self == Self::ByForce && path.symlink_metadata().is_ok() {
            TOLD.call_once(|| {
                crate::terminal::note(format_args!(
                    "--force replaces existing outputs only until version 0.2: use --overwrite"
                ));
            });
        }
        self != Self::Never
    }
}
