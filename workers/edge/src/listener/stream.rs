//! A client's connection, which fails once the client reads too slowly.

use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::body::{Pace, Patience};

/// Reads as `S` does, and writes as far as the client reads: who does not is not waited for, and frees what was to be
/// sent, with Supabase's connection behind it.
pub(super) struct ClientStream<S> {
    stream: S,
    reads: Pace,
}

impl<S> ClientStream<S> {
    pub(super) fn new(stream: S, patience: Patience) -> Self {
        Self { stream, reads: Pace::new(patience) }
    }

    fn watched(&mut self, context: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &written {
            Poll::Ready(Ok(bytes)) => self.reads.moved(*bytes),
            Poll::Ready(Err(_)) => {}
            Poll::Pending if self.reads.poll_late(context).is_ready() => {
                return Poll::Ready(Err(io::Error::new(ErrorKind::TimedOut, "the client reads too slowly")));
            }
            Poll::Pending => {}
        }
        written
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for ClientStream<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ClientStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watched(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.watched(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    #[tokio::test]
    async fn who_does_not_read_is_not_waited_for() {
        let (edge, _client) = duplex(16);
        let patience = Patience { waits: Duration::from_millis(10), bytes_per_second: Some(1024) };
        let error = ClientStream::new(edge, patience).write_all(&[0; 64]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn who_reads_a_byte_now_and_then_is_not_waited_for_without_end() {
        let (edge, mut client) = duplex(16);
        let patience = Patience { waits: Duration::from_millis(50), bytes_per_second: Some(u32::MAX) };
        let mut edge = ClientStream::new(edge, patience);
        let reader = tokio::spawn(async move {
            while client.read_u8().await.is_ok() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
        let error = edge.write_all(&vec![0; 1024 * 1024]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        drop(edge);
        reader.await.unwrap();
    }
}
