import { h } from './dom.ts';

/** How much of a limit is used: a bar beside a text that says the same. */
export function meter(used: number | null, limit: number | null): HTMLElement | null {
  if (used === null || limit === null || limit <= 0) return null;
  const share = Math.max(0, used / limit);
  const level = share > 1 ? 'over' : share >= 0.8 ? 'near' : 'fine';
  const fill = h('span', { class: 'fill' });
  fill.style.inlineSize = `${Math.min(100, share * 100).toFixed(1)}%`;
  return h('span', { class: `meter ${level}`, 'aria-hidden': 'true' }, fill);
}
