//! Answers that are too large: as they come, or when they are unpacked. Uses nothing of ours.

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderValue, Response};
use futures_util::stream;
use std::convert::Infallible;
use std::sync::LazyLock;

/// Bytes of the huge answer.
const HUGE: usize = 200_000_000;

const PIECE: usize = 64 * 1024;

/// 200 MB that begin like JSON, made as they are sent: the simulator holds one piece of them.
pub(super) fn huge() -> Response<Body> {
    let first = Bytes::from_static(b"{\"records\":[\"");
    let piece = Bytes::from(vec![b'x'; PIECE]);
    let pieces = std::iter::once(first).chain(std::iter::repeat_n(piece, HUGE / PIECE));
    json(Body::from_stream(stream::iter(pieces.map(Ok::<_, Infallible>))))
}

/// What every client gets: 2.5 MB.
static BOMB: LazyLock<Bytes> = LazyLock::new(|| bomb().into());

/// 400 MB of zeros, packed, whatever the client said that it unpacks.
pub(super) fn gzip_bomb() -> Response<Body> {
    let mut answer = json(Body::from(BOMB.clone()));
    answer.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    answer
}

fn json(body: Body) -> Response<Body> {
    let mut answer = Response::new(body);
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json;charset=UTF-8"));
    answer
}

/// Copies of 258 bytes each, the longest that there are.
const COPIES: u32 = 1_550_000;

/// CRC-32 of so many zeros and the one before them.
const CHECK_SUM: u32 = 0xb146_4e92;

/// A gzip file (RFC 1952) of one block with the fixed codes of RFC 1951, 3.2.6: a zero, and copies of it.
fn bomb() -> Vec<u8> {
    let mut bits = Bits { bytes: vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255], filled: 8 };
    // The last block, with fixed codes; then the literal 0 (code 00110000).
    bits.put(0b1, 1);
    bits.put(0b10, 2);
    bits.put(0b0011_0000, 8);
    for _ in 0..COPIES {
        // Length 258 (symbol 285, code 11000101), distance 1 (code 00000).
        bits.put(0b1100_0101, 8);
        bits.put(0, 5);
    }
    // The end of the block.
    bits.put(0, 7);
    let mut bytes = bits.bytes;
    bytes.extend(CHECK_SUM.to_le_bytes());
    bytes.extend((COPIES * 258 + 1).to_le_bytes());
    bytes
}

/// Bits packed into bytes from the lowest on.
struct Bits {
    bytes: Vec<u8>,
    /// Bits used of the last byte.
    filled: u32,
}

impl Bits {
    /// The lowest `count` bits of `code`, the highest of them first, as codes are packed.
    fn put(&mut self, code: u32, count: u32) {
        for bit in (0..count).rev() {
            if self.filled == 8 {
                self.bytes.push(0);
                self.filled = 0;
            }
            if let Some(last) = self.bytes.last_mut().filter(|_| code >> bit & 1 == 1) {
                *last |= 1 << self.filled;
            }
            self.filled += 1;
        }
    }
}
