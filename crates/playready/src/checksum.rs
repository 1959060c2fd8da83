//! Key checksums (PRH spec 5).
//!
//! ```text
//!   AESCTR     AES-128-ECB(key, key id in GUID order)  ──▶ first 8 bytes ──▶ base64
//!   COCKTAIL   key │ zeros to 21 bytes ── SHA-1, five times ──▶ first 7 bytes ──▶ base64
//!   AESCBC     none
//! ```
//!
//! They protect against keys that were given a wrong label. AESCTR is checked against thirteen published triples.
//!
//! **COCKTAIL is unverified**: no triple is public. The text hashes "a 21-byte buffer" five times, but SHA-1 gives 20
//! bytes; here the first round hashes 21 bytes and the others 20, which is the only reading that needs no more text.

use crate::header::Algorithm;
use crate::{ContentKey, Error, ErrorKind, KeyId, Result};
use aes::Aes128;
use aes::cipher::{BlockCipherEncrypt as _, KeyInit as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use core::fmt;
use sha1::{Digest as _, Sha1};

/// The checksum of a key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Checksum {
    bytes: [u8; Self::AESCTR_LEN],
    len: u8,
}

impl Checksum {
    /// Bytes of an AESCTR checksum.
    pub const AESCTR_LEN: usize = 8;
    /// Bytes of a COCKTAIL checksum.
    pub const COCKTAIL_LEN: usize = 7;

    /// Computes the checksum that goes with an algorithm.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoChecksum`] for an algorithm that has none, [`ErrorKind::KeyFor`] for a key of another length.
    pub fn compute(id: KeyId, key: &ContentKey, algorithm: &Algorithm) -> Result<Self> {
        match algorithm {
            Algorithm::AesCtr => Self::aesctr(id, key),
            Algorithm::Cocktail => Self::cocktail(key),
            Algorithm::AesCbc | Algorithm::Other(_) => {
                Err(Error::new(ErrorKind::NoChecksum { algorithm: algorithm.to_string() }))
            }
        }
    }

    fn aesctr(id: KeyId, key: &ContentKey) -> Result<Self> {
        let wrong = || Error::new(ErrorKind::KeyFor { algorithm: "AESCTR", actual: key.expose().len() });
        let cipher = Aes128::new_from_slice(key.expose()).map_err(|_| wrong())?;
        let mut block = id.to_guid_bytes().into();
        cipher.encrypt_block(&mut block);
        Self::first(&block, Self::AESCTR_LEN).ok_or_else(wrong)
    }

    fn cocktail(key: &ContentKey) -> Result<Self> {
        let wrong = || Error::new(ErrorKind::KeyFor { algorithm: "COCKTAIL", actual: key.expose().len() });
        if key.expose().len() == ContentKey::AES_LEN {
            return Err(wrong());
        }
        let mut buffer = zeroize::Zeroizing::new([0; 21]);
        buffer.get_mut(..key.expose().len()).ok_or_else(wrong)?.copy_from_slice(key.expose());
        let mut hash = Sha1::digest(buffer.as_slice());
        for _ in 1..5 {
            hash = Sha1::digest(hash);
        }
        Self::first(&hash, Self::COCKTAIL_LEN).ok_or_else(wrong)
    }

