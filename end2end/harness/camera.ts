// A camera that looks at our QR codes: what is drawn as pixels, and what a reader of codes makes of it.

import assert from 'node:assert/strict';
import jsqr from 'jsqr';
import type { Reply } from './http.ts';

/** How many pixels of the camera see one module. */
const PIXELS = 4;

/** What a camera sees: the light square, and on it every rectangle of the second path. */
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

/** The text of the QR code that was answered. */
export function read(reply: Reply): string | undefined {
  assert.equal(reply.status, 200, reply.text);
  const { data, side } = pixels(reply.text);
  return jsqr.default(data, side, side, { inversionAttempts: 'dontInvert' })?.data;
}
