//! Any file of all that can be generated.

use super::{
    Aux, Base, Child, Fragment, Home, Index, Items, ItemsIn, Moov, Movie, Pssh, Samples, TrackRun, Vendor,
};
use crate::asm::Size;
use proptest::prelude::*;

fn size() -> impl Strategy<Value = Size> {
    prop_oneof![4 => Just(Size::Short), 1 => Just(Size::Large)]
}

fn data_size() -> impl Strategy<Value = Size> {
    prop_oneof![4 => Just(Size::Short), 1 => Just(Size::Large), 1 => Just(Size::ToEnd)]
}

fn pssh() -> impl Strategy<Value = Pssh> {
    (prop::bool::weighted(0.8), 0_u8..2, prop::bool::weighted(0.2), size(), 0_usize..6, 0_usize..60).prop_map(
        |(playready, version, piff, size, trailing, url)| Pssh {
            playready,
            version,
            piff,
            size,
            trailing,
            url,
        },
    )
}

fn children() -> impl Strategy<Value = Vec<Child>> {
    let byte = prop_oneof![4 => Just(0_u8), 1 => Just(b'x'), 1 => Just(0xFE_u8)];
    let free = (0_usize..200, byte).prop_map(|(len, byte)| Child::Free(len, byte));
    let child = prop_oneof![3 => pssh().prop_map(Child::Pssh), 1 => free];
    prop::collection::vec(child, 0..4)
}

fn home() -> impl Strategy<Value = Home> {
    prop_oneof![
        6 => prop_oneof![Just(0_u32), Just(1), Just(2)].prop_map(Home::Here),
        1 => Just(Home::OtherFile),
        1 => Just(Home::Identified),
    ]
}

fn items_in() -> impl Strategy<Value = ItemsIn> {
    prop_oneof![
        4 => Just(ItemsIn::File),
        1 => Just(ItemsIn::FileMeco),
        1 => Just(ItemsIn::Moov),
        1 => Just(ItemsIn::MoovMeco),
        1 => Just(ItemsIn::MoovUdta),
        1 => Just(ItemsIn::Trak),
        1 => Just(ItemsIn::TrakUdta),
        1 => Just(ItemsIn::Moof),
        1 => Just(ItemsIn::Traf),
    ]
}

fn vendor() -> impl Strategy<Value = Vendor> {
    prop_oneof![
        any::<bool>().prop_map(|in_udta| Vendor::Novatek { in_udta }),
        Just(Vendor::Canon),
        any::<bool>().prop_map(|wide| Vendor::Adobe { wide }),
        Just(Vendor::Fragments),
        Just(Vendor::Index),
    ]
}

fn aux() -> impl Strategy<Value = Aux> {
    prop_oneof![
        Just(Aux::None),
        (0_u8..2, any::<bool>()).prop_map(|(version, typed)| Aux::InSenc { version, typed }),
        (0_u8..2, any::<bool>()).prop_map(|(version, typed)| Aux::InMdat { version, typed }),
    ]
}

fn runs() -> impl Strategy<Value = Vec<Vec<usize>>> {
    prop::collection::vec(prop::collection::vec(1_usize..40, 1..4), 1..4)
}

fn fragment() -> impl Strategy<Value = Fragment> {
    let base = prop_oneof![Just(Base::Explicit), Just(Base::Data), Just(Base::Moof), Just(Base::Legacy)];
    let track =
        (base, runs(), any::<bool>(), aux()).prop_map(|(base, runs, sizes_in_run, aux)| match (base, aux) {
            (Base::Data, Aux::InSenc { .. }) => TrackRun { base: Base::Explicit, runs, sizes_in_run, aux },
            _ => TrackRun { base, runs, sizes_in_run, aux },
        });
    (children(), any::<bool>(), prop::collection::vec(track, 1..4), data_size(), any::<[bool; 3]>()).prop_map(
        |(children, children_last, tracks, mdat, [styp, prft, emsg])| Fragment {
            children,
            children_last,
            tracks,
            mdat,
            styp,
            prft,
            emsg,
        },
    )
}

fn moov() -> impl Strategy<Value = Moov> {
    let samples = (any::<bool>(), any::<bool>(), data_size(), runs(), aux(), home()).prop_map(
        |(wide, moov_last, mdat, chunks, aux, home)| Samples { wide, moov_last, mdat, chunks, aux, home },
    );
    let followed = prop_oneof![Just(0), Just(0), 1_usize..300];
    (size(), children(), children(), prop::option::of(samples), prop::bool::weighted(0.2), followed).prop_map(
        |(size, before, after, samples, meta_pssh, followed_by)| Moov {
            size,
            before,
            after,
            samples,
            meta_pssh,
            followed_by,
        },
    )
}

/// Any file.
pub fn movies() -> impl Strategy<Value = Movie> {
    let index = prop_oneof![
        Just(Index::None),
        (0_u8..2).prop_map(|version| Index::One { version }),
        Just(Index::Each),
        Just(Index::Nested)
    ];
    let items = (0_u8..3, any::<[bool; 3]>(), items_in(), 0_u16..3).prop_map(
        |(version, [base, wide, idat], place, reference)| {
            let idat = idat && version > 0;
            Items { version, base, wide, idat, place, reference }
        },
    );
    (
        prop::option::weighted(0.8, moov()),
        prop::collection::vec(fragment(), 0..4),
        index,
        any::<bool>(),
        prop::option::of(0_u8..2),
        prop::option::weighted(0.3, items),
        prop::bool::weighted(0.2),
        prop_oneof![Just(0), Just(0), 1_usize..100],
        [home(), home(), home()],
        (prop::option::weighted(0.3, vendor()), prop::bool::weighted(0.2)),
    )
        .prop_map(
            |(
                moov,
                fragments,
                index,
                levels,
                random_access,
                items,
                file_pssh,
                free_first,
                homes,
                (vendor, trailer),
            )| Movie {
                moov,
                fragments,
                index,
                levels,
                random_access,
                items,
                file_pssh,
                free_first,
                homes,
                vendor,
                trailer,
            },
        )
        .prop_filter("something to edit", Movie::has_playready)
}
