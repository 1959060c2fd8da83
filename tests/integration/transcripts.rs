//! What is printed, compared with what was written down: the README and `tests/transcripts`.

#[test]
fn transcripts_are_as_written() {
    trycmd::TestCases::new().case("README.md").case("tests/transcripts/*.md").case("docs/*.md");
}
