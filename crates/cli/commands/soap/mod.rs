//! `prkit soap`: messages between clients and license servers.
//!
//! ```text
//!   show.rs      what a message says, and whether a response fits the request before it
//!   message.rs   the report of one message
//!   objects.rs   PlayReady Objects in answers of key services
//!   tree.rs      elements of a message with no public body
//!   extract.rs   licenses, headers, custom data, wrapped messages
//! ```

mod extract;
mod message;
mod objects;
mod show;
mod tree;

use crate::args::{SoapArgs, SoapCommand};
use crate::exit::{Status, Stop};
use crate::hints::told;
use crate::input::{Content, Input, Letter};
use bytes::Bytes;
use prkit_protocol::{Limits, Message};

pub(crate) fn run(args: &SoapArgs) -> Result<Status, Stop> {
    match &args.command {
        SoapCommand::Show(args) => show::run(args),
        SoapCommand::Extract(args) => extract::run(args),
    }
}

/// The message of an input, and its bytes: what comes through a pipe comes once.
fn open(input: &Input) -> Result<(Message, Bytes), String> {
    let content = Content::open(input).map_err(told)?;
    match Letter::of(&content).map_err(told)? {
        Some(Letter::Message(bytes)) => {
            let message = Message::parse(&bytes, Limits::default()).map_err(|error| error.to_string())?;
            Ok((message, bytes))
        }
        Some(Letter::License(_)) => Err("a license, not a message: prkit license show reads it".to_owned()),
        None => {
            Err("not recognised: no SOAP envelope, no PlayReadyKeyMessage, no PlayReadyCDMData, no HTTP text"
                .to_owned())
        }
    }
}
