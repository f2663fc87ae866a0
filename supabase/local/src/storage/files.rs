//! The files behind the objects: one per version, below `objects/<bucket>/<name>/<version>`.
//!
//! Uploads grow below `uploads/` and are moved into place when complete, so a file in `objects/` is always whole.

use std::ops::Range;
use std::path::Path as SystemPath;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use md5::{Digest as _, Md5};
use object_store::local::LocalFileSystem;
use object_store::path::{Path, PathPart};
use object_store::{GetOptions, GetRange, GetResult, ObjectStore as _, ObjectStoreExt as _, WriteMultipart};
use uuid::Uuid;

use super::StorageError;

/// How much of an upload is gathered before it is written, in bytes.
const CHUNK: usize = 1024 * 1024;
/// How many chunks may wait for the disk.
const CHUNKS_IN_FLIGHT: usize = 2;

const OBJECTS: &str = "objects";
const UPLOADS: &str = "uploads";

/// The file store.
#[derive(Debug)]
pub(super) struct Files {
    store: LocalFileSystem,
}

/// A complete upload that isn't an object yet.
#[derive(Debug)]
pub(super) struct Staged {
    location: Path,
    /// Bytes.
    pub(super) size: u64,
    /// The entity tag: the content's MD5 in hex, in quotes, as S3 makes it.
    pub(super) etag: String,
}

/// Which file belongs to an object.
#[derive(Debug, Clone)]
pub(super) struct FileId {
    location: Path,
}

impl FileId {
    /// The file of one version of an object. Names are escaped, so no name leads out of its bucket.
    pub(super) fn new(bucket: &str, key: &str, version: &str) -> Self {
        let parts = [OBJECTS, bucket].into_iter().chain(key.split('/')).chain([version]);
        Self { location: parts.map(PathPart::from).collect() }
    }
}

impl Files {
    /// Opens the store, creates its directory when missing, and drops uploads that a crash cut short.
    pub(super) fn open(root: &SystemPath) -> Result<Self, StorageError> {
        let unusable = |source| StorageError::Root { path: root.to_owned(), source };
        std::fs::create_dir_all(root).map_err(unusable)?;
        match std::fs::remove_dir_all(root.join(UPLOADS)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(unusable(error));
            }
            _ => {}
        }
        let store = LocalFileSystem::new_with_prefix(root)?.with_automatic_cleanup(true).with_fsync(true);
        Ok(Self { store })
    }

    /// Writes a stream to a temporary file, at most `limit` bytes of it. Nothing stays when it fails or is dropped.
    pub(super) async fn stage(
        &self,
        body: &mut (impl Stream<Item = Result<Bytes, StorageError>> + Unpin),
        limit: u64,
    ) -> Result<Staged, StorageError> {
        let location = Path::from_iter([UPLOADS, &Uuid::new_v4().to_string()]);
        let upload = self.store.put_multipart(&location).await?;
        let mut writer = WriteMultipart::new_with_chunk_size(upload, CHUNK);
        let mut digest = Md5::new();
        let mut size = 0;
        let copied = async {
            while let Some(chunk) = body.next().await {
                let chunk = chunk?;
                size += chunk.len() as u64;
                if size > limit {
                    return Err(StorageError::TooLarge("object"));
                }
                digest.update(&chunk);
                writer.wait_for_capacity(CHUNKS_IN_FLIGHT).await?;
                writer.put(chunk);
            }
            Ok(())
        }
        .await;
        if let Err(error) = copied {
            writer.abort().await?;
            return Err(error);
        }
        writer.finish().await?;
        Ok(Staged { location, size, etag: format!("\"{}\"", hex(&digest.finalize())) })
    }

    /// Moves a complete upload to where its object looks for it.
    pub(super) async fn put_in_place(&self, staged: &Staged, file: &FileId) -> Result<(), StorageError> {
        Ok(self.store.rename(&staged.location, &file.location).await?)
    }

    /// Drops an upload that won't become an object.
    pub(super) async fn discard_staged(&self, staged: &Staged) {
        self.delete(&staged.location).await;
    }

    /// Gives the content of one file to another object or version.
    pub(super) async fn copy(&self, from: &FileId, to: &FileId) -> Result<(), StorageError> {
        self.store.copy(&from.location, &to.location).await.map_err(missing_file_is_missing_object)
    }

    /// The size in bytes.
    pub(super) async fn size(&self, file: &FileId) -> Result<u64, StorageError> {
        let meta = self.store.head(&file.location).await.map_err(missing_file_is_missing_object)?;
        Ok(meta.size)
    }

    /// Opens a file, or a range of its bytes.
    pub(super) async fn open_file(&self, file: &FileId, range: Option<Range<u64>>) -> Result<GetResult, StorageError> {
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        self.store.get_opts(&file.location, options).await.map_err(missing_file_is_missing_object)
    }

    /// Deletes a file whose row is gone. The row's transaction is committed, so a failure is only reported.
    pub(super) async fn discard(&self, file: &FileId) {
        self.delete(&file.location).await;
    }

    async fn delete(&self, location: &Path) {
        match self.store.delete(location).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => {
                tracing::warn!(%location, %error, "a file without an object couldn't be deleted")
            }
        }
    }
}

fn missing_file_is_missing_object(error: object_store::Error) -> StorageError {
    match error {
        object_store::Error::NotFound { .. } => StorageError::NoSuchKey,
        error => StorageError::Files(error),
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
