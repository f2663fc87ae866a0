use image::{ImageEncoder, Rgb, RgbImage, Rgba, RgbaImage};
use moxcms::ColorProfile;

use super::*;

/// A drawing: few colours, so that it takes little room in any type.
fn drawing(width: u32, height: u32) -> DynamicImage {
    RgbImage::from_fn(
        width,
        height,
        |x, y| if (x / 40 + y / 40) % 2 == 0 { Rgb([200, 30, 40]) } else { Rgb([20, 90, 60]) },
    )
    .into()
}

/// What only a photo has: no two pixels alike, as far as anybody can tell.
fn noise(width: u32, height: u32) -> RgbaImage {
    let mut state = 1_u32;
    RgbaImage::from_fn(width, height, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [_, red, green, blue] = state.to_le_bytes();
        Rgba([red, green, blue, 255])
    })
}

fn file(picture: &DynamicImage, format: Format) -> Vec<u8> {
    encode(picture, format).unwrap()
}

fn dimensions(picture: &Picture) -> Vec<(&'static str, u32, u32)> {
    picture.sizes.iter().map(|size| (size.name, size.width, size.height)).collect()
}

fn decoded(size: &Size) -> DynamicImage {
    image::load_from_memory(&size.content).unwrap()
}

fn contains(content: &[u8], part: &[u8]) -> bool {
    content.windows(part.len()).any(|window| window == part)
}

/// CRC-32 as PNG has it.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1)))
    })
}

fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let named = [name.as_slice(), content].concat();
    let length = u32::try_from(content.len()).unwrap();
    [length.to_be_bytes().as_slice(), &named, &crc(&named).to_be_bytes()].concat()
}

/// A small PNG whose header tells other dimensions.
fn png_that_claims(width: u32, height: u32) -> Vec<u8> {
    let mut png = file(&drawing(8, 8), Format::Png);
    let header = [width.to_be_bytes().as_slice(), &height.to_be_bytes(), &png[24..29]].concat();
    png.splice(8..33, chunk(b"IHDR", &header));
    png
}

/// EXIF with an orientation and a place.
fn exif(orientation: u16) -> Vec<u8> {
    const PLACE: &[u8] = b"GPS 33.5731 N 7.5898 W\0";
    let entry = |tag: u16, kind: u16, count: u32, value: u32| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value.to_le_bytes()].concat()
    };
    let length = u32::try_from(PLACE.len()).unwrap();
    // The description's text comes after the header, the count, two entries and the end of the list.
    let entries = [entry(0x010e, 2, length, 8 + 2 + 24 + 4), entry(0x0112, 3, 1, u32::from(orientation))].concat();
    [b"II*\0\x08\0\0\0\x02\0".as_slice(), &entries, &[0; 4], PLACE].concat()
}

fn with_metadata<'a>(mut encoder: impl ImageEncoder + 'a, picture: &DynamicImage, exif: Vec<u8>, icc: Vec<u8>) {
    encoder.set_exif_metadata(exif).unwrap();
    encoder.set_icc_profile(icc).unwrap();
    picture.write_with_encoder(encoder).unwrap();
}

const ALL: [Format; 3] = [Format::Jpeg, Format::Png, Format::WebP];

#[test]
fn a_picture_keeps_its_type_and_comes_in_three_sizes() {
    for format in ALL {
        let picture = prepare(&file(&drawing(1000, 600), format)).unwrap();
        assert_eq!(picture.format, format);
        assert_eq!(dimensions(&picture), [("full", 1000, 600), ("800", 800, 480), ("320", 320, 192)]);
        for size in &picture.sizes {
            assert_eq!(image::guess_format(&size.content).unwrap().to_mime_type(), format.content_type());
            assert_eq!((decoded(size).width(), decoded(size).height()), (size.width, size.height));
        }
    }
}

#[test]
fn a_picture_is_never_enlarged() {
    let picture = prepare(&file(&drawing(320, 100), Format::Png)).unwrap();
    assert_eq!(dimensions(&picture), [("full", 320, 100)]);
    let picture = prepare(&file(&drawing(300, 500), Format::Png)).unwrap();
    assert_eq!(dimensions(&picture), [("full", 300, 500), ("320", 192, 320)]);
}

