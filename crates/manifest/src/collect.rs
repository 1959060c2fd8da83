//! What reading a document gathers: descriptors, objects, the texts they stand in, and what is odd.

use crate::content::Due;
use crate::embedded::Embedded;
use crate::error::{Error, Result};
use crate::found::{At, Descriptor, DescriptorKind, Form, Object, Shape};
use crate::header_text::{self, Escape, HeaderText};
use crate::hex;
use crate::limits::{MAX_ALL_OBJECTS_LEN, MAX_OBJECTS, MAX_TEXTS};
use crate::numbers;
use crate::oddity::{Oddities, OddityKind};
use crate::path::{ROOT, paths};
use crate::protection::LicenseUrl;
use crate::ranges::Ranges;
use crate::slot::{Inner, Slot, Unit, system_of, units};
use crate::stray;
use crate::text::Text;
use crate::unread::{Unread, UnreadKind};
use crate::value::{Base64Error, Value};
use bytes::Bytes;
use core::ops::Range;
use prkit_playready::SystemId;

/// What was found so far.
pub(crate) struct Collector<'t> {
    pub(crate) text: &'t Text,
    pub(crate) descriptors: Vec<Descriptor>,
    pub(crate) objects: Vec<Object>,
    pub(crate) slots: Vec<Slot>,
    pub(crate) oddities: Oddities,
    /// License URLs and a deprecated key ID that are in no descriptor: the text is a piece of one.
    pub(crate) loose: Loose,
    pub(crate) unread: Vec<Unread>,
    pub(crate) license_urls: Vec<LicenseUrl>,
    decoded: usize,
    /// How many texts it is inside of.
    depth: usize,
}

/// What descriptors contain, outside of one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Loose {
    pub(crate) license_urls: Vec<(String, String)>,
    pub(crate) playready_kid: Option<String>,
}

/// How a header without an object around it is named.
const HEADER_TEXT: &str = "the text of a PlayReady header";

