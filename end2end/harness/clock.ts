// Page clock that stories can put forward.

import type { Person } from './people.ts';

/** Installs a clock that can be put forward. Timers keep their real pace, so the page sees the same as after the sleep of a device. */
export function movableClock(): void {
  const real = Date.now.bind(Date);
  Date.now = () => real() + Number(sessionStorage.getItem('ahead') ?? 0);
}

/** Puts the clock of a person's page forward. */
export const pass = (person: Person, seconds: number): Promise<void> =>
  person.page.evaluate((ms) => sessionStorage.setItem('ahead', String(Number(sessionStorage.getItem('ahead') ?? 0) + ms)), seconds * 1_000);
