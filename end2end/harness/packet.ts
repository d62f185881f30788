// Second implementation of the packets of wasmchannel.md 1, in JavaScript: tests check the server against this codec and not against the
// server's own. The codec writes the shortest forms, and frames of stored blocks. `pack` takes parts, so that tests can send wrong packets.

import { crc32 } from 'node:zlib';

export const KINDS = ['Message', 'OnlineUsers', 'Delete', 'Reaction', 'Joined', 'Typing'] as const;
export const REACTIONS = ['None', 'Like', 'Dislike', 'Heart', 'Star'] as const;
export type Kind = (typeof KINDS)[number];
export type Reaction = (typeof REACTIONS)[number];

export interface Packet {
  kind: Kind;
  id: string | null;
  user: string | null;
  reaction: Reaction | null;
  text: string;
}

/** Fields of a packet. Wrong values are encoded as they are. */
export interface Parts {
  kind: Kind;
  id?: string;
  user?: string;
  reaction?: Reaction;
  payload?: string;
}

const MAGIC = [0x04, 0x22, 0x4d, 0x18];
const BLOCK_BYTES = 65_536;

// ---- LZ4 frames

/** Returns a frame of stored blocks. */
function frame(content: Uint8Array): Buffer {
  const descriptor = Uint8Array.of(0x60, 0x40);
  const parts: Uint8Array[] = [Uint8Array.from(MAGIC), descriptor, Uint8Array.of((xxh32(descriptor) >>> 8) & 0xff)];
  for (let at = 0; at < content.length; at += BLOCK_BYTES) {
    const block = content.subarray(at, at + BLOCK_BYTES);
    parts.push(Uint8Array.from(littleEndian(block.length + 2 ** 31, 4)), block);
  }
  parts.push(new Uint8Array(4));
  return Buffer.concat(parts);
}

/** Inflates a frame of the server: independent blocks, and no checksum except that of the header. */
function inflate(bytes: Uint8Array): Buffer {
  const head = Buffer.from(bytes);
  if (!head.subarray(0, 4).equals(Buffer.from(MAGIC))) throw new Error('not an LZ4 frame');
  if (head[4] !== 0x60) throw new Error(`FLG ${head[4]}`);
  if (head[6] !== ((xxh32(head.subarray(4, 6)) >>> 8) & 0xff)) throw new Error('header checksum');
  const out: number[] = [];
  let at = 7;
  for (;;) {
    const size = head.readUInt32LE(at);
    at += 4;
    if (size === 0) break;
    const length = size & 0x7fff_ffff;
    const block = head.subarray(at, at + length);
    at += length;
    if (size >>> 31) out.push(...block);
    else unpack(block, out);
  }
  if (at !== head.length) throw new Error('bytes after the frame');
  return Buffer.from(out);
}

function unpack(block: Uint8Array, out: number[]): void {
  const start = out.length;
  let at = 0;
  const long = (first: number): number => {
    let length = first;
    if (first === 15) for (let more = 255; more === 255; length += more) more = block[at++]!;
    return length;
  };
  while (at < block.length) {
    const token = block[at++]!;
    const literals = long(token >> 4);
    for (let n = 0; n < literals; n += 1) out.push(block[at++]!);
    if (at >= block.length) return;
    const offset = block[at]! | (block[at + 1]! << 8);
    at += 2;
    const length = long(token & 15) + 4;
    if (offset === 0 || offset > out.length - start) throw new Error('match before the block');
    for (let n = 0; n < length; n += 1) out.push(out[out.length - offset]!);
  }
}

// ---- packets

export function pack({ kind, id, user, reaction, payload = '' }: Parts): Buffer {
  const lz4 = frame(Buffer.from(payload));
  const option = (text: string | undefined): number[] => (text === undefined ? [0] : [1, ...varint(Buffer.byteLength(text)), ...Buffer.from(text)]);
  return Buffer.from([
    ...varint(KINDS.indexOf(kind)),
    ...option(id),
    ...option(user),
    ...(reaction === undefined ? [0] : [1, ...varint(REACTIONS.indexOf(reaction))]),
    ...varint(lz4.length),
    ...lz4,
    1,
    ...varint(crc32(lz4)),
  ]);
}

export function unpackPacket(bytes: Buffer): Packet {
  let at = 0;
  const integer = (): number => {
    const first = bytes[at++]!;
    if (first < 251) return first;
    const size = { 251: 2, 252: 4, 253: 8 }[first];
    if (!size) throw new Error(`marker ${first}`);
    const value = size === 8 ? Number(bytes.readBigUInt64LE(at)) : bytes.readUIntLE(at, size);
    at += size;
    return value;
  };
  const sized = (): Buffer => {
    const length = integer();
    const part = bytes.subarray(at, at + length);
    if (part.length !== length) throw new Error('truncated');
    at += length;
    return part;
  };
  const option = <T>(read: () => T): T | null => (bytes[at++] === 1 ? read() : null);
  const kind = KINDS[integer()]!;
  const id = option(() => sized().toString('utf8'));
  const user = option(() => sized().toString('utf8'));
  const reaction = option(() => REACTIONS[integer()]!);
  const lz4 = sized();
  if (bytes[at++] !== 1) throw new Error('serialized is not 1');
  if (integer() !== crc32(lz4)) throw new Error('CRC');
  if (at !== bytes.length) throw new Error('bytes after the packet');
  return { kind, id, user, reaction, text: inflate(lz4).toString('utf8') };
}

function varint(value: number): number[] {
  if (value < 251) return [value];
  if (value < 2 ** 16) return [251, ...littleEndian(value, 2)];
  if (value < 2 ** 32) return [252, ...littleEndian(value, 4)];
  return [253, ...littleEndian(value, 8)];
}

function littleEndian(value: number, size: number): number[] {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return [...bytes.subarray(0, size)];
}

/** xxHash32 with seed 0, the checksum of LZ4 frames. */
function xxh32(bytes: Uint8Array): number {
  const [P1, P2, P3, P4, P5] = [2654435761, 2246822519, 3266489917, 668265263, 374761393] as const;
  const view = Buffer.from(bytes);
  const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by));
  const round = (lane: number, input: number): number => Math.imul(rotate((lane + Math.imul(input, P2)) | 0, 13), P1);
  let at = 0;
  let hash: number = P5;
  if (view.length >= 16) {
    const lanes = [(P1 + P2) | 0, P2 | 0, 0, -P1 | 0];
    for (; at + 16 <= view.length; at += 16) for (let lane = 0; lane < 4; lane += 1) lanes[lane] = round(lanes[lane]!, view.readInt32LE(at + lane * 4));
    hash = [1, 7, 12, 18].reduce((sum, by, lane) => (sum + rotate(lanes[lane]!, by)) | 0, 0);
  }
  hash = (hash + view.length) | 0;
  for (; at + 4 <= view.length; at += 4) hash = Math.imul(rotate((hash + Math.imul(view.readInt32LE(at), P3)) | 0, 17), P4);
  for (; at < view.length; at += 1) hash = Math.imul(rotate((hash + Math.imul(view[at]!, P5)) | 0, 11), P1);
  hash = Math.imul(hash ^ (hash >>> 15), P2);
  hash = Math.imul(hash ^ (hash >>> 13), P3);
  return (hash ^ (hash >>> 16)) >>> 0;
}
