import { get } from 'node:http';

/** Open dashboards as the mcp process sees them: streams of events that are read. */
export interface Dashboards {
  /** Messages received by all of them so far. */
  received(): number;
  close(): void;
}

const END = '\n\n';

export function openDashboards(dashboardUrl: string, count: number): Dashboards {
  let received = 0;
  const requests = Array.from({ length: count }, () => {
    const request = get(`${dashboardUrl}/events`, { agent: false }, (response) => {
      response.setEncoding('latin1');
      response.on('error', () => {});
      response.on('data', (text: string) => {
        if (text.endsWith(END)) received += 1;
      });
    });
    request.on('error', () => {});
    return request;
  });
  return {
    received: () => received,
    close() {
      for (const request of requests) request.destroy();
    },
  };
}
