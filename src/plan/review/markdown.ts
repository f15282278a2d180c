import { type Block, cellText, type ReviewDocument } from './document.ts';

/** Charts are for the page; the tables say the same in figures. */
export function markdownOf({ title, facts, partial, sections }: ReviewDocument): string {
  const parts = [
    `# ${title}`,
    facts.map(([name, value]) => `- ${name}: ${value}`).join('\n'),
    ...(partial ? [`**Partial: ${partial}.**`] : []),
    ...sections.flatMap((section) => [
      `## ${section.title}`,
      ...section.blocks.flatMap((block) => blockText(block) ?? []),
    ]),
  ];
  return `${parts.join('\n\n')}\n`;
}

function blockText(block: Block): string | undefined {
  if (block.kind === 'text') return plain(block.text);
  if (block.kind === 'list') return block.items.map((item) => `- ${plain(item)}`).join('\n');
  if (block.kind === 'code') return `\`\`\`diff\n${block.text.trimEnd()}\n\`\`\``;
  if (block.kind === 'chart') return undefined;
  const line = (cells: readonly string[]) => `| ${cells.map(escapeCell).join(' | ')} |`;
  const rows = block.rows.map((row) => line(row.map(cellText)));
  return [line(block.head), line(block.head.map(() => '---')), ...rows].join('\n');
}

/** What others wrote, such as a line of a log, is shown and never interpreted. */
function plain(words: string): string {
  return words.replace(/[\\*_[\]<>#]/g, (c) => `\\${c}`).replaceAll('\n', ' ');
}

function escapeCell(words: string): string {
  return words === '---' ? words : plain(words).replaceAll('|', '\\|');
}
