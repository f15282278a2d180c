import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcp, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { explainPort, portProblem } from '../../src/host/ports.ts';
import { whoListens } from '../../src/host/who-listens.ts';

const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

const listen = (server: Server) =>
  new Promise<number>((done) => {
    open.push(server);
    server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port));
  });

/** A web server with these pages, in this very process. */
const serving = (pages: Record<string, string>) =>
  listen(createServer((request, response) => response.end(pages[request.url ?? ''] ?? '')));

const metrics = (port: number) => ({
  host: '127.0.0.1',
  port,
  what: 'metrics',
  key: 'METRICS_PORT',
});

test('a free port is no problem, a taken one names who has it', async () => {
  const port = await serving({});
  expect(await portProblem('127.0.0.1', 0)).toBeUndefined();
  expect(await portProblem('127.0.0.1', port)).toBe('EADDRINUSE');
  const { message, hint } = await explainPort(metrics(port), 'EADDRINUSE');
  expect(message).toMatch(/^port \d+ of metrics \(METRICS_PORT\) is in use on 127\.0\.0\.1 by \S+/);
  expect(message).toContain(`pid ${process.pid}`);
  expect(hint).toContain('set METRICS_PORT');
});

test('Prometheus on its own default port is called by its name, with the way out', async () => {
  const port = await serving({ '/-/ready': 'Prometheus Server is Ready.\n' });
  const { message, hint } = await explainPort(metrics(port), 'EADDRINUSE');
  expect(message).toContain('by Prometheus (');
  expect(hint).toContain('METRICS_PORT=9464');
});

test('another pmcp is called so', async () => {
  const port = await serving({ '/metrics': '# HELP x\npmcp_build_info{version="1"} 1\n' });
  expect((await whoListens('0.0.0.0', port)).name).toContain('another pmcp (');
});

test('what does not speak HTTP, or hides, takes no long time', async () => {
  const port = await listen(createTcp(() => {}));
  const started = performance.now();
  expect(await whoListens('127.0.0.1', port, '/nonexistent')).toEqual({
    name: undefined,
    isPrometheus: false,
  });
  expect(performance.now() - started).toBeLessThan(3000);
  const endless = await listen(
    createServer((_, response) => void response.write('x'.repeat(200_000))),
  );
  expect((await whoListens('127.0.0.1', endless, '/nonexistent')).name).toBeUndefined();
});

test('an address that is not of this machine', async () => {
  const { message, hint } = await explainPort(
    { ...metrics(9), host: '192.0.2.1' },
    'EADDRNOTAVAIL',
  );
  expect(message).toBe('metrics cannot listen on 192.0.2.1:9: EADDRNOTAVAIL');
  expect(hint).toContain('an address of this machine');
});
