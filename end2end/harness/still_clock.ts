// Page clock that a story can stop and move. So a story can check how long something stays without waiting, on a busy machine too.

import type { Person } from './people.ts';

interface Scope {
  stopClock: () => void;
  passTime: (ms: number) => void;
  letClockGo: () => void;
}

/** Runs in a page before its own scripts. The script replaces the timers, so that they fire in their order while the story moves the clock. */
export function stillClock(): void {
  const [now, wait, end] = [Date.now.bind(Date), window.setTimeout.bind(window), window.clearTimeout.bind(window)];
  const timers = new Map<number, { at: number; act: () => void; real?: number }>();
  let [last, ahead, stopped]: [number, number, number | undefined] = [0, 0, undefined];
  Date.now = () => stopped ?? now() + ahead;
  const fire = (id: number): void => {
    const timer = timers.get(id);
    // A timer that is due later by the stopped clock does not fire; it is checked again when time goes on.
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

/** Stops the clock of a person's page. */
export const stop = ({ page }: Person): Promise<void> => page.evaluate(() => (window as unknown as Scope).stopClock());

/** Lets these seconds pass on a stopped clock, with every timer in them. */
export const pass = ({ page }: Person, seconds: number): Promise<void> => page.evaluate((ms) => (window as unknown as Scope).passTime(ms), seconds * 1_000);

/** Lets the clock run again. */
export const go = ({ page }: Person): Promise<void> => page.evaluate(() => (window as unknown as Scope).letClockGo());
