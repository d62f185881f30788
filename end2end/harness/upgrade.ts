// Opening of a WebSocket for all test clients: the socket is open, or the server has answered over HTTP.

import type WebSocket from 'ws';
import type { Reply } from './http.ts';
import { PATIENCE_MS, within } from './wait.ts';


/** Calls `opened` at the moment in which the socket opens. Fails with the error that `refused` makes of an HTTP answer. */
export function upgraded(ws: WebSocket, path: string, opened: () => void, refused: (reply: Reply) => Error): Promise<void> {
  const answered = new Promise<void>((resolve, reject) => {
    ws.on('open', () => {
      opened();
      resolve();
    });
    ws.on('error', reject);
    ws.on('unexpected-response', (_request, answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        try {
          reject(refused({ status: answer.statusCode ?? 0, headers: answer.headers, cookies: [], text }));
        } catch (failure) {
          reject(failure);
        }
      });
    });
  });
  return within(`upgrade of ${path}`, answered, PATIENCE_MS);
}
