//! A project whose signing keys the test holds. Behind it is nothing: it answers 200 to all that reaches it.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{Json, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use p256::elliptic_curve::sec1::ToEncodedPoint as _;
use p256::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _, LineEnding};
use primostore_edge::Config;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{TestEdge, config_for, start};

#[derive(Default)]
struct Keys {
    published: Mutex<Value>,
    fetches: AtomicUsize,
    fails: AtomicBool,
}

pub(super) struct Project {
    pub(super) url: String,
    keys: Arc<Keys>,
}

impl Project {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let keys = Arc::<Keys>::default();
        let router = Router::new()
            .route("/auth/v1/.well-known/jwks.json", get(published))
            .route("/rest/v1/rpc/edge_configuration", axum::routing::post(configuration))
            .fallback(async || Json(json!([])))
            .with_state(Arc::clone(&keys));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, keys }
    }

    pub(super) fn publish(&self, keys: &[&SigningKey]) {
        let keys: Vec<_> = keys.iter().map(|key| key.public()).collect();
        *self.keys.published.lock().unwrap() = json!({ "keys": keys });
    }

    /// How often its keys were asked for.
    pub(super) fn fetches(&self) -> usize {
        self.keys.fetches.load(Ordering::SeqCst)
    }

    /// Whether its keys can't be had.
    pub(super) fn fail(&self, fails: bool) {
        self.keys.fails.store(fails, Ordering::SeqCst);
    }

    /// An edge before it.
    pub(super) async fn edge(&self, change: impl FnOnce(&mut Config)) -> TestEdge {
        let mut config = config_for(&self.url);
        change(&mut config);
        start(config).await
    }

    /// What the edge makes of a token.
    pub(super) async fn status(&self, edge: &TestEdge, token: &str) -> u16 {
        let asked = edge.client().get(format!("{}/rest/v1/products", edge.url()));
        let asked = asked.header("apikey", "sb_publishable_a").bearer_auth(token);
        asked.send().await.unwrap().status().as_u16()
    }
}

async fn published(State(keys): State<Arc<Keys>>) -> Response {
    keys.fetches.fetch_add(1, Ordering::SeqCst);
    if keys.fails.load(Ordering::SeqCst) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    Json(keys.published.lock().unwrap().clone()).into_response()
}

async fn configuration() -> Json<Value> {
    let settings = json!({ "rate_limits.enabled": false });
    Json(json!({ "settings": settings, "blocked_addresses": [], "signing_key": "00" }))
}

/// The claims of a user of the project, with changes.
pub(super) fn claims(project: &Project, changes: Value) -> Value {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let mut claims = json!({
        "iss": format!("{}/auth/v1", project.url), "aud": "authenticated", "role": "authenticated",
        "sub": "6f1b8a3e-1111-4222-8333-444455556666", "iat": now, "exp": now + 600,
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

/// An ES256 key and its name.
pub(super) struct SigningKey {
    name: &'static str,
    secret: p256::SecretKey,
}

impl SigningKey {
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, secret: p256::SecretKey::random(&mut p256::elliptic_curve::rand_core::OsRng) }
    }

    fn public(&self) -> Value {
        let point = self.secret.public_key().to_encoded_point(false);
        let (x, y) = (URL_SAFE_NO_PAD.encode(point.x().unwrap()), URL_SAFE_NO_PAD.encode(point.y().unwrap()));
        json!({ "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": self.name, "x": x, "y": y })
    }

    fn header(&self, algorithm: Algorithm) -> Header {
        Header { kid: Some(self.name.to_owned()), ..Header::new(algorithm) }
    }

    pub(super) fn sign(&self, claims: &Value) -> String {
        let pem = self.secret.to_pkcs8_pem(LineEnding::LF).unwrap();
        let key = EncodingKey::from_ec_pem(pem.as_bytes()).unwrap();
        jsonwebtoken::encode(&self.header(Algorithm::ES256), claims, &key).unwrap()
    }

    /// What somebody could make who knows the public key only.
    pub(super) fn forgeries(&self, claims: &Value) -> Vec<String> {
        let public = self.public();
        let pem = self.secret.public_key().to_public_key_pem(LineEnding::LF).unwrap();
        let der = self.secret.public_key().to_public_key_der().unwrap();
        let point = self.secret.public_key().to_encoded_point(false);
        let secrets: [&[u8]; 5] =
            [pem.as_bytes(), der.as_bytes(), point.as_bytes(), public["x"].as_str().unwrap().as_bytes(), b""];
        let named = secrets.map(|secret| {
            let key = EncodingKey::from_secret(secret);
            jsonwebtoken::encode(&self.header(Algorithm::HS256), claims, &key).unwrap()
        });
        let unnamed =
            jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(b"secret"));
        let signed = self.sign(claims);
        let (head, signature) = (signed.split('.').next().unwrap(), signed.rsplit('.').next().unwrap());
        let body = URL_SAFE_NO_PAD.encode(claims.to_string());
        let mut other = claims.clone();
        other["sub"] = json!("00000000-0000-4000-8000-000000000000");
        let other = URL_SAFE_NO_PAD.encode(other.to_string());
        let none = |algorithm: &str| {
            let header = json!({ "alg": algorithm, "typ": "JWT", "kid": self.name });
            format!("{}.{body}.", URL_SAFE_NO_PAD.encode(header.to_string()))
        };
        let rs256 = URL_SAFE_NO_PAD.encode(json!({ "alg": "RS256", "kid": self.name }).to_string());
        let mut all = named.to_vec();
        all.extend([none("none"), none("None"), none("NONE"), unnamed.unwrap()]);
        all.extend([
            format!("{head}.{body}."),
            format!("{head}.{other}.{signature}"),
            format!("{rs256}.{body}.{signature}"),
        ]);
        all
    }
}
