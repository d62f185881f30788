// Suite that runs inside workerd, in the same isolate as the built Worker. Only there can a test put a Durable Object to sleep and see it
// wake.

import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [
    cloudflareTest({
      main: `${process.env['CFM_WORKER'] ?? './server/build'}/index.js`,
      wrangler: { configPath: './wrangler.toml' },
      miniflare: {
        // `service_binding_extra_handlers` lets tests trigger the crons. `nodejs_compat` is for vitest, which needs `node:inspector`. With
        // `no_nodejs_global_timers` timers have numeric ids, as in a deployment.
        compatibilityFlags: ['service_binding_extra_handlers', 'nodejs_compat', 'no_nodejs_global_timers'],
        // Same as in wrangler.toml, except for a short wait for each batch.
        queueConsumers: {
          wasmchannel: { maxBatchSize: 10, maxBatchTimeout: 0.2, maxRetries: 5, deadLetterQueue: 'cfm-dead' },
          'cfm-outbound': { maxBatchSize: 10, maxBatchTimeout: 0.2, maxRetries: 8, deadLetterQueue: 'cfm-dead' },
          'cfm-dead': { maxBatchSize: 100, maxBatchTimeout: 0.2, maxRetries: 100 },
        },
        // The runtime's own stand-in for the mail service; it refuses malformed mails.
        email: { send_email: [{ name: 'EMAIL', allowed_destination_addresses: ['ops@cfm.example'] }] },
        bindings: {
          ...{ ENV: 'dev', OPEN_ROOMS: '1', RATE_LOGIN: '0', JWT_SECRET: 'a secret of the tests, 32 bytes or more', ADMIN_SECRET: 'for tools', ADMIN_TOKEN: 'a token for operators' },
          // Requested pages have a window of a minute, which is longer than a sleep.
          ...{ RATE_HISTORY: '20/60', RATE_PUBLISH: '60/10' },
          ...{ EMAIL_FROM: 'hub@cfm.example', HUB_CONNECTORS: '[{"room":"mailed","kind":"email","to":"ops@cfm.example"}]' },
          ...{ HUB_DELIVERS_ITSELF: '1', QUEUE_RETRY_S: '0' },
        },
      },
    }),
  ],
  test: { include: ['end2end/worker/**/*.test.ts'], testTimeout: 120_000, maxWorkers: 2, silent: 'passed-only' },
});
