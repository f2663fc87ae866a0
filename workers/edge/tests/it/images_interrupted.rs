//! Pictures that fail half way: no object stays without a row, and no row without its objects.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::images_fixture::{PictureFixture, jpeg};
use crate::support::{edge, eventually, supabase};

/// Supabase behind something that fails, as networks do.
struct Unreliable {
    upstream: String,
    client: reqwest::Client,
    fault: Fault,
    uploads: AtomicUsize,
    /// Removals that were answered.
    removals: AtomicUsize,
    reached: Notify,
    go_on: Notify,
}

/// What fails.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    /// The second upload, which Storage never sees.
    SecondUpload,
    /// The same; and the objects that are there can't be removed.
    SecondUploadAndRemoval,
    /// The answer to the row that is added: the row is there.
    AnswerToRow,
    /// The list of what to remove.
    Removals,
    /// Nothing; but the first upload waits.
    SlowUpload,
    /// The second upload, once the first was let on.
    SlowUploadAndSecond,
}

impl Fault {
    /// An edge before a Supabase with this fault.
    async fn fixture(self) -> (PictureFixture, Arc<Unreliable>) {
        let weak = Arc::new(Unreliable {
            upstream: supabase().await.url().to_owned(),
            client: reqwest::Client::new(),
            fault: self,
            uploads: AtomicUsize::new(0),
            removals: AtomicUsize::new(0),
            reached: Notify::new(),
            go_on: Notify::new(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().fallback(pass_on).with_state(weak.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        let url = format!("http://{address}").parse().unwrap();
        (PictureFixture::before(edge(|config| config.supabase_url = url).await).await, weak)
    }
}

async fn pass_on(State(weak): State<Arc<Unreliable>>, request: Request) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path_and_query().unwrap().to_string());
    let failure = || StatusCode::INTERNAL_SERVER_ERROR.into_response();
    let is_upload = method == "POST" && path.starts_with("/storage/v1/object/product-images/");
    let is_removal = method == "DELETE" && path.starts_with("/storage/v1/object/product-images");
    let upload = if is_upload { weak.uploads.fetch_add(1, Ordering::SeqCst) + 1 } else { 0 };
    match weak.fault {
        Fault::SecondUpload | Fault::SecondUploadAndRemoval | Fault::SlowUploadAndSecond if upload == 2 => {
            return failure();
        }
        Fault::SecondUploadAndRemoval if is_removal => return failure(),
        Fault::SlowUpload | Fault::SlowUploadAndSecond if upload == 1 => {
            weak.reached.notify_one();
            weak.go_on.notified().await;
        }
        Fault::Removals if path.ends_with("/rpc/claim_storage_removals") => return failure(),
        _ => {}
    }

    let (mut parts, body) = request.into_parts();
    parts.headers.remove("host");
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let request = weak.client.request(method.clone(), format!("{}{path}", weak.upstream));
    let answer = request.headers(parts.headers).body(body).send().await.unwrap();
    if weak.fault == Fault::AnswerToRow && method == "POST" && path.starts_with("/rest/v1/product_images") {
        assert!(answer.status().is_success());
        return failure();
    }
    if is_removal {
        weak.removals.fetch_add(1, Ordering::SeqCst);
    }
    let mut response = Response::builder().status(answer.status());
    *response.headers_mut().unwrap() = answer.headers().clone();
    response.headers_mut().unwrap().remove("transfer-encoding");
    response.body(Body::from(answer.bytes().await.unwrap())).unwrap()
}

#[tokio::test]
async fn an_upload_that_fails_half_way_is_undone() {
    let (fixture, weak) = Fault::SecondUpload.fixture().await;
    let (status, body) = fixture.post(fixture.form(jpeg())).await;
    assert_eq!((status.as_u16(), body["code"].as_str()), (502, Some("upstream_unavailable")), "{body}");
    assert_eq!(weak.uploads.load(Ordering::SeqCst), 3);
    assert_eq!((fixture.objects().await, fixture.rows().await), (0, 0));
    // The one that got no answer may arrive yet: the sweep looks again.
    assert_eq!(fixture.waiting().await, 3);
}

#[tokio::test]
async fn what_cannot_be_undone_is_swept() {
    let (fixture, _) = Fault::SecondUploadAndRemoval.fixture().await;
    assert_eq!(fixture.post(fixture.form(jpeg())).await.0, 502);
    assert_eq!((fixture.objects().await, fixture.waiting().await, fixture.rows().await), (2, 3, 0));

    // Later, whoever removes next removes these.
    let lapse =
        format!("update private.storage_uploads set lease_until = now() where path like '{}/%'", fixture.product);
    fixture.supabase.sql(&lapse).await;
    let sound = PictureFixture::open().await;
    let other = sound.add(jpeg()).await;
    assert_eq!(sound.delete(other["id"].as_str().unwrap()).await.0, 204);
    fixture.until_no_objects().await;
}

#[tokio::test]
async fn a_row_whose_answer_was_lost_keeps_its_objects() {
    let (fixture, _) = Fault::AnswerToRow.fixture().await;
    let (status, body) = fixture.post(fixture.form(jpeg())).await;
    assert!(status.is_server_error() && body["code"] == "upstream_unavailable", "{status} {body}");
    assert_eq!((fixture.objects().await, fixture.waiting().await, fixture.rows().await), (3, 0, 1));
}

#[tokio::test]
async fn a_client_that_goes_away_leaves_a_whole_picture() {
    let (fixture, weak) = Fault::SlowUpload.fixture().await;
    go_away(&fixture, &weak).await;
    eventually("the row is there", async || (fixture.rows().await == 1).then_some(())).await;
    assert_eq!((fixture.objects().await, fixture.waiting().await), (3, 0));
}

#[tokio::test]
async fn a_client_that_goes_away_from_a_failing_upload_leaves_nothing() {
    let (fixture, weak) = Fault::SlowUploadAndSecond.fixture().await;
    go_away(&fixture, &weak).await;
    eventually("it is undone", async || (weak.removals.load(Ordering::SeqCst) == 1).then_some(())).await;
    assert_eq!(weak.uploads.load(Ordering::SeqCst), 3);
    assert_eq!((fixture.objects().await, fixture.rows().await), (0, 0));
}

/// Sends a picture, and closes the connection while the first upload is under way.
async fn go_away(fixture: &PictureFixture, weak: &Unreliable) {
    let sending = fixture.post(fixture.form(jpeg()));
    tokio::select! {
        answer = sending => panic!("answered too early: {answer:?}"),
        () = weak.reached.notified() => {}
    }
    weak.go_on.notify_one();
}

#[tokio::test]
async fn what_a_deletion_cannot_remove_stays_queued() {
    let (fixture, _) = Fault::Removals.fixture().await;
    let row = fixture.add(jpeg()).await;
    assert_eq!(fixture.delete(row["id"].as_str().unwrap()).await.0, 204);
    assert_eq!(fixture.rows().await, 0);

    let sound = PictureFixture::open().await;
    let other = sound.add(jpeg()).await;
    assert_eq!(sound.delete(other["id"].as_str().unwrap()).await.0, 204);
    fixture.until_no_objects().await;
}

#[tokio::test]
async fn the_objects_of_a_deleted_product_are_removed() {
    let fixture = PictureFixture::open().await;
    fixture.add(jpeg()).await;
    let lonely = format!(
        "delete from public.inventory where product_id = '{0}'; delete from public.products where id = '{0}'",
        fixture.product
    );
    fixture.supabase.sql(&lonely).await;
    assert_eq!(fixture.rows().await, 0);

    let sound = PictureFixture::open().await;
    let other = sound.add(jpeg()).await;
    assert_eq!(sound.delete(other["id"].as_str().unwrap()).await.0, 204);
    fixture.until_no_objects().await;
}
