//! Files of people in the bucket (`files.md` 5): with keys they are sealed on their way in, and opened on their way out, chunk by chunk. A
//! file that was stored before there were keys is read as it is.

use std::cell::Cell;
use std::rc::Rc;

use futures_util::stream::{self, LocalBoxStream, Stream, StreamExt};
use protocol::trust::sealing::{
    ContentKeys, FileOpener, FileSealer, HEADER_BYTES, SEGMENT_BYTES, SealError, is_sealed_file, sealed_bytes,
};
use protocol::words::refusal::Fault;
use wasm_bindgen::{JsCast, JsValue};
use worker::{Bucket, ByteStream, Data, Env, FixedLengthStream, Object, Range, ResponseBody};

use super::bucket::BINDING;
use crate::config::Config;
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

pub enum FileContent {
    Stream(worker::web_sys::ReadableStream),
    Bytes(Vec<u8>),
}

impl From<Vec<u8>> for FileContent {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<worker::web_sys::ReadableStream> for FileContent {
    fn from(stream: worker::web_sys::ReadableStream) -> Self {
        Self::Stream(stream)
    }
}

impl FileContent {
    fn pieces(self) -> LocalBoxStream<'static, worker::Result<Vec<u8>>> {
        match self {
            Self::Stream(stream) => ByteStream::from(stream).boxed_local(),
            Self::Bytes(bytes) => pieces_of(bytes).boxed_local(),
        }
    }
}

/// Returns bytes in pieces, so that their sealed form is never in memory as a whole.
fn pieces_of(bytes: Vec<u8>) -> impl Stream<Item = worker::Result<Vec<u8>>> {
    stream::unfold((bytes, 0_usize), |(bytes, from)| async move {
        let rest = bytes.get(from..).filter(|rest| !rest.is_empty())?;
        let piece = rest.get(..SEGMENT_BYTES).unwrap_or(rest).to_vec();
        let next = from + piece.len();
        Some((Ok(piece), (bytes, next)))
    })
}

enum FoundFile {
    /// The platform passes its bytes on.
    Plain(Object),
    /// Its stored bytes, the first of them that were read already, and what opens them.
    Sealed(ByteStream, Vec<u8>, Box<FileOpener>),
}

pub struct FileStore {
    bucket: Bucket,
    keys: &'static ContentKeys,
}

impl FileStore {
    pub fn open(env: &Env, config: &'static Config) -> worker::Result<Self> {
        Ok(Self { bucket: env.bucket(BINDING)?, keys: &config.content_keys })
    }

    /// Stores a file of `bytes` bytes. Bytes that are fewer or more end the upload.
    ///
    /// # Errors
    ///
    /// The refusal of a body that its client broke off. Of a lost client the bucket says what it says of a lost bucket, so the bytes are
    /// watched as they come.
    pub async fn put(&self, key: &str, content: FileContent, bytes: u64) -> Result<(), CallError> {
        let cipher = self.keys.file_sealer(key, &runtime::drawn_bytes()?).map_err(Fault::from)?;
        let is_broken_off = Rc::new(Cell::new(false));
        let pieces = watched(content.pieces(), bytes, Rc::clone(&is_broken_off));
        let content = match cipher {
            None => FixedLengthStream::wrap(pieces, bytes),
            Some(cipher) => FixedLengthStream::wrap(
                sealed_stream(pieces.boxed_local(), FileSealer::new(cipher)),
                sealed_bytes(bytes),
            ),
        };
        match self.bucket.put(key, content).execute().await {
            Err(_) if is_broken_off.get() => Err(CallError::broken_off()),
            stored => Ok(stored.map(|_| ())?),
        }
    }

    /// Reads `length` bytes from `from` on, of a file of `bytes` bytes; `None` if there is no such file.
    pub async fn read(&self, key: &str, bytes: u64, span: (u64, u64)) -> Result<Option<Vec<u8>>, CallError> {
        match self.find(key, bytes, span).await? {
            None => Ok(None),
            Some(FoundFile::Plain(found)) => Ok(Some(found.body().ok_or_else(missing)?.bytes().await?)),
            Some(FoundFile::Sealed(mut stored, begun, mut opener)) => {
                let mut opened = Vec::with_capacity(usize::try_from(span.1).unwrap_or_default());
                opened.extend(opener.push(&begun).map_err(Fault::from)?);
                while let Some(piece) = stored.next().await {
                    opened.extend(opener.push(&piece?).map_err(Fault::from)?);
                }
                opener.finish().map_err(Fault::from)?;
                Ok(Some(opened))
            }
        }
    }

    /// Returns the same bytes as the body of a response, which is not in memory as a whole.
    pub async fn response_body(
        &self,
        key: &str,
        bytes: u64,
        span: (u64, u64),
    ) -> Result<Option<ResponseBody>, CallError> {
        Ok(match self.find(key, bytes, span).await? {
            None => None,
            Some(FoundFile::Plain(found)) => Some(found.body().ok_or_else(missing)?.response_body()?),
            Some(FoundFile::Sealed(stored, begun, opener)) => {
                let opened = FixedLengthStream::wrap(opened_stream(stored, begun, opener), span.1);
                Some(ResponseBody::Stream(JsValue::from(Data::from(opened)).unchecked_into()))
            }
        })
    }

