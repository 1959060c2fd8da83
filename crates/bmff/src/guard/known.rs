//! Boxes of which it is known that they hold no position, or whose positions `distance/` knows.
//!
//! ISO/IEC 14496-12, -14, -15, -30, 23001-7, 23008-12, 23009-1; QuickTime; and what the programs write that everybody
//! uses. A box that is not here costs a look through it, and is no fault.

use crate::box_type::BoxType;
use crate::distance::vendor;

/// Whether nothing in a box of this type has to be looked through.
pub(crate) fn is_known(kind: BoxType) -> bool {
    if kind.usertype().is_some() || kind.is_smooth_times() || kind.is_pssh() || kind.is_container() {
        return true;
    }
    let code = kind.code().0;
    // Text of QuickTime and iTunes, one type a field.
    code.first() == Some(&0xA9)
        || (code != *b"gps " && vendor::is_known(kind))
        || in_file(code)
        || in_movie(code)
        || in_fragment(code)
        || in_meta(code)
        || in_list(code)
}

fn in_fragment(code: [u8; 4]) -> bool {
    matches!(&code, b"mfhd" | b"tfhd" | b"tfdt" | b"trun" | b"tfra" | b"mfro")
}

/// Items of iTunes. Others have the number of a name, or one that anybody chose (`----`).
fn in_list(code: [u8; 4]) -> bool {
    matches!(
        &code,
        b"aART"
            | b"akID"
            | b"apID"
            | b"atID"
            | b"catg"
            | b"cmID"
            | b"cnID"
            | b"covr"
            | b"cpil"
            | b"desc"
            | b"disk"
            | b"egid"
            | b"geID"
            | b"hdvd"
            | b"keyw"
            | b"ldes"
            | b"pcst"
            | b"pgap"
            | b"plID"
            | b"purd"
            | b"purl"
            | b"rate"
            | b"sfID"
            | b"shwm"
            | b"soaa"
            | b"soal"
            | b"soar"
            | b"soco"
            | b"sonm"
            | b"sosn"
            | b"stik"
            | b"tmpo"
            | b"trkn"
            | b"tven"
            | b"tves"
            | b"tvnn"
            | b"tvsh"
            | b"tvsn"
            | b"xid "
    )
}

fn in_file(code: [u8; 4]) -> bool {
    matches!(
        &code,
        b"ftyp"
            | b"styp"
            | b"mdat"
            | b"imda"
            | b"wide"
            | b"sidx"
            | b"ssix"
            | b"prft"
            | b"emsg"
            | b"pdin"
            | b"bloc"
            | b"mpvd"
            | b"pnot"
            | b"abst"
            | b"jP  "
            | b"jp2h"
            | b"jp2c"
            | b"JXL "
            | b"jxlc"
            | b"jxlp"
            | b"etyp"
            | b"ttyp"
            | b"sumi"
            | b"ainf"
            | b"jumb"
            | b"!mov"
            | b"!mof"
            | b"!six"
            | b"cmov"
    )
}

fn in_movie(code: [u8; 4]) -> bool {
    matches!(
        &code,
        b"mvhd"
            | b"iods"
            | b"trex"
            | b"mehd"
            | b"leva"
            | b"trep"
            | b"assp"
            | b"ctab"
            | b"prfl"
            | b"rmra"
            | b"tkhd"
            | b"load"
            | b"txas"
            | b"tapt"
            | b"clef"
            | b"prof"
            | b"enof"
            | b"clip"
            | b"matt"
            | b"imap"
            | b"trgr"
            | b"msrc"
            | b"ster"
            | b"cstg"
            | b"elst"
            | b"mdhd"
            | b"hdlr"
            | b"elng"
            | b"vmhd"
            | b"smhd"
            | b"hmhd"
            | b"nmhd"
            | b"sthd"
            | b"gmin"
            | b"tmcd"
            | b"tcmi"
            | b"text"
            | b"dref"
            | b"stsd"
            | b"stts"
            | b"ctts"
            | b"cslg"
            | b"stsc"
            | b"stsz"
            | b"stz2"
            | b"stco"
            | b"co64"
            | b"stss"
            | b"stsh"
            | b"stps"
            | b"padb"
            | b"stdp"
            | b"sdtp"
            | b"sbgp"
            | b"sgpd"
            | b"csgp"
            | b"subs"
            | b"saiz"
            | b"saio"
            | b"senc"
            | b"frma"
            | b"schm"
            | b"tenc"
            | b"strd"
            | b"vdep"
            | b"hint"
            | b"iprp"
    )
}

fn in_meta(code: [u8; 4]) -> bool {
    matches!(
        &code,
        b"pitm"
            | b"iloc"
            | b"ipro"
            | b"iinf"
            | b"iref"
            | b"idat"
            | b"grpl"
            | b"xml "
            | b"bxml"
            | b"fiin"
            | b"mere"
            | b"keys"
            | b"mhdr"
            | b"ctry"
            | b"lang"
            | b"ID32"
            | b"ipco"
            | b"ipma"
            | b"cprt"
            | b"titl"
            | b"dscp"
            | b"perf"
            | b"auth"
            | b"gnre"
            | b"yrrc"
            | b"albm"
            | b"loci"
            | b"kywd"
            | b"clsf"
            | b"rtng"
            | b"name"
            | b"kind"
            | b"tsel"
            | b"hnti"
            | b"hinf"
            | b"chpl"
            | b"Xtra"
            | b"XMP_"
            | b"tagc"
            | b"ludt"
            | b"uri "
            | b"pcmC"
    )
}