    fn first(from: &[u8], len: usize) -> Option<Self> {
        let mut bytes = [0; Self::AESCTR_LEN];
        bytes.get_mut(..len)?.copy_from_slice(from.get(..len)?);
        Some(Self { bytes, len: u8::try_from(len).ok()? })
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// As a header's `CHECKSUM` has it.
    pub fn to_base64(self) -> String {
        STANDARD.encode(self.as_bytes())
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_base64())
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Checksum({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Key id as in the header, key, published checksum, where the header is public.
    const PUBLISHED: [(&str, &str, &str); 13] = [
        // PRH spec 3.4.2.
        ("0IbHou/5s0yzM80yOkKEpQ==", "4edb7704cdbf03617f4800bd878a6df2", "xNvWVxoWk04="),
        ("/qgG2xbs4k2SKCxx6bhWqw==", "3179923adf3c929892951e62f93a518a", "GnKaQIRacPU="),
        // PRH spec 3.6.1.
        ("q5HgCTj40kGeNVhTH9Gexw==", "9cb061164b7013eaefcc7d6d18424c2c", "w+OZVr8vzrQ="),
        // Microsoft, "MP4-based formats supported by PlayReady clients".
        ("4Rplb+TbNES8tGkNFWTEHA==", "88da852ae4fa2e1e36aeb2d5c94997b1", "KLj3QzQP/NA="),
        ("AAAAEAAQABAQABAAAAAAAQ==", "3a2a1b68dd2bd9b2eeb25e84c4776668", "5TzIYQ2hrOY="),
        // PRH spec 2.2, the picture of a hex view.
        ("hztjcu3Ow0ylvQ9tps+rxw==", "d9ea9dfc25b0ad2c5b4794d8e1e7d039", "8yLn+EYhcFo="),
        ("7vat9ESdVEyTnjI33kbGZQ==", "1191ae647cb5eabc05cf87f0bfce4050", "RXfoWDEyzJE="),
        // pssh-box-rs, tests/parsing.rs; the last three carry their keys in the license URL.
        ("9f0iCfpqoEGIYV0byEysYA==", "01187a4b01ffeba15850313aa932e6b8", "do8QdfcRC4Q="),
        ("TBgv6Ko6tFes6GBrXj/rrQ==", "c2faf66e2852cc4c4a751f0a2a941fdb", "+NV9/8jbfrw="),
        ("xs97CKX3Fle4QGqm66M2ng==", "8281ce8db9083697d9770d87db962835", "Z10iOYYzH3k="),
        ("I0BrDaGNdV6vaHXFFMWbYw==", "582d6b71611be04c88e22aaa10441e2c", "OEuMyDeQ1s8="),
        // shaka-player, demo/common/assets.js.
        ("ZahgQHiIZ0Kcv5GuW64ecg==", "fc35340837310cc0fb53de97e22a69e0", "yxlGlhfD+ac="),
        // mp4ff, cmd/mp4ff-decrypt/testdata.
        ("wi24IbLrWk2p+GMfBHJmUA==", "602a9289bfb9b1995b75ac63f123fc86", "sJ47pR/Z1Kw="),
    ];

    #[test]
    fn every_published_checksum_comes_out() {
        for (id, key, checksum) in PUBLISHED {
            let id = KeyId::from_guid_base64(id).unwrap();
            let key = ContentKey::from_hex(key).unwrap();
            let computed = |id| Checksum::compute(id, &key, &Algorithm::AesCtr).unwrap().to_base64();
            assert_eq!(computed(id), checksum);
            assert_ne!(computed(id.swapped()), checksum, "the byte order matters");
        }
    }

    /// Computed from the same text by another program; not published by anybody.
    #[test]
    fn cocktail_is_what_the_text_says() {
        for (key, checksum) in [
            ("00000000000000", "xfIA6QMoNg=="),
            ("01020304050607", "XQp3VdZaaw=="),
            ("0102030405060708", "shzB99w6qg=="),
        ] {
            let key = ContentKey::from_hex(key).unwrap();
            assert_eq!(
                Checksum::compute(KeyId::NIL, &key, &Algorithm::Cocktail).unwrap().to_base64(),
                checksum
            );
        }
    }

    #[test]
    fn what_has_no_checksum_says_so() {
        let key = ContentKey::from_bytes(&[0; 16]).unwrap();
        let error = |algorithm| Checksum::compute(KeyId::NIL, &key, &algorithm).unwrap_err().to_string();
        assert!(error(Algorithm::AesCbc).contains("no checksum is defined for AESCBC"));
        assert!(error(Algorithm::Cocktail).contains("7 or 8 bytes"));
    }
}