    /// Reads a small file whose size nobody knows, and which does not begin like a sealed one when it is open: a picture.
    pub async fn read_picture(&self, key: &str) -> Result<Option<Vec<u8>>, CallError> {
        let Some(found) = self.bucket.get(key).execute().await? else { return Ok(None) };
        let stored = found.body().ok_or_else(missing)?.bytes().await?;
        let is_sealed = is_sealed_file(&stored);
        Ok(Some(if is_sealed { self.keys.open_file(key, &stored).map_err(Fault::from)? } else { stored }))
    }

    /// Finds a part of a file. A file is sealed if it is stored in another length than its own. A part of it can only be requested when
    /// that and its header are known; the whole is requested at once.
    async fn find(&self, key: &str, bytes: u64, (from, length): (u64, u64)) -> Result<Option<FoundFile>, CallError> {
        let part = Range::OffsetWithLength { offset: from, length };
        let (is_whole, may_be_sealed) = (length == bytes, !self.keys.is_off());
        let get = self.bucket.get(key);
        let get = match (is_whole, may_be_sealed) {
            (true, _) => get,
            (false, false) => get.range(part.clone()),
            (false, true) => get.range(Range::Prefix { length: HEADER_BYTES as u64 }),
        };
        let Some(found) = get.execute().await? else { return Ok(None) };
        if found.size() == bytes {
            if is_whole || !may_be_sealed {
                return Ok(Some(FoundFile::Plain(found)));
            }
            // Nobody reads the first bytes of an open file: without this their body would stay open.
            drop(stream_of(&found)?);
            return Ok(self.bucket.get(key).range(part).execute().await?.map(FoundFile::Plain));
        }
        if !may_be_sealed {
            return Err(Fault::from(SealError::Unusable).into());
        }
        self.find_sealed(key, bytes, (from, length), &found).await
    }

    async fn find_sealed(
        &self,
        key: &str,
        bytes: u64,
        (from, length): (u64, u64),
        found: &Object,
    ) -> Result<Option<FoundFile>, CallError> {
        let mut stored = stream_of(found)?;
        let mut begun = Vec::new();
        while begun.len() < HEADER_BYTES
            && let Some(piece) = stored.next().await
        {
            begun.extend(piece?);
        }
        let cipher = self.keys.file_opener(key, &begun).map_err(Fault::from)?;
        let opener = Box::new(FileOpener::new(cipher, bytes, from, length));
        if length == bytes {
            return Ok(Some(FoundFile::Sealed(stored, begun.split_off(HEADER_BYTES), opener)));
        }
        let (offset, length) = opener.stored_span();
        let get = self.bucket.get(key).range(Range::OffsetWithLength { offset, length });
        let Some(found) = get.execute().await? else { return Ok(None) };
        Ok(Some(FoundFile::Sealed(stream_of(&found)?, Vec::new(), opener)))
    }
}

fn stream_of(found: &Object) -> Result<ByteStream, CallError> {
    Ok(found.body().ok_or_else(missing)?.stream()?)
}

fn missing() -> CallError {
    CallError::Broken(Fault("a file has no body".into()))
}

/// Notes a fault that occurs while a file passes: the request may have been answered.
fn passing(error: SealError) -> worker::Error {
    let fault = Fault::from(error);
    telemetry::fault("file", &fault);
    worker::Error::RustError(fault.0)
}

/// Returns the same pieces, and notes whether they end before there are `bytes` bytes.
fn watched(
    content: LocalBoxStream<'static, worker::Result<Vec<u8>>>,
    bytes: u64,
    is_broken_off: Rc<Cell<bool>>,
) -> impl Stream<Item = worker::Result<Vec<u8>>> + 'static {
    stream::unfold((content, 0), move |(mut content, came)| {
        let is_broken_off = Rc::clone(&is_broken_off);
        async move {
            let piece = content.next().await;
            let came = match &piece {
                Some(Ok(piece)) => came + piece.len() as u64,
                _ => {
                    is_broken_off.set(came < bytes);
                    came
                }
            };
            Some((piece?, (content, came)))
        }
    })
}

fn sealed_stream(
    content: LocalBoxStream<'static, worker::Result<Vec<u8>>>,
    sealer: FileSealer,
) -> impl Stream<Item = worker::Result<Vec<u8>>> + 'static {
    stream::try_unfold(Some((content, sealer)), |state| async move {
        let Some((mut content, mut sealer)) = state else { return Ok(None) };
        while let Some(piece) = content.next().await {
            let sealed = sealer.push(&piece?).map_err(passing)?;
            if !sealed.is_empty() {
                return Ok(Some((sealed, Some((content, sealer)))));
            }
        }
        Ok::<_, worker::Error>(Some((sealer.finish().map_err(passing)?, None)))
    })
}

/// Returns the plain form of a part of a file; `begun` is what was read of it already.
fn opened_stream(
    stored: ByteStream,
    begun: Vec<u8>,
    opener: Box<FileOpener>,
) -> impl Stream<Item = worker::Result<Vec<u8>>> + 'static {
    stream::try_unfold((stored, begun, opener), |(mut stored, mut next, mut opener)| async move {
        loop {
            let opened = opener.push(&next).map_err(passing)?;
            if !opened.is_empty() {
                return Ok::<_, worker::Error>(Some((opened, (stored, Vec::new(), opener))));
            }
            match stored.next().await {
                Some(piece) => next = piece?,
                None => return opener.finish().map(|()| None).map_err(passing),
            }
        }
    })
}
