//! What the tests of pictures share: an admin with pictures to add.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use reqwest::multipart::{Form, Part};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use uuid::Uuid;

use crate::support::{Session, Supabase, TestEdge, edge, eventually, supabase};

/// An edge, an admin, and a product to show.
pub(crate) struct PictureFixture {
    pub(crate) supabase: &'static Supabase,
    pub(crate) edge: TestEdge,
    pub(crate) admin: Session,
    pub(crate) product: Uuid,
}

impl PictureFixture {
    pub(crate) async fn open() -> Self {
        Self::before(edge(|_| ()).await).await
    }

    pub(crate) async fn before(edge: TestEdge) -> Self {
        let supabase = supabase().await;
        let admin = supabase.sign_in(&format!("photographer-{}@example.com", Uuid::new_v4().simple()), "admin").await;
        let product = supabase.product("100.00", 0).await;
        Self { supabase, edge, admin, product }
    }

    /// A picture of the product, as a form.
    pub(crate) fn form(&self, file: Vec<u8>) -> Form {
        let part = Part::bytes(file).file_name("picture.jpg");
        Form::new().part("file", part).text("product_id", self.product.to_string()).text("alt", "A teapot")
    }

    pub(crate) async fn post(&self, form: Form) -> (StatusCode, Value) {
        self.post_as(Some(&self.admin.access_token), form).await
    }

    pub(crate) async fn post_as(&self, token: Option<&str>, form: Form) -> (StatusCode, Value) {
        answer(self.request(Method::POST, "", token).multipart(form)).await
    }

    pub(crate) async fn add(&self, file: Vec<u8>) -> Value {
        let (status, row) = self.post(self.form(file)).await;
        assert_eq!(status, 201, "{row}");
        row
    }

    pub(crate) async fn delete(&self, id: &str) -> (StatusCode, Value) {
        self.delete_as(Some(&self.admin.access_token), id).await
    }

    pub(crate) async fn delete_as(&self, token: Option<&str>, id: &str) -> (StatusCode, Value) {
        answer(self.request(Method::DELETE, &format!("/{id}"), token)).await
    }

    pub(crate) fn request(&self, method: Method, path: &str, token: Option<&str>) -> reqwest::RequestBuilder {
        let key = self.supabase.publishable_key();
        let url = format!("{}/functions/v1/product-images{path}", self.edge.url());
        self.edge.client().request(method, url).header("apikey", key).bearer_auth(token.unwrap_or(key))
    }

    /// How many objects of the product are in Storage.
    pub(crate) async fn objects(&self) -> i64 {
        self.count(&format!("storage.objects where bucket_id = 'product-images' and name like '{}/%'", self.product))
            .await
    }

    /// How many objects of the product are announced, or to be removed.
    pub(crate) async fn waiting(&self) -> i64 {
        self.count(&format!("private.storage_uploads where path like '{}/%'", self.product)).await
    }

    /// How many pictures the product has.
    pub(crate) async fn rows(&self) -> i64 {
        self.count(&format!("public.product_images where product_id = '{}'", self.product)).await
    }

    async fn count(&self, what: &str) -> i64 {
        self.supabase.query_one(&format!("select count(*) from {what}")).await
    }

    /// Another worker may be at the removal.
    pub(crate) async fn until_no_objects(&self) {
        eventually("the objects are gone", async || {
            (self.objects().await == 0 && self.waiting().await == 0).then_some(())
        })
        .await;
    }

    pub(crate) async fn assert_untouched(&self) {
        assert_eq!((self.objects().await, self.waiting().await, self.rows().await), (0, 0, 0));
    }

    pub(crate) async fn fetch(&self, url: &Value) -> (String, Vec<u8>) {
        let response = self.edge.client().get(url.as_str().unwrap()).send().await.unwrap();
        assert_eq!(response.status(), 200, "{url}");
        let content_type = response.headers()["content-type"].to_str().unwrap().to_owned();
        (content_type, response.bytes().await.unwrap().to_vec())
    }
}

pub(crate) async fn answer(request: reqwest::RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// Few colours, so that it takes little room in any type.
pub(crate) fn drawing(width: u32, height: u32) -> DynamicImage {
    RgbImage::from_fn(
        width,
        height,
        |x, y| if (x / 40 + y / 40) % 2 == 0 { Rgb([200, 30, 40]) } else { Rgb([20, 90, 60]) },
    )
    .into()
}

pub(crate) fn file(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, format).unwrap();
    file.into_inner()
}

pub(crate) fn jpeg() -> Vec<u8> {
    file(&drawing(1000, 600), ImageFormat::Jpeg)
}
