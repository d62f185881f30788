// A clock of a page that stands still where a story wants it to, and moves by what the story lets pass: how long something stays is looked
// at without waiting for it, and on a busy machine as on any other.

import type { Person } from './people.ts';

interface Scope {
  stopClock: () => void;
  passTime: (ms: number) => void;
  letClockGo: () => void;
}

/** Told to a page before its own scripts. Timers of the page that are cleared are gone, and others are due in their order. */
export function stillClock(): void {
  const [now, wait, end] = [Date.now.bind(Date), window.setTimeout.bind(window), window.clearTimeout.bind(window)];
  const timers = new Map<number, { at: number; act: () => void; real?: number }>();
  let [last, ahead, stopped]: [number, number, number | undefined] = [0, 0, undefined];
  Date.now = () => stopped ?? now() + ahead;
  const fire = (id: number): void => {
    const timer = timers.get(id);
    // While the clock stands still it is not its time; it is looked at again when time goes on.
    if (!timer || timer.at > Date.now()) return;
    timers.delete(id);
    timer.act();
  };
  const arm = (id: number): void => {
    const timer = timers.get(id)!;
    end(timer.real);
    timer.real = wait(() => fire(id), Math.max(0, timer.at - Date.now()));
  };
  const setTimeout = (act: (...given: unknown[]) => void, ms = 0, ...given: unknown[]): number => {
    last += 1;
    timers.set(last, { at: Date.now() + Math.max(0, ms), act: () => act(...given) });
    arm(last);
    return last;
  };
  const clearTimeout = (id?: number): void => {
    end(timers.get(id!)?.real);
    timers.delete(id!);
  };
  const scope: Scope = {
    stopClock: () => (stopped = Date.now()),
    passTime: (ms) => {
      const until = stopped! + ms;
      for (;;) {
        const [next] = [...timers].filter(([, { at }]) => at <= until).sort(([, one], [, other]) => one.at - other.at);
        if (!next) break;
        stopped = Math.max(stopped!, next[1].at);
        fire(next[0]);
      }
      stopped = until;
    },
    letClockGo: () => {
      ahead = stopped! - now();
      stopped = undefined;
      for (const id of timers.keys()) arm(id);
    },
  };
  Object.assign(window, { setTimeout, clearTimeout }, scope);
}

/** The clock of somebody's page stands still from now on. */
export const stop = ({ page }: Person): Promise<void> => page.evaluate(() => (window as unknown as Scope).stopClock());

/** So many seconds pass while it stands, with all that happens in them. */
export const pass = ({ page }: Person, seconds: number): Promise<void> => page.evaluate((ms) => (window as unknown as Scope).passTime(ms), seconds * 1_000);

/** It goes on. */
export const go = ({ page }: Person): Promise<void> => page.evaluate(() => (window as unknown as Scope).letClockGo());
