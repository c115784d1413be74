//! What a HEIF file holds: pictures and parts of pictures, each an item with its bytes, properties and references.

use std::collections::BTreeMap;

use super::boxes::{Box, Bytes};

/// Most items of a file that is looked at. A grid of 512 x 512 tiles has 1 for each 0.26 megapixels.
const MAX_ITEMS: usize = 20_000;

/// What is wrong with a file, in words for people.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fault {
    /// Something is missing or contradicts itself.
    Damaged(&'static str),
    /// It may be whole, but isn't of a kind that can be read here.
    Unreadable(&'static str),
}

#[derive(Default)]
struct Item<'a> {
    kind: [u8; 4],
    /// 0: the bytes are in the file; 1: in the box `idat`.
    method: u8,
    extents: Vec<(u64, u64)>,
    properties: Vec<(Box<'a>, bool)>,
}

/// The items of a file.
pub(super) struct Items<'a> {
    file: &'a [u8],
    kept: &'a [u8],
    primary: u32,
    by_id: BTreeMap<u32, Item<'a>>,
    /// What refers, how, and to what, in order.
    references: Vec<(u32, [u8; 4], Vec<u32>)>,
}

impl<'a> Items<'a> {
    /// Reads the box `meta`. Nothing is decoded.
    pub(super) fn read(file: &'a [u8]) -> Result<Self, Fault> {
        let Some(meta) = Bytes::new(file).boxes().find(|found| found.name == *b"meta") else {
            let films = Bytes::new(file).boxes().any(|found| found.name == *b"moov");
            return Err(if films {
                Fault::Unreadable("a film without a still picture")
            } else {
                Fault::Damaged("it ends before its table of contents")
            });
        };
        let mut items = Self { file, kept: &[], primary: 0, by_id: BTreeMap::new(), references: Vec::new() };
        let mut meta = Bytes::new(meta.content);
        items.read_meta(&mut meta).ok_or(Fault::Damaged("its table of contents is"))?;
        if items.by_id.len() > MAX_ITEMS {
            return Err(Fault::Unreadable("it has too many parts"));
        }
        Ok(items)
    }

    fn read_meta(&mut self, meta: &mut Bytes<'a>) -> Option<()> {
        meta.version()?;
        let mut properties = None;
        for found in meta.boxes() {
            let mut content = Bytes::new(found.content);
            match &found.name {
                b"pitm" => {
                    let (version, _) = content.version()?;
                    self.primary = id(&mut content, version > 0)?;
                }
                b"iinf" => self.read_kinds(&mut content)?,
                b"iloc" => self.read_places(&mut content)?,
                b"iref" => self.read_references(&mut content)?,
                b"iprp" => properties = Some(content),
                b"idat" => self.kept = found.content,
                _ => {}
            }
        }
        properties.map_or(Some(()), |properties| self.read_properties(properties))
    }

    fn read_kinds(&mut self, content: &mut Bytes<'a>) -> Option<()> {
        let (version, _) = content.version()?;
        content.take(if version == 0 { 2 } else { 4 })?;
        for found in content.boxes().filter(|found| found.name == *b"infe") {
            let mut entry = Bytes::new(found.content);
            let (version, _) = entry.version()?;
            // Older ones don't name kinds, and no picture uses them.
            if version < 2 {
                continue;
            }
            let id = id(&mut entry, version > 2)?;
            // Protected ones can't be read: they stay without a kind.
            if entry.short()? == 0 {
                self.by_id.entry(id).or_default().kind = entry.name()?;
            }
        }
        Some(())
    }

    fn read_places(&mut self, content: &mut Bytes<'a>) -> Option<()> {
        let (version, _) = content.version()?;
        let (sizes, more_sizes) = (content.byte()?, content.byte()?);
        let (offset_bytes, length_bytes) = (usize::from(sizes >> 4), usize::from(sizes & 15));
        let (base_bytes, index_bytes) =
            (usize::from(more_sizes >> 4), if version > 0 { usize::from(more_sizes & 15) } else { 0 });
        let count = if version < 2 { u32::from(content.short()?) } else { content.long()? };
        for _ in 0..count {
            let id = id(content, version > 1)?;
            let method = if version > 0 { content.short()? & 15 } else { 0 };
            content.short()?;
            let base = content.number(base_bytes)?;
            let extents = content.short()?;
            let item = self.by_id.entry(id).or_default();
            item.method = u8::try_from(method).ok()?;
            item.extents.clear();
            for _ in 0..extents {
                content.take(index_bytes)?;
                let (offset, length) = (content.number(offset_bytes)?, content.number(length_bytes)?);
                item.extents.push((base.checked_add(offset)?, length));
            }
        }
        Some(())
    }