#[test]
fn a_large_picture_is_made_smaller() {
    let picture = prepare(&file(&drawing(1500, 3000), Format::Jpeg)).unwrap();
    assert_eq!(dimensions(&picture), [("full", 1200, 2400), ("800", 400, 800), ("320", 160, 320)]);
}

#[test]
fn a_very_flat_picture_keeps_a_pixel_of_height() {
    let picture = prepare(&file(&drawing(8000, 1), Format::Png)).unwrap();
    assert_eq!(dimensions(&picture), [("full", 2400, 1), ("800", 800, 1), ("320", 320, 1)]);
}

#[test]
fn an_opaque_photo_becomes_a_jpeg() {
    for format in [Format::Png, Format::WebP] {
        let picture = prepare(&file(&noise(800, 600).into(), format)).unwrap();
        assert_eq!(picture.format, Format::Jpeg);
        assert!(picture.sizes.iter().all(|size| size.content.starts_with(&[0xff, 0xd8])));
    }
}

#[test]
fn a_photo_that_is_seen_through_keeps_its_type() {
    let mut photo = noise(800, 600);
    photo.put_pixel(0, 0, Rgba([0, 0, 0, 0]));
    for format in [Format::Png, Format::WebP] {
        let picture = prepare(&file(&photo.clone().into(), format)).unwrap();
        assert_eq!(picture.format, format);
        assert_eq!(decoded(&picture.sizes[0]).to_rgba8().get_pixel(0, 0).0[3], 0);
    }
}

#[test]
fn what_storage_would_not_take_is_refused() {
    let mut photo = noise(2000, 1800);
    photo.put_pixel(0, 0, Rgba([0, 0, 0, 0]));
    assert_eq!(prepare(&file(&photo.into(), Format::Png)).unwrap_err(), InvalidPicture::TooDetailed);
}

#[test]
fn sixteen_bits_a_channel_become_eight() {
    let deep = DynamicImage::from(drawing(20, 10).into_rgb16());
    let picture = prepare(&file(&deep, Format::Png)).unwrap();
    assert_eq!(decoded(&picture.sizes[0]), drawing(20, 10));
}

#[test]
fn metadata_is_dropped_and_the_picture_turned_upright() {
    let mut wide = RgbImage::from_pixel(400, 200, Rgb([0, 0, 255]));
    // Its left half is at the top once it is turned right.
    (0..200).for_each(|x| (0..200).for_each(|y| wide.put_pixel(x, y, Rgb([255, 0, 0]))));
    let wide = DynamicImage::from(wide);
    let (exif, icc) = (exif(6), ColorProfile::new_srgb().encode().unwrap());
    for format in ALL {
        let mut file = Vec::new();
        match format {
            Format::Jpeg => with_metadata(JpegEncoder::new(&mut file), &wide, exif.clone(), icc.clone()),
            Format::Png => with_metadata(PngEncoder::new(&mut file), &wide, exif.clone(), icc.clone()),
            Format::WebP => with_metadata(WebPEncoder::new_lossless(&mut file), &wide, exif.clone(), icc.clone()),
        }
        assert!(contains(&file, b"GPS 33.5731"));
        let picture = prepare(&file).unwrap();
        assert_eq!(dimensions(&picture), [("full", 200, 400), ("320", 160, 320)]);
        for size in &picture.sizes {
            for trace in [b"GPS".as_slice(), b"Exif", b"EXIF", b"eXIf", b"ICC", b"iCCP", b"acsp"] {
                assert!(!contains(&size.content, trace), "{format:?}: {}", String::from_utf8_lossy(trace));
            }
        }
        let upright = decoded(&picture.sizes[0]).into_rgb8();
        let (top, bottom) = (upright.get_pixel(100, 20).0, upright.get_pixel(100, 380).0);
        assert!(top[0] > 200 && top[2] < 50 && bottom[0] < 50 && bottom[2] > 200, "{format:?}: {top:?} {bottom:?}");
    }
}