/// Finds what is in a text.
pub(crate) type Reader = fn(&mut Collector<'_>) -> Result<()>;

/// A text that holds an object.
pub(crate) struct Holder {
    pub(crate) form: Form,
    /// The element or line.
    pub(crate) path: String,
    /// Where the element or line begins: the place of an empty text.
    pub(crate) start: usize,
    /// The pieces of the text.
    pub(crate) pieces: Vec<Range<usize>>,
    pub(crate) descriptor: Option<usize>,
}

impl<'t> Collector<'t> {
    pub(crate) const fn new(text: &'t Text) -> Self {
        Self {
            text,
            descriptors: Vec::new(),
            objects: Vec::new(),
            slots: Vec::new(),
            oddities: Oddities::new(),
            loose: Loose { license_urls: Vec::new(), playready_kid: None },
            unread: Vec::new(),
            license_urls: Vec::new(),
            decoded: 0,
            depth: 0,
        }
    }

    /// For a text inside of this one.
    fn inside<'i>(&self, text: &'i Text) -> Result<Collector<'i>> {
        let depth = self.depth.saturating_add(1);
        if depth > MAX_TEXTS {
            return Err(Error::limit("texts inside of each other", MAX_TEXTS));
        }
        Ok(Collector { depth, ..Collector::new(text) })
    }

    /// Adds a descriptor and gives its number.
    pub(crate) fn descriptor(&mut self, mut descriptor: Descriptor) -> Result<usize> {
        descriptor.position = self.text.position(descriptor.range.start);
        descriptor.span = self.text.raw_span(&descriptor.range);
        if self.descriptors.len() >= MAX_OBJECTS {
            return Err(Error::limit("descriptors", MAX_OBJECTS));
        }
        // Unified Streaming writes key IDs without dashes.
        let is_written_so = descriptor.kind == DescriptorKind::ParamGroup;
        if descriptor.system == Some(SystemId::PLAYREADY_SWAPPED) {
            self.oddities.add(OddityKind::SwappedSystemId, descriptor.range.start);
        }
        for kid in descriptor
            .kids
            .iter()
            .filter(|kid| !kid.is_right() && !kid.text.starts_with("0x") && !is_written_so)
        {
            self.oddities.add(OddityKind::KeyId(kid.text.clone()), descriptor.range.start);
        }
        self.descriptors.push(descriptor);
        Ok(self.descriptors.len().saturating_sub(1))
    }

    /// Adds what is no object and belongs to the protection all the same.
    pub(crate) fn unread(
        &mut self,
        path: String,
        range: &Range<usize>,
        system: Option<SystemId>,
        why: UnreadKind,
    ) -> Result<()> {
        if self.unread.len() >= MAX_OBJECTS {
            return Err(Error::limit("things that are not read", MAX_OBJECTS));
        }
        let (position, span) = (self.text.position(range.start), self.text.raw_span(range));
        self.unread.push(Unread { path, position, span, system, why, range: range.clone() });
        Ok(())
    }

    /// What was read already.
    fn known(&self) -> Ranges {
        let mut known: Vec<_> = self.slots.iter().flat_map(|slot| slot.value.runs.iter().cloned()).collect();
        // What cannot be read is said already.
        known.extend(self.unread.iter().map(|unread| unread.range.clone()));
        Ranges::of(known)
    }

    /// Searches what was not read, and says what is in it.
    pub(crate) fn hidden(&mut self) -> Result<()> {
        let (text, known) = (self.text.as_str(), self.known());
        let strays = stray::find(text, known.as_slice()).into_iter();
        let strays = strays.map(|stray| (stray.range, stray.what.name(), stray.what.system()));
        let arrays = numbers::find(text).into_iter().filter(|array| !known.overlaps(&array.range));
        let strays = strays.chain(arrays.map(|array| (array.range, array.what.name(), array.what.system())));
        let headers = header_text::find(text).into_iter().filter(|header| !known.overlaps(&header.range));
        let headers = headers.map(|header| (header.range, HEADER_TEXT, SystemId::PLAYREADY));
        let all: Vec<_> = strays.chain(headers).take(MAX_OBJECTS.saturating_add(1)).collect();
        let places: Vec<usize> = all.iter().map(|(range, ..)| range.start).collect();
        for ((range, what, system), path) in all.into_iter().zip(paths(self.text, &places)) {
            self.oddities.add(OddityKind::Hidden(what), range.start);
            self.unread(path, &range, Some(system), UnreadKind::Hidden(what))?;
        }
        Ok(())
    }

    /// Searches what was not read, and adds what is in it.
    pub(crate) fn strays_as_objects(&mut self) -> Result<()> {
        let (text, known) = (self.text.as_str(), self.known());
        let holder = |range: &Range<usize>, path: String| Holder {
            form: Form::Text,
            path,
            start: range.start,
            pieces: vec![range.clone()],
            descriptor: None,
        };
        let strays = stray::find(text, known.as_slice());
        let places: Vec<usize> = strays.iter().map(|stray| stray.range.start).collect();
        for (stray, path) in strays.into_iter().zip(paths(self.text, &places)) {
            let holder = holder(&stray.range, path);
            if !stray.is_hex {
                self.object(&holder)?;
                continue;
            }
            let bytes = text.get(stray.range.clone()).and_then(hex::from_hex).unwrap_or_default();
            self.held(&holder, Value::hex(text, stray.range), bytes.into())?;
        }
        let headers: Vec<HeaderText> =
            header_text::find(text).into_iter().filter(|header| !known.overlaps(&header.range)).collect();
        let places: Vec<usize> = headers.iter().map(|header| header.range.start).collect();
        for (HeaderText { range, escape }, path) in headers.into_iter().zip(paths(self.text, &places)) {
            if escape == Escape::Other {
                self.oddities.add(OddityKind::Hidden(HEADER_TEXT), range.start);
                let why = UnreadKind::Hidden(HEADER_TEXT);
                self.unread(path, &range, Some(SystemId::PLAYREADY), why)?;
                continue;
            }
            let embedded = Embedded::of_piece(text, &range, escape);
            let bytes = Bytes::copy_from_slice(embedded.text().as_bytes());
            let value = Value::written(text, &embedded, &(0..embedded.text().len()));
            self.held(&holder(&range, path), value, bytes)?;
        }
        self.arrays()
    }

    /// Adds the objects that are arrays of numbers.
    pub(crate) fn arrays(&mut self) -> Result<()> {
        let (text, known) = (self.text.as_str(), self.known());
        let found: Vec<_> =
            numbers::find(text).into_iter().filter(|array| !known.overlaps(&array.range)).collect();
        let places: Vec<usize> = found.iter().map(|array| array.range.start).collect();
        for (array, path) in found.into_iter().zip(paths(self.text, &places)) {
            let (start, pieces) = (array.range.start, vec![array.range.clone()]);
            let holder = Holder { form: Form::Text, path, start, pieces, descriptor: None };
            self.held(&holder, Value::numbers(array.range, array.written), array.bytes.into())?;
        }
        Ok(())
    }

    /// Adds the objects in a text whose bytes are known.
    pub(crate) fn held(&mut self, holder: &Holder, value: Value, bytes: Bytes) -> Result<()> {
        self.count(bytes.len())?;
        let (slot, units) = (self.slots.len(), units(&bytes));
        for (i, unit) in units.iter().enumerate() {
            self.unit(holder, &value, bytes.slice(unit.range.clone()), unit.shape, At::of(slot, i))?;
        }
        self.slots.push(Slot { value, bytes, units, inner: None });
        Ok(())
    }

    /// Decodes a text and adds the objects in it.
    pub(crate) fn object(&mut self, holder: &Holder) -> Result<()> {
        let first = holder.pieces.first().and_then(|piece| self.text.as_str().get(piece.clone()));
        if first.is_some_and(|text| text.trim_start().starts_with(['<', '&'])) {
            let embedded = Embedded::of_element(self.text.as_str(), &holder.pieces);
            if embedded.text().trim_start().starts_with("<WRMHEADER") {
                return self.content_of(holder, &embedded, Due::Object);
            }
        }
        let (value, decoded) = self.decode(holder)?;
        self.decoded_object(holder, value, decoded)
    }

    pub(crate) fn decoded_object(
        &mut self,
        holder: &Holder,
        value: Value,
        decoded: Result<Bytes, Base64Error>,
    ) -> Result<()> {
        let slot = self.slots.len();
        let (bytes, error) = match decoded {
            Ok(bytes) => (bytes, None),
            Err(fault) => (Bytes::new(), Some(fault)),
        };
        let mut units = units(&bytes);
        if units.is_empty() {
            units.push(Unit { range: 0..bytes.len(), shape: Shape::Data });
        }
        for (i, unit) in units.iter().enumerate() {
            self.unit(holder, &value, bytes.slice(unit.range.clone()), unit.shape, At::of(slot, i))?;
        }
        if let Some(object) = self.objects.last_mut() {
            object.error = object.error.take().or(error);
        }
        self.slots.push(Slot { value, bytes, units, inner: None });
        Ok(())
    }

    fn unit(&mut self, holder: &Holder, value: &Value, bytes: Bytes, shape: Shape, at: At) -> Result<()> {
        if self.objects.len() >= MAX_OBJECTS {
            return Err(Error::limit("objects", MAX_OBJECTS));
        }
        let said = holder.descriptor.and_then(|index| self.descriptors.get(index)).and_then(|d| d.system);
        let own = system_of(&bytes, shape);
        let other_scheme = self.other_scheme(holder.form, shape, holder.descriptor);
        let start = place(value, holder.start);
        self.look_at(holder.form, &bytes, shape, own, said, start);
        let by_form = match holder.form {
            Form::MsprPro | Form::ExtXPlayReadyHeader => true,
            // What is read there at all is a box, which has its own, or PlayReady's by what it is.
            Form::Text | Form::ExtXDefine => shape == Shape::Data,
            _ => false,
        };
        let by_form = by_form.then_some(SystemId::PLAYREADY);
        self.objects.push(Object {
            form: holder.form,
            path: holder.path.clone(),
            position: self.text.position(start),
            span: self.text.raw_span(&if value.range().is_empty() { start..start } else { value.range() }),
            shape,
            bytes,
            system: own.or(by_form).or(said),
            descriptor: holder.descriptor,
            other_scheme,
            error: None,
            at,
        });
        Ok(())
    }

    /// The scheme of the descriptor around what its element calls PlayReady's, where it is that of another system, or none.
    fn other_scheme(&self, form: Form, shape: Shape, descriptor: Option<usize>) -> Option<String> {
        let around = self.descriptors.get(descriptor?)?;
        let is_by_element = form == Form::MsprPro && shape == Shape::Data;
        (is_by_element && !around.is_playready()).then(|| around.scheme.clone().unwrap_or_default())
    }

    /// Says what is odd about a unit: another system than around it, a box where an object is due, and the reverse.
    fn look_at(
        &mut self,
        form: Form,
        bytes: &[u8],
        shape: Shape,
        own: Option<SystemId>,
        said: Option<SystemId>,
        at: usize,
    ) {
        self.look_at_system(own, said, at);
        // That of the descriptor is said where it stands.
        if own == Some(SystemId::PLAYREADY_SWAPPED) && said != own {
            self.oddities.add(OddityKind::SwappedSystemId, at);
        }
        let odd = match (form.wants_box(), shape) {
            (Some(false), Shape::Box) => "a pssh box stands where a PlayReady Object is due",
            (Some(true), Shape::Data) if !bytes.is_empty() => {
                "the data of a pssh box stands where the box is due"
            }
            (_, Shape::BoxData) => "the first eight bytes of the box, its size and type, are missing",
            _ => return,
        };
        self.oddities.add(OddityKind::Shape(odd), at);
    }

    fn look_at_system(&mut self, own: Option<SystemId>, said: Option<SystemId>, at: usize) {
        if let (Some(own), Some(said)) = (own, said)
            && own != said
            && !(own.is_playready() && said.is_playready())
        {
            let name = own.name().map_or_else(|| own.to_string(), str::to_owned);
            self.oddities.add(OddityKind::System(name), at);
        }
    }

    /// Adds what `read` finds in a text that base64 decoded to.
    pub(crate) fn nested(&mut self, holder: &Holder, value: Value, bytes: Bytes, read: Reader) -> Result<()> {
        let slot = self.slots.len();
        let text = Text::decode(&bytes);
        let mut inside = self.inside(&text)?;
        read(&mut inside)?;
        // What is in base64 is not in the text around it, where it would be searched for.
        inside.hidden()?;
        let start = place(&value, holder.start);
        let objects = core::mem::take(&mut inside.objects);
        let slots = core::mem::take(&mut inside.slots);
        self.take_in(holder, inside, |_| start, |at| at.within(slot))?;
        for object in objects {
            let at = object.at.clone().within(slot);
            self.inner_object(holder, object, start, &value.range(), at)?;
        }
        self.slots.push(Slot {
            value,
            bytes,
            units: Vec::new(),
            inner: Some(Box::new(Inner { text, slots })),
        });
        Ok(())
    }

    /// Adds what `read` finds in a text that is written in this one: each object is spliced where it is written.
    pub(crate) fn embedded(&mut self, holder: &Holder, embedded: &Embedded, read: Reader) -> Result<()> {
        let text = Text::decode(&Bytes::copy_from_slice(embedded.text().as_bytes()));
        let mut inside = self.inside(&text)?;
        read(&mut inside)?;
        let objects = core::mem::take(&mut inside.objects);
        let slots = core::mem::take(&mut inside.slots);
        let first = self.slots.len();
        let moved = |at: At| At { slot: first.saturating_add(at.slot), ..at };
        self.take_in(holder, inside, |at| embedded.outer_range(&(at..at)).start, moved)?;
        for mut slot in slots {
            slot.value.move_to(self.text.as_str(), embedded);
            self.slots.push(slot);
        }
        for object in objects {
            let at = moved(object.at.clone());
            let range = self.slots.get(at.slot).map_or(holder.start..holder.start, |slot| slot.value.range());
            self.inner_object(holder, object, range.start, &range, at)?;
        }
        Ok(())
    }

    /// Takes over what was found in a text inside of this one, but for the objects. `place` says where a place of it
    /// is in this text, `slot` where its texts are.
    fn take_in(
        &mut self,
        holder: &Holder,
        inside: Collector<'_>,
        place: impl Fn(usize) -> usize,
        slot: impl Fn(At) -> At,
    ) -> Result<()> {
        let Collector { mut descriptors, oddities, loose, unread, decoded, license_urls, .. } = inside;
        self.count(decoded)?;
        let around = holder.descriptor.and_then(|index| self.descriptors.get(index)).and_then(|d| d.system);
        for url in license_urls {
            if self.license_urls.len() >= MAX_OBJECTS {
                return Err(Error::limit("license URLs", MAX_OBJECTS));
            }
            let start = place(url.start);
            self.license_urls.push(LicenseUrl {
                descriptor: holder.descriptor,
                system: url.system.or(around),
                path: format!("{}{}", holder.path, url.path),
                position: self.text.position(start),
                start,
                at: slot(url.at),
                ..url
            });
        }
        // A text inside a text is a piece by its nature.
        for (at, kind) in oddities.into_found().into_iter().filter(|(_, kind)| *kind != OddityKind::Roots) {
            self.oddities.add(kind, place(at));
        }
        for unread in unread {
            let path = if unread.path == ROOT { String::new() } else { unread.path };
            let (path, start) = (format!("{}{path}", holder.path), place(unread.range.start));
            self.unread(path, &(start..start), unread.system, unread.why)?;
        }
        if !loose.license_urls.is_empty() || loose.playready_kid.is_some() {
            let Loose { license_urls, playready_kid } = loose;
            descriptors.push(Descriptor { license_urls, playready_kid, ..Descriptor::default() });
        }
        let Some(outer) = holder.descriptor else { return Ok(()) };
        for mut descriptor in descriptors {
            let start = place(descriptor.range.start);
            descriptor.path = format!("{}{}", holder.path, descriptor.path);
            (descriptor.position, descriptor.range) = (self.text.position(start), start..start);
            descriptor.span = self.text.raw_span(&descriptor.range);
            if let Some(outer) = self.descriptors.get_mut(outer).filter(|d| d.inside.len() < MAX_OBJECTS) {
                outer.inside.push(descriptor);
            }
        }
        Ok(())
    }

    fn inner_object(
        &mut self,
        holder: &Holder,
        object: Object,
        start: usize,
        range: &Range<usize>,
        at: At,
    ) -> Result<()> {
        if self.objects.len() >= MAX_OBJECTS {
            return Err(Error::limit("objects", MAX_OBJECTS));
        }
        let said = holder.descriptor.and_then(|index| self.descriptors.get(index)).and_then(|d| d.system);
        if object.shape != Shape::Data {
            self.look_at_system(object.system, said, start);
        }
        let other_scheme = self.other_scheme(object.form, object.shape, holder.descriptor);
        let path = if object.path == ROOT { "" } else { &object.path };
        self.objects.push(Object {
            other_scheme: object.other_scheme.or(other_scheme),
            path: format!("{}{path}", holder.path),
            position: self.text.position(start),
            span: self.text.raw_span(range),
            system: object.system.or(said),
            descriptor: holder.descriptor,
            at,
            ..object
        });
        Ok(())
    }

    pub(crate) fn decode(&mut self, holder: &Holder) -> Result<(Value, Result<Bytes, Base64Error>)> {
        let text = self.text.as_str();
        let mut value = Value::at(text, holder.pieces.iter().cloned());
        let decoded = match value.decode(text) {
            Ok(bytes) => Ok(Bytes::from(bytes)),
            Err(fault) => {
                self.oddities.add(OddityKind::Base64(fault.to_string()), place(&value, holder.start));
                Err(fault)
            }
        };
        self.count(decoded.as_ref().map_or(0, Bytes::len))?;
        Ok((value, decoded))
    }

    /// Decodes a text that may be anything; `None` for what is no base64.
    pub(crate) fn try_decode(&mut self, holder: &Holder) -> Result<Option<(Value, Bytes)>> {
        let text = self.text.as_str();
        let mut value = Value::at(text, holder.pieces.iter().cloned());
        let Ok(bytes) = value.decode(text) else { return Ok(None) };
        self.count(bytes.len())?;
        Ok(Some((value, bytes.into())))
    }

    fn count(&mut self, len: usize) -> Result<()> {
        self.decoded = self.decoded.saturating_add(len);
        if self.decoded > MAX_ALL_OBJECTS_LEN {
            return Err(Error::limit("bytes in objects", MAX_ALL_OBJECTS_LEN));
        }
        Ok(())
    }
}

/// Where a value stands, or where it would.
pub(crate) fn place(value: &Value, otherwise: usize) -> usize {
    if value.range().is_empty() { otherwise } else { value.start() }
}
