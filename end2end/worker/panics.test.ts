// Life after a panic (`xtask/wasm/worker.mjs`): no input of the product panics, so the program here is a small one in JavaScript with the
// members that the crate `worker` and wasm-bindgen give to a real one.

import { expect, test } from 'vitest';
import { classesOf } from '../../xtask/wasm/worker.mjs';

/** Returns a program that ends by a trap where it is asked to, with the number of its starts. */
function program() {
  const state = { criticalError: false, instanceId: 1 };
  const trap = (): never => { throw new WebAssembly.RuntimeError('unreachable'); };
  class Room {
    #start = state.instanceId;
    readonly name: string;
    constructor(name: string) { this.name = name; }
    fetch(question: string): string {
      if (question === 'trap') trap();
      if (this.#start !== state.instanceId) throw new Error('stale');
      return `${this.name} ${question} ${this.#start}`;
    }
    free() {}
  }
  return {
    __worker_init_state: () => state,
    __wbg_reset_state: () => { state.instanceId += 1; },
    fetch: (question: string) => (question === 'trap' ? trap() : `${question} ${state.instanceId}`),
    Room,
  };
}

/** Returns the script's classes. It has no types. */
const classes = (running: ReturnType<typeof program>) => classesOf(running) as { Entrypoint: any; objectOf: (inner: unknown) => any };

test('a panic costs the call, and objects go on in a new program', () => {
  const running = program();
  const Room = classes(running).objectOf(running.Room);
  const [one, other] = [new Room('one'), new Room('other')];
  expect([one.fetch('a'), other.fetch('a')]).toEqual(['one a 1', 'other a 1']);
  expect(() => one.fetch('trap')).toThrow('unreachable');
  expect([other.fetch('b'), one.fetch('b')]).toEqual(['other b 2', 'one b 2']);
});

test('an object has the methods of its class and none of wasm-bindgen', () => {
  const running = program();
  const room = new (classes(running).objectOf(running.Room))('one');
  expect(['fetch', 'free', 'alarm'].map((name) => name in room)).toEqual([true, false, false]);
});

test('the entry point has the handlers that the program exports', () => {
  const running = program();
  const { Entrypoint } = classes(running);
  expect(['fetch', 'queue', 'scheduled'].map((name) => name in Entrypoint.prototype)).toEqual([true, false, false]);
  const entry = { env: {}, ctx: {} };
  expect(() => Entrypoint.prototype.fetch.call(entry, 'trap')).toThrow('unreachable');
  expect(Entrypoint.prototype.fetch.call(entry, 'a')).toBe('a 2');
});