#[test]
fn damaged_metadata_is_no_reason_to_refuse() {
    let mut file = Vec::new();
    with_metadata(
        JpegEncoder::new(&mut file),
        &drawing(50, 20),
        b"II*\0\xff\xff\xff\xff".to_vec(),
        b"no profile".to_vec(),
    );
    assert_eq!(dimensions(&prepare(&file).unwrap()), [("full", 50, 20)]);
}

#[test]
fn wider_colours_are_brought_to_srgb() {
    let green = DynamicImage::from(RgbImage::from_pixel(30, 30, Rgb([100, 200, 100])));
    let mut file = Vec::new();
    with_metadata(PngEncoder::new(&mut file), &green, exif(1), ColorProfile::new_display_p3().encode().unwrap());
    let pixel = decoded(&prepare(&file).unwrap().sizes[0]).into_rgb8().get_pixel(15, 15).0;
    // By the matrix from P3 to sRGB, in linear light.
    let expected = [45, 203, 86];
    assert!(pixel.iter().zip(expected).all(|(value, expected)| value.abs_diff(expected) <= 2), "{pixel:?}");
}

#[test]
fn what_is_transparent_does_not_colour_the_edges() {
    // White on the left; on the right nothing, whose hidden colour is black.
    let cut_out = RgbaImage::from_fn(1000, 400, |x, _| if x < 500 { Rgba([255; 4]) } else { Rgba([0; 4]) });
    let picture = prepare(&file(&cut_out.into(), Format::Png)).unwrap();
    let small = decoded(&picture.sizes[2]).into_rgba8();
    assert!(small.pixels().any(|pixel| (1..255).contains(&pixel.0[3])), "there is an edge");
    assert!(small.pixels().all(|pixel| pixel.0[3] == 0 || pixel.0[..3].iter().all(|value| *value > 250)));
}

#[test]
fn other_types_are_refused_by_their_content() {
    let others: [&[u8]; 8] = [
        b"GIF89a\x01\0\x01\0\0\0\0;",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>",
        b"<!doctype html><script>alert(1)</script>",
        b"MZ\x90\0\x03\0\0\0",
        b"%PDF-1.7",
        b"BM\x3a\0\0\0\0\0",
        b"\0\0\0\x20ftypavif",
        b"\xff\xd8",
    ];
    for other in others {
        let refusal = prepare(other).unwrap_err();
        assert!(
            matches!(refusal, InvalidPicture::Unknown | InvalidPicture::Damaged),
            "{}: {refusal}",
            String::from_utf8_lossy(other)
        );
    }
}

#[test]
fn too_many_pixels_are_refused_before_they_are_decoded() {
    for (width, height) in [(20_000, 20_000), (8001, 1), (1, 8001), (8000, 5001), (0x7fff_ffff, 0x7fff_ffff)] {
        assert_eq!(
            prepare(&png_that_claims(width, height)).unwrap_err(),
            InvalidPicture::TooManyPixels,
            "{width} x {height}"
        );
    }
    // What is allowed gets as far as the decoder, which misses the pixels.
    assert_eq!(prepare(&png_that_claims(8000, 5000)).unwrap_err(), InvalidPicture::Damaged);

    let mut jpeg = file(&drawing(8, 8), Format::Jpeg);
    let frame = jpeg.windows(2).position(|marker| marker == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xea, 0x60, 0xea, 0x60]);
    assert_eq!(prepare(&jpeg).unwrap_err(), InvalidPicture::TooManyPixels);

    let mut webp = file(&drawing(8, 8), Format::WebP);
    webp[21..25].copy_from_slice(&(16_000_u32 | 16_000 << 14).to_le_bytes());
    assert_eq!(prepare(&webp).unwrap_err(), InvalidPicture::TooManyPixels);
}

#[test]
fn a_picture_without_pixels_is_refused() {
    assert_eq!(prepare(&png_that_claims(0, 8)).unwrap_err(), InvalidPicture::Damaged);
}

#[test]
fn a_truncated_picture_is_refused() {
    for format in ALL {
        let whole = file(&drawing(200, 100), format);
        for part in [whole.len() / 4, whole.len() / 2, whole.len() * 9 / 10] {
            assert_eq!(
                prepare(&whole[..part]).unwrap_err(),
                InvalidPicture::Damaged,
                "{format:?}, {part} of {}",
                whole.len()
            );
        }
    }
}

