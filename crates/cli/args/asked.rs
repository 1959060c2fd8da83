//! What options ask of every input, as the log of a run writes it down.
//!
//! Every option is named here, so a new one does not compile before somebody decided: what changes the result is a field;
//! how it is written, waited for and told is none.

use super::{
    Algid, Checksum, Els, Fit, HeaderArgs, IfExists, InjectOptions, InjectWhat, LicenseOptions, ObjectArgs,
    RoomArgs, RuleArgs, SelectArgs, WriteArgs, new,
};
use clap::ValueEnum;
use prkit_batch::log::{Ask, Asked};
use prkit_batch::operation::Position;

/// The name of a value on the command line.
fn word<V: ValueEnum>(value: &V) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

fn words<V: ValueEnum>(asked: &mut Asked, name: &str, values: impl IntoIterator<Item = V>) {
    for value in values {
        asked.field(name, word(&value).as_bytes());
    }
}

/// What an option says, if it is given: the content where it names a file, standard input or a variable.
fn given(asked: &mut Asked, name: &str, value: Option<&str>) {
    match value.and_then(crate::values::known) {
        Some(digest) => asked.digest(name, digest),
        None => asked.text(name, value),
    }
}

/// The same for one that may be given several times.
fn given_each<'v>(asked: &mut Asked, name: &str, values: impl IntoIterator<Item = &'v str>) {
    values.into_iter().for_each(|text| given(asked, name, Some(text)));
}

fn texts(asked: &mut Asked, name: &str, values: &[String]) {
    given_each(asked, name, values.iter().map(String::as_str));
}

impl Ask for HeaderArgs {
    fn ask(&self, asked: &mut Asked) {
        let Self {
            la_url,
            la_url_replace,
            no_la_url,
            lui_url,
            lui_url_replace,
            no_lui_url,
            ds_id,
            no_ds_id,
            custom_attributes,
            no_custom_attributes,
            decryptor_setup,
            no_decryptor_setup,
            license_requested,
            no_license_requested,
            add_kid,
            remove_kid,
            set_kid,
            keys,
            from_media,
            algid,
            checksum,
            header_version,
            canonicalize,
            els,
            existing,
            header,
            pro,
        } = self;
        for (name, value) in [
            ("la-url", la_url),
            ("lui-url", lui_url),
            ("ds-id", ds_id),
            ("custom-attributes", custom_attributes),
            ("keys", keys),
            ("header-version", header_version),
            ("header", header),
            ("pro", pro),
        ] {
            given(asked, name, value.as_deref());
        }
        given(
            asked,
            "decryptor-setup",
            decryptor_setup.as_ref().map(|value| value.to_ascii_lowercase()).as_deref(),
        );
        texts(asked, "la-url-replace", la_url_replace);
        texts(asked, "lui-url-replace", lui_url_replace);
        texts(asked, "remove-kid", remove_kid);
        given_each(asked, "add-kid", add_kid.iter().map(super::Secret::expose));
        given_each(asked, "set-kid", set_kid.iter().map(super::Secret::expose));
        for (name, is_set) in [
            ("no-la-url", *no_la_url),
            ("no-lui-url", *no_lui_url),
            ("no-ds-id", *no_ds_id),
            ("no-custom-attributes", *no_custom_attributes),
            ("no-decryptor-setup", *no_decryptor_setup),
            ("no-license-requested", *no_license_requested),
            ("from-media", *from_media),
            ("canonicalize", *canonicalize),
            ("existing", *existing),
        ] {
            asked.flag(name, is_set);
        }
        asked.word("license-requested", *license_requested);
        words::<Algid>(asked, "algid", *algid);
        words::<Checksum>(asked, "checksum", *checksum);
        let els = els.map(|els| match els {
            Els::Keep => "keep".to_owned(),
            Els::Strip => "strip".to_owned(),
            Els::Size(len) => len.to_string(),
        });
        asked.word("els", els);
    }
}

impl Ask for SelectArgs {
    fn ask(&self, asked: &mut Asked) {
        // Whether nothing selected is a failure changes nothing of what is done.
        let Self { system, places, index, kid, if_la_url, if_version, if_ds_id, require: _ } = self;
        for (name, value) in [
            ("system", system),
            ("kid", kid),
            ("if-la-url", if_la_url),
            ("if-version", if_version),
            ("if-ds-id", if_ds_id),
        ] {
            given(asked, name, value.as_deref());
        }
        words::<super::select::Place>(asked, "where", places.iter().copied());
        asked.word("index", *index);
    }
}

impl Ask for InjectOptions {
    fn ask(&self, asked: &mut Asked) {
        let Self { what, kids, from_media, object, places, position, pssh_version, if_exists } = self;
        let InjectWhat { pro, pssh, header } = what;
        given(asked, "pro", pro.as_deref());
        given(asked, "pssh", pssh.as_deref());
        given(asked, "header", header.as_deref());
        given_each(asked, "kid", kids.iter().map(super::Secret::expose));
        asked.flag("from-media", *from_media);
        object.ask(asked);
        words::<super::select::Place>(asked, "where", places.iter().copied());
        let position = position.map(|position| match position {
            Position::First => "first".to_owned(),
            Position::Last => "last".to_owned(),
            Position::After(index) => format!("after:{index}"),
        });
        asked.word("position", position);
        asked.word("pssh-version", *pssh_version);
        words::<IfExists>(asked, "if-exists", *if_exists);
    }
}

impl Ask for ObjectArgs {
    fn ask(&self, asked: &mut Asked) {
        let Self {
            header_version,
            algid,
            checksum,
            keys,
            la_url,
            lui_url,
            ds_id,
            custom_attributes,
            decryptor_setup,
            license_requested,
            els,
            place,
        } = self;
        for (name, value) in [
            ("header-version", header_version),
            ("keys", keys),
            ("la-url", la_url),
            ("lui-url", lui_url),
            ("ds-id", ds_id),
            ("custom-attributes", custom_attributes),
        ] {
            given(asked, name, value.as_deref());
        }
        given(
            asked,
            "decryptor-setup",
            decryptor_setup.as_ref().map(|value| value.to_ascii_lowercase()).as_deref(),
        );
        words::<Algid>(asked, "algid", *algid);
        words::<Checksum>(asked, "checksum", *checksum);
        asked.word("license-requested", *license_requested);
        asked.word("els", *els);
        words::<new::Place>(asked, "for", *place);
    }
}

impl Ask for LicenseOptions {
    fn ask(&self, asked: &mut Asked) {
        let Self { licenses } = self;
        for path in licenses {
            asked.field("license", &crate::values::digest(path));
        }
    }
}

impl Ask for RuleArgs {
    fn ask(&self, asked: &mut Asked) {
        asked.word("target", self.target.map(|target| target.to_string()));
        words::<new::Place>(asked, "use", self.place);
        asked.flag("strict", self.strict);
        words::<super::Severity>(asked, "level", [self.level]);
    }
}

impl Ask for WriteArgs {
    fn ask(&self, asked: &mut Asked) {
        let RoomArgs { pad, els_min } = self.room;
        asked.flag("pad", pad);
        asked.flag("keep-paths", self.keep_paths);
        asked.flag("presentation", self.presentation);
        asked.word("els-min", els_min);
        words::<Fit>(asked, "fit", [self.fit]);
        asked.word("reserve", (self.reserve > 0).then_some(self.reserve));
        match &self.to.output {
            Some(output) => asked.path("output", output),
            None => asked.flag("in-place", self.to.in_place),
        }
    }
}
