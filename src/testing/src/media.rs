//! Sample uploads, and how a client sends them.

use std::io::Cursor;

use axum::body::Body;
use axum::http::{Method, header};
use image::{DynamicImage, ImageFormat, RgbImage};
use serde_json::Value;

use crate::{Reply, TestUser};

pub fn picture(format: ImageFormat) -> Vec<u8> {
    let image = RgbImage::from_fn(60, 40, |x, y| image::Rgb([x as u8 * 4, y as u8 * 6, 128]));
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(image).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

pub fn part(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let size = u32::try_from(body.len() + 8).unwrap().to_be_bytes();
    [size.as_slice(), kind, body].concat()
}

pub fn film() -> Vec<u8> {
    let mut header = vec![0; 100];
    header[12..16].copy_from_slice(&1000_u32.to_be_bytes());
    header[16..20].copy_from_slice(&2500_u32.to_be_bytes());
    let movie = part(b"moov", &part(b"mvhd", &header));
    [part(b"ftyp", b"isom\0\0\0\0isom"), part(b"mdat", &[7; 5000]), movie].concat()
}

pub fn form(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, bytes) in parts {
        let file = if matches!(*name, "file" | "thumbnail" | "avatar" | "header") {
            "; filename=\"x.txt\""
        } else {
            ""
        };
        body.extend_from_slice(
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n").as_bytes(),
        );
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--b--\r\n");
    body
}

pub async fn send(who: &TestUser, method: Method, path: &str, parts: &[(&str, &[u8])]) -> Reply {
    let request = who
        .app
        .request(method, path)
        .header(header::AUTHORIZATION, format!("Bearer {}", who.token))
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b");
    who.app.send(request.body(Body::from(form(parts))).unwrap()).await
}

pub async fn upload(who: &TestUser, bytes: &[u8]) -> Value {
    send(who, Method::POST, "/api/v2/media", &[("file", bytes)]).await.ok()
}

/// Uploads an image as a user.
pub async fn uploaded(who: &TestUser) -> Value {
    upload(who, &picture(ImageFormat::Png)).await
}
