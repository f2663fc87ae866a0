//! The OpenAPI description says what the code does.

use std::collections::BTreeSet;
use std::path::Path;

use http::Method;
use serde_json::Value;

use crate::support::{TestEdge, edge};

async fn description(edge: &TestEdge) -> Value {
    let response = edge.client().get(format!("{}/openapi.json", edge.url())).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/json");
    response.json().await.unwrap()
}

/// `GET /health` and its like.
fn operations(description: &Value) -> impl Iterator<Item = (Method, &str, &Value)> {
    let paths = description["paths"].as_object().unwrap().iter();
    paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap().iter();
        methods.map(move |(method, operation)| (method.to_uppercase().parse().unwrap(), path.as_str(), operation))
    })
}

/// All of the edge's code, without its unit tests.
fn source() -> String {
    fn read(folder: &Path, text: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, text);
            } else if !path.ends_with("tests.rs") {
                let file = std::fs::read_to_string(path).unwrap();
                text.push_str(file.split("#[cfg(test)]\nmod tests {").next().unwrap());
            }
        }
    }
    let mut text = String::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut text);
    text
}

/// What stands between quotes after each place where `marker` stands.
fn quoted_after<'a>(text: &'a str, marker: &str) -> BTreeSet<&'a str> {
    text.split(marker).skip(1).filter_map(|rest| rest.split('"').nth(1)).collect()
}

#[tokio::test]
async fn every_route_in_the_code_is_described_and_every_described_one_is_in_the_code() {
    let description = description(&edge(|_| {}).await).await;
    let described: BTreeSet<&str> = operations(&description).map(|(_, path, _)| path).collect();
    let source = source();
    let written: BTreeSet<&str> = source
        .split("#[utoipa::path(")
        .skip(1)
        .filter_map(|attribute| attribute.split("path = \"").nth(1)?.split('"').next())
        .collect();
    assert_eq!(described, written);
    // No route is registered past the description: these two are the private listener's.
    assert_eq!(quoted_after(&source, ".route("), BTreeSet::from(["/health", "/metrics"]));
    for known in ["/health", "/health/detailed", "/openapi.json", "/functions/v1/payment-link", "/pay/{token}"] {
        assert!(described.contains(known), "{known}: {described:?}");
    }
}

#[tokio::test]
async fn every_described_operation_answers() {
    let edge = edge(|_| {}).await;
    let description = description(&edge).await;
    for (method, path, _) in operations(&description) {
        let concrete: String = path
            .split('/')
            .map(|part| if part.starts_with('{') { "x" } else { part })
            .fold(String::new(), |path, part| if part.is_empty() { path } else { format!("{path}/{part}") });
        let request = edge.client().request(method.clone(), format!("{}{concrete}", edge.url()));
        let response = request.send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        assert!(status != 405 && !text.contains("There is nothing at this path"), "{method} {path}: {status} {text}");
    }
}

#[tokio::test]
async fn every_operation_tells_its_answers_and_its_errors() {
    let description = description(&edge(|_| {}).await).await;
    for (method, path, operation) in operations(&description) {
        let responses = operation["responses"].as_object().unwrap();
        let good = responses.keys().any(|status| status.starts_with('2') || status.starts_with('3'));
        assert!(good, "{method} {path} has no answer but errors");
        assert_eq!(
            responses["default"]["content"]["application/json"]["schema"]["$ref"], "#/components/schemas/ErrorBody",
            "{method} {path}"
        );
        assert!(operation["summary"].is_string() || operation["description"].is_string(), "{method} {path}");
        let needs_body = method == Method::POST;
        assert!(!needs_body || operation["requestBody"].is_object(), "{method} {path} tells no request body");
    }
}

#[tokio::test]
async fn every_error_code_is_told() {
    let description = description(&edge(|_| {}).await).await;
    let codes = &description["components"]["schemas"]["ErrorBody"]["properties"]["code"]["enum"];
    let told: BTreeSet<&str> = codes.as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();

    let catalogue = include_str!("../../../../../sql/base/errors.sql");
    let of_database = catalogue.lines().filter_map(|line| {
        let (code, rest) = line.trim().strip_prefix("('")?.split_once("', ")?;
        rest.starts_with(|first: char| first.is_ascii_digit()).then_some(code)
    });
    let source = source();
    let of_edge = quoted_after(&source, "ApiError::new(");
    let of_edge = of_edge
        .iter()
        .chain(&quoted_after(&source, "Self::new(\n            StatusCode::"))
        .copied()
        .collect::<Vec<_>>();
    let is_code = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let made: BTreeSet<&str> = of_database.chain(of_edge).filter(is_code).collect();
    assert!(made.len() > 25, "{made:?}");
    let untold: Vec<_> = made.difference(&told).collect();
    assert!(untold.is_empty(), "{untold:?}");
}
