//! How an upload gets on.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::Instant;

/// How a request's body gets on. Cheap to clone.
#[derive(Clone)]
pub(super) struct Progress(Arc<Mutex<State>>);

struct State {
    /// When something last moved.
    moved: Instant,
    waits_for_client: bool,
}

impl Progress {
    pub(super) fn begin() -> Self {
        Self(Arc::new(Mutex::new(State { moved: Instant::now(), waits_for_client: false })))
    }

    fn set(&self, waits_for_client: bool, moved: bool) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.waits_for_client = waits_for_client;
        if moved {
            state.moved = Instant::now();
        }
    }

    /// Returns once nothing has moved for so long: whether the client is to blame.
    pub(super) async fn stalled(&self, timeout: Duration) -> bool {
        loop {
            let (moved, waits_for_client) = {
                let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                (state.moved, state.waits_for_client)
            };
            if moved.elapsed() >= timeout {
                return waits_for_client;
            }
            tokio::time::sleep_until(moved + timeout).await;
        }
    }
}

/// A client's body, on its way to Supabase.
pub(super) struct Upload {
    body: Body,
    progress: Progress,
}

impl Upload {
    pub(super) fn new(body: Body, progress: Progress) -> Self {
        Self { body, progress }
    }
}

impl HttpBody for Upload {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        self.progress.set(polled.is_pending(), polled.is_ready());
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
