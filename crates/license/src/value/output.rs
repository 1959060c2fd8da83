//! Output protection: objects 0x0005 and the configurations 0x0008, 0x0031, 0x0059.
//!
//! ```text
//!  0x0005   compressed digital video u16, uncompressed digital video u16, analog video u16,
//!           compressed digital audio u16, uncompressed digital audio u16
//!  others   id 16 (GUID), data to the end
//! ```
//!
//! The order of the five is that of the public Windows structure `WMDRM_OUTPUT_PROTECTION_LEVELS`; the values of
//! public licenses fit it.

use crate::{Guid, ObjectType};
use core::fmt;

/// Five levels; zero asks for nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct OutputLevels {
    /// Compressed digital video.
    pub compressed_video: Option<u16>,
    /// Uncompressed digital video.
    pub uncompressed_video: Option<u16>,
    /// Analog video.
    pub analog_video: Option<u16>,
    /// Compressed digital audio.
    pub compressed_audio: Option<u16>,
    /// Uncompressed digital audio.
    pub uncompressed_audio: Option<u16>,
}

impl OutputLevels {
    pub(crate) fn parse(body: &[u8]) -> Option<Self> {
        let (levels, rest) = body.as_chunks();
        let [video, raw_video, analog, audio, raw_audio] = levels else { return None };
        let level = |bytes: &[u8; 2]| Some(u16::from_be_bytes(*bytes));
        rest.is_empty().then(|| Self {
            compressed_video: level(video),
            uncompressed_video: level(raw_video),
            analog_video: level(analog),
            compressed_audio: level(audio),
            uncompressed_audio: level(raw_audio),
        })
    }

    /// All five with their names, in the order of the object.
    pub const fn named(&self) -> [(&'static str, Option<u16>); 5] {
        [
            ("compressed video", self.compressed_video),
            ("uncompressed video", self.uncompressed_video),
            ("analog video", self.analog_video),
            ("compressed audio", self.compressed_audio),
            ("uncompressed audio", self.uncompressed_audio),
        ]
    }

    /// Whether any level is there.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What an explicit output protection is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Medium {
    /// Analog video: 0x0008.
    AnalogVideo,
    /// Digital audio: 0x0031.
    DigitalAudio,
    /// Digital video: 0x0059.
    DigitalVideo,
}

impl fmt::Display for Medium {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AnalogVideo => "analog video",
            Self::DigitalAudio => "digital audio",
            Self::DigitalVideo => "digital video",
        })
    }
}

/// One explicit output protection.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Protection {
    /// What it is about.
    pub medium: Medium,
    /// Which protection.
    pub id: Guid,
    /// Its data; big-endian numbers in all published examples but one.
    pub data: Vec<u8>,
}

impl Protection {
    pub(crate) fn parse(kind: ObjectType, body: &[u8]) -> Option<Self> {
        let (id, data) = body.split_first_chunk()?;
        let medium = match kind {
            ObjectType::AnalogVideoOutputConfiguration => Medium::AnalogVideo,
            ObjectType::DigitalAudioOutputConfiguration => Medium::DigitalAudio,
            _ => Medium::DigitalVideo,
        };
        Some(Self { medium, id: Guid::from_guid_bytes(*id), data: data.to_vec() })
    }

    /// What id and data say, where that is published.
    pub fn meaning(&self) -> Option<String> {
        meaning(self.id, &self.data)
    }
}

/// What an id and its data say.
pub(crate) fn meaning(id: Guid, data: &[u8]) -> Option<String> {
    let name = id.name()?;
    let number = |bytes: &[u8]| bytes.try_into().ok().map(u32::from_be_bytes);
    Some(match (id, data) {
        (_, []) => name.to_owned(),
        (Guid::MAX_RESOLUTION, data) => {
            let (height, width) = data.split_at_checked(4)?;
            format!("{name} {}x{}", number(width)?, number(height)?)
        }
        // Microsoft's page gives the number little-endian here and big-endian everywhere else.
        (Guid::AGC_COLOR_STRIPE, [level, 0, 0, 0] | [0, 0, 0, level]) => format!("{name} {level}"),
        (_, data) => format!("{name} {}", number(data)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_levels_are_read_in_the_order_of_the_windows_structure() {
        // The synthetic license of playready-rs has these.
        let body = [0x01, 0xF4, 0x00, 0xFA, 0x00, 0x96, 0x00, 0x64, 0x00, 0x64];
        let levels = OutputLevels::parse(&body).unwrap();
        assert_eq!(levels.named().map(|(_, level)| level.unwrap()), [500, 250, 150, 100, 100]);
        assert_eq!(OutputLevels::parse(&body[..9]), None);
    }

    #[test]
    fn published_examples_have_a_meaning() {
        // Both from query-string-syntax.md.
        assert_eq!(
            meaning(Guid::MAX_RESOLUTION, &[0, 0, 4, 0x38, 0, 0, 7, 0x80]).unwrap(),
            "maximum resolution decode 1920x1080"
        );
        assert_eq!(meaning(Guid::HDCP_TYPE, &[0, 0, 0, 1]).unwrap(), "HDCP type restriction 1");
        assert_eq!(meaning(Guid::AGC_COLOR_STRIPE, &[2, 0, 0, 0]).unwrap(), "AGC and color stripe 2");
        assert_eq!(meaning(Guid::SCMS, &[]).unwrap(), "SCMS");
        assert_eq!(meaning(Guid::from_guid_bytes([1; 16]), &[]), None);
        assert_eq!(meaning(Guid::HDCP_TYPE, &[1]), None);
    }
}
