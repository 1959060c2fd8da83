//! All tests of the program and of the crates together: one binary.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice
)]
#![allow(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::cast_possible_truncation)]
#![allow(missing_docs, unreachable_pub, clippy::pedantic)]

#[path = "integration/advice.rs"]
mod advice;
#[path = "integration/answers.rs"]
mod answers;
#[path = "integration/asm.rs"]
mod asm;
#[path = "integration/bad.rs"]
mod bad;
#[path = "integration/beside.rs"]
mod beside;
#[path = "integration/boxes.rs"]
mod boxes;
#[path = "integration/build.rs"]
mod build;
#[path = "integration/check.rs"]
mod check;
#[path = "integration/config.rs"]
mod config;
#[path = "integration/conformance/mod.rs"]
mod conformance;
#[path = "integration/corpus.rs"]
mod corpus;
#[path = "integration/disagree.rs"]
mod disagree;
#[path = "integration/distances/mod.rs"]
mod distances;
#[path = "integration/documents.rs"]
mod documents;
#[path = "integration/els.rs"]
mod els;
#[path = "integration/encodings.rs"]
mod encodings;
#[path = "integration/field_boxes.rs"]
mod field_boxes;
#[path = "integration/field_docs.rs"]
mod field_docs;
#[path = "integration/field_headers.rs"]
mod field_headers;
#[cfg(unix)]
#[path = "integration/fleet/mod.rs"]
mod fleet;
#[path = "integration/force.rs"]
mod force;
#[path = "integration/guard.rs"]
mod guard;
#[path = "integration/headers.rs"]
mod headers;
#[path = "integration/help.rs"]
mod help;
#[path = "integration/in_place.rs"]
mod in_place;
#[path = "integration/inputs.rs"]
mod inputs;
#[cfg(target_os = "linux")]
#[path = "integration/interrupt.rs"]
mod interrupt;
#[path = "integration/key_boxes.rs"]
mod key_boxes;
#[path = "integration/keys.rs"]
mod keys;
#[path = "integration/law.rs"]
mod law;
#[path = "integration/left.rs"]
mod left;
#[path = "integration/library.rs"]
mod library;
#[path = "integration/licenses.rs"]
mod licenses;
#[path = "integration/limits.rs"]
mod limits;
#[path = "integration/manifests.rs"]
mod manifests;
#[path = "integration/messages.rs"]
mod messages;
#[path = "integration/movie/mod.rs"]
mod movie;
#[path = "integration/not_understood.rs"]
mod not_understood;
#[path = "integration/odd.rs"]
mod odd;
#[path = "integration/oracle.rs"]
mod oracle;
#[path = "integration/others.rs"]
mod others;
#[path = "integration/outputs.rs"]
mod outputs;
#[path = "integration/packaged.rs"]
mod packaged;
#[path = "integration/packaging.rs"]
mod packaging;
#[path = "integration/pasted.rs"]
mod pasted;
#[cfg(target_os = "linux")]
#[path = "integration/pipelines.rs"]
mod pipelines;
#[path = "integration/planted.rs"]
mod planted;
#[path = "integration/player_forms.rs"]
mod player_forms;
#[path = "integration/policies.rs"]
mod policies;
#[path = "integration/presentation.rs"]
mod presentation;
#[path = "integration/program.rs"]
mod program;
#[path = "integration/reader.rs"]
mod reader;
#[path = "integration/reads.rs"]
mod reads;
#[path = "integration/release.rs"]
mod release;
#[path = "integration/rounds/mod.rs"]
mod rounds;
#[path = "integration/schemas.rs"]
mod schemas;
#[path = "integration/seeds.rs"]
mod seeds;
#[path = "integration/shared_keys.rs"]
mod shared_keys;
#[path = "integration/stores.rs"]
mod stores;
#[path = "integration/table.rs"]
mod table;
#[cfg(unix)]
#[cfg(target_os = "linux")]
#[path = "integration/terminal.rs"]
mod terminal;
#[path = "integration/title.rs"]
mod title;
#[path = "integration/title_plans.rs"]
mod title_plans;
#[cfg(unix)]
#[path = "integration/titles.rs"]
mod titles;
#[path = "integration/transcripts.rs"]
mod transcripts;
#[cfg(target_os = "linux")]
#[path = "integration/travel.rs"]
mod travel;
#[cfg(target_os = "linux")]
#[path = "integration/trust.rs"]
mod trust;
#[path = "integration/vectors.rs"]
mod vectors;
