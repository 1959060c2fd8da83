//! What is taken out of a message: licenses, a header, custom data, a message in a wrapper.

use super::{Body, HeaderText, Message};
use crate::{Error, Status};

/// Why something cannot be taken out of a message.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotTaken<'m> {
    /// The server answered with an error.
    #[error("no licenses: the server answered with {}", .0.map_or_else(|| "an error".to_owned(), |status| status.to_string()))]
    Fault(Option<Status>),
    /// No license response.
    #[error("no licenses: the message is no license response")]
    NoResponse,
    /// No license has this number.
    #[error("there is no license {index}: the response has {count}, counted from 0")]
    NoLicense {
        /// The number.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// A license that cannot be decoded.
    #[error("license {index} is no base64: {error}")]
    Encoded {
        /// Its number.
        index: usize,
        /// Why not.
        error: base64::DecodeError,
    },
    /// No header.
    #[error("the message has no header")]
    NoHeader,
    /// Several, which differ.
    #[error("the message has {count} different headers, of which a request has one (M-06)")]
    SeveralHeaders {
        /// How many.
        count: usize,
    },
    /// No header has this number.
    #[error("there is no header {index}: the message has {count}, counted from 0")]
    NoSuchHeader {
        /// The number.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// No custom data.
    #[error("the message has no custom data")]
    NoCustomData,
    /// No wrapper.
    #[error("the message has no wrapper: it is what would be taken out")]
    NoWrapper,
    /// Nothing in the wrapper.
    #[error("the wrapper is empty")]
    EmptyWrapper,
    /// What is in the wrapper cannot be read.
    #[error("{0}")]
    Wrapped(&'m Error),
}

impl Message {
    /// The licenses of a response as they are, by their numbers: one, or all.
    ///
    /// # Errors
    ///
    /// There are none, or none of that number.
    pub fn licenses(&self, index: Option<usize>) -> Result<Vec<(usize, Vec<u8>)>, NotTaken<'_>> {
        let Some(response) = self.response() else {
            return Err(match &self.body {
                Body::Fault(fault) => NotTaken::Fault(fault.status),
                _ => NotTaken::NoResponse,
            });
        };
        let count = response.licenses.len();
        if let Some(index) = index.filter(|index| *index >= count) {
            return Err(NotTaken::NoLicense { index, count });
        }
        let wanted =
            response.licenses.iter().enumerate().filter(|(at, _)| index.is_none_or(|index| index == *at));
        let decoded = wanted.map(|(index, blob)| match &blob.bytes {
            Ok(bytes) => Ok((index, bytes.clone())),
            Err(error) => Err(NotTaken::Encoded { index, error: error.clone() }),
        });
        decoded.collect()
    }

    /// The text of its header: of the one of that number, or of the first where all say the same.
    ///
    /// # Errors
    ///
    /// There is none, none of that number, or several differ.
    pub fn header(&self, index: Option<usize>) -> Result<&str, NotTaken<'_>> {
        let headers: Vec<&HeaderText> = match &self.inner().body {
            Body::Challenge(challenge) => challenge.header.iter().chain(&challenge.more_headers).collect(),
            Body::Initiator(initiator) => initiator.header.iter().collect(),
            _ => Vec::new(),
        };
        let count = headers.len();
        match (headers.as_slice(), index) {
            ([], _) => Err(NotTaken::NoHeader),
            ([first, others @ ..], None) if others.iter().any(|other| other.xml != first.xml) => {
                Err(NotTaken::SeveralHeaders { count })
            }
            (all, index) => {
                let index = index.unwrap_or_default();
                let header = all.get(index).map(|header| header.xml.as_str());
                header.ok_or(NotTaken::NoSuchHeader { index, count })
            }
        }
    }

    /// Its custom data.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn custom_data(&self) -> Result<&str, NotTaken<'_>> {
        let data = match &self.inner().body {
            Body::Challenge(challenge) => challenge.custom_data.as_deref(),
            Body::Response(response) => response.custom_data.as_deref(),
            Body::Fault(fault) => fault.custom_data.as_deref(),
            Body::CdmData(data) => data.custom_data.as_deref(),
            Body::Initiator(initiator) => initiator.custom_data.as_deref(),
            Body::KeyMessage(_) | Body::Other { .. } => None,
        };
        data.ok_or(NotTaken::NoCustomData)
    }

    /// The text of the message in its wrapper.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn wrapped(&self) -> Result<&str, NotTaken<'_>> {
        let Body::KeyMessage(wrapper) = &self.body else { return Err(NotTaken::NoWrapper) };
        match &wrapper.challenge {
            Some(Ok(inner)) => Ok(inner.tree.text()),
            Some(Err(error)) => Err(NotTaken::Wrapped(error)),
            None => Err(NotTaken::EmptyWrapper),
        }
    }
}