    fn read_references(&mut self, content: &mut Bytes<'a>) -> Option<()> {
        let (version, _) = content.version()?;
        for found in content.boxes() {
            let mut reference = Bytes::new(found.content);
            let from = id(&mut reference, version > 0)?;
            let count = reference.short()?;
            let to = (0..count).map(|_| id(&mut reference, version > 0)).collect::<Option<Vec<_>>>()?;
            self.references.push((from, found.name, to));
        }
        Some(())
    }

    fn read_properties(&mut self, content: Bytes<'a>) -> Option<()> {
        let container = content.boxes().find(|found| found.name == *b"ipco")?;
        let all: Vec<_> = Bytes::new(container.content).boxes().collect();
        for found in content.boxes().filter(|found| found.name == *b"ipma") {
            let mut entries = Bytes::new(found.content);
            let (version, flags) = entries.version()?;
            let count = entries.long()?;
            for _ in 0..count {
                let id = id(&mut entries, version > 0)?;
                for _ in 0..entries.byte()? {
                    let (bytes, top) = if flags & 1 == 1 { (2, 0x8000) } else { (1, 0x80) };
                    let entry = entries.number(bytes)?;
                    let place = usize::try_from(entry & (top - 1)).ok()?;
                    // Zero stands for none.
                    if let Some(place) = place.checked_sub(1) {
                        self.by_id.entry(id).or_default().properties.push((*all.get(place)?, entry & top != 0));
                    }
                }
            }
        }
        Some(())
    }

    /// The picture that is shown where only one can be.
    pub(super) const fn primary(&self) -> u32 {
        self.primary
    }

    /// What an item is, in four letters.
    pub(super) fn kind(&self, id: u32) -> Option<[u8; 4]> {
        self.by_id.get(&id).map(|item| item.kind)
    }

    /// What an item refers to in this way.
    pub(super) fn refers(&self, id: u32, how: [u8; 4]) -> &[u32] {
        self.references.iter().find(|(from, kind, _)| *from == id && *kind == how).map_or(&[], |(_, _, to)| to)
    }

    /// The items that refer to this one in this way.
    pub(super) fn referring(&self, id: u32, how: &[u8; 4]) -> impl Iterator<Item = u32> {
        self.references.iter().filter(move |(_, kind, to)| kind == how && to.contains(&id)).map(|(from, ..)| *from)
    }

    /// An item's properties in order, and whether they have to be followed.
    pub(super) fn properties(&self, id: u32) -> impl Iterator<Item = (Box<'a>, bool)> {
        self.by_id.get(&id).into_iter().flat_map(|item| item.properties.iter().copied())
    }

    pub(super) fn property(&self, id: u32, name: [u8; 4]) -> Option<&'a [u8]> {
        self.properties(id).find(|(property, _)| property.name == name).map(|(property, _)| property.content)
    }

    /// An item's bytes, all of them.
    pub(super) fn bytes(&self, id: u32) -> Result<Vec<u8>, Fault> {
        let item = self.by_id.get(&id).ok_or(Fault::Damaged("a part that it names is missing"))?;
        let whole = match item.method {
            0 => self.file,
            1 => self.kept,
            _ => return Err(Fault::Unreadable("its parts are made of others")),
        };
        let mut bytes = Vec::new();
        for (offset, length) in &item.extents {
            let part = usize::try_from(*offset).ok().and_then(|offset| whole.get(offset..)).and_then(|rest| match length {
                0 => Some(rest),
                length => rest.get(..usize::try_from(*length).ok()?),
            });
            let part = part.ok_or(Fault::Damaged("it ends in the middle of its picture data"))?;
            // No honest item is larger than the file.
            if bytes.len() + part.len() > self.file.len() {
                return Err(Fault::Damaged("its parts overlap"));
            }
            bytes.extend_from_slice(part);
        }
        if bytes.is_empty() { Err(Fault::Damaged("a part that it names is empty")) } else { Ok(bytes) }
    }
}

fn id(bytes: &mut Bytes<'_>, is_long: bool) -> Option<u32> {
    if is_long { bytes.long() } else { bytes.short().map(u32::from) }
}
