//! Generated files for fuzzing to begin with: it would take long to invent boxes whose sizes and offsets fit.

use crate::movie::movies;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;

#[test]
#[ignore = "writes files; .ci/fuzz runs it with PRKIT_SEEDS=FOLDER"]
fn generated_files_are_seeds() {
    let folder = std::env::var_os("PRKIT_SEEDS").expect("PRKIT_SEEDS names a folder");
    std::fs::create_dir_all(&folder).unwrap();
    let mut runner = TestRunner::deterministic();
    for index in 0..200 {
        let file = movies().new_tree(&mut runner).unwrap().current().build();
        let path = std::path::Path::new(&folder).join(format!("movie-{index}"));
        std::fs::write(path, file).unwrap();
    }
}
