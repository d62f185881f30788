// packets-js: a codec of packets in JavaScript (wasmchannel.md 1): fields, LZ4 frame with compression, CRC-32. Tables and buffers are made
// once.

import { packets } from './packets.js';

const KINDS = 6;
const REACTIONS = 5;
const PAYLOAD_BYTES_MAX = 999;
const FLAGS = 0x60;
const BLOCK_64K = 0x40;
const STORED = 0x8000_0000;
const MATCH_BYTES_MIN = 4;
/** Distance of the last match from the end of a block; the last bytes are literals. */
const LAST_MATCH = 12;
const LAST_LITERALS = 5;
const HASH_BITS = 12;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();
const hashes = new Int32Array(1 << HASH_BITS);

// ---- Checksums

const tables = Array.from({ length: 4 }, () => new Int32Array(256));
for (let byte = 0; byte < 256; byte += 1) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  tables[0][byte] = crc;
}
for (let byte = 0; byte < 256; byte += 1) {
  for (let table = 1; table < 4; table += 1) tables[table][byte] = (tables[table - 1][byte] >>> 8) ^ tables[0][tables[table - 1][byte] & 0xff];
}
const [T0, T1, T2, T3] = tables;

function crc32(bytes) {
  let crc = -1;
  let at = 0;
  for (; at + 4 <= bytes.length; at += 4) {
    crc ^= bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    crc = T3[crc & 0xff] ^ T2[(crc >>> 8) & 0xff] ^ T1[(crc >>> 16) & 0xff] ^ T0[crc >>> 24];
  }
  for (; at < bytes.length; at += 1) crc = (crc >>> 8) ^ T0[(crc ^ bytes[at]) & 0xff];
  return ~crc >>> 0;
}

/** xxHash32 of fewer than 16 bytes, because the header of a frame is shorter than that. */
function xxh32(bytes) {
  const [P1, P2, P3, P4, P5] = [2654435761, 2246822519, 3266489917, 668265263, 374761393];
  const rotate = (value, by) => (value << by) | (value >>> (32 - by));
  let hash = (P5 + bytes.length) | 0;
  let at = 0;
  for (; at + 4 <= bytes.length; at += 4) {
    const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    hash = Math.imul(rotate((hash + Math.imul(word, P3)) | 0, 17), P4);
  }
  for (; at < bytes.length; at += 1) hash = Math.imul(rotate((hash + Math.imul(bytes[at], P5)) | 0, 11), P1);
  hash = Math.imul(hash ^ (hash >>> 15), P2);
  hash = Math.imul(hash ^ (hash >>> 13), P3);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const headerSum = (descriptor) => (xxh32(descriptor) >>> 8) & 0xff;
const OUR_SUM = headerSum(Uint8Array.of(FLAGS, BLOCK_64K));

// ---- LZ4

function inflate(frame) {
  if (frame[0] !== 0x04 || frame[1] !== 0x22 || frame[2] !== 0x4d || frame[3] !== 0x18) throw new Error('magic');
  if (frame[4] !== FLAGS || frame[5] !== BLOCK_64K) throw new Error('a frame of another kind');
  if (frame[6] !== headerSum(frame.subarray(4, 6))) throw new Error('header checksum');
  const out = new Uint8Array(PAYLOAD_BYTES_MAX);
  let [at, length] = [7, 0];
  for (;;) {
    const size = (frame[at] | (frame[at + 1] << 8) | (frame[at + 2] << 16) | (frame[at + 3] << 24)) >>> 0;
    at += 4;
    if (size === 0) break;
    const bytes = size % STORED;
    if (at + bytes > frame.length) throw new Error('truncated');
    const block = frame.subarray(at, at + bytes);
    at += bytes;
    if (size >= STORED) {
      if (length + bytes > out.length) throw new Error('payload too large');
      out.set(block, length);
      length += bytes;
    } else {
      length = inflateBlock(block, out, length);
    }
  }
  if (at !== frame.length) throw new Error('trailing');
  return out.subarray(0, length);
}

function inflateBlock(block, out, start) {
  let [at, to] = [0, start];
  while (at < block.length) {
    const token = block[at++];
    let literals = token >> 4;
    if (literals === 15) {
      let more;
      do literals += more = block[at++];
      while (more === 255);
    }
    if (at + literals > block.length || to + literals > out.length) throw new Error('literals');
    for (const end = to + literals; to < end; ) out[to++] = block[at++];
    if (at === block.length) return to;
    const offset = block[at] | (block[at + 1] << 8);
    at += 2;
    let length = token & 15;
    if (length === 15) {
      let more;
      do length += more = block[at++];
      while (more === 255);
    }
    length += MATCH_BYTES_MIN;
    if (offset === 0 || offset > to - start || to + length > out.length) throw new Error('match');
    for (const end = to + length; to < end; to += 1) out[to] = out[to - offset];
  }
  return to;
}

const wordAt = (bytes, at) => bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);

