import type { ComponentVerdict } from '../../core/status.ts';
import { h } from './dom.ts';

const SVG = 'http://www.w3.org/2000/svg';

/** A shape per status, so that none is told by its colour alone. */
const SHAPES: Record<ComponentVerdict, { outline: string; mark: string }> = {
  healthy: { outline: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1z', mark: 'M4.8 8.2 7 10.4l4.2-4.6' },
  degraded: { outline: 'M8 1.3 15.3 14.300H.7z', mark: 'M8 6v4M8 12v.2' },
  critical: {
    outline: 'M5.1 1h5.800L15 5.100v5.800L10.9 15H5.100L1 10.900V5.100z',
    mark: 'M5.5 5.500l5 5M10.5 5.500l-5 5',
  },
  disabled: { outline: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1z', mark: 'M5 8h6' },
  unknown: {
    outline: 'M8 .8 15.2 8 8 15.2.8 8z',
    mark: 'M6.4 6.600a1.6 1.6 0 1 1 2.3 1.400c-.5.3-.7.6-.7 1.200M8 11.300v.1',
  },
};

export function statusIcon(status: ComponentVerdict): SVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('class', `icon ${status}`);
  svg.setAttribute('aria-hidden', 'true');
  for (const [name, d] of Object.entries(SHAPES[status])) {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('class', name);
    path.setAttribute('d', d);
    svg.append(path);
  }
  return svg;
}

/** The icon and the word. */
export function statusBadge(status: ComponentVerdict, word: string = status): HTMLElement {
  return h('span', { class: `badge ${status}` }, statusIcon(status), word);
}
