// Reads a ZIP archive the way tools do: by its directory at the end, with the platform's own inflate and checksum.

import assert from 'node:assert/strict';
import { crc32, inflateRawSync } from 'node:zlib';

/** Returns the files of an archive by their paths. */
export function unzip(archive: Buffer): Map<string, Buffer> {
  const end = archive.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  assert.ok(end >= 0, 'an archive has a directory');
  const files = new Map<string, Buffer>();
  let at = archive.readUInt32LE(end + 16);
  for (let n = archive.readUInt16LE(end + 10); n > 0; n -= 1) {
    assert.equal(archive.readUInt32LE(at), 0x02014b50);
    assert.equal(archive.readUInt16LE(at + 8) & 0x0800, 0x0800, 'names are UTF-8');
    const [method, crc, packed, size] = [archive.readUInt16LE(at + 10), archive.readUInt32LE(at + 16), archive.readUInt32LE(at + 20), archive.readUInt32LE(at + 24)];
    const [nameLength, extra, comment] = [archive.readUInt16LE(at + 28), archive.readUInt16LE(at + 30), archive.readUInt16LE(at + 32)];
    const start = archive.readUInt32LE(at + 42);
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    at += 46 + nameLength + extra + comment;
    assert.equal(archive.readUInt32LE(start), 0x04034b50, name);
    const from = start + 30 + archive.readUInt16LE(start + 26) + archive.readUInt16LE(start + 28);
    const data = archive.subarray(from, from + packed);
    const whole = method === 0 ? data : inflateRawSync(data);
    assert.deepEqual([whole.length, crc32(whole)], [size, crc], name);
    assert.ok(!files.has(name), `${name} is there once`);
    files.set(name, whole);
  }
  assert.equal(at, end, 'the directory ends where it says');
  return files;
}
