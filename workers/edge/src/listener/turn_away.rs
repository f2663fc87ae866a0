//! Connections above what there may be: told so, and closed.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy, sink};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;

const BUSY: &str = r#"{"code":"busy","message":"The shop is busy right now. Try again in a moment.","details":"{\"retry_after\":5}","hint":null}"#;

/// As many are told properly at a time, because that takes a moment; others may see no more than a reset.
static TOLD: Semaphore = Semaphore::const_new(64);
/// How long the client may take to hear it, and how much of its request is read meanwhile, in bytes: a connection that
/// is closed on unread bytes is reset, and the client might never see the answer.
const WITHIN: Duration = Duration::from_secs(1);
const READ: u64 = 64 * 1024;

pub(super) fn turn_away(mut stream: TcpStream) {
    let answer = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         retry-after: 5\r\nconnection: close\r\n\r\n{BUSY}",
        BUSY.len()
    );
    let Ok(permit) = TOLD.try_acquire() else {
        // Whether it comes through or not.
        let _ = stream.try_write(answer.as_bytes());
        return;
    };
    tokio::spawn(async move {
        let _permit = permit;
        let told = async {
            stream.write_all(answer.as_bytes()).await?;
            stream.shutdown().await?;
            copy(&mut stream.take(READ), &mut sink()).await
        };
        // A client that has gone needs no answer.
        let _ = timeout(WITHIN, told).await;
    });
}
