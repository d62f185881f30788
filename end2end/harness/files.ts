// Sample files: small pictures that contain private data, and files that only resemble pictures.

import { crc32, deflateSync } from 'node:zlib';
import { envelope, type Answer } from './api.ts';
import { send, type Reply } from './http.ts';
import type { Session } from './session.ts';

/** Private data in the sample files: a place of residence, and an attempt at script injection. */
export const SECRET = Buffer.from('52.5200 N 13.4050 E <script>alert(1)</script>');

const be16 = (n: number) => Buffer.from([n >> 8, n & 255]);
const be32 = (n: number) => Buffer.concat([be16(n >>> 16), be16(n & 0xffff)]);
const le32 = (n: number) => Buffer.from([...be32(n)].reverse());

const chunk = (kind: string, data: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(kind), data]);
  return Buffer.concat([be32(data.length), body, be32(crc32(body))]);
};

/** Returns a PNG with the header of this size. The file has no real pixel data, so it passes only checks that do not decode it. */
export const png = (width = 3, height = 2, ...more: Buffer[]): Buffer =>
  Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', Buffer.concat([be32(width), be32(height), Buffer.from([8, 6, 0, 0, 0])])),
    ...more,
    chunk('IDAT', Buffer.from('789c636000020000050001', 'hex')),
    chunk('IEND', Buffer.alloc(0)),
  ]);

/** Returns a valid PNG in one shade of grey. */
export const photo = (width: number, height: number, grey = 0, ...more: Buffer[]): Buffer =>
  Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', Buffer.concat([be32(width), be32(height), Buffer.from([8, 2, 0, 0, 0])])),
    ...more,
    chunk('IDAT', deflateSync(Buffer.concat(Array.from({ length: height }, () => Buffer.concat([Buffer.of(0), Buffer.alloc(3 * width, grey)]))))),
    chunk('IEND', Buffer.alloc(0)),
  ]);

/** Returns a PNG whose header claims an animation. */
export const moving = (width: number, height: number): Buffer => png(width, height, chunk('acTL', Buffer.alloc(8)));


const segment = (marker: number, data: Buffer): Buffer => Buffer.concat([Buffer.from([0xff, marker]), be16(data.length + 2), data]);

/** Returns a JPEG of 3 × 2 pixels with a rotation mark and the place where it was taken. */
export const jpeg = (): Buffer =>
  Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xe1, Buffer.concat([Buffer.from('Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0', 'latin1'), SECRET])),
    segment(0xfe, SECRET),
    segment(0xc0, Buffer.from([8, 0, 2, 0, 3, 1, 1, 0x11, 0])),
    segment(0xda, Buffer.from([1, 1, 0, 0, 63, 0])),
    Buffer.from([1, 0xff, 0, 2, 0xff, 0xd9]),
    SECRET,
  ]);

export const webp = (): Buffer => {
  const chunks = [
    ['VP8X', Buffer.from([0x0c, 0, 0, 0, 2, 0, 0, 1, 0, 0])],
    ['VP8L', Buffer.from([0x2f, 2, 0x40, 0, 0, 0])],
    ['XMP ', SECRET],
  ] as const;
  const padded = (data: Buffer) => (data.length % 2 ? Buffer.concat([data, Buffer.alloc(1)]) : data);
  const body = Buffer.concat(chunks.flatMap(([kind, data]) => [Buffer.from(kind), le32(data.length), padded(data)]));
  return Buffer.concat([Buffer.from('RIFF'), le32(body.length + 4), Buffer.from('WEBP'), body, SECRET]);
};

export const gif = (): Buffer =>
  Buffer.concat([
    Buffer.from('GIF89a\x03\0\x02\0\x80\0\0\0\0\0\xff\xff\xff', 'latin1'),
    Buffer.from([0x21, 0xfe, SECRET.length]),
    SECRET,
    Buffer.from([0, 0x2c, 0, 0, 0, 0, 3, 0, 2, 0, 0, 2, 2, 0x44, 1, 0, 0x3b]),
    SECRET,
  ]);

/** Returns a valid animated GIF: two frames of 2 × 2 pixels in an endless loop. */
export const movingGif = (): Buffer => {
  const frame = Buffer.from('21f904000a0000002c00000000020002000002028451003b'.slice(0, -2), 'hex');
  return Buffer.concat([
    Buffer.from('GIF89a\x02\0\x02\0\x80\0\0\0\0\0\xff\xff\xff', 'latin1'),
    Buffer.from('\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0', 'latin1'),
    frame,
    frame,
    Buffer.of(0x3b),
  ]);
};

/** Returns a PNG whose animation repeats one picture for ever. */
export const movingPng = (): Buffer => {
  const [sides, second] = [Buffer.from('0000000200000002', 'hex'), Buffer.from('000a000a0000', 'hex')];
  const frame = Buffer.concat([Buffer.alloc(4), sides, Buffer.alloc(8), second]);
  return photo(2, 2, 90, chunk('acTL', Buffer.from('0000000100000000', 'hex')), chunk('fcTL', frame));
};

export const HTML = Buffer.from('<!doctype html><script>alert(1)</script>');

export interface File {
  id: string;
  name: string;
  type: string;
  size: number;
  width?: number;
  height?: number;
}

export const tryUpload = async (who: Session, body: Buffer, headers: Record<string, string> = {}): Promise<Answer<File>> =>
  envelope<File>(await who.api.raw('PUT', '/api/files', { body, headers, timeoutMs: 60_000 }));

export async function upload(who: Session, body: Buffer, name = 'file.bin', type = 'application/octet-stream'): Promise<File> {
  const answer = await tryUpload(who, body, { 'x-file-name': encodeURIComponent(name), 'content-type': type });
  if (answer.status !== 201) throw new Error(`upload: ${answer.status} ${answer.reply.text}`);
  return answer.data;
}

/** Requests a file and returns the answer, whose text holds one character per byte. */
export const download = (who: Session, id: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Reply> =>
  send(who.api.base, method, `/api/files/${encodeURIComponent(id)}`, { headers: { ...who.api.headers, ...headers }, encoding: 'latin1' });
