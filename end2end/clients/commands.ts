// Commands to a store in a process of its own: one per line of the input, {"do": …}, each answered with one line that begins with `#`. The
// stores of all versions of LiveStore take the same ones.

import { createInterface } from 'node:readline';

export interface Todo {
  id: string;
  text: string;
  data?: unknown;
}

export interface CommandedStore {
  create(todos: Todo[]): void;
  rename(id: string, text: string): void;
  /** Returns all todos, ordered by id. */
  rows(): readonly unknown[];
}

/** Says that the store is ready, carries out commands, and ends the process with its input. */
export async function obey(store: CommandedStore): Promise<never> {
  say({ ready: true });
  for await (const line of createInterface({ input: process.stdin })) {
    const command = JSON.parse(line);
    switch (command.do) {
      case 'create':
        store.create(command.todos);
        say({ done: true });
        break;
      case 'rename':
        store.rename(command.id, command.text);
        say({ done: true });
        break;
      case 'list':
        say({ rows: store.rows() });
        break;
      case 'count':
        say({ count: store.rows().length });
        break;
    }
  }
  process.exit(0);
}

/** Prints an answer. What is not ASCII is escaped, because line readers treat some Unicode characters as line ends. */
function say(value: unknown): void {
  console.log(`#${JSON.stringify(value).replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}`);
}
