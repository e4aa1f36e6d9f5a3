#!/usr/bin/env node
// The server, but its answers to requests for hints come late. What follows them does not wait.
import { spawn } from 'node:child_process';

const LATE = 1500;
const server = spawn(process.env.REDLUA, process.argv.slice(2), { stdio: ['pipe', 'pipe', 'inherit'] });
server.on('exit', (code) => process.exit(code ?? 1));
process.stdin.on('end', () => server.stdin.end());

/** Hands each message of a stream on. */
function messages(stream, hear) {
  let rest = Buffer.alloc(0);
  stream.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const head = rest.indexOf('\r\n\r\n');
      const length = Number(/Content-Length: (\d+)/i.exec(rest.subarray(0, head).toString())?.[1]);
      if (head < 0 || rest.length < head + 4 + length) return;
      const frame = rest.subarray(0, head + 4 + length);
      rest = rest.subarray(frame.length);
      hear(frame, JSON.parse(frame.subarray(head + 4).toString()));
    }
  });
}

const asked = new Set();
messages(process.stdin, (frame, { id, method }) => {
  if (method === 'textDocument/inlayHint') asked.add(id);
  server.stdin.write(frame);
});
messages(server.stdout, (frame, { id, method }) => {
  if (method === undefined && asked.delete(id)) setTimeout(() => process.stdout.write(frame), LATE);
  else process.stdout.write(frame);
});
