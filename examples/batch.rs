//! Every asset below a folder gets another license URL; what became of each is printed.

use prkit::{AssetId, Change, Commit, Files, Store as _};
use std::ops::ControlFlow;
use std::path::Path;

pub(crate) fn run(folder: &Path, url: &str) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let (store, change) = (Files::below(folder)?, Change::new().license_url(url));
    let mut said = Vec::new();
    store.list(&AssetId::default(), &mut |assets| {
        for id in assets {
            said.push(match prkit::edit(&store, &id, &change, &Commit::default()) {
                Ok(Some(receipt)) => format!("{id}: {}", receipt.method),
                Ok(None) => format!("{id}: nothing to do"),
                Err(error) => format!("{id}: {error}"),
            });
        }
        ControlFlow::Continue(())
    })?;
    Ok(said)
}

#[allow(dead_code, reason = "the tests call what is above")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (folder, url) = (std::env::args().nth(1), std::env::args().nth(2));
    for line in run(Path::new(&folder.ok_or("name a folder")?), &url.ok_or("name a license URL")?)? {
        println!("{line}");
    }
    Ok(())
}
