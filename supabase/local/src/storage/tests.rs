//! The rules that need no database.

use bytes::Bytes;
use futures_util::{TryStreamExt as _, stream};
use serde_json::json;

use super::files::{FileId, Files};
use super::{StorageError, limits};

#[test]
fn safe_keys_are_accepted() {
    for key in ["a.png", "a/b/c.png", "a b (1).png", ".emptyFolderPlaceholder", "u=1/x+y@z.txt", &"k".repeat(255)] {
        assert!(limits::check_key(key).is_ok(), "{key}");
    }
}

#[test]
fn keys_that_lead_astray_are_refused() {
    let long_segment = "k".repeat(256);
    let long_key = "k/".repeat(600) + "k";
    let long_when_escaped = "*".repeat(100);
    for key in [
        "",
        ".",
        "..",
        "../x",
        "a/../b",
        "a/./b",
        "/a",
        "a/",
        "a//b",
        "a\0b",
        "a\nb",
        "a\\b",
        "صورة.png",
        "a#1",
        "a%2e",
        &long_segment,
        &long_key,
        &long_when_escaped,
    ] {
        assert!(matches!(limits::check_key(key), Err(StorageError::InvalidKey(_))), "{key}");
    }
}

#[test]
fn bucket_names_have_no_slash_and_at_most_100_characters() {
    assert!(limits::check_bucket_name("product-images").is_ok());
    for name in ["", ".", "..", "a/b", " a", "a\n", &"b".repeat(101)] {
        assert!(limits::check_bucket_name(name).is_err(), "{name}");
    }
}

#[test]
fn file_sizes_are_bytes_or_decimal_units() {
    let parse = |value| limits::parse_file_size(&value).ok();
    assert_eq!(parse(json!(1024)), Some(1024));
    assert_eq!(parse(json!("20MB")), Some(20_000_000));
    assert_eq!(parse(json!("1.5kb")), Some(1500));
    assert_eq!(parse(json!("3b")), Some(3));
    for value in [json!(-1), json!("20"), json!("MB"), json!("1e3kb"), json!("-1kb"), json!([]), json!(1e300)] {
        assert_eq!(parse(value.clone()), None, "{value}");
    }
}

#[test]
fn a_bucket_takes_only_its_content_types() {
    let allowed = ["image/*".to_owned(), "application/pdf".to_owned()];
    let takes = |mime: &str| limits::check_mime_type(mime, Some(&allowed)).is_ok();
    assert!(takes("image/png"));
    assert!(takes("Application/PDF; charset=binary"));
    assert!(!takes("text/html"));
    assert!(!takes("image"));
    assert!(limits::check_mime_type("text/html", None).is_ok());
    assert!(limits::check_mime_type("text/html", Some(&[])).is_ok());
}

#[test]
fn patterns_that_match_nothing_are_refused() {
    let check = |pattern: &str| limits::check_mime_patterns(&[pattern.to_owned()]);
    assert!(check("image/*").is_ok());
    assert!(check("image/svg+xml").is_ok());
    assert!(check("*/*").is_ok());
    assert!(check("image").is_err());
    assert!(check("image/png, image/jpeg").is_err());
}

fn content(chunks: &[&'static [u8]]) -> impl futures_util::Stream<Item = Result<Bytes, StorageError>> + Unpin + use<> {
    let chunks: Vec<_> = chunks.iter().map(|chunk| Ok(Bytes::from_static(chunk))).collect();
    stream::iter(chunks)
}

fn count_files(directory: &std::path::Path) -> usize {
    std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| if path.is_dir() { count_files(&path) } else { 1 })
        .sum()
}

#[tokio::test]
async fn a_staged_upload_becomes_an_object_and_keeps_its_content() {
    let directory = tempfile::tempdir().unwrap();
    let files = Files::open(directory.path()).unwrap();
    let staged = files.stage(&mut content(&[b"hello ", b"world"]), 11).await.unwrap();
    assert_eq!((staged.size, staged.etag.as_str()), (11, "\"5eb63bbbe01eeed093cb22bb8f5acdc3\""));

    let file = FileId::new("bucket", "folder/../*?.txt", "1");
    files.put_in_place(&staged, &file).await.unwrap();
    let read = files.open_file(&file, Some(6..11)).await.unwrap().into_stream();
    let read: Vec<Bytes> = read.try_collect().await.unwrap();
    assert_eq!(read.concat(), b"world");

    files.discard(&file).await;
    assert_eq!(count_files(directory.path()), 0);
    assert!(matches!(files.size(&file).await, Err(StorageError::NoSuchKey)));
}

#[tokio::test]
async fn an_upload_over_the_limit_leaves_no_file() {
    let directory = tempfile::tempdir().unwrap();
    let files = Files::open(directory.path()).unwrap();
    let refused = files.stage(&mut content(&[b"hello ", b"world"]), 10).await;
    assert!(matches!(refused, Err(StorageError::TooLarge(_))));
    assert_eq!(count_files(directory.path()), 0);
}

#[tokio::test]
async fn an_interrupted_upload_leaves_no_file() {
    let directory = tempfile::tempdir().unwrap();
    let files = Files::open(directory.path()).unwrap();
    let chunks = vec![Ok(Bytes::from_static(b"hello")), Err(StorageError::InvalidRequest("gone".to_owned()))];
    assert!(files.stage(&mut stream::iter(chunks), 10).await.is_err());
    assert_eq!(count_files(directory.path()), 0);
}

#[tokio::test]
async fn what_a_crash_left_is_gone_after_opening() {
    let directory = tempfile::tempdir().unwrap();
    let files = Files::open(directory.path()).unwrap();
    files.stage(&mut content(&[b"half"]), 10).await.unwrap();
    assert_eq!(count_files(directory.path()), 1);
    Files::open(directory.path()).unwrap();
    assert_eq!(count_files(directory.path()), 0);
}
