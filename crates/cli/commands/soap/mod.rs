//! `prkit soap`: messages between clients and license servers.
//!
//! ```text
//!   show.rs      what a message says, and whether a response fits the request before it
//!   message.rs   the report of one message
//!   extract.rs   licenses, headers, custom data, wrapped messages
//! ```

mod extract;
mod message;
mod show;

use crate::args::{SoapArgs, SoapCommand};
use crate::exit::{Status, Stop};
use crate::input::{Content, Input, Letter};
use bytes::Bytes;
use prkit_protocol::Message;

pub(crate) fn run(args: &SoapArgs) -> Result<Status, Stop> {
    match &args.command {
        SoapCommand::Show(args) => show::run(args),
        SoapCommand::Extract(args) => extract::run(args),
    }
}

/// The message of an input, and its bytes: what comes through a pipe comes once.
fn open(input: &Input) -> prkit_batch::Result<(Message, Bytes)> {
    Letter::message_in(&Content::open(input)?)
}
