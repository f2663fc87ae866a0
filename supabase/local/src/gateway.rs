//! The one public door: keys, CORS and addresses, in front of REST, Auth and Storage, as Supabase's gateway does it.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::any;
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue, Method, StatusCode, Uri};
use serde_json::json;
use tokio::sync::watch;
use tower::ServiceExt as _;
use tower_http::cors::{AllowHeaders, Any, CorsLayer};
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};

use crate::api_key::{Authorization, authorise, has_secret_key, is_open, without_key};
use crate::keys::Keys;

/// Room for the form around Storage's largest file, in bytes.
const FORM_ROOM: u64 = 1024 * 1024;

/// How long browsers may keep the answer to a preflight.
const PREFLIGHT_AGE: Duration = Duration::from_secs(3600);

const CLIENT_ADDRESS: HeaderName = HeaderName::from_static("cf-connecting-ip");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// In it a trusted proxy tells Auth the client's address.
const SB_FORWARDED_FOR: HeaderName = HeaderName::from_static("sb-forwarded-for");

/// The services behind the gateway; those that the project turns off are `None`.
pub(crate) struct Services {
    pub(crate) rest: Option<watch::Receiver<Router>>,
    pub(crate) auth: Option<Router>,
    pub(crate) storage: Option<Router>,
    /// The largest file that Storage takes, in bytes.
    pub(crate) largest_file: u64,
}

/// The gateway's routes.
pub(crate) fn router(services: Services, keys: Keys) -> Router {
    let largest = usize::try_from(services.largest_file.saturating_add(FORM_ROOM)).unwrap_or(usize::MAX);
    let off = |name| Router::new().fallback(move || turned_off(name));
    let rest = services.rest.map_or_else(|| off("api"), |service| Router::new().fallback(rest).with_state(service));
    let services = Router::new()
        .nest_service("/rest/v1", rest)
        .nest_service("/auth/v1", services.auth.unwrap_or_else(|| off("auth")))
        .nest_service("/storage/v1", services.storage.unwrap_or_else(|| off("storage")))
        .route("/realtime/v1/{*path}", any(|| not_served("Realtime")))
        .route("/functions/v1/{*path}", any(|| not_served("Edge Functions")))
        .route("/graphql/v1", any(|| not_served("GraphQL")))
        .fallback(no_route);
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([
            Method::GET,
            Method::HEAD,
            Method::PUT,
            Method::PATCH,
            Method::POST,
            Method::DELETE,
            Method::OPTIONS,
        ])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(Any)
        .max_age(PREFLIGHT_AGE);
    services
        .layer(middleware::map_response(without_own_cors))
        .layer(middleware::from_fn_with_state(keys, check_key))
        .layer(middleware::from_fn(tell_address))
        .layer(RequestBodyLimitLayer::new(largest))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .layer(cors)
}

/// Hands a request to REST as it is configured now.
async fn rest(State(rest): State<watch::Receiver<Router>>, request: Request) -> Response {
    let router = rest.borrow().clone();
    router.oneshot(request).await.into_response()
}