#[test]
fn an_animation_is_refused() {
    let mut png = file(&drawing(8, 8), Format::Png);
    png.splice(33..33, chunk(b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]));
    assert_eq!(prepare(&png).unwrap_err(), InvalidPicture::Animated);

    let still = file(&drawing(8, 8), Format::WebP);
    let riff = |name: &[u8; 4], content: &[u8]| {
        [name.as_slice(), &u32::try_from(content.len()).unwrap().to_le_bytes(), content].concat()
    };
    let frame = [&[0, 0, 0, 0, 0, 0, 7, 0, 0, 7, 0, 0, 100, 0, 0, 0], &still[12..]].concat();
    let content = [
        b"WEBP".to_vec(),
        riff(b"VP8X", &[2, 0, 0, 0, 7, 0, 0, 7, 0, 0]),
        riff(b"ANIM", &[0; 6]),
        riff(b"ANMF", &frame),
        riff(b"ANMF", &frame),
    ];
    assert_eq!(prepare(&riff(b"RIFF", &content.concat())).unwrap_err(), InvalidPicture::Animated);
}

#[test]
fn what_a_file_carries_beside_the_picture_is_lost() {
    const SCRIPT: &[u8] = b"<script>alert('polyglot')</script>";
    for format in ALL {
        let picture = prepare(&[file(&drawing(40, 30), format).as_slice(), SCRIPT].concat()).unwrap();
        assert!(!contains(&picture.sizes[0].content, b"script"), "{format:?}");
    }
    let mut jpeg = file(&drawing(40, 30), Format::Jpeg);
    let length = u16::try_from(SCRIPT.len() + 2).unwrap().to_be_bytes();
    jpeg.splice(2..2, [&[0xff, 0xfe], length.as_slice(), SCRIPT].concat());
    assert!(!contains(&prepare(&jpeg).unwrap().sizes[0].content, b"script"));
}

/// Where a process of its own finds the file to prepare.
const FILE_TO_MEASURE: &str = "PRIMOSTORE_FILE_TO_MEASURE";

#[test]
fn a_picture_takes_no_more_memory_than_is_reckoned_with() {
    let (width, height) = (3200, 3125);
    let pixels = image::ImageBuffer::<Rgba<u16>, _>::from_pixel(width, height, Rgba([9000, 500, 70, 30_000]));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.png");
    std::fs::write(&path, file(&pixels.into(), Format::Png)).unwrap();
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "images::picture::tests::measured_in_a_process_of_its_own", "--ignored", "--nocapture"])
        .env(FILE_TO_MEASURE, path)
        .output()
        .unwrap();
    let told = String::from_utf8(child.stdout).unwrap();
    let peak = told.split_once("VmHWM:").expect("Linux tells it").1.trim_start().split(' ').next().unwrap();
    let peak = peak.parse::<u64>().unwrap() * 1024;
    let reckoned = memory_of(width, height);
    assert!(peak > u64::from(width * height) * 12, "it was decoded: {told}");
    assert!(peak <= reckoned + 32 * 1024 * 1024, "{peak} bytes, not {reckoned} and what the program takes anyway");
}

#[test]
#[ignore = "a_picture_takes_no_more_memory_than_is_reckoned_with runs it"]
fn measured_in_a_process_of_its_own() {
    let file = std::fs::read(std::env::var(FILE_TO_MEASURE).unwrap()).unwrap();
    prepare(&file).unwrap();
    println!("{}", std::fs::read_to_string("/proc/self/status").unwrap());
}

#[test]
fn what_a_picture_will_take_is_told_by_its_header() {
    assert_eq!(memory(&png_that_claims(8000, 5000)), 512_000_000);
    assert_eq!(memory(&file(&drawing(30, 20), Format::Jpeg)), 30 * 20 * 24);
    for refused in [png_that_claims(8000, 5001), png_that_claims(8001, 10), b"no picture".to_vec()] {
        assert_eq!(memory(&refused), 0);
    }
}
