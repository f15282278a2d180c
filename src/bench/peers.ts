/**
 * Peers are development dependencies, so that the product does not carry them: they are loaded by
 * name when a benchmark wants them, and undefined when they are not installed.
 */
export async function loadPeer(name: string): Promise<Record<string, unknown> | undefined> {
  try {
    return await import(name);
  } catch {
    return undefined;
  }
}
