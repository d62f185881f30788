// The classes that the runtime looks for, around a Worker's program as wasm-bindgen exports it. A panic ends the program: calls in flight
// fail, and before the next call it is started again. An object of the runtime outlives its part in the program, so the class here holds
// one and makes another one when the program is new.

import { WorkerEntrypoint } from 'cloudflare:workers';

/** Handlers of the entry point that the runtime calls; a program has some of them. */
const HANDLERS = ['fetch', 'queue', 'scheduled'];
/** Members that wasm-bindgen adds to each class. */
const OF_BINDGEN = ['constructor', 'free', '__destroy_into_raw'];

// Panics have long traces.
Error.stackTraceLimit = 100;

/** Returns the entry point of a program, and the function that makes the class of an object from the program's. */
export function classesOf(program) {
  // The crate `worker` counts the starts of the program here and notes a panic.
  const state = program.__worker_init_state();

  function call(run) {
    if (state.criticalError) {
      console.log('The program starts again after a panic');
      program.__wbg_reset_state();
      state.criticalError = false;
    }
    try {
      return run();
    } catch (error) {
      note(error);
      throw error;
    }
  }

  /** Notes that the program has ended. A full stack or memory ends it without a panic. */
  function note(error) {
    if (!(error instanceof WebAssembly.RuntimeError)) return;
    console.error('Critical', error);
    state.criticalError = true;
  }

  // Tasks of the program that no call waits for fail here.
  addEventListener('error', (event) => note(event.error));

  class Entrypoint extends WorkerEntrypoint {}
  for (const name of HANDLERS.filter((name) => name in program)) {
    Entrypoint.prototype[name] = function (subject) {
      return call(() => program[name](subject, this.env, this.ctx));
    };
  }

  const objectOf = (Inner) =>
    class {
      #words;
      #inner;
      #start;

      constructor(...words) {
        this.#words = words;
        call(() => this.#present());
      }

      /** Returns the object's part in the running program. */
      #present() {
        if (this.#start !== state.instanceId) {
          try {
            this.#inner = new Inner(...this.#words);
          } catch (error) {
            // Only a program that has ended makes no objects.
            state.criticalError = true;
            throw error;
          }
          this.#start = state.instanceId;
        }
        return this.#inner;
      }

      static {
        for (const name of Object.getOwnPropertyNames(Inner.prototype).filter((name) => !OF_BINDGEN.includes(name))) {
          this.prototype[name] = function (...words) {
            return call(() => this.#present()[name](...words));
          };
        }
      }
    };

  return { Entrypoint, objectOf };
}
