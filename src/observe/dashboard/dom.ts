/** Elements without markup: text is always text, so no data can become an element. */

export type Child = Node | string | null;

export function h(
  tag: string,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): HTMLElement {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (!element) throw new Error(`no element ${id}`);
  return element;
}

const shown = new Map<string, string>();

/**
 * Puts what `render` makes into an element when `data` changed; the keyboard's place is kept.
 */
export function update<Data>(id: string, data: Data, render: (data: Data) => Child[]): void {
  const text = JSON.stringify(data);
  if (shown.get(id) === text) return;
  shown.set(id, text);
  const element = byId(id);
  const focused = element.contains(document.activeElement)
    ? document.activeElement?.getAttribute('data-key')
    : undefined;
  const scrolled = element.querySelector('.scroll')?.scrollTop ?? 0;
  element.replaceChildren(...render(data).filter((child) => child !== null));
  const scroller = element.querySelector('.scroll');
  if (scroller) scroller.scrollTop = scrolled;
  if (focused) element.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

export interface Column {
  title: string;
  /** Right-aligned figures. */
  number?: boolean;
}

/** A table whose first cell of each row names the row. */
export function table(caption: string, columns: readonly Column[], rows: readonly Child[][]) {
  const cell = (tag: string, column: Column | undefined, child: Child, scope?: string) =>
    h(tag, { ...(column?.number && { class: 'number' }), ...(scope && { scope }) }, child);
  const head = columns.map((column) => cell('th', column, column.title, 'col'));
  const body = rows.map((row) =>
    h(
      'tr',
      {},
      ...row.map((child, index) =>
        index === 0 ? cell('th', columns[0], child, 'row') : cell('td', columns[index], child),
      ),
    ),
  );
  return h(
    'table',
    {},
    h('caption', { class: 'hidden' }, caption),
    h('thead', {}, h('tr', {}, ...head)),
    h('tbody', {}, ...body),
  );
}

/** Scrolls by itself, also by keyboard. */
export function scrolling(label: string, child: Node): HTMLElement {
  return h('div', { class: 'scroll', role: 'region', 'aria-label': label, tabindex: '0' }, child);
}

export function time(atMs: number, text: string): HTMLElement {
  return h('time', { datetime: new Date(atMs).toISOString() }, text);
}

export function none(text: string): HTMLElement {
  return h('p', { class: 'none' }, text);
}
