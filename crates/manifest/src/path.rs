//! The elements or lines that places of a document are in, for people.
//!
//! ```text
//!   <MPD><Period><!-- AAACRnBzc2g… -->      /MPD/Period[0]
//!   #EXT-X-KEY:METHOD=…                      /EXT-X-KEY[0]
//! ```

use crate::m3u8::{Content, Lines};
use crate::oddity::Oddities;
use crate::text::Text;
use crate::xml::{Tree, parse};
use std::collections::HashMap;

/// Where there is no element and no line with a name.
pub(crate) const ROOT: &str = "/";

/// The path of each place, in the order of the places.
pub(crate) fn paths(text: &Text, places: &[usize]) -> Vec<String> {
    let begin = text.as_str().trim_start();
    if begin.starts_with("#EXT") {
        return in_lines(text.as_str(), places);
    }
    let tree = if places.is_empty() || !begin.starts_with('<') {
        None
    } else {
        // What is wrong with it is known.
        parse(text, &mut Oddities::default()).ok()
    };
    let path = |place: &usize| tree.as_ref().map_or_else(|| ROOT.to_owned(), |tree| in_tree(tree, *place));
    places.iter().map(path).collect()
}

/// The innermost element around a place.
fn in_tree(tree: &Tree<'_>, place: usize) -> String {
    let before = tree.elements.partition_point(|element| element.start <= place);
    let is_around = |index: &usize| tree.get(*index).is_some_and(|element| place < element.end);
    let around = before.checked_sub(1).and_then(|index| tree.upwards(index).find(is_around));
    around.map_or_else(|| ROOT.to_owned(), |index| tree.path(index))
}

/// Tags have the number that they have among those of their name, as key lines do.
fn in_lines(text: &str, places: &[usize]) -> Vec<String> {
    let mut paths = vec![ROOT.to_owned(); places.len()];
    let mut order: Vec<usize> = (0..places.len()).collect();
    let place = |index: &usize| places.get(*index).copied().unwrap_or_default();
    order.sort_unstable_by_key(place);
    let mut rest = order.into_iter().peekable();
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    for line in Lines::of(text) {
        if rest.peek().is_none() {
            break;
        }
        let Content::Tag { name, .. } = line.content else {
            while rest.next_if(|index| place(index) < line.whole.end).is_some() {}
            continue;
        };
        let name = text.get(name).unwrap_or_default().trim_start_matches('#');
        let number = numbers.entry(name).or_default();
        while let Some(index) = rest.next_if(|index| place(index) < line.whole.end) {
            if let Some(path) = paths.get_mut(index) {
                *path = format!("/{name}[{number}]");
            }
        }
        *number = number.saturating_add(1);
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn found(text: &str, parts: &[&str]) -> Vec<String> {
        let places: Vec<usize> = parts.iter().map(|part| text.find(part).unwrap()).collect();
        paths(&Text::decode(&Bytes::copy_from_slice(text.as_bytes())), &places)
    }

    #[test]
    fn places_in_elements_have_the_path_of_the_innermost_one() {
        let text = "<?xml?> <MPD a='1'> 2 <Period/><Period><x:y>3</x:y><!-- 4 --></Period>5</MPD> 6";
        assert_eq!(
            found(text, &["6", "3", "1", "<Period/>", "4", "5", "?xml"]),
            ["/", "/MPD/Period[1]/x:y", "/MPD", "/MPD/Period[0]", "/MPD/Period[1]", "/MPD", "/"]
        );
        assert_eq!(found("<a><b>1", &["1"]), ["/a/b"]);
        assert_eq!(found("no element: 1", &["1"]), ["/"]);
    }

    #[test]
    fn places_in_lines_have_the_tag_and_its_number() {
        let text = "#EXTM3U\n#EXT-X-KEY:A\n# comment\n#EXT-X-KEY:B\n#EXTINF:C\na.m4s\n";
        assert_eq!(
            found(text, &["a.m4s", "B", "A", "comment", "C"]),
            ["/", "/EXT-X-KEY[1]", "/EXT-X-KEY[0]", "/", "/EXTINF[0]"]
        );
    }
}
