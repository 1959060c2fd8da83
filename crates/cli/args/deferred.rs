//! A command whose options are only described when it is asked for.
//!
//! All commands together have some hundreds of options, and describing them took longer than reading a small file.

use super::examples;
use clap::error::Error;
use clap::{ArgMatches, Args, Command, FromArgMatches};
use std::ops::{Deref, DerefMut};

/// What was typed behind a command.
#[derive(Debug)]
pub(crate) struct Deferred<T>(Box<T>);

impl<T> Deref for Deferred<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Deferred<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: Args> Args for Deferred<T> {
    fn augment_args(command: Command) -> Command {
        command.defer(|command| titled(command, T::augment_args))
    }

    fn augment_args_for_update(command: Command) -> Command {
        command.defer(|command| titled(command, T::augment_args_for_update))
    }
}

/// What a command does is said where it is listed, not by a group of options that it takes in.
fn titled(command: Command, augment: fn(Command) -> Command) -> Command {
    let (short, long) = (command.get_about().cloned(), command.get_long_about().cloned());
    // The parser names a command before it describes it: here the examples cost nothing where nobody asks for help.
    let name =
        command.get_bin_name().and_then(|name| name.split_once(' ')).map(|(_, command)| command.to_owned());
    let own = command.get_name().to_owned();
    let command = crate::config::with_defaults(&own, augment(command)).about(short.unwrap_or_default());
    let command = match name {
        Some(name) => command.after_long_help(examples::after(&name)),
        None => command,
    };
    match long {
        Some(long) => command.long_about(long),
        None => command.long_about(None),
    }
}

impl<T: FromArgMatches> FromArgMatches for Deferred<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        Ok(Self(Box::new(T::from_arg_matches(matches)?)))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches(matches)
    }
}
