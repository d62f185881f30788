// Camera for our QR codes: draws a code as pixels and decodes them with a QR reader.

import assert from 'node:assert/strict';
import type { Locator } from '@playwright/test';
import jsqr from 'jsqr';
import type { Reply } from './http.ts';

/** Number of camera pixels per module of the code, in each direction. */
const PIXELS = 4;

/** Draws the code as pixels: the light square, and on it every rectangle of the second path. */
function pixels(svg: string): { data: Uint8ClampedArray; side: number } {
  const modules = Number(/viewBox="0 0 (\d+) \1"/.exec(svg)![1]);
  const side = modules * PIXELS;
  const [ground, dark] = [...svg.matchAll(/<path(?: fill="(\w+)")? d="([^"]*)"/g)];
  assert.deepEqual([ground![1], ground![2]], ['white', `M0 0h${modules}v${modules}H0z`]);
  assert.equal(dark![1], undefined, 'the rest has the first colour of SVG, which is black');
  const data = new Uint8ClampedArray(side * side * 4).fill(255);
  const rectangles = [...dark![2]!.matchAll(/M(\d+) (\d+)h(\d+)v1h-(\d+)z/g)];
  assert.equal(rectangles.map(([text]) => text).join(''), dark![2], 'nothing else is drawn');
  for (const [, left, top, width, back] of rectangles) {
    assert.equal(width, back);
    for (let y = Number(top) * PIXELS; y < (Number(top) + 1) * PIXELS; y += 1) {
      const row = y * side + Number(left) * PIXELS;
      for (let at = row; at < row + Number(width) * PIXELS; at += 1) data.fill(0, at * 4, at * 4 + 3);
    }
  }
  return { data, side };
}

/** Returns the text of the QR code in an answer. */
export function read(reply: Reply): string | undefined {
  assert.equal(reply.status, 200, reply.text);
  const { data, side } = pixels(reply.text);
  return jsqr.default(data, side, side, { inversionAttempts: 'dontInvert' })?.data;
}

/** Returns the text of a QR code that a page shows, decoded from its pixels. Returns undefined as long as the picture is not loaded. */
export async function photographed(image: Locator): Promise<string | undefined> {
  const { data, side } = await image.evaluate((element) => {
    const picture = element as HTMLImageElement;
    const length = picture.complete ? Math.min(picture.naturalWidth, picture.width) : 0;
    if (length === 0) return { data: [], side: 0 };
    const context = Object.assign(document.createElement('canvas'), { width: length, height: length }).getContext('2d')!;
    context.drawImage(picture, 0, 0, length, length);
    return { data: [...context.getImageData(0, 0, length, length).data], side: length };
  });
  return side === 0 ? undefined : jsqr.default(Uint8ClampedArray.from(data), side, side)?.data;
}
