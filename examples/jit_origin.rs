//! An origin that gives every tenant a header of its own: an init segment is rewritten per request, in memory.

pub(crate) fn served(init_segment: &[u8], tenant: u32) -> Result<Vec<u8>, prkit::Error> {
    let change = prkit::Change::new().license_url(format!("https://drm.example/{tenant}/rights"));
    prkit::reheader(init_segment, &change)
}

#[allow(dead_code, reason = "the tests call what is above")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let init_segment = std::fs::read(std::env::args().nth(1).ok_or("name an init segment")?)?;
    for object in prkit::show(&served(&init_segment, 7)?)?.objects {
        println!("{:?}", object.license_url);
    }
    Ok(())
}