/// Checks the API key, and turns it into the JWT of its role where the services need one.
async fn check_key(State(keys): State<Keys>, mut request: Request, next: Next) -> Response {
    let uri = request.uri();
    match authorise(request.headers(), uri.query(), is_open(uri.path()), &keys) {
        Ok(Authorization::Unchanged) => {}
        Ok(Authorization::OfRole(value)) => {
            let Ok(mut value) = HeaderValue::from_str(&value) else {
                return StatusCode::INTERNAL_SERVER_ERROR.into_response();
            };
            value.set_sensitive(true);
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        Err(refusal) => return (StatusCode::UNAUTHORIZED, Json(refusal.body())).into_response(),
    }
    // As on a hosted project, only who has the secret key may say on whose behalf they ask.
    if !has_secret_key(request.headers(), &keys) {
        request.headers_mut().remove(&SB_FORWARDED_FOR);
    }
    if let Some(stripped) = stripped_of_key(request.uri()) {
        *request.uri_mut() = stripped;
    }
    next.run(request).await
}

/// The address without the key among its parameters; `None` where there was none.
fn stripped_of_key(uri: &Uri) -> Option<Uri> {
    let query = uri.query()?;
    let rest = without_key(query);
    if rest.as_deref() == Some(query) {
        return None;
    }
    let path_and_query = match rest {
        Some(rest) => format!("{}?{rest}", uri.path()),
        None => uri.path().to_owned(),
    };
    path_and_query.parse().ok()
}

/// Tells the services who is calling. What the client says of itself in `cf-connecting-ip` is overwritten, as
/// Supabase's front does: the database trusts that header.
async fn tell_address(ConnectInfo(peer): ConnectInfo<SocketAddr>, mut request: Request, next: Next) -> Response {
    let address = peer.ip().to_string();
    let headers = request.headers_mut();
    let mut chain: Vec<&str> = headers.get_all(&FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok()).collect();
    chain.push(&address);
    let chain = HeaderValue::from_str(&chain.join(", "));
    if let (Ok(address), Ok(chain)) = (HeaderValue::from_str(&address), chain) {
        headers.insert(CLIENT_ADDRESS, address);
        headers.insert(FORWARDED_FOR, chain);
    }
    next.run(request).await
}

/// Takes off what a service says about CORS: the gateway says it, once.
async fn without_own_cors(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let own: Vec<HeaderName> =
        headers.keys().filter(|name| name.as_str().starts_with("access-control-")).cloned().collect();
    for name in own {
        headers.remove(name);
    }
    response
}

async fn turned_off(name: &'static str) -> Response {
    let message = format!("[{name}] is turned off in supabase/config.toml");
    (StatusCode::NOT_FOUND, Json(json!({ "message": message }))).into_response()
}

async fn not_served(service: &'static str) -> Response {
    let message =
        format!("{service} is not part of the local Supabase; use `supabase start` or a hosted project for it");
    (StatusCode::NOT_FOUND, Json(json!({ "message": message }))).into_response()
}

async fn no_route() -> Response {
    (StatusCode::NOT_FOUND, Json(json!({ "error": "requested path is invalid" }))).into_response()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::HeaderMap;

    use super::*;

    /// A gateway before services that answer with the headers they got.
    fn gateway() -> (Router, Keys) {
        async fn echo(uri: Uri, headers: HeaderMap) -> impl IntoResponse {
            let headers: serde_json::Map<_, _> =
                headers.iter().map(|(name, value)| (name.to_string(), json!(value.to_str().unwrap()))).collect();
            (
                [("access-control-allow-origin", "http://own.example")],
                Json(json!({ "uri": uri.to_string(), "headers": headers })),
            )
        }
        let keys = Keys::generate("http://127.0.0.1:54321").unwrap();
        let service = || Router::new().fallback(echo);
        let (_, rest) = watch::channel(service());
        let services =
            Services { rest: Some(rest), auth: Some(service()), storage: Some(service()), largest_file: 1024 };
        let router = router(services, keys.clone());
        (router, keys)
    }

    async fn send(router: Router, mut request: http::Request<Body>) -> (StatusCode, HeaderMap, serde_json::Value) {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 7], 4711))));
        let response = router.oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        (parts.status, parts.headers, serde_json::from_slice(&body).unwrap_or_default())
    }

    fn get(path: &str) -> http::request::Builder {
        http::Request::get(path)
    }

    #[tokio::test]
    async fn a_request_without_a_key_gets_supabase_s_answer() {
        let (router, _) = gateway();
        let (status, headers, body) = send(router, get("/rest/v1/products").body(Body::empty()).unwrap()).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert_eq!(body["message"], "No API key found in request");
        assert_eq!(headers["access-control-allow-origin"], "*", "a browser must be able to read the refusal");
    }

    #[tokio::test]
    async fn services_get_the_role_s_token_and_their_own_path() {
        let (router, keys) = gateway();
        let request =
            get(&format!("/rest/v1/products?select=*&apikey={}", keys.publishable())).body(Body::empty()).unwrap();
        let (status, _, body) = send(router, request).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(body["uri"], "/products?select=*");
        assert_eq!(body["headers"]["authorization"], format!("Bearer {}", keys.anon_key()));
    }

    #[tokio::test]
    async fn a_client_can_not_choose_its_address() {
        let (router, keys) = gateway();
        let request = get("/auth/v1/settings")
            .header("apikey", keys.publishable())
            .header("cf-connecting-ip", "203.0.113.9")
            .header("x-forwarded-for", "203.0.113.9")
            .body(Body::empty())
            .unwrap();
        let (_, _, body) = send(router, request).await;
        assert_eq!(body["headers"]["cf-connecting-ip"], "192.0.2.7");
        assert_eq!(body["headers"]["x-forwarded-for"], "203.0.113.9, 192.0.2.7");
    }

    #[tokio::test]
    async fn only_the_secret_key_tells_on_whose_behalf_it_asks() {
        let (router, keys) = gateway();
        for (key, told) in [
            (keys.secret(), json!("203.0.113.9")),
            (keys.publishable(), json!(null)),
            (keys.service_role_key(), json!(null)),
        ] {
            let request = get("/auth/v1/settings").header("apikey", key).header("sb-forwarded-for", "203.0.113.9");
            let (_, _, body) = send(router.clone(), request.body(Body::empty()).unwrap()).await;
            assert_eq!(body["headers"]["sb-forwarded-for"], told);
        }
    }

    #[tokio::test]
    async fn what_the_project_turns_off_says_so() {
        let keys = Keys::generate("http://127.0.0.1:54321").unwrap();
        let services = Services { rest: None, auth: None, storage: None, largest_file: 1024 };
        let router = router(services, keys.clone());
        let request = get("/auth/v1/settings").header("apikey", keys.publishable()).body(Body::empty()).unwrap();
        let (status, _, body) = send(router, request).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert!(body["message"].as_str().unwrap().contains("config.toml"), "{body}");
    }

    #[tokio::test]
    async fn a_preflight_needs_no_key_and_allows_what_it_asks_for() {
        let (router, _) = gateway();
        let request = http::Request::options("/rest/v1/products")
            .header("origin", "http://shop.example")
            .header("access-control-request-method", "PATCH")
            .header("access-control-request-headers", "apikey,x-client-info,prefer")
            .body(Body::empty())
            .unwrap();
        let (status, headers, _) = send(router, request).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(headers["access-control-allow-origin"], "*");
        assert_eq!(headers["access-control-allow-headers"], "apikey,x-client-info,prefer");
        assert!(headers["access-control-allow-methods"].to_str().unwrap().contains("PATCH"));
    }

    #[tokio::test]
    async fn only_the_gateway_speaks_of_cors() {
        let (router, keys) = gateway();
        let request = get("/rest/v1/").header("apikey", keys.anon_key()).body(Body::empty()).unwrap();
        let (_, headers, _) = send(router, request).await;
        let origins: Vec<_> = headers.get_all("access-control-allow-origin").iter().collect();
        assert_eq!(origins, ["*"]);
    }

    #[tokio::test]
    async fn a_request_id_is_kept_or_made() {
        let (router, keys) = gateway();
        let request = || get("/rest/v1/").header("apikey", keys.anon_key());
        let (_, headers, body) =
            send(router.clone(), request().header("x-request-id", "mine").body(Body::empty()).unwrap()).await;
        assert_eq!(
            (headers["x-request-id"].to_str().unwrap(), &body["headers"]["x-request-id"]),
            ("mine", &json!("mine"))
        );
        let (_, headers, body) = send(router, request().body(Body::empty()).unwrap()).await;
        assert_eq!(body["headers"]["x-request-id"], headers["x-request-id"].to_str().unwrap());
    }

    #[tokio::test]
    async fn what_is_not_served_says_so() {
        let (router, keys) = gateway();
        for path in ["/realtime/v1/websocket", "/functions/v1/hello", "/elsewhere"] {
            let request = get(path).header("apikey", keys.publishable()).body(Body::empty()).unwrap();
            assert_eq!(send(router.clone(), request).await.0, StatusCode::NOT_FOUND, "{path}");
        }
    }
}
