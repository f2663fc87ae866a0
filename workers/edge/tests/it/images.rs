//! Pictures of products: what is stored of them, and who may add and delete them.

use futures_util::StreamExt as _;
use futures_util::future::select;
use image::ImageEncoder as _;
use image::ImageFormat;
use image::codecs::jpeg::JpegEncoder;
use jsonwebtoken::{EncodingKey, Header};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::images_fixture::{PictureFixture, answer, drawing, file, jpeg};
use crate::support::{edge, eventually};

fn contains(content: &[u8], part: &[u8]) -> bool {
    content.windows(part.len()).any(|window| window == part)
}

fn details(body: &Value) -> Value {
    serde_json::from_str(body["details"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn a_picture_is_stored_in_three_sizes_and_returned_as_its_row() {
    let fixture = PictureFixture::open().await;
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let form = fixture.form(file(&drawing(1000, 600), format)).text("is_primary", "true").text("sort_order", "3");
        let (status, row) = fixture.post(form).await;
        assert_eq!(status, 201, "{row}");
        let id = row["id"].as_str().unwrap();
        let (_, stored) =
            fixture.supabase.service(Method::GET, &format!("/rest/v1/product_images?id=eq.{id}"), &Value::Null).await;
        assert_eq!(stored, json!([row]));
        assert_eq!(
            [&row["product_id"], &row["alt"], &row["is_primary"], &row["sort_order"]],
            [&json!(fixture.product), &json!("A teapot"), &json!(true), &json!(3)],
        );

        assert_eq!(row["variants"].as_array().unwrap().len(), 2);
        let sizes = [(&row, 1000, 600), (&row["variants"][0], 800, 480), (&row["variants"][1], 320, 192)];
        for (size, width, height) in sizes {
            assert_eq!((&size["width"], &size["height"]), (&json!(width), &json!(height)));
            let path = size["storage_path"].as_str().unwrap();
            assert!(path.starts_with(&format!("{}/{id}/", fixture.product)), "{path}");
            let url = format!("{}/storage/v1/object/public/product-images/{path}", fixture.edge.url());
            assert_eq!(size["url"], url);
            let (content_type, content) = fixture.fetch(&size["url"]).await;
            assert_eq!(content_type, format.to_mime_type());
            let picture = image::load_from_memory_with_format(&content, format).unwrap();
            assert_eq!((picture.width(), picture.height()), (width, height));
        }
    }
    assert_eq!((fixture.objects().await, fixture.waiting().await, fixture.rows().await), (9, 0, 3));
}

#[tokio::test]
async fn a_small_picture_is_stored_as_it_is() {
    let fixture = PictureFixture::open().await;
    let row = fixture.add(file(&drawing(200, 100), ImageFormat::Png)).await;
    assert_eq!((&row["width"], &row["height"], &row["variants"]), (&json!(200), &json!(100), &json!([])));
    // A product's first picture is its primary one.
    assert_eq!((&row["is_primary"], &row["sort_order"]), (&json!(true), &json!(0)));
    assert_eq!(fixture.objects().await, 1);
}

#[tokio::test]
async fn what_a_picture_tells_beside_the_picture_is_not_stored() {
    // EXIF: turn it right, and a place.
    let exif = b"II*\0\x08\0\0\0\x02\0\
        \x0e\x01\x02\0\x16\0\0\0\x26\0\0\0\
        \x12\x01\x03\0\x01\0\0\0\x06\0\0\0\
        \0\0\0\0GPS 33.5731 N 7.5898 W";
    let mut upload = Vec::new();
    let mut encoder = JpegEncoder::new(&mut upload);
    encoder.set_exif_metadata(exif.to_vec()).unwrap();
    drawing(1000, 600).write_with_encoder(encoder).unwrap();
    upload.extend_from_slice(b"<script>alert('polyglot')</script>");
    assert!(contains(&upload, b"GPS 33.5731"));

    let fixture = PictureFixture::open().await;
    let row = fixture.add(upload).await;
    assert_eq!((&row["width"], &row["height"]), (&json!(600), &json!(1000)), "it is upright");
    for size in [&row, &row["variants"][0], &row["variants"][1]] {
        let (_, content) = fixture.fetch(&size["url"]).await;
        for trace in ["GPS", "Exif", "script"] {
            assert!(!contains(&content, trace.as_bytes()), "{trace}");
        }
    }
}

#[tokio::test]
async fn a_file_is_judged_by_its_content_whatever_it_is_called() {
    let fixture = PictureFixture::open().await;
    let others: [(&[u8], &str); 5] = [
        (b"GIF89a\x01\0\x01\0\0\0\0;", "must be a JPEG, PNG or WebP picture"),
        (b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>", "must be a JPEG, PNG or WebP picture"),
        (b"<!doctype html><script>alert(1)</script>", "must be a JPEG, PNG or WebP picture"),
        (b"MZ\x90\0\x03\0\0\0\x04\0", "must be a JPEG, PNG or WebP picture"),
        (b"", "is empty"),
    ];
    for (other, reason) in others {
        let part = Part::bytes(other).file_name("photo.jpg").mime_str("image/jpeg").unwrap();
        let form = Form::new().part("file", part).text("product_id", fixture.product.to_string()).text("alt", "");
        let (status, body) = fixture.post(form).await;
        assert_eq!((status.as_u16(), &body["code"]), (422, &json!("invalid_input")), "{body}");
        assert_eq!(details(&body), json!({ "file": reason }));
    }
    fixture.assert_untouched().await;

    let part = Part::bytes(jpeg()).file_name("setup.exe").mime_str("application/octet-stream").unwrap();
    let form = Form::new().part("file", part).text("product_id", fixture.product.to_string());
    let (status, row) = fixture.post(form).await;
    assert_eq!((status.as_u16(), &row["alt"]), (201, &Value::Null), "{row}");
}

#[tokio::test]
async fn a_picture_of_too_many_pixels_is_refused_before_it_is_decoded() {
    // 20000 x 20000 pixels, of which the file holds none.
    let bomb = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x4e\x20\0\0\x4e\x20\x08\x06\0\0\0\xe3\x70\x46\x39\0\0\0\0IEND\xae\x42\x60\x82";
    let fixture = PictureFixture::open().await;
    let (status, body) = fixture.post(fixture.form(bomb.to_vec())).await;
    assert_eq!(status, 422, "{body}");
    assert_eq!(details(&body), json!({ "file": "must have at most 8000 pixels a side, and 40 million in all" }));
    fixture.assert_untouched().await;
}

#[tokio::test]
async fn a_damaged_picture_is_refused() {
    let fixture = PictureFixture::open().await;
    let whole = jpeg();
    let (status, body) = fixture.post(fixture.form(whole[..whole.len() / 2].to_vec())).await;
    assert_eq!(status, 422, "{body}");
    assert_eq!(details(&body), json!({ "file": "is damaged or incomplete" }));
    fixture.assert_untouched().await;
}

#[tokio::test]
async fn a_file_above_the_limit_is_refused() {
    let fixture = PictureFixture::open().await;
    let mut file = jpeg();
    file.resize(10 * 1024 * 1024 + 1, 0);
    let (status, body) = fixture.post(fixture.form(file)).await;
    assert_eq!((status.as_u16(), &body["code"]), (413, &json!("payload_too_large")), "{body}");

    // Where larger requests are let in, a picture is still held to what its bucket takes.
    let roomy = PictureFixture::before(edge(|config| config.max_request_bytes = 30 * 1024 * 1024).await).await;
    let mut file = jpeg();
    file.resize(10 * 1024 * 1024 + 1, 0);
    let (status, body) = roomy.post(roomy.form(file)).await;
    assert_eq!((status.as_u16(), &body["code"]), (413, &json!("payload_too_large")), "{body}");
    roomy.assert_untouched().await;
}

#[tokio::test]
async fn all_faults_of_a_form_are_told_at_once() {
    let fixture = PictureFixture::open().await;
    let (status, body) = fixture.post(Form::new().text("price", "1")).await;
    assert_eq!(status, 422, "{body}");
    assert_eq!(
        details(&body),
        json!({
            "file": "is required", "product_id": "is required",
            "price": "is not a field of this form",
        })
    );

    let form = fixture
        .form(jpeg())
        .part("file", Part::bytes(jpeg()).file_name("another.jpg"))
        .text("product_id", "of another")
        .text("is_primary", "yes")
        .text("sort_order", "first");
    let (status, body) = fixture.post(form).await;
    assert_eq!(status, 422, "{body}");
    assert_eq!(
        details(&body),
        json!({
            "file": "must be one file", "product_id": "must be given once", "is_primary": "must be true or false",
            "sort_order": "must be a whole number",
        })
    );

    let form = Form::new()
        .text("product_id", "the teapot")
        .text("alt", "a".repeat(5000))
        .part("file", Part::bytes(jpeg()).file_name("picture.jpg"));
    let (status, body) = fixture.post(form).await;
    assert_eq!(status, 422, "{body}");
    assert_eq!(details(&body), json!({ "product_id": "must be a UUID", "alt": "is too long" }));
    fixture.assert_untouched().await;
}

#[tokio::test]
async fn what_is_no_form_is_refused() {
    let fixture = PictureFixture::open().await;
    let request = || fixture.request(Method::POST, "", Some(&fixture.admin.access_token));
    let (status, body) = answer(request().header("content-type", "image/jpeg").body(jpeg())).await;
    assert_eq!((status.as_u16(), &body["code"]), (415, &json!("unsupported_media_type")), "{body}");

    let cut_short = "--edge\r\nContent-Disposition: form-data; name=\"alt\"\r\n\r\nA teap";
    let (status, body) =
        answer(request().header("content-type", "multipart/form-data; boundary=edge").body(cut_short)).await;
    assert_eq!(status, 422, "{body}");
    assert_eq!(details(&body), json!({ "form": "is incomplete, or not multipart/form-data" }));
}

#[tokio::test]
async fn only_admins_and_the_service_add_pictures() {
    let fixture = PictureFixture::open().await;
    let customer = fixture.supabase.sign_in("looker-on@example.com", "customer").await;
    for (token, status, code) in
        [(None, 401, "unauthenticated"), (Some(customer.access_token.as_str()), 403, "forbidden")]
    {
        let (answered, body) = fixture.post_as(token, fixture.form(jpeg())).await;
        assert_eq!((answered.as_u16(), &body["code"]), (status, &json!(code)), "{body}");
    }
    fixture.assert_untouched().await;

    let key = fixture.supabase.secret_key();
    // The key in place of the visitors' one.
    let mut request = fixture.request(Method::POST, "", Some(key)).multipart(fixture.form(jpeg())).build().unwrap();
    request.headers_mut().insert("apikey", key.parse().unwrap());
    let response = fixture.edge.client().execute(request).await.unwrap();
    assert_eq!(response.status(), 201, "{}", response.text().await.unwrap());
    assert_eq!((fixture.objects().await, fixture.rows().await), (3, 1));
}

#[tokio::test]
async fn an_admin_whose_token_has_expired_adds_nothing() {
    let fixture = PictureFixture::open().await;
    let claims = json!({
        "sub": fixture.admin.user_id, "role": "authenticated", "aud": "authenticated",
        "iss": format!("{}/auth/v1", fixture.supabase.url()), "exp": 1_700_000_000,
    });
    let key = EncodingKey::from_secret(fixture.supabase.jwt_secret().as_bytes());
    let token = jsonwebtoken::encode(&Header::default(), &claims, &key).unwrap();
    let (status, body) = fixture.post_as(Some(&token), fixture.form(jpeg())).await;
    assert_eq!((status.as_u16(), &body["code"]), (401, &json!("unauthenticated")), "{body}");
    fixture.assert_untouched().await;
}

#[tokio::test]
async fn adding_a_picture_is_in_the_audit_log_under_the_admin() {
    let fixture = PictureFixture::open().await;
    let row = fixture.add(jpeg()).await;
    let id = row["id"].as_str().unwrap();
    let actor: Option<Uuid> = fixture
        .supabase
        .query_one(&format!(
            "select actor_id from public.audit_logs where table_name = 'product_images' and row_id = '{id}'"
        ))
        .await;
    assert_eq!(actor, Some(fixture.admin.user_id));
}

#[tokio::test]
async fn a_picture_of_no_product_is_refused_before_anything_is_uploaded() {
    let mut fixture = PictureFixture::open().await;
    fixture.product = Uuid::new_v4();
    let (status, body) = fixture.post(fixture.form(jpeg())).await;
    assert_eq!((status.as_u16(), details(&body)), (422, json!({ "product_id": "is not a product" })));
    fixture.assert_untouched().await;
}

#[tokio::test]
async fn what_the_database_refuses_leaves_no_object() {
    let fixture = PictureFixture::open().await;
    let part = Part::bytes(jpeg()).file_name("picture.jpg");
    let form = Form::new()
        .part("file", part)
        .text("product_id", fixture.product.to_string())
        .text("alt", "<script>alert(1)</script>");
    let (status, body) = fixture.post(form).await;
    assert_eq!((status.as_u16(), &body["code"]), (422, &json!("invalid_input")), "{body}");
    assert!(details(&body)["alt"].is_string(), "{body}");
    fixture.assert_untouched().await;
}

#[tokio::test]
async fn deleting_a_picture_removes_all_its_objects() {
    let fixture = PictureFixture::open().await;
    let (row, other) = (fixture.add(jpeg()).await, fixture.add(file(&drawing(20, 20), ImageFormat::Png)).await);
    let id = row["id"].as_str().unwrap();
    assert_eq!(fixture.delete(id).await.0, 204);
    eventually("only the other picture is left", async || (fixture.objects().await == 1).then_some(())).await;
    assert_eq!(fixture.rows().await, 1);
    fixture.fetch(&other["url"]).await;

    for missing in [id, &Uuid::new_v4().to_string(), "the-teapot"] {
        let (status, body) = fixture.delete(missing).await;
        assert_eq!((status.as_u16(), &body["code"]), (404, &json!("not_found")), "{body}");
    }
}

#[tokio::test]
async fn only_admins_delete_pictures() {
    let fixture = PictureFixture::open().await;
    let row = fixture.add(jpeg()).await;
    let id = row["id"].as_str().unwrap();
    let customer = fixture.supabase.sign_in("looker-on@example.com", "customer").await;
    for (token, status, code) in
        [(None, 401, "unauthenticated"), (Some(customer.access_token.as_str()), 403, "forbidden")]
    {
        let (answered, body) = fixture.delete_as(token, id).await;
        assert_eq!((answered.as_u16(), &body["code"]), (status, &json!(code)), "{body}");
    }
    assert_eq!((fixture.objects().await, fixture.waiting().await, fixture.rows().await), (3, 0, 1));
}

#[tokio::test]
async fn no_more_pictures_are_taken_in_than_memory_is_meant_for() {
    let shop = PictureFixture::before(edge(|config| config.capacity.picture_uploads = 1).await).await;
    // Two forms that never come to their end: there is room for one.
    let endless = || {
        let begun = "--x\r\ncontent-disposition: form-data; name=\"alt\"\r\n\r\n";
        let parts = futures_util::stream::iter([Ok::<_, std::io::Error>(begun)]).chain(futures_util::stream::pending());
        let request = shop.request(Method::POST, "", Some(&shop.admin.access_token));
        let request = request.header("content-type", "multipart/form-data; boundary=x");
        Box::pin(request.body(reqwest::Body::wrap_stream(parts)).send())
    };
    let (answer, held) = select(endless(), endless()).await.factor_first();
    let refused = answer.unwrap();
    assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"]), (503, &"5".parse().unwrap()));
    assert_eq!(refused.json::<Value>().await.unwrap()["code"], "busy");
    drop(held);
    eventually("its place is free again", async || (shop.post(shop.form(jpeg())).await.0 == 201).then_some(())).await;
}