/** Writes one block at `at` and returns its end; -1 if it would not be shorter than the payload. */
function deflateBlock(payload, out, at) {
  hashes.fill(-1);
  const limit = at + payload.length;
  let [position, anchor, to] = [0, 0, at];
  const sequence = (literals, offset, length) => {
    if (to + literals + (literals >> 7) + (length >> 7) + 8 > limit) return false;
    const head = to++;
    let token = 0;
    if (literals < 15) token = literals << 4;
    else {
      token = 0xf0;
      let rest = literals - 15;
      for (; rest >= 255; rest -= 255) out[to++] = 255;
      out[to++] = rest;
    }
    out.set(payload.subarray(anchor, anchor + literals), to);
    to += literals;
    if (offset > 0) {
      out[to++] = offset & 0xff;
      out[to++] = offset >> 8;
      let rest = length - MATCH_BYTES_MIN;
      if (rest < 15) token |= rest;
      else {
        token |= 15;
        for (rest -= 15; rest >= 255; rest -= 255) out[to++] = 255;
        out[to++] = rest;
      }
    }
    out[head] = token;
    return true;
  };
  while (position + LAST_MATCH <= payload.length) {
    const word = wordAt(payload, position);
    const slot = Math.imul(word, 2654435761) >>> (32 - HASH_BITS);
    const candidate = hashes[slot];
    hashes[slot] = position;
    if (candidate < 0 || wordAt(payload, candidate) !== word) {
      position += 1;
      continue;
    }
    let end = position + MATCH_BYTES_MIN;
    const last = payload.length - LAST_LITERALS;
    while (end < last && payload[end] === payload[candidate + end - position]) end += 1;
    if (!sequence(position - anchor, position - candidate, end - position)) return -1;
    position = anchor = end;
  }
  return sequence(payload.length - anchor, 0, 0) ? to : -1;
}

function deflate(payload) {
  const out = new Uint8Array(payload.length + 15);
  out.set([0x04, 0x22, 0x4d, 0x18, FLAGS, BLOCK_64K, OUR_SUM]);
  let end = payload.length === 0 ? 7 : deflateBlock(payload, out, 11);
  let size = end - 11;
  if (end < 0) {
    out.set(payload, 11);
    end = 11 + payload.length;
    size = payload.length + STORED;
  }
  if (payload.length > 0) for (let byte = 0; byte < 4; byte += 1) out[7 + byte] = size >>> (8 * byte);
  out.fill(0, end, end + 4);
  return out.subarray(0, end + 4);
}

// ---- Packets

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = 0;
  }

  integer() {
    const first = this.bytes[this.at++];
    if (first < 251) return first;
    const at = this.at;
    if (first === 251) {
      this.at += 2;
      return this.view.getUint16(at, true);
    }
    if (first !== 252) throw new Error('integer');
    this.at += 4;
    return this.view.getUint32(at, true);
  }

  flag() {
    const byte = this.bytes[this.at++];
    if (byte > 1 || byte === undefined) throw new Error('flag');
    return byte === 1;
  }

  sized() {
    const length = this.integer();
    const end = this.at + length;
    if (end > this.bytes.length) throw new Error('truncated');
    const part = this.bytes.subarray(this.at, end);
    this.at = end;
    return part;
  }
}

function decode(bytes) {
  const reader = new Reader(bytes);
  const kind = reader.integer();
  if (kind >= KINDS) throw new Error('kind');
  const id = reader.flag() ? decoder.decode(reader.sized()) : null;
  const user = reader.flag() ? decoder.decode(reader.sized()) : null;
  const reaction = reader.flag() ? reader.integer() : null;
  if (reaction >= REACTIONS) throw new Error('reaction');
  const frame = reader.sized();
  reader.flag();
  if (reader.integer() !== crc32(frame)) throw new Error('checksum');
  if (reader.at !== bytes.length) throw new Error('trailing');
  return { kind, id, user, reaction, payload: inflate(frame) };
}

function encode({ kind, id, user, reaction, payload }) {
  const frame = deflate(payload);
  const [idBytes, userBytes] = [id, user].map((text) => (text === null ? null : encoder.encode(text)));
  const out = new Uint8Array(frame.length + (idBytes?.length ?? 0) + (userBytes?.length ?? 0) + 32);
  let at = 0;
  const integer = (value) => {
    if (value < 251) {
      out[at++] = value;
      return;
    }
    const size = value < 65_536 ? 2 : 4;
    out[at++] = size === 2 ? 251 : 252;
    for (let byte = 0; byte < size; byte += 1) out[at++] = value >>> (8 * byte);
  };
  const sized = (part) => {
    integer(part.length);
    out.set(part, at);
    at += part.length;
  };
  integer(kind);
  for (const part of [idBytes, userBytes]) {
    out[at++] = part ? 1 : 0;
    if (part) sized(part);
  }
  out[at++] = reaction === null ? 0 : 1;
  if (reaction !== null) integer(reaction);
  sized(frame);
  out[at++] = 1;
  integer(crc32(frame));
  return out.subarray(0, at);
}

export default packets((bytes) => encode(decode(bytes)));
