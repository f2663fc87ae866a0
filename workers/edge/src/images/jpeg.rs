//! Whether a JPEG is all there: the decoder fills what is missing with grey, which no shop wants to show.

const START_OF_SCAN: u8 = 0xda;
const END_OF_IMAGE: u8 = 0xd9;

/// Whether the segments lead to the end of the image. What follows it does not matter.
pub(super) fn is_complete(file: &[u8]) -> bool {
    let Some(mut rest) = file.strip_prefix(&[0xff, 0xd8]) else {
        return false;
    };
    loop {
        let Some((marker, after)) = marker(rest) else {
            return false;
        };
        rest = match marker {
            END_OF_IMAGE => return true,
            // Those without a length.
            0x01 | 0xd0..=0xd8 => after,
            _ => match after {
                [high, low, ..] => match after.get(usize::from(u16::from_be_bytes([*high, *low]))..) {
                    Some(after) if marker == START_OF_SCAN => scan(after),
                    Some(after) => after,
                    None => return false,
                },
                _ => return false,
            },
        };
    }
}

/// The next marker, and what is after it.
fn marker(mut rest: &[u8]) -> Option<(u8, &[u8])> {
    loop {
        let at = rest.iter().position(|byte| *byte == 0xff)?;
        rest = rest.get(at..)?;
        // Any number of 0xff may come before the code.
        let code = rest.iter().position(|byte| *byte != 0xff)?;
        let found = *rest.get(code)?;
        rest = rest.get(code + 1..)?;
        if found != 0 {
            return Some((found, rest));
        }
    }
}

/// What is after the compressed data of a scan, in which 0xff is followed by 0 or a restart marker.
fn scan(mut rest: &[u8]) -> &[u8] {
    loop {
        match rest {
            [0xff, 0 | 0xd0..=0xd7, after @ ..] => rest = after,
            [0xff, ..] | [] => return rest,
            [_, after @ ..] => rest = after,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A start, a segment whose content looks like an end, a scan with a restart and a stuffed byte, and the end.
    const WHOLE: &[u8] =
        &[0xff, 0xd8, 0xff, 0xe1, 0, 4, 0xff, 0xd9, 0xff, 0xda, 0, 2, 1, 0xff, 0, 2, 0xff, 0xd0, 3, 0xff, 0xff, 0xd9];

    #[test]
    fn a_whole_jpeg_is_complete_with_or_without_something_behind_it() {
        assert!(is_complete(WHOLE));
        assert!(is_complete(&[WHOLE, b"<script>"].concat()));
    }

    #[test]
    fn a_jpeg_cut_anywhere_is_not() {
        for length in 0..WHOLE.len() {
            assert!(!is_complete(&WHOLE[..length]), "cut to {length} bytes");
        }
    }
}
