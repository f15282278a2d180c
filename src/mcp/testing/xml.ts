/** An XML element with its attributes, children and text; entities decoded. */
export interface XmlElement {
  name: string;
  attributes: Record<string, string>;
  children: XmlElement[];
  text: string;
}

/**
 * The top elements of a document; undefined when it is not well-formed. Entities are not expanded.
 */
export async function parseXml(text: string): Promise<XmlElement[] | undefined> {
  // Loaded on first use: only reports are XML.
  const { XMLParser, XMLValidator } = await import('fast-xml-parser');
  if (XMLValidator.validate(text) !== true) return undefined;
  const parser = new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: false,
  });
  return toElements(parser.parse(text));
}

type RawNode = { ':@'?: Record<string, string>; '#text'?: string } & Record<string, unknown>;

function toElements(nodes: RawNode[]): XmlElement[] {
  const elements: XmlElement[] = [];
  for (const node of nodes) {
    const name = Object.keys(node).find(
      (key) => key !== ':@' && key !== '#text' && !key.startsWith('?'),
    );
    if (name === undefined) continue;
    const inner = node[name] as RawNode[];
    const text = inner.map((child) => child['#text'] ?? '').join('');
    elements.push({ name, attributes: node[':@'] ?? {}, children: toElements(inner), text });
  }
  return elements;
}
