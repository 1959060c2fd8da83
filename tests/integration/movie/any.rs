//! Any file of all that can be generated.

use super::{Aux, Base, Child, Fragment, Index, Items, Moov, Movie, Pssh, Samples, TrackRun};
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
    let child = prop_oneof![3 => pssh().prop_map(Child::Pssh), 1 => (0_usize..200).prop_map(Child::Free)];
    prop::collection::vec(child, 0..4)
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
    let samples = (any::<bool>(), any::<bool>(), data_size(), runs(), aux())
        .prop_map(|(wide, moov_last, mdat, chunks, aux)| Samples { wide, moov_last, mdat, chunks, aux });
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
    let items = (0_u8..3, any::<bool>(), any::<bool>(), any::<bool>())
        .prop_map(|(version, base, wide, idat)| Items { version, base, wide, idat: idat && version > 0 });
    (
        prop::option::weighted(0.8, moov()),
        prop::collection::vec(fragment(), 0..4),
        index,
        any::<bool>(),
        prop::option::of(0_u8..2),
        prop::option::weighted(0.3, items),
        prop::bool::weighted(0.2),
        prop_oneof![Just(0), Just(0), 1_usize..100],
    )
        .prop_map(|(moov, fragments, index, levels, random_access, items, file_pssh, free_first)| Movie {
            moov,
            fragments,
            index,
            levels,
            random_access,
            items,
            file_pssh,
            free_first,
        })
        .prop_filter("something to edit", Movie::has_playready)
}
